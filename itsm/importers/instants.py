"""Local dates of a log as instants: day first or by a format, in a zone, each text read once."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import DAY_US, EPOCH, MINUTE_US, SECOND_US, from_micros, to_micros
from mspgov.kernel.zones import LocalClock, zone_named

EARLIEST_YEAR, LATEST_YEAR = 1970, 2199
MOST_REMEMBERED = 200_000
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)


class Unreadable(ValueError):
    """A text that is no instant, and why."""


class Wall:
    """Wall-clock microseconds of one zone as instants: a time that exists twice is the first, one in a gap the jump."""

    def __init__(self, zone_name: str) -> None:
        try:
            self._zone = zone_named(zone_name)
        except ValueError:
            raise Fault("time_zone", f"{zone_name!r} is no known time zone") from None
        self._name = zone_name
        self._steady: dict[int, int | None] = {}

    def instant(self, wall_us: int) -> int:
        day = wall_us // DAY_US
        try:
            offset = self._steady[day]
        except KeyError:
            offset = self._steady[day] = self._offset(day)
        if offset is not None:
            return wall_us - offset
        return int(LocalClock(self._name, day - 1, day + 1).first(np.array([wall_us], dtype=np.int64))[0])

    def _offset(self, day: int) -> int | None:
        """The zone's offset on and around this day, None where it changes."""
        seen = {from_micros(d * DAY_US).astimezone(self._zone).utcoffset() for d in range(day - 1, day + 3)}
        offset = seen.pop()
        return None if seen or offset is None else offset // _MICROSECOND


class Instants(dict[str, int]):
    """Text → int microseconds, remembered; raises Unreadable. `read` gives a datetime, aware or of the wall's zone."""

    def __init__(self, read: Callable[[str], datetime], wall: Wall) -> None:
        super().__init__()
        self._read = read
        self._wall = wall

    def __missing__(self, text: str) -> int:
        local = self._read(text)
        _in_range(local.year, text)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        aware = local.tzinfo is not None
        us = (
            to_micros(local)
            if aware
            else self._wall.instant((local.replace(tzinfo=EPOCH.tzinfo) - EPOCH) // _MICROSECOND)
        )
        self[text] = us
        return us


class DayFirst(dict[str, int]):
    """Texts like '29/2/2016 01:16' (with or without seconds) → int microseconds, remembered; raises Unreadable."""

    def __init__(self, wall: Wall) -> None:
        super().__init__()
        self._wall = wall
        self._days: dict[str, int] = {}
        self._times: dict[str, int] = {}

    def __missing__(self, text: str) -> int:
        day_text, _, time_text = text.partition(" ")
        try:
            wall_us = self._days[day_text] + self._times[time_text]
        except KeyError:
            wall_us = self._day(day_text, text) + self._time(time_text, text)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        us = self[text] = self._wall.instant(wall_us)
        return us

    def _day(self, day_text: str, text: str) -> int:
        if (found := _DAY.fullmatch(day_text)) is None:
            raise _not_day_first(text)
        day, month, year = map(int, found.groups())
        _in_range(year, text)
        try:
            since = datetime(year, month, day, tzinfo=EPOCH.tzinfo) - EPOCH
        except ValueError:
            raise Unreadable(f"{day_text} is no day of the calendar") from None
        us = self._days[day_text] = since // _MICROSECOND
        return us

    def _time(self, time_text: str, text: str) -> int:
        if (found := _TIME.fullmatch(time_text)) is None:
            raise _not_day_first(text)
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour > 23 or minute > 59 or second > 59:
            raise Unreadable(f"{time_text} is no time of the day")
        us = self._times[time_text] = (hour * 60 + minute) * MINUTE_US + second * SECOND_US
        return us


def _not_day_first(text: str) -> Unreadable:
    return Unreadable(f"{text[:40]!r} is no date like 29/2/2016 01:16")


def _in_range(year: int, text: str) -> None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Unreadable(f"{text[:40]} is not between {EARLIEST_YEAR} and {LATEST_YEAR}")


def iso(text: str) -> datetime:
    """ISO 8601, with or without offset."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{text[:40]!r} is no ISO 8601 date and time") from None


def by_format(pattern: str) -> Callable[[str], datetime]:
    """A reader for a strptime format."""

    def read(text: str) -> datetime:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - local, the zone comes after
        except ValueError:
            raise Unreadable(f"{text[:40]!r} does not fit {pattern}") from None

    return read
