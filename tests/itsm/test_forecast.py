"""Where a running month is heading, and what a month's attainment is called."""

from decimal import Decimal
from fractions import Fraction

import pytest

from itsm.calc.forecast import Day, heading
from itsm.calc.judgement import Bounds, is_forgiven, standing, tickets_to

PAST = [Day(d % 7, 10, 9) for d in range(28)]


def test_a_month_on_pace_ends_where_its_days_point():
    found = heading(met=90, total=100, past=PAST, left=[0, 1, 2], expected=Decimal(90), minimum=Decimal(80))
    assert (found.coming, found.late_coming, found.at_end, found.low, found.high) == (30, 3, 90, 90, 90)
    assert (found.allowance, found.slack, found.verdict) == (26, 16, "meet")


def test_a_month_below_minimum_at_its_pace_is_to_miss_and_below_expected_at_risk():
    assert heading(met=79, total=100, past=PAST, left=[0], expected=Decimal(90), minimum=Decimal(80)).verdict == "miss"
    assert (
        heading(met=85, total=100, past=PAST, left=[0], expected=Decimal(90), minimum=Decimal(80)).verdict == "at_risk"
    )
    assert heading(met=89, total=100, past=PAST, left=[], expected=Decimal(90), minimum=None).verdict == "miss"


def test_without_tickets_this_month_the_past_days_judge_and_without_any_nothing_is_said():
    assert heading(met=0, total=0, past=PAST, left=[3], expected=Decimal(90), minimum=None).at_end == 90
    nothing = heading(met=0, total=0, past=[], left=[1, 2], expected=Decimal(90), minimum=None)
    assert (nothing.verdict, nothing.at_end, nothing.coming) == ("unknown", None, 0)


def test_the_range_is_seeded_and_holds_the_pace():
    past = [Day(d % 7, 5 + d % 9, 4 + d % 5) for d in range(56)]
    args = {
        "met": 40,
        "total": 50,
        "past": past,
        "left": [0, 1, 2, 3, 4],
        "expected": Decimal(90),
        "minimum": Decimal(80),
    }
    one, two = heading(**args), heading(**args)
    assert one == two
    assert one.low is not None and one.high is not None and one.low < one.high


@pytest.mark.parametrize(
    ("attainment", "minimum", "expected"),
    [(None, 85, "not_measured"), (90, 85, "met"), (Fraction(8999, 100), 85, "at_risk"), (85, 85, "at_risk"),
     (84, 85, "missed"), (89, None, "missed")],
)  # fmt: skip
def test_what_a_month_is_called(attainment, minimum, expected):
    bounds = Bounds(Decimal(90), None if minimum is None else Decimal(minimum))
    assert standing(None if attainment is None else Fraction(attainment), bounds) == expected


def test_a_small_month_with_few_failures_is_forgiven():
    bounds = Bounds(Decimal(95), Decimal(90), 10, 1)
    assert is_forgiven(8, 9, bounds)
    assert not is_forgiven(7, 9, bounds)
    assert not is_forgiven(9, 10, bounds)
    assert not is_forgiven(9, 9, bounds)
    assert not is_forgiven(0, 0, bounds)


def test_how_many_more_tickets_in_time_a_month_needs():
    assert tickets_to(Decimal(85), 124, 146) == 1
    assert tickets_to(Decimal(85), 125, 146) == 0
    assert tickets_to(Decimal(85), 0, 0) is None
