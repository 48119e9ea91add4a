"""Where a running month is heading: today's pace, and an 80 % range from resampled days."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

RESAMPLED_MONTHS: Final = 2_000
LOW, HIGH = 10, 90
SEED: Final = 20_160_301


@dataclass(frozen=True)
class Day:
    """What one past day came to: its weekday (Monday 0), tickets decided on it and those of them in time."""

    weekday: int
    total: int
    met: int


@dataclass(frozen=True)
class Heading:
    """The running month of one service level.

    `coming` is the expected number of tickets in the days left. `at_end`, `low` and `high` are attainments in percent,
    None when nothing is there to judge by. `allowance` is how many late tickets the whole month may have before it
    falls below `bound` (the minimum, or expected where there is none); `slack` is what is left of it; `late_coming` is
    how many are to be expected at the month's pace. `verdict` is 'meet', 'at_risk', 'miss' or 'unknown'.
    """

    met: int
    total: int
    coming: int
    late_coming: int
    at_end: Fraction | None
    low: Fraction | None
    high: Fraction | None
    bound: Decimal
    allowance: int
    slack: int
    verdict: str


def heading(
    *, met: int, total: int, past: Sequence[Day], left: Sequence[int], expected: Decimal, minimum: Decimal | None
) -> Heading:
    """Forecast a month that has `met` of `total` so far, from past days, for the weekdays that are `left`.

    The pace of volume is the mean of past days of the same weekday; the pace of attainment that of the month so far,
    or of the past days while the month has none. The range resamples whole days of the same weekday, seeded.
    """
    bound = expected if minimum is None else minimum
    coming = round(sum(_mean_total(past, weekday) for weekday in left))
    base = (met, total) if total else (sum(d.met for d in past), sum(d.total for d in past))
    if not base[1]:
        return Heading(met, total, coming, 0, None, None, None, bound, 0, 0, "unknown")
    pace = Fraction(*base)
    late_coming = round(coming * (1 - pace))
    end_total = total + coming
    at_end = Fraction(100) * (met + coming * pace) / end_total if end_total else None
    low, high = _range(met, total, past, left)
    allowance = int(end_total * (1 - Fraction(bound) / 100))
    verdict = "unknown"
    if at_end is not None:
        verdict = "miss" if at_end < Fraction(bound) else "at_risk" if at_end < Fraction(expected) else "meet"
    return Heading(
        met, total, coming, late_coming, at_end, low, high, bound, allowance, allowance - (total - met), verdict
    )


def _mean_total(past: Sequence[Day], weekday: int) -> float:
    same = [d.total for d in past if d.weekday == weekday] or [d.total for d in past]
    return sum(same) / len(same) if same else 0.0


def _range(met: int, total: int, past: Sequence[Day], left: Sequence[int]) -> tuple[Fraction | None, Fraction | None]:
    """The 10th and 90th percentile of the month's end over resampled months."""
    if not past:
        at = Fraction(100 * met, total) if total else None
        return at, at
    random = np.random.default_rng(SEED)
    totals = np.full(RESAMPLED_MONTHS, total, dtype=np.int64)
    mets = np.full(RESAMPLED_MONTHS, met, dtype=np.int64)
    for weekday in left:
        same = [d for d in past if d.weekday == weekday] or list(past)
        drawn = random.integers(0, len(same), RESAMPLED_MONTHS)
        totals += np.array([d.total for d in same], dtype=np.int64)[drawn]
        mets += np.array([d.met for d in same], dtype=np.int64)[drawn]
    return _percentile(mets, totals, LOW), _percentile(mets, totals, HIGH)


def _percentile(mets: npt.NDArray[np.int64], totals: npt.NDArray[np.int64], percent: int) -> Fraction | None:
    """The attainment of the resampled month at this rank (nearest rank), in percent."""
    some = totals > 0
    if not some.any():
        return None
    mets, totals = mets[some], totals[some]
    order = np.argsort(mets / totals, kind="stable")
    place = order[min(len(order) - 1, len(order) * percent // 100)]
    return Fraction(100 * int(mets[place]), int(totals[place]))
