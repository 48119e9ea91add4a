"""The database holds alone: no tenant, no rows; no other tenant's rows; no wall, no grant."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from mspgov.tenancy.columns import TenantManager
from mspgov.tenancy.context import NoTenant, enter, knowing, narrow
from mspgov.tenancy.models import Engagement, Membership, Provider
from mspgov.tenancy.policy import Role
from mspgov.tenancy.walls import SHARED, is_tenants, tenant_models
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def towns() -> Iterator[tuple[Town, Town]]:
    yield build_town("aurora"), build_town("borealis")


def raw(sql: str, *args: object) -> list[tuple[object, ...]]:
    with connection.cursor() as c:
        c.execute(sql, args)
        return c.fetchall()


def test_every_table_is_walled_or_explained() -> None:
    call_command("check_isolation", stdout=open("/dev/null", "w"))  # noqa: PTH123, SIM115


def test_without_a_tenant_every_tenant_owned_table_reads_as_empty(towns: tuple[Town, Town]) -> None:
    for model in tenant_models():
        assert raw(f"select count(*) from {model._meta.db_table}") == [(0,)], model


def test_without_a_tenant_every_manager_raises(towns: tuple[Town, Town]) -> None:
    for model in tenant_models():
        with pytest.raises(NoTenant):
            model.objects.count()  # type: ignore[attr-defined]


def test_every_tenant_owned_model_filters_by_the_entered_tenant() -> None:
    for model in tenant_models():
        assert isinstance(model.objects, TenantManager), model  # type: ignore[attr-defined]
        assert model._meta.db_table not in SHARED


def test_inside_a_tenant_even_raw_sql_sees_only_its_rows(towns: tuple[Town, Town]) -> None:
    aurora, borealis = towns
    with enter(aurora.tenant.pk):
        assert raw("select distinct tenant_id from tenancy_membership") == [(aurora.tenant.pk,)]
        assert raw("select count(*) from tenancy_membership where tenant_id = %s", borealis.tenant.pk) == [(0,)]


def test_a_row_for_another_tenant_is_refused(towns: tuple[Town, Town]) -> None:
    aurora, borealis = towns
    with enter(aurora.tenant.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        raw("insert into tenancy_provider (tenant_id, slug, name) values (%s, 'x', 'x') returning id",
            borealis.tenant.pk)  # fmt: skip


def test_a_row_cannot_point_to_another_tenants_row(towns: tuple[Town, Town]) -> None:
    aurora, borealis = towns
    provider = borealis.engagement.provider_id
    with enter(aurora.tenant.pk), pytest.raises(DatabaseError, match="_same"), transaction.atomic():
        raw("insert into tenancy_engagement (tenant_id, slug, name, provider_id, time_zone) "
            "values (%s, 'x', 'x', %s, 'UTC') returning id", aurora.tenant.pk, provider)  # fmt: skip
        raw("set constraints all immediate; select 1")


def test_people_of_a_provider_see_their_engagement_and_their_provider_only(towns: tuple[Town, Town]) -> None:
    aurora, _ = towns
    with enter(aurora.tenant.pk):
        narrow([aurora.engagements["cobalt"].pk])
        assert [e.slug for e in Engagement.objects.all()] == ["cobalt-services"]
        assert [p.slug for p in Provider.objects.all()] == ["cobalt"]
        names = {m.person.email for m in Membership.objects.select_related("person")}
    assert "engineer@cobalt.aurora.example" in names
    assert "service_owner@aurora.example" in names
    assert "engineer@dune.aurora.example" not in names


def test_people_of_a_provider_without_an_engagement_see_no_provider_and_none_of_their_people(
    towns: tuple[Town, Town],
) -> None:
    aurora, _ = towns
    with enter(aurora.tenant.pk):
        narrow([])
        assert list(Provider.objects.all()) == list(Engagement.objects.all()) == []
        assert [m for m in Membership.objects.all() if m.provider_id is not None] == []
    with enter(aurora.tenant.pk, engagements=[]):
        assert [m for m in Membership.objects.all() if m.provider_id is not None] == []


def test_a_person_outside_a_tenant_sees_only_own_memberships(towns: tuple[Town, Town]) -> None:
    aurora, _ = towns
    ada = aurora.member(Role.SERVICE_OWNER)
    with knowing(person=ada.person_id):
        assert [m.pk for m in Membership.everywhere.all()] == [ada.pk]
    assert list(Membership.everywhere.all()) == []


def test_leaving_a_tenant_closes_the_wall_again_even_inside_one_transaction(towns: tuple[Town, Town]) -> None:
    aurora, borealis = towns
    with enter(aurora.tenant.pk):
        with enter(borealis.tenant.pk):
            assert raw("select distinct tenant_id from tenancy_provider") == [(borealis.tenant.pk,)]
        assert raw("select distinct tenant_id from tenancy_provider") == [(aurora.tenant.pk,)]
    assert raw("select count(*) from tenancy_provider") == [(0,)]


@pytest.mark.parametrize("statement", ["truncate tenancy_provider", "alter table tenancy_provider disable row level security",
                                       "drop policy tenant on tenancy_provider", "set role mspgov_owner"])  # fmt: skip
def test_the_application_cannot_take_a_wall_down(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        raw(statement)


def test_history_and_append_only_tables_refuse_change_and_removal(towns: tuple[Town, Town]) -> None:
    aurora, _ = towns
    closed = [m for m in tenant_models() if hasattr(m, "instance_type") or getattr(m, "append_only", False)]
    assert closed
    for model in closed:
        table = model._meta.db_table
        for statement in (f"update {table} set tenant_id = tenant_id", f"delete from {table}"):
            with enter(aurora.tenant.pk), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                raw(statement)


def test_every_table_of_an_engagement_is_narrowed_for_providers() -> None:
    narrowed = {name for (name,) in raw("select tablename from pg_policies where policyname = 'engagement'")}
    wanted = {
        m._meta.db_table
        for m in tenant_models()
        if any(f.column == "engagement_id" for f in m._meta.local_concrete_fields)
    }
    assert wanted <= narrowed
    assert all(is_tenants(m) for m in tenant_models())
