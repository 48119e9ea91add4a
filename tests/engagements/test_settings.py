"""The settings of an engagement and of its tenant: who keeps them, what they may be, what they leave behind."""

import pytest
from django.test import Client

from engagements.models import EngagementSettings
from engagements.queries import settings_of
from mspgov.records.models import Seal
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Tenant
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

LIST = "/o/aurora/engagement-settings/"
API = "/o/aurora/api/v1/engagement-settings/"
GOOD = {
    "engagement": "cobalt-services", "recurrence_key": ["category", "ci"], "threshold": 3, "window_days": 60,
    "major_priorities": ["P1", "P2"], "look_back_days": 30, "due_days_p1": 8, "due_days_p2": 10, "due_days_p3": 15,
    "due_days_p4": 20, "review_days": 5, "check_weeks": 6, "escalate_owner_days": 1, "escalate_manager_days": 5,
}  # fmt: skip


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def client_of(town: Town, role: Role, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


@pytest.mark.django_db
@pytest.mark.requirement("R4.3")
def test_a_contract_manager_keeps_the_settings_and_everybody_else_only_reads_them(town: Town) -> None:
    with enter(town.tenant.pk):
        usual = settings_of(town.engagement)
    assert (usual.pk, usual.recurrence_key, usual.threshold, usual.major_priorities, usual.due_days(1)) == (
        None, ["category", "subcategory"], 3, ["P1"], 5,
    )  # fmt: skip
    answer = client_of(town, Role.CONTRACT_MANAGER).post(f"{LIST}new/", GOOD)
    assert answer.status_code == 302, answer.content.decode()
    with enter(town.tenant.pk):
        kept = settings_of(town.engagement)
        assert (kept.recurrence_key, kept.major_priorities, kept.due_days(1)) == (["category", "ci"], ["P1", "P2"], 8)
        assert kept.history.get().history_user == town.member(Role.CONTRACT_MANAGER).person
        assert Seal.objects.get().what == "engagementsettings.create"
    engineer = client_of(town, Role.ENGINEER, "cobalt")
    assert b"category, ci" in engineer.get(LIST).content
    assert engineer.get(f"{LIST}{kept.public_id}/").status_code == 200
    assert engineer.post(f"{LIST}{kept.public_id}/edit/", {**GOOD, "threshold": 9}).status_code == 404
    with enter(town.tenant.pk):
        assert EngagementSettings.objects.get().threshold == 3


@pytest.mark.django_db
def test_settings_that_could_not_work_are_refused_at_their_field(town: Town) -> None:
    owner = client_of(town, Role.SERVICE_OWNER)
    for wrong in ({"threshold": 1}, {"window_days": 0}, {"recurrence_key": []}, {"recurrence_key": ["mood"]}):
        answer = owner.post(API, {**GOOD, **wrong}, content_type="application/json")
        assert answer.status_code == 400, wrong
        assert [fault["field"].partition("[")[0].partition(".")[0] for fault in answer.json()["errors"]] == list(wrong)
        assert owner.post(f"{LIST}new/", {**GOOD, **wrong}).status_code == 200
    with enter(town.tenant.pk):
        assert not EngagementSettings.objects.exists()
    assert owner.post(API, GOOD, content_type="application/json").status_code == 201
    second = owner.post(API, GOOD, content_type="application/json")
    assert (second.status_code, second.json()["errors"][0]["field"]) == (400, "engagement")


@pytest.mark.django_db
def test_the_administrator_says_that_the_tenant_is_a_financial_entity_and_the_chain_knows(town: Town) -> None:
    page = "/o/aurora/settings/organisation/"
    assert client_of(town, Role.SERVICE_OWNER).post(page, {"financial_entity": "on"}).status_code == 404
    assert not Tenant.objects.get().financial_entity
    tom = client_of(town, Role.TENANT_ADMINISTRATOR)
    assert b"financial entity under DORA" in tom.get(page).content
    assert tom.post(page, {"financial_entity": "on"}).status_code == 302
    assert tom.post(page, {"financial_entity": "on"}).status_code == 302
    assert Tenant.objects.get().financial_entity
    with enter(town.tenant.pk):
        link = Seal.objects.get()  # an equal value writes nothing
        assert (link.before, link.after, link.by) == (
            {"financial_entity": "False", "two_factor_required": "False"},
            {"financial_entity": "True", "two_factor_required": "False"},
            town.member(Role.TENANT_ADMINISTRATOR).person,
        )  # fmt: skip
    assert tom.post(page, {}).status_code == 302
    assert not Tenant.objects.get().financial_entity
