"""The collections of money, and sealing, correcting and measuring by the API."""

from typing import Any

import pytest
from django.test import Client

from costs.models import LedgerEntry, MonthlyCharges
from itsm.models import MonthSeal
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, charged_town, do_runs, signed_in
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]
SLUG = "cobalt-services"


@pytest.fixture
def town() -> Town:
    return charged_town()


@pytest.fixture
def ben(town: Town) -> Client:
    return signed_in(town, Role.CONTRACT_MANAGER)


def results(client: Client, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_credits_carry_the_row_of_the_calculator_and_its_reasons(town: Town, ben: Client) -> None:
    (row,) = results(ben, at(town, "api:credits", engagement=SLUG, month="2016-05"))
    assert row["derivation"][-1]["value"]
    assert {key: row[key] for key in ("engagement", "month", "service_level", "attainment", "default", "cause")} == {
        "engagement": SLUG, "month": "2016-05", "service_level": "p2", "attainment": "84.9300", "default": True,
        "cause": "below_minimum",
    }  # fmt: skip
    assert (row["amount"], row["before_cap"], row["currency"], row["state"]) == (
        "4210.00",
        "4210.00",
        "EUR",
        "proposed",
    )
    assert (row["consecutive"], row["multiplier"]) == (3, "2")


def test_credits_are_narrowed_by_level_and_state(town: Town, ben: Client) -> None:
    assert {row["service_level"] for row in results(ben, at(town, "api:credits", service_level="vdi"))} == {"vdi"}
    assert results(ben, at(town, "api:credits", state="applied")) == []
    assert ben.get(at(town, "api:credits", month="May")).status_code == 400


def test_the_ledger_names_what_is_in_force(town: Town, ben: Client) -> None:
    rows = results(ben, at(town, "api:ledger", engagement=SLUG))
    assert rows
    assert all(row["in_force"] and row["replaces"] is None for row in rows)
    assert ben.get(at(town, "api:ledger-detail", rows[0]["id"])).json()["number"] == rows[0]["number"]


def test_charges_are_set_by_who_may(town: Town, ben: Client) -> None:
    body = {"engagement": SLUG, "month": "2016-05", "amount": "100000.00"}
    refused = signed_in(town, Role.AUDITOR).post(at(town, "api:charges"), body, content_type="application/json")
    assert refused.status_code == 404
    with enter(town.tenant.pk):
        before = MonthlyCharges.objects.count()
    answer = ben.post(at(town, "api:charges"), body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert answer.json()["amount"] == "100000.00"
    with enter(town.tenant.pk):
        assert MonthlyCharges.objects.count() == before + 1
    sealed = ben.post(at(town, "api:charges"), body | {"month": "2016-04"}, content_type="application/json")
    assert sealed.status_code == 422
    wrong = ben.post(at(town, "api:charges"), body | {"amount": "much"}, content_type="application/json")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "amount"


def test_a_month_is_sealed_and_corrected(town: Town, ben: Client) -> None:
    answer = ben.post(at(town, "api:months-seal", SLUG, "2016-05"))
    assert answer.status_code == 200, answer.content
    assert answer.json()["sealed_at"]
    address, body = at(town, "api:months-correct", SLUG, "2016-05"), {"reason": "Other charges", "charges": "90000.00"}
    asked = ben.post(address, body, content_type="application/json")
    assert asked.status_code == 202, asked.content
    assert ben.post(address, body, content_type="application/json").json()["id"] == asked.json()["id"]
    assert (asked.json()["kind"], asked.json()["state"]) == ("costs.correct", "waiting")
    do_runs(town)
    done = ben.get(at(town, "api:runs-detail", asked.json()["id"])).json()
    assert (done["state"], done["result"]["entries"]) == ("done", ["CR-2016-05-01/2"])
    nothing = ben.post(at(town, "api:months-seal", SLUG, "2016-06"))
    assert nothing.status_code == 422
    with enter(town.tenant.pk):
        assert not MonthSeal.objects.filter(month="2016-06").exists()


@pytest.mark.parametrize("month", ["0001-01", "2015-09", "2018-10", "9999-12"])
@pytest.mark.parametrize("act", ["seal", "correct"])
def test_a_month_outside_the_term_is_refused_as_such(town: Town, ben: Client, act: str, month: str) -> None:
    answer = ben.post(at(town, f"api:months-{act}", SLUG, month), {"reason": "x"}, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["detail"] == f"{month} lies outside the contract's term, 2015-10 to 2018-09"
    with enter(town.tenant.pk):
        assert MonthSeal.objects.count() == 2
        assert not Run.objects.exists()


def test_a_refused_correction_writes_nothing(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        before = LedgerEntry.objects.count()
    body = {"reason": "No", "charges": "90000.00"}
    answer = ben.post(at(town, "api:months-correct", SLUG, "2016-05"), body, content_type="application/json")
    assert answer.status_code == 422
    other = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    assert other.post(at(town, "api:months-seal", SLUG, "2016-05")).status_code == 404
    with enter(town.tenant.pk):
        assert LedgerEntry.objects.count() == before
        assert MonthlyCharges.objects.filter(amount="90000").count() == 0
        assert not Run.objects.exists()


def test_measuring_answers_with_its_run(town: Town, ben: Client) -> None:
    answer = ben.post(at(town, "api:months-measure", SLUG, "2016-05"))
    assert answer.status_code == 202, answer.content
    with enter(town.tenant.pk):
        assert str(Run.objects.get(kind="costs.measure").public_id) == answer.json()["id"]
    assert ben.post(at(town, "api:months-measure", SLUG, "2031-05")).status_code == 400


def test_another_provider_sees_no_money_of_this_one(town: Town) -> None:
    other = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    for route in ("api:credits", "api:ledger", "api:charges"):
        assert results(other, at(town, route)) == []
