"""How often one caller may ask, and what a token's scope opens."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from engagements.models import Vendor
from mspgov.kernel.faults import Fault
from mspgov.open_cache import OpenCache
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web import api_throttles
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db
URL = "/o/aurora/api/v1/vendors/"


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


@pytest.fixture
def counted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three reads and one write a minute, in a minute that does not end meanwhile."""
    cache.clear()
    settings.API_READS_A_MINUTE, settings.API_WRITES_A_MINUTE = 3, 1
    monkeypatch.setattr(api_throttles.time, "time", lambda: 1_800_000_018.0)


def by_token(town: Town, scope: str, role: Role = Role.SERVICE_OWNER) -> Client:
    with enter(town.tenant.pk):
        key = tenancy.create_token(person=town.member(role).person, name="x", scope=scope, days=1, at=timezone.now())
    return Client(headers={"Authorization": f"Bearer {key}"})


def test_who_asks_too_often_is_told_when_to_go_on(town: Town, counted: None) -> None:
    client = by_token(town, "write")
    assert [client.get(URL).status_code for _ in range(4)] == [200, 200, 200, 429]
    late = client.get(URL)
    assert late["Content-Type"] == "application/problem+json" and late.json()["status"] == 429
    assert late["Retry-After"] == "42"


def test_writing_is_counted_apart_and_nothing_is_written_beyond(town: Town, counted: None) -> None:
    client = by_token(town, "write")
    row = {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}
    assert client.post(URL, row, "application/json").status_code == 201
    assert client.post(URL, {**row, "name": "Bravo"}, "application/json").status_code == 429
    assert client.get(URL).status_code == 200
    with enter(town.tenant.pk):
        assert Vendor.objects.count() == 1


def test_one_token_does_not_use_up_what_another_or_the_person_may_ask(town: Town, counted: None) -> None:
    one, other, page = by_token(town, "read"), by_token(town, "read"), Client()
    page.force_login(town.member(Role.SERVICE_OWNER).person)
    assert [one.get(URL).status_code for _ in range(4)][-1] == 429
    assert other.get(URL).status_code == page.get(URL).status_code == 200


def test_without_valkey_nobody_is_turned_away_and_the_log_says_so(
    town: Town, counted: None, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        nowhere = OpenCache(f"redis://127.0.0.1:{s.getsockname()[1]}/0", {})
    monkeypatch.setattr(api_throttles, "cache", nowhere)
    monkeypatch.setattr("allauth.core.internal.ratelimit.cache", nowhere)
    monkeypatch.setattr(OpenCache, "_silent_until", 0.0)
    monkeypatch.setattr(api_throttles.Steady, "_silent_until", 0.0)
    client = by_token(town, "read")
    assert [client.get(URL).status_code for _ in range(5)] == [200] * 5
    assert "does not answer" in caplog.text
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}
    form = {"login": "service_owner@aurora.example", "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 302


def test_guessing_passwords_ends_after_some(town: Town, settings: Any) -> None:
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key", "login": "5/m/ip"}
    form, client = {"login": "service_owner@aurora.example", "password": "wrong"}, Client()
    for _ in range(3):
        client.post("/accounts/login/", form)
    right = client.post("/accounts/login/", {**form, "password": PASSWORD})
    assert right.status_code == 200 and "Too many" in right.content.decode()
    client.post("/accounts/login/", form)
    over = client.post("/accounts/login/", form)
    assert over.status_code == 429 and over["Retry-After"] == "60"
    cache.clear()


@pytest.mark.parametrize(
    ("scope", "reads", "writes", "others"),
    [
        ("read", 200, 403, 200),
        ("write", 200, 201, 200),
        ("vendors:read", 200, 403, 403),
        ("vendors:write", 200, 201, 403),
        ("services:write", 403, 403, 403),
        ("vendors:write locations:read", 200, 201, 200),
    ],
)
def test_a_scope_opens_its_area_and_no_other(town: Town, scope: str, reads: int, writes: int, others: int) -> None:
    client = by_token(town, scope)
    row = {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}
    assert client.get(URL).status_code == reads
    assert client.post(URL, row, "application/json").status_code == writes
    assert client.get("/o/aurora/api/v1/locations/").status_code == others
    assert client.get("/o/aurora/api/v1/engagements/").status_code == 200
    with enter(town.tenant.pk):
        assert Vendor.objects.count() == (writes == 201)


def test_a_scope_is_never_more_than_its_persons_roles(town: Town) -> None:
    client = by_token(town, "vendors:write", Role.AUDITOR)
    row = {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}
    assert client.post(URL, row, "application/json").status_code == 404


@pytest.mark.parametrize("scope", ["", "admin", "read write", "tickets", "tickets:admin", "tickets:read x"])
def test_a_scope_that_says_nothing_is_refused(town: Town, scope: str) -> None:
    with pytest.raises(Fault, match="scope"):
        by_token(town, scope)
