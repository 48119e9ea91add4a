"""Records in words: derivations, the path of a state, a thread, what changed, what needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mspgov.web.components.frame import Action
from mspgov.web.components.marks import Phrase


@dataclass(frozen=True)
class Step:
    """One step of a derivation: what (its first words are `lead`), reason and clause below, the result at the right."""

    label: Phrase
    value: str = ""
    lead: str = ""
    detail: Phrase = ""
    clause: str = ""
    clause_href: str = ""


@dataclass(frozen=True)
class Derivation:
    """Numbered steps to one result; the last step stands under an ink line with a double rule under its value."""

    steps: tuple[Step, ...]
    note: Phrase = ""
    label: str = "How it comes about"


@dataclass(frozen=True)
class PathPoint:
    label: str
    sub: str = ""
    state: Literal["done", "now", "todo"] = "todo"


@dataclass(frozen=True)
class StatePath:
    """The states of a record in order: done, now, still to come."""

    points: tuple[PathPoint, ...]
    label: str = "State"

    @property
    def _step(self) -> float:
        return 100 / max(len(self.points), 1)

    @property
    def rings(self) -> tuple[tuple[float, PathPoint], ...]:
        """Left edge of each point in percent."""
        return tuple((round(index * self._step, 2), point) for index, point in enumerate(self.points))

    @property
    def done_width(self) -> float:
        """Percent of the line that lies behind."""
        reached = max((index for index, point in enumerate(self.points) if point.state != "todo"), default=0)
        return round(reached * self._step, 2)


@dataclass(frozen=True)
class Tag:
    """A file, or something that stands for one: name, size or place in grey."""

    name: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class Said:
    """One entry of a thread: person, side, time; paragraphs; files."""

    person: str
    side: str
    time: str
    paragraphs: tuple[Phrase, ...]
    tags: tuple[Tag, ...] = ()
    time_exactly: str = ""


@dataclass(frozen=True)
class Thread:
    entries: tuple[Said, ...]


@dataclass(frozen=True)
class Change:
    """One line of what changed: time, words, by whom."""

    time: str
    text: Phrase
    by: str = ""
    time_exactly: str = ""


@dataclass(frozen=True)
class ChangeDay:
    label: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Changes:
    """What changed by day; long_times gives room for "Mon 13 Jun, 15:02"."""

    days: tuple[ChangeDay, ...]
    long_times: bool = False


@dataclass(frozen=True)
class HomeRow:
    """Something that needs a person: the lead figure and what it means, the record, a sentence, what can be done here.

    urgent: the lead stands in missed and the row has an accent bar; of one page at most the first.
    """

    lead: str
    lead_sub: str
    title: Phrase
    text: Phrase
    actions: tuple[Action, ...] = ()
    urgent: bool = False
    href: str = ""


@dataclass(frozen=True)
class HomeSection:
    label: str
    rows: tuple[HomeRow, ...]

    @property
    def count(self) -> int:
        return len(self.rows)
