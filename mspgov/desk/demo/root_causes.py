"""Root causes of the demo: one being written, one late, one to decide, one accepted with its actions under way."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from engagements.models import EngagementSettings
from governance import services as governance
from governance.calc.rca_content import Content, Entry, Planned, written_date, written_when
from governance.models import Action, Rca
from itsm.models import Ticket
from mspgov.records import services as records
from mspgov.records.plain_records import keep
from mspgov.tenancy.models import Engagement, Person, ServiceDomain
from mspgov.tenancy.offices import put_in_office

from . import town


def settle(engagement: Engagement, by: Person, at: datetime, **terms: object) -> None:
    """How the engagement asks for root causes, where nobody has said so yet."""
    if not EngagementSettings.objects.filter(engagement=engagement).exists():
        keep(EngagementSettings(engagement=engagement, **terms), by=by, at=at)


def account_for(engagement: Engagement, name: str, owner: Person, deputy: Person, at: datetime) -> None:
    """A domain with its owner in office, where the engagement has none yet."""
    if ServiceDomain.objects.filter(engagement=engagement).exists():
        return
    domain = ServiceDomain(engagement=engagement, name=name)
    keep(domain, by=owner, at=at)
    put_in_office(domain=domain, owner=owner, deputy=deputy, from_on=at.date() - timedelta(days=400), by=owner)


def ask(engagement: Engagement, at: datetime) -> None:
    """All four, once; a home that has one is left as people have left it."""
    if Rca.objects.filter(engagement=engagement).exists():
        return
    ada = town.person("ada@aurora.example")
    drew, cleo = town.person("drew@cobalt.example"), town.person("cleo@cobalt.example")
    worst = list(
        Ticket.objects.filter(engagement=engagement, counted=True, priority_worst=1).order_by("-opened_at", "number")[
            :40
        ]
    )
    if len(worst) < 12:
        return
    asked: dict[str, Any] = {"engagement": engagement, "by": ada}
    days = timedelta(days=1)
    kept, _ = governance.demand_by_person(
        **asked, tickets=worst[6:9], at=at - 60 * days, title="scanners at three branches stopped",
        reason="The third stop of the scanners within 30 days",
    )  # fmt: skip
    began = at - 60 * days
    governance.submit_rca(
        rca=kept, content=scanners(worst[6:9], drew, cleo, at - 50 * days, began), by=drew, at=at - 50 * days
    )
    governance.accept_rca(rca=kept, note="Clear, and the measures can be checked.", by=ada, at=at - 45 * days)
    first, second, _ = Action.objects.filter(rca=kept).order_by("place")
    proof = b"scanner;firmware;checked\nSP-01;4.2;yes\nSP-02;4.2;yes\nCWB-01;4.2;yes\n"
    governance.hand_in_action(action=first, note="All scanners are on 4.2.", files=[("scanners.csv", len(proof), BytesIO(proof))], by=drew, at=at - 20 * days)  # fmt: skip
    governance.accept_action(action=first, by=ada, at=at - 18 * days)
    governance.hand_in_action(action=second, note="Part of the weekly round now.", files=[("round.txt", 30, BytesIO(b"Round of 12: scanners answered"))], by=cleo, at=at - 2 * days)  # fmt: skip
    governance.demand_by_person(
        **asked, tickets=worst[10:11], at=at - 30 * days, title="claims portal without sign-in",
        reason="A major incident without a word on its cause",
    )  # fmt: skip
    third, _ = governance.demand_by_person(
        **asked, tickets=worst[4:5], at=at - 9 * days, title="printing queue of the head office", reason="Resolved late, and reopened once"
    )  # fmt: skip
    governance.submit_rca(
        rca=third, content=scanners(worst[4:5], drew, cleo, at - days, at - 9 * days), by=drew, at=at - days
    )
    being_written(engagement, worst[:3], ada, drew, cleo, at)


def being_written(
    engagement: Engagement, tickets: list[Ticket], ada: Person, drew: Person, cleo: Person, at: datetime
) -> None:
    """Drew's draft as it stands at night: the impact has no number, and an action is due in the past."""
    asked_at = at - timedelta(days=8)
    rca, _ = governance.demand_by_person(
        engagement=engagement, tickets=tickets, title="brokers’ mail bounced", at=asked_at, by=ada,
        reason="The third mail outage on the same relay in 60 days",
    )  # fmt: skip
    began = asked_at - timedelta(days=3, hours=8)
    zone = ZoneInfo(engagement.time_zone)
    told = (
        (0, "Pinnacle Mail Ltda.", "Relay certificate on mx2 expired. No alert: the check looked at mx1 only."),
        (18, "Monitoring", "Queue above 500. Alert went to the address of a colleague who left in April."),
        (551, "Aurora Mutual", f"Claims desk reports that brokers’ mail bounces. P1 opened, {tickets[0].number}."),
        (559, "Cobalt Managed Services", "Answered by Drew Tanaka, 8 min. Bridge opened with Pinnacle."),
        (704, "Pinnacle Mail Ltda.", "New certificate in place, queue of 3,812 messages draining."),
        (
            837,
            "Cobalt Managed Services",
            "Queue empty, caller confirms. Resolved after 4 h 46 min: P1 resolution missed by 46 min.",
        ),
    )

    def due(days: int) -> str:
        return written_date((at + timedelta(days=days)).astimezone(zone).date())

    content = Content(
        summary="Both mail relays refused encrypted connections after a certificate expired in the evening. Mail from brokers to claims-sp bounced until 09:31 next morning.",
        impact="Claims desk could not receive mail from brokers.",
        timeline=tuple(Entry(written_when(began + timedelta(minutes=after), zone), who, what) for after, who, what in told),
        causes=("process", "process.handover", "monitoring", "monitoring.nobody", "supplier"),
        whys=("Mail from brokers bounced for twelve hours.", "The relay’s certificate had expired and both relays refused TLS.",
              "Renewal was a calendar entry of one person, who left on 29 April.", "Handover lists tickets and runbooks, but not recurring duties.", ""),
        factors="Alerts of the queue monitor went to a leaver’s mailbox. Pinnacle does not watch certificates for customers on the basic plan.",
        actions=(
            Planned("Watch certificates of every relay, 30, 14 and 3 days before expiry", str(drew.public_id), due(10), "No certificate under 14 days in any week", "Export of the monitor, weekly"),
            Planned("Send alerts to the on-call rota, never to a person; refuse addresses of leavers", str(cleo.public_id), due(16), "Test alert answered within 10 min", "Rota, test alert of the 29th"),
            Planned("List recurring duties of all key roles and hand them over with a second owner", str(drew.public_id), due(-11), "Every duty has two owners", "Signed duty list"),
        ),
    )  # fmt: skip
    governance.save_draft(rca=rca, content=content, based_on=0, by=drew, at=at)
    chain = b"subject=CN=mx2.claims-sp.example\nissuer=CN=Pinnacle Issuing CA\nnotAfter=Jun  2 21:47:03 GMT\n" * 40
    records.add_evidence(
        record=rca.record, name="mx2-certificate-chain.pem.txt", size=len(chain), stream=BytesIO(chain), by=drew, at=at
    )


