"""A town whose tickets recur: a place with tickets of 2026, and an answer that can be submitted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

from contracts.services import import_terms
from engagements.models import EngagementSettings
from governance import services
from governance.calc.rca_content import Content, Entry, Planned
from governance.models import Rca
from itsm import services as itsm
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Person, ServiceDomain
from mspgov.tenancy.offices import put_in_office
from mspgov.tenancy.policy import Role
from tests.governance.test_board_pack import MAPPING as COLUMNS
from tests.governance.test_board_pack import TERMS
from tests.world import Town, build_town

AT = datetime(2026, 3, 10, 9, tzinfo=UTC)  # a Tuesday
MAPPING = {"columns": {**COLUMNS["columns"], "category": "category"}}
HEAD = ",".join(MAPPING["columns"].values())


def line(number: str, opened: datetime, priority: str = "P3", category: str = "Mail") -> str:
    """A ticket that was open for two hours, in the columns of MAPPING."""
    said = {
        "number": number, "opened_at": opened.isoformat(), "answered_at": (opened + timedelta(minutes=9)).isoformat(),
        "resolved_at": (opened + timedelta(hours=2)).isoformat(), "priority": priority, "category": category,
    }  # fmt: skip
    return ",".join(said.get(field, "") for field in MAPPING["columns"])


def bring(town: Town, *lines: str, at: datetime = AT) -> None:
    """Import tickets as a run in this process; one file a call."""
    content = "\n".join((HEAD, *lines)) + "\n"
    with enter(town.tenant.pk):
        row = itsm.keep_import(
            engagement=town.engagement, name=f"tickets-{lines[0][:8]}.csv", content=BytesIO(content.encode()),
            format="csv", time_zone="UTC", mapping=MAPPING, at=at,
        )  # fmt: skip
        run = itsm.start_import(row, by=None)
    run = jobs.work_here(run)
    assert run.state == Run.State.DONE, run.error


def alike(count: int, first: datetime, *, category: str = "Mail", start: int = 1) -> list[str]:
    """So many tickets of one category, a day apart."""
    return [line(f"INC{start + n}", first + timedelta(days=n), category=category) for n in range(count)]


def asked_town(**settings: object) -> Town:
    """Aurora with terms, settings by category, and Ada accountable for the one domain with Ben as her deputy."""
    town = build_town("aurora", providers=("cobalt",))
    with enter(town.tenant.pk):
        import_terms(engagement=town.engagement, text=TERMS, by=None, at=AT)
        EngagementSettings.objects.create(
            engagement=town.engagement,
            **{"recurrence_key": ["category"], "threshold": 3, "window_days": 30, **settings},
        )
        domain = ServiceDomain.objects.create(engagement=town.engagement, name="Workplace")
        ada, ben = (town.member(role).person for role in (Role.SERVICE_OWNER, Role.CONTRACT_MANAGER))
        put_in_office(domain=domain, owner=ada, deputy=ben, from_on=AT.date() - timedelta(days=90), by=ada)
    return town


def person(town: Town, role: Role) -> Person:
    return town.member(role, "cobalt" if role in (Role.ACCOUNT_MANAGER, Role.ENGINEER) else None).person


def answer(town: Town, at: datetime = AT, **other: object) -> Content:
    """An answer without a fault at this instant."""
    owner = str(person(town, Role.ENGINEER).public_id)

    def day(days: int) -> str:
        return (at + timedelta(days=days)).date().isoformat()

    return replace(
        Content(
            summary="Both mail relays refused connections after a certificate expired.",
            impact="3,812 messages came twelve hours late.",
            people="420",
            timeline=(
                Entry(f"{day(-2)} 21:47", "Cobalt", "Certificate on mx2 expired."),
                Entry(f"{day(-1)} 09:31", "Cobalt", "New certificate in place."),
            ),
            causes=("process", "process.handover"),
            whys=("Mail bounced.", "The certificate had expired.", "Its renewal was one person's note.", "", ""),
            actions=(
                Planned("Watch certificates of every relay", owner, day(14), "None under 14 days", "Weekly export"),
            ),
        ),
        **other,
    )


def demanded(town: Town, at: datetime = AT) -> Rca:
    """The one root cause that three like tickets bring."""
    bring(town, *alike(3, at - timedelta(days=4)))
    with enter(town.tenant.pk):
        services.follow(engagement=town.engagement, at=at)
        found: Rca = Rca.objects.select_related("record", "obligation").get()
    return found
