"""How a credit comes about, in words; missing charges; amendments."""

from decimal import Decimal

import pytest

from contracts.calc.credits import credits
from contracts.calc.terms import Terms
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms
from mspgov.kernel.period import Month

pytestmark = pytest.mark.requirement("R2.2")

FRAME = {"reference": "MSA-7", "currency": "EUR", "starts": "2016-01-01", "ends": "2017-12-31"}
LEVEL = {
    "key": "p2", "name": "P2 resolution", "measure": "resolve", "expected": 95, "minimum": 85,
    "low_volume": {"below": 10, "allowed_failures": 1}, "clause": "Schedule 4 §2.2",
}  # fmt: skip
REGIME = {
    "kind": "at_risk", "at_risk_percent": 10, "pool_percent": 200, "allocations": {"p2": 25}, "below_minimum": 1,
    "continued": [1, Decimal("1.5"), 2], "clause": "§6", "clauses": {"continued": "§6.4", "cap": "§6.6"},
}  # fmt: skip


def terms(level: dict | None = None, regime: dict | None = None) -> Terms:
    return read_terms({"contract": FRAME, "service_levels": [LEVEL | (level or {})], "credit_regime": regime or REGIME})


def months(*given: tuple[str, str | None, dict]) -> dict:
    return {
        "months": [
            {"month": month, "results": {"p2": result}} | ({"charges": charges} if charges else {})
            for month, charges, result in given
        ]
    }


def steps(the_terms: Terms, document: dict) -> list[tuple[str, str, str, str]]:
    row = credits(the_terms, read_results(document, the_terms)).months[-1].credits[0]
    return [(step.label, step.detail, step.value, step.clause) for step in row.derivation]


def test_a_credit_can_be_recomputed_from_its_steps():
    bad = {"met": 124, "total": 146}
    document = months(*[(month, "84200.00", bad) for month in ("2016-03", "2016-04", "2016-05")])
    assert steps(terms(), document) == [
        ("Attainment", "124 of 146 in time", "84.9315 %", "Schedule 4 §2.2"),
        ("Default", "below minimum 85 %", "yes", "§6"),
        ("Multiplier", "third consecutive default", "× 2", "§6.4"),
        ("At-risk amount", "10 % of EUR 84,200.00", "EUR 8,420.00", "§6"),
        ("Allocation", "25 % of EUR 8,420.00 × 2", "EUR 4,210.00", "§6"),
        ("Cap", "month’s credits 4,210.00 of at most EUR 8,420.00", "not capped", "§6.6"),
        ("Credit", "", "EUR 4,210.00", ""),
    ]


def test_a_month_that_meets_expected_says_so_and_ends_there():
    assert steps(terms(), months(("2016-03", "1.00", {"met": 10, "total": 10}))) == [
        ("Attainment", "10 of 10 in time", "100.0000 %", "Schedule 4 §2.2"),
        ("Default", "meets expected 95 %", "no", ""),
    ]


def test_a_forgiven_month_says_by_which_rule():
    row = (
        credits(terms(), read_results(months(("2016-03", "1.00", {"met": 1, "total": 2})), terms()))
        .months[0]
        .credits[0]
    )
    assert (row.default, row.forgiven) == (False, True)
    assert row.derivation[1].detail == "forgiven by the low-volume rule"
    assert row.derivation[1].note == "2 is below 10, 1 failure of at most 1"


def test_a_month_without_charges_is_judged_and_earns_no_credit():
    the_terms = terms()
    answer = credits(the_terms, read_results(months(("2016-03", None, {"value": "50"})), the_terms))
    month = answer.document()["months"][0]
    assert month["charges_missing"] is True
    assert (month["total"], month["credits"][0]["default"], month["credits"][0]["amount"]) == ("0.00", True, "0.00")
    assert ("Charges", "charges missing") in [(s.label, s.detail) for s in answer.months[0].credits[0].derivation]


def test_an_amount_that_is_not_rounded_yet_shows_all_its_decimals():
    found = steps(terms(), months(("2016-03", "33.33", {"value": "50"})))
    assert ("At-risk amount", "10 % of EUR 33.33", "EUR 3.333", "§6") in found
    assert ("Allocation", "25 % of EUR 3.333 × 1", "EUR 0.83", "§6") in found


def test_points_show_band_schedule_and_share():
    regime = {
        "kind": "points", "points": {"p2": {"minor": 5, "serious_below": 85, "serious": 10, "repeat": 2}},
        "schedule": [{"points": 10, "percent": 2}], "cap_percent": 1,
    }  # fmt: skip
    document = months(("2016-03", "100.00", {"value": "90"}), ("2016-04", "100.00", {"value": "80"}))
    found = [step[:3] for step in steps(terms(regime=regime), document)]
    assert found[2:] == [
        ("Points", "serious, below 85 %", "20 points"),
        ("Schedule", "2 % of EUR 100.00", "EUR 2.00"),
        ("Share", "20 of 20 points of EUR 2.00", "EUR 2.00"),
        ("Cap", "month’s credits 2.00 of at most EUR 1.00", "EUR 1.00"),
        ("Credit", "", "EUR 1.00"),
    ]


def test_an_amendment_judges_its_months_and_the_run_of_defaults_goes_on():
    first, second = terms(), terms(level={"expected": 99, "minimum": 98})
    document = months(("2016-03", "1000.00", {"value": "80"}), ("2016-04", "1000.00", {"value": "97"}))
    results = read_results(document, first)
    answer = credits([(Month("2016-01"), first), (Month("2016-04"), second)], results)
    assert [row.consecutive for month in answer.months for row in month.credits] == [1, 2]
    assert [month.total.text for month in answer.months] == ["25.00", "37.50"]
    assert [month.total.text for month in credits(first, results).months] == ["25.00", "0.00"]


def test_terms_without_a_credit_regime_earn_no_credits():
    the_terms = read_terms({"contract": FRAME, "service_levels": [LEVEL]})
    answer = credits(the_terms, read_results(months(("2016-03", "1.00", {"value": "1"})), the_terms)).document()
    assert answer["months"][0]["credits"] == [{"service_level": "p2", "attainment": "1.0000", "default": False}]
