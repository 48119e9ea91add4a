"""How the product writes figures: money, percent, durations, instants. Numbers, units and dates never break across lines.

Durations are int64 microseconds. Nothing here reads a clock: the reader's zone and today are arguments.
"""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

NBSP = "\u00a0"
MINUS = "\u2212"
TIMES = "\u00d7"
_MINUTE_US = 60_000_000
_SECOND_US = 1_000_000
_MINOR = {
    "BHD": 3,
    "CLP": 0,
    "HUF": 2,
    "ISK": 0,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "OMR": 3,
    "PYG": 0,
    "TND": 3,
    "VND": 0,
    "XAF": 0,
    "XOF": 0,
}
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|January|February|March|April|June|July|August|September|October|November|December"
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_BONDS = re.compile(
    rf"\b[A-Z]{{3}} (?=[{MINUS}-]?\d[\d,]*\.?\d*)|(?<=\d) (?=(?:%|h|min|s|d|ms|kB|MB|GB|{TIMES})(?:\W|$))|(?<=(?:\d h|\d d)) (?=\d)"
    rf"|\b(?:{_DAYS}) (?=\d\d:\d\d)|(?<=[{TIMES}{MINUS}§]) (?=\d)|\b(?:{_DAYS}) (?=\d{{1,2}} (?:{_MONTHS})\b)|(?<=\d) (?=(?:{_MONTHS})\b)|\b(?:{_MONTHS}) (?=\d{{4}}\b)"
)
IDENTIFIER = re.compile(r"\b[A-Z]{1,6}(?:-?\d{4,}|-\d{2,})(?:-\d+)*\b")


def unbroken(text: str) -> str:
    """The text with no-break spaces between numbers and their units, currency codes and amounts, days and months."""
    return _BONDS.sub(lambda found: found.group().replace(" ", NBSP), text)


def number(value: Decimal | int | float, places: int = 0) -> str:
    """Grouped by commas, with a real minus: 24,918; −3.50. Halves round away from zero."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{'' if rounded >= 0 else MINUS}{abs(rounded):,.{places}f}"


def money(amount: Decimal, currency: str = "") -> str:
    """EUR 4,210.00: code, no-break space, commas, as many decimals as the currency has. Without a code: the amount alone, two decimals."""
    written = number(amount, _MINOR.get(currency, 2))
    return f"{currency}{NBSP}{written}" if currency else written


def percent(ratio: Decimal | float | int, places: int = 2) -> str:
    """A ratio of 0 to 1 as 84.93 %."""
    exact = ratio if isinstance(ratio, Decimal) else Decimal(str(ratio))
    return f"{number(exact * 100, places)}{NBSP}%"


def percent_figure(ratio: Decimal, bounds: tuple[Decimal, ...] = (), places: int = 1) -> str:
    """The figure of a heat cell: one decimal, more where rounding would carry it onto or over a bound; 100 when it is all."""
    if ratio == 1:
        return "100"
    for digits in (places, places + 1, places + 2, places + 3):
        step = Decimal(1).scaleb(-digits)
        rounded = (ratio * 100).quantize(step, rounding=ROUND_HALF_UP)
        lifted = any((ratio * 100 < bound * 100) != (rounded < bound * 100) for bound in (*bounds, Decimal(1)))
        if not lifted:
            return number(rounded, digits)
    return number((ratio * 100).quantize(step, rounding="ROUND_DOWN"), digits)


def _minutes(us: int) -> tuple[str, int]:
    return ("" if us >= 0 else f"{MINUS}{NBSP}"), abs(int(us)) // _MINUTE_US


def duration(us: int, days: bool = False) -> str:
    """8 h 23 min; 24 min; 41 s under a minute; with days, 2 d 15 h 46 min. Whole minutes, cut, never rounded up."""
    sign, minutes = _minutes(us)
    if minutes == 0:
        seconds = abs(int(us)) // _SECOND_US
        return f"{sign}{seconds}{NBSP}s" if seconds else f"0{NBSP}min"
    hours, rest = divmod(minutes, 60)
    parts = []
    if days and hours >= 24:
        count, hours = divmod(hours, 24)
        parts.append(f"{count}{NBSP}d")
    if hours:
        parts.append(f"{hours}{NBSP}h")
    if rest or not parts:
        parts.append(f"{rest}{NBSP}min")
    return sign + NBSP.join(parts)


def duration_columns(us: int) -> str:
    """8:23, 81:41: hours and minutes for columns."""
    sign, minutes = _minutes(us)
    return f"{sign.strip(NBSP)}{minutes // 60}:{minutes % 60:02d}"


def duration_fixed(us: int) -> str:
    """8 h 00, − 14 h 00: for derivations, where hours stand under hours."""
    sign, minutes = _minutes(us)
    return f"{sign}{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02d}"


def day(on: date | datetime, today: date, zone: tzinfo | None = None) -> str:
    """Fri 17 Jun, with the year when it is not this one. An instant is read in the zone."""
    on = _local_date(on, zone)
    year = "" if on.year == today.year else f"{NBSP}{on.year}"
    return f"{on:%a}{NBSP}{on.day}{NBSP}{on:%b}{year}"


def day_sentence(on: date | datetime, today: date, zone: tzinfo | None = None) -> str:
    """Friday 17 June, with the year when it is not this one."""
    on = _local_date(on, zone)
    year = "" if on.year == today.year else f"{NBSP}{on.year}"
    return f"{on:%A}{NBSP}{on.day}{NBSP}{on:%B}{year}"


def moment(at: datetime, today: date, zone: tzinfo | None = None) -> str:
    """Fri 17 Jun, 18:00; today only the time."""
    local = at.astimezone(zone) if zone else at
    return f"{local:%H:%M}" if local.date() == today else f"{day(local.date(), today)}, {local:%H:%M}"


def exactly(at: datetime, zone: tzinfo | None = None, zone_words: str = "") -> str:
    """The instant for hover and print: Fri 17 Jun 2016, 18:00:00 São Paulo (UTC−3)."""
    local = at.astimezone(zone) if zone else at
    offset = local.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    shift = f"UTC{'+' if minutes > 0 else MINUS if minutes < 0 else ''}{hours if minutes else ''}{f':{rest:02d}' if rest else ''}"
    name = zone_words or zone_name(zone)
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M:%S} {name} ({shift})".replace("  ", " ")


def zone_name(zone: tzinfo | None) -> str:
    """The place of a zone in words: America/Sao_Paulo is São Paulo."""
    key = str(getattr(zone, "key", "") or "UTC")
    place = key.rpartition("/")[2].replace("_", " ")
    return {"Sao Paulo": "São Paulo", "Zurich": "Zürich", "Bogota": "Bogotá"}.get(place, place)


def top_bar_clock(at: datetime, zone: tzinfo) -> str:
    """Tue 14 Jun 2016, 09:42 São Paulo."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M} {zone_name(zone)}"


def counted(count: int, singular: str, plural: str = "") -> str:
    """1 ticket, 24,918 tickets."""
    return f"{number(count)}{NBSP}{singular if count == 1 else plural or singular + 's'}"


def _local_date(on: date | datetime, zone: tzinfo | None) -> date:
    if isinstance(on, datetime):
        return (on.astimezone(zone) if zone else on).date()
    return on
