"""The clock of a ticket as a drawing and as a table."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np

from itsm.calc.parties import KINDS
from itsm.queries.ticket_page import ClockFacts, HeldPiece, TicketPage
from itsm.queries.waits import open_between
from mspgov.kernel.calendar import WorkingCalendar
from mspgov.kernel.instants import DAY_US, from_micros
from mspgov.web import words
from mspgov.web.components import (
    Cell,
    Clock,
    ClockBar,
    ClockBlock,
    ClockLane,
    ClockStretch,
    Column,
    DataTable,
    DueMark,
    Row,
)
from mspgov.web.components.clock import StretchKind
from mspgov.web.components.gauges import Party
from mspgov.web.doors import Request

from .sayings import place, short

Namer = Callable[[TicketPage, ClockFacts], str]
DONE = {"respond": "answered", "resolve": "resolved"}


def party_name(request: Request, page: TicketPage, party: str) -> str:
    """Cobalt, its subcontractor by name where the tickets tell it, Aurora Mutual."""
    if party == "provider":
        return short(page.engagement.provider.name)
    if party == "client":
        return short(request.tenant.name)
    vendors = {piece.label for piece in page.held if piece.party == "subcontractor" and piece.label}
    return vendors.pop() if len(vendors) == 1 else "Vendors" if vendors else "Vendor"


def drawing(request: Request, page: TicketPage, name: Namer) -> Clock:
    """Lanes of the parties, a bar for each clock, and when each was due. Instants are shown in the contract's zone."""
    zone = ZoneInfo(page.zone)
    start = min(clock.start_us for clock in page.clocks)
    until = max(clock.until_us for clock in page.clocks)
    drawn = drawn_calendar(page)
    return Clock(
        zone, zone_words(page.zone, start), start, until, lanes(request, page),
        tuple(block(piece) for piece in page.held),
        tuple(bar(page, clock, name(page, clock), drawn, until) for clock in page.clocks[:3]),
        closed_stretches(drawn, start - 4 * DAY_US, until + 12 * DAY_US),
        dues=tuple(due for clock in page.clocks[:3] if (due := due_mark(page, clock, name(page, clock), start, until))),
        ended_words=ended_words(page, start, until, zone),
        name=f"Clock of {page.ticket.number}",
    )  # fmt: skip


def drawn_calendar(page: TicketPage) -> WorkingCalendar:
    """The calendar whose closed hours are drawn narrow: the one that is open longest."""
    return max((clock.calendar for clock in page.clocks), key=lambda c: 10_080 if c.terms.always else c.terms.week_minutes)  # fmt: skip


def zone_words(zone: str, at_us: int) -> str:
    """São Paulo, UTC−3."""
    offset = from_micros(at_us).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else words.MINUS if minutes < 0 else ""
    shift = f"UTC{sign}{hours if minutes else ''}{f':{rest:02d}' if rest else ''}"
    return shift if place(zone) == "UTC" else f"{place(zone)}, {shift}"


def lanes(request: Request, page: TicketPage) -> tuple[ClockLane, ...]:
    provider = short(page.engagement.provider.name)
    found = [ClockLane("provider", party_name(request, page, "provider"), "provider")]
    kinds = {piece.kind for piece in page.held if piece.party == "subcontractor"}
    if kinds:
        sub = "whose is undecided" if kinds == {"unknown_vendor"} else f"{provider}’s subcontractor"
        found.append(ClockLane("subcontractor", party_name(request, page, "subcontractor"), sub))
    return (*found, ClockLane("client", party_name(request, page, "client"), "client"))


def block(piece: HeldPiece) -> ClockBlock:
    if piece.kind == "queue":
        return ClockBlock(
            cast(Party, piece.party), piece.start_us, piece.end_us, f"{piece.label} queue" if piece.label else "Queue",
            continued="queue",
        )  # fmt: skip
    if piece.kind == "work":
        title = piece.label or "At work"
        return ClockBlock(cast(Party, piece.party), piece.start_us, piece.end_us, title, continued=title)
    rule = "stopped" if piece.stopped else "counts"
    return ClockBlock(
        cast(Party, piece.party), piece.start_us, piece.end_us, KINDS[piece.kind].label, rule, "still waiting"
    )


