"""What of credits stands: those that were not waived. Every total of them counts what stands, before anybody has agreed
or after, and names what was waived beside it; the page, the pack, a decision's outcomes and the API count by this.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mspgov.kernel.money import Money

WAIVED: Final = "waived"


def stands(state: str) -> bool:
    """Does a credit of this state count in a total?"""
    return state != WAIVED


@dataclass(frozen=True)
class Total:
    """Credits together: what stands, and beside it what was given up."""

    stands: Money
    waived: Money


def total_of(credits: Iterable[tuple[str, Money]], currency: str) -> Total:
    """Of credits given as (state, amount), all in one currency."""
    units = {True: 0, False: 0}
    for state, amount in credits:
        units[stands(state)] += amount.units
    return Total(Money.of_units(units[True], currency), Money.of_units(units[False], currency))
