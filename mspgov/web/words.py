"""How the product writes figures: money, percent, durations, instants. Numbers, units and dates never break across lines.

Durations are int64 microseconds. Nothing here reads a clock: the reader's zone and today are arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from mspgov.kernel.figures import (
    MINUS,
    NBSP,
    duration,
    duration_columns,
    money,
    number,
    percent_figure,
    place,
    shift,
    sign_and_minutes,
)
from mspgov.kernel.period import Month

__all__ = [
    "MINUS", "NBSP", "TIMES", "counted", "day", "day_sentence", "due", "duration", "duration_columns", "duration_fixed", "exactly",
    "last_day", "listed", "moment", "money", "months", "number", "percent", "percent_figure", "sentence", "top_bar_clock", "unbroken", "zone_name",
]  # fmt: skip

TIMES = "\u00d7"
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|January|February|March|April|June|July|August|September|October|November|December"
_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_BONDS = re.compile(
    rf"\b[A-Z]{{3}} (?=[{MINUS}-]?\d[\d,]*\.?\d*)|(?<=\d) (?=(?:%|h|min|s|d|ms|kB|MB|GB|{TIMES})(?:\W|$))|(?<=(?:\d h|\d d)) (?=\d)"
    rf"|\b(?:{_DAYS}) (?=\d\d:\d\d)|(?<=[{TIMES}{MINUS}§]) (?=\d)|\b(?:{_DAYS}) (?=\d{{1,2}} (?:{_MONTHS})\b)|(?<=\d) (?=(?:{_MONTHS})\b)|\b(?:{_MONTHS}) (?=\d{{4}}\b)"
)
IDENTIFIER = re.compile(r"\b(?:CC-[A-Z0-9-]{1,24}-\d{4}-\d{4,}|[A-Z]{1,6}(?:-?\d{4,}|-\d{2,})(?:-\d+)*)\b")


def unbroken(text: str) -> str:
    """The text with no-break spaces between numbers and their units, currency codes and amounts, days and months."""
    return _BONDS.sub(lambda found: found.group().replace(" ", NBSP), text)


def percent(ratio: Decimal | float | int, places: int = 2) -> str:
    """A ratio of 0 to 1 as 84.93 %."""
    exact = ratio if isinstance(ratio, Decimal) else Decimal(str(ratio))
    return f"{number(exact * 100, places)}{NBSP}%"


def duration_fixed(us: int) -> str:
    """8 h 00, − 14 h 00: for derivations, where hours stand under hours."""
    sign, minutes = sign_and_minutes(us)
    return f"{sign}{minutes // 60}{NBSP}h{NBSP}{minutes % 60:02d}"


def day(on: date | datetime, today: date, zone: tzinfo | None = None) -> str:
    """Fri 17 Jun, with the year when it is not this one. An instant is read in the zone."""
    on = _local_date(on, zone)
    year = "" if on.year == today.year else f"{NBSP}{on.year}"
    return f"{on:%a}{NBSP}{on.day}{NBSP}{on:%b}{year}"


def day_sentence(on: date | datetime, today: date, zone: tzinfo | None = None) -> str:
    """Friday 17 June, with the year when it is not this one."""
    on = _local_date(on, zone)
    year = "" if on.year == today.year else f"{NBSP}{on.year}"
    return f"{on:%A}{NBSP}{on.day}{NBSP}{on:%B}{year}"


def moment(at: datetime, today: date, zone: tzinfo | None = None) -> str:
    """Fri 17 Jun, 18:00; today only the time."""
    local = at.astimezone(zone) if zone else at
    return f"{local:%H:%M}" if local.date() == today else f"{day(local.date(), today)}, {local:%H:%M}"


def due(at: datetime, today: date, zone: tzinfo | None = None, *, brief: bool = False) -> str:
    """By when something is due: a wait that is over at midnight ends with the day before, the end of Thu 3 Dec (`brief`:
    end of Thu 3 Dec); any other instant as `moment` says it."""
    local = at.astimezone(zone) if zone else at
    if local.time() != time(0):
        return moment(at, today, zone)
    ends = last_day(at, zone)
    return f"{'' if brief else 'the '}end of {'today' if ends == today else day(ends, today)}"


def last_day(due_at: datetime, zone: tzinfo | None = None) -> date:
    """The last day on which one can still act: of what is due at midnight the day before."""
    return _local_date(due_at - timedelta(microseconds=1), zone)


def exactly(at: datetime, zone: tzinfo | None = None, zone_words: str = "") -> str:
    """The instant for hover and print: Fri 17 Jun 2016, 18:00:00 São Paulo (UTC−3)."""
    local = at.astimezone(zone) if zone else at
    name = zone_words or zone_name(zone)
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M:%S} {name} ({shift(local.utcoffset())})".replace(
        "  ", " "
    )


def zone_name(zone: tzinfo | None) -> str:
    """The place of a zone in words: America/Sao_Paulo is São Paulo."""
    return place(str(getattr(zone, "key", "") or "UTC"))


def top_bar_clock(at: datetime, zone: tzinfo) -> str:
    """Tue 14 Jun 2016, 09:42 São Paulo."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}, {local:%H:%M} {zone_name(zone)}"


def size(count: int) -> str:
    """`46.2 kB`, as file managers say it."""
    for unit, limit in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if count >= limit:
            return unbroken(f"{count / limit:.1f} {unit}")
    return unbroken(counted(count, "byte"))


def listed(names: Sequence[str]) -> str:
    """Ada; Ada and Ben; Ada, Ben and Cleo."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


def sentence(text: str) -> str:
    """What a rule says, from a capital on; a name of a file or a slug in front stays as it is written."""
    first = text.partition(" ")[0].rstrip(",:;’")
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def counted(count: int, singular: str, plural: str = "") -> str:
    """1 ticket, 24,918 tickets."""
    return f"{number(count)}{NBSP}{singular if count == 1 else plural or singular + 's'}"


def months(months: Iterable[Month], most: int = 0) -> str:
    """May 2016; April and May 2016; March to May 2016; else their names. Of more than `most` the first ones and a count."""
    ordered = sorted(set(months))
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    if len(ordered) == 1:
        return first.name
    opening = first.month_name if first.year == last.year else first.name
    if last - first == len(ordered) - 1:
        return f"{opening} {'and' if len(ordered) == 2 else 'to'} {last.name}"
    named = [month.name for month in ordered]
    if most and len(named) > most:
        return f"{', '.join(named[:most])} and {len(named) - most} more"
    return f"{', '.join(named[:-1])} and {named[-1]}"


def _local_date(on: date | datetime, zone: tzinfo | None) -> date:
    if isinstance(on, datetime):
        return (on.astimezone(zone) if zone else on).date()
    return on
