"""Tables and what a list has around them: filters, pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mspgov.web.components.feedback import RowError
from mspgov.web.components.frame import Action
from mspgov.web.components.gauges import ForecastLine, GaugeLine, TimeGauge
from mspgov.web.components.marks import Marks, Phrase, Pips, Status


@dataclass(frozen=True)
class Column:
    """Head of a column: units stand in it when numeric. `width` is a class of parts.css: fit, s, m, l, xl or empty."""

    label: str
    numeric: bool = False
    sort_href: str = ""
    sorted: Literal["", "up", "down"] = ""
    width: str = ""
    hidden_label: bool = False
    on_phone: bool = True


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: one of text, status, marks, pips or a gauge, with a sub-line of 12; `href` makes it a figure link.

    head: this is the row head (500); quiet: ink-2; mono: an identifier (slashed zero); wrong: the bad value of a row error; strong: a figure of 500.
    """

    text: Phrase = ""
    sub: Phrase = ""
    href: str = ""
    head: bool = False
    quiet: bool = False
    ident: bool = False
    wrong: bool = False
    strong: bool = False
    status: Status | None = None
    sub_status: Status | None = None
    marks: Marks | None = None
    pips: Pips | None = None
    gauge: GaugeLine | None = None
    time_gauge: TimeGauge | None = None
    forecast: ForecastLine | None = None
    action: Action | None = None

    @property
    def short(self) -> bool:
        """Whether the text is short enough to stay in one line."""
        return isinstance(self.text, str) and len(self.text) <= 16


@dataclass(frozen=True)
class Row:
    """A row; `href` is what Enter opens, `key` the value of its check box, `error` a line below on missed-tint."""

    cells: tuple[Cell, ...]
    href: str = ""
    key: str = ""
    selected: bool = False
    checked: bool = False
    error: RowError | None = None
    group: str = ""
    group_count: str = ""
    htmx_target: str = ""


@dataclass(frozen=True)
class DataTable:
    """Columns and rows of equal length. A `group` row text stands over the rows that begin with it; `total` is the last row.

    density: roomy for few rows with sub-lines, close for events, dense for rows of 12; selectable: check boxes named `selected`; wide tables (more than three columns) become two-line rows on a phone.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    selectable: bool = False
    density: Literal["", "roomy", "close", "dense"] = ""
    headless: bool = False
    keys: bool = False

    @property
    def wide(self) -> bool:
        """Whether it becomes two-line rows on a phone: more than three columns stay there."""
        return sum(column.on_phone for column in self.columns) > 3

    @property
    def span(self) -> int:
        return len(self.columns) + self.selectable

    @property
    def pairs(self) -> tuple[tuple[Row, tuple[tuple[Column, Cell], ...]], ...]:
        """Each row with its cells beside their columns."""
        return tuple((row, tuple(zip(self.columns, row.cells, strict=True))) for row in self.rows)

    @property
    def total_pairs(self) -> tuple[tuple[Column, Cell], ...]:
        return () if self.total is None else tuple(zip(self.columns, self.total.cells, strict=True))


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class FilterChoice:
    """A filter's address and words, for filters that are links."""

    label: str
    href: str
    chosen: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter of a list: closed it reads "Engagement Workplace services"; open it offers links (`choices`) or a field (`name`, `options`).

    set: it narrows the list; clear_href drops it. `kept` are the other parameters of the address, sent along.
    """

    label: str
    value: str = ""
    set: bool = False
    choices: tuple[FilterChoice, ...] = ()
    name: str = ""
    options: tuple[Option, ...] = ()
    clear_href: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    adds: bool = False


@dataclass(frozen=True)
class ListPages:
    """Foot of a list: range in words ("1 to 13 of 13"), how figures come about, and the pages before and after."""

    range: str
    note: str = ""
    before_href: str = ""
    after_href: str = ""
    keys: bool = True
