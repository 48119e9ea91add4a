"""Rulers: the gauge line, the time gauge, the forecast, who held it. Positions are percent of the drawn width, so they fit any column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mspgov.web.components.marks import STATE_WORDS, State

Party = Literal["provider", "subcontractor", "client"]


LABEL = 28
EDGE = 14


def position(value: float, low: float, high: float) -> float:
    """Percent of the way from low to high, held inside 0 to 100, rounded to 0.01."""
    if high <= low:
        return 0.0
    return round(min(max((value - low) / (high - low), 0.0), 1.0) * 100, 2)


def plain(value: float) -> str:
    """A number without idle zeros: 85, 99.6."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class GaugeLine:
    """A ruler with minimum, expected and a needle. All values are percent, 0 to 100; low and high are the ends of the scale.

    value None draws no needle; labelled writes "minimum 85" and "expected 90" below.
    """

    value: float | None
    minimum: float | None
    expected: float | None
    state: State
    low: float = 70
    high: float = 100
    name: str = ""
    labelled: bool = False

    @property
    def needle(self) -> float | None:
        return None if self.value is None else position(self.value, self.low, self.high)

    @property
    def minimum_at(self) -> float | None:
        return None if self.minimum is None else position(self.minimum, self.low, self.high)

    @property
    def expected_at(self) -> float | None:
        return None if self.expected is None else position(self.expected, self.low, self.high)

    @property
    def kept_width(self) -> float:
        return 0.0 if self.expected_at is None else round(100 - self.expected_at, 2)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Every five points, or seven over a short scale."""
        step = 5 if self.high - self.low >= 10 else (self.high - self.low) / 5
        count = round((self.high - self.low) / step)
        return tuple(position(self.low + index * step, self.low, self.high) for index in range(count + 1))

    @property
    def minimum_words(self) -> str:
        return "" if self.minimum is None else f"minimum {plain(self.minimum)}"

    @property
    def expected_words(self) -> str:
        return "" if self.expected is None else f"expected {plain(self.expected)}"

    @property
    def labels(self) -> tuple[tuple[float, int, str, str], ...]:
        """Words below the strokes: place in percent, shift in pixels, anchor, words. Two that would touch are one."""
        low, high = self.minimum_at, self.expected_at
        if low is None or high is None:
            return tuple(
                (at, 0, "start" if at < EDGE else "end" if at > 100 - EDGE else "middle", words)
                for at, words in ((low, self.minimum_words), (high, self.expected_words))
                if at is not None
            )
        both = f"{self.minimum_words}, {self.expected_words}"
        if low < LABEL and high - low < LABEL:
            return ((low, 0, "start", both),)
        if high > 100 - LABEL and high - low < EDGE:
            return ((high, 0, "end", both),)
        first = (low, 0, "start", self.minimum_words) if low < LABEL else (low, -3, "end", self.minimum_words)
        anchor = "end" if high > 100 - EDGE / 2 else "middle" if high > 100 - LABEL else "start"
        return (first, (high, 3 if anchor == "start" else 0, anchor, self.expected_words))

    @property
    def height(self) -> int:
        return 36 if self.labelled else 20

    @property
    def accessible_name(self) -> str:
        parts = [self.name] if self.name else []
        parts.append(
            STATE_WORDS[self.state]
            if self.value is None
            else f"{plain(self.value)} %, {STATE_WORDS[self.state].lower()}"
        )
        parts += [words for words in (self.minimum_words, self.expected_words) if words]
        parts.append(f"scale {plain(self.low)} to {plain(self.high)} %")
        return ", ".join(parts)


@dataclass(frozen=True)
class TimeGauge:
    """Time spent against a target, microseconds: filled up to the target stroke, in missed past it."""

    spent_us: int
    target_us: int
    state: State
    name: str = ""

    @property
    def _end(self) -> float:
        return max(self.target_us * 4 / 3, self.spent_us * 1.02, 1)

    @property
    def target_at(self) -> float:
        return position(self.target_us, 0, self._end)

    @property
    def filled(self) -> float:
        return position(min(self.spent_us, self.target_us), 0, self._end)

    @property
    def over(self) -> float:
        return round(position(self.spent_us, 0, self._end) - self.filled, 2)

    @property
    def ticks(self) -> tuple[tuple[float, int], ...]:
        """Eighths of the target: position and length; every fourth is longer."""
        step = max(self.target_us, 1) / 6
        count = min(int(self._end / step), 24)
        return tuple((position(index * step, 0, self._end), 7 if index % 4 == 0 else 4) for index in range(count + 1))


@dataclass(frozen=True)
class ForecastLine:
    """Where a month is heading: band of the range, a tick for today's pace, minimum and expected. Percent values."""

    low_end: float
    high_end: float
    pace: float
    minimum: float | None
    expected: float | None
    state: State
    low: float = 75
    high: float = 100
    name: str = ""

    @property
    def band_at(self) -> float:
        return position(self.low_end, self.low, self.high)

    @property
    def band_width(self) -> float:
        return round(position(self.high_end, self.low, self.high) - self.band_at, 2)

    @property
    def pace_at(self) -> float:
        return position(self.pace, self.low, self.high)

    @property
    def bounds(self) -> tuple[tuple[float, str], ...]:
        """Positions and figures of minimum and expected."""
        return tuple(
            (position(v, self.low, self.high), plain(v)) for v in (self.minimum, self.expected) if v is not None
        )

    @property
    def accessible_name(self) -> str:
        bounds = " and ".join(words for _, words in self.bounds)
        head = f"{self.name}: " if self.name else ""
        return (
            f"{head}pace {plain(self.pace)} %, range {plain(self.low_end)} to {plain(self.high_end)} %, bounds {bounds}"
        )


