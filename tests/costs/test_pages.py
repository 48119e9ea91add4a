"""The pages of money as several people see them: what they show, what they refuse, and that a refusal changes nothing."""

import sys
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from costs.models import Credit, LedgerEntry, MonthlyCharges
from costs.queries.months import MonthsPage, months_page
from itsm.models import MonthSeal, ReportedValue
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import TERMS, at, charged_town, signed_in, words
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
SLUG = "cobalt-services"


@pytest.fixture
def town() -> Town:
    return charged_town()


@pytest.fixture
def ben(town: Town) -> Client:
    return signed_in(town, Role.CONTRACT_MANAGER)


def counts(town: Town) -> tuple[int, ...]:
    """Rows of everything that money writes."""
    with enter(town.tenant.pk):
        return tuple(
            model.objects.count() for model in (Credit, LedgerEntry, MonthlyCharges, MonthSeal, ReportedValue, Run)
        )


@pytest.mark.requirement("R2.2")
def test_the_credits_open_with_their_reasons_and_ledger(town: Town, ben: Client) -> None:
    page = words(ben, at(town, "costs:credits"))
    for said in ("proposed.", "P2 resolution", "May 2016", "Schedule 4 §2.2", "§6.6", "comes about", "Against the cap"):
        assert said in page
    assert "disputed" not in page.lower().replace("undisputed", "")


