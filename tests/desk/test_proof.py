"""The page of proof: intact or where it breaks, by a run; a kept head held against the chain."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from mspgov.jobs.models import Run
from mspgov.jobs.services import work_here
from mspgov.records import services as records
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOME = "/o/aurora/proof/"
needs_commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def town() -> Town:
    town = build_town("aurora", providers=("cobalt",))
    with enter(town.tenant.pk):
        for n in range(12):
            records.seal(None, what=f"step {n}", before={}, after={"n": n}, by=None, at=AT)
    return town


@pytest.fixture
def iris(town: Town) -> Client:
    client = Client()
    client.force_login(town.member(Role.AUDITOR).person)
    return client


def check(town: Town, client: Client, monkeypatch: Any) -> str:
    """Ask for a check, let a worker do it, and read the page."""
    monkeypatch.setattr("mspgov.desk.runs.LINKS_A_STEP", 5)
    client.post(f"{HOME}check/")
    with enter(town.tenant.pk):
        run = Run.objects.get(ended_at__isnull=True)
    work_here(run)
    return client.get(HOME).content.decode().replace("\u00a0", " ")


@needs_commits
def test_an_auditor_has_the_chain_checked_and_reads_that_it_is_intact(
    town: Town, iris: Client, monkeypatch: Any
) -> None:
    page = check(town, iris, monkeypatch)
    assert "The chain is intact." in page and "12 links from the first on" in page
    with enter(town.tenant.pk):
        assert Run.objects.get().done_steps == 3


@needs_commits
def test_a_change_behind_our_back_is_said_with_its_place(
    town: Town, iris: Client, monkeypatch: Any, owner: Any
) -> None:
    owner.execute("select set_config('app.tenant', %s, false), set_config('app.engagements', '*', false)",
                  [str(town.tenant.pk)])  # fmt: skip
    owner.execute("update records_seal set after = '{\"n\": 99}' where position = 7")
    page = check(town, iris, monkeypatch)
    assert "The chain is broken: links 6 to 7" in page and "6 to 7" in page


@needs_commits
def test_a_kept_head_is_held_against_the_chain(town: Town, iris: Client) -> None:
    kept = json.loads(iris.get(f"{HOME}head.json").content)
    assert kept["position"] == 12
    assert "is still what it was" in iris.post(HOME, {"head": json.dumps(kept)}).content.decode()
    forged = json.dumps({**kept, "hash": "0" * 64})
    assert "The chain is not what it was" in iris.post(HOME, {"head": forged}).content.decode()
    page = iris.post(HOME, {"head": '{"tenant": "borealis"}'}).content.decode()
    assert "Its tenant must be aurora." in page and "borealis" in page
    assert "It is not JSON." in iris.post(HOME, {"head": "nonsense"}).content.decode()


@needs_commits
def test_an_msp_cannot_see_it(town: Town) -> None:
    client = Client()
    client.force_login(town.member(Role.ACCOUNT_MANAGER, "cobalt").person)
    assert client.get(HOME).status_code == 404
    assert client.post(f"{HOME}check/").status_code == 404
    with enter(town.tenant.pk):
        assert not Run.objects.exists()
