"""Tenants, people, engagements and tokens come into being, and people leave."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from django.db import transaction
from django.shortcuts import get_object_or_404

from mspgov.kernel.faults import Fault

from .leaving import keep_an_administrator, locked_administrators
from .models import Engagement, Membership, MembershipEngagement, Person, Provider, Tenant, Token, Visit
from .policy import AREAS, PROVIDER, Role
from .queries import hash_of

SCOPE = re.compile(r"(read|write)|[a-z-]+:(read|write)( [a-z-]+:(read|write))*")


@transaction.atomic
def create_tenant(*, slug: str, name: str, currency: str, time_zone: str = "UTC", is_demo: bool = False) -> Tenant:
    """The tenant of this name, made when it is missing. Raises Fault for a currency or zone that does not exist."""
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        raise Fault("currency", f"must be a code of three capital letters, not {currency!r}")
    check_zone(time_zone)
    tenant, _ = Tenant.objects.get_or_create(
        slug=slug, defaults={"name": name, "currency": currency, "time_zone": time_zone, "is_demo": is_demo}
    )
    return tenant


def check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Fault("time_zone", f"unknown time zone {name!r}") from None


@transaction.atomic
def ensure_provider(*, slug: str, name: str | None = None) -> Provider:
    return Provider.objects.get_or_create(slug=slug, defaults={"name": name or title_of(slug)})[0]


@transaction.atomic
def ensure_engagement(*, slug: str, provider: Provider, name: str | None = None, time_zone: str = "UTC") -> Engagement:
    """The engagement of this name. Raises Fault when it exists with another provider."""
    engagement, _ = Engagement.objects.get_or_create(
        slug=slug, defaults={"name": name or title_of(slug), "provider": provider, "time_zone": time_zone}
    )
    if engagement.provider_id != provider.pk:
        raise Fault("provider", f"the engagement {slug} belongs to another provider")
    return engagement


def title_of(slug: str) -> str:
    return slug.replace("-", " ").capitalize()


@transaction.atomic
def create_person(
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    provider: Provider | None = None,
    engagements: Sequence[Engagement] = (),
    password: str | None = None,
    time_zone: str = "",
) -> tuple[Membership, str | None]:
    """A member of the entered tenant, and the one-time password of a person who is new.

    Raises Fault for an unknown role and for a role of the other side: account managers and engineers need a provider,
    client roles must not have one. Repeating it changes nothing but the roles; another provider than before takes the
    engagements of the former one away.
    """
    check_side(roles, provider, engagements)
    person = Person.objects.filter(email__iexact=email).first()
    made: str | None = None
    if person is None:
        made = password or secrets.token_urlsafe(12)
        person = Person.objects.create_user(email, made, name=name, time_zone=time_zone)
    membership, _ = Membership.objects.update_or_create(
        person=person, defaults={"roles": list(roles), "provider": provider}
    )
    MembershipEngagement.objects.filter(membership=membership).exclude(engagement__provider=provider).delete()
    for engagement in engagements:
        MembershipEngagement.objects.get_or_create(membership=membership, engagement=engagement)
    return membership, made


def check_side(roles: Sequence[str], provider: Provider | None, engagements: Sequence[Engagement]) -> None:
    """Raises Fault for roles that nobody knows or that exclude each other, and for engagements of another provider."""
    if unknown := [r for r in roles if r not in Role.values]:
        raise Fault("role", f"unknown role {unknown[0]!r}; one of {', '.join(Role.values)}")
    if not roles:
        raise Fault("role", "at least one role is needed")
    outside = [r for r in roles if r in PROVIDER]
    inside = [r for r in roles if r not in PROVIDER and r != Role.BOARD_MEMBER]
    if outside and provider is None:
        raise Fault("provider", f"a person with the role {outside[0]} needs a provider")
    if inside and provider is not None:
        raise Fault("role", f"{inside[0]} is a role of the client's side, a provider's people cannot hold it")
    for engagement in engagements:
        if provider is None or engagement.provider_id != provider.pk:
            raise Fault("engagement", f"{engagement.slug} is not an engagement of this provider")


@transaction.atomic
def change_roles(
    *, membership: Membership, roles: Sequence[str], engagements: Sequence[Engagement], by: Person
) -> Membership:
    """Other roles on the same side, and of a provider's person exactly these engagements. Raises Fault for roles of the
    other side, Refused when nobody would administer the tenant any more."""
    administrators = locked_administrators()
    row: Membership = (
        Membership.objects.select_for_update(of=("self",)).select_related("provider").get(pk=membership.pk)
    )
    check_side(roles, row.provider, engagements)
    if Role.TENANT_ADMINISTRATOR not in roles:
        keep_an_administrator(administrators, row)
    row.roles, row._history_user = sorted(roles), by  # type: ignore[attr-defined]
    row.save()
    wanted = {e.pk for e in engagements}
    for scope in MembershipEngagement.objects.filter(membership=row):
        if scope.engagement_id in wanted:
            wanted.discard(scope.engagement_id)
        else:
            scope.delete()
    for engagement in engagements:
        if engagement.pk in wanted:
            MembershipEngagement.objects.create(membership=row, engagement=engagement)
    return row


@transaction.atomic
def create_token(*, person: Person, name: str, scope: str, days: int, at: datetime) -> str:
    """A new key of this person in the entered tenant; it is shown once. Raises Fault for a scope that names no area that
    there is, and for a bad age."""
    scope = " ".join(dict.fromkeys(scope.replace(",", " ").split()))
    if not SCOPE.fullmatch(scope) or len(scope) > 500:
        raise Fault("scope", f"must be read or write, or areas such as tickets:read credits:write, not {scope!r}")
    areas = [word.partition(":")[0] for word in scope.split() if ":" in word]
    if unknown := [area for area in areas if area not in AREAS]:
        near = get_close_matches(unknown[0], AREAS, 1)
        meant = f" (is {near[0]} meant?)" if near else ""
        raise Fault("scope", f"names {unknown[0]!r}{meant}, which is no area; there are {', '.join(AREAS)}")
    if not 1 <= days <= 3660:
        raise Fault("days", "must be between 1 and 3660")
    key = f"mspgov_{secrets.token_urlsafe(32)}"
    Token.objects.create(
        person=person, name=name, key_hash=hash_of(key), scope=scope, expires_at=at + timedelta(days=days)
    )
    return key


@transaction.atomic
def revoke_token(*, person: Person, public_id: str, at: datetime) -> None:
    """Ends one of the person's own tokens at once; one that is not theirs is as if it did not exist."""
    token = get_object_or_404(Token.objects.select_for_update(), public_id=public_id, person=person)
    if token.revoked_at is None:
        token.revoked_at = at
        token.save()


def note_visit(member: Membership, *, at: datetime) -> None:
    """Remember that this person is here, in one statement. `member` is one of `memberships_of`."""
    seen = Visit(person_id=member.person_id, latest_seen_at=at, previous_seen_at=member.seen_before(at))
    Visit.objects.bulk_create(
        [seen],
        update_conflicts=True,
        unique_fields=["tenant", "person"],
        update_fields=["latest_seen_at", "previous_seen_at"],
    )


def is_due(member: Membership, *, at: datetime) -> bool:
    """Whether a visit is to be noted anew: not on every request."""
    latest: datetime | None = getattr(member, "latest_seen_at", None)
    return latest is None or at - latest >= Visit.NOTED
