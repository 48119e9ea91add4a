"""People and providers as their pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from mspgov.obligations.models import Obligation
from mspgov.tenancy import queries as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Invitation, Membership, Office, Provider, Visit
from mspgov.tenancy.policy import DEACTIVATE_PEOPLE, WRITE_PEOPLE, Role


def members(reader: Membership) -> "QuerySet[Membership]":
    """Those whom this member sees."""
    return Membership.objects.filter(tenancy.in_sight_of(reader)).select_related("person", "provider")


class MemberFilters(django_filters.FilterSet):
    """Of the list of people: by role, side and state; `q` finds a name or an address."""

    role = django_filters.ChoiceFilter(choices=Role.choices, method="by_role", label="Role", empty_label="All")
    side = django_filters.ChoiceFilter(
        choices=[("client", "Client"), ("provider", "Provider")], method="by_side", label="Side", empty_label="Both"
    )
    state = django_filters.ChoiceFilter(
        choices=[("active", "Active"), ("left", "Left")], method="by_state", label="State", empty_label="All"
    )
    q = django_filters.CharFilter(method="find", label="Search")
    sort = django_filters.OrderingFilter(fields={"person__name": "name", "provider__name": "side", "active": "state"})

    class Meta:
        model = Membership
        fields: list[str] = []

    def by_role(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(roles__contains=[value])

    def by_side(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(provider__isnull=value == "client")

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(active=value == "active")

    def find(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(person__name__icontains=value) | Q(person__email__icontains=value))


@dataclass(frozen=True)
class PersonPage:
    """A member with what they hold here."""

    row: Membership
    engagements: tuple[Engagement, ...]
    offices: tuple[Office, ...]
    owed: tuple[Obligation, ...]
    seen_at: datetime | None


def person_page(public_id: UUID, reader: Membership) -> PersonPage:
    """Raises Http404 for a member whom the reader does not see."""
    row = get_object_or_404(members(reader), public_id=public_id)
    engagements = Engagement.objects.filter(pk__in=row.scopes.values("engagement")).order_by("name")
    held = Office.objects.filter(Q(owner=row.person) | Q(deputy=row.person))
    offices = held.select_related("domain__engagement", "owner", "deputy").order_by("-from_on", "domain__name")
    owed = Obligation.objects.living().filter(person=row.person).select_related("record").order_by("due_at", "pk")
    seen = Visit.objects.filter(person=row.person).values_list("latest_seen_at", flat=True).first()
    return PersonPage(row, tuple(engagements), tuple(offices[:50]), tuple(owed[:50]), seen)


def may_deactivate(reader: Membership, row: Membership) -> bool:
    """An administrator anybody but themselves; an account manager the engineers of their own provider who work on
    nothing but engagements of theirs."""
    if row.person_id == reader.person_id or not reader.holds(DEACTIVATE_PEOPLE):
        return False
    if reader.holds(WRITE_PEOPLE):
        return True
    if reader.provider_id is None or row.provider_id != reader.provider_id or row.roles != [Role.ENGINEER]:
        return False
    with enter(reader.tenant.pk):  # the reader's own wall hides where else somebody works
        theirs, mine = set(tenancy.engagement_ids(row.pk)), set(tenancy.engagement_ids(reader.pk))
    return bool(theirs) and theirs <= mine


def may_give_up(reader: Membership, row: Membership) -> bool:
    """Whether this is the reader's own administration of the tenant, and somebody else administers it too: the only
    administrator cannot give it up."""
    others = Membership.objects.filter(roles__contains=[Role.TENANT_ADMINISTRATOR], active=True, person__is_active=True)
    own = row.person_id == reader.person_id and Role.TENANT_ADMINISTRATOR in row.roles
    return own and others.exclude(pk=row.pk).exists()


def _invitations(reader: Membership) -> "QuerySet[Invitation]":
    """All of them for an administrator; for an account manager those of engineers of their own provider to nothing but
    engagements that they see."""
    rows = Invitation.objects.select_related("provider", "by")
    if reader.holds(WRITE_PEOPLE):
        return rows
    seen = [each.public_id for each in tenancy.engagements()]
    own = rows.filter(provider=reader.provider_id, provider__isnull=False, roles=[Role.ENGINEER])
    return own.filter(engagements__contained_by=seen)


def invitations(reader: Membership) -> list[Invitation]:
    """Those that wait for an answer or have expired, the latest first."""
    return list(_invitations(reader).filter(accepted_at=None, withdrawn_at=None).order_by("-at", "-pk"))


def invitation(public_id: UUID, reader: Membership) -> Invitation:
    """Raises Http404."""
    return get_object_or_404(_invitations(reader), public_id=public_id)


def waiting_for(email: str, reader: Membership) -> Invitation | None:
    """The invitation of this address that a new one would replace, as far as the reader sees it."""
    address = email.strip().lower()
    return (
        _invitations(reader)
        .filter(email=address, accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
        .first()
    )


def providers() -> "QuerySet[Provider]":
    """By name; those whose people come in with their count as `people`."""
    return Provider.objects.order_by("name")


def people_by_provider() -> dict[int, int]:
    """Active members of each provider."""
    rows = Membership.objects.filter(active=True, provider__isnull=False).values("provider")
    return dict(rows.annotate(count=Count("pk")).values_list("provider", "count"))
