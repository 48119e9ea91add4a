"""The `csv` format: one row per ticket, its columns named by a mapping."""

import json
from collections.abc import Iterable, Iterator

from mspgov.kernel.faults import Fault

from .derivation import CSV
from .instants import Instants, Unreadable, Wall, by_format, iso
from .mapping import FIELDS, INSTANTS, TEXTS, Mapping
from .records import Event, Rejected
from .servicenow_audit import LONGEST_NUMBER
from .table import Table


def columns_of(header: list[str], mapping: Mapping) -> dict[str, int]:
    """Ticket field → position in the row; Fault for a mapped column that the file has not."""
    for name, column in mapping.columns.items():
        if column not in header:
            raise Fault("row 1", f"the column {column} (mapping.columns.{name}) is missing")
    for i, wait in enumerate(mapping.waits):
        for end, column in (("from", wait.started), ("to", wait.ended)):
            if column not in header:
                raise Fault("row 1", f"the column {column} (mapping.waits[{i}].{end}) is missing")
    return {name: header.index(mapping.columns[name]) for name in FIELDS if name in mapping.columns}


def read(
    table: Table, mapping: Mapping, *, time_zone: str, vendor_party: str = "",
    rows: Iterable[tuple[int, list[str]]] | None = None,
) -> Iterator[Event | list[Rejected]]:  # fmt: skip
    """Each row as the one Event of its ticket, or the list of everything that is wrong with it."""
    reader = _Reader(table.header, mapping, time_zone, vendor_party)
    for row, fields in table.rows() if rows is None else rows:
        yield reader.row(row, fields)


class _Reader:
    """What one row says; collects the row's faults as it goes."""

    def __init__(self, header: list[str], mapping: Mapping, time_zone: str, vendor_party: str) -> None:
        self._places = columns_of(header, mapping)
        self._width = len(header)
        self._priorities = mapping.priority_numbers()
        self._instants = Instants(by_format(mapping.dates) if mapping.dates else iso, Wall(time_zone))
        self._waits = [(header.index(w.started), header.index(w.ended), w) for w in mapping.waits]
        self._party = vendor_party
        self._faults: list[tuple[str, str]] = []

    def row(self, row: int, fields: list[str]) -> Event | list[Rejected]:
        self._faults = []
        number = self._text(fields, "number")
        if len(fields) != self._width:
            return [
                Rejected(row, "row", f"{len(fields)} fields, the header has {self._width}", number[:LONGEST_NUMBER])
            ]
        if not number:
            self._say("number", "is empty")
        elif len(number) > LONGEST_NUMBER:
            self._say("number", f"is longer than {LONGEST_NUMBER} characters")
        priority = self._text(fields, "priority")
        if priority not in self._priorities:
            self._say("priority", f"{priority[:40]!r} is not one of P1 to P4" if priority else "is empty")
        opened, answered, resolved = (self._instant(name, self._text(fields, name)) for name in INSTANTS)
        if opened is None and not any(field == "opened_at" for field, _ in self._faults):
            self._say("opened_at", "is empty")
        waits = self._waits_of(fields)
        if self._faults or opened is None:
            return [Rejected(row, field, why, number[:LONGEST_NUMBER]) for field, why in self._faults]
        texts = {name: self._text(fields, name) for name in TEXTS}
        return Event(
            row, number, CSV, 0, 0, None, texts["state"], self._priorities[priority], texts["category"],
            texts["subcategory"], texts["symptom"], texts["assignment_group"], texts["location"], texts["service"],
            texts["ci"], texts["vendor"], self._party if waits else "", opened, resolved, answered, waits,
        )  # fmt: skip

    def _text(self, fields: list[str], name: str) -> str:
        place = self._places.get(name)
        return fields[place].strip() if place is not None and place < len(fields) else ""

    def _say(self, field: str, why: str) -> None:
        self._faults.append((field, why))

    def _instant(self, field: str, text: str) -> int | None:
        try:
            return self._instants[text] if text else None
        except Unreadable as why:
            self._say(field, str(why))
            return None

    def _waits_of(self, fields: list[str]) -> str:
        """The row's waits as JSON, '' when there are none."""
        found = []
        for start_place, end_place, wait in self._waits:
            begins, ends = fields[start_place].strip(), fields[end_place].strip()
            if not begins:
                if ends:
                    self._say(wait.ended, f"the wait ends, but {wait.started} is empty")
                continue
            started, ended = self._instant(wait.started, begins), self._instant(wait.ended, ends)
            if started is not None and ended is not None and ended < started:
                self._say(wait.ended, f"{ends} is before the wait begins, {begins}")
            found.append({"kind": wait.kind, "from": started, "to": ended})
        return json.dumps(found, separators=(",", ":")) if found else ""
