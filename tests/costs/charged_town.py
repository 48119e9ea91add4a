"""A town with a contract whose months were reported, measured, credited and partly sealed; and who signs in to it."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contracts.models import ServiceLevel
from contracts.services import import_terms
from costs import services
from itsm import services as itsm
from mspgov.jobs.models import Run
from mspgov.jobs.services import function_of
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2016, 6, 14, 12, 42, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-2015-114, currency: EUR, starts: 2015-10-01, ends: 2018-09-30, monthly_charges: "84200.00"}
service_levels:
  - {key: p1, name: P1 resolution, measure: percentage, expected: 95, minimum: 90}
  - {key: p2, name: P2 resolution, measure: percentage, expected: 90, minimum: 85, clause: Schedule 4 §2.2}
  - {key: vdi, name: Virtual desktop up, measure: availability, expected: 99.9, minimum: 99.5}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  pool_percent: 200
  allocations: {p1: 40, p2: 25, vdi: 25}
  below_minimum: 1
  continued: [1, 1.5, 2]
  earn_back: {period: contract_year, when: mean_at_least_expected}
  clauses: {cap: §6.6}
"""
MONTHS = {
    "2016-03": {"p1": "97", "p2": "84.13", "vdi": "99.93"},
    "2016-04": {"p1": "89.89", "p2": "81.65", "vdi": "99.41"},
    "2016-05": {"p1": "95", "p2": "84.93"},
}


def charged_town(terms: str = TERMS, slug: str = "aurora") -> Town:
    """March and April sealed, May measured; the availability of May was not reported."""
    town = build_town(slug)
    with enter(town.tenant.pk):
        by = town.member(Role.CONTRACT_MANAGER).person
        import_terms(engagement=town.engagement, text=terms, by=by, at=AT)
        levels = {level.key: level for level in ServiceLevel.objects.filter(engagement=town.engagement)}
        for month, values in MONTHS.items():
            for key, value in values.items():
                itsm.report_value(
                    service_level=levels[key], month=Month(month), value=Decimal(value), source="report", by=by, at=AT
                )
        services.measure(
            engagement=town.engagement, first=Month("2016-03"), last=Month("2016-05"), as_of=AT, at=AT, by=by
        )
        for month in ("2016-03", "2016-04"):
            services.seal_month(engagement=town.engagement, month=Month(month), by=by, at=AT)
    return town


def signed_in(town: Town, role: Role, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def at(town: Town, route: str, *which: object, **asked: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return reverse(route, args=[town.tenant.slug, *which]) + (f"?{query}" if query else "")


def words(client: Client, address: str, status: int = 200, **headers: str) -> str:
    """The text of a page, with plain spaces."""
    answer = client.get(address, headers=headers or None)
    assert answer.status_code == status, address
    return answer.content.decode().replace("\u00a0", " ")


def do_runs(town: Town) -> None:
    """Do what is open, a step after the other, in the test's own transaction."""
    with enter(town.tenant.pk):
        for run in Run.objects.filter(state__in=Run.OPEN).order_by("pk"):
            _do(run)


def _do(run: Run) -> None:
    while run.is_open:
        try:
            with transaction.atomic():
                run.done_steps, run.total_steps, run.result = function_of(run.kind)(run.done_steps, **run.arguments)
        except (Fault, Refused, Conflict) as no:
            run.state, run.error = Run.State.FAILED, str(no)
        else:
            run.state = Run.State.RUNNING if run.done_steps < run.total_steps else Run.State.DONE
        run.ended_at = None if run.is_open else timezone.now()
        run.save()
