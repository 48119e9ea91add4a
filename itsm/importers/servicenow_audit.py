"""The `servicenow-audit` format: one row per audit event of an incident."""

from collections.abc import Iterable, Iterator
from operator import itemgetter

from mspgov.kernel.faults import Fault

from .derivation import AUDIT
from .instants import DayFirst, Unreadable, Wall
from .records import Event, Rejected
from .table import Table

COLUMNS = {
    "number": "number",
    "state": "incident_state",
    "mod_count": "sys_mod_count",
    "at": "sys_updated_at",
    "opened_at": "opened_at",
    "resolved_at": "resolved_at",
    "priority": "priority",
    "category": "category",
    "subcategory": "subcategory",
    "symptom": "u_symptom",
    "assignment_group": "assignment_group",
    "location": "location",
    "ci": "cmdb_ci",
    "vendor": "vendor",
}
PRIORITIES = {"1 - Critical": 1, "2 - High": 2, "3 - Moderate": 3, "4 - Low": 4, "P1": 1, "P2": 2, "P3": 3, "P4": 4}
EMPTY = "?"
LONGEST_NUMBER = 100
GREATEST_COUNT = 2**31 - 1


def columns_of(header: list[str]) -> dict[str, int]:
    """Ticket field → position in the row; Fault for a column that is missing."""
    missing = [column for column in COLUMNS.values() if column not in header]
    if missing:
        raise Fault(
            "row 1", f"the column {missing[0]} is missing" + (f" (and {len(missing) - 1} more)" if missing[1:] else "")
        )
    return {name: header.index(column) for name, column in COLUMNS.items()}


def read(
    table: Table, *, time_zone: str, vendor_party: str = "", rows: Iterable[tuple[int, list[str]]] | None = None
) -> Iterator[Event | list[Rejected]]:
    """Each row as an Event (`place` still 0), or the list of everything that is wrong with it.

    `rows` may be those of the table seen through something else. Dates are of `time_zone`; `vendor_party` is whose
    vendors are when nothing better is known.
    """
    places = columns_of(table.header)
    width = len(table.header)
    pick = itemgetter(*(places[name] for name in COLUMNS))
    instants = DayFirst(Wall(time_zone))
    counts: dict[str, int] = {}
    blank = {EMPTY: ""}.get
    for row, fields in table.rows() if rows is None else rows:
        if len(fields) != width:
            yield [_wrong_width(row, fields, width, places["number"])]
            continue
        texts = pick(fields)
        texts = tuple(map(blank, texts, texts))
        (
            number,
            state,
            mod_count,
            at,
            opened,
            resolved,
            priority,
            category,
            sub,
            symptom,
            group,
            location,
            ci,
            vendor,
        ) = texts
        try:
            count = counts[mod_count]
        except KeyError:
            count = _count(mod_count, counts)
        try:
            if not number or len(number) > LONGEST_NUMBER or count < 0:
                raise KeyError
            event = (
                row, number, AUDIT, count, 0, instants[at], state, PRIORITIES[priority], category, sub, symptom, group,
                location, "", ci, vendor, vendor_party if state == "Awaiting Vendor" else "", instants[opened],
                instants[resolved] if resolved else None, None, "",
            )  # fmt: skip
        except (KeyError, Unreadable):
            yield _faults(row, number, mod_count, count, priority, instants, at, opened, resolved)
        else:
            yield tuple.__new__(Event, event)  # Event(*event) at half the time


def _count(text: str, counts: dict[str, int]) -> int:
    """The number of an update, -1 for what is none."""
    whole = text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= GREATEST_COUNT
    if len(counts) > 100_000:
        counts.clear()
    counts[text] = int(text) if whole else -1
    return counts[text]


def _wrong_width(row: int, fields: list[str], width: int, number: int) -> Rejected:
    name = fields[number] if number < len(fields) else ""
    return Rejected(row, "row", f"{len(fields)} fields, the header has {width}", name[:LONGEST_NUMBER])


def _faults(
    row: int,
    number: str,
    mod_count: str,
    count: int,
    priority: str,
    instants: DayFirst,
    at: str,
    opened: str,
    resolved: str,
) -> list[Rejected]:
    """Everything that is wrong with a row, field by field."""
    found = []

    def say(field: str, why: str) -> None:
        found.append(Rejected(row, field, why, number[:LONGEST_NUMBER]))

    if not number:
        say("number", "is empty")
    elif len(number) > LONGEST_NUMBER:
        say("number", f"is longer than {LONGEST_NUMBER} characters")
    if count < 0:
        say("sys_mod_count", f"{mod_count[:40]!r} is no whole number" if mod_count else "is empty")
    if priority not in PRIORITIES:
        say("priority", f"{priority[:40]!r} is not one of P1 to P4" if priority else "is empty")
    for field, text in (("opened_at", opened), ("sys_updated_at", at), ("resolved_at", resolved)):
        try:
            if text:
                instants[text]
            elif field != "resolved_at":
                say(field, "is empty")
        except Unreadable as why:
            say(field, str(why))
    return found
