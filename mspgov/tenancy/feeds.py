"""Secret addresses at which calendar programs read: made, ended, and entered by whoever has one."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.shortcuts import get_object_or_404

from mspgov.kernel.refusals import Refused

from . import queries
from .context import knowing
from .models import Feed, Membership, Person
from .policy import Permission
from .seats import seated

MOST = 10
NOTED = timedelta(minutes=5)


@transaction.atomic
def make_feed(*, person: Person, name: str, at: datetime) -> str:
    """The secret of a new address of this person in the entered tenant; it is shown once. Raises Refused for an eleventh
    living one."""
    if Feed.objects.filter(person=person, revoked_at=None).count() >= MOST:
        raise Refused(f"you have {MOST} addresses; end one that is not used")
    secret = secrets.token_urlsafe(32)
    Feed.objects.create(person=person, name=name, secret_hash=queries.hash_of(secret))
    return secret


@transaction.atomic
def end_feed(*, person: Person, public_id: object, at: datetime) -> None:
    """Ends one of the person's own addresses at once; one that is not theirs is as if it did not exist."""
    row = get_object_or_404(Feed.objects.select_for_update(), public_id=public_id, person=person)
    if row.revoked_at is None:
        row.revoked_at = at
        row.save()


def feeds_of(person_id: int) -> list[Feed]:
    """A person's living addresses in the entered tenant, the latest first."""
    return list(Feed.objects.filter(person_id=person_id, revoked_at=None).order_by("-created_at", "-pk"))


@contextmanager
def reading(secret: str, needed: Permission, *, at: datetime) -> Iterator[Membership | None]:
    """Inside the tenant of a living address as whoever it belongs to, as their pages would be; None for an address that is
    unknown or ended, whose person has left or lost the permission, or lacks a second factor that the tenant demands."""
    digest = queries.hash_of(secret)
    with knowing(token=digest):
        living = Feed.everywhere.filter(secret_hash=digest, revoked_at=None, person__is_active=True)
        feed = living.select_related("person", "tenant").first()
    if feed is None or feed.tenant_id is None:
        yield None
        return
    with seated(feed.person, feed.tenant) as member:
        if member is None or not member.holds(needed):
            yield None
            return
        if feed.read_at is None or at - feed.read_at >= NOTED:
            Feed.objects.filter(pk=feed.pk).update(read_at=at)
        yield member
