"""A town with a contract in two versions, and clients who have signed in."""

from datetime import UTC, date, datetime
from typing import Any

from django.test import Client
from django.urls import reverse

from contracts import services
from contracts.models import Calendar, Contract, ServiceLevel
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
TERMS = """\
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-15, ends: 2028-12-31, time_zone: Europe/Berlin,
  monthly_charges: "100000.00"}
calendars:
  office:
    time_zone: Europe/Berlin
    week: {mon: [[08:00, 12:00], [13:00, 17:30]], tue: [[08:00, 17:30]], fri: [[08:00, 17:30]]}
    holiday_calendar: {country: DE, subdivision: BE}
    clause: Schedule 4 §3
service_levels:
  - key: p1
    name: P1 resolution
    measure: resolve
    select: {priority: [P1]}
    calendar: office
    target: {hours: 4}
    stops: [customer]
    expected: 95
    minimum: 90
    low_volume: {below: 10, allowed_failures: 1}
    clause: Schedule 4 §2.2
  - {key: up, name: Uptime, measure: availability, expected: 99.5}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  allocations: {p1: 40}
  below_minimum: 1
  continued: [1, 1.5]
  clauses: {continued: §6.4}
"""
CHANGED = TERMS.replace("expected: 95", "expected: 97.5").replace("hours: 4", "hours: 3")


def promised(town: Town, text: str = TERMS, effective: date | None = None) -> Contract:
    """The contract of a town's first engagement with these terms."""
    with enter(town.tenant.pk):
        by = town.member(Role.CONTRACT_MANAGER).person
        made = services.import_terms(engagement=town.engagement, text=text, effective=effective, by=by, at=AT)
    return made.contract


def signed_in(town: Town, role: Role, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def at(town: Town, route: str, *which: Any) -> str:
    return reverse(route, args=[town.tenant.slug, *which])


def level(town: Town, key: str = "p1") -> ServiceLevel:
    with enter(town.tenant.pk):
        return ServiceLevel.objects.get(key=key)


def calendar(town: Town, name: str = "office") -> Calendar:
    with enter(town.tenant.pk):
        return Calendar.objects.filter(name=name).order_by("-pk")[0]