@dataclass(frozen=True)
class HeldShare:
    """What one party held: its words, the time in words, and the weight in the bar (any unit)."""

    party: Party
    words: str
    time: str
    weight: float


@dataclass(frozen=True)
class HeldBar:
    """Who held a ticket how long, as one bar and its words."""

    shares: tuple[HeldShare, ...]
    total: str = ""

    @property
    def pieces(self) -> tuple[tuple[Party, float, float], ...]:
        """Party, left edge and width in percent."""
        whole = sum(share.weight for share in self.shares) or 1
        pieces, at = [], 0.0
        for share in self.shares:
            width = share.weight / whole * 100
            pieces.append((share.party, round(at, 2), round(width, 2)))
            at += width
        return tuple(pieces)

    @property
    def accessible_name(self) -> str:
        return "; ".join(f"{share.words} {share.time}" for share in self.shares)


@dataclass(frozen=True)
class RulerMark:
    """A needle on the large ruler: its words stand above it, `row` 1 one line higher, `shift` pixels to the right."""

    value: float
    words: str
    state: State
    row: int = 0
    shift: int = 0


@dataclass(frozen=True)
class Ruler:
    """The large gauge line of sign-in and cover: from low to high percent, with minimum, expected and named needles."""

    marks: tuple[RulerMark, ...]
    minimum: float | None
    expected: float | None
    low: float = 70
    high: float = 100
    name: str = ""
    step_px: int = 30

    @property
    def width(self) -> int:
        return round((self.high - self.low) * self.step_px)

    def _x(self, value: float) -> float:
        return round((value - self.low) * self.step_px, 1)

    @property
    def ticks(self) -> tuple[tuple[float, int], ...]:
        """Position and length in pixels: fifths of a point short, points longer, fives longest."""
        fifths = range(round((self.high - self.low) * 5) + 1)
        return tuple((round(i * self.step_px / 5, 1), 13 if i % 25 == 0 else 8 if i % 5 == 0 else 3) for i in fifths)

    @property
    def figures(self) -> tuple[tuple[float, str], ...]:
        fives = range(round((self.high - self.low) / 5) + 1)
        return tuple((self._x(self.low + i * 5), plain(self.low + i * 5)) for i in fives)

    @property
    def needles(self) -> tuple[tuple[float, RulerMark, int], ...]:
        return tuple((self._x(mark.value), mark, 50 - 16 * mark.row) for mark in self.marks)

    @property
    def bounds(self) -> tuple[tuple[float, str], ...]:
        named = ((self.minimum, "minimum"), (self.expected, "expected"))
        return tuple((self._x(value), f"{word} {plain(value)}") for value, word in named if value is not None)

    @property
    def kept_at(self) -> float:
        return self._x(self.high if self.expected is None else self.expected)

    @property
    def kept_width(self) -> float:
        return round(self.width - self.kept_at, 1)
