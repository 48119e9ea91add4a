"""A secret address is read as whoever it belongs to, and only while they may read what it shows."""

import pytest
from django.http import Http404
from django.utils import timezone

from mspgov.tenancy import feeds
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Feed, Membership, Person
from mspgov.tenancy.policy import MEMBER, WRITE_PEOPLE, Role
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def reads(secret: str, needed: object = MEMBER) -> Person | None:
    with feeds.reading(secret, needed, at=timezone.now()) as member:  # type: ignore[arg-type]
        return member.person if member else None


def test_an_address_opens_to_its_owner_only_for_what_their_roles_hold(town: Town) -> None:
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        secret = feeds.make_feed(person=owner.person, name="phone", at=timezone.now())
    assert reads(secret) == owner.person
    assert reads(secret, WRITE_PEOPLE) is None and reads("guessed") is None
    with enter(town.tenant.pk):
        Membership.objects.filter(pk=owner.pk).update(roles=[Role.TENANT_ADMINISTRATOR])
    assert reads(secret, WRITE_PEOPLE) == owner.person
    Person.objects.filter(pk=owner.person_id).update(is_active=False)
    assert reads(secret, WRITE_PEOPLE) is None


def test_an_address_is_ended_by_its_owner_and_by_nobody_else(town: Town) -> None:
    owner, other = town.member(Role.SERVICE_OWNER).person, town.member(Role.AUDITOR).person
    with enter(town.tenant.pk):
        secret = feeds.make_feed(person=owner, name="phone", at=timezone.now())
        feed = Feed.objects.get()
        with pytest.raises(Http404):
            feeds.end_feed(person=other, public_id=feed.public_id, at=timezone.now())
    assert reads(secret) == owner
    with enter(town.tenant.pk):
        feeds.end_feed(person=owner, public_id=feed.public_id, at=timezone.now())
    assert reads(secret) is None
