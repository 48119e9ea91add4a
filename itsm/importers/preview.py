"""A first look at a file: its columns with samples, the first rows, and the neighbours of rows that cannot be used."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .records import Event, Rejected

FIRST_ROWS = 20
MOST_FAULTS_SHOWN = 50
MOST_VALUES = 200
LONGEST_SHOWN = 200
EMPTY = ("", "?")


@dataclass
class Column:
    """What was found in one column so far."""

    name: str
    sample: str = ""
    empty: int = 0
    values: dict[str, int] = field(default_factory=dict)
    many: bool = False

    def see(self, text: str) -> None:
        if text in EMPTY:
            self.empty += 1
            return
        if not self.sample:
            self.sample = text[:LONGEST_SHOWN]
        values = self.values
        if text in values:
            values[text] += 1
        elif self.many:
            return
        elif len(values) < MOST_VALUES:
            values[text[:LONGEST_SHOWN]] = 1
        else:
            self.many = True

    def document(self, rows: int) -> dict[str, object]:
        rare = sorted(self.values.items(), key=lambda item: (item[1], item[0]))[:5]
        return {
            "column": self.name,
            "sample": self.sample,
            "empty": self.empty,
            "rows": rows,
            "distinct": len(self.values),
            "more_distinct": self.many,
            "values": sorted(self.values) if not self.many and len(self.values) <= 12 else [],
            "rare": [] if self.many else [{"value": v, "rows": n} for v, n in rare if n <= max(1, rows // 10_000)],
        }


class Glance:
    """Watches rows pass by: `through` on their way to a reader, `results` on their way from it."""

    def __init__(self, header: list[str]) -> None:
        self.columns = [Column(name) for name in header]
        self.rows = 0
        self._recent: deque[Event] = deque(maxlen=2)
        self._shown: dict[int, dict[str, object]] = {}
        self._first: list[dict[str, object]] = []
        self._warned: list[dict[str, object]] = []
        self._after = 0
        self._faults = 0
        self._fields: tuple[int, list[str]] = (0, [])

    def through(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
        for row in rows:
            self.rows += 1
            self._fields = row
            for column, text in zip(self.columns, row[1], strict=False):
                column.see(text)
            yield row

    def results(self, results: Iterable[Event | list[Rejected]]) -> Iterator[Event | list[Rejected]]:
        for result in results:
            if isinstance(result, Event):
                self._see(result)
            elif self._faults < MOST_FAULTS_SHOWN:
                self._fault(result)
            yield result

    def _see(self, event: Event) -> None:
        if len(self._first) < FIRST_ROWS:
            self._first.append(shown(event))
        if event.resolved is None and len(self._warned) < FIRST_ROWS:
            self._warned.append(shown(event))
        if self._after:
            self._after -= 1
            self._shown[event.row] = shown(event)
        self._recent.append(event)

    def _fault(self, faults: list[Rejected]) -> None:
        self._faults += 1
        for event in self._recent:
            self._shown.setdefault(event.row, shown(event))
        row, fields = self._fields
        texts = {c.name: text[:LONGEST_SHOWN] for c, text in zip(self.columns, fields, strict=False)}
        self._shown[row] = {"row": row, "fields": texts, "faults": [f.document() for f in faults]}
        self._after = 1

    def document(self, rejected: Iterable[Rejected]) -> dict[str, object]:
        """Columns, the first rows as they would be written, the first without a resolution time, and rows with faults among their neighbours.

        Faults that only the whole ticket shows (`rejected`) stand without neighbours.
        """
        for each in rejected:
            if len(self._shown) >= MOST_FAULTS_SHOWN * 4:
                break
            if each.row not in self._shown or "faults" not in self._shown[each.row]:
                known: Mapping[str, object] = self._shown.get(each.row, {"row": each.row, "number": each.number})
                self._shown[each.row] = {**known, "faults": [each.document()]}
        return {
            "columns": [c.document(self.rows) for c in self.columns],
            "rows": self._first,
            "warned": self._warned,
            "neighbours": [self._shown[row] for row in sorted(self._shown)],
        }


def shown(event: Event) -> dict[str, object]:
    """A row as it would be written; instants are microseconds since the epoch."""
    return {
        "row": event.row,
        "number": event.number,
        "state": event.state,
        "priority": f"P{event.priority}",
        "opened_us": event.opened,
        "resolved_us": event.resolved,
        "at_us": event.at,
        "category": event.category,
        "assignment_group": event.assignment_group,
    }
