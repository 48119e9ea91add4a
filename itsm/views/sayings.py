"""How pages of itsm say months, parties, percents and standings."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from itsm.queries.current import ResultLine
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import plain
from mspgov.web import words
from mspgov.web.components import State, Status

STATES: Final[dict[str, State]] = {"met": "met", "at_risk": "risk", "missed": "missed", "not_measured": "none"}
ENDINGS: Final = frozenset(
    (
        "managed",
        "services",
        "service",
        "solutions",
        "technologies",
        "it",
        "ltd",
        "ltda",
        "inc",
        "gmbh",
        "ag",
        "sa",
        "plc",
        "llc",
    )
)
SPELLED: Final = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def state_of(line: ResultLine | None) -> State:
    return "none" if line is None or line.attainment is None else STATES[line.standing]


def short(name: str) -> str:
    """A firm as people call it: Cobalt Managed Services is Cobalt."""
    parts = name.split()
    while len(parts) > 1 and parts[-1].strip(".,").lower() in ENDINGS:
        parts.pop()
    return " ".join(parts)


def spelled(number: int) -> str:
    """one … twelve, then figures."""
    return SPELLED[number] if 0 <= number < len(SPELLED) else words.number(number)


def month_name(month: Month) -> str:
    """May, with the year when it is not this one."""
    return month.month_name if month.year == timezone.localdate().year else month.name


def percent(value: Decimal | None, places: int = 2) -> str:
    """Percent as 84.93 %; "not measured" when there is none."""
    return "not measured" if value is None else words.percent(value / 100, places)


def exact(value: Decimal | None) -> str:
    """A bound as it was agreed: 85 %, 99.9 %."""
    return "none" if value is None else f"{plain(value)} %"


def figure(line: ResultLine) -> str:
    """The figure of a heat cell: one decimal, two for availability, never lifted over a bound."""
    if line.attainment is None:
        return ""
    bounds = tuple(bound / 100 for bound in (line.minimum, line.expected) if bound is not None)
    return words.percent_figure(line.attainment / 100, bounds, 2 if line.measure == "availability" else 1)


def scale_of(values: Sequence[Decimal | float | None], measure: str = "") -> float:
    """Where a percent axis starts: 99 for availability, 70 for tickets, lower in tens where values lie lower."""
    lowest = min((float(value) for value in values if value is not None), default=100.0)
    if measure == "availability" and lowest >= 99:
        return 99.0
    return 70.0 if lowest >= 70 else max(0.0, float(int(lowest // 10) * 10))


def status_of(line: ResultLine) -> Status:
    if line.is_forgiven:
        return Status("met", "Met, forgiven")
    return Status(state_of(line))


def local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def said_at(at: datetime, zone: str) -> str:
    """1 Jun 2016, 06:14 São Paulo."""
    on = local(at, zone)
    return f"{on.day} {on:%b %Y}, {on:%H:%M} {place(zone)}"


def place(zone: str) -> str:
    """The place of a zone: America/Sao_Paulo is São Paulo."""
    return words.zone_name(ZoneInfo(zone))


def said_day(on: date) -> str:
    """1 Mar 2016."""
    return f"{on.day} {on:%b %Y}"
