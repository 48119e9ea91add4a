"""A town with something of every kind in each engagement: terms, tickets, results, credits, a sealed month, a pack, runs.

Texts carry the canaries of their tenant and of their provider's engagement.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from contracts.models import Calendar, CalendarException, ServiceLevel
from contracts.services import import_terms
from costs import services as costs
from costs.models import Credit
from engagements.kits import Vendors
from engagements.models import EngagementSettings, Location, Service, Vendor
from governance import services as governance
from governance.calc.rca_content import read_content
from itsm import services as itsm
from itsm.models import Ticket
from itsm.queries.ticket_list import Asked
from mspgov.desk.people import reading
from mspgov.documents.press import Printed
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month, Quarter
from mspgov.mail.services import NewNote, tell
from mspgov.obligations import many
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Recurring, Side
from mspgov.records import services as records
from mspgov.tenancy import feeds, invitations, offices
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, ServiceDomain
from mspgov.tenancy.policy import Role
from mspgov.web.bulk_change import preview
from mspgov.web.record_import import keep
from mspgov.web.record_reading import check
from mspgov.web.saved_views import save_view
from tests.world import Town, build_town

AT = datetime(2026, 8, 5, 9, tzinfo=UTC)
TERMS = """
contract: {{reference: "{canary}", currency: EUR, starts: 2026-01-01, ends: 2028-12-31, monthly_charges: "84200.00"}}
calendars: {{always: {{always: true, time_zone: UTC}}}}
service_levels:
  - {{key: p2-resolve, name: "P2 {canary}", measure: resolve, select: {{priority: [P2]}}, calendar: always,
     target: {{hours: 8}}, expected: 90, minimum: 85, clause: Schedule 4 §2.2}}
  - {{key: uptime, name: "Up {canary}", measure: availability, expected: 99.9, minimum: 99.5}}
credit_regime:
  {{kind: at_risk, at_risk_percent: 10, allocations: {{p2-resolve: 40, uptime: 60}}, below_minimum: 1}}
"""
TICKETS = """number,opened,answered,resolved,priority,category
INC1 {canary},2026-01-12T08:00:00Z,2026-01-12T08:10:00Z,2026-01-12T10:00:00Z,P2,{canary}
INC2 {canary},2026-01-13T08:00:00Z,2026-01-13T08:10:00Z,2026-01-13T20:00:00Z,P2,{canary}
INC3 {canary},2026-02-01T00:00:00Z,2026-02-01T00:10:00Z,2026-02-01T01:00:00Z,P2,{canary}
INC4 {canary},2026-02-30T00:00:00Z,,,P2,{canary}
"""
MAPPING = {
    "columns": {
        "number": "number", "opened_at": "opened", "answered_at": "answered", "resolved_at": "resolved",
        "priority": "priority", "category": "category",
    }
}  # fmt: skip


def canary(town: Town, provider: str = "") -> str:
    """A text that only this tenant, or in it only this provider's engagement, has."""
    return f"{provider.title()} services canary-{town.tenant.slug}" if provider else f"canary-{town.tenant.slug}"


def own(town: Town, provider: str) -> str:
    """What things inside an engagement are called: with its canary, and unlike the engagement itself."""
    return f"Own of {canary(town, provider)}"


def furnished(slug: str, providers: tuple[str, ...]) -> Town:
    """Committed step by step, outside any transaction, as runs demand it."""
    town = build_town(slug, providers)
    with enter(town.tenant.pk):
        calendar = Calendar.objects.create(name=f"canary-{slug}", document={"always": True, "time_zone": "UTC"})
        CalendarException.objects.create(calendar=calendar, on="2026-12-24", name=f"canary-{slug}")
        _with_people(town)
    _keep_lists(town)
    for provider, engagement in town.engagements.items():
        _furnish(town, engagement, own(town, provider))
        ask_why(town, engagement, own(town, provider), provider)
    _keep_people_file(town)
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk, person=owner.person_id):
        many.preview(Obligation.objects.filter(key__startswith="report/"), "accept", "", by=owner.person, at=AT)
    return town


