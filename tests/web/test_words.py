"""Figures as the product writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mspgov.kernel.period import Month
from mspgov.web import words
from mspgov.web.templatetags.parts import phrase

MINUTE = 60_000_000


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("4210", "EUR", "EUR\u00a04,210.00"),
        ("-3.5", "BRL", "BRL\u00a0−3.50"),
        ("1200", "JPY", "JPY\u00a01,200"),
        ("0", "", "0.00"),
    ],
)
def test_money_has_its_code_and_as_many_decimals_as_the_currency(amount: str, currency: str, written: str) -> None:
    assert words.money(Decimal(amount), currency) == written


def test_percent_is_a_ratio_with_two_decimals_and_four_in_derivations() -> None:
    assert words.percent(Decimal("0.849315")) == "84.93\u00a0%"
    assert words.percent(Decimal("0.849315"), 4) == "84.9315\u00a0%"


@pytest.mark.parametrize(
    ("ratio", "bounds", "figure"),
    [
        ("0.8996", ("0.9",), "89.96"),
        ("0.8491", ("0.85",), "84.9"),
        ("1", (), "100"),
        ("0.9996", (), "99.96"),
        ("0.90", ("0.9",), "90.0"),
    ],
)
def test_rounding_never_lifts_a_figure_over_a_bound(ratio: str, bounds: tuple[str, ...], figure: str) -> None:
    assert words.percent_figure(Decimal(ratio), tuple(Decimal(bound) for bound in bounds)) == figure


@pytest.mark.parametrize(
    ("minutes", "text", "column", "fixed"),
    [
        (503, "8\u00a0h\u00a023\u00a0min", "8:23", "8\u00a0h\u00a023"),
        (24, "24\u00a0min", "0:24", "0\u00a0h\u00a024"),
        (480, "8\u00a0h", "8:00", "8\u00a0h\u00a000"),
        (-840, "−\u00a014\u00a0h", "−14:00", "−\u00a014\u00a0h\u00a000"),
        (4901, "81\u00a0h\u00a041\u00a0min", "81:41", "81\u00a0h\u00a041"),
    ],
)
def test_durations_in_text_in_columns_and_in_derivations(minutes: int, text: str, column: str, fixed: str) -> None:
    us = minutes * MINUTE
    assert (words.duration(us), words.duration_columns(us), words.duration_fixed(us)) == (text, column, fixed)


def test_a_countdown_has_days() -> None:
    assert words.duration((2 * 1440 + 15 * 60 + 46) * MINUTE, days=True) == "2\u00a0d\u00a015\u00a0h\u00a046\u00a0min"


def test_a_date_has_its_year_only_when_it_is_another_one() -> None:
    today = date(2016, 6, 14)
    assert words.day(date(2016, 6, 17), today) == "Fri\u00a017\u00a0Jun"
    assert words.day(date(2015, 10, 1), today) == "Thu\u00a01\u00a0Oct\u00a02015"
    assert words.day_sentence(date(2016, 6, 17), today) == "Friday\u00a017\u00a0June"


def test_an_instant_is_read_in_the_readers_zone_and_says_it_on_hover() -> None:
    zone, at = ZoneInfo("America/Sao_Paulo"), datetime(2016, 6, 18, 1, 30, tzinfo=UTC)
    assert words.day(at, date(2016, 6, 1), zone) == "Fri\u00a017\u00a0Jun"
    assert words.exactly(at, zone) == "Fri 17 Jun 2016, 22:30:00 São Paulo (UTC−3)"
    assert words.top_bar_clock(at, zone) == "Fri 17 Jun 2016, 22:30 São Paulo"


def test_numbers_stay_with_their_units_and_identifiers_are_marked() -> None:
    html = phrase("INC0031046: EUR 4,210.00, 84.93 %, 8 h 23 min, Fri 17 Jun")
    assert '<span class="ident">INC0031046</span>' in html
    for whole in ("EUR\u00a04,210.00", "84.93\u00a0%", "8\u00a0h\u00a023\u00a0min", "Fri\u00a017\u00a0Jun"):
        assert whole in html


@pytest.mark.parametrize(
    ("months", "most", "said"),
    [
        ([], 0, ""),
        (["2016-05"], 0, "May 2016"),
        (["2016-05", "2016-04"], 0, "April and May 2016"),
        (["2016-03", "2016-04", "2016-05"], 1, "March to May 2016"),
        (["2015-12", "2016-01"], 0, "December 2015 and January 2016"),
        (["2016-01", "2016-03", "2016-05"], 3, "January 2016, March 2016 and May 2016"),
        (["2016-01", "2016-03", "2016-05", "2016-07"], 3, "January 2016, March 2016, May 2016 and 1 more"),
        (["2016-05", "2016-05"], 0, "May 2016"),
    ],
)
def test_months_are_said_in_few_words(months: list[str], most: int, said: str) -> None:
    assert words.months(map(Month, months), most=most) == said


@pytest.mark.parametrize(
    ("at", "said", "brief"),
    [
        (datetime(2026, 12, 3, 23, tzinfo=UTC), "the end of Thu 3 Dec", "end of Thu 3 Dec"),
        (datetime(2026, 11, 28, 23, tzinfo=UTC), "the end of today", "end of today"),
        (datetime(2026, 12, 4, 0, tzinfo=UTC), "Fri 4 Dec, 01:00", "Fri 4 Dec, 01:00"),
    ],
)
def test_a_wait_of_days_is_due_at_the_end_of_its_last_day(at: datetime, said: str, brief: str) -> None:
    today, zone = date(2026, 11, 28), ZoneInfo("Europe/Berlin")
    assert words.due(at, today, zone).replace(words.NBSP, " ") == said
    assert words.due(at, today, zone, brief=True).replace(words.NBSP, " ") == brief


def test_a_refusal_begins_with_a_capital_but_for_the_name_of_a_file() -> None:
    assert words.sentence("say why not") == "Say why not"
    for text in ("report.pdf is empty", "cobalt-services has no terms", "FREQ must be one of", ""):
        assert words.sentence(text) == text


def test_names_are_listed_with_an_and_before_the_latest() -> None:
    assert [words.listed(names) for names in ((), ("Ada",), ("Ada", "Ben"), ("Ada", "Ben", "Cleo"))] == [
        "", "Ada", "Ada and Ben", "Ada, Ben and Cleo",
    ]  # fmt: skip


def test_only_a_word_that_is_too_long_for_a_column_may_break() -> None:
    word = "x" * 300
    assert phrase(f"INC0031046 {word} & so on") == (
        f'<span class="ident">INC0031046</span> <span class="long">{word}</span> &amp; so on'
    )
    assert "long" not in phrase("Donaudampfschifffahrt of a ticket")
