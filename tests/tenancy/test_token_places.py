"""A token opens the organisation in which it was made, and no other of its person's; what is no organisation is not there."""

import pytest
from django.test import Client
from django.utils import timezone

from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import build_town

pytestmark = pytest.mark.django_db


def test_a_token_of_one_organisation_is_404_in_another_of_the_same_person() -> None:
    town, other = build_town("aurora", providers=("cobalt",)), build_town("borealis", providers=("erg",))
    ada = town.member(Role.SERVICE_OWNER).person
    with enter(other.tenant.pk):
        tenancy.create_person(email=ada.email, name=ada.name, roles=[Role.SERVICE_OWNER])
    with enter(town.tenant.pk):
        token = tenancy.create_token(person=ada, name="t", scope="read", days=9, at=timezone.now())
    bearer, signed_in = {"Authorization": f"Bearer {token}"}, Client()
    signed_in.force_login(ada)
    for slug, by_token, by_session in (("aurora", 200, 200), ("borealis", 404, 200), ("nowhere", 404, 404)):
        address = f"/o/{slug}/api/v1/people/"
        assert Client().get(address, headers=bearer).status_code == by_token, slug
        assert signed_in.get(address).status_code == by_session, slug
