"""What both tenants of the demo have in common: how a tenant, its people, its terms and its months come into being."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.utils import timezone

from contracts.queries import terms_history
from contracts.services import import_terms
from costs import services as costs
from engagements.models import Location
from engagements.services import ensure_services, name_vendors
from governance import services as governance
from itsm import services as itsm
from itsm.models import Import
from mspgov.jobs.services import work_here
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month, Quarter, months_between
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Recurring, Side
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Membership, Person, Tenant
from mspgov.tenancy.policy import Role

from .people import PASSWORD, DemoPerson

HERE = Path(__file__).parent


def people_of(people: Iterable[DemoPerson], engagements: dict[str, list[Engagement]], time_zone: str) -> None:
    """Members of the entered tenant; a provider's people see its engagements. A second role joins the first."""
    for person in people:
        known = Membership.objects.filter(person__email=person.email).first()
        roles = sorted({person.role, *(known.roles if known else [])})
        mine = engagements.get(person.provider or "", [])
        tenancy.create_person(
            email=person.email,
            name=person.name,
            roles=roles,
            provider=mine[0].provider if mine else None,
            engagements=mine,
            password=PASSWORD,
            time_zone=time_zone,
        )


def person(email: str) -> Person:
    return Person.objects.get(email=email)


def engagement(slug: str, name: str, provider: str, provider_name: str, time_zone: str) -> Engagement:
    mine = tenancy.ensure_provider(slug=provider, name=provider_name)
    return tenancy.ensure_engagement(slug=slug, name=name, provider=mine, time_zone=time_zone)


def agree(engagement: Engagement, terms: str, by: Person, at: datetime) -> None:
    """The demo's terms, where the engagement has none yet."""
    if terms_history(engagement):
        return
    import_terms(engagement=engagement, text=(HERE / terms).read_text(), by=by, at=at)


def describe(
    engagement: Engagement, services: Iterable[str], vendors: dict[str, str], places: Iterable[tuple[str, str, str]]
) -> None:
    """Plain records of the engagement: services, vendors with the side they belong to, locations."""
    ensure_services(engagement, services)
    name_vendors(engagement, vendors)
    for name, country, zone in places:
        Location.objects.get_or_create(
            engagement=engagement, name=name, defaults={"country": country, "time_zone": zone}
        )


def owe_monthly_report(engagement: Engagement, by: Person, at: datetime) -> None:
    """A schedule of the client's, where there is none yet: what the provider owes each month."""
    if Recurring.objects.filter(engagement=engagement).exists():
        return
    obligations.schedule(
        Recurring(), engagement=engagement, title="Monthly service report", text="Figures of the month, and what is being done.",
        owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, accepted_by=Role.SERVICE_OWNER, needs_evidence=True,
        rule="FREQ=MONTHLY;BYMONTHDAY=5", first=datetime(at.year, 1, 5, 17, tzinfo=UTC), lead_days=14, reminder_days=[7, 2],
        escalation=[{"name": "Contract manager", "role": Role.CONTRACT_MANAGER.value, "days": 5}], by=by, at=at,
    )  # fmt: skip


def load_tickets(tenant: Tenant, engagement: Engagement, name: str, content: bytes, **options: Any) -> None:
    """Import a ticket log in this process; once loaded, it is left alone. Raises Fault with the run's error."""
    with enter(tenant.pk):
        if Import.objects.filter(engagement=engagement, file__name=name, state=Import.State.DONE).exists():
            return
        by = options.pop("by")
        row = itsm.keep_import(
            engagement=engagement, name=name, content=BytesIO(content), at=options.pop("at"), by=by, **options
        )
        run = itsm.start_import(row, by=by)
    run = work_here(run)
    if run.error:
        raise Fault("load_demo", run.error)


def measure_and_seal(
    engagement: Engagement, first: Month, last: Month, sealed: Month, by: Person, at: datetime
) -> None:
    """Measure the months, propose credits, and seal up to and including `sealed`."""
    now = max(at, timezone.now())  # after the import of the tickets, which ended later than the load began
    costs.measure(engagement=engagement, first=first, last=last, as_of=at, at=now, by=by)
    for month in months_between(first, sealed):
        costs.seal_month(engagement=engagement, month=month, by=by, at=at)


def make_pack(tenant: Tenant, engagement: Engagement, quarter: Quarter, by: Person, at: datetime) -> Any:
    """Print a quarter's pack in this process; returns the ended run. Raises Fault with the run's error."""
    with enter(tenant.pk):
        run = governance.start_pack(engagement=engagement, quarter=quarter, by=by, at=at)
    run = work_here(run)
    if run.error:
        raise Fault("load_demo", run.error)
    return run
