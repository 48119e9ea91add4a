"""A working calendar as a contract writes it: checked, frozen, and written back."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise
from typing import Any, Final

from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import read_day, shown
from mspgov.kernel.written import as_written
from mspgov.kernel.zones import zone_named

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 1440
KEYS: Final = frozenset({"time_zone", "week", "always", "holidays", "holiday_calendar", "extra"})
CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")
COUNTRY = re.compile(r"[A-Z]{2,3}")

OpenMinutes = tuple[int, int]
"""From and to in minutes of wall-clock time after the date's midnight; a night ends after 1440."""


@dataclass(frozen=True, slots=True)
class CalendarTerms:
    """When a clock runs: a zone and either always or a week of intervals, Monday first, with its exceptions."""

    time_zone: str
    week: tuple[tuple[OpenMinutes, ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()
    holiday_country: str | None = None
    holiday_subdivision: str | None = None
    extra: tuple[tuple[date, tuple[OpenMinutes, ...]], ...] = ()
    always: bool = False

    @property
    def week_minutes(self) -> int:
        """Nominal open minutes of a week without exceptions."""
        return sum(end - start for day in self.week for start, end in day)


def read_calendar(document: object, path: str) -> CalendarTerms:
    """The terms of a calendar document (interfaces, section 1); Fault with the exact path below `path`."""
    calendar = _mapping(document, path)
    for key in calendar:
        if key not in KEYS:
            raise Fault(below(path, key), "unknown key")
    zone = _zone(calendar, path)
    if "always" in calendar:
        return _always(calendar, zone, path)
    if "week" not in calendar:
        raise Fault(path, "needs week or always")
    country, subdivision = _holiday_calendar(calendar, path)
    return CalendarTerms(
        time_zone=zone,
        week=_week(calendar["week"], below(path, "week")),
        holidays=_holidays(calendar.get("holidays", []), below(path, "holidays")),
        holiday_country=country,
        holiday_subdivision=subdivision,
        extra=_extra(calendar.get("extra", {}), below(path, "extra")),
    )


def write_calendar(terms: CalendarTerms) -> dict[str, Any]:
    """The document that reads back as these terms: only strings, lists and dicts, in the order of the interface."""
    document: dict[str, Any] = {"time_zone": terms.time_zone}
    if terms.always:
        return document | {"always": True}
    document["week"] = {
        name: _written(intervals) for name, intervals in zip(WEEKDAYS, terms.week, strict=True) if intervals
    }
    if terms.holidays:
        document["holidays"] = [day.isoformat() for day in sorted(terms.holidays)]
    if terms.holiday_country is not None:
        document["holiday_calendar"] = {"country": terms.holiday_country}
        if terms.holiday_subdivision is not None:
            document["holiday_calendar"]["subdivision"] = terms.holiday_subdivision
    if terms.extra:
        document["extra"] = {day.isoformat(): _written(intervals) for day, intervals in terms.extra}
    return document


def holidays_version() -> str:
    """The version of the library that gives public holidays; stored with sealed results."""
    return version("holidays")


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str | None, first_year: int, last_year: int) -> frozenset[date]:
    """The public holidays of these years, as they fall and as they are observed.

    A neighbouring year is asked too, since an observed day may lie across New Year. LookupError when the library
    does not know the country or the subdivision.
    """
    import holidays

    years = range(max(first_year - 1, 1), min(last_year + 1, 9999) + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = holidays.country_holidays(country, subdiv=subdivision, years=years)
        except (NotImplementedError, TypeError, AttributeError) as problem:
            raise LookupError(country) from problem
    if getattr(found, "country", None) is None:
        raise LookupError(country)
    return frozenset(found)


def below(path: str, key: object) -> str:
    """The path of a key below a path."""
    name = key if isinstance(key, str) and PLAIN_KEY.fullmatch(key) else f"[{shown(key)}]"
    return f"{path}.{name}" if path else name


def _mapping(document: object, path: str) -> Mapping[Any, Any]:
    if not isinstance(document, Mapping):
        raise Fault(path, "must be a mapping")
    return document


def _zone(calendar: Mapping[Any, Any], path: str) -> str:
    if "time_zone" not in calendar:
        raise Fault(path, "needs time_zone")
    name = calendar["time_zone"]
    if not isinstance(name, str):
        raise Fault(below(path, "time_zone"), "must be the name of a time zone")
    try:
        zone_named(name)
    except ValueError:
        raise Fault(below(path, "time_zone"), f"unknown time zone {shown(name)}") from None
    return name


def _always(calendar: Mapping[Any, Any], zone: str, path: str) -> CalendarTerms:
    if calendar["always"] is not True:
        raise Fault(below(path, "always"), "must be true")
    for key in calendar:
        if key not in ("always", "time_zone"):
            raise Fault(below(path, key), "may not stand beside always")
    return CalendarTerms(time_zone=zone, week=(((0, DAY_MINUTES),),) * 7, always=True)


def _week(document: object, path: str) -> tuple[tuple[OpenMinutes, ...], ...]:
    week = _mapping(document, path)
    for key in week:
        if key not in WEEKDAYS:
            raise Fault(below(path, key), "unknown key; the days are mon, tue, wed, thu, fri, sat, sun")
    return tuple(_intervals(week.get(name, []), below(path, name)) for name in WEEKDAYS)


def _intervals(document: object, path: str) -> tuple[OpenMinutes, ...]:
    if not isinstance(document, list | tuple):
        raise Fault(path, 'must be a list of intervals such as ["08:00", "17:00"]')
    placed = [(*_interval(each, f"{path}[{number}]"), number) for number, each in enumerate(document)]
    placed.sort()
    for (_, end, one), (start, _, other) in pairwise(placed):
        if start < end:
            raise Fault(f"{path}[{max(one, other)}]", f"overlaps {path.rpartition('.')[2]}[{min(one, other)}]")
    return tuple((start, end) for start, end, _ in placed)


def _interval(document: object, path: str) -> OpenMinutes:
    if not isinstance(document, list | tuple) or len(document) != 2:
        raise Fault(path, 'must be a start and an end such as ["08:00", "17:00"]')
    start, end = (_minutes(each, f"{path}[{place}]") for place, each in enumerate(document))
    if start == DAY_MINUTES:
        raise Fault(f"{path}[0]", "24:00 may only end an interval")
    return start, end if end > start else end + DAY_MINUTES


def _minutes(document: object, path: str) -> int:
    match = CLOCK.fullmatch(document) if isinstance(document, str) else None
    if match is None:
        raise Fault(path, f"{shown(document)} is not a time such as 08:00")
    return DAY_MINUTES if match[1] is None else int(match[1]) * 60 + int(match[2])


def _holidays(document: object, path: str) -> frozenset[date]:
    if not isinstance(document, list | tuple):
        raise Fault(path, "must be a list of dates")
    return frozenset(read_day(each, f"{path}[{number}]") for number, each in enumerate(document))


def _holiday_calendar(calendar: Mapping[Any, Any], path: str) -> tuple[str | None, str | None]:
    if "holiday_calendar" not in calendar:
        return None, None
    path = below(path, "holiday_calendar")
    document = _mapping(calendar["holiday_calendar"], path)
    for key in document:
        if key not in ("country", "subdivision"):
            raise Fault(below(path, key), "unknown key")
    if "country" not in document:
        raise Fault(path, "needs country")
    country, subdivision = document["country"], as_written(document.get("subdivision"))
    if not isinstance(country, str) or not COUNTRY.fullmatch(country) or not _has_holidays(country, None):
        raise Fault(below(path, "country"), f"no public holidays are known for {shown(country)}")
    if "subdivision" not in document:
        return country, None
    if not isinstance(subdivision, str) or not subdivision or not _has_holidays(country, subdivision):
        raise Fault(below(path, "subdivision"), f"{country} has no subdivision {shown(subdivision)}")
    return country, subdivision


def _has_holidays(country: str, subdivision: str | None) -> bool:
    try:
        public_holidays(country, subdivision, 2026, 2026)
    except LookupError:
        return False
    return True


def _extra(document: object, path: str) -> tuple[tuple[date, tuple[OpenMinutes, ...]], ...]:
    extra = {}
    for key, intervals in _mapping(document, path).items():
        extra[read_day(key, below(path, key))] = _intervals(intervals, below(path, key))
    return tuple(sorted(extra.items()))


def _written(intervals: tuple[OpenMinutes, ...]) -> list[list[str]]:
    return [[_clock(start), _clock(end if end <= DAY_MINUTES else end - DAY_MINUTES)] for start, end in intervals]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
