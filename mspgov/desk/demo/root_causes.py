"""Root causes of the demo: one being written, one late, one to decide, one accepted with its actions under way."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from engagements.models import EngagementSettings
from governance import services as governance
from governance.calc.rca_content import Content, Entry, Planned, written_date, written_when
from governance.models import Action, Rca
from itsm.models import Ticket
from mspgov.kernel.figures import duration
from mspgov.kernel.instants import to_micros
from mspgov.obligations.models import Obligation
from mspgov.records import services as records
from mspgov.records.plain_records import keep
from mspgov.tenancy.models import Engagement, Person, ServiceDomain
from mspgov.tenancy.offices import put_in_office

from . import town

# Tickets of the log whose days and durations bear the stories told here: three of one kind within days, or one alone.
MAIL = ("INC0033017", "INC0033272", "INC0033896")
SCANNERS = ("INC0032237", "INC0032960", "INC0033045")
PRINTING = ("INC0031963",)
PORTAL = ("INC0034380",)


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


@contextmanager
def dated(at: datetime) -> Iterator[datetime]:
    """What is done inside stands in the readable history under this instant: the demo tells of weeks that have passed."""
    models: tuple[Any, ...] = (Rca, Action, Obligation)
    for model in models:
        model._history_date = at
    try:
        yield at
    finally:
        for model in models:
            del model._history_date


def named(engagement: Engagement, numbers: tuple[str, ...]) -> list[Ticket]:
    rows = Ticket.objects.filter(engagement=engagement, number__in=numbers, resolved_at__isnull=False)
    return list(rows.order_by("opened_at", "number"))


def ask(engagement: Engagement, at: datetime) -> None:
    """All four, once; a home that has one is left as people have left it."""
    if Rca.objects.filter(engagement=engagement).exists():
        return
    mail, scans, printing, portal = (named(engagement, each) for each in (MAIL, SCANNERS, PRINTING, PORTAL))
    if not (len(mail) == len(scans) == 3 and printing and portal):
        return
    ada = town.person("ada@aurora.example")
    drew, cleo = town.person("drew@cobalt.example"), town.person("cleo@cobalt.example")
    asked: dict[str, Any] = {"engagement": engagement, "by": ada}
    days, zone = timedelta(days=1), ZoneInfo(engagement.time_zone)
    with dated(at - 60 * days) as then:
        kept, _ = governance.demand_by_person(
            **asked, tickets=scans, at=then, title="scanners at three branches stopped",
            reason="Three stops of the scanners within 30 days",
        )  # fmt: skip
    with dated(at - 50 * days) as then:
        governance.submit_rca(rca=kept, content=scanners(scans, drew, cleo, then, zone), by=drew, at=then)
    with dated(at - 45 * days) as then:
        governance.accept_rca(rca=kept, note="Clear, and the measures can be checked.", by=ada, at=then)
    first, second, _ = Action.objects.filter(rca=kept).order_by("place")
    proof = b"scanner;firmware;checked\nSP-01;4.2;yes\nSP-02;4.2;yes\nCWB-01;4.2;yes\n"
    with dated(at - 20 * days) as then:
        governance.hand_in_action(action=first, note="All scanners are on 4.2.", files=[("scanners.csv", len(proof), BytesIO(proof))], by=drew, at=then)  # fmt: skip
    with dated(at - 18 * days) as then:
        governance.accept_action(action=first, by=ada, at=then)
    with dated(at - 2 * days) as then:
        governance.hand_in_action(action=second, note="Part of the weekly round now.", files=[("round.txt", 30, BytesIO(b"Round of 12: scanners answered"))], by=cleo, at=then)  # fmt: skip
    with dated(at - 30 * days) as then:
        governance.demand_by_person(
            **asked, tickets=portal, at=then, title="claims portal without sign-in",
            reason="A major incident without a word on its cause",
        )  # fmt: skip
    with dated(at - 9 * days) as then:
        third, _ = governance.demand_by_person(
            **asked, tickets=printing, at=then, title="printing queue of the head office",
            reason=f"Resolved only after {open_for(printing[0])}",
        )  # fmt: skip
    with dated(at - days) as then:
        governance.submit_rca(rca=third, content=queue(printing[0], drew, then, zone), by=drew, at=then)
    being_written(engagement, mail, ada, drew, cleo, at)


def open_for(ticket: Ticket) -> str:
    """From its opening to its resolution, as in 2 h 21 min."""
    assert ticket.resolved_at is not None, "the demo tells of resolved tickets"
    return duration(to_micros(ticket.resolved_at) - to_micros(ticket.opened_at))


def due_in(at: datetime, days: int, zone: ZoneInfo) -> str:
    return written_date((at + timedelta(days=days)).astimezone(zone).date())


def being_written(
    engagement: Engagement, tickets: list[Ticket], ada: Person, drew: Person, cleo: Person, at: datetime
) -> None:
    """Drew's draft as it stands: the impact has no number, and an action is due in the past."""
    zone, ticket = ZoneInfo(engagement.time_zone), tickets[0]
    opened, resolved = ticket.opened_at, ticket.resolved_at
    assert resolved is not None, "named() finds resolved tickets only"
    local = opened.astimezone(zone)
    with dated(at - timedelta(days=8)) as then:
        rca, _ = governance.demand_by_person(
            engagement=engagement, tickets=tickets, title=f"brokers’ mail bounced on {local.day} {local:%B}", at=then, by=ada,
            reason="Three mail outages on the same relay within 60 days",
        )  # fmt: skip
    expired, mended = opened - timedelta(hours=4, minutes=11), resolved - timedelta(minutes=34)
    told = (
        (expired, "Pinnacle Mail Ltda.", "Relay certificate on mx2 expired. No alert: the check looked at mx1 only."),
        (expired + timedelta(minutes=18), "Monitoring", "Queue above 500. Alert went to the address of a colleague who left in April."),
        (opened, "Aurora Mutual", f"Claims desk reports that brokers’ mail bounces. P1 opened, {ticket.number}."),
        (opened + timedelta(minutes=8), "Cobalt Managed Services", "Drew Tanaka takes it. Bridge opened with Pinnacle."),
        (mended, "Pinnacle Mail Ltda.", "New certificate in place, queue of 3,812 messages draining."),
        (resolved, "Cobalt Managed Services", f"Queue empty, caller confirms. Resolved after {open_for(ticket)}."),
    )  # fmt: skip
    content = Content(
        summary="Both mail relays refused encrypted connections after a certificate expired. Mail from brokers to claims-sp bounced until the new certificate was in place.",
        impact="Claims desk could not receive mail from brokers.",
        timeline=tuple(Entry(written_when(moment, zone), who, what) for moment, who, what in told),
        causes=("process", "process.handover", "monitoring", "monitoring.nobody", "supplier"),
        whys=("Mail from brokers bounced for hours.", "The relay’s certificate had expired and both relays refused TLS.",
              "Renewal was a calendar entry of one person, who left on 29 April.", "Handover lists tickets and runbooks, but not recurring duties.", ""),
        factors="Alerts of the queue monitor went to a leaver’s mailbox. Pinnacle does not watch certificates for customers on the basic plan.",
        actions=(
            Planned("Watch certificates of every relay, 30, 14 and 3 days before expiry", str(drew.public_id), due_in(at, 10, zone), "No certificate under 14 days in any week", "Export of the monitor, weekly"),
            Planned("Send alerts to the on-call rota, never to a person; refuse addresses of leavers", str(cleo.public_id), due_in(at, 16, zone), "Test alert answered within 10 min", "Rota, and the protocol of the test alert"),
            Planned("List recurring duties of all key roles and hand them over with a second owner", str(drew.public_id), due_in(at, -11, zone), "Every duty has two owners", "Signed duty list"),
        ),
    )  # fmt: skip
    governance.save_draft(rca=rca, content=content, based_on=0, by=drew, at=at)
    chain = f"subject=CN=mx2.claims-sp.example\nissuer=CN=Pinnacle Issuing CA\nnotAfter={expired:%b %d %H:%M:%S %Y} GMT\n".encode()
    records.add_evidence(
        record=rca.record, name="mx2-certificate-chain.pem.txt", size=len(chain), stream=BytesIO(chain), by=drew, at=at
    )


