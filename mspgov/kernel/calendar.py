"""Working time by look-up and subtraction: every duration and due instant of the product is this and its inverse.

All instants and durations are int64 microseconds, instants since 1970-01-01T00:00Z; periods are half-open.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from mspgov.kernel.calendar_terms import (
    DAY_MINUTES,
    CalendarTerms,
    OpenMinutes,
    holidays_version,
    public_holidays,
    read_calendar,
    write_calendar,
)
from mspgov.kernel.instants import (
    DAY_US,
    END_OF_TIME,
    EPOCH_ORDINAL,
    FIRST_DAY,
    FIRST_INSTANT,
    LAST_DAY,
    MINUTE_US,
    Micros,
    day_number,
)
from mspgov.kernel.pauses import check_rows, disjoint, sums_before, sums_by_row
from mspgov.kernel.steps import Steps
from mspgov.kernel.zones import LocalClock

EARLIEST_DAY: Final = FIRST_DAY - 2
LATEST_DAY: Final = LAST_DAY + 2
SPARE_DAYS: Final = 366
MONDAY_SHIFT: Final = 3
WEEK_DAYS: Final = 7


class NeverReached(ValueError):
    """The calendar does not open long enough before the end of the year 9999."""

    def __init__(self, rows: Micros) -> None:
        super().__init__("the calendar never opens long enough to reach it")
        self.rows = rows


@dataclass(frozen=True, slots=True, eq=False)
class _Horizon:
    """The intervals of a range of days with their running total, counted from the calendar's own first day.

    `before[k]` is the open time before interval k; `before` has one number more than `starts`.
    """

    first_day: int
    last_day: int
    begins: int
    ends_at: int
    starts: Micros
    ends: Micros
    before: Micros
    opened: Steps = field(init=False)
    shut: Micros = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "opened", Steps(self.starts))
        object.__setattr__(self, "shut", np.append(np.int64(FIRST_INSTANT), self.ends))

    def open_before(self, instants: Micros) -> Micros:
        place = self.opened.at_or_before(instants)
        rest = self.shut.take(place)
        rest -= instants
        np.maximum(rest, 0, out=rest)
        return np.subtract(self.before.take(place), rest, out=rest)

    def reached(self, totals: Micros) -> Micros:
        """The earliest instant by which the running total has come to these; they lie in (before[0], before[-1]]."""
        place = np.searchsorted(self.before[1:], totals, side="left")
        return (self.starts - self.before[:-1])[place] + totals


class WorkingCalendar:
    """The open intervals of a calendar between two dates, growing by itself when an instant lies outside them."""

    def __init__(self, terms: CalendarTerms, first: date, last: date) -> None:
        if last < first:
            raise ValueError("the last day of a calendar is before its first")
        self.terms = terms
        self._anchor = day_number(first)
        if terms.always:
            self._horizon = self._build(EARLIEST_DAY, LATEST_DAY)
        else:
            self._horizon = self._build(self._anchor, day_number(last))

    def covering(self, first_us: int, last_us: int) -> "WorkingCalendar":
        """This calendar, grown so that it reaches from the first instant to the last one."""
        self._cover(first_us, last_us)
        return self

    def intervals(self) -> tuple[Micros, Micros]:
        """Starts and ends of the open intervals known so far, in order, disjoint and never touching."""
        return self._horizon.starts, self._horizon.ends

    def open_before(self, instants_us: Micros) -> Micros:
        """Open time from the calendar's first day to each instant, shape (n,); negative before that day."""
        instants = _whole(instants_us)
        return self._covering(instants).open_before(instants)

    def open_between(self, starts_us: Micros, ends_us: Micros) -> Micros:
        """Open time in each [start, end), shape (n,); negative where the end is before the start."""
        starts, ends = _whole(starts_us), _whole(ends_us)
        horizon = self._covering(starts, ends)
        return horizon.open_before(ends) - horizon.open_before(starts)

    def instant_after(self, starts_us: Micros, open_us: Micros) -> Micros:
        """The earliest instant at which the open time since each start reaches `open_us`; see `due`."""
        return self.due(starts_us, open_us)

    def elapsed(
        self,
        starts: Micros,
        ends: Micros,
        pause_offsets: Micros | None = None,
        pause_starts: Micros | None = None,
        pause_ends: Micros | None = None,
    ) -> Micros:
        """Open time in each [start, end) less that inside the union of the row's pauses, shape (n,).

        ValueError when an end is before its start, in a pause too.
        """
        starts, ends = _whole(starts), _whole(ends)
        if (ends < starts).any():
            raise ValueError(f"row {int(np.argmax(ends < starts))} ends before it starts")
        horizon = self._covering(starts, ends)
        total = horizon.open_before(ends) - horizon.open_before(starts)
        if pause_offsets is None or pause_starts is None or pause_ends is None:
            return total
        offsets, off, on = _whole(pause_offsets), _whole(pause_starts), _whole(pause_ends)
        check_rows(len(starts), offsets, off, on)
        off, on = disjoint(offsets, off, on, starts, ends)
        return total - sums_by_row(offsets, horizon.open_before(on) - horizon.open_before(off))

    def due(
        self,
        starts: Micros,
        open_us: Micros,
        pause_offsets: Micros | None = None,
        pause_starts: Micros | None = None,
        pause_ends: Micros | None = None,
    ) -> Micros:
        """The earliest instant at which `elapsed` from each start, less pauses, reaches `open_us`, shape (n,).

        With 0 the first open instant at or after the start that lies in no pause. ValueError for a negative number or
        a pause that ends before it starts; NeverReached, naming the rows, when the calendar does not come that far.
        """
        starts, wanted = np.broadcast_arrays(_whole(starts), _whole(open_us))
        if (wanted < 0).any():
            raise ValueError(f"row {int(np.argmax(wanted < 0))} wants a negative time")
        if (wanted > END_OF_TIME - FIRST_INSTANT).any():
            raise NeverReached(np.flatnonzero(wanted > END_OF_TIME - FIRST_INSTANT))
        wanted_or_first = np.maximum(wanted, 1)
        horizon = self._covering(starts)
        if pause_offsets is None or pause_starts is None or pause_ends is None:
            offsets = off = on = np.zeros(0, dtype=np.int64)
        else:
            offsets, off, on = _whole(pause_offsets), _whole(pause_starts), _whole(pause_ends)
            check_rows(len(starts), offsets, off, on)
            off, on = disjoint(offsets, off, on, starts)
        while True:
            totals = _totals_when_due(horizon, starts, wanted_or_first, offsets, off, on)
            short = int(totals.max(initial=horizon.before[0])) - int(horizon.before[-1])
            if short <= 0:
                due: Micros = horizon.reached(totals) - (wanted == 0)
                return due
            further = self._grown_by(horizon, short)
            if further is None:
                raise NeverReached(np.flatnonzero(totals > horizon.before[-1]))
            horizon = further

    def _covering(self, *instants: Micros) -> _Horizon:
        known = [each for each in instants if len(each)]
        if not known:
            return self._horizon
        return self._cover(min(int(each.min()) for each in known), max(int(each.max()) for each in known))

    def _cover(self, first_us: int, last_us: int) -> _Horizon:
        horizon = self._horizon
        if horizon.begins <= first_us and last_us <= horizon.ends_at:
            return horizon
        if first_us < FIRST_INSTANT or last_us > END_OF_TIME:
            raise ValueError("an instant lies outside the years 1 to 9999")
        first_day, last_day = horizon.first_day, horizon.last_day
        if first_us < horizon.begins:
            first_day = first_us // DAY_US - SPARE_DAYS
        if last_us > horizon.ends_at:
            last_day = last_us // DAY_US + SPARE_DAYS
        self._horizon = self._build(max(first_day, EARLIEST_DAY), min(last_day, LATEST_DAY))
        return self._horizon

    def _grown_by(self, horizon: _Horizon, short_us: int) -> _Horizon | None:
        """A horizon that reaches further, by about as much open time as is missing; None when there is no more."""
        minutes = self.terms.week_minutes
        last_change = day_number(self.terms.extra[-1][0]) + 2 if self.terms.extra else EARLIEST_DAY
        if horizon.last_day >= (LATEST_DAY if minutes else min(last_change, LATEST_DAY)):
            return None
        if minutes:
            days = short_us * WEEK_DAYS // (minutes * MINUTE_US)
            last_change = horizon.last_day + max(days, horizon.last_day - horizon.first_day) + SPARE_DAYS
        self._horizon = self._build(horizon.first_day, min(last_change, LATEST_DAY))
        return self._horizon

    def _build(self, first_day: int, last_day: int) -> _Horizon:
        if self.terms.always:
            starts, ends = _pair([FIRST_INSTANT], [END_OF_TIME])
            anchor = self._anchor * DAY_US
            return _Horizon(
                first_day, last_day, FIRST_INSTANT, END_OF_TIME, starts, ends, _running(starts, ends, anchor)
            )
        clock = LocalClock(self.terms.time_zone, first_day, last_day)
        begins, ends_at, anchor = clock.first(
            np.array([first_day, last_day + 1, self._anchor], dtype=np.int64) * DAY_US
        ).tolist()
        opened, shut = _openings(self.terms, clock, first_day - 2, last_day + 1)
        closed = _closed_days(self.terms, first_day - 2, last_day + 1)
        starts, ends = _open_and_not_closed(
            opened, shut, clock.first(closed * DAY_US), clock.first((closed + 1) * DAY_US)
        )
        starts, ends = np.clip(starts, begins, ends_at), np.clip(ends, begins, ends_at)
        starts, ends = starts[starts < ends], ends[starts < ends]
        return _Horizon(first_day, last_day, begins, ends_at, starts, ends, _running(starts, ends, anchor))


