"""Idempotency-Key: the same request again gets the same answer and works once; a failure leaves no key behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from engagements.models import Service, Vendor
from mspgov.records.models import Seal
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web import api_once, api_records
from mspgov.web.models import Answer
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
URL = "/o/aurora/api/v1/vendors/"
ROW = {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(town.member(role).person)
    return client


def post(client: Client, key: str, row: Any = ROW, url: str = URL) -> Any:
    return client.post(url, row, "application/json", headers={"Idempotency-Key": key})


def count(town: Town, model: Any = Vendor) -> int:
    with enter(town.tenant.pk):
        return int(model.objects.count())


def answers(town: Town, role: Role = Role.SERVICE_OWNER) -> Any:
    """The kept answers that this person's requests would find."""
    with enter(town.tenant.pk, person=town.member(role).person_id):
        return list(Answer.objects.order_by("pk"))


def test_the_same_key_and_body_get_the_same_answer_and_one_row(town: Town) -> None:
    client = signed_in(town)
    first, again = post(client, "a-1"), post(client, "a-1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content and first["ETag"] == again["ETag"]
    assert first["Content-Type"] == again["Content-Type"]
    assert again["Idempotent-Replayed"] == "true" and not first.has_header("Idempotent-Replayed")
    with enter(town.tenant.pk):
        assert Vendor.objects.count() == 1 and Seal.objects.filter(what="vendor.create").count() == 1
    assert [a.status for a in answers(town)] == [201]


def test_fields_in_another_order_are_the_same_body(town: Town) -> None:
    client = signed_in(town)
    post(client, "a-1")
    assert post(client, "a-1", dict(reversed(ROW.items())))["Idempotent-Replayed"] == "true"


def test_the_same_key_with_another_body_is_422_and_writes_nothing(town: Town) -> None:
    client = signed_in(town)
    post(client, "a-1")
    other = post(client, "a-1", {**ROW, "name": "Bravo"})
    assert other.status_code == 422 and other["Content-Type"] == "application/problem+json"
    assert "used for another request" in other.json()["detail"]
    elsewhere = post(client, "a-1", ROW, "/o/aurora/api/v1/services/")
    assert elsewhere.status_code == 422
    assert count(town) == 1 and count(town, Service) == 0


def test_a_request_that_is_refused_or_breaks_does_not_lock_its_key(town: Town, monkeypatch: Any) -> None:
    client = signed_in(town)
    assert post(client, "a-1", {**ROW, "engagement": "nowhere"}).status_code == 400
    keep = api_records.keep

    def broken(row: Any, **kwargs: Any) -> None:
        keep(row, **kwargs)
        raise RuntimeError("between the work and its answer")

    monkeypatch.setattr(api_records, "keep", broken)
    assert post(client, "a-1").status_code == 500
    assert count(town) == 0 and answers(town) == []
    monkeypatch.setattr(api_records, "keep", keep)
    assert post(client, "a-1").status_code == 201
    assert count(town) == 1


def test_keys_belong_to_one_caller_and_a_lost_permission_gets_no_stored_answer(town: Town) -> None:
    ada, ben = signed_in(town), signed_in(town, Role.CONTRACT_MANAGER)
    assert post(ada, "a-1").status_code == 201
    assert post(ben, "a-1").status_code == 400  # his own request, and there is such a vendor already
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        key = tenancy.create_token(person=owner.person, name="x", scope="write", days=1, at=timezone.now())
    by_token = Client(headers={"Authorization": f"Bearer {key}"})
    assert post(by_token, "a-1", {**ROW, "name": "Bravo"}).status_code == 201
    with enter(town.tenant.pk):
        owner.roles = [Role.AUDITOR]
        owner.save()
    assert post(ada, "a-1").status_code == 404


def test_a_key_is_forgotten_after_a_day_by_the_next_request_and_by_the_sweep(town: Town) -> None:
    client, owner = signed_in(town), town.member(Role.SERVICE_OWNER)
    post(client, "a-1")
    with enter(town.tenant.pk, person=owner.person_id):
        Answer.objects.update(at=timezone.now() - timedelta(hours=25))
    assert post(client, "a-1").status_code == 400  # worked on anew: there is such a vendor
    assert post(client, "b-1", {**ROW, "name": "Bravo"}).status_code == 201
    assert [a.key for a in answers(town)] == ["b-1"]


@pytest.mark.parametrize("key", ["", " ", "with space", "x" * 256, "ümlaut"])
def test_what_cannot_be_a_key_is_a_bad_field(town: Town, key: str) -> None:
    answer = signed_in(town).post(URL, ROW, "application/json", headers={"Idempotency-Key": key})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert count(town) == 0


def test_a_file_sent_again_is_the_same_body_whatever_divides_its_parts(town: Town) -> None:
    class Asked:
        method = "POST"

        def __init__(self, content: bytes) -> None:
            from django.core.files.uploadedfile import SimpleUploadedFile
            from django.utils.datastructures import MultiValueDict

            self.data = MultiValueDict({"file": [SimpleUploadedFile("a.csv", content)], "format": ["csv"]})

        def get_full_path(self) -> str:
            return URL

    asked = Asked(b"a,b")
    assert api_once.digest_of(asked) == api_once.digest_of(Asked(b"a,b")) != api_once.digest_of(Asked(b"a,c"))
    assert asked.data["file"].read() == b"a,b"


@pytest.mark.django_db(transaction=True, databases=["default", "system"])
def test_the_sweep_forgets_old_answers_of_every_tenant() -> None:
    for slug in ("aurora", "borealis"):
        town, url = build_town(slug), f"/o/{slug}/api/v1/vendors/"
        assert post(signed_in(town), "a-1", url=url).status_code == 201
        with enter(town.tenant.pk, person=town.member(Role.SERVICE_OWNER).person_id):
            Answer.objects.update(at=timezone.now() - timedelta(hours=25))
        assert post(signed_in(town, Role.CONTRACT_MANAGER), "b-1", {**ROW, "name": "B"}, url).status_code == 201
    assert api_once.sweep() == 2 and api_once.sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_works_and_the_others_wait_or_are_answered_the_same() -> None:
    town = build_town("aurora")
    barrier, seen = threading.Barrier(8), []

    def send() -> None:
        client = signed_in(town)
        barrier.wait(20)
        seen.append(post(client, "a-1"))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    made = [a for a in seen if a.status_code == 201]
    waiting = [a for a in seen if a.status_code == 409]
    assert len(made) + len(waiting) == 8 and made
    assert len({a.content for a in made}) == 1
    assert all(a["Retry-After"] == "1" for a in waiting)
    assert count(town) == 1


KILLED = """
import os, time
import django
django.setup()
from django.test import Client
from mspgov.tenancy.models import Person
from mspgov.web import api_once
def slowly(*args, **kwargs):
    print("at work", flush=True)
    time.sleep(60)
api_once.JSONRenderer.render = slowly
client = Client()
client.force_login(Person.objects.get(email="service_owner@aurora.example"))
client.post("/o/aurora/api/v1/vendors/", {"engagement": "cobalt-services", "name": "Oracle", "party": "client"},
            "application/json", headers={"Idempotency-Key": "a-1"})
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_at_work_holds_its_key_only_until_then() -> None:
    town = build_town("aurora")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mspgov.settings"}
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None and process.stdout.readline() == "at work\n"
        client = signed_in(town)
        assert post(client, "a-1").status_code == 409
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    deadline = time.monotonic() + 20
    while (answer := post(client, "a-1")).status_code == 409 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answer.status_code == 201
    assert count(town) == 1
