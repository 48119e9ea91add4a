"""The left bar holds the places that its reader may open, and no other."""

import pytest
from django.test import Client

from costs.policy import READ_CREDITS
from mspgov.tenancy.context import enter
from mspgov.web.frame import places_of
from tests.world import build_town

pytestmark = pytest.mark.django_db


def test_every_place_opens_and_money_stands_for_who_reads_it() -> None:
    town = build_town("aurora", providers=("cobalt",))
    readers = 0
    for member in town.members.values():
        with enter(town.tenant.pk):
            places = places_of(member, town.tenant)
        client = Client()
        client.force_login(member.person)
        for place in places:
            assert client.get(place.url).status_code == 200, (member.roles, place.label)
        assert ("Money" in [place.label for place in places]) is member.holds(READ_CREDITS), member.roles
        readers += member.holds(READ_CREDITS)
    assert 0 < readers < len(town.members)
