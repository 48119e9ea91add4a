"""People and providers leave and come back: what let them in ends at once, what they wrote keeps its author."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mspgov.kernel.refusals import Conflict, Refused

from . import credentials
from .context import knowing
from .models import Membership, Person, Provider
from .policy import Role


@transaction.atomic
def end_membership(*, membership: Membership, by: Person | None, at: datetime) -> Membership:
    """The person no longer comes into the entered tenant. Where that was their latest active membership anywhere, the
    account closes with it. Raises Conflict when it has ended already, Refused for one's own and for that of the only
    tenant administrator."""
    administrators = locked_administrators()
    row: Membership = Membership.objects.select_for_update(of=("self",)).select_related("person").get(pk=membership.pk)
    if not row.active:
        raise Conflict("the membership has ended already")
    if by is not None and row.person_id == by.pk:
        raise Refused("you cannot end your own membership; another administrator can")
    keep_an_administrator(administrators, row)
    _end(row, by, at)
    return row


def _end(row: Membership, by: Person | None, at: datetime) -> None:
    row.active, row.ended_at, row._history_user = False, at, by  # type: ignore[attr-defined]
    row.save()
    credentials.end_here(row.person, at=at)
    if not is_active_anywhere(row.person):
        close_account(row.person, at=at)


def locked_administrators() -> frozenset[int]:
    """The memberships that administer the entered tenant, locked in order before any other: two of them who take the
    role from each other at once wait for one another."""
    rows = Membership.objects.filter(roles__contains=[Role.TENANT_ADMINISTRATOR], active=True, person__is_active=True)
    return frozenset(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def keep_an_administrator(locked: frozenset[int], without: Membership) -> None:
    """Raises Refused when nobody else of the locked ones administers the entered tenant."""
    if Role.TENANT_ADMINISTRATOR in without.roles and not locked - {without.pk}:
        raise Refused("nobody else administers this organisation; give somebody else the role first")


def is_active_anywhere(person: Person) -> bool:
    with knowing(person=person.pk):
        return Membership.everywhere.filter(person=person, active=True).exists()


def close_account(person: Person, *, at: datetime) -> None:
    """Nobody signs in with it; sessions, links and second factors end."""
    person.is_active = False
    person.save(update_fields=["is_active"])
    credentials.end_account(person, at=at)


@transaction.atomic
def restore_membership(*, membership: Membership, by: Person | None) -> Membership:
    """The person comes in again, with the same roles and engagements; tokens and addresses stay dead. Raises Conflict
    when it is active, Refused when the provider has ended or the operator has locked the account."""
    row: Membership = (
        Membership.objects.select_for_update(of=("self",)).select_related("person", "provider").get(pk=membership.pk)
    )
    if row.active:
        raise Conflict("the membership is active already")
    if row.provider is not None and row.provider.ended_at is not None:
        raise Refused(f"{row.provider} is deactivated; reactivate it first")
    _restore(row, by)
    return row


def _restore(row: Membership, by: Person | None) -> None:
    if row.person.locked_at is not None:
        raise Refused(f"the account of {row.person} is locked by the operator")
    row.active, row.ended_at, row._history_user = True, None, by  # type: ignore[attr-defined]
    row.save()
    if not row.person.is_active:
        row.person.is_active = True
        row.person.save(update_fields=["is_active"])


@transaction.atomic
def end_provider(*, provider: Provider, by: Person, at: datetime) -> int:
    """None of a provider's people comes in any more; its engagements and records stay. Returns how many memberships
    ended. Raises Conflict when it has ended already."""
    row: Provider = Provider.objects.select_for_update(of=("self",)).get(pk=provider.pk)
    if row.ended_at is not None:
        raise Conflict("the provider is deactivated already")
    row.ended_at, row._history_user = at, by  # type: ignore[attr-defined]
    row.save()
    members = list(_members(row).filter(active=True))
    for member in members:
        _end(member, by, at)
    return len(members)


@transaction.atomic
def restore_provider(*, provider: Provider, by: Person) -> int:
    """The provider's people come in again, those who ended with it; an account that the operator locked stays out.
    Returns how many. Raises Conflict when it is active."""
    row: Provider = Provider.objects.select_for_update(of=("self",)).get(pk=provider.pk)
    if row.ended_at is None:
        raise Conflict("the provider is active already")
    members = list(_members(row).filter(active=False, ended_at=row.ended_at, person__locked_at=None))
    row.ended_at, row._history_user = None, by  # type: ignore[attr-defined]
    row.save()
    for member in members:
        _restore(member, by)
    return len(members)


def _members(provider: Provider) -> "QuerySet[Membership]":
    return (
        Membership.objects.select_for_update(of=("self",))
        .filter(provider=provider)
        .select_related("person")
        .order_by("pk")
    )


@transaction.atomic
def lock_person(*, person: Person, at: datetime) -> None:
    """By the operator: the account is closed in every tenant until it is unlocked. Repeating it changes nothing."""
    person.is_active, person.locked_at = False, person.locked_at or at
    person.save(update_fields=["is_active", "locked_at"])
    credentials.end_in_every_tenant(person, at=at)


@transaction.atomic
def unlock_person(*, person: Person) -> None:
    """The account is open again where a membership is active; what ended stays dead."""
    person.locked_at, person.is_active = None, is_active_anywhere(person)
    person.save(update_fields=["is_active", "locked_at"])
