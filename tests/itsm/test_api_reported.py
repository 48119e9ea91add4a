"""Reported values by the API: who may report what, and what bad input is told."""

from typing import Any

import pytest

from itsm.models import ReportedValue
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.itsm.measured import measured, signed_in
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.3")]
PATH = "/o/aurora/api/v1/reported-values/"
GOOD = {"engagement": "cobalt-services", "service_level": "uptime", "month": "2016-04", "value": "99.95",
        "source": "Cobalt's report"}  # fmt: skip


@pytest.fixture
def town() -> Town:
    return measured()


def reported(town: Town) -> int:
    with enter(town.tenant.pk):
        return ReportedValue.objects.count()


def post(town: Town, role: Role, provider: str | None = None, **changed: str) -> Any:
    return signed_in(town, role, provider).post(PATH, {**GOOD, **changed}, content_type="application/json")


def test_the_account_manager_reports_a_value_and_everybody_of_the_engagement_reads_it(town: Town) -> None:
    before = reported(town)
    made = post(town, Role.ACCOUNT_MANAGER, "cobalt")
    assert made.status_code == 201, made.content
    assert (made.json()["value"], made.json()["service_level"], made.json()["month"]) == ("99.95", "uptime", "2016-04")
    assert reported(town) == before + 1
    listed = signed_in(town, Role.AUDITOR).get(PATH, {"month": "2016-04", "service_level": "uptime"}).json()["results"]
    assert listed[0] == made.json()
    assert signed_in(town, Role.ACCOUNT_MANAGER, "dune").get(PATH).json()["results"] == []
    for slug, some in (("cobalt-services", True), ("dune-services", False)):
        asked = signed_in(town, Role.AUDITOR).get(PATH, {"engagement": slug})
        assert bool(asked.json()["results"]) is some, slug


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"value": "101"}, 400, "value"),
        ({"value": "a lot"}, 400, "value"),
        ({"month": "2016-13"}, 400, "month"),
        ({"service_level": "nothing"}, 400, "service_level"),
        ({"engagement": "dune-nowhere"}, 400, "engagement"),
        ({"service_level": "p3-resolve"}, 422, None),
    ],
)
def test_a_value_that_cannot_be_is_told_at_its_field(
    town: Town, changed: dict[str, str], status: int, field: str | None
) -> None:
    before = reported(town)
    answer = post(town, Role.SERVICE_OWNER, **changed)
    assert answer.status_code == status, answer.content
    assert [e["field"] for e in answer.json().get("errors", [])] == ([field] if field else [])
    assert reported(town) == before


@pytest.mark.parametrize(("role", "provider"), [(Role.AUDITOR, None), (Role.ENGINEER, "cobalt")])
def test_who_may_not_report_changes_nothing(town: Town, role: Role, provider: str | None) -> None:
    before = reported(town)
    assert post(town, role, provider).status_code == 404
    assert reported(town) == before
