"""People come into a tenant, and change sides inside it."""

import pytest

from mspgov.tenancy.context import enter
from mspgov.tenancy.models import MembershipEngagement
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import create_person
from tests.world import build_town

pytestmark = pytest.mark.django_db


def test_who_changes_to_another_provider_leaves_the_engagements_of_the_former_one() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        drew = town.member(Role.ENGINEER, "cobalt")
        dune = town.engagements["dune"]
        create_person(
            email=drew.person.email, name=drew.person.name, roles=[Role.ENGINEER], provider=dune.provider,
            engagements=[dune],
        )  # fmt: skip
        seen = MembershipEngagement.objects.filter(membership=drew).values_list("engagement__slug", flat=True)
        assert list(seen) == ["dune-services"]


def test_repeating_it_leaves_the_engagements_of_the_same_provider() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        cleo = town.member(Role.ACCOUNT_MANAGER, "cobalt")
        create_person(
            email=cleo.person.email, name=cleo.person.name, roles=[Role.ACCOUNT_MANAGER],
            provider=town.engagements["cobalt"].provider,
        )  # fmt: skip
        seen = MembershipEngagement.objects.filter(membership=cleo).values_list("engagement__slug", flat=True)
        assert list(seen) == ["cobalt-services"]
