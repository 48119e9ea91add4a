"""Charts drawn by hand: bars against a cap, a trend with its bounds, a distribution, the life of an engagement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from typing import Final

from mspgov.web.components.gauges import plain, position
from mspgov.web.components.marks import State


def nice_step(span: float, steps: int = 4) -> float:
    """A step of 1, 2, 2.5 or 5 times a power of ten that divides a span into about that many."""
    if span <= 0:
        return 1.0
    raw = span / steps
    power = 10.0 ** floor(log10(raw))
    return next((factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw), 10 * power)


LINE: Final = 14
"""Pixels from one line of chart text to the next."""
SHORT: Final = 11
"""Characters that the words of two of eight neighbours have room for beside each other on a phone."""


@dataclass(frozen=True)
class Bar:
    """A bar: label below, the whole height `value` of which `hatched` lies on top; words above, a second line over them."""

    label: str
    value: float
    words: str
    hatched: float = 0
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class Bars:
    """Bars by month, with a cap as a dashed ink line. Plot 105 high; positions across are percent."""

    title: str
    bars: tuple[Bar, ...]
    cap: float | None = None
    cap_words: str = ""
    plot: int = 118

    @property
    def _top(self) -> float:
        return max([bar.value for bar in self.bars] + [self.cap or 0, 1])

    def _height(self, value: float) -> float:
        return round(value / self._top * self.plot, 1)

    @property
    def base(self) -> int:
        return self.plot + 34

    @property
    def height(self) -> int:
        return self.base + 20

    @property
    def cap_y(self) -> float | None:
        return None if self.cap is None else round(self.base - self._height(self.cap), 1)

    @property
    def grid(self) -> tuple[tuple[float, str], ...]:
        """Heights and words of the value axis, from 0."""
        step = nice_step(self._top, 2)
        count = int(self._top / step)
        return tuple((round(self.base - self._height(i * step), 1), f"{i * step:,.0f}") for i in range(count + 1))

    def _words_y(self) -> list[float]:
        """Where the words of each bar stand, from left to right. On a narrow page they are wider than a bar's share."""
        cap, heights = self.cap_y, list[float]()
        for place, bar in enumerate(self.bars):
            y = round(self.base - self._height(bar.value), 1)
            left = self.bars[place - 1].words if place else ""
            crowded = place and len(self.bars) > 5 and len(left) + len(bar.words) > SHORT
            before = heights[-1] if crowded else None
            while True:
                if cap is not None and 0 < y - cap < 18:
                    y = cap
                elif before is not None and abs(y - before) < LINE:
                    y = before - LINE
                else:
                    break
            heights.append(y)
        return heights

    @property
    def cap_named(self) -> tuple[str, str, float]:
        """Place, anchor and height of the cap's words: at the end where no bar's words stand, else above them."""
        cap, heights = self.cap_y or 0.0, self._words_y()
        third = max(1, -(-len(heights) * 3 // 8))
        for side, anchor, x in ((heights[:third], "start", "0"), (heights[-third:], "end", "100%")):
            if all(abs(y - cap) >= LINE for y in side):
                return x, anchor, cap
        return "0", "start", min(heights) - LINE

    @property
    def columns(self) -> tuple[tuple[Bar, float, float, float, float, float, float, float, float], ...]:
        """Bar, middle, left edge and width (percent), top and height of the solid part, top of the whole, height of the hatched,
        and where the words stand: higher when they would touch the cap or a neighbour's (pixels)."""
        pitch = 100 / max(len(self.bars), 1)
        placed = []
        heights = self._words_y()
        for index, bar in enumerate(self.bars):
            middle = (index + 0.5) * pitch
            width = min(pitch * 0.55, 12)
            solid, whole = self._height(bar.value - bar.hatched), self._height(bar.value)
            left, top = round(middle - width / 2, 2), round(self.base - whole, 1)
            placed.append(
                (
                    bar,
                    round(middle, 2),
                    left,
                    round(width, 2),
                    round(self.base - solid, 1),
                    solid,
                    top,
                    round(whole - solid, 1),
                    heights[index],
                )
            )
        return tuple(placed)


@dataclass(frozen=True)
class TrendPoint:
    """A month of a trend; value None is not measured, and no line crosses it."""

    label: str
    value: float | None
    state: State = "met"
    reported: bool = False
    href: str = ""
    name: str = ""


@dataclass(frozen=True)
class Trend:
    """Attainment by month with minimum (solid) and expected (dashed). The axis says where it starts."""

    title: str
    points: tuple[TrendPoint, ...]
    minimum: float | None
    expected: float | None
    low: float = 70
    high: float = 100
    plot: int = 180

    def _y(self, value: float) -> float:
        return round(12 + self.plot * (100 - position(value, self.low, self.high)) / 100, 1)

    def _x(self, index: int) -> float:
        return round((index + 0.5) * 100 / max(len(self.points), 1), 2)

    @property
    def base(self) -> int:
        return self.plot + 12

    @property
    def height(self) -> int:
        return self.plot + 40

    @property
    def grid(self) -> tuple[tuple[float, str], ...]:
        step = nice_step(self.high - self.low)
        count = int((self.high - self.low) / step + 1e-9)
        return tuple((self._y(self.low + i * step), plain(self.low + i * step)) for i in range(count + 1))

    @property
    def bounds(self) -> tuple[tuple[float, str, str], ...]:
        """Height, words and kind of minimum and expected."""
        named = ((self.minimum, "minimum"), (self.expected, "expected"))
        return tuple((self._y(value), f"{kind} {plain(value)}", kind) for value, kind in named if value is not None)

    @property
    def lines(self) -> tuple[tuple[float, float, float, float, bool], ...]:
        """x1, y1, x2, y2 and whether dotted, between neighbours that both have a value."""
        pairs = zip(enumerate(self.points), list(enumerate(self.points))[1:], strict=False)
        return tuple(
            (self._x(i), self._y(a.value), self._x(j), self._y(b.value), a.reported or b.reported)
            for (i, a), (j, b) in pairs
            if a.value is not None and b.value is not None
        )

    @property
    def dots(self) -> tuple[tuple[TrendPoint, float, float | None], ...]:
        return tuple((p, self._x(i), None if p.value is None else self._y(p.value)) for i, p in enumerate(self.points))


@dataclass(frozen=True)
class Distribution:
    """How long tickets took, against the target: counts by class of equal width; target is in classes from the left (1.0 = one class)."""

    title: str
    counts: tuple[int, ...]
    labels: tuple[str, ...]
    target_at: float
    target_words: str
    plot: int = 120

    @property
    def base(self) -> int:
        return self.plot + 28

    @property
    def height(self) -> int:
        return self.base + 24

    @property
    def target_x(self) -> float:
        return position(self.target_at, 0, len(self.counts))

    @property
    def columns(self) -> tuple[tuple[float, float, float, float, int, bool, str], ...]:
        """Left edge, width (percent), top, height (pixels), count, whether past the target, label."""
        highest, width = max([*self.counts, 1]), 100 / max(len(self.counts), 1)
        return tuple(
            (
                round(i * width, 2),
                round(width * 0.9, 2),
                round(self.base - count / highest * self.plot, 1),
                round(count / highest * self.plot, 1),
                count,
                i >= ceil(self.target_at - 1e-9),
                self.labels[i] if i < len(self.labels) else "",
            )
            for i, count in enumerate(self.counts)
        )


@dataclass(frozen=True)
class LifeEvent:
    """Something on the line of an engagement's life; high words stand one line higher, at the left when they would leave the page."""

    on: date
    words: str
    href: str = ""


@dataclass(frozen=True)
class LifeSpan:
    """A shaded stretch with words below the line."""

    start: date
    end: date
    words: str
    deep: bool = False


BROKEN_OFF: Final = 8.0
GAP: Final = 0.7
"""Percent of the width: what a today outside the dates takes, and half of the break in the line."""


@dataclass(frozen=True)
class Life:
    """The life of an engagement from first to latest day to scale, done up to today; a today outside stands behind a
    break of the line, with its date."""

    title: str
    first: date
    latest: date
    today: date
    events: tuple[LifeEvent, ...]
    spans: tuple[LifeSpan, ...] = ()

    def _x(self, day: date) -> float:
        start, end = (BROKEN_OFF if self.is_early else 0, 100 - BROKEN_OFF if self.is_late else 100)
        share = position(day.toordinal(), self.first.toordinal(), self.latest.toordinal())
        return round(start + share * (end - start) / 100, 2)

    @property
    def is_early(self) -> bool:
        """Whether today lies before the first day."""
        return self.today < self.first

    @property
    def is_late(self) -> bool:
        """Whether today lies after the latest day."""
        return self.today > self.latest

    @property
    def break_at(self) -> float | None:
        """Where the line is broken off; None when all of it is to scale."""
        return BROKEN_OFF / 2 if self.is_early else 100 - BROKEN_OFF / 2 if self.is_late else None

    @property
    def today_at(self) -> float:
        return 0 if self.is_early else 100 if self.is_late else self._x(self.today)

    @property
    def today_words(self) -> str:
        return "Today" if self.break_at is None else f"Today, {self.today.day} {self.today:%b %Y}"

    @property
    def today_anchor(self) -> str:
        return "start" if self.today_at < 4 else "end" if self.today_at > 96 else "middle"

    def pieces(self, end: float) -> tuple[tuple[float, float], ...]:
        """From and to of the line as far as `end`, without its break."""
        gap = self.break_at
        if gap is None:
            return ((0, end),)
        return tuple((a, b) for a, b in ((0, min(gap - GAP, end)), (gap + GAP, end)) if a < b)

    @property
    def whole(self) -> tuple[tuple[float, float], ...]:
        return self.pieces(100)

    @property
    def done(self) -> tuple[tuple[float, float], ...]:
        return self.pieces(self.today_at)

    @property
    def quarters(self) -> tuple[float, ...]:
        months = range(self.first.year * 4, self.latest.year * 4 + 4)
        days = (date(m // 4, m % 4 * 3 + 1, 1) for m in months)
        return tuple(self._x(day) for day in days if self.first <= day <= self.latest)

    @property
    def years(self) -> tuple[tuple[float, str], ...]:
        """Words under the line: the first month, then each year."""
        named = [(self._x(self.first), f"{self.first:%b %Y}")]
        starts = (date(year, 1, 1) for year in range(self.first.year + 1, self.latest.year + 1))
        return (*named, *((self._x(day), str(day.year)) for day in starts if day <= self.latest))

    @property
    def placed_spans(self) -> tuple[tuple[LifeSpan, float, float, int], ...]:
        """Spans with left edge, width and the height of their words: a second line where the first is taken."""
        taken = [(x, x + 6.5) for x, _ in self.years]
        placed = []
        for span in self.spans:
            x, width = self._x(span.start), self._x(span.end) - self._x(span.start)
            reach = (x, x + len(span.words) * 0.6)
            low = any(reach[0] < end and start < reach[1] for start, end in taken)
            if not low:
                taken.append(reach)
            placed.append((span, x, round(width, 2), 106 if low else 88))
        return tuple(placed)

    @property
    def placed_events(self) -> tuple[tuple[LifeEvent, float, int, bool, bool], ...]:
        """Events with position, top of the pole, whether their words stand at the left, and whether they lie behind."""
        placed: list[tuple[LifeEvent, float, int, bool, bool]] = []
        events = sorted(self.events, key=lambda event: event.on, reverse=True)
        starts = {0: 101.0, 1: 101.0, 2: 101.0}
        for event in events:
            x, reach = self._x(event.on), len(event.words) * 0.56 + 1
            left = x + reach > 100
            rows = (1, 2) if left else (0, 1, 2)
            row = next((r for r in rows if (x if left else x + reach) <= starts[r]), 2)
            starts[row] = x - reach if left else x
            placed.append((event, x, 38 - 20 * row, left, event.on <= self.today))
        return tuple(reversed(placed))