def scanners(tickets: list[Ticket], drew: Person, cleo: Person, at: datetime, zone: ZoneInfo) -> Content:
    """An answer without a fault at `at`."""
    first, last = tickets[0], tickets[-1]
    ended = max(ticket.resolved_at for ticket in tickets if ticket.resolved_at)
    return Content(
        summary="Scanners lost their connection after the nightly restart of the print server and did not come back by themselves.",
        impact="420 claims were entered by hand on 2 days.",
        people="38",
        timeline=(
            Entry(written_when(first.opened_at - timedelta(hours=9), zone), "Cobalt Managed Services", "Print server restarted for updates."),
            Entry(written_when(first.opened_at, zone), "Aurora Mutual", f"The first branch reports scanners without answer, {first.number}."),
            Entry(written_when(last.opened_at, zone), "Aurora Mutual", f"The third branch reports the same, {last.number}."),
            Entry(written_when(ended, zone), "Cobalt Managed Services", "Services restarted by hand, all scanners answer; the last of the three tickets is resolved."),
        ),
        causes=("change", "change.untested", "monitoring", "monitoring.blind"),
        whys=("Scanners did not answer.", "Their service does not start after a restart.", "Firmware 4.1 waits for a server that is not there yet.", "", ""),
        actions=(
            Planned("Bring all scanners to firmware 4.2", str(drew.public_id), due_in(at, 32, zone), "None on 4.1", "List of scanners"),
            Planned("Add the scanners to the weekly round", str(cleo.public_id), due_in(at, 49, zone), "Every scanner answered each week", "Report of the round"),
            Planned("Test restarts of the print server in the lab before each update", str(drew.public_id), due_in(at, 30, zone), "A test for each update", "Protocol of the test"),
        ),
    )  # fmt: skip


