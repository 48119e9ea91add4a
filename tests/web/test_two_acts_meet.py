"""Two requests that wait for each other's rows: the database ends one, which is told to do it again, and keeps nothing."""

import threading
import time
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from engagements.models import Vendor
from mspgov.records.models import Counter
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.kit_views import Edit
from tests.world import Town, build_town


@pytest.fixture
def town(transactional_db: None) -> Town:
    town = build_town("aurora", providers=("cobalt",))
    with enter(town.tenant.pk):
        Vendor.objects.create(engagement=town.engagement, name="Norte", party="client")
        Counter.objects.create(prefix="X", year=2026)
    return town


@pytest.mark.parametrize("path", ["/o/aurora/vendors/{}/edit/", "/o/aurora/api/v1/vendors/{}/"])
def test_the_one_that_the_database_ends_is_told_to_do_it_again(town: Town, path: str, monkeypatch: Any) -> None:
    first, both = threading.Event(), threading.Barrier(2, timeout=20)

    def rival() -> None:
        """Holds the counter, then wants the vendor that the request holds."""
        try:
            with enter(town.tenant.pk):
                Counter.objects.select_for_update().get(prefix="X")
                first.set()
                both.wait()
                time.sleep(0.5)  # whoever waits first is the one that the database ends
                Vendor.objects.select_for_update().get()
        finally:
            connections.close_all()

    def late(*given: Any, **named: Any) -> None:
        Vendor.objects.select_for_update().get()
        both.wait()
        Counter.objects.select_for_update().get(prefix="X")

    monkeypatch.setattr(Edit, "form_valid", late)
    monkeypatch.setattr("mspgov.records.plain_records.records.seal", late)
    thread = threading.Thread(target=rival)
    thread.start()
    assert first.wait(20)
    client = Client()
    client.force_login(town.member(Role.SERVICE_OWNER).person)
    with enter(town.tenant.pk):
        address = path.format(Vendor.objects.get().public_id)
    typed = {"engagement": town.engagement.slug, "name": "Sul", "party": "client"}
    if "api" in path:
        answer = client.patch(address, {"name": "Sul"}, content_type="application/json")
    else:
        answer = client.post(address, typed)
    thread.join(30)
    assert answer.status_code == 409, answer.content[:500]
    assert b"do it again" in answer.content
    with enter(town.tenant.pk):
        assert Vendor.objects.get().name == "Norte"
