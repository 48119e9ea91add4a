"""Runs, people and own tokens: who sees them, who handles them."""

import pytest
from django.test import Client
from django.utils import timezone

from mspgov.jobs import services
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Token
from mspgov.tenancy.policy import EVERYONE, Role
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def run_of(
    town: Town, state: str = "running", provider: str = "cobalt", kind: str = "itsm.import_tickets", **fields: object
) -> Run:
    with enter(town.tenant.pk):
        engagement = town.engagements[provider]
        person = town.member(Role.SERVICE_OWNER).person
        run = services.start(
            kind, key=f"{provider}-{state}", title=f"Import of {provider}", by=person, engagement=engagement
        )
        for name, value in {"state": state, "done_steps": 3, "total_steps": 10, **fields}.items():
            setattr(run, name, value)
        run.save()
        run.refresh_from_db()
        return run  # fmt: skip


def state_of(town: Town, run: Run) -> str:
    with enter(town.tenant.pk):
        return Run.objects.get(pk=run.pk).state


def test_runs_show_how_far_they_are_and_what_came_of_them(town: Town) -> None:
    running = run_of(town)
    done = run_of(town, "done", result={"read": 3, "rejected": [{"row": 17, "why": "no number"}]})
    client = signed_in(town)
    page = client.get("/o/aurora/runs/").content.decode()
    assert "1 at work." in page and "3 of 10" in page
    page = client.get(f"/o/aurora/runs/{running.public_id}/").content.decode()
    assert f"/o/aurora/runs/{running.public_id}/progress/" in page and "Cancel" in page
    assert "Try again" not in page
    page = client.get(f"/o/aurora/runs/{done.public_id}/").content.decode()
    assert "no number" in page and "17" in page and "Cancel" not in page


def test_an_open_run_is_cancelled_and_tried_again_by_whom_it_concerns(town: Town) -> None:
    run = run_of(town)
    address = f"/o/aurora/runs/{run.public_id}/"
    assert signed_in(town, Role.AUDITOR).post(f"{address}cancel/").status_code == 404
    assert state_of(town, run) == "running"
    client = signed_in(town)
    assert client.post(f"{address}cancel/").status_code == 302
    assert state_of(town, run) == "cancelled"
    assert client.post(f"{address}cancel/").status_code == 409
    assert client.post(f"{address}again/").status_code == 302
    assert state_of(town, run) == "waiting"


def test_a_run_that_has_ended_lets_the_browser_load_its_page_anew(town: Town) -> None:
    client = signed_in(town)
    running, done = run_of(town), run_of(town, "done")
    assert "HX-Refresh" not in client.get(f"/o/aurora/runs/{running.public_id}/progress/").headers
    assert client.get(f"/o/aurora/runs/{done.public_id}/progress/")["HX-Refresh"] == "true"


ASKED_BY = {
    "itsm.import_tickets": {Role.SERVICE_OWNER, Role.CHANGE_MANAGER, Role.TENANT_ADMINISTRATOR},
    "costs.measure": {Role.SERVICE_OWNER, Role.CONTRACT_MANAGER},
    "governance.board_pack": {Role.SERVICE_OWNER, Role.CONTRACT_MANAGER},
    "gone.for_good": set(),
}


@pytest.mark.parametrize("kind", sorted(ASKED_BY))
@pytest.mark.parametrize("role", sorted(EVERYONE - {Role.ENGINEER, Role.BOARD_MEMBER}))
def test_a_run_is_handled_only_by_who_may_ask_for_such_a_run(town: Town, kind: str, role: Role) -> None:
    run = run_of(town, "failed", kind=kind, error="It broke", ended_at=timezone.now())
    client = signed_in(town, role, "cobalt" if role == Role.ACCOUNT_MANAGER else None)
    allowed, page = role in ASKED_BY[kind], f"/o/aurora/runs/{run.public_id}/"
    assert ("Try again" in client.get(page).content.decode()) is allowed
    assert (f"{page}again/" in client.get("/o/aurora/").content.decode()) is allowed
    if not allowed:
        for address in (page, f"/o/aurora/api/v1/runs/{run.public_id}/"):
            assert {client.post(f"{address}{verb}/").status_code for verb in ("cancel", "again")} == {404}
        assert state_of(town, run) == "failed"
        return
    assert client.post(f"{page}again/").status_code == 302
    assert "Cancel" in client.get(page).content.decode()
    assert "Cancel" in client.get(f"{page}progress/").content.decode()
    assert client.post(f"/o/aurora/api/v1/runs/{run.public_id}/cancel/").status_code == 200
    assert state_of(town, run) == "cancelled"


