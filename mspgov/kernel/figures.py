"""How figures are written, on screens and on paper alike: numbers, money, cells of a heat table, lengths of time, zones.

Numbers and their units do not break across lines. Lengths are int64 microseconds.
"""

from datetime import timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from mspgov.kernel.money import MINOR_UNITS

NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
MINUTE_US: Final = 60_000_000
SECOND_US: Final = 1_000_000
PLACES: Final = {"Sao Paulo": "São Paulo", "Zurich": "Zürich", "Bogota": "Bogotá"}


def number(value: Decimal | int | float, places: int = 0) -> str:
    """Grouped by commas, with a real minus: 24,918; −3.50. Halves round away from zero."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return f"{'' if rounded >= 0 else MINUS}{abs(rounded):,.{places}f}"


def money(amount: Decimal, currency: str = "") -> str:
    """EUR 4,210.00: code, no-break space, commas, as many decimals as the currency has. Without a code: the amount alone, two decimals."""
    written = number(amount, MINOR_UNITS.get(currency, 2))
    return f"{currency}{NBSP}{written}" if currency else written


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
    return number((ratio * 100).quantize(step, rounding=ROUND_DOWN), digits)


def duration(us: int, days: bool = False) -> str:
    """8 h 23 min; 24 min; 41 s under a minute; with days, 2 d 15 h 46 min. Whole minutes, cut, never rounded up."""
    sign, minutes = sign_and_minutes(us)
    if minutes == 0:
        seconds = abs(int(us)) // SECOND_US
        return f"{sign}{seconds}{NBSP}s" if seconds else f"0{NBSP}min"
    hours, rest = divmod(minutes, 60)
    parts = []
    if days and hours >= 24:
        count, hours = divmod(hours, 24)
        parts.append(f"{number(count)}{NBSP}d")
    if hours:
        parts.append(f"{number(hours)}{NBSP}h")
    if rest or not parts:
        parts.append(f"{rest}{NBSP}min")
    return sign + NBSP.join(parts)


def duration_columns(us: int) -> str:
    """8:23, 1,081:41: hours and minutes for columns."""
    sign, minutes = sign_and_minutes(us)
    return f"{sign.strip(NBSP)}{number(minutes // 60)}:{minutes % 60:02d}"


def sign_and_minutes(us: int) -> tuple[str, int]:
    """The minus with its space, or nothing; whole minutes, cut."""
    return ("" if us >= 0 else f"{MINUS}{NBSP}"), abs(int(us)) // MINUTE_US


def place(zone: str) -> str:
    """The place of a zone in words: America/Sao_Paulo is São Paulo."""
    last = zone.rpartition("/")[2].replace("_", " ")
    return PLACES.get(last, last)


def shift(ahead: timedelta | None) -> str:
    """How far a wall clock is from UTC: UTC−3, UTC+5:30, UTC."""
    minutes = int(ahead.total_seconds() // 60) if ahead is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else MINUS}{hours}" + (f":{rest:02d}" if rest else "")
