"""Who is who: tenants by name, memberships, engagements, tokens."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from .context import knowing
from .models import Engagement, Membership, MembershipEngagement, Office, Provider, Tenant, Token, Visit
from .policy import Role


def tenant_by_slug(slug: str) -> Tenant | None:
    return Tenant.objects.filter(slug=slug).first()


def memberships_of(person_id: int) -> list[Membership]:
    """All active memberships of the person who is named in `enter`, tenants joined, by name; the provider of the
    entered tenant's only, and when they were seen there. To be asked before `narrow`."""
    rows = Membership.everywhere.filter(person_id=person_id, active=True, person__is_active=True)
    visit = Visit.objects.filter(person_id=OuterRef("person_id"), tenant_id=OuterRef("tenant_id"))
    rows = rows.annotate(**{name: Subquery(visit.values(name)[:1]) for name in ("latest_seen_at", "previous_seen_at")})
    return list(rows.select_related("tenant", "provider").order_by("tenant__name"))


def engagement_ids(membership_id: int) -> list[int]:
    found = MembershipEngagement.objects.filter(membership_id=membership_id)
    return list(found.order_by("engagement_id").values_list("engagement_id", flat=True))


def token_by_key(key: str) -> Token | None:
    """The living token with this key, its person joined; None when unknown, expired, revoked or its person is gone."""
    digest = hash_of(key)
    with knowing(token=digest):
        return (
            Token.everywhere.filter(
                key_hash=digest, revoked_at__isnull=True, expires_at__gt=timezone.now(), person__is_active=True
            )
            .select_related("person")
            .first()
        )


def hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True)
class Place:
    """A tenant that a person may switch to."""

    slug: str
    name: str
    is_demo: bool
    demands_second_factor: bool = False


def places_of(person_id: int) -> list[Place]:
    """The tenants of a person, by name. Works inside a tenant (which `enter` was told whose it is) and outside."""
    with knowing(person=person_id):
        rows = (
            Membership.everywhere.filter(person_id=person_id, active=True)
            .order_by("tenant__name")
            .values_list("tenant__slug", "tenant__name", "tenant__is_demo", "tenant__two_factor_required")
        )
        return [Place(*row) for row in rows]


def engagements() -> list[Engagement]:
    """The engagements that the reader sees, by name, their provider joined."""
    return list(Engagement.objects.select_related("provider").order_by("name"))


def provider_by_slug(slug: str) -> Provider | None:
    return Provider.objects.filter(slug=slug).first()


def engagement_by_slug(slug: str) -> Engagement | None:
    return Engagement.objects.filter(slug=slug).select_related("provider").first()


@dataclass(frozen=True)
class Member:
    """A person of a tenant as a list shows them."""

    public_id: str
    name: str
    email: str
    roles: tuple[str, ...]
    provider: str
    active: bool


COUNTERPARTS = (Role.SERVICE_OWNER, Role.CONTRACT_MANAGER)  # with whom a provider deals in every engagement


def in_sight_of(reader: Membership) -> Q:
    """Whose name and address a member reads: the client's side those of everybody; one of a provider's people those of
    their own side, and of the client who holds an office in an engagement that they see or is its counterpart by role."""
    if not reader.is_provider_side:
        return Q()
    held = Office.objects.exclude(until_on__lt=timezone.localdate())
    in_office = Q(person__in=held.values("owner")) | Q(person__in=held.exclude(deputy=None).values("deputy"))
    near = in_office | Q(roles__overlap=[str(role) for role in COUNTERPARTS])
    return Q(provider=reader.provider_id) | Q(near, provider=None, active=True)


def people(reader: Membership) -> list[Member]:
    """Members of the entered tenant whom a member sees, client's side first, by name."""
    rows = Membership.objects.filter(in_sight_of(reader)).select_related("person", "provider")
    rows = rows.order_by("provider__name", "person__name")
    return [
        Member(
            str(m.public_id),
            m.person.name,
            m.person.email,
            tuple(m.roles),
            m.provider.name if m.provider else "",
            m.active,
        )
        for m in rows
    ]


def tokens_of(person_id: int) -> list[Token]:
    """A person's keys in the entered tenant, the latest first; ended ones too."""
    return list(Token.objects.filter(person_id=person_id).order_by("-created_at", "-pk"))


def seen_at() -> dict[int, datetime]:
    """Person → when they were here lately, of all whom the reader sees."""
    return dict(Visit.objects.values_list("person_id", "latest_seen_at"))