def scanners(tickets: list[Ticket], drew: Person, cleo: Person, at: datetime, began: datetime) -> Content:
    """An answer without a fault at `at`."""

    def due(days: int) -> str:
        return written_date((at + timedelta(days=days)).date())

    def when(hours: int) -> str:
        moment = began - timedelta(days=1) + timedelta(hours=hours)
        return f"{written_date(moment.date())}, {moment:%H:%M}"

    return Content(
        summary="Scanners lost their connection after the nightly restart of the print server and did not come back by themselves.",
        impact="420 claims were entered by hand on 2 days.",
        people="38",
        timeline=(
            Entry(when(0), "Cobalt Managed Services", "Print server restarted for updates."),
            Entry(when(3), "Aurora Mutual", f"Branches report scanners without answer, {tickets[0].number}."),
            Entry(when(5), "Cobalt Managed Services", "Services restarted by hand, all scanners answer."),
        ),
        causes=("change", "change.untested", "monitoring", "monitoring.blind"),
        whys=("Scanners did not answer.", "Their service does not start after a restart.", "Firmware 4.1 waits for a server that is not there yet.", "", ""),
        actions=(
            Planned("Bring all scanners to firmware 4.2", str(drew.public_id), due(32), "None on 4.1", "List of scanners"),
            Planned("Add the scanners to the weekly round", str(cleo.public_id), due(49), "Every scanner answered each week", "Report of the round"),
            Planned("Test restarts of the print server in the lab before each update", str(drew.public_id), due(30), "A test for each update", "Protocol of the test"),
        ),
    )  # fmt: skip
