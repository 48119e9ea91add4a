"""How a working-time answer comes about: the open stretches that count, and what does not count and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from contracts.calc.open_hours import Almanac, Spans, clipped, local, open_spans
from contracts.calc.words import DAY_NAMES
from mspgov.kernel.period import first_instant_us

MOST_STRETCHES: Final = 80
LONGEST_US: Final = 3 * 366 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the time between two instants: open and counted, closed, or paused while it would have been open.

    `counted_us` is what it adds, `total_us` what has been counted by its end.
    """

    kind: Literal["counted", "closed", "paused"]
    start_us: int
    end_us: int
    reason: str
    counted_us: int
    total_us: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """The stretches from start to end, in order; of a long time those in the middle are left out (`left_out`)."""

    stretches: tuple[Stretch, ...]
    later: tuple[Stretch, ...]
    left_out: int
    counted_us: int


def explain(almanac: Almanac, start_us: int, end_us: int, pauses: Sequence[tuple[int, int]]) -> Explanation | None:
    """Every stretch of [start, end) with its reason; None for more than three years, which no page can show."""
    if end_us - start_us > LONGEST_US:
        return None
    made: list[Stretch] = []
    total = 0
    paused = _union(pauses, start_us, end_us)
    at = start_us
    for begins, ends in (*open_spans(almanac.terms, start_us, end_us), (end_us, end_us)):
        if at < begins:
            made.append(Stretch("closed", at, begins, closed_reason(almanac, at, begins), 0, total))
        for start, end, counts in _cut(begins, ends, paused):
            counted = end - start if counts else 0
            total += counted
            kind: Literal["counted", "paused"] = "counted" if counts else "paused"
            made.append(Stretch(kind, start, end, "" if counts else "paused", counted, total))
        at = ends
    spare = len(made) - MOST_STRETCHES
    if spare <= 0:
        return Explanation(tuple(made), (), 0, total)
    half = MOST_STRETCHES // 2
    return Explanation(tuple(made[:half]), tuple(made[half + spare :]), spare, total)


def closed_reason(almanac: Almanac, start_us: int, end_us: int) -> str:
    """Why nothing was open: whole dates by their names, else night, break, before opening or after closing."""
    zone = almanac.terms.time_zone
    start, end = local(start_us, zone), local(end_us, zone)
    days = [start.date() + timedelta(days=n) for n in range((end.date() - start.date()).days + 1)]
    whole = [day for day in days if not _is_partly_open(almanac, day, zone)]
    if whole:
        return _listed([_day_reason(almanac, day) for day in whole])
    return "overnight" if len(days) > 1 else _within_day(almanac, start_us, end_us)


def _is_partly_open(almanac: Almanac, day: date, zone: str) -> bool:
    return bool(open_spans(almanac.terms, first_instant_us(day, zone), first_instant_us(day + timedelta(days=1), zone)))


def _day_reason(almanac: Almanac, day: date) -> str:
    difference = almanac.difference(day)
    return f"{difference} on {DAY_NAMES[day.weekday()]} {day.day} {day:%B}" if difference else DAY_NAMES[day.weekday()]


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more days"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _within_day(almanac: Almanac, start_us: int, end_us: int) -> str:
    """A break has open hours before and after it on the same date."""
    zone = almanac.terms.time_zone
    day = local(start_us, zone).date()
    begins, ends = (first_instant_us(each, zone) for each in (day, day + timedelta(days=1)))
    if not open_spans(almanac.terms, begins, start_us + 1):
        return "before opening"
    return "break" if open_spans(almanac.terms, end_us, ends) else "after closing"


def _union(pauses: Sequence[tuple[int, int]], start_us: int, end_us: int) -> Spans:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(clipped(tuple(pauses), start_us, end_us)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def _cut(begins: int, ends: int, paused: Spans) -> list[tuple[int, int, bool]]:
    """An open stretch, cut where pauses begin and end: (start, end, counts)."""
    pieces, at = [], begins
    for start, end in clipped(paused, begins, ends):
        if at < start:
            pieces.append((at, start, True))
        pieces.append((start, end, False))
        at = end
    if at < ends:
        pieces.append((at, ends, True))
    return pieces
