"""Credits of random contracts: equal to a second opinion, and lawful."""

import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.calc.credits import credits
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms, write_terms

sys.path.insert(0, str(Path(__file__).parent))
from credit_oracle import oracle

pytestmark = pytest.mark.requirement("R2.2")

DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3}
PERCENTS = [0, 50, 70, 80, 85.5, 90, 95, 97.5, 99, 99.9, 100]


def money(chance, digits):
    units = chance.choice([chance.randint(0, 99), chance.randint(0, 90_000_000)])
    scale = 10**digits
    return f"{units // scale}.{units % scale:0{digits}d}" if digits else str(units)


def contract_with_results(chance: random.Random):
    """(terms, results) as documents: up to four service levels, up to fifteen months, any kind of regime."""
    terms = terms_document(chance)
    last = int(terms["contract"]["ends"][:4]) * 12 + int(terms["contract"]["ends"][5:7]) - 1
    digits = DIGITS[terms["contract"]["currency"]]
    months = []
    for number in range(2026 * 12, min(last, 2026 * 12 + chance.randint(1, 14)) + 1):
        if chance.random() < 0.06:
            continue
        keys = [level["key"] for level in terms["service_levels"] if chance.random() < 0.9]
        month = {
            "month": f"{number // 12}-{number % 12 + 1:02d}",
            "charges": money(chance, digits),
            "results": {key: level_result(chance) for key in keys},
        }
        if keys and chance.random() < 0.25:
            month["charges_by_service_level"] = {keys[0]: money(chance, digits)}
        months.append(month)
    return terms, {"months": months}


def terms_document(chance):
    keys = [f"sl{i}" for i in range(chance.randint(1, 4))]
    levels = []
    for key in keys:
        expected = chance.choice(PERCENTS)
        level = {"key": key, "name": key, "measure": "percentage", "expected": expected}
        if chance.random() < 0.6:
            level["minimum"] = chance.choice([p for p in PERCENTS if p <= expected])
        if chance.random() < 0.5:
            level["low_volume"] = {"below": chance.randint(1, 12), "allowed_failures": chance.randint(0, 3)}
        levels.append(level)
    regime = chance.choice([at_risk, tiers, points])(chance, keys)
    if chance.random() < 0.5:
        regime["cap_percent"] = chance.choice([0, 0.5, 1, 2.5, 5])
    if chance.random() < 0.5:
        regime["ramp_up_until"] = chance.choice(["2026-01-31", "2026-02-27", "2026-03-31", "2026-06-30"])
        regime["ramp_up_counts"] = chance.random() < 0.5
    if chance.random() < 0.5:
        regime["earn_back"] = {"period": "contract_year", "when": "mean_at_least_expected"}
    contract = {
        "reference": "X",
        "currency": chance.choice(["EUR", "JPY", "KWD"]),
        "starts": chance.choice(["2026-01-01", "2026-01-20"]),
        "ends": chance.choice(["2026-12-31", "2027-06-15", "2028-12-31"]),
    }
    return {"contract": contract, "service_levels": levels, "credit_regime": regime}


def at_risk(chance, keys):
    regime = {
        "kind": "at_risk",
        "at_risk_percent": chance.choice([5, 12.5, 15]),
        "pool_percent": 400,
        "allocations": {key: chance.choice([10, 33.3, 40, 100]) for key in keys if chance.random() < 0.8},
        "below_minimum": chance.randint(0, 1),
    }
    if chance.random() < 0.6:
        regime["below_expected"] = {"misses": chance.randint(1, 4), "in_months": chance.randint(1, 6)}
    if chance.random() < 0.6:
        regime["continued"] = chance.choice([[1, 1.5, 2], [1, 1], [0.5, 3]])
    return regime


def tiers(chance, keys):
    chosen = {}
    for key in keys:
        if chance.random() < 0.8:
            below = sorted(chance.sample([99.9, 99, 95, 80, 50], chance.randint(1, 5)), reverse=True)
            percent = sorted(chance.choice([0, 1, 2.5, 5, 10, 25, 100]) for _ in below)
            chosen[key] = [{"below": b, "percent": p} for b, p in zip(below, percent, strict=True)]
            chance.shuffle(chosen[key])
    return {"kind": "tiers", "tiers": chosen}