def _totals_when_due(
    horizon: _Horizon, starts: Micros, wanted: Micros, offsets: Micros, off: Micros, on: Micros
) -> Micros:
    """The running total of the calendar at which each row is due: what it wants and the pauses it passes on the way.

    A pause counts when the row has not come to its time before it begins. All the pauses before that one count too,
    since the time reached before a pause never falls from one pause to the next.
    """
    totals = horizon.open_before(starts) + wanted
    if not len(off):
        return totals
    begun, paused = horizon.open_before(off), horizon.open_before(on)
    paused -= begun
    passed = begun - sums_before(offsets, paused) < np.repeat(totals, np.diff(offsets))
    return totals + sums_by_row(offsets, np.where(passed, paused, 0))


def _openings(terms: CalendarTerms, clock: LocalClock, first_day: int, last_day: int) -> tuple[Micros, Micros]:
    """Every interval that starts on one of these days, in real time, in no order and with overlaps."""
    days = np.arange(first_day, last_day + 1, dtype=np.int64)
    extra = [(day_number(day), intervals) for day, intervals in terms.extra]
    ordinary = days[~np.isin(days, [day for day, _ in extra])]
    starts: list[Micros] = []
    ends: list[Micros] = []
    midnights: list[Micros] = []
    placed: list[tuple[Micros, tuple[OpenMinutes, ...]]] = [
        (ordinary[(ordinary + MONDAY_SHIFT) % WEEK_DAYS == weekday], intervals)
        for weekday, intervals in enumerate(terms.week)
    ]
    placed += [(np.array([day]), intervals) for day, intervals in extra if first_day <= day <= last_day]
    for on_days, intervals in placed:
        for start, end in intervals:
            starts.append(on_days * DAY_US + start * MINUTE_US)
            (midnights if end % DAY_MINUTES == 0 else ends).append(on_days * DAY_US + end * MINUTE_US)
    return clock.first(_joined(starts)), np.concatenate((clock.first(_joined(midnights)), clock.last(_joined(ends))))


