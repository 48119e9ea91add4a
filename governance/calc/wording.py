"""How a pack writes numbers, money, times and lists. Numbers and their units do not break across lines."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from mspgov.kernel import figures
from mspgov.kernel.figures import NBSP as NBSP
from mspgov.kernel.figures import shift
from mspgov.kernel.period import Month

COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ORDINALS = (
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)


def counted(number: int) -> str:
    """A count in a sentence: words up to twelve, figures with commas above."""
    return COUNTS[number] if 0 <= number < len(COUNTS) else figure(number)


def counted_of(number: int, things: str, thing: str | None = None) -> str:
    """A count with its noun; `thing` is the singular, by default without the final s."""
    return f"{counted(number)} {things if number != 1 else thing or things.removesuffix('s')}"


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]


def figure(number: int) -> str:
    """A whole number with commas; a true minus."""
    return figures.number(number)


def amount(value: Decimal, minor_units: int) -> str:
    """Money without its code."""
    return figures.number(value, minor_units)


def money(value: Decimal, currency: str, minor_units: int) -> str:
    """Money with its code, as in EUR 4,210.00."""
    return f"{currency}{NBSP}{amount(value, minor_units)}"


def percent(value: Decimal, places: int = 2) -> str:
    """A percentage with its sign; half up."""
    return f"{rounded(value, places)}{NBSP}%"


def bound(value: Decimal) -> str:
    """A bound as it was written, without idle zeros: 85, 99.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal, places: int) -> str:
    """Half up to so many places; 100 stays 100."""
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}" if value != 100 else "100"


def in_cell(value: Decimal, bounds: Sequence[Decimal], places: int) -> str:
    """A percentage in a heat cell, as the page on performance writes it: never over a bound by rounding (89.96, not 90.0)."""
    return figures.percent_figure(value / 100, tuple(limit / 100 for limit in bounds), places)


def hours(seconds: int) -> str:
    """A length in text: 8 h 23 min, 23 min; under a minute, 40 s."""
    return figures.duration(seconds * figures.SECOND_US)


def hours_column(seconds: int) -> str:
    """A length in a column: 8:23."""
    return figures.duration_columns(seconds * figures.SECOND_US)


def month_name(month: str) -> str:
    """April for 2016-04."""
    return Month(month).month_name


def month_short(month: str) -> str:
    """Apr for 2016-04."""
    return month_name(month)[:3]


def span(months: Sequence[str], *, year: bool = True) -> str:
    """March to May 2016; December 2015 to February 2016; April 2016."""
    first, last = months[0], months[-1]
    tail = f"{NBSP}{last[:4]}" if year else ""
    if first == last:
        return month_name(first) + tail
    head = f"{NBSP}{first[:4]}" if year and first[:4] != last[:4] else ""
    return f"{month_name(first)}{head} to {month_name(last)}{tail}"


def listed(items: Sequence[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else list(items))


def day(on: date, *, year: bool = False) -> str:
    """17 June, or 17 June 2016."""
    return f"{on.day}{NBSP}{Month.of(on).month_name}" + (f"{NBSP}{on.year}" if year else "")


def instant(at: datetime, zone: str) -> str:
    """Thu 23 Jun 2016, 17:00, local to the zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M}".replace(" ", NBSP)


def offset(at: datetime, zone: str) -> str:
    """UTC−3, UTC+5:30, UTC."""
    return shift(at.astimezone(ZoneInfo(zone)).utcoffset())