def points(chance, keys):
    chosen = {}
    for key in keys:
        if chance.random() < 0.8:
            bands = {"minor": chance.randint(0, 5)}
            if chance.random() < 0.6:
                bands |= {"serious_below": chance.choice(PERCENTS), "serious": chance.randint(5, 9)}
            if chance.random() < 0.6:
                bands |= {"severe_below": chance.choice(PERCENTS), "severe": chance.randint(9, 20)}
            if chance.random() < 0.6:
                bands["repeat"] = chance.randint(1, 3)
            chosen[key] = bands
    rows = sorted(chance.sample(range(1, 40), chance.randint(1, 4)))
    percent = sorted(chance.choice([0, 1, 2.5, 7, 10]) for _ in rows)
    schedule = [{"points": r, "percent": p} for r, p in zip(rows, percent, strict=True)]
    return {"kind": "points", "points": chosen, "schedule": schedule}


def level_result(chance):
    if chance.random() < 0.25:
        return {"value": chance.choice(["0", "49.9999", "85.5", "94.99995", "95", "98.99999", "99.95", "100"])}
    total = chance.choice([chance.randint(0, 12), chance.randint(0, 400)])
    met = total - min(total, chance.choice([0, chance.randint(0, 4), chance.randint(0, 400)]))
    result = {"met": met, "total": total}
    return result | {"excused": "flood"} if chance.random() < 0.06 else result


chances = st.integers(0, 2**48).map(random.Random)
contracts_with_results = chances.map(contract_with_results)


def computed(terms_document, results_document):
    terms = read_terms(terms_document)
    return credits(terms, read_results(results_document, terms))


@settings(max_examples=150, deadline=None)
@given(contracts_with_results)
def test_a_second_opinion_written_from_the_rules_gives_the_same_credits(pair):
    terms, results = pair
    assert computed(terms, results).document() == oracle(terms, results)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(contracts_with_results)
def test_the_second_opinion_holds_on_thousands_of_contracts(pair):
    terms, results = pair
    assert computed(terms, results).document() == oracle(terms, results)


@settings(max_examples=100, deadline=None)
@given(contracts_with_results)
def test_parts_add_up_to_the_minor_unit_and_never_exceed_the_cap(pair):
    for month in computed(*pair).months:
        assert sum(row.amount.units for row in month.credits) == month.total.units
        before = sum(row.before_cap.units for row in month.credits)
        assert month.capped == (month.cap is not None and before > month.cap.units)
        assert month.total.units == (month.cap.units if month.capped else before)
        assert all(row.amount <= row.before_cap for row in month.credits)
        assert all(row.default or not row.amount for row in month.credits)


@settings(max_examples=60, deadline=None)
@given(contracts_with_results, chances)
def test_the_order_of_months_in_the_file_means_nothing(pair, chance: random.Random):
    terms, results = pair
    shuffled = list(results["months"])
    chance.shuffle(shuffled)
    assert computed(terms, {"months": shuffled}).document() == computed(terms, results).document()


@settings(max_examples=60, deadline=None)
@given(contracts_with_results)
def test_terms_written_and_read_again_give_the_same_credits(pair):
    terms, results = pair
    written = write_terms(read_terms(terms))
    assert read_terms(written) == read_terms(terms)
    assert write_terms(read_terms(written)) == written
    assert computed(written, results) == computed(terms, results)


@settings(max_examples=60, deadline=None)
@given(contracts_with_results)
def test_results_written_and_read_again_are_equal(pair):
    terms = read_terms(pair[0])
    results = read_results(pair[1], terms)
    assert read_results(results.document(), terms) == results


@settings(max_examples=60, deadline=None)
@given(contracts_with_results)
def test_what_comes_later_does_not_change_what_was(pair):
    terms, results = pair
    whole = computed(terms, results).document()["months"]
    for length in (1, 5):
        cut = computed(terms, {"months": results["months"][:length]}).document()["months"]
        assert cut == whole[: len(cut)]


@settings(max_examples=60, deadline=None)
@given(chances)
def test_without_low_volume_a_worse_month_never_earns_a_smaller_credit(chance):
    terms = terms_document(chance)
    for level in terms["service_levels"]:
        level.pop("low_volume", None)
    for bands in terms["credit_regime"].get("points", {}).values():
        bands.pop("serious_below", None), bands.pop("serious", None)
        bands.pop("severe_below", None), bands.pop("severe", None)
    better, worse = sorted((chance.randint(0, 100), chance.randint(0, 100)), reverse=True)
    key = terms["service_levels"][0]["key"]
    month = {"month": "2026-08", "charges": "1000" if terms["contract"]["currency"] == "JPY" else "1000.00"}
    totals = [
        computed(terms, {"months": [month | {"results": {key: {"met": met, "total": 100}}}]}).months[0].total
        for met in (better, worse)
    ]
    assert totals[0] <= totals[1]
