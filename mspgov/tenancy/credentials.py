"""Every kind of thing that lets a person in, and how it ends. A new kind is a line here, or leavers keep a door."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator

from .context import enter, knowing
from .models import Feed, Invitation, Membership, Person, Session, Tenant, Token

End = Callable[[Person, datetime], int]


@dataclass(frozen=True)
class Kind:
    """A kind of credential, the table that keeps it (None: signed, kept nowhere), and what ends all of one person's: in
    the entered tenant, or (everywhere) those of the account as such. Returns how many ended."""

    name: str
    table: str | None
    end: End
    everywhere: bool = False


def _end_tokens(person: Person, at: datetime) -> int:
    living = list(Token.objects.select_for_update().filter(person=person, revoked_at=None))
    for token in living:
        token.revoked_at = at
        token.save()
    return len(living)


def _end_feeds(person: Person, at: datetime) -> int:
    return Feed.objects.filter(person=person, revoked_at=None).update(revoked_at=at)


def _end_invitations(person: Person, at: datetime) -> int:
    waiting = Invitation.objects.filter(email__iexact=person.email, accepted_at=None, withdrawn_at=None)
    return waiting.update(withdrawn_at=at)


def _end_sessions(person: Person, at: datetime) -> int:
    return Session.objects.filter(person=person).delete()[0]


def _end_reset_links(person: Person, at: datetime) -> int:
    Person.objects.filter(pk=person.pk).update(links_ended_at=at)
    person.links_ended_at = at
    return 0


def _end_second_factors(person: Person, at: datetime) -> int:
    return Authenticator.objects.filter(user=person).delete()[0]


KINDS = (
    Kind("API tokens", "tenancy_token", _end_tokens),
    Kind("calendar addresses", "tenancy_feed", _end_feeds),
    Kind("invitations", "tenancy_invitation", _end_invitations),
    Kind("sessions", "tenancy_session", _end_sessions, everywhere=True),
    Kind("password links", None, _end_reset_links, everywhere=True),
    Kind("second factors", "mfa_authenticator", _end_second_factors, everywhere=True),
)


def end_here(person: Person, *, at: datetime) -> dict[str, int]:
    """End what lets the person into the entered tenant, by kind."""
    return {kind.name: kind.end(person, at) for kind in KINDS if not kind.everywhere}


def end_account(person: Person, *, at: datetime) -> dict[str, int]:
    """End what belongs to the account as such, by kind."""
    return {kind.name: kind.end(person, at) for kind in KINDS if kind.everywhere}


def end_in_every_tenant(person: Person, *, at: datetime) -> None:
    """End all of a person's, wherever they are or were a member. Works outside any tenant."""
    with knowing(person=person.pk):
        tenants = set(Membership.everywhere.filter(person=person).values_list("tenant_id", flat=True))
    for tenant in sorted(tenants):
        with enter(tenant):
            end_here(person, at=at)
    end_account(person, at=at)


def sessions_of(person: Person, *, at: datetime) -> list[Session]:
    """A person's living sessions, the latest used first."""
    return list(Session.objects.filter(person=person, expire_date__gt=at).order_by("-seen_at", "session_key"))


def has_second_factor(person: Person) -> bool:
    return Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()


def lacks_second_factor(tenant: Tenant, person: Person) -> bool:
    """Whether the tenant demands a second factor that the person has not set up."""
    return tenant.two_factor_required and not has_second_factor(person)


def end_other_sessions(person: Person, *, keep: str | None) -> int:
    """All of a person's sessions but the one with this key. Returns how many ended."""
    return Session.objects.filter(person=person).exclude(session_key=keep or "").delete()[0]
