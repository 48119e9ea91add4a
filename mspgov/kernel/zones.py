"""Local wall-clock time turned into instants, whole arrays at a time."""

from datetime import timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from mspgov.kernel.instants import EPOCH, FIRST_DAY, LAST_DAY, SECOND_US, Micros

NOT_A_PLACE: Final = frozenset({"localtime", "posixrules"})
DAY_SECONDS: Final = 86_400
FIRST_RAILWAY: Final = 1800
RULES_ONLY: Final = 2200
CYCLE_YEARS: Final = 400
CYCLE_SECONDS: Final = 146_097 * DAY_SECONDS
FOREVER_US: Final = 2**62


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of this name; ValueError when there is none (or it means another zone on each machine)."""
    if name in NOT_A_PLACE or name.startswith(("posix/", "right/")):
        raise ValueError(name)
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as problem:
        raise ValueError(name) from problem


class LocalClock:
    """The clock on the wall of one zone over a range of days.

    Instants and wall-clock times are int64 microseconds, shape (n,); a wall-clock time counts from 1970-01-01T00:00
    as read on the wall. Between two days of the range every answer is exact.
    """

    def __init__(self, zone_name: str, first_day: int, last_day: int) -> None:
        changes = _offset_changes(zone_name, first_day - 3, last_day + 3)
        since = np.array([-FOREVER_US, *(second * SECOND_US for second, _ in changes[1:])], dtype=np.int64)
        self._until = np.append(since[1:], FOREVER_US)
        self._since = since
        self._offset = np.array([offset * SECOND_US for _, offset in changes], dtype=np.int64)
        self._latest_wall = np.maximum.accumulate(self._until + self._offset)
        self._earliest_wall = np.minimum.accumulate((since + self._offset)[::-1])[::-1]

    def first(self, wall: Micros) -> Micros:
        """The first instant at which the wall shows this time or a later one: in a gap, that of the jump."""
        piece = np.searchsorted(self._latest_wall, wall, side="right")
        found: Micros = np.maximum(self._since[piece], wall - self._offset[piece])
        return found

    def last(self, wall: Micros) -> Micros:
        """The last instant at which the wall shows this time or an earlier one: in a gap, that of the jump."""
        piece = np.searchsorted(self._earliest_wall, wall, side="right") - 1
        found: Micros = np.minimum(self._until[piece], wall - self._offset[piece])
        return found


def _offset_changes(zone_name: str, first_day: int, last_day: int) -> list[tuple[int, int]]:
    first_year, last_year = _year_of(first_day), _year_of(last_day)
    changes: list[tuple[int, int]] = []
    for year in range(first_year, last_year + 1):
        known = year if year < RULES_ONLY else RULES_ONLY + (year - RULES_ONLY) % CYCLE_YEARS
        later = (year - known) // CYCLE_YEARS * CYCLE_SECONDS
        for second, offset in ((each + later, offset) for each, offset in _offset_changes_in_year(zone_name, known)):
            if not changes or changes[-1][1] != offset:
                changes.append((second, offset))
    return changes


def _year_of(day: int) -> int:
    return (EPOCH + timedelta(days=min(max(day, FIRST_DAY), LAST_DAY))).year


@lru_cache(maxsize=16_384)
def _offset_changes_in_year(zone_name: str, year: int) -> tuple[tuple[int, int], ...]:
    """The offset at the beginning of the UTC year and each change in it up to the next year's first instant: (second, offset).

    The zone is asked every second day and the change between two answers is found by halving. No zone of the IANA
    database (2026) changes its offset and back within less than 95 hours, none changed it before 1834, and after 2087
    all follow yearly rules, which come round every 400 years as the Gregorian calendar does.
    """
    begins = (EPOCH.replace(year=year) - EPOCH).days
    ends = (EPOCH.replace(year=year + 1) - EPOCH).days if year < 9999 else LAST_DAY - 1
    begins = max(begins, FIRST_DAY + 1)
    zone = zone_named(zone_name)
    changes = [(begins * DAY_SECONDS, _offset_at(zone, begins * DAY_SECONDS))]
    if year < FIRST_RAILWAY:
        return tuple(changes)
    for day in range(begins, ends, 2):
        second = day * DAY_SECONDS
        _find_changes(zone, second, changes[-1][1], min(day + 2, ends) * DAY_SECONDS, changes)
    return tuple(changes)


def _find_changes(zone: ZoneInfo, low: int, low_offset: int, high: int, changes: list[tuple[int, int]]) -> None:
    high_offset = _offset_at(zone, high)
    if low_offset == high_offset:
        return
    if high - low == 1:
        changes.append((high, high_offset))
        return
    middle = (low + high) // 2
    _find_changes(zone, low, low_offset, middle, changes)
    _find_changes(zone, middle, changes[-1][1], high, changes)


def _offset_at(zone: ZoneInfo, second: int) -> int:
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)
