"""The clock of a ticket: who held it, when it ran, when it stood still. Geometry only; every instant and duration is int64 microseconds.

Open time is drawn to one scale. Closed stretches are drawn narrow, all equally wide, with their true length written in. Positions are percent
of the plot, so the drawing fits the page while its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Literal

from mspgov.web.components.clock_fall import FallRow, fall_rows
from mspgov.web.components.clock_flags import CHARACTER_PX, laid
from mspgov.web.components.gauges import Party
from mspgov.web.components.marks import State
from mspgov.web.words import duration_columns, duration_fixed

HOUR_US = 3_600_000_000
PLOT_PX = 1004
CLOSED_PX = 76
LANE_PX = 44
TOP_PX = 86
LABEL_GAP_PX = 52

StretchKind = Literal["counts", "met", "stopped", "over"]


def instant(us: int, zone: tzinfo) -> datetime:
    """The instant as that zone's clock shows it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(zone)


@dataclass(frozen=True)
class ClockLane:
    party: Party
    name: str
    sub: str = ""


@dataclass(frozen=True)
class ClockBlock:
    """A party held the ticket from start to end (wall time): what, and how the clause treats it ("stopped: §4.3").

    It is cut where the calendar is closed; later pieces say `continued` instead of the title.
    """

    party: Party
    start_us: int
    end_us: int
    title: str
    rule: str = ""
    continued: str = "continued"
    href: str = ""


@dataclass(frozen=True)
class ClockClaim:
    """A wait that is claimed and in dispute: dashed, with its words at the left."""

    party: Party
    start_us: int
    end_us: int
    title: str
    sub: str = ""


@dataclass(frozen=True)
class ClockStretch:
    """A piece of one clock: it counts (accent, or met), is stopped (dots), or is past due (over); `joint` is the running sum at its end."""

    start_us: int
    end_us: int
    kind: StretchKind
    joint: str = ""


@dataclass(frozen=True)
class ClockBar:
    """One clock: name, sum against target in words, its stretches, where it is due, and words at its end."""

    name: str
    sub: str
    stretches: tuple[ClockStretch, ...]
    due_us: int | None = None
    end_words: str = ""
    missed: bool = False


@dataclass(frozen=True)
class DueMark:
    """When something was due: a pole with a flag, the due time and the outcome beside it."""

    at_us: int
    words: str
    outcome: str
    state: State = "met"
    outcome_short: str = ""
    done_us: int | None = None


@dataclass(frozen=True)
class Placed:
    """A thing with its left edge and width (percent) and its top (pixels)."""

    x: float
    width: float
    y: float
    title: str = ""
    sub: str = ""
    kind: str = ""
    href: str = ""
    fits: bool = True
    fits_sub: bool = True


@dataclass(frozen=True)
class Joint:
    """A running sum at `x` percent, to one side of it or over it (`anchor` as SVG has it)."""

    x: float
    words: str
    anchor: str

    @property
    def shift(self) -> int:
        """Pixels from the place itself, so that a pole there stays clear."""
        return {"start": 4, "middle": 0, "end": -4}[self.anchor]

    @property
    def span_px(self) -> tuple[float, float]:
        width, at = len(self.words) * CHARACTER_PX, self.x * PLOT_PX / 100 + self.shift
        start = {"start": at, "middle": at - width / 2, "end": at - width}[self.anchor]
        return start, start + width

    def covers(self, start_px: float, end_px: float) -> bool:
        """Lies it over any of this stretch, or within two pixels of it?"""
        return self.span_px[0] - 2 < end_px and start_px < self.span_px[1] + 2


