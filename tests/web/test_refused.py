"""Pages of refusals: they keep what was typed and lead back to where that was."""

import pytest
from django.http import HttpResponseNotAllowed
from django.test import RequestFactory

from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.refused import came_from, not_allowed, typed, way_back
from tests.costs.charged_town import signed_in
from tests.world import build_town


def test_what_was_typed_is_kept_but_no_secret() -> None:
    form = {"reason": "<b>Late</b>", "service_levels": ["p1", "p2"], "amount": "", "new_password": "x", "version": "1",
            "csrfmiddlewaretoken": "t"}  # fmt: skip
    request = RequestFactory().post("/", form)
    assert typed(request) == [("Reason", "<b>Late</b>"), ("Service levels", "p1, p2")]


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/o/aurora/runs/", "http://testserver/o/aurora/runs/"),
        ("http://elsewhere.example/", "/o/x/?month=2016-05"),
        ("javascript:alert(1)", "/o/x/?month=2016-05"),
        ("", "/o/x/?month=2016-05"),
    ],
)
def test_the_way_back_is_the_page_that_sent_the_form_if_it_is_ours(referer: str, back: str) -> None:
    assert came_from(RequestFactory().post("/o/x/?month=2016-05", headers={"Referer": referer})) == back


@pytest.mark.django_db
def test_the_page_of_a_lost_race_shows_what_was_typed_and_a_way_back_that_exists() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        run = Run.objects.create(kind="costs.measure", key="k", state="done", engagement=town.engagement)
        run.refresh_from_db()
    client = signed_in(town, Role.SERVICE_OWNER)
    page = f"/o/aurora/runs/{run.public_id}/"
    lost = client.post(f"{page}cancel/", {"reason": "<b>Late</b>"}, headers={"Referer": f"http://testserver{page}"})
    assert lost.status_code == 409
    words = lost.content.decode()
    assert "The run has already ended" in words and "&lt;b&gt;Late&lt;/b&gt;" in words and "<b>Late" not in words
    assert f'href="http://testserver{page}"' in words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "back"),
    [
        ("money/months/measure/", "money/months/"),
        ("account/tokens/0190d7a5-0000-7000-8000-000000000000/revoke/", "account/tokens/"),
    ],
)
def test_an_address_that_only_takes_forms_is_a_page_that_leads_back(address: str, back: str) -> None:
    client = signed_in(build_town(), Role.SERVICE_OWNER)
    answer = client.get(f"/o/aurora/{address}")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    page = answer.content.decode()
    assert "Nothing was changed." in page and f'href="/o/aurora/{back}"' in page
    assert client.get(f"/o/aurora/{back}").status_code == 200


@pytest.mark.django_db
def test_the_api_says_as_a_problem_that_a_method_is_not_allowed() -> None:
    client = signed_in(build_town(), Role.SERVICE_OWNER)
    answer = client.delete("/o/aurora/api/v1/people/")
    assert answer.status_code == 405 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Method Not Allowed" and "GET" in answer["Allow"]
    plain = not_allowed(RequestFactory().get("/o/aurora/api/v1/people/"), HttpResponseNotAllowed(["POST"]))
    assert (plain.status_code, plain["Content-Type"], plain["Allow"]) == (405, "application/problem+json", "POST")


def test_a_page_that_can_be_read_is_its_own_way_back() -> None:
    assert way_back(RequestFactory().post("/o/aurora/runs/"), "GET, HEAD") == "/o/aurora/runs/"
