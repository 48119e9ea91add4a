"""A million incidents on twelve calendars: answered, resolved less pauses, and due; against businesstimedelta."""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import pytz
from businesstimedelta import BusinessTimeDelta, WorkDayRule

from mspgov.kernel.calendar import WorkingCalendar, read_calendar
from mspgov.kernel.instants import Micros

ROWS, SAMPLE, RUNS = 1_000_000, 3_000, 3
ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo",
    "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Auckland", "Asia/Kathmandu",
)  # fmt: skip
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
HOUR = 3_600_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Incidents:
    """Instants and durations in int64 microseconds, shape (n,); the pauses of row i are offsets[i] to offsets[i + 1]."""

    calendar: np.ndarray
    opened: Micros
    answered: Micros
    resolved: Micros
    target: Micros
    offsets: Micros
    off: Micros
    on: Micros


def hours_of(number: int) -> tuple[int, int]:
    return 7 + number % 3, 16 + number % 4


def made_up(rows: int) -> Incidents:
    """Incidents in the order they were opened; one and a half pauses each, apart from each other."""
    random = np.random.default_rng(2026)
    second = 1_000_000
    opened = np.sort(random.integers(1_710_000_000, 1_770_000_000, rows)) * second
    answered = opened + random.integers(60, 86_400, rows) * second
    resolved = opened + random.integers(7_200, 12 * 86_400, rows) * second
    counts = np.arange(rows) % 4
    offsets = np.concatenate(([0], np.cumsum(counts)))
    row = np.repeat(np.arange(rows), counts)
    place = np.arange(len(row)) - offsets[row]
    part = (resolved - opened)[row] // (3 * second)
    off = opened[row] + (place * part + random.integers(0, part // 3)) * second
    on = off + random.integers(1, part // 2) * second
    target = random.choice(np.array([4, 8, 24, 40]) * HOUR, rows)
    return Incidents(random.integers(0, len(ZONES), rows), opened, answered, resolved, target, offsets, off, on)


def answer(calendars: list[WorkingCalendar], incidents: Incidents) -> tuple[Micros, Micros, Micros]:
    """Time to answer, time to resolve less pauses, and due instant of every incident."""
    answered_in, resolved_in, due = (np.empty_like(incidents.opened) for _ in range(3))
    counts = np.diff(incidents.offsets)
    calendar_of_pause = np.repeat(incidents.calendar, counts)
    for number, calendar in enumerate(calendars):
        rows = np.flatnonzero(incidents.calendar == number)
        mine = np.flatnonzero(calendar_of_pause == number)
        offsets = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(counts[rows])))
        opened, pauses = incidents.opened[rows], (offsets, incidents.off[mine], incidents.on[mine])
        answered_in[rows] = calendar.open_between(opened, incidents.answered[rows])
        resolved_in[rows] = calendar.elapsed(opened, incidents.resolved[rows], *pauses)
        due[rows] = calendar.due(opened, incidents.target[rows], *pauses)
    return answered_in, resolved_in, due


def answer_as_peer(incidents: Incidents, sample: Micros) -> list[tuple[timedelta, timedelta, datetime]]:
    """The same by businesstimedelta, an incident at a time; it knows no pauses, so they are taken off one by one."""
    rules = [
        WorkDayRule(clock(hours_of(number)[0]), clock(hours_of(number)[1]), [0, 1, 2, 3, 4], tz=pytz.timezone(zone))
        for number, zone in enumerate(ZONES)
    ]
    answers = []
    for row in sample:
        rule = rules[incidents.calendar[row]]
        opened, answered, resolved = (
            instant(each[row]) for each in (incidents.opened, incidents.answered, incidents.resolved)
        )
        answered_in = rule.difference(opened, answered).timedelta
        resolved_in = rule.difference(opened, resolved).timedelta
        due = opened + BusinessTimeDelta(rule, timedelta=timedelta(microseconds=int(incidents.target[row])))
        for place in range(incidents.offsets[row], incidents.offsets[row + 1]):
            off, on = instant(incidents.off[place]), instant(incidents.on[place])
            paused = rule.difference(off, on).timedelta
            resolved_in -= paused
            if off < due:
                due = due + BusinessTimeDelta(rule, timedelta=paused) if paused else due
        answers.append((answered_in, resolved_in, due))
    return answers


def instant(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(micros))


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    incidents = made_up(ROWS)
    documents = [
        {"time_zone": zone, "week": {day: [[f"{hour:02}:00" for hour in hours_of(number)]] for day in WORKDAYS}}
        for number, zone in enumerate(ZONES)
    ]
    building = timed(lambda: [WorkingCalendar(read_calendar(each, "calendar"), FIRST, LAST) for each in documents])
    calendars = [WorkingCalendar(read_calendar(each, "calendar"), FIRST, LAST) for each in documents]
    print(f"twelve calendars of three years built in {building:.3f} s", file=sys.stderr)
    seconds = statistics.median(timed(lambda: answer(calendars, incidents)) for _ in range(RUNS))
    found = answer(calendars, incidents)

    sample = np.random.default_rng(7).choice(ROWS, SAMPLE, replace=False)
    begun = time.perf_counter()
    theirs = answer_as_peer(incidents, sample)
    peer_seconds = time.perf_counter() - begun
    ours = [
        (timedelta(microseconds=int(found[0][row])), timedelta(microseconds=int(found[1][row])), instant(found[2][row]))
        for row in sample
    ]
    differing = sum(one != other for one, other in zip(ours, theirs, strict=True))
    print(f"{differing} of {SAMPLE} sampled incidents differ from the peer's answers", file=sys.stderr)
    line = {
        "bench": "working_time",
        "rows": ROWS,
        "pauses": len(incidents.off),
        "calendars": len(calendars),
        "seconds": round(seconds, 3),
        "rows_per_second": round(ROWS / seconds),
        "peer": "businesstimedelta",
        "peer_rows": SAMPLE,
        "peer_seconds": round(peer_seconds, 3),
        "ratio_to_peer": round(peer_seconds / SAMPLE / (seconds / ROWS), 1),
        "equal": differing == 0,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "runs": RUNS,
    }
    print(json.dumps(line))
    if differing:
        sys.exit(1)


if __name__ == "__main__":
    main()
