"""The smallest parts: links in text, states, figures, money and periods."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

State = Literal["met", "risk", "missed", "none"]
STATE_WORDS: dict[State, str] = {"met": "Met", "risk": "At risk", "missed": "Missed", "none": "Not measured"}


@dataclass(frozen=True)
class Link:
    """A linked or emphasised piece of a phrase; look: "figure" (dotted line), "text" (accent), "strong" or "was" (struck out, no link)."""

    text: str
    href: str = ""
    look: str = "figure"


Phrase = str | tuple[str | Link, ...]


@dataclass(frozen=True)
class Status:
    """Mark, word and colour of a state; the word may say more than the state's own. quiet: the words in ink-2, for notes that are no verdict."""

    state: State
    word: str = ""
    href: str = ""
    small: bool = False
    quiet: bool = False

    @property
    def words(self) -> str:
        return self.word or STATE_WORDS[self.state]


@dataclass(frozen=True)
class Marks:
    """A row of marks, one for each (state, name); the names are read out and shown on hover."""

    items: tuple[tuple[State, str], ...]
    label: str = ""


@dataclass(frozen=True)
class Pips:
    """A level of some: filled bars and the figure ("4 of 5")."""

    level: int
    of: int = 5
    label: str = ""

    @property
    def bars(self) -> tuple[tuple[int, bool], ...]:
        """Left edge in pixels and whether it is filled."""
        return tuple((index * 5, index < self.level) for index in range(self.of))

    @property
    def width(self) -> int:
        return self.of * 5 - 1


@dataclass(frozen=True)
class Money:
    """An amount of one currency; the code is not shown where the head of the column says it."""

    amount: Decimal
    currency: str
    href: str = ""
    with_code: bool = True


@dataclass(frozen=True)
class Period:
    """A half-open period in words, as the reader reads it, with the exact bounds for hover and print."""

    words: str
    exactly: str
    href: str = ""


@dataclass(frozen=True)
class Figure:
    """A label, a value and what stands below; size is 20 or 28; gauge and held are drawn under it."""

    label: str
    value: Phrase
    href: str = ""
    of: str = ""
    sub: Phrase = ""
    status: Status | None = None
    gauge: object | None = None
    time_gauge: object | None = None
    held: object | None = None
    size: int = 20
    wide: bool = False

    @property
    def gap(self) -> str:
        """Between the value and what it is of: nothing before a comma."""
        return "" if self.of.startswith(",") else " "


@dataclass(frozen=True)
class Figures:
    """A strip of figures between two strong rules; plain strips (facts) have no dividers and values of 14."""

    figures: tuple[Figure, ...]
    plain: bool = False
