"""What a calendar comes to on single days: when it is open, and why it is not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from contracts.calc.words import DAY_NAMES
from mspgov.kernel.calendar import CalendarTerms, WorkingCalendar
from mspgov.kernel.instants import from_micros
from mspgov.kernel.period import Month, first_instant_us
from mspgov.kernel.public_holidays import named_holidays
from mspgov.kernel.zones import zone_named

Spans = tuple[tuple[int, int], ...]
HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class DayHours:
    """One local date: its open stretches in real time (microseconds, half-open), why it differs from its weekday, and
    what the clock on the wall does. `is_exception`: a holiday or a date with hours of its own."""

    day: date
    open: Spans
    open_us: int
    reason: str
    is_exception: bool
    clock_change: str


@dataclass(frozen=True)
class Almanac:
    """Names of the dates on which a calendar differs from its week; `names` are those that people gave them."""

    terms: CalendarTerms
    names: Mapping[date, str] = field(default_factory=dict)

    def difference(self, day: date) -> str:
        """Why the date differs from its weekday; empty when it does not. What lifts a holiday goes before it."""
        given = self.names.get(day, "")
        holiday = self.public_holiday(day)
        if day in {extra for extra, _ in self.terms.extra}:
            named = given or holiday
            return f"other hours{f', {named}' if named else ''}"
        if day in self.terms.holidays:
            return given or holiday or "closed by exception"
        return holiday

    def public_holiday(self, day: date) -> str:
        country = self.terms.holiday_country
        if country is None:
            return ""
        return named_holidays(country, self.terms.holiday_subdivision, day.year).get(day, "")

    def closed_day(self, day: date) -> str:
        """Why the whole date is closed: its name, or that of its weekday."""
        return self.difference(day) or f"every {DAY_NAMES[day.weekday()]}"


def month_hours(almanac: Almanac, month: Month) -> tuple[DayHours, ...]:
    """Every date of a month in the calendar's zone."""
    terms = almanac.terms
    days = [month.first_day + timedelta(days=place) for place in range((month.last_day - month.first_day).days + 1)]
    edges = [first_instant_us(day, terms.time_zone) for day in [*days, month.next.first_day]]
    spans = open_spans(terms, edges[0], edges[-1])
    made = []
    for day, begins, ends in zip(days, edges, edges[1:], strict=False):
        inside = clipped(spans, begins, ends)
        difference = almanac.difference(day)
        made.append(
            DayHours(
                day=day,
                open=inside,
                open_us=sum(end - start for start, end in inside),
                reason=difference or ("" if inside else almanac.closed_day(day)),
                is_exception=bool(difference),
                clock_change=clock_change(begins, ends, terms.time_zone),
            )
        )
    return tuple(made)


def open_spans(terms: CalendarTerms, first_us: int, last_us: int) -> Spans:
    """The open stretches in [first, last), in order."""
    first, last = (from_micros(instant).date() for instant in (first_us, last_us))
    calendar = WorkingCalendar(terms, first - timedelta(days=1), last + timedelta(days=1))
    starts, ends = calendar.intervals()
    inside = (ends > first_us) & (starts < last_us)
    return clipped(tuple(zip(starts[inside].tolist(), ends[inside].tolist(), strict=True)), first_us, last_us)


def clipped(spans: Spans, first_us: int, last_us: int) -> Spans:
    return tuple(
        (max(start, first_us), min(end, last_us)) for start, end in spans if start < last_us and end > first_us
    )


def clock_change(begins_us: int, ends_us: int, zone: str) -> str:
    """What a clock change does to the date: "clocks go forward, the day has 23 h"; empty when it has 24 hours."""
    length = ends_us - begins_us
    if length == 24 * HOUR_US:
        return ""
    hours, minutes = divmod(length // 60_000_000, 60)
    lasts = f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"clocks go {'forward' if length < 24 * HOUR_US else 'back'}, the day has {lasts}"


def local(instant_us: int, zone: str) -> datetime:
    """The instant on the wall of a zone."""
    return from_micros(instant_us).astimezone(zone_named(zone))
