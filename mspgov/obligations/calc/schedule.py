"""Recurring instants: a rule of RFC 5545 read on the wall clock of one zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from dateutil.rrule import rrule, rrulestr  # type: ignore[import-untyped]

from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import day_number, from_micros, to_micros
from mspgov.kernel.zones import LocalClock, zone_named

SLOWEST = timedelta(days=366 * 10)
PARTS = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*")
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "WKST"}  # fmt: skip
FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}


@dataclass(frozen=True)
class Schedule:
    """`rule` such as FREQ=MONTHLY;BYMONTHDAY=5; `first` is the wall-clock time from which it counts (no zone on it),
    and the time of day of each occurrence."""

    rule: str
    first: datetime
    time_zone: str


@dataclass(frozen=True)
class Occurrence:
    """`wall` names it for good, also where the zone's rules change; `at` is the instant in UTC."""

    wall: datetime
    at: datetime


def read_schedule(rule: str, first: datetime, time_zone: str) -> Schedule:
    """A schedule that has an occurrence within ten years of its first day. Raises Fault at `rule` or `time_zone`."""
    text = rule.strip().upper().removeprefix("RRULE:")
    if not PARTS.fullmatch(text):
        raise Fault("rule", "must read like FREQ=MONTHLY;BYMONTHDAY=5 (RFC 5545)")
    parts = dict(part.split("=", 1) for part in text.split(";"))
    if unknown := sorted(set(parts) - KNOWN):
        raise Fault("rule", f"{unknown[0]} is not understood; known are {', '.join(sorted(KNOWN))}")
    if len(parts) != text.count(";") + 1:
        raise Fault("rule", "a part stands twice")
    if parts.get("FREQ") not in FREQUENCIES:
        raise Fault("rule", f"FREQ must be one of {', '.join(sorted(FREQUENCIES))}")
    if parts.get("INTERVAL", "1").strip("0") == "":
        raise Fault("rule", "INTERVAL must be at least 1")
    try:
        zone_named(time_zone)
    except ValueError:
        raise Fault("time_zone", f"unknown time zone {time_zone!r}") from None
    schedule = Schedule(_on_the_wall(text, parts.get("UNTIL", ""), time_zone), first.replace(tzinfo=None), time_zone)
    try:
        found = next(_walls(schedule, schedule.first, schedule.first + SLOWEST), None)
    except (ValueError, TypeError) as why:
        raise Fault("rule", f"can not be read: {why}") from None
    if found is None:
        raise Fault("rule", "never falls within ten years")
    return schedule


def _on_the_wall(rule: str, until: str, time_zone: str) -> str:
    """The rule with an UNTIL that is given in UTC as the wall shows it then: times of a rule have no zone on them. A part
    of a day is refused, which the library would fill up from today's date."""
    if not until:
        return rule
    form = "%Y%m%dT%H%M%SZ" if until.endswith("Z") else "%Y%m%dT%H%M%S" if "T" in until else "%Y%m%d"
    try:
        found = datetime.strptime(until, form)  # noqa: DTZ007  (on the wall, unless it says Z)
        if found.strftime(form) != until:
            raise ValueError
        wall = found.replace(tzinfo=UTC).astimezone(zone_named(time_zone)) if until.endswith("Z") else found
    except (ValueError, OverflowError):
        raise Fault("rule", f"UNTIL={until} is neither a day such as 20261231 nor an instant such as 20261231T225959Z") from None  # fmt: skip
    return rule.replace(f"UNTIL={until}", f"UNTIL={wall:%Y%m%dT%H%M%S}")


def occurrences(schedule: Schedule, after: datetime, until: datetime) -> list[Occurrence]:
    """Those with after < instant <= until, in order. A wall-clock time that does not exist falls at the instant of the
    jump, one that exists twice at the first; the kernel's rule for calendars."""
    around = timedelta(days=2)
    walls = list(_walls(schedule, _near(after) - around, _near(until) + around))
    if not walls:
        return []
    clock = LocalClock(schedule.time_zone, day_number(walls[0].date()), day_number(walls[-1].date()))
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001  (a wall clock has no zone)
    wall_us = np.array([(wall - epoch) // timedelta(microseconds=1) for wall in walls], dtype=np.int64)
    instants = [from_micros(us) for us in clock.first(wall_us)]
    return [Occurrence(w, at) for w, at in zip(walls, instants, strict=True) if after < at <= until]


def upcoming(schedule: Schedule, after: datetime, count: int) -> list[Occurrence]:
    """The next ones after an instant, at most so many, looking ten years ahead."""
    return occurrences(schedule, after, from_micros(to_micros(after)) + SLOWEST)[:count]


def _near(instant: datetime) -> datetime:
    return from_micros(to_micros(instant)).replace(tzinfo=None)


def _walls(schedule: Schedule, low: datetime, high: datetime) -> Iterator[datetime]:
    """Wall-clock times of the rule from low to high; the rule is asked no further than high, so it always ends."""
    rule = rrulestr(schedule.rule, dtstart=schedule.first)
    assert isinstance(rule, rrule)
    ends = rule._until
    bounded = rule.replace(until=high if ends is None else min(high, ends))
    for wall in islice(bounded, 100_000):
        if wall >= low:
            yield wall
