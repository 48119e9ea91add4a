"""When a delay that begins with an event is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from mspgov.kernel.calendar import CalendarTerms, NeverReached, WorkingCalendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import DAY_US, SECOND_US, from_micros, to_micros
from mspgov.kernel.zones import LocalClock, zone_named

SEARCHED_DAYS = 3_700


class Unit(StrEnum):
    SECONDS = "seconds"  # as the clock runs, through nights and clock changes
    DAYS = "days"  # to the end of the n-th day; the day of the event is not counted
    WORKING_SECONDS = "working_seconds"  # open time of a calendar
    WORKING_DAYS = "working_days"  # to the end of the n-th date on which the calendar opens


@dataclass(frozen=True)
class Delay:
    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise Fault("delay", "must not be negative")


def due_at(start: datetime, delay: Delay, *, time_zone: str, calendar: CalendarTerms | None = None) -> datetime:
    """The instant in UTC from which what is owed is late. Days are those of the zone and end with their last hour, the
    day of the event not counted (the rule of Regulation 1182/71, art. 3). Raises Fault for a working delay without a
    calendar, and where the calendar never opens long enough."""
    if delay.unit == Unit.SECONDS:
        return from_micros(to_micros(start)) + timedelta(seconds=delay.amount)
    if delay.unit == Unit.DAYS:
        return end_of_day(local_day(start, time_zone) + delay.amount, time_zone)
    if calendar is None:
        raise Fault("calendar", "is needed for working time")
    if delay.unit == Unit.WORKING_SECONDS:
        working = _calendar_around(calendar, start)
        starts, wanted = np.array([to_micros(start)]), np.array([delay.amount * SECOND_US])
        try:
            return from_micros(int(working.due(starts, wanted)[0]))
        except NeverReached:
            raise Fault("calendar", "never opens long enough") from None
    return _end_of_working_day(start, delay.amount, calendar)


def local_day(instant: datetime, time_zone: str) -> int:
    """The number of the local date, days since 1970-01-01."""
    return instant.astimezone(zone_named(time_zone)).date().toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001


def end_of_day(day: int, time_zone: str) -> datetime:
    """The first instant of the next local date."""
    clock = LocalClock(time_zone, day, day + 1)
    return from_micros(int(clock.first(np.array([(day + 1) * DAY_US]))[0]))


def _calendar_around(calendar: CalendarTerms, start: datetime) -> WorkingCalendar:
    day = start.date()
    return WorkingCalendar(calendar, day - timedelta(days=2), day + timedelta(days=62))


def _end_of_working_day(start: datetime, amount: int, calendar: CalendarTerms) -> datetime:
    zone = calendar.time_zone
    day, left = local_day(start, zone), amount
    working = _calendar_around(calendar, start)
    for each in range(day + 1, day + 1 + SEARCHED_DAYS):
        if left == 0:
            break
        begins, ends = to_micros(end_of_day(each - 1, zone)), to_micros(end_of_day(each, zone))
        left -= bool(working.open_between(np.array([begins]), np.array([ends]))[0])
        day = each
    if left:
        raise Fault("calendar", "never opens often enough")
    return end_of_day(day, zone)


def instants_before(due: datetime, leads: Iterable[timedelta], *, not_before: datetime) -> list[datetime]:
    """When to remind: each lead before the due instant that has not passed when the obligation is raised, in order."""
    return sorted({at for lead in leads if not_before < (at := due - lead) < due})
