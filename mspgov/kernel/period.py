"""Calendar months and quarters: half-open periods, with their instants in a zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import DAY_US, Micros, day_number, from_micros
from mspgov.kernel.zones import LocalClock, zone_named

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
QUARTER = re.compile(r"[0-9]{4}-Q[1-4]")
NAMES: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """A calendar month, written `2016-04`; ValueError for any other text. Months order, add and subtract."""

    text: str

    def __post_init__(self) -> None:
        if not MONTH.fullmatch(self.text) or self.text.startswith("0000"):
            raise ValueError(f"{self.text!r} is not a month such as 2016-04")

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a date."""
        return cls(f"{day.year:04d}-{day.month:02d}")

    @classmethod
    def at(cls, instant_us: int, zone: str) -> "Month":
        """The month that the wall of the zone shows at an instant."""
        return cls.of(from_micros(instant_us).astimezone(zone_named(zone)))

    @classmethod
    def numbered(cls, number: int) -> "Month":
        """The month with this number; see `number`."""
        return cls(f"{number // 12:04d}-{number % 12 + 1:02d}")

    @property
    def year(self) -> int:
        return int(self.text[:4])

    @property
    def month(self) -> int:
        return int(self.text[5:])

    @property
    def number(self) -> int:
        """Months since January of the year 0: consecutive months have consecutive numbers."""
        return self.year * 12 + self.month - 1

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1) if self.text != "9999-12" else date.max

    @property
    def next(self) -> "Month":
        return self + 1

    @property
    def previous(self) -> "Month":
        return self + -1

    @property
    def quarter(self) -> "Quarter":
        return Quarter(f"{self.year:04d}-Q{(self.month + 2) // 3}")

    @property
    def name(self) -> str:
        """`April 2016`."""
        return f"{self.month_name} {self.year}"

    @property
    def month_name(self) -> str:
        """`April`."""
        return NAMES[self.month - 1]

    def __add__(self, months: int) -> "Month":
        return Month.numbered(self.number + months)

    def __sub__(self, other: "Month") -> int:
        """How many months this one lies after the other."""
        return self.number - other.number

    def __str__(self) -> str:
        return self.text

    def span_us(self, zone: str) -> tuple[int, int]:
        """[start, end) in microseconds since the epoch: the first instants of this month and of the next in the zone."""
        return first_instant_us(self.first_day, zone), first_instant_us(self.next.first_day, zone)

    def is_over(self, at: datetime, zone: str) -> bool:
        """Has the whole month passed in the zone?"""
        return Month.of(at.astimezone(zone_named(zone))) > self


@dataclass(frozen=True, order=True, slots=True)
class Quarter:
    """A calendar quarter, written `2016-Q2`; ValueError for any other text."""

    text: str

    def __post_init__(self) -> None:
        if not QUARTER.fullmatch(self.text) or self.text.startswith("0000"):
            raise ValueError(f"{self.text!r} is not a quarter such as 2016-Q2")

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return Month.of(day).quarter

    @property
    def months(self) -> tuple[Month, Month, Month]:
        first = Month(f"{self.text[:4]}-{int(self.text[-1]) * 3 - 2:02d}")
        return first, first + 1, first + 2

    @property
    def first_day(self) -> date:
        return self.months[0].first_day

    @property
    def last_day(self) -> date:
        return self.months[2].last_day

    @property
    def next(self) -> "Quarter":
        return (self.months[2] + 1).quarter

    @property
    def previous(self) -> "Quarter":
        return (self.months[0] + -1).quarter

    @property
    def name(self) -> str:
        """`second quarter of 2016`."""
        return f"{('first', 'second', 'third', 'fourth')[int(self.text[-1]) - 1]} quarter of {self.text[:4]}"

    def __str__(self) -> str:
        return self.text

    def span_us(self, zone: str) -> tuple[int, int]:
        """[start, end) in microseconds since the epoch, in the zone."""
        return self.months[0].span_us(zone)[0], self.months[2].span_us(zone)[1]

    def is_over(self, at: datetime, zone: str) -> bool:
        return self.months[2].is_over(at, zone)


def read_month(text: object, path: str) -> Month:
    """A month written `2016-04`; Fault if it is anything else."""
    try:
        return Month(text if isinstance(text, str) else "")
    except ValueError:
        raise Fault(path, "must be a month such as 2016-04") from None


def read_quarter(text: object, path: str) -> Quarter:
    """A quarter written `2016-Q2`; Fault if it is anything else."""
    try:
        return Quarter(text if isinstance(text, str) else "")
    except ValueError:
        raise Fault(path, "must be a quarter such as 2016-Q2") from None


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """The months from the first to the last, both included; none when the last lies before the first."""
    return (Month.numbered(number) for number in range(first.number, last.number + 1))


def month_edges_us(first: Month, last: Month, zone: str) -> Micros:
    """First instants of the months first … last and of the month after, int64 microseconds, shape (n + 1,).

    `np.searchsorted(edges, instants_us, side="right") - 1` gives the place of each instant's month, -1 before the
    first and n after the last.
    """
    days = [day_number(month.first_day) for month in months_between(first, last + 1)]
    clock = LocalClock(zone, days[0], days[-1])
    return clock.first(np.array(days, dtype=np.int64) * DAY_US)


@lru_cache(maxsize=4096)
def first_instant_us(day: date, zone: str) -> int:
    """The first instant of a local date: where midnight does not exist, the instant of the jump."""
    number = day_number(day)
    return int(LocalClock(zone, number, number).first(np.array([number * DAY_US], dtype=np.int64))[0])