@pytest.mark.requirement("R2.2")
def test_a_credit_has_an_address_that_opens_it(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        credit = Credit.objects.select_related("record").get(month="2016-04", service_level__key="vdi")
    answer = ben.get(at(town, "costs:credit", credit.public_id))
    assert answer.status_code == 302
    assert "Virtual desktop up, April 2016" in words(ben, answer["Location"])


def test_a_tenant_without_a_contract_is_told_what_comes_first() -> None:
    town = build_town()
    client = signed_in(town, Role.CONTRACT_MANAGER)
    assert "has no contract yet" in words(client, at(town, "costs:credits"))
    assert "has no contract yet" in words(client, at(town, "costs:months"))


def test_a_provider_reads_the_money_of_its_own_engagement_only(town: Town) -> None:
    own = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    other = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    with enter(town.tenant.pk):
        credit = Credit.objects.all()[0]
    assert "P2 resolution" in words(own, at(town, "costs:credits"))
    assert "P2 resolution" not in words(other, at(town, "costs:credits"))
    assert "P2 resolution" not in words(other, at(town, "costs:ledger"))
    for address in (
        at(town, "costs:credit", credit.public_id),
        at(town, "costs:credits", engagement=SLUG),
        at(town, "costs:month_money", engagement=SLUG, month="2016-05"),
    ):
        assert other.get(address).status_code == 404
    assert signed_in(town, Role.ENGINEER, "cobalt").get(at(town, "costs:credits")).status_code == 404


@pytest.mark.requirement("R2.2")
def test_the_ledger_is_exported_and_a_formula_is_defused(town: Town, ben: Client) -> None:
    text = ben.get(at(town, "costs:ledger-export")).content.decode()
    with enter(town.tenant.pk):
        assert len(text.strip().splitlines()) == LedgerEntry.objects.count() + 1
    credits = ben.get(at(town, "costs:credits-export", engagement=SLUG)).content.decode()
    assert "CR-2016-05-01" in credits


@pytest.mark.requirement("R2.2")
def test_the_months_say_what_is_missing(town: Town, ben: Client) -> None:
    page = words(ben, at(town, "costs:months"))
    for said in ("May 2016 waits to be sealed", "missing: Virtual desktop up", "Seal month", "Correct", "by contract"):
        assert said in page
    board = words(signed_in(town, Role.BOARD_MEMBER), at(town, "costs:months"))
    assert "Seal month" not in board
    assert "Correct" not in board


@pytest.mark.requirement("R2.2")
def test_measuring_is_a_run_that_can_be_left(town: Town, ben: Client) -> None:
    answer = ben.post(at(town, "costs:measure", engagement=SLUG), {"first": "2016-05", "last": "2016-05"})
    assert answer.status_code == 302
    with enter(town.tenant.pk):
        run = Run.objects.get(kind="costs.measure")
        assert (run.arguments["first"], run.arguments["last"]) == ("2016-05", "2016-05")
    assert "You can leave this page" in words(ben, at(town, "costs:months"))
    for role, provider in ((Role.AUDITOR, None), (Role.ACCOUNT_MANAGER, "cobalt")):  # nor may they ask for one
        assert "You can leave this page" not in words(signed_in(town, role, provider), at(town, "costs:months"))


@pytest.mark.requirement("R2.2")
def test_a_measurement_that_ends_while_the_page_is_made_is_still_shown_as_open(
    town: Town, ben: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the page would say done beside months of before, and never be read again."""
    ben.post(at(town, "costs:measure", engagement=SLUG), {"first": "2016-05", "last": "2016-05"})

    def read_then_ended(*args: Any, **more: Any) -> MonthsPage:
        page = months_page(*args, **more)
        Run.objects.filter(kind="costs.measure").update(state=Run.State.DONE, ended_at=timezone.now(), result={})
        return page

    monkeypatch.setattr(sys.modules["costs.views.months"], "months_page", read_then_ended)
    assert "hx-trigger" in ben.get(at(town, "costs:months", engagement=SLUG)).content.decode()
    monkeypatch.undo()
    assert "hx-trigger" not in ben.get(at(town, "costs:months", engagement=SLUG)).content.decode()


def test_a_measurement_backwards_is_refused_at_the_form(town: Town, ben: Client) -> None:
    before = counts(town)
    answer = ben.post(at(town, "costs:measure", engagement=SLUG), {"first": "2016-05", "last": "2016-04"})
    assert "Choose the same month or a later one" in answer.content.decode()
    assert counts(town) == before


@pytest.mark.requirement("R2.2")
def test_a_month_is_sealed_after_its_page_was_read(town: Town, ben: Client) -> None:
    address = at(town, "costs:seal", engagement=SLUG, month="2016-05")
    page = words(ben, address)
    for said in ("This cannot be undone", "84.9300 %", "No value was reported for Virtual desktop up"):
        assert said in page
    assert ben.post(address).status_code == 302
    with enter(town.tenant.pk):
        assert MonthSeal.objects.filter(month="2016-05").exists()


def test_a_month_that_was_not_measured_is_not_sealed(town: Town, ben: Client) -> None:
    before = counts(town)
    answer = ben.post(at(town, "costs:seal", engagement=SLUG, month="2016-06"))
    assert answer.status_code == 200
    assert "keeps this from being done" in answer.content.decode()
    assert counts(town) == before


@pytest.mark.requirement("R2.2")
def test_charges_are_set_and_the_open_months_judged_again(town: Town) -> None:
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    address = at(town, "costs:charges", engagement=SLUG, month="2016-05")
    assert paulo.post(address, {"amount": "100,000.00"}).status_code == 302
    with enter(town.tenant.pk):
        credit = Credit.objects.get(month="2016-05", service_level__key="p2")
        assert credit.money.text == "5000.00"


@pytest.mark.parametrize("amount", ["", "a lot", "-5.00", "1.234", "NaN"])
def test_charges_that_are_no_amount_are_refused(town: Town, amount: str) -> None:
    before = counts(town)
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    answer = paulo.post(at(town, "costs:charges", engagement=SLUG, month="2016-05"), {"amount": amount})
    assert answer.status_code == 200
    assert counts(town) == before


def test_charges_of_a_sealed_month_are_refused_with_the_rule(town: Town) -> None:
    before = counts(town)
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    answer = paulo.post(at(town, "costs:charges", engagement=SLUG, month="2016-04"), {"amount": "1.00"})
    assert "is sealed" in answer.content.decode()
    assert counts(town) == before


@pytest.mark.requirement("R2.2")
def test_the_provider_reports_a_value(town: Town) -> None:
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    address = at(town, "costs:report-value", engagement=SLUG, month="2016-05")
    assert "Missing: Virtual desktop up" in words(cleo, address)
    typed = {"level": "vdi", "value": "99.38", "source": "Monthly report", "evidence": ""}
    assert cleo.post(address, typed).status_code == 302
    with enter(town.tenant.pk):
        assert str(ReportedValue.objects.get(month="2016-05", service_level__key="vdi").value.normalize()) == "99.38"


@pytest.mark.parametrize("value", ["101", "-1", "much", "NaN", "1e400"])
def test_a_value_that_is_no_percentage_is_refused_at_the_field(town: Town, ben: Client, value: str) -> None:
    before = counts(town)
    typed = {"level": "vdi", "value": value, "source": "report"}
    answer = ben.post(at(town, "costs:report-value", engagement=SLUG, month="2016-05"), typed)
    assert "Value, %" in answer.content.decode()
    assert counts(town) == before


@pytest.mark.parametrize("route", ["seal", "correct", "charges", "measure", "report-value"])
def test_who_may_not_act_finds_no_page_and_changes_nothing(town: Town, route: str) -> None:
    before = counts(town)
    for who in (signed_in(town, Role.BOARD_MEMBER), signed_in(town, Role.AUDITOR)):
        address = at(town, f"costs:{route}", engagement=SLUG, month="2016-05")
        assert who.post(address, {"amount": "1.00", "reason": "no"}).status_code == 404
    assert counts(town) == before


@pytest.mark.requirement("R2.2")
def test_fragments_say_money_and_reasons(town: Town, ben: Client) -> None:
    money = words(ben, at(town, "costs:month_money", engagement=SLUG, month="2016-05"), HX_Request="true")
    assert "EUR 4,210.00" in money
    assert "<html" not in money
    why = words(ben, at(town, "costs:why_default", engagement=SLUG, month="2016-05", level="p2"), HX_Request="true")
    assert "84.9300 %" in why
    kept = words(ben, at(town, "costs:why_default", engagement=SLUG, month="2016-03", level="p1"))
    assert "Why no credit follows" in kept
    assert "<html" in kept


@pytest.mark.parametrize(
    "asked", [{}, {"engagement": "nowhere"}, {"engagement": SLUG}, {"engagement": SLUG, "month": "May"}]
)
def test_a_fragment_without_its_question_is_not_there(town: Town, ben: Client, asked: dict[str, str]) -> None:
    assert ben.get(at(town, "costs:month_money", **asked)).status_code == 404
    assert ben.get(at(town, "costs:ticket_cost", ticket="x")).status_code == 404


def test_charges_missing_are_said_where_they_matter() -> None:
    town = charged_town(terms=TERMS.replace(', monthly_charges: "84200.00"', ""))
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    assert "Charges are missing for" in words(ben, at(town, "costs:months"))
    assert "Charges are missing" in words(ben, at(town, "costs:month_money", engagement=SLUG, month="2016-05"))


def test_the_pages_ask_as_often_for_many_entries_as_for_few(town: Town, ben: Client) -> None:
    asked = []
    for _ in range(2):
        row = []
        for route in ("costs:credits", "costs:months", "costs:ledger"):
            ben.get(at(town, route))
            with CaptureQueriesContext(
                connection,
            ) as found:
                ben.get(at(town, route))
            row.append(len(found))
        asked.append(row)
        paulo = signed_in(town, Role.FINANCE_CONTROLLER)
        for amount in ("90000.00", "91000.00", "92000.00"):
            paulo.post(at(town, "costs:charges", engagement=SLUG, month="2016-05"), {"amount": amount})
    assert asked[0] == asked[1]


def test_charges_of_nothing_are_set_only_after_what_falls_away_was_said(town: Town) -> None:
    before = counts(town)
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    address = at(town, "costs:charges", engagement=SLUG, month="2016-05")
    page = paulo.post(address, {"amount": "0.00"}).content.decode().replace("\u00a0", " ")
    assert "all of the month's fall away, 1 credit of EUR 4,210.00 together" in page.replace("&#x27;", "'")
    assert counts(town) == before
    assert paulo.post(address, {"amount": "0.00", "step": "1.00"}).status_code == 200
    assert counts(town) == before
    assert paulo.post(address, {"amount": "0.00", "step": "0.00"}).status_code == 302
    with enter(town.tenant.pk):
        assert Credit.objects.get(month="2016-05", service_level__key="p2").money.text == "0.00"


@pytest.mark.parametrize(("amount", "asked"), [("42100.00", False), ("42099.99", True), ("126300.01", True)])
def test_charges_that_change_by_more_than_half_are_confirmed(town: Town, amount: str, asked: bool) -> None:
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    answer = paulo.post(at(town, "costs:charges", engagement=SLUG, month="2016-05"), {"amount": amount})
    assert (answer.status_code == 200) is asked


def test_a_ledger_line_names_what_made_it_another_amount(town: Town) -> None:
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    paulo.post(at(town, "costs:charges", engagement=SLUG, month="2016-05"), {"amount": "100,000.00"})
    page = words(paulo, at(town, "costs:ledger"))
    assert "Judged again: was 4,210.00; charges set to EUR 100,000.00 by " in page


def test_a_refusal_names_months_as_people_do(town: Town) -> None:
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    answer = paulo.post(at(town, "costs:charges", engagement=SLUG, month="2016-04"), {"amount": "1.00"})
    said = answer.content.decode().replace("\u00a0", " ")
    assert "April 2016 is sealed" in said
    assert "2016-04 is sealed" not in said


def test_measuring_is_proposed_up_to_the_latest_month_that_has_something(town: Town, ben: Client) -> None:
    form = ben.get(at(town, "costs:months")).context["form"]
    assert form["last"].value() == "2016-05"


@pytest.mark.parametrize("route", ["seal", "correct", "charges", "report-value"])
def test_a_month_outside_the_contracts_term_has_no_forms(town: Town, ben: Client, route: str) -> None:
    found = [
        ben.get(at(town, f"costs:{route}", engagement=SLUG, month=month)).status_code
        for month in ("2015-09", "2016-05", "2030-01")
    ]
    assert found[0] == found[2] == 404 != found[1]
