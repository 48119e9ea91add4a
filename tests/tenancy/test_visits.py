"""When people are here: noted seldom, kept through a refusal, and so that home compares with the visit before."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Visit
from mspgov.tenancy.policy import Role
from mspgov.tenancy.queries import seen_at
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
NOON = datetime(2016, 6, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask for a page some minutes after noon, as the middleware's clock sees it."""

    def ask(client: Client, minutes: int, path: str = "/o/aurora/people/") -> int:
        monkeypatch.setattr("mspgov.tenancy.middleware.timezone.now", lambda: NOON + timedelta(minutes=minutes))
        return client.get(path).status_code

    return ask


def visit(town: Town) -> tuple[int, int | None] | None:
    """Minutes after noon of the latest and of the previous visit."""
    with enter(town.tenant.pk):
        row = Visit.objects.filter(person=town.member(Role.SERVICE_OWNER).person).first()
    minutes = [None if at is None else (at - NOON) // timedelta(minutes=1) for at in
               ((row.latest_seen_at, row.previous_seen_at) if row else ())]  # fmt: skip
    return tuple(minutes) or None  # type: ignore[return-value]


def owner(town: Town) -> Client:
    client = Client()
    client.force_login(town.member(Role.SERVICE_OWNER).person)
    return client


def test_a_visit_is_noted_every_quarter_of_an_hour_and_ends_after_a_gap(town: Town, at: Any) -> None:
    client = owner(town)
    noted = []
    for minutes in (0, 14, 15, 29, 50, 95, 100, 200):
        assert at(client, minutes) == 200
        noted.append(visit(town))
    assert noted == [(0, None), (0, None), (15, None), (15, None), (50, None), (95, 50), (95, 50), (200, 95)]


def test_a_page_costs_one_statement_more_when_a_visit_is_noted_and_none_otherwise(town: Town, at: Any) -> None:
    client = owner(town)
    at(client, -500)
    counts = []
    for minutes in (0, 5, 10):
        with CaptureQueriesContext(connection) as asked:
            at(client, minutes)
        counts.append(len(asked))
    assert counts[0] - 1 == counts[1] == counts[2]


def test_who_asks_for_what_is_not_there_was_here_all_the_same(town: Town, at: Any) -> None:
    assert at(owner(town), 0, "/o/aurora/runs/01890000-0000-7000-8000-000000000000/") == 404
    assert visit(town) == (0, None)


def test_a_call_of_the_api_is_no_visit(town: Town, at: Any) -> None:
    assert at(owner(town), 0, "/o/aurora/api/v1/people/") == 200
    assert visit(town) is None


def test_a_visit_to_one_tenant_is_none_to_another(town: Town, at: Any) -> None:
    other = build_town("borealis")
    at(owner(town), 0)
    with enter(other.tenant.pk):
        assert seen_at() == {}


def test_people_of_a_provider_see_visits_of_whom_they_see(town: Town) -> None:
    with enter(town.tenant.pk):
        for key in ("engineer@cobalt", "engineer@dune", "service_owner"):
            Visit.objects.create(person=town.members[key].person, latest_seen_at=NOON)
    cobalt = town.engagements["cobalt"].pk
    with enter(town.tenant.pk, person=town.members["account_manager@cobalt"].person_id, engagements=[cobalt]):
        seen = set(seen_at())
    assert seen == {town.members[key].person_id for key in ("engineer@cobalt", "service_owner")}


def test_one_of_a_provider_who_has_no_engagement_is_noted_too(town: Town, at: Any) -> None:
    member = town.members["engineer@cobalt"]
    with enter(town.tenant.pk):
        member.scopes.all().delete()
    client = Client()
    client.force_login(member.person)
    assert [at(client, minutes, "/o/aurora/") for minutes in (0, 20)] == [200, 200]
    with enter(town.tenant.pk):
        assert seen_at()[member.person_id] == NOON + timedelta(minutes=20)
