"""Money adds up, rounds half up once, and splits without losing a minor unit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money, minor_units, read_money, split_by_largest_remainder, split_units
from mspgov.kernel.ratio import half_up, plain, shown


def euros(text: str) -> Money:
    return Money(Decimal(text), "EUR")


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_shares_add_up_to_the_total_and_differ_from_the_exact_share_by_less_than_a_unit(total, weights):
    if not sum(weights):
        return
    shares = split_units(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


@pytest.mark.parametrize(("currency", "text"), [("JPY", "10"), ("EUR", "0.10"), ("KWD", "0.010")])
def test_what_is_left_goes_to_the_largest_remainders_and_ties_by_order(currency, text):
    shares = split_by_largest_remainder(Money(Decimal(text), currency), [1, 1, 1])
    assert [share.units for share in shares] == [4, 3, 3]
    assert [s.units for s in split_by_largest_remainder(Money.of_units(10, currency), [1, 2, 3])] == [2, 3, 5]


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], []])
def test_weights_that_give_no_share_are_refused(weights):
    with pytest.raises(ValueError, match="can be split"):
        split_units(10, weights)


def test_currencies_do_not_mix():
    with pytest.raises(ValueError, match="do not mix"):
        euros("1") + Money(Decimal(1), "USD")
    assert euros("0.10") + euros("0.20") == euros("0.3")


def test_money_knows_its_minor_units_and_refuses_finer_amounts():
    assert [minor_units(code) for code in ("EUR", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    with pytest.raises(ValueError, match="finer"):
        euros("0.001")


def test_money_is_rounded_half_up_and_shown_grouped():
    assert Money.rounded(Fraction(12345, 1000), "EUR").text == "12.35"
    assert Money.rounded(Fraction(5, 2), "JPY").text == "3"
    assert str(euros("1234567.5")) == "EUR 1,234,567.50"
    assert str(-euros("0.05")) == "EUR -0.05"
    assert str(Money(Decimal(1234567), "JPY")) == "JPY 1,234,567"


def test_an_amount_beyond_the_precision_of_decimals_stays_exact():
    amount = "123456789012345678901234567890.12"
    assert (euros(amount) + euros("0.01")).text == amount[:-2] + "13"


@pytest.mark.parametrize("text", ["1,000.00", "1e5", " 1", "", "1.", "EUR 1", "NaN", "٣", "1.001", "9" * 16, "-1.00"])
def test_text_that_is_no_amount_is_refused(text):
    with pytest.raises(Fault):
        read_money(text, "EUR", "charges")


@pytest.mark.parametrize("value", [1, 1.0, Decimal("1.00"), None, True])
def test_money_is_text_and_nothing_else(value):
    with pytest.raises(Fault, match="charges: money must be a string"):
        read_money(value, "EUR", "charges")


def test_ratios_are_shown_half_up():
    assert shown(Fraction(2, 3)) == "0.6667"
    assert shown(Fraction(949999, 10000) + Fraction(5, 100000)) == "95.0000"
    assert shown(Fraction(1, 2), 0) == "1"
    assert [half_up(Fraction(n, 2)) for n in (-3, -1, 1, 3)] == [-2, -1, 1, 2]
    assert [plain(Decimal(d)) for d in ("1.50", "2E+1", "0.0", "10")] == ["1.5", "20", "0", "10"]