@dataclass(frozen=True)
class Clock:
    """Everything on one ticket's clock. Closed stretches are (start_us, end_us) in order, without overlap."""

    zone: tzinfo
    zone_words: str
    opened_us: int
    ended_us: int
    lanes: tuple[ClockLane, ...]
    blocks: tuple[ClockBlock, ...]
    bars: tuple[ClockBar, ...]
    closed: tuple[tuple[int, int], ...] = ()
    claims: tuple[ClockClaim, ...] = ()
    dues: tuple[DueMark, ...] = ()
    opened_words: str = "Opened"
    ended_words: str = "Resolved"
    name: str = "Clock of the ticket"

    @cached_property
    def _instants(self) -> list[int]:
        spans = [(b.start_us, b.end_us) for b in self.blocks] + [(self.opened_us, self.ended_us)]
        return [at for span in spans for at in span] + [due.at_us for due in self.dues]

    @cached_property
    def first_us(self) -> int:
        """The full hour before everything."""
        first = min(self._instants)
        at = instant(first, self.zone)
        return first - ((at.minute * 60 + at.second) * 1_000_000 + at.microsecond)

    @cached_property
    def latest_us(self) -> int:
        """A little after everything, so that words fit behind the end."""
        latest = max(self._instants)
        wall = latest - self.first_us
        open_us = wall - self._closed_between(self.first_us, latest)
        return latest + max(open_us * 9 // 100, wall * 6 // 100, 60_000_000)

    def _closed_between(self, start_us: int, end_us: int) -> int:
        return sum(max(0, min(end_us, end) - max(start_us, start)) for start, end in self.closed)

    @cached_property
    def inner_closed(self) -> tuple[tuple[int, int], ...]:
        """Closed stretches inside the drawn time."""
        clipped = ((max(start, self.first_us), min(end, self.latest_us)) for start, end in self.closed)
        return tuple((start, end) for start, end in clipped if end > start)

    @cached_property
    def closed_width(self) -> float:
        """Percent of the plot for each closed stretch: 76 px of 1004, less when there are many."""
        return min(CLOSED_PX / PLOT_PX * 100, 40 / max(len(self.inner_closed), 1))

    @cached_property
    def _open_us(self) -> int:
        return max(self.latest_us - self.first_us - sum(end - start for start, end in self.inner_closed), 1)

    @cached_property
    def _percent_of_us(self) -> float:
        return (100 - self.closed_width * len(self.inner_closed)) / self._open_us

    def x(self, at_us: int) -> float:
        """Percent of the plot at which an instant stands; inside a closed stretch it moves along that stretch."""
        at_us = min(max(at_us, self.first_us), self.latest_us)
        place = (at_us - self.first_us) * self._percent_of_us
        for start, end in self.inner_closed:
            inside = max(0, min(at_us, end) - start)
            place += inside / (end - start) * self.closed_width - inside * self._percent_of_us
        return round(place, 3)

    def open_pieces(self, start_us: int, end_us: int) -> Iterator[tuple[int, int]]:
        """The open parts of a stretch."""
        for closed_start, closed_end in self.inner_closed:
            if closed_end <= start_us or closed_start >= end_us:
                continue
            if closed_start > start_us:
                yield start_us, closed_start
            start_us = max(start_us, closed_end)
        if end_us > start_us:
            yield start_us, end_us

    def _open_time(self, start_us: int, end_us: int) -> int:
        return sum(end - start for start, end in self.open_pieces(start_us, end_us))

    # Hours and days on top

    @property
    def hours(self) -> tuple[tuple[float, str, bool], ...]:
        """Ticks of the axis: position, words (empty for a tick alone) and whether a grid line falls from it."""
        by_day = self._open_us > 40 * HOUR_US
        marks = list(self._day_marks() if by_day else self._hour_marks())
        shown, latest = [], -1000.0
        for place, words in marks:
            if place * PLOT_PX / 100 + len(words) * CHARACTER_PX / 2 > PLOT_PX:
                shown.append((place, "", False))  # its words would leave the drawing
                continue
            fits = (place - latest) * PLOT_PX / 100 >= LABEL_GAP_PX * (1.5 if by_day else 1)
            latest = place if fits else latest
            shown.append((place, words if fits else "", fits))
        return tuple(shown)

    def _hour_marks(self) -> Iterator[tuple[float, str]]:
        step = HOUR_US if self._open_us <= 16 * HOUR_US else 2 * HOUR_US
        for start, end in self.open_pieces(self.first_us, self.latest_us):
            at = start
            while at <= end:
                yield self.x(at), instant(at, self.zone).strftime("%H:%M")
                at += step - (at - self.first_us) % HOUR_US if (at - self.first_us) % HOUR_US else step

    def _day_marks(self) -> Iterator[tuple[float, str]]:
        day = instant(self.first_us, self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        latest = instant(self.latest_us, self.zone)
        while day <= latest:
            at_us = round(day.timestamp()) * 1_000_000
            if at_us >= self.first_us:
                yield self.x(at_us), f"{day:%a} {day.day} {day:%b}"
            day = (day + timedelta(days=1)).replace(hour=0)

    @property
    def quarters(self) -> tuple[float, ...]:
        """Small ticks each quarter of an hour, when the drawing is short enough for them."""
        if self._open_us > 16 * HOUR_US:
            return ()
        pieces = self.open_pieces(self.first_us, self.latest_us)
        return tuple(self.x(at) for start, end in pieces for at in range(start, end, HOUR_US // 4))

    @property
    def closed_stretches(self) -> tuple[Placed, ...]:
        """Hatched stretches with their true length."""
        wide = self.closed_width * PLOT_PX / 100 >= 56
        return tuple(
            Placed(
                self.x(start),
                round(self.x(end) - self.x(start), 3),
                TOP_PX,
                "closed",
                duration_fixed(end - start),
                fits=wide,
            )
            for start, end in self.inner_closed
        )

    @property
    def days(self) -> tuple[tuple[float, str], ...]:
        """Words under the plot where a new day begins."""
        if self._open_us > 40 * HOUR_US:
            return ()
        named, day = [], instant(self.opened_us, self.zone).date()
        for _, end in self.inner_closed:
            at = instant(end, self.zone)
            if at.date() != day and end < self.ended_us:
                day = at.date()
                named.append((self.x(end), f"{at:%a} {at.day} {at:%b}"))
        spaced = [place for i, place in enumerate(named) if i == 0 or (place[0] - named[i - 1][0]) * PLOT_PX / 100 > 72]
        opened_end = self.x(self.opened_us) + 190 / PLOT_PX * 100
        ended_start = self.x(self.ended_us) - 110 / PLOT_PX * 100
        return tuple(place for place in spaced if opened_end < place[0] < ended_start - 6)

    # Lanes

    def lane_top(self, party: Party) -> int:
        """Top of a party's lane in pixels."""
        order = [lane.party for lane in self.lanes]
        return TOP_PX + LANE_PX * (order.index(party) if party in order else 0)

    @property
    def lane_rows(self) -> tuple[tuple[ClockLane, int], ...]:
        return tuple((lane, TOP_PX + LANE_PX * index) for index, lane in enumerate(self.lanes))

    @property
    def lanes_end(self) -> int:
        return TOP_PX + LANE_PX * len(self.lanes)

    @property
    def placed_blocks(self) -> tuple[Placed, ...]:
        """Blocks cut at closed stretches; words only where they fit."""
        placed = []
        for block in self.blocks:
            for index, (start, end) in enumerate(self.open_pieces(block.start_us, block.end_us)):
                x = self.x(start)
                width = round(self.x(end) - x, 3)
                pixels = width * PLOT_PX / 100
                rule = block.rule if index == 0 else block.rule.partition(":")[0]
                time = duration_columns(end - start)
                title = block.title if index == 0 else block.continued
                sub = f"{time}, {rule}" if rule else time
                fits_sub = pixels >= 17 + 5.7 * len(sub)
                placed.append(
                    Placed(
                        x,
                        max(width, 0.15),
                        self.lane_top(block.party) + 5,
                        title,
                        sub if fits_sub else time,
                        block.party,
                        block.href,
                    )
                    if pixels >= max(52, 17 + 6.4 * len(title))
                    else Placed(
                        x,
                        max(width, 0.15),
                        self.lane_top(block.party) + 5,
                        title,
                        time,
                        block.party,
                        block.href,
                        False,
                        pixels >= 28,
                    )
                )
        return tuple(placed)

    @property
    def placed_claims(self) -> tuple[Placed, ...]:
        return tuple(
            Placed(
                self.x(c.start_us),
                round(self.x(c.end_us) - self.x(c.start_us), 3),
                self.lane_top(c.party) + 5,
                c.title,
                c.sub,
            )
            for c in self.claims
        )

    # Clocks below the lanes

    def _bar_top(self, index: int) -> int:
        return self.lanes_end + 24 + 40 * index

    @property
    def bar_rows(self) -> tuple[tuple[ClockBar, int, tuple[Placed, ...], tuple[Joint, ...], float | None], ...]:
        """Each clock with its top, its pieces, its joints and where it is due."""
        return tuple(
            (
                bar,
                self._bar_top(i),
                self._bar_pieces(bar),
                self._joints(bar),
                None if bar.due_us is None else self.x(bar.due_us),
            )
            for i, bar in enumerate(self.bars)
        )

    def end_words_at(self, bar: ClockBar) -> tuple[float, int, int, str]:
        """Where the words at the end of a bar stand: percent, shift, line, anchor. Before the end where they would leave
        the drawing behind it."""
        place, below = (self.x(bar.due_us), True) if bar.due_us is not None and not bar.missed else (self.end_at, False)
        if place * PLOT_PX / 100 + 8 + len(bar.end_words) * CHARACTER_PX > PLOT_PX:
            return place, -6, 24, "end"
        return (place, 8, 24, "start") if below else (place, 6, 9, "start")

    @property
    def ends(self) -> tuple[tuple[ClockBar, int, float, int, str], ...]:
        """Of each bar with words at its end: the top of their line, percent, shift and anchor."""
        found = ((bar, self._bar_top(i), *self.end_words_at(bar)) for i, bar in enumerate(self.bars) if bar.end_words)
        return tuple((bar, top + line, place, shift, anchor) for bar, top, place, shift, line, anchor in found)

    def _bar_pieces(self, bar: ClockBar) -> tuple[Placed, ...]:
        return tuple(
            Placed(
                self.x(start), max(round(self.x(end) - self.x(start), 3), 0.1), 0, kind=stretch.kind, fits=index == 0
            )
            for stretch in bar.stretches
            for index, (start, end) in enumerate(self.open_pieces(stretch.start_us, stretch.end_us))
        )

    @cached_property
    def _poles_px(self) -> tuple[float, ...]:
        """Where the poles of missed due marks run down across the bars."""
        return tuple(self.x(due.at_us) * PLOT_PX / 100 for due in self.dues if due.state == "missed")

    def _joints(self, bar: ClockBar) -> tuple[Joint, ...]:
        """Running sums under the ends of stretches: beside a pole, off the hatching where there is room, dropped where
        they would touch."""
        hatched = [(place.x, place.x + place.width) for place in self.closed_stretches]
        closed = [(start * PLOT_PX / 100, end * PLOT_PX / 100) for start, end in hatched]
        kept: list[Joint] = []
        for stretch in bar.stretches:
            if not stretch.joint:
                continue
            x = self.x(stretch.end_us)
            first = (
                "start"
                if stretch.kind == "stopped"
                else "end"
                if not kept or stretch.end_us == bar.due_us
                else "middle"
            )
            tried = [Joint(x, stretch.joint, anchor) for anchor in dict.fromkeys((first, "end", "start"))]
            clear = [
                joint for joint in tried
                if not any(joint.covers(pole, pole) for pole in self._poles_px)
                and (not kept or kept[-1].span_px[1] + 4 <= joint.span_px[0])
            ]  # fmt: skip
            kept += sorted(clear, key=lambda joint: any(joint.covers(*span) for span in closed))[:1]
        return tuple(kept)

    @property
    def end_at(self) -> float:
        return self.x(self.ended_us)

    @property
    def start_at(self) -> float:
        return self.x(self.opened_us)

    @property
    def bars_end(self) -> int:
        return self._bar_top(len(self.bars) - 1) + 34 if self.bars else self.lanes_end

    @property
    def height(self) -> int:
        return self.bars_end + 34

    @property
    def due_flags(self) -> tuple[tuple[DueMark, float, bool, int, int], ...]:
        """Due marks with position, whether the words stand at the left, the foot of the pole, and where they are so close
        that their words would touch, the line (from 1) in which each stands by itself; 0 otherwise."""
        bottom = self._bar_top(len(self.bars) - 1) + 12 if self.bars else self.lanes_end
        placed = sorted(((due, self.x(due.at_us)) for due in self.dues), key=lambda mark: mark[1])
        flags = laid([(x, due.words, due.outcome) for due, x in placed])
        return tuple(
            (due, x, flag.left, bottom if due.state == "missed" else 66, flag.row)
            for (due, x), flag in zip(placed, flags, strict=True)
        )

    @property
    def opened_line(self) -> str:
        at = instant(self.opened_us, self.zone)
        return f"{self.opened_words} {at:%a} {at.day} {at:%b}, {at:%H:%M}"

    @property
    def ended_line(self) -> str:
        return f"{self.ended_words} {instant(self.ended_us, self.zone):%H:%M}"

    @property
    def fall(self) -> tuple[FallRow, ...]:
        """The same from top to bottom, for a phone."""
        return fall_rows(self)

    def day_of(self, at_us: int) -> datetime:
        return instant(at_us, self.zone)

    def time_of(self, at_us: int) -> str:
        return instant(at_us, self.zone).strftime("%H:%M")
