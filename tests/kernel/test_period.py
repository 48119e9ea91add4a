"""Months and quarters: order, arithmetic, and their instants in a zone."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import to_micros
from mspgov.kernel.period import Month, Quarter, first_instant_us, month_edges_us, months_between, read_month


def us(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)), st.integers(-500, 500))
def test_months_add_subtract_and_order_as_their_numbers(day, n):
    month = Month.of(day)
    assert (month + n) - month == n
    assert (month + n > month) == (n > 0)
    assert month.first_day <= day <= month.last_day < month.next.first_day
    assert month in month.quarter.months


@pytest.mark.parametrize("text", ["2016-4", "2016-13", "2016-00", "201604", "", "2016-04 ", "0000-01", "２０１６-04"])
def test_text_that_is_no_month_is_refused(text):
    with pytest.raises(Fault, match="must be a month"):
        read_month(text, "month")


def test_a_month_spans_its_instants_in_the_zone():
    assert Month("2016-04").span_us("America/Sao_Paulo") == (us("2016-04-01T03:00Z"), us("2016-05-01T03:00Z"))
    assert Month("2026-03").span_us("Europe/Berlin") == (us("2026-02-28T23:00Z"), us("2026-03-31T22:00Z"))


def test_a_date_without_midnight_begins_at_the_jump():
    assert first_instant_us(date(2016, 10, 16), "America/Sao_Paulo") == us("2016-10-16T03:00Z")
    assert first_instant_us(date(1919, 3, 31), "America/Toronto") == us("1919-03-31T04:30Z")


def test_an_instant_at_midnight_belongs_to_the_new_month():
    edges = month_edges_us(Month("2016-03"), Month("2016-05"), "America/Sao_Paulo")
    instants = np.array([us("2016-04-01T03:00Z") - 1, us("2016-04-01T03:00Z"), us("2016-06-01T03:00Z")])
    assert (np.searchsorted(edges, instants, side="right") - 1).tolist() == [0, 1, 3]
    assert Month.at(us("2016-04-01T03:00Z"), "America/Sao_Paulo") == Month("2016-04")
    assert Month.at(us("2016-04-01T03:00Z") - 1, "America/Sao_Paulo") == Month("2016-03")


def test_a_month_is_over_at_the_first_instant_of_the_next_in_its_zone():
    last = datetime(2016, 5, 1, 2, 59, 59, tzinfo=UTC)
    assert not Month("2016-04").is_over(last, "America/Sao_Paulo")
    assert Month("2016-04").is_over(datetime(2016, 5, 1, 3, tzinfo=UTC), "America/Sao_Paulo")
    assert Month("2016-04").is_over(last, "UTC")


def test_quarters_have_three_months():
    assert [str(m) for m in Quarter("2016-Q2").months] == ["2016-04", "2016-05", "2016-06"]
    assert (Quarter("2016-Q4").next, Quarter("2016-Q1").previous) == (Quarter("2017-Q1"), Quarter("2015-Q4"))
    assert Quarter("2016-Q2").name == "second quarter of 2016"
    assert list(months_between(Month("2016-05"), Month("2016-04"))) == []
