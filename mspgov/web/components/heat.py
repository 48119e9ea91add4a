"""The heat table: service levels by month, an attainment in each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mspgov.web.components.marks import STATE_WORDS, State, Status

Seal = Literal["", "sealed", "open"]


@dataclass(frozen=True)
class HeatMonth:
    """Head of a column: "May", below it a year or "day 14"; a seal mark stands above it."""

    label: str
    sub: str = ""
    seal: Seal = ""
    href: str = ""


@dataclass(frozen=True)
class HeatCell:
    """One month of one service level. `figure` is already rounded so that it never lifts over a bound.

    reported: a value without tickets behind it; running: the month is not over, `set_to_miss` if it is heading under the minimum;
    corrected: a decision after sealing changed it; forgiven: met though under a bound, for there were few tickets. `name` says value, state and month ("P2 resolution, May 2016: 84.93 %, missed").
    """

    state: State
    figure: str
    name: str
    href: str = ""
    reported: bool = False
    running: bool = False
    set_to_miss: bool = False
    selected: bool = False
    corrected: bool = False
    forgiven: bool = False

    @property
    def classes(self) -> str:
        """Class names of the cell, states first."""
        flags = ("reported", "running", "set_to_miss", "selected", "corrected", "forgiven")
        return " ".join(
            [f"heat-{self.state}", *(f"is-{flag.replace('_', '-')}" for flag in flags if getattr(self, flag))]
        )

    @property
    def shown(self) -> str:
        return "–" if self.state == "none" else self.figure


@dataclass(frozen=True)
class HeatForecast:
    """What the running month is heading for, in two words."""

    state: State
    words: str

    @property
    def status(self) -> Status:
        return Status(self.state, self.words, small=True)


@dataclass(frozen=True)
class HeatRow:
    """A service level: name, promise in a line, its cells (one for each month) and the forecast."""

    name: str
    sub: str
    cells: tuple[HeatCell, ...]
    href: str = ""
    forecast: HeatForecast | None = None


@dataclass(frozen=True)
class HeatGroup:
    label: str
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True)
class HeatTable:
    """Service levels by month. `reported_by` names who reported the values without tickets, for the legend."""

    caption: str
    months: tuple[HeatMonth, ...]
    groups: tuple[HeatGroup, ...]
    forecast_head: str = ""
    reported_by: str = ""
    legend: bool = True

    @property
    def width(self) -> int:
        """Columns of the table."""
        return 1 + len(self.months) + bool(self.forecast_head)

    @property
    def _cells(self) -> list[HeatCell]:
        return [cell for group in self.groups for row in group.rows for cell in row.cells]

    @property
    def states(self) -> tuple[tuple[State, str], ...]:
        """The states of the legend, with what they mean here."""
        means: dict[State, str] = {
            "met": "Met expected",
            "risk": "At risk: under expected",
            "missed": "Missed: under minimum",
            "none": STATE_WORDS["none"],
        }
        return tuple((state, words) for state, words in means.items())

    @property
    def has_reported(self) -> bool:
        return any(cell.reported for cell in self._cells)

    @property
    def has_running(self) -> bool:
        return any(cell.running for cell in self._cells)

    @property
    def has_corrected(self) -> bool:
        return any(cell.corrected for cell in self._cells)
