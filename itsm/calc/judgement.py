"""What a month's attainment is called: met, at risk, missed, not measured."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

NOT_MEASURED, MET, AT_RISK, BELOW = "not_measured", "met", "at_risk", "missed"


@dataclass(frozen=True)
class Bounds:
    """Expected and minimum in percent, and how small a month is forgiven."""

    expected: Decimal
    minimum: Decimal | None = None
    forgiven_below: int = 0
    forgiven_failures: int = 0


def is_forgiven(met: int, total: int, bounds: Bounds) -> bool:
    """A small month with few failures that would be below expected."""
    small = 0 < total < bounds.forgiven_below and total - met <= bounds.forgiven_failures
    return small and Fraction(100 * met, total) < Fraction(bounds.expected)


def standing(attainment: Fraction | None, bounds: Bounds) -> str:
    """At risk is below expected and not below minimum; without a minimum, below expected is missed."""
    if attainment is None:
        return NOT_MEASURED
    if attainment >= Fraction(bounds.expected):
        return MET
    if bounds.minimum is not None and attainment >= Fraction(bounds.minimum):
        return AT_RISK
    return BELOW


def tickets_to(percent: Decimal, met: int, total: int) -> int | None:
    """How many late tickets would have had to be in time to reach this percent; 0 when it is reached, None unmeasured."""
    if not total:
        return None
    needed = -(-total * Fraction(percent) // 100)
    return max(0, int(needed) - met)
