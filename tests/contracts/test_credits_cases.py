"""The cases that were agreed with others, answered exactly."""

from pathlib import Path

import pytest

from contracts.calc.credits import credits
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms, write_terms
from contracts.importers.terms_text import read_json

CASES = read_json((Path(__file__).parent / "cases" / "credits.json").read_text())["cases"]


@pytest.mark.requirement("R2.2")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_case_is_answered_exactly(case):
    terms = read_terms(case["terms"])
    assert credits(terms, read_results(case["results"], terms)).document() == case["expected"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_terms_of_a_case_survive_being_written(case):
    terms = read_terms(case["terms"])
    assert read_terms(write_terms(terms)) == terms