def _with_people(town: Town) -> None:
    """Somebody invited, away, told of something, and with a calendar address."""
    tom, ada = town.member(Role.TENANT_ADMINISTRATOR).person, town.member(Role.SERVICE_OWNER).person
    name = canary(town)
    invitations.invite(
        email=f"new@{town.tenant.slug}.example", name=name, roles=[Role.AUDITOR], provider=None, engagements=[], by=tom, at=AT
    )  # fmt: skip
    pairs = [tuple(town.member(r, p).person for r in (Role.ENGINEER, Role.ACCOUNT_MANAGER)) for p in town.engagements]
    for person, deputy in [(ada, tom), *pairs]:
        offices.be_absent(
            person=person, deputy=deputy, from_on=AT.date(), until_on=AT.date() + timedelta(days=9), by=tom
        )
    feeds.make_feed(person=ada, name=name, at=AT)
    tell(town.tenant, [NewNote(ada, "note", "note", name, name)], at=AT)


def _keep_lists(town: Town) -> None:
    """What one person keeps of lists: a shared view, a change and an import that were previewed."""
    owner, name = town.member(Role.SERVICE_OWNER), f"canary-{town.tenant.slug}"
    page, by = "engagements:vendors", owner.person
    with enter(town.tenant.pk, person=owner.person_id):
        save_view(page=page, name=name, query=f"q={name}", shared=True, opens=False, member=owner, at=AT)
        vendor = Vendor.objects.create(engagement=town.engagement, name=f"Vendor {name}")
        change = preview(Vendors, page, Vendor.objects.filter(pk=vendor.pk), {"delivers": name}, by=by, at=AT)
        file = BytesIO(f"Engagement,Name,Delivers\n{town.engagement.slug},Vendor {name},{name}\n".encode())
        checked = check(Vendors, name=f"{name}.csv", size=len(file.getvalue()), stream=file)
        keep(page, checked, name=f"{name}.csv", by=by, at=AT)
    assert change.pk and not checked.faults


def _keep_people_file(town: Town) -> None:
    """A file of people that an administrator previewed."""
    by, name = town.member(Role.TENANT_ADMINISTRATOR).person, canary(town)
    with enter(town.tenant.pk, person=by.pk):
        file = BytesIO(f"Name,E-mail,Roles\n{name},file@{town.tenant.slug}.example,auditor\n".encode())
        read = reading.check(reading.known_now(AT), name=f"{name}.csv", size=len(file.getvalue()), stream=file)
        keep("desk:people", read, name=f"{name}.csv", by=by, at=AT)


def ask_why(town: Town, engagement: Engagement, name: str, provider: str) -> None:
    """A root cause that is accepted with its action, and one that is owed with a draft and a file."""
    by, drew = town.member(Role.CONTRACT_MANAGER).person, town.member(Role.ENGINEER, provider).person
    done = {"what": name, "owner": str(drew.public_id), "due": "2026-09-09", "measure": name, "evidence": name}
    content = read_content(
        {
            "summary": name, "impact": f"3 {name}", "causes": ["process"], "whys": [name] * 3, "actions": [done],
            "timeline": [{"when": f"2026-01-1{n} 08:00", "who": name, "what": name} for n in (2, 3)],
        }
    )  # fmt: skip
    with enter(town.tenant.pk):
        one, two = Ticket.objects.filter(engagement=engagement).order_by("pk")[:2]
        asked = {"engagement": engagement, "title": name, "reason": name, "by": by, "at": AT}
        first, _ = governance.demand_by_person(tickets=[one], **asked)
        second, _ = governance.demand_by_person(tickets=[two], **asked)
        for row in (first, second):  # of the first it goes with the answer, of the second it waits beside the draft
            records.add_evidence(
                record=row.record, name=f"{name}.txt", size=4, stream=BytesIO(name.encode()), by=drew, at=AT
            )
        governance.submit_rca(rca=first, content=content, by=drew, at=AT)
        governance.accept_rca(rca=first, note=name, by=by, at=AT)
        governance.save_draft(rca=second, content=content, based_on=0, by=drew, at=AT)


