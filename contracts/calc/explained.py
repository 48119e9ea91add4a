"""How a working-time answer comes about: the open stretches that count, and what does not count and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from contracts.calc.open_hours import Almanac, Spans, clipped, local, open_spans
from contracts.calc.words import DAY_NAMES
from mspgov.kernel.instants import DAY_US
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
    spans = open_spans(almanac.terms, start_us - 2 * DAY_US, end_us + 2 * DAY_US)
    made: list[Stretch] = []
    total, at = 0, start_us
    paused = _union(pauses, start_us, end_us)
    for begins, ends in (*clipped(spans, start_us, end_us), (end_us, end_us)):
        if at < begins:
            made.append(Stretch("closed", at, begins, "", 0, total))
        for start, end, counts in _cut(begins, ends, paused):
            counted = end - start if counts else 0
            total += counted
            made.append(Stretch("counted" if counts else "paused", start, end, "", counted, total))
        at = ends
    shown, later, left_out = made, made[:0], max(len(made) - MOST_STRETCHES, 0)
    if left_out:
        shown, later = made[: MOST_STRETCHES // 2], made[-MOST_STRETCHES // 2 :]
    reasons = _Reasons(almanac, spans)
    return Explanation(reasons.given(shown), reasons.given(later), left_out, total)


@dataclass(frozen=True)
class _Reasons:
    """Why nothing was counted; `spans` are all open stretches, two days further on both sides."""

    almanac: Almanac
    spans: Spans

    def given(self, stretches: list[Stretch]) -> tuple[Stretch, ...]:
        return tuple(replace(stretch, reason=self.reason(stretch)) for stretch in stretches)

    def reason(self, stretch: Stretch) -> str:
        if stretch.kind != "closed":
            return "paused" if stretch.kind == "paused" else ""
        return self.closed(stretch.start_us, stretch.end_us)

    def closed(self, start_us: int, end_us: int) -> str:
        """Whole dates by their names, else overnight, break, before opening or after closing."""
        zone = self.almanac.terms.time_zone
        first, last = local(start_us, zone).date(), local(end_us - 1, zone).date()
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        whole = [day for day in days if not clipped(self.spans, *_edges(day, zone))]
        if whole:
            return _listed([_day_reason(self.almanac, day) for day in whole])
        if len(days) > 1:
            return "overnight"
        begins, ends = _edges(first, zone)
        if not clipped(self.spans, begins, start_us):
            return "before opening"
        return "break" if clipped(self.spans, end_us, ends) else "after closing"


def _edges(day: date, zone: str) -> tuple[int, int]:
    return first_instant_us(day, zone), first_instant_us(day + timedelta(days=1), zone)


def _day_reason(almanac: Almanac, day: date) -> str:
    difference = almanac.difference(day)
    return f"{difference} on {DAY_NAMES[day.weekday()]} {day.day} {day:%B}" if difference else DAY_NAMES[day.weekday()]


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more days"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


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
