"""A place is offered to whoever reads an e-mail address: offered, renewed, withdrawn, accepted once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused

from .context import knowing
from .models import Engagement, Invitation, Membership, Person, Provider, Tenant
from .queries import hash_of
from .services import check_side, create_person


@transaction.atomic
def invite(
    *, email: str, name: str, roles: Sequence[str], provider: Provider | None, engagements: Sequence[Engagement],
    by: Person, at: datetime,
) -> tuple[Invitation, str]:  # fmt: skip
    """The offer and its secret, which is not kept. An earlier open offer to the address ends. Raises Fault for roles of
    the other side, Refused for somebody who is a member and for a provider that has ended."""
    check_side(roles, provider, engagements)
    if provider is not None and provider.ended_at is not None:
        raise Refused(f"{provider} is deactivated; reactivate it first")
    address = email.strip().lower()
    member = Membership.objects.select_related("person").filter(person__email=address).first()
    if member is not None:
        how = "is a member already" if member.active else "was a member; reactivate them on their page"
        raise Refused(f"{member.person.name} {how}")
    Invitation.objects.filter(email=address, accepted_at=None, withdrawn_at=None).update(withdrawn_at=at)
    secret = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        email=address, name=name, roles=sorted(roles), provider=provider, engagements=[e.public_id for e in engagements],
        secret_hash=hash_of(secret), by=by, at=at, expires_at=at + Invitation.LASTS,
    )  # fmt: skip
    return row, secret


@transaction.atomic
def renew(*, invitation: Invitation, by: Person, at: datetime) -> tuple[Invitation, str]:
    """A new secret and a new end; the former link is dead. Raises Conflict when it was accepted or withdrawn."""
    row, secret = _locked(invitation), secrets.token_urlsafe(32)
    row.secret_hash, row.by, row.at, row.expires_at = hash_of(secret), by, at, at + Invitation.LASTS
    row.sent_at, row.fault = None, ""
    row.save()
    return row, secret


@transaction.atomic
def withdraw(*, invitation: Invitation, at: datetime) -> Invitation:
    """The link is dead. Raises Conflict when it was accepted or withdrawn."""
    row = _locked(invitation)
    row.withdrawn_at = at
    row.save()
    return row


def _locked(invitation: Invitation) -> Invitation:
    row: Invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if row.accepted_at is not None or row.withdrawn_at is not None:
        raise Conflict(f"the invitation was {'accepted' if row.accepted_at else 'withdrawn'} meanwhile")
    return row


@dataclass(frozen=True)
class Offer:
    """What a living link offers. `person` is whoever has an open account at the address already."""

    tenant: Tenant
    email: str
    name: str
    roles: tuple[str, ...]
    person: Person | None


def offer(secret: str, *, at: datetime) -> Offer | None:
    """Behind a link, outside any tenant; None for one that is unknown, expired, accepted or withdrawn, or whose account
    the operator has locked."""
    digest = hash_of(secret)
    with knowing(token=digest):
        row = Invitation.everywhere.filter(secret_hash=digest).select_related("tenant").first()
    if row is None or not row.is_open(at):
        return None
    person = Person.objects.filter(email=row.email).first()
    if person is not None and person.locked_at is not None:
        return None
    known = person if person is not None and person.is_active else None
    return Offer(row.tenant, row.email, row.name, tuple(row.roles), known)


@dataclass(frozen=True)
class Joined:
    """What came of an accepted offer."""

    invitation: Invitation
    membership: Membership


def accept(*, secret: str, signed_in: Person | None, at: datetime, name: str = "", password: str = "") -> Joined:
    """Take the offer, in its tenant, which is entered already. Whoever has an open account must be signed in with it;
    anybody else chooses name and password. Raises Conflict when the link no longer works, Refused for somebody else's
    account, Fault at `password`."""
    row = Invitation.objects.select_for_update(of=("self",)).filter(secret_hash=hash_of(secret)).first()
    if row is None or not row.is_open(at):
        raise Conflict("this invitation no longer works")
    person = Person.objects.select_for_update().filter(email=row.email).first()
    if person is not None and person.locked_at is not None:
        raise Conflict("this invitation no longer works")
    if person is not None and person.is_active:
        if signed_in is None or signed_in.pk != person.pk:
            raise Refused(f"sign in as {row.email} first")
    else:
        person = _with_account(person, row, name, password)
    engagements = list(Engagement.objects.filter(public_id__in=row.engagements))
    provider = None if row.provider_id is None else Provider.objects.get(pk=row.provider_id)
    if provider is not None and provider.ended_at is not None:
        raise Conflict("this invitation no longer works")
    membership, _ = create_person(
        email=person.email, name=person.name, roles=row.roles, provider=provider, engagements=engagements
    )
    membership.active, membership.ended_at, membership._history_user = True, None, person  # type: ignore[attr-defined]
    membership.save()
    row.accepted_at = at
    row.save()
    return Joined(row, membership)


def _with_account(person: Person | None, row: Invitation, name: str, password: str) -> Person:
    """A new account, or the closed one of the address opened with a new password."""
    made = person or Person(email=row.email)
    made.name, made.is_active = name.strip() or row.name, True
    try:
        validate_password(password, made)
    except ValidationError as why:
        raise Fault("password", " ".join(why.messages)) from None
    made.set_password(password)
    made.save()
    return made


def tenant_of(secret: str) -> int | None:
    """The tenant whose invitation has this secret, whatever became of it."""
    digest = hash_of(secret)
    with knowing(token=digest):
        return Invitation.everywhere.filter(secret_hash=digest).values_list("tenant_id", flat=True).first()
