"""Exact ratios: fractions inside, decimals rounded half up where they are shown."""

from decimal import Decimal
from fractions import Fraction


def half_up(number: Fraction) -> int:
    """The nearest whole number; a half goes away from zero."""
    whole = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return whole if number >= 0 else -whole


def percent(met: int, total: int) -> Fraction:
    """met ÷ total × 100, exact; ZeroDivisionError when nothing was measured."""
    return Fraction(100 * met, total)


def shown(number: Fraction | Decimal | int, decimals: int = 4) -> str:
    """The number with that many decimals, rounded half up: `84.9315`."""
    return scaled(half_up(Fraction(number) * 10**decimals), decimals)


def scaled(units: int, decimals: int) -> str:
    """Whole units of the last decimal as text: scaled(5, 2) is `0.05`. Exact at any size."""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    sign = "-" if units < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def plain(number: Decimal | int) -> str:
    """A decimal as one writes it: no exponent, no needless zeros (`1.50` is `1.5`, `2E+1` is `20`)."""
    text = format(Decimal(number), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