def queue(ticket: Ticket, drew: Person, at: datetime, zone: ZoneInfo) -> Content:
    """The answer that waits for Ada: without a fault, for her to judge."""
    assert ticket.resolved_at is not None, "named() finds resolved tickets only"
    return Content(
        summary="The printing queue of the head office stopped when one damaged job could not be read, and every job behind it waited.",
        impact="260 policies were not printed on that day and went out one day late.",
        people="54",
        timeline=(
            Entry(written_when(ticket.opened_at - timedelta(minutes=26), zone), "Monitoring", "Queue above 200 jobs. Nobody watches this alert during the day."),
            Entry(written_when(ticket.opened_at, zone), "Aurora Mutual", f"Policy administration reports that nothing is printed, {ticket.number}."),
            Entry(written_when(ticket.resolved_at, zone), "Cobalt Managed Services", f"Damaged job removed, queue empty. Resolved after {open_for(ticket)}."),
        ),
        causes=("monitoring", "monitoring.nobody"),
        whys=("Nothing was printed.", "One damaged job held the queue.", "The queue has no time limit for a job, and its alert reaches nobody.", "", ""),
        actions=(
            Planned("Set a time limit for each job, after which it is put aside", str(drew.public_id), due_in(at, 14, zone), "No job holds the queue for more than 5 min", "Settings of the queue"),
            Planned("Send the queue’s alert to the service desk", str(drew.public_id), due_in(at, 7, zone), "Test alert answered within 10 min", "Protocol of the test alert"),
        ),
    )  # fmt: skip
