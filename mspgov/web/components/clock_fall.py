"""The clock of a ticket from top to bottom, for a phone: quiet days in a row stand as one line, with their exact sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from mspgov.web.components.marks import State
from mspgov.web.words import NBSP, duration_columns, duration_fixed

if TYPE_CHECKING:
    from mspgov.web.components.clock import Clock

LOWEST, HIGHEST, HIGHEST_OF_MANY = 44, 160, 88
MANY = 12


@dataclass(frozen=True)
class FallRow:
    """One row of the phone's clock: time at the left, a piece of bar, words at the right; a rule instead of a bar when `rule` is set."""

    time: str
    title: str
    sub: str
    kind: str
    height: int
    state: State | None = None
    rule: bool = False


@dataclass(frozen=True)
class Fallen:
    """A stretch or a mark before it is drawn. `block` is the number of its block, None for closed hours and marks.

    `is_whole` says that it fills the open hours of a day and the day brought nothing else.
    """

    start_us: int
    order: int
    end_us: int
    row: FallRow
    block: int | None = None
    is_whole: bool = False

    @property
    def is_closed(self) -> bool:
        return self.row.kind == "closed"


def fall_rows(clock: Clock) -> tuple[FallRow, ...]:
    """Blocks, closed stretches and due marks in order of time."""
    found = sorted([*_stretches(clock), *_closed(clock), *_marks(clock)], key=lambda each: (each.start_us, each.order))
    joined = list(_quiet_days_joined(clock, found))
    highest = HIGHEST_OF_MANY if len(joined) > MANY else HIGHEST
    return tuple(replace(row, height=min(row.height, highest)) for row in _with_days(clock, joined))


def _stretches(clock: Clock) -> Iterator[Fallen]:
    names = {lane.party: lane.name for lane in clock.lanes}
    cuts = sorted(due.at_us for due in clock.dues if due.state == "missed")
    for number, block in enumerate(clock.blocks):
        for index, (start, end) in enumerate(clock.open_pieces(block.start_us, block.end_us)):
            for piece_start, piece_end in _cut(start, end, cuts):
                over = block.party != "client" and any(piece_start >= cut for cut in cuts)
                title = f"{names.get(block.party, '')}, {_lower(block.title if index == 0 else block.continued)}"
                sub = duration_columns(piece_end - piece_start) + (f", {block.rule}" if block.rule else "")
                kind = "over" if over else block.party
                whole = piece_start != block.start_us and piece_end != block.end_us and (piece_start, piece_end) == (start, end)  # fmt: skip
                row = FallRow(clock.time_of(piece_start), title, sub, kind, _height(piece_end - piece_start))
                yield Fallen(piece_start, 2, piece_end, row, number, whole)


def _closed(clock: Clock) -> Iterator[Fallen]:
    until = max((block.end_us for block in clock.blocks), default=clock.ended_us)
    for start, end in clock.inner_closed:
        if start < until:
            row = FallRow(clock.time_of(start), "Closed", duration_fixed(end - start), "closed", LOWEST)
            yield Fallen(start, 1, end, row)


def _marks(clock: Clock) -> Iterator[Fallen]:
    for due in clock.dues:
        at = due.at_us if due.state == "missed" or due.done_us is None else due.done_us
        words = due.words.rsplit(" ", 1)[0] if due.state == "missed" else due.outcome_short or due.outcome
        yield Fallen(at, 0, at, FallRow(clock.time_of(at), words, "", "due", 0, due.state, rule=True))
        if due.state == "missed" and due.done_us is not None and due.outcome_short:
            row = FallRow(clock.time_of(due.done_us), due.outcome_short, "", "end", 0, "missed", rule=True)
            yield Fallen(due.done_us, 3, due.done_us, row)


def _quiet_days_joined(clock: Clock, found: list[Fallen]) -> Iterator[Fallen]:
    """Whole days of one block and the closed hours between them as one row, where at least two follow each other."""
    at = 0
    while at < len(found):
        end = _quiet_until(found, at)
        days = [each for each in found[at:end] if not each.is_closed]
        if len(days) < 2:
            yield found[at]
            at += 1
        else:
            yield _joined(clock, days, found[at:end])
            at = end


def _quiet_until(found: list[Fallen], at: int) -> int:
    """Where a run of whole days of the block at this place ends; it begins and ends with a day."""
    first, end = found[at], at
    for place in range(at, len(found)):
        each = found[place]
        if each.is_whole and (each.block, each.row.kind) == (first.block, first.row.kind):
            end = place + 1
        elif not each.is_closed:
            break
    return end


def _joined(clock: Clock, days: list[Fallen], run: list[Fallen]) -> Fallen:
    first, last = days[0], days[-1]
    block = clock.blocks[first.block or 0]
    open_us = sum(each.end_us - each.start_us for each in days)
    closed_us = sum(each.end_us - each.start_us for each in run if each.is_closed)
    from_day, to_day = clock.day_of(first.start_us), clock.day_of(last.start_us)
    count = len({clock.day_of(each.start_us).date() for each in days})
    doing = "stopped" if block.rule.startswith("stopped") else "counted"
    clause = block.rule.partition(":")[2].strip()
    sub = f"{count} working days {doing}, {span_words(from_day, to_day)}: {duration_columns(open_us)}; {duration_fixed(closed_us)} closed between"
    height = min(LOWEST + 8 * count, HIGHEST)
    row = replace(first.row, sub=sub + (f"; {clause}" if clause else ""), height=height)
    return Fallen(first.start_us, first.order, last.end_us, row, first.block)


def span_words(first: datetime, last: datetime) -> str:
    """6–12 May, 30 May–3 Jun."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day}{NBSP}{last:%b}"
    return f"{first.day}{NBSP}{first:%b}–{last.day}{NBSP}{last:%b}"


def _with_days(clock: Clock, found: Iterable[Fallen]) -> Iterator[FallRow]:
    """The weekday stands at the first row of a day; closed hours go on from the day before."""
    day = None
    for each in found:
        at = clock.day_of(each.start_us)
        row = each.row
        if at.date() != day and not each.is_closed:
            day = at.date()
            row = replace(row, time=f"{at:%a} {row.time}")
        yield row


def _height(time_us: int) -> int:
    return min(max(28 + time_us // 60_000_000 * 2 // 5, LOWEST), HIGHEST)


def _cut(start: int, end: int, cuts: list[int]) -> Iterator[tuple[int, int]]:
    for cut in cuts:
        if start < cut < end:
            yield start, cut
            start = cut
    yield start, end


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