def test_runs_by_the_api_are_filtered_cancelled_and_refused(town: Town) -> None:
    run, _ = run_of(town), run_of(town, "done", "dune")
    client = signed_in(town)
    rows = client.get("/o/aurora/api/v1/runs/?engagement=cobalt-services").json()["results"]
    assert [(r["id"], r["engagement"], r["done"]) for r in rows] == [(str(run.public_id), "cobalt-services", 3)]
    assert [r["state"] for r in client.get("/o/aurora/api/v1/runs/?state=done").json()["results"]] == ["done"]
    assert client.post(f"/o/aurora/api/v1/runs/{run.public_id}/cancel/").json()["state"] == "cancelled"
    assert client.post(f"/o/aurora/api/v1/runs/{run.public_id}/cancel/").status_code == 409
    bad = client.get("/o/aurora/api/v1/runs/?engagement=nowhere")
    assert bad.status_code == 400 and bad.json()["errors"][0]["field"] == "engagement"
    assert (
        signed_in(town, Role.ACCOUNT_MANAGER, "dune").get(f"/o/aurora/api/v1/runs/{run.public_id}/").status_code == 404
    )


def test_people_are_listed_by_page_and_api_for_those_who_see_them(town: Town) -> None:
    page = signed_in(town).get("/o/aurora/people/").content.decode()
    assert "Ada Lindqvist" in page and "of dune" in page
    page = signed_in(town, Role.ENGINEER, "cobalt").get("/o/aurora/people/").content.decode()
    assert "Ada Lindqvist" in page and "of dune" not in page
    rows = signed_in(town).get("/o/aurora/api/v1/people/?active=true&page_size=4").json()
    assert len(rows["results"]) == 4 and rows["next"]
    one = rows["results"][0]
    assert signed_in(town).get(f"/o/aurora/api/v1/people/{one['id']}/").json() == one


def test_a_token_is_shown_once_works_and_is_revoked(town: Town) -> None:
    client = signed_in(town)
    address = "/o/aurora/account/tokens/"
    made = client.post(address, {"name": "Reporting", "scope": "read", "days": 30})
    assert (made.status_code, made["Location"]) == (302, address)
    cookie = made.cookies["made"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == address
    page = client.get(address)
    key = page.context["key"]
    assert key and key in page.content.decode()
    again = client.get(address)
    assert again.context["key"] == "" and key not in again.content.decode()
    bearer = {"Authorization": f"Bearer {key}"}
    assert Client().get("/o/aurora/api/v1/people/", headers=bearer).status_code == 200
    with enter(town.tenant.pk):
        token = Token.objects.get()
    address = f"/o/aurora/account/tokens/{token.public_id}/revoke/"
    assert signed_in(town, Role.AUDITOR).post(address).status_code == 404
    assert Client().get("/o/aurora/api/v1/people/", headers=bearer).status_code == 200
    assert client.post(address).status_code == 302
    assert Client().get("/o/aurora/api/v1/people/", headers=bearer).status_code == 401


def test_a_new_token_is_not_shown_to_somebody_else_of_the_same_browser(town: Town) -> None:
    client, address = signed_in(town), "/o/aurora/account/tokens/"
    client.post(address, {"name": "Reporting", "scope": "read", "days": 30})
    other = signed_in(town, Role.AUDITOR)
    other.cookies["made"] = client.cookies["made"].value
    assert other.get(address).context["key"] == ""


def test_a_providers_people_read_the_runs_that_they_may_ask_for_and_none_that_the_client_tries_out(town: Town) -> None:
    tried_out, own = run_of(town, "done", kind="costs.preview_decision"), run_of(town, kind="costs.accept_credits")
    provider, client = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town)
    for run, status in ((tried_out, 404), (own, 200)):
        assert provider.get(f"/o/aurora/runs/{run.public_id}/").status_code == status
        assert provider.get(f"/o/aurora/runs/{run.public_id}/progress/").status_code == status
        assert provider.get(f"/o/aurora/api/v1/runs/{run.public_id}/").status_code == status
        assert client.get(f"/o/aurora/runs/{run.public_id}/").status_code == 200
    listed = (
        provider.get("/o/aurora/runs/").content.decode() + provider.get("/o/aurora/runs/?format=csv").content.decode()
    )
    assert str(own.public_id) in listed and str(tried_out.public_id) not in listed
    assert "costs.preview_decision" not in listed
