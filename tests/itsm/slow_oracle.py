"""A second opinion on tickets and clocks: plain Python, one ticket at a time, minute by minute, straight from the rules.

It shares no code with the product: dates by zoneinfo, working time by walking over minutes.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
PRIORITIES = {"1 - Critical": 1, "2 - High": 2, "3 - Moderate": 3, "4 - Low": 4}


@dataclass
class Case:
    """A ticket as the format's text describes it."""

    number: str
    opened: datetime
    answered: datetime | None
    resolved: datetime | None
    priorities: list[int]
    category: str
    waits: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)

    @property
    def contradicts(self) -> bool:
        return any(at is not None and at < self.opened for at in (self.answered, self.resolved))


def read_cases(lines: Iterable[str], zone: str, vendor: str = "unknown_vendor") -> dict[str, Case]:
    where = ZoneInfo(zone)

    def instant(text: str) -> datetime | None:
        if text == "?":
            return None
        return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=where).astimezone(UTC)

    rows: dict[str, list[tuple[int, int, dict[str, str]]]] = defaultdict(list)
    for place, row in enumerate(csv.DictReader(lines)):
        rows[row["number"]].append((int(row["sys_mod_count"]), place, row))
    cases = {}
    for number, found in rows.items():
        events = [row for _, _, row in sorted(found, key=lambda item: item[:2])]
        cases[number] = _case(number, events, instant, vendor)
    return cases


def _case(number, events, instant, vendor) -> Case:
    at = [instant(row["sys_updated_at"]) for row in events]
    states = [row["incident_state"] for row in events]
    answered = next((a for a, s in zip(at, states, strict=True) if s not in ("New", "-100")), None)
    resolved = instant(events[-1]["resolved_at"])
    if resolved is None and states[-1] in ("Resolved", "Closed"):
        first = len(states) - 1
        while first > 0 and states[first - 1] in ("Resolved", "Closed"):
            first -= 1
        resolved = at[first]
    kinds = {"Awaiting User Info": "customer", "Awaiting Evidence": "customer", "Awaiting Problem": "problem",
             "Awaiting Vendor": vendor, "Resolved": "resolved"}  # fmt: skip
    waits = []
    for i, state in enumerate(states):
        if state in kinds:
            ended = next((at[j] for j in range(i + 1, len(states)) if states[j] != state), None)
            if resolved is not None:
                ended = resolved if ended is None else min(ended, resolved)
            if ended is None or ended > at[i]:
                waits.append((kinds[state], at[i], ended))
    opened = instant(events[-1]["opened_at"])
    return Case(
        number, opened, answered, resolved, [PRIORITIES[r["priority"]] for r in events], events[-1]["category"], waits
    )


@dataclass
class Office:
    """Opening hours by local wall clock, whole minutes; `always` is round the clock. A week day without hours is shut."""

    zone: str
    hours: dict[int, list[tuple[int, int]]]
    holidays: frozenset[str] = frozenset()
    always: bool = False

    def is_open(self, at: datetime) -> bool:
        if self.always:
            return True
        local = at.astimezone(ZoneInfo(self.zone))
        if local.date().isoformat() in self.holidays:
            return False
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.hours.get(local.weekday(), []))


@dataclass
class Outcome:
    start: datetime
    end: datetime | None
    elapsed: int
    paused: int
    met: bool | None
    due: datetime | None


def judge(case: Case, end: datetime | None, office: Office, target: int, stops: set[str], now: datetime) -> Outcome:
    """Walks from minute to minute; elapsed, paused and target in minutes. All instants are whole minutes."""
    until = end if end is not None else max(now, case.opened)
    at, elapsed, paused, due = case.opened, 0, 0, None
    pauses = [(s, e if e is not None else until) for kind, s, e in case.waits if kind in stops]
    while at < until:
        if office.is_open(at):
            if any(s <= at < e for s, e in pauses):
                paused += 1
            else:
                elapsed += 1
                if elapsed == target:
                    due = at + MINUTE
        at += MINUTE
    late = elapsed > target
    met = False if late else (True if end is not None else None)
    return Outcome(case.opened, end, elapsed, paused, met, due if late else None)