def closed_stretches(calendar: WorkingCalendar, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """The closed hours of a calendar between two instants."""
    if calendar.terms.always:
        return ()
    starts, ends = calendar.covering(first, last).intervals()
    low, high = np.searchsorted(ends, first), np.searchsorted(starts, last, side="right")
    return tuple(
        (int(closed), int(opened))
        for closed, opened in zip(ends[low : high - 1].tolist(), starts[low + 1 : high].tolist(), strict=True)
    )


def bar(page: TicketPage, clock: ClockFacts, name: str, drawn: WorkingCalendar, until: int) -> ClockBar:
    counts: StretchKind = "met" if clock.verdict == "met" else "counts"
    kinds: dict[str, StretchKind] = {"counts": counts, "stopped": "stopped", "over": "over"}
    stretches: list[ClockStretch] = []
    for place_, piece in enumerate(clock.pieces):
        is_last = place_ == len(clock.pieces) - 1
        joint = (
            "" if is_last or (piece.kind == "stopped" and piece.sum_us == 0) else words.duration_columns(piece.sum_us)
        )
        parts = [(piece.start_us, piece.end_us)]
        if clock.calendar.terms != drawn.terms and piece.kind != "stopped":
            parts = open_parts(clock.calendar, piece.start_us, piece.end_us)
        for number, (start, end) in enumerate(parts):
            stretches.append(ClockStretch(start, end, kinds[piece.kind], joint if number == len(parts) - 1 else ""))
    sub = f"{words.duration(clock.elapsed_us)} of {words.duration(clock.target_us)}"
    in_sight = clock.due_us is not None and is_near(clock, clock.due_us, until)
    return ClockBar(
        name, sub, tuple(stretches), clock.due_us if in_sight else None, end_words(clock), clock.verdict == "missed"
    )


def open_parts(calendar: WorkingCalendar, start: int, end: int) -> list[tuple[int, int]]:
    """The open parts of a stretch."""
    starts, ends = calendar.covering(start, end).intervals()
    low, high = np.searchsorted(ends, start, side="right"), np.searchsorted(starts, end)
    return [
        (max(start, a), min(end, b)) for a, b in zip(starts[low:high].tolist(), ends[low:high].tolist(), strict=True)
    ]


def end_words(clock: ClockFacts) -> str:
    spent = words.duration_columns(clock.elapsed_us)
    if clock.verdict == "missed":
        return spent
    if clock.verdict == "met":
        return f"{spent}, met with {words.duration(-clock.late_us)} to spare"
    return f"{spent}, running" if clock.verdict == "running" else f"{spent}, excluded"


def is_near(clock: ClockFacts, due: int, until: int) -> bool:
    """Would a due mark there leave most of the drawing to what happened?"""
    return due <= until or open_between(clock.calendar, until, due) * 3 <= open_between(
        clock.calendar, clock.start_us, until
    )


def due_mark(page: TicketPage, clock: ClockFacts, name: str, start: int, until: int) -> DueMark | None:
    if clock.due_us is None or not is_near(clock, clock.due_us, until):
        return None
    done = DONE[clock.promised.measure]
    zone = ZoneInfo(page.zone)
    begun = from_micros(start).astimezone(zone).date()
    days = {from_micros(at).astimezone(zone).date() for at in (clock.due_us, clock.end_us) if at is not None}
    close = len(days) == 1 and (max(days) - begun).days <= 1

    def when(at_us: int) -> str:
        at = from_micros(at_us).astimezone(zone)
        return f"{at:%H:%M}" if close else f"{at.day} {at:%b}, {at:%H:%M}".replace(" ", words.NBSP)

    late = words.duration(abs(clock.late_us))
    if clock.end_us is None:
        outcome = f"still open, {late} late" if clock.late_us > 0 else f"{late} left"
    else:
        outcome = f"{done} {when(clock.end_us)}" + (f", {late} late" if clock.late_us > 0 else "")
    short_words = (
        f"{done.capitalize()}, {late} {'late' if clock.late_us > 0 else 'to spare'}" if clock.end_us else outcome
    )
    state = "missed" if clock.verdict == "missed" else "met" if clock.verdict == "met" else "none"
    return DueMark(clock.due_us, f"{name} due {when(clock.due_us)}", outcome, state, short_words, clock.end_us)  # type: ignore[arg-type]


def ended_words(page: TicketPage, start: int, until: int, zone: ZoneInfo) -> str:
    word = "Measured" if any(clock.end_us is None for clock in page.clocks) else "Resolved" if page.ticket.resolved_at else "Answered"  # fmt: skip
    begun, ended = (from_micros(at).astimezone(zone) for at in (start, until))
    return word if (ended.date() - begun.date()).days <= 1 else f"{word} {day_of(ended)},"


def day_of(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b}"


def table(request: Request, page: TicketPage, clock: ClockFacts) -> DataTable:
    """The same as rows: who held it from when to when, the working time, and the sum of the clock."""
    zone = ZoneInfo(page.zone)

    def when(at_us: int) -> str:
        at = from_micros(at_us).astimezone(zone)
        return f"{day_of(at)} {at:%H:%M}"

    rows = []
    for piece in page.held:
        what = {"queue": "Not answered yet", "work": piece.label or "At work"}.get(piece.kind) or KINDS[
            piece.kind
        ].sentence
        counted = sum_at(clock, piece.end_us)
        rows.append(
            Row(
                (
                    Cell(when(piece.start_us)), Cell(when(piece.end_us)), Cell(party_name(request, page, piece.party), head=True),
                    Cell(what, sub="stopped" if piece.stopped else ""), Cell(words.duration_columns(piece.open_us)),
                    Cell(words.duration_columns(counted)),
                )
            )
        )  # fmt: skip
    total = Row(
        (
            Cell("In all"), Cell(), Cell(), Cell(), Cell(words.duration_columns(sum(p.open_us for p in page.held))),
            Cell(words.duration_columns(clock.elapsed_us)),
        )
    )  # fmt: skip
    columns = (
        Column("From"), Column("Until"), Column("Held by"), Column("What"), Column("Working time", numeric=True),
        Column("Counted so far", numeric=True),
    )  # fmt: skip
    return DataTable(f"Clock of {page.ticket.number}", columns, tuple(rows), total)


def sum_at(clock: ClockFacts, at_us: int) -> int:
    """What the clock had counted at an instant."""
    found = 0
    for piece in clock.pieces:
        if piece.end_us <= at_us:
            found = piece.sum_us
        elif piece.start_us < at_us:
            extra = 0 if piece.kind == "stopped" else open_between(clock.calendar, piece.start_us, at_us)
            return found + extra
    return found
