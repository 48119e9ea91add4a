"""A small town whose contract has terms of review: in May 2026, four of twenty P2 tickets were late, one by 29 minutes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

from contracts.models import ServiceLevel
from contracts.services import import_terms
from costs import services
from costs.models import Credit
from itsm import services as itsm
from itsm.models import Ticket
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
MAY = Month("2026-05")
REVIEW = """
review: {answer_days: 10, silence: accepts, decide_days: 5, ladder: [{name: Executives, days: 10}, {name: Mediation, days: 20, role: finance_controller}]}
"""
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31, time_zone: Europe/Berlin, monthly_charges: "84200.00"}
calendars: {always: {always: true, time_zone: UTC}}
service_levels:
  - {key: p2, name: P2 resolution, measure: resolve, select: {priority: [P2]}, calendar: always, target: {hours: 8},
     expected: 90, minimum: 85, clause: Schedule 4 §2.2}
  - {key: uptime, name: ERP up, measure: availability, expected: 99.9, minimum: 99.5}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  pool_percent: 200
  allocations: {p2: 50, uptime: 60}
  below_minimum: 1
"""
LATE = {"INC001": (8, 29), "INC002": (12, 0), "INC003": (20, 0), "INC004": (30, 0)}
MAPPING = {
    "columns": {
        "number": "number", "opened_at": "opened", "answered_at": "answered", "resolved_at": "resolved",
        "priority": "priority",
    }
}  # fmt: skip


def tickets() -> str:
    lines = ["number,opened,answered,resolved,priority"]
    for place in range(1, 21):
        number, opened = f"INC{place:03d}", datetime(2026, 5, place, 8, tzinfo=UTC)
        hours, minutes = LATE.get(number, (2, 0))
        ended = opened + timedelta(hours=hours, minutes=minutes)
        lines.append(f"{number},{stamp(opened)},{stamp(opened)},{stamp(ended)},P2")
    return "\n".join(lines) + "\n"


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def reviewed_town(
    review: str = REVIEW, at: datetime = AT, *, sealed: bool = False, slug: str = "aurora", late_uptime: bool = False
) -> Town:
    """May is measured and its credit of EUR 4,210.00 proposed, with `late_uptime` another of EUR 5,052.00; committed, as
    the import's run demands."""
    town = build_town(slug)
    by = manager(town)
    with enter(town.tenant.pk):
        import_terms(engagement=town.engagement, text=TERMS + review, by=by, at=AT)
        kept = itsm.keep_import(
            engagement=town.engagement, name="log.csv", content=BytesIO(tickets().encode()), format="csv",
            time_zone="UTC", mapping=MAPPING, at=AT, by=by,
        )  # fmt: skip
        run = itsm.start_import(kept, by=by)
    assert jobs.work_here(run).state == Run.State.DONE
    with enter(town.tenant.pk):
        uptime = ServiceLevel.objects.get(key="uptime", contract__engagement=town.engagement)
        itsm.report_value(
            service_level=uptime,
            month=MAY,
            value=Decimal("99.2" if late_uptime else "99.95"),
            source="report",
            by=by,
            at=at,
        )
        services.measure(engagement=town.engagement, first=MAY, last=MAY, as_of=at, at=at, by=by)
        if sealed:
            services.seal_month(engagement=town.engagement, month=MAY, by=by, at=at)
    return town


def manager(town: Town) -> Person:
    return town.member(Role.CONTRACT_MANAGER).person


def account(town: Town) -> Person:
    return town.member(Role.ACCOUNT_MANAGER, "cobalt").person


def credit_of(town: Town) -> Credit:
    found: Credit = Credit.objects.select_related("record", "engagement", "service_level").get(
        engagement=town.engagement, service_level__key="p2"
    )
    return found


def ticket(town: Town, number: str) -> Ticket:
    found: Ticket = Ticket.objects.get(engagement=town.engagement, number=number)
    return found


def relief(town: Town, number: str = "INC001", minutes: int = 29) -> services.TicketAsk:
    return services.TicketAsk(ticket(town, number), "relief", relief_seconds=minutes * 60)
