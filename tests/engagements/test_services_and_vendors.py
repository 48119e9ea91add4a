"""Services and vendors come into being when terms or tickets name them."""

import pytest

from engagements import queries, services
from engagements.models import Service, Vendor
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt", "dune"))


@pytest.mark.django_db
def test_services_are_made_once_by_name_and_have_keys_of_their_own(town: Town) -> None:
    ada = town.member(Role.SERVICE_OWNER).person
    with enter(town.tenant.pk):
        made = services.ensure_services(town.engagement, ["E-mail", "E mail", "E-mail", "日本"], by=ada)
        assert [service.key for service in made] == ["e-mail", "e-mail-2", "service"]
        again = services.ensure_services(town.engagement, ["E mail", "E-mail"])
        assert [service.pk for service in again] == [made[1].pk, made[0].pk]
        assert Service.objects.count() == 3
        assert {row.history_user for row in Service.history.all()} == {ada}


@pytest.mark.django_db
@pytest.mark.requirement("R2.5")
def test_a_new_vendor_is_nobodys_until_somebody_decides(town: Town) -> None:
    with enter(town.tenant.pk):
        services.ensure_vendors(town.engagement, ["Vendor 1", "Vendor 2"])
        Vendor.objects.filter(name="Vendor 2").update(party=Vendor.Party.CLIENT)
        services.ensure_vendors(town.engagement, ["Vendor 1", "Vendor 2"])
        assert queries.vendor_parties(town.engagement) == {"Vendor 1": "unknown", "Vendor 2": "client"}
        services.ensure_vendors(town.engagements["dune"], ["Vendor 2", "Vendor 3"])
        assert queries.vendor_parties(town.engagements["dune"]) == {"Vendor 2": "unknown", "Vendor 3": "unknown"}
        assert queries.vendor_parties(town.engagement) == {"Vendor 1": "unknown", "Vendor 2": "client"}
        assert [vendor.name for vendor in queries.undecided_vendors(town.engagement)] == ["Vendor 1"]


@pytest.mark.django_db
def test_an_engagement_does_not_see_the_services_of_another(town: Town) -> None:
    cobalt, dune = town.engagements["cobalt"], town.engagements["dune"]
    with enter(town.tenant.pk):
        services.ensure_services(cobalt, ["E-mail"])
        services.ensure_services(dune, ["E-mail"])
        for one in (cobalt, dune):
            assert [service.engagement_id for service in queries.services(one)] == [one.pk]
    with enter(town.tenant.pk, engagements=[dune.pk]):
        assert queries.services(cobalt) == []
