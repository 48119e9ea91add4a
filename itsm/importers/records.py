"""What the importers read: events of tickets, tickets derived from them, and rows that cannot be read."""

from typing import NamedTuple


class Event(NamedTuple):
    """One row of a log. Instants are int microseconds since the epoch, None where the source is empty; texts are ''.

    `place` counts the rows of one ticket that share a `mod_count`; `row` is the row of the file (the header is row 1),
    0 for an event that came with an earlier import. `waits` is the JSON of a mapped row's own waits, else ''.
    """

    row: int
    number: str
    format: str
    mod_count: int
    place: int
    at: int | None
    state: str
    priority: int
    category: str
    subcategory: str
    symptom: str
    assignment_group: str
    location: str
    service: str
    ci: str
    vendor: str
    party: str
    opened: int
    resolved: int | None
    answered: int | None
    waits: str


class Rejected(NamedTuple):
    """A row that cannot be used, by the field that is wrong; its whole ticket is left out.

    `number` is the ticket's, '' where even that cannot be read.
    """

    row: int
    field: str
    why: str
    number: str = ""

    def document(self) -> dict[str, str | int]:
        return {"row": self.row, "field": self.field, "why": self.why}


class Pause(NamedTuple):
    """A wait of a ticket: [started, ended), ended None while it lasts. `kind` 'vendor' is resolved by its party."""

    kind: str
    started: int
    ended: int | None
    vendor: str
    party: str


class PriorityChange(NamedTuple):
    """The priority of a ticket changed at an instant (1 is the worst)."""

    at: int
    before: int
    after: int


class Derived(NamedTuple):
    """What all events of one ticket say together."""

    number: str
    opened: int
    answered: int | None
    resolved: int | None
    priority: int
    priority_worst: int
    priority_first: int
    state: str
    category: str
    subcategory: str
    symptom: str
    assignment_group: str
    location: str
    service: str
    ci: str
    vendor: str
    events: int
    updated: int
    waits: tuple[Pause, ...]
    changes: tuple[PriorityChange, ...]
