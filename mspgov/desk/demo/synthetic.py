"""An invented ticket log: seeded, so that the same day gives the same log, up to the instant of loading."""

import csv
import io
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

COLUMNS = ["Ticket", "Created", "First reply", "Solved", "Prio", "Cat", "Group", "Site", "Supplier", "Waiting since",
           "Waiting until", "Supplier since", "Supplier until"]  # fmt: skip
MAPPING = {
    "columns": {
        "number": "Ticket", "opened_at": "Created", "answered_at": "First reply", "resolved_at": "Solved",
        "priority": "Prio", "category": "Cat", "assignment_group": "Group", "location": "Site", "vendor": "Supplier",
    },
    "priorities": {"Critical": "P1", "High": "P2", "Normal": "P3", "Low": "P4"},
    "waits": [{"from": "Waiting since", "to": "Waiting until", "kind": "customer"}],
}  # fmt: skip
SHARES = {"Critical": 0.03, "High": 0.12, "Normal": 0.65, "Low": 0.20}
HOURS = {"Critical": 3.0, "High": 6.0, "Normal": 18.0, "Low": 36.0}  # median hours of work to solve


@dataclass(frozen=True)
class Flow:
    """How tickets come and go at one provider: a day's volume, and how fast it is from month to month (1 is normal)."""

    seed: int
    prefix: str
    a_day: float
    pace: tuple[float, ...]
    categories: tuple[str, ...]
    groups: tuple[str, ...]
    supplier: str
    supplier_kind: str
    sites: tuple[str, ...] = ("Oslo", "Bergen", "Stavanger")


def mapping_of(flow: Flow) -> dict[str, object]:
    wait = {"from": "Supplier since", "to": "Supplier until", "kind": flow.supplier_kind}
    return {**MAPPING, "waits": [*MAPPING["waits"], wait]}


def log_of(flow: Flow, first: datetime, now: datetime, zone: str) -> bytes:
    """A CSV of every ticket that opened in [first, now): what has not happened by `now` stands empty."""
    dice = random.Random(flow.seed)  # noqa: S311  (a demo, not a secret)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    number, day = 100_000 + flow.seed, first
    while day < now:
        weekday = day.astimezone(ZoneInfo(zone)).weekday() < 5
        volume = dice.gauss(flow.a_day, flow.a_day**0.5) * (1.0 if weekday else 0.12)
        months = (day.year - first.year) * 12 + day.month - first.month
        pace = flow.pace[min(months, len(flow.pace) - 1)]
        for _ in range(max(0, round(volume))):
            number += 1
            row = ticket(dice, flow, f"{flow.prefix}{number}", day, pace, now)
            if row is not None:
                table.writerow(row)
        day += timedelta(days=1)
    return out.getvalue().encode()


def ticket(dice: random.Random, flow: Flow, number: str, day: datetime, pace: float, now: datetime) -> list[str] | None:
    """One row, or None when it would open after `now`."""
    opened = day + timedelta(hours=dice.triangular(6.0, 17.5, 9.0), seconds=dice.randrange(60))
    priority = dice.choices(list(SHARES), list(SHARES.values()))[0]
    reply = opened + timedelta(minutes=dice.lognormvariate(2.9, 0.9) * pace)
    solve = reply + timedelta(hours=HOURS[priority] * dice.lognormvariate(0.0, 0.75) * pace * 0.55)
    waits = [""] * 4
    for place, chance in ((0, 0.18), (2, 0.06)):
        if dice.random() < chance:
            since = reply + (solve - reply) * dice.random()
            until = since + timedelta(hours=dice.lognormvariate(1.6, 0.8))
            solve = max(solve, until)
            waits[place], waits[place + 1] = written(since, now), written(until, now)
    supplier = flow.supplier if waits[2] else ""
    category, group, site = dice.choice(flow.categories), dice.choice(flow.groups), dice.choice(flow.sites)
    if opened >= now:
        return None
    return [number, written(opened, now), written(reply, now), written(solve, now), priority, category, group, site,
            supplier, *waits]  # fmt: skip


def written(instant: datetime, now: datetime) -> str:
    """An instant as the file has it; empty when it has not come yet."""
    return instant.replace(microsecond=0).isoformat() if instant < now else ""
