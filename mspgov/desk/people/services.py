"""People are invited, join, change roles, leave and come back: each is a link of the tenant's chain."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mspgov.kernel.refusals import Refused
from mspgov.mail.letters import send_letter
from mspgov.records import services as records
from mspgov.tenancy import invitations, leaving, queries
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.invitations import Joined
from mspgov.tenancy.models import Engagement, Invitation, Membership, Person, Provider, Tenant
from mspgov.tenancy.policy import Role


@transaction.atomic
def invite(
    *, tenant: Tenant, email: str, name: str, roles: Sequence[str], provider: Provider | None,
    engagements: Sequence[Engagement], by: Person, at: datetime, letter: bool = True,
) -> Invitation:  # fmt: skip
    """Offer a place; the `letter` leaves once that is certain. Raises Fault and Refused as `invitations.invite`."""
    row, secret = invitations.invite(
        email=email, name=name, roles=roles, provider=provider, engagements=engagements, by=by, at=at
    )
    if letter:
        _post(tenant, row, secret)
    _seal("invite", {}, {"invitation": row.email, "roles": ", ".join(row.roles)}, by, at)
    return row


ELSEWHERE = (
    "This address belongs to somebody who is here already or is invited by somebody else. The client's administrator can "
    "invite them."
)


@transaction.atomic
def invite_engineer(
    *, inviter: Membership, email: str, name: str, engagements: Sequence[Engagement], at: datetime
) -> Invitation:
    """By an account manager: a place for an engineer of their own provider, in engagements of theirs. Raises Refused for
    engagements that are not theirs, and for an address that has a place or an offer of somebody else's, whichever side
    that is on; whose it is is not said."""
    tenant = inviter.tenant
    own = set(queries.engagement_ids(inviter.pk))
    if inviter.provider is None or not engagements or any(each.pk not in own for each in engagements):
        raise Refused("You invite engineers of your own firm to engagements that you work on yourself.")
    mine = frozenset(each.public_id for each in Engagement.objects.filter(pk__in=own))
    address = email.strip().lower()
    with enter(tenant.pk, person=inviter.person_id):
        member = Membership.objects.filter(person__email=address).exists()
        waiting = Invitation.objects.filter(email=address, accepted_at=None, withdrawn_at=None).first()
        foreign = waiting is not None and (
            waiting.provider_id != inviter.provider_id
            or waiting.roles != [Role.ENGINEER]
            or not mine.issuperset(waiting.engagements)
        )
        if member or foreign:
            raise Refused(ELSEWHERE)
        return invite(
            tenant=tenant, email=address, name=name, roles=[Role.ENGINEER], provider=inviter.provider,
            engagements=engagements, by=inviter.person, at=at,
        )  # fmt: skip


@transaction.atomic
def invite_again(*, tenant: Tenant, invitation: Invitation, by: Person, at: datetime) -> Invitation:
    """A new letter with a new link; the former one is dead. Raises Conflict when it was accepted or withdrawn."""
    row, secret = invitations.renew(invitation=invitation, by=by, at=at)
    _post(tenant, row, secret)
    _seal("invite again", {}, {"invitation": row.email}, by, at)
    return row


@transaction.atomic
def send_first_letter(*, tenant: Tenant, invitation: Invitation, by: Person, at: datetime) -> bool:
    """The letter of somebody who was invited with many others, with its link. False for one that has it already, or was
    accepted or withdrawn meanwhile."""
    if invitation.sent_at is not None or invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        return False
    row, secret = invitations.renew(invitation=invitation, by=by, at=at)
    _post(tenant, row, secret)
    return True


@transaction.atomic
def withdraw(*, invitation: Invitation, by: Person, at: datetime) -> Invitation:
    """The link is dead. Raises Conflict when it was accepted or withdrawn."""
    row = invitations.withdraw(invitation=invitation, at=at)
    _seal("withdraw invitation", {"invitation": row.email}, {}, by, at)
    return row


def _post(tenant: Tenant, row: Invitation, secret: str) -> None:
    transaction.on_commit(partial(send_invitation, tenant, row, secret))


def send_invitation(tenant: Tenant, row: Invitation, secret: str) -> None:
    """Outside any tenant and transaction: the letter, and on the row whether it left."""
    expires = timezone.localtime(row.expires_at, timezone=timezone.get_default_timezone())
    told = {
        "tenant": tenant,
        "by": row.by.name,
        "roles": " and ".join(Role(role).label.lower() for role in row.roles),
        "link": f"{settings.ADDRESS}/invitations/{secret}/",
        "expires": f"{expires:%-d %B %Y, %H:%M} UTC",
    }
    fault = send_letter(to=row.email, subject=f"{tenant.name} invites you", template="invitation", told=told)
    with enter(tenant.pk):
        left = None if fault else timezone.now()
        Invitation.objects.filter(pk=row.pk, secret_hash=row.secret_hash).update(sent_at=left, fault=fault)


@transaction.atomic
def join(
    *, tenant_id: int, secret: str, signed_in: Person | None, at: datetime, name: str = "", password: str = ""
) -> Joined:  # fmt: skip
    """Take an offer. Raises Conflict, Refused and Fault as `invitations.accept`; nothing is kept then."""
    with enter(tenant_id):
        joined = invitations.accept(secret=secret, signed_in=signed_in, at=at, name=name, password=password)
        member = joined.membership
        after = {"person": str(member.person.public_id), "roles": ", ".join(member.roles)}
        _seal("join", {"invitation": joined.invitation.email}, after, member.person, at)
    return joined


@transaction.atomic
def change_roles(
    *, membership: Membership, roles: Sequence[str], engagements: Sequence[Engagement], by: Person, at: datetime
) -> Membership:
    """Other roles and engagements. Raises Fault and Refused as `tenancy.services.change_roles`."""
    before = {"person": str(membership.person.public_id), "roles": ", ".join(membership.roles)}
    row = tenancy.change_roles(membership=membership, roles=roles, engagements=engagements, by=by)
    after = {"roles": ", ".join(row.roles), "engagements": ", ".join(sorted(e.slug for e in engagements))}
    _seal("change roles", before, after, by, at)
    return row


@transaction.atomic
def deactivate(*, membership: Membership, by: Person, at: datetime) -> Membership:
    """The person no longer comes in. Raises Conflict and Refused as `leaving.end_membership`."""
    row = leaving.end_membership(membership=membership, by=by, at=at)
    _seal("deactivate", {"person": str(row.person.public_id), "active": "yes"}, {"active": "no"}, by, at)
    return row


@transaction.atomic
def reactivate(*, membership: Membership, by: Person, at: datetime) -> Membership:
    """The person comes in again. Raises Conflict and Refused as `leaving.restore_membership`."""
    row = leaving.restore_membership(membership=membership, by=by)
    _seal("reactivate", {"person": str(row.person.public_id), "active": "no"}, {"active": "yes"}, by, at)
    return row


@transaction.atomic
def deactivate_provider(*, provider: Provider, by: Person, at: datetime) -> int:
    """None of its people comes in. Returns how many that were. Raises Conflict when it is deactivated."""
    count = leaving.end_provider(provider=provider, by=by, at=at)
    _seal("deactivate provider", {"provider": provider.slug}, {"people": str(count)}, by, at)
    return count


@transaction.atomic
def reactivate_provider(*, provider: Provider, by: Person, at: datetime) -> int:
    """Those who ended with it come in again. Returns how many. Raises Conflict when it is active."""
    count = leaving.restore_provider(provider=provider, by=by)
    _seal("reactivate provider", {"provider": provider.slug}, {"people": str(count)}, by, at)
    return count


def _seal(what: str, before: dict[str, str], after: dict[str, str], by: Person, at: datetime) -> None:
    records.seal(None, what=what, before=before, after=after, by=by, at=at)