def _furnish(town: Town, engagement: Engagement, name: str) -> None:
    by = town.member(Role.CONTRACT_MANAGER).person
    with enter(town.tenant.pk):
        Service.objects.create(engagement=engagement, key=engagement.slug, name=name)
        domain = ServiceDomain.objects.create(engagement=engagement, name=name)
        offices.put_in_office(domain=domain, owner=by, deputy=None, from_on=AT.date(), by=by)
        Vendor.objects.create(engagement=engagement, name=name)
        Location.objects.create(engagement=engagement, name=name)
        EngagementSettings.objects.create(
            engagement=engagement, clause=name, recurrence_key=["category"], threshold=2, window_days=60
        )
        import_terms(engagement=engagement, text=TERMS.format(canary=name), by=by, at=AT)
        kept = itsm.keep_import(
            engagement=engagement, name=f"{name}.csv", content=BytesIO(TICKETS.format(canary=name).encode()),
            format="csv", time_zone="UTC", mapping=MAPPING, at=AT, by=by,
        )  # fmt: skip
        run = itsm.start_import(kept, by=by)
        _, written = itsm.start_export(Asked(engagement), by=by, at=AT)
    assert jobs.work_here(run).state == jobs.work_here(written).state == Run.State.DONE
    with enter(town.tenant.pk):
        level = ServiceLevel.objects.get(key="uptime", contract__engagement=engagement)
        for month in ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05"):
            value = Decimal("99.95" if month == "2026-01" else "99.2")
            itsm.report_value(service_level=level, month=Month(month), value=value, source=name, by=by, at=AT)
        costs.set_charges(
            engagement=engagement, month=Month("2026-01"), amount=Money(Decimal(90000), "EUR"), by=by, at=AT
        )
        costs.measure(engagement=engagement, first=Month("2026-01"), last=Month("2026-05"), as_of=AT, at=AT, by=by)
        costs.seal_month(engagement=engagement, month=Month("2026-01"), by=by, at=AT)
        if engagement != town.engagement:  # not the same months in each
            costs.seal_month(engagement=engagement, month=Month("2026-02"), by=by, at=AT)
        owed = obligations.raise_obligation(
            key=f"report/{engagement.pk}", title=name, due_at=AT + timedelta(days=9), owed_by=Side.PROVIDER, at=AT,
            role=Role.ACCOUNT_MANAGER, accepted_by=Role.SERVICE_OWNER, engagement=engagement, text=name,
        )  # fmt: skip
        obligations.schedule(
            Recurring(), engagement=engagement, title=name, rule="FREQ=MONTHLY;BYMONTHDAY=5", first=AT, owed_by=Side.PROVIDER,
            role=Role.ACCOUNT_MANAGER, lead_days=3, by=by, at=AT,
        )  # fmt: skip
        records.add_evidence(
            record=owed.record, name=f"{name}.txt", size=4, stream=BytesIO(name.encode()), by=by, at=AT
        )
        obligations.ask_extension(obligation=owed, until=AT + timedelta(days=20), reason=name, by=by, at=AT)
        _dispute_and_claim(town, engagement, name)
        pack = governance.freeze_facts(engagement=engagement, quarter=Quarter("2026-Q1"), by=by, at=AT)
        printed = Printed(b"%PDF-1.7 a pack", 1, 0.1, ())
        governance.keep_print(pack=pack, printed=printed, paper="A4", by=by, at=AT)
        Run.objects.create(engagement=engagement, kind="governance.board_pack", key=name, title=name, state="failed",
            arguments={"engagement_id": engagement.pk, "quarter": "2026-Q1", "paper": "A4"})  # fmt: skip


def _dispute_and_claim(town: Town, engagement: Engagement, name: str) -> None:
    """January's credit was disputed with evidence and refused, is claimed, and the provider's credit note matched. That of
    February is disputed, March's claimed, April's accepted, May's proposed."""
    by = town.member(Role.CONTRACT_MANAGER).person
    theirs = town.member(Role.ACCOUNT_MANAGER, engagement.provider.slug).person
    credits = Credit.objects.select_related("record").filter(engagement=engagement).order_by("month")
    credit, february, march, april, _ = credits
    late = Ticket.objects.get(engagement=engagement, number=f"INC2 {name}")
    costs.dispute(
        credit=credit, text=name, tickets=[costs.TicketAsk(late, "relief", 1740)], by=theirs, at=AT,
        files=[(f"{name}.txt", 4, BytesIO(name.encode()))],
    )  # fmt: skip
    costs.decide(credit=credit, grant=costs.Grant(), reason=name, by=by, at=AT)
    claim = costs.claim_credits(engagement=engagement, credits=[credit.public_id], by=by, at=AT)
    costs.keep_claim_file(claim=claim, pdf=b"%PDF-1.7 a claim")
    costs.hand_in_note(
        claim=claim, number=name, type_code="381", issued_on=AT.date(), amount=claim.money, by=theirs, at=AT,
        file=(f"{name}-note.txt", 4, BytesIO(f"note {name}".encode())),
    )  # fmt: skip
    costs.dispute(credit=february, text=name, by=theirs, at=AT)
    for accepted in (march, april):
        costs.accept(credit=accepted, text=name, by=theirs, at=AT)
    costs.claim_credits(engagement=engagement, credits=[march.public_id], by=by, at=AT)
