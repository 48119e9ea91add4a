"""Nobody opens what the policy does not give them, and the matrix notices when a wall or a mark is taken out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models

from mspgov.tenancy.columns import TenantManager
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, MEMBER, PROVIDER, Role
from tests.conftest import empty_every_table
from tests.house import matrix
from tests.house.furnished import furnished
from tests.house.hostile import absent_faults, hostile_faults
from tests.world import Town

pytestmark = pytest.mark.django_db(databases=["default", "backup"])
PEOPLE = (
    ("service_owner", "contract_manager", "finance_controller", "tenant_administrator"),
    ("account_manager@dune", "engineer@dune"),
)
Towns = tuple[Town, Town]
SHARES = 4  # of the doors, so that no test takes minutes


@pytest.fixture(scope="module")
def towns(django_db_setup: None, django_db_blocker: Any) -> Iterator[Towns]:
    """Two furnished towns, committed, so that other roles of the database see them too."""
    with django_db_blocker.unblock():
        yield furnished("aurora", ("cobalt", "dune")), furnished("borealis", ("erg",))
        empty_every_table()


def none_of(faults: list[str]) -> None:
    assert not faults, "\n".join(["", *faults])


def test_every_route_is_in_the_policy_and_asks_for_what_it_says() -> None:
    none_of(matrix.table_faults(matrix.routes()))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("share", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, SHARES))])
def test_every_door_opens_for_whom_the_policy_names_and_for_nobody_else(towns: Towns, share: int) -> None:
    none_of(matrix.door_faults(*towns, matrix.routes()[share::SHARES]))


@pytest.mark.timeout(1200)
@pytest.mark.slow
def test_pages_and_collections_show_nothing_of_other_tenants_or_providers(towns: Towns) -> None:
    none_of(matrix.content_faults(*towns, matrix.routes(), PEOPLE))


def test_the_language_alone_holds_when_the_databases_walls_are_down(towns: Towns) -> None:
    none_of(matrix.language_faults(*towns))


def test_taking_out_a_views_permission_turns_the_matrix_red(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    found = matrix.routes(["engagements:vendors-new"])
    none_of(matrix.door_faults(*towns, found))
    monkeypatch.setattr(found[0].callback, "may", MEMBER)
    assert any("auditor: GET engagements:vendors-new" in fault for fault in matrix.door_faults(*towns, found))
    assert matrix.table_faults(found) != []


def test_taking_out_an_api_actions_permission_turns_the_matrix_red(
    towns: Towns, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = matrix.routes(["api:vendors"])
    none_of(matrix.door_faults(*towns, found))
    monkeypatch.setattr(found[0].callback.cls, "writes", {"create": MEMBER})
    assert any("auditor: POST api:vendors" in fault for fault in matrix.door_faults(*towns, found))


def test_taking_out_a_querysets_filter_turns_the_matrix_red(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
    assert any("engagements.Vendor" in fault for fault in matrix.language_faults(*towns))


def test_taking_out_the_engagements_wall_turns_the_matrix_red(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    found = matrix.routes(["engagements:vendors", "api:vendors-detail"])
    none_of(matrix.content_faults(*towns, found, PEOPLE))
    monkeypatch.setattr("mspgov.tenancy.middleware.narrow", lambda engagements: None)
    faults = matrix.content_faults(*towns, found, PEOPLE)
    assert any("vendors shows Cobalt services" in fault for fault in faults)
    assert any("of a foreign row (cobalt): 200" in fault for fault in faults)


def test_an_unlisted_route_turns_the_matrix_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(matrix.POLICY, "desk:runs")
    assert any("desk:runs GET is not in" in fault for fault in matrix.table_faults(matrix.routes()))


@pytest.mark.slow
def test_hostile_parameters_and_bodies_break_no_collection(towns: Towns) -> None:
    town, _ = towns
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        owner.roles = sorted(CLIENT)
        owner.save()
    none_of(hostile_faults(matrix.caller(town, "all roles", owner).client, town, matrix.routes()))


@pytest.mark.parametrize("reader", ["service_owner", "account_manager@cobalt"])
def test_what_is_not_there_cannot_be_written_to(towns: Towns, reader: str) -> None:
    town, strange = towns
    member = town.members[reader]
    with enter(town.tenant.pk):
        member.roles = sorted(CLIENT) if member.provider_id is None else sorted(PROVIDER)
        member.save()
    none_of(absent_faults(matrix.caller(town, reader, member), town, strange, matrix.routes()))
