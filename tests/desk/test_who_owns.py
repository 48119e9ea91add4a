"""Home names who owns an engagement on the client's side: whoever is named for it, else the first service owner there is."""

import pytest

from mspgov.desk.queries.standing import service_owners
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Membership
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import create_person
from tests.world import build_town


@pytest.mark.django_db
def test_a_service_owner_who_has_left_owns_nothing() -> None:
    town = build_town("aurora")
    ada = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        create_person(email="zoe@aurora.example", name="Zoe Last", roles=[Role.SERVICE_OWNER])
        Membership.objects.filter(pk=ada.pk).update(active=True)
        found = service_owners([town.engagement])
        assert found == {town.engagement.pk: ada.person.name}
        Membership.objects.filter(pk=ada.pk).update(active=False)
        assert service_owners([town.engagement]) == {town.engagement.pk: "Zoe Last"}
        Membership.objects.update(active=False)
        assert service_owners([town.engagement]) == {}
