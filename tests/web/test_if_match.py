"""If-Match: what is edited is edited in the version that the caller read, or not at all."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from engagements.models import Vendor
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER) -> Client:
    client = Client()
    client.force_login(town.member(role).person)
    return client


def vendor(town: Town) -> str:
    with enter(town.tenant.pk):
        row = Vendor.objects.create(engagement=town.engagement, name="Oracle", party="client")
        row.refresh_from_db()
    return f"/o/aurora/api/v1/vendors/{row.public_id}/"


def patch(client: Client, one: str, tag: str, **fields: Any) -> Any:
    return client.patch(one, fields, "application/json", headers={"If-Match": tag})


def test_a_row_that_changed_since_is_412_and_stays(town: Town) -> None:
    one, client = vendor(town), signed_in(town)
    tag = client.get(one)["ETag"]
    assert tag.startswith('"')
    changed = patch(client, one, tag, party="provider")
    assert changed.status_code == 200 and changed["ETag"] == client.get(one)["ETag"] != tag
    late = patch(client, one, tag, name="Other")
    assert late.status_code == 412 and late["Content-Type"] == "application/problem+json"
    assert client.get(one).json()["name"] == "Oracle"
    assert patch(client, one, f'"nothing", {changed["ETag"]}', name="Other").status_code == 200
    assert patch(client, one, "*", name="Oracle").status_code == 200


def test_the_verb_of_a_row_asks_for_its_version_too(town: Town) -> None:
    with enter(town.tenant.pk):
        run = Run.objects.create(kind="costs.correct", key="x", title="A run", started_by=town.member(Role.SERVICE_OWNER).person)  # fmt: skip
        run.refresh_from_db()
    client = signed_in(town, Role.CONTRACT_MANAGER)
    one = f"/o/aurora/api/v1/runs/{run.public_id}/"
    late = client.post(f"{one}cancel/", headers={"If-Match": '"another"'})
    assert late.status_code == 412
    assert client.get(one).json()["state"] == "waiting"
    ended = client.post(f"{one}cancel/", headers={"If-Match": client.get(one)["ETag"]})
    assert ended.status_code == 200 and ended.json()["state"] == "cancelled"
    assert ended["ETag"] == client.get(one)["ETag"]


def test_a_replayed_answer_is_not_measured_by_the_version_it_made(town: Town) -> None:
    with enter(town.tenant.pk):
        run = Run.objects.create(kind="costs.correct", key="x", title="A run")
        run.refresh_from_db()
    client = signed_in(town, Role.CONTRACT_MANAGER)
    one = f"/o/aurora/api/v1/runs/{run.public_id}/"
    headers = {"If-Match": client.get(one)["ETag"], "Idempotency-Key": "k"}
    first, again = (client.post(f"{one}cancel/", headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 200 and first.content == again.content


def test_what_has_no_version_says_so_rather_than_pass_over_the_one_that_was_named(town: Town) -> None:
    client, headers = signed_in(town, Role.CONTRACT_MANAGER), {"If-Match": '"some"'}
    month = "/o/aurora/api/v1/months/cobalt-services/2016-05/measure/"
    answer = client.post(month, {}, "application/json", headers=headers)
    assert answer.status_code == 400 and "no version" in answer.content.decode()
    with enter(town.tenant.pk):
        assert not Run.objects.exists()


def test_a_calendar_asks_for_its_version(town: Town) -> None:
    client = signed_in(town)
    body = {"name": "Office", "calendar": {"always": True, "time_zone": "UTC"}}
    made = client.post("/o/aurora/api/v1/calendars/", body, "application/json")
    assert made.status_code == 201, made.content
    one = f"/o/aurora/api/v1/calendars/{made.json()['id']}/"
    tag = client.get(one)["ETag"]
    assert patch(client, one, tag, name="Office hours").status_code == 200
    assert patch(client, one, tag, name="Desk").status_code == 412
    assert client.get(one).json()["name"] == "Office hours"


@pytest.mark.django_db(transaction=True)
def test_of_many_writers_with_the_same_version_one_wins() -> None:
    town = build_town("aurora")
    one = vendor(town)
    tag = signed_in(town).get(one)["ETag"]
    barrier, seen = threading.Barrier(6), []

    def write(number: int) -> None:
        client = signed_in(town)
        barrier.wait(20)
        seen.append(patch(client, one, tag, name=f"Oracle {number}").status_code)
        connection.close()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(seen) == [200, 412, 412, 412, 412, 412]
