"""What the ledger must say next, given what it says and what was calculated."""

from datetime import date
from decimal import Decimal

import pytest

from contracts.calc.credits import Credits, credits
from contracts.calc.results import LevelResult, MonthResults, Results
from contracts.calc.terms import Terms
from contracts.importers.terms import read_terms
from costs.calc.ledger import Place, Plan, Standing, plan, year_of
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month

pytestmark = pytest.mark.requirement("R2.2")

TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31}
service_levels:
  - {key: p1, name: P1, measure: percentage, expected: 95, minimum: 90}
  - {key: p2, name: P2, measure: percentage, expected: 95, minimum: 90}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  pool_percent: 200
  allocations: {p1: 40, p2: 100}
  below_minimum: 1
  continued: [1, 1.5, 2]
  earn_back: {period: contract_year, when: mean_at_least_expected}
"""


def terms() -> Terms:
    return read_terms(TERMS)


def judged(**values: str) -> Credits:
    """Credits of months such as m2026_01="85 100": values of p1 and p2 in percent, `-` for none."""
    months = []
    for name, given in values.items():
        results = {
            key: LevelResult(value=Decimal(value))
            for key, value in zip(("p1", "p2"), given.split(), strict=True)
            if value != "-"
        }
        month = Month(name[1:].replace("_", "-"))
        months.append(MonthResults(month=month, charges=Money(Decimal(100000), "EUR"), results=results))
    return credits(terms(), Results(tuple(months)))


def carried_out(planned: Plan, standing: dict[Place, Standing]) -> dict[Place, Standing]:
    after = dict(standing)
    nothing = Money.zero("EUR")
    for entry in (*planned.entries, *planned.restated):
        old = after.get(entry.place, Standing(nothing, nothing))
        if entry.kind == "earn_back":
            after[entry.place] = Standing(old.amount, nothing - entry.amount, old.row, old.derivation)
        else:
            after[entry.place] = Standing(entry.amount, old.earned_back, entry.row, entry.derivation)
    return after


def planned(calculated: Credits, standing: dict[Place, Standing], *sealed: str, correcting: str = "") -> Plan:
    return plan(
        calculated,
        standing,
        first_month=Month("2026-01"),
        sealed={Month(month) for month in sealed},
        correcting=Month(correcting) if correcting else None,
    )


def told(entries: Plan) -> list[tuple[str, str, str, str]]:
    return [(e.kind, str(e.month), e.service_level, e.amount.text) for e in entries.entries]


def test_a_default_is_proposed_once() -> None:
    calculated = judged(m2026_01="85 100")
    first = planned(calculated, {})
    assert told(first) == [("proposal", "2026-01", "p1", "4000.00")]
    again = planned(calculated, carried_out(first, {}))
    assert (again.entries, again.restated, again.differences) == ((), (), ())


def test_months_without_default_have_no_entry() -> None:
    assert planned(judged(m2026_01="96 100"), {}).entries == ()


def test_later_open_months_are_judged_again() -> None:
    standing = carried_out(planned(judged(m2026_01="96 100", m2026_02="85 100"), {}), {})
    after = planned(judged(m2026_01="85 100", m2026_02="85 100"), standing)
    assert told(after) == [("proposal", "2026-01", "p1", "4000.00"), ("proposal", "2026-02", "p1", "6000.00")]


def test_an_equal_amount_with_another_row_is_restated_without_an_entry() -> None:
    standing = carried_out(planned(judged(m2026_01="85 100"), {}), {})
    after = planned(judged(m2026_01="84 100"), standing)
    assert after.entries == ()
    assert [entry.row["attainment"] for entry in after.restated] == ["84.0000"]


def test_sealed_months_keep_their_amount_and_say_what_would_differ() -> None:
    standing = carried_out(planned(judged(m2026_01="85 100", m2026_02="85 100"), {}), {})
    after = planned(judged(m2026_01="100 100", m2026_02="85 100"), standing, "2026-01")
    assert [str(d) for d in after.differences] == [
        "2026-01 p1: sealed at EUR 4,000.00, would now be EUR 0.00",
    ]
    assert told(after) == [("proposal", "2026-02", "p1", "4000.00")]


def test_a_correction_touches_the_sealed_month_alone() -> None:
    standing = carried_out(planned(judged(m2026_01="85 100", m2026_02="85 100"), {}), {})
    calculated = judged(m2026_01="100 100", m2026_02="85 100")
    after = planned(calculated, standing, "2026-01", "2026-02", correcting="2026-01")
    assert told(after) == [("correction", "2026-01", "p1", "0.00")]
    assert [str(d.month) for d in after.differences] == ["2026-02"]


def test_a_month_no_longer_measured_falls_to_nothing() -> None:
    standing = carried_out(planned(judged(m2026_01="85 100"), {}), {})
    after = planned(judged(m2026_01="- 100"), standing)
    assert told(after) == [("proposal", "2026-01", "p1", "0.00")]
    assert after.entries[0].derivation[0]["detail"] == "not measured"


def year(first: str = "85", rest: str = "100") -> Credits:
    return judged(m2026_01=f"{first} 100", **{f"m2026_{m:02d}": f"{rest} 100" for m in range(2, 13)})


def test_a_years_earn_back_returns_each_credit_and_can_be_taken_back() -> None:
    calculated = year()
    first = planned(calculated, {})
    assert told(first) == [("proposal", "2026-01", "p1", "4000.00"), ("earn_back", "2026-01", "p1", "-4000.00")]
    assert first.entries[1].year_ends == date(2026, 12, 31)
    total = sum((e.amount.units for e in first.entries if e.kind == "earn_back"), 0)
    assert -total == sum(earned.amount.units for earned in calculated.earn_backs)
    standing = carried_out(first, {})
    assert planned(calculated, standing).entries == ()
    taken = planned(year("85", "95"), standing)
    assert told(taken) == [("earn_back", "2026-01", "p1", "0.00")]


def test_a_sealed_year_keeps_its_earn_back_until_a_month_of_it_is_corrected() -> None:
    standing = carried_out(planned(year(), {}), {})
    everything = [f"2026-{m:02d}" for m in range(1, 13)]
    kept = planned(year("85", "95"), standing, *everything)
    assert kept.entries == ()
    assert [str(d) for d in kept.differences] == ["2026-01 p1: sealed at EUR -4,000.00, would now be EUR 0.00"]
    corrected = planned(year("85", "95"), standing, *everything, correcting="2026-03")
    assert told(corrected) == [("earn_back", "2026-01", "p1", "0.00")]


def test_a_cap_split_adds_up_to_the_cap() -> None:
    first = planned(judged(m2026_01="85 85"), {})
    assert sum(entry.amount.units for entry in first.entries) == 1_000_000


def test_contract_years_begin_with_the_contracts_first_month() -> None:
    assert year_of(Month("2027-03"), Month("2026-04")) == (Month("2026-04"), Month("2027-03"))
    assert year_of(Month("2027-04"), Month("2026-04")) == (Month("2027-04"), Month("2028-03"))
