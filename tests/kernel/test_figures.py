"""Figures are written by one hand, on screens and on paper."""

from datetime import timedelta
from decimal import Decimal as D

import pytest

from governance.calc import wording
from mspgov.kernel import figures
from mspgov.web import words

MINUTE = 60_000_000


def test_long_lengths_are_grouped_as_other_numbers_are() -> None:
    assert figures.duration((1060 * 60 + 46) * MINUTE) == "1,060\u00a0h\u00a046\u00a0min"
    assert figures.duration_columns((1060 * 60 + 46) * MINUTE) == "1,060:46"


@pytest.mark.parametrize(
    ("currency", "written"),
    [("EUR", "EUR\u00a01,234.00"), ("UGX", "UGX\u00a01,234"), ("IQD", "IQD\u00a01,234.000")],
)
def test_money_has_the_decimals_of_its_currency(currency: str, written: str) -> None:
    assert figures.money(D(1234), currency) == written


@pytest.mark.parametrize(
    ("value", "bounds", "places", "shown"),
    [
        ("89.96", ("90", "85"), 1, "89.96"),
        ("89.94", ("90", "89.93"), 1, "89.94"),  # 89.9 would be under a bound that was reached
        ("99.996", ("99.9",), 2, "99.996"),
        ("100", ("90",), 1, "100"),
        ("0", ("90",), 1, "0.0"),
    ],
)
def test_the_pack_and_the_page_write_a_heat_cell_alike(
    value: str, bounds: tuple[str, ...], places: int, shown: str
) -> None:
    page = words.percent_figure(D(value) / 100, tuple(D(bound) / 100 for bound in bounds), places)
    assert wording.in_cell(D(value), [D(bound) for bound in bounds], places) == page == shown


@pytest.mark.parametrize(("hours", "said"), [(-3, "UTC−3"), (5.5, "UTC+5:30"), (0, "UTC")])
def test_a_zone_is_named_by_its_place_and_its_distance(hours: float, said: str) -> None:
    assert figures.shift(timedelta(hours=hours)) == said
    assert (figures.place("America/Sao_Paulo"), figures.place("Europe/Zurich")) == ("São Paulo", "Zürich")