def _closed_days(terms: CalendarTerms, first_day: int, last_day: int) -> Micros:
    closed = set(terms.holidays)
    if terms.holiday_country is not None:
        years = (
            date.fromordinal(min(max(day, FIRST_DAY), LAST_DAY) + EPOCH_ORDINAL).year for day in (first_day, last_day)
        )
        closed |= public_holidays(terms.holiday_country, terms.holiday_subdivision, *years)
    closed -= {day for day, _ in terms.extra}
    days = np.array(sorted(day_number(day) for day in closed), dtype=np.int64)
    return days[(days >= first_day) & (days <= last_day)]


def _open_and_not_closed(
    opened: Micros, shut: Micros, closed_from: Micros, closed_until: Micros
) -> tuple[Micros, Micros]:
    """The union of [opened, shut) without the union of [closed_from, closed_until), in order; pairs need not match up."""
    instants = np.concatenate((opened, shut, closed_from, closed_until))
    steps = [np.full(len(opened), 1), np.full(len(shut), -1), np.zeros(len(closed_from)), np.zeros(len(closed_until))]
    closings = [
        np.zeros(len(opened)),
        np.zeros(len(shut)),
        np.full(len(closed_from), 1),
        np.full(len(closed_until), -1),
    ]
    order = np.argsort(instants, kind="stable")
    instants = instants[order]
    is_open = np.cumsum(np.concatenate(steps).astype(np.int64)[order]) > 0
    is_open &= np.cumsum(np.concatenate(closings).astype(np.int64)[order]) == 0
    settled = np.append(instants[1:] != instants[:-1], True) if len(instants) else np.zeros(0, dtype=bool)
    instants, is_open = instants[settled], is_open[settled]
    before = np.append(False, is_open[:-1])[: len(is_open)]
    return instants[is_open & ~before], instants[~is_open & before]


def _running(starts: Micros, ends: Micros, anchor: int) -> Micros:
    before = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(ends - starts)))
    at_anchor = np.sum(np.clip(ends, None, anchor) - np.clip(starts, None, anchor))
    return before - at_anchor


def _pair(starts: list[int], ends: list[int]) -> tuple[Micros, Micros]:
    return np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64)


def _joined(arrays: list[Micros]) -> Micros:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)


def _whole(numbers: Micros) -> Micros:
    array = np.atleast_1d(np.asarray(numbers))
    if array.dtype.kind not in "iu" and len(array):
        raise TypeError("instants and durations are whole microseconds")
    return array.astype(np.int64, copy=False)


__all__ = [
    "CalendarTerms",
    "NeverReached",
    "WorkingCalendar",
    "holidays_version",
    "read_calendar",
    "write_calendar",
]
