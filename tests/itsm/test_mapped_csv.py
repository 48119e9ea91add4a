"""A CSV of a client's own: its mapping, and the rows that it makes."""

import io
import time
from datetime import UTC, datetime

import pytest

from itsm.importers import mapped_csv
from itsm.importers.derivation import derive
from itsm.importers.mapping import read_mapping, read_mapping_text
from itsm.importers.records import Derived, Event
from itsm.importers.table import Table
from mspgov.kernel.faults import Fault

pytestmark = pytest.mark.requirement("R5.1")

MAPPING = {
    "columns": {"number": "Ticket", "opened_at": "Created", "answered_at": "First reply", "resolved_at": "Solved",
                "priority": "Prio", "category": "Cat"},
    "dates": "%d/%m/%Y %H:%M",
    "priorities": {"Critical": "P1", "Low": "P4"},
    "delimiter": ";",
    "waits": [{"from": "Asked", "to": "Told", "kind": "customer"}],
}  # fmt: skip
HEADER = "Ticket;Created;First reply;Solved;Prio;Cat;Asked;Told;Note"


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def read(*rows: str, mapping: object = MAPPING, header: str = HEADER, zone: str = "UTC"):
    how = read_mapping(mapping)
    text = "\n".join((header, *rows)) + "\n"
    return list(mapped_csv.read(Table(io.BytesIO(text.encode()), delimiter=how.delimiter), how, time_zone=zone))


def test_a_row_becomes_a_ticket_with_its_waits():
    (event,) = read("T1;1/4/2026 09:00;1/4/2026 09:10;2/4/2026 10:00;Critical;Mail;1/4/2026 10:00;1/4/2026 12:00;x")
    found = derive([event])
    assert isinstance(found, Derived)
    assert (found.opened, found.answered, found.resolved, found.priority, found.category) == (
        us("2026-04-01T09:00"), us("2026-04-01T09:10"), us("2026-04-02T10:00"), 1, "Mail",
    )  # fmt: skip
    assert [w[:3] for w in found.waits] == [("customer", us("2026-04-01T10:00"), us("2026-04-01T12:00"))]


def test_a_ticket_without_answer_resolution_and_end_of_its_wait_is_open():
    found = derive(read("T1;1/4/2026 09:00;;;P2;;1/4/2026 10:00;;"))
    assert (found.answered, found.resolved, found.waits[0].ended) == (None, None, None)


def test_every_fault_of_a_row_is_listed():
    (faults,) = read(";31/2/2026 09:00;soon;;P5;;;1/4/2026 12:00;")
    assert [(f.field, f.why) for f in faults] == [
        ("number", "is empty"),
        ("priority", "'P5' is not one of P1 to P4"),
        ("opened_at", "'31/2/2026 09:00' does not fit %d/%m/%Y %H:%M"),
        ("answered_at", "'soon' does not fit %d/%m/%Y %H:%M"),
        ("Told", "the wait ends, but Asked is empty"),
    ]


def test_iso_dates_are_the_default_and_may_carry_an_offset():
    mapping = {"columns": {"number": "n", "opened_at": "o", "priority": "p"}}
    a, b = read(
        "1,2026-04-01T09:00+02:00,P1", "2,2026-04-01 09:00,P1", mapping=mapping, header="n,o,p", zone="Asia/Tokyo"
    )
    assert isinstance(a, Event)
    assert (a.opened, b.opened) == (us("2026-04-01T07:00"), us("2026-04-01T00:00"))


def test_a_formula_in_a_cell_is_kept_as_text():
    (event,) = read("=1+1;1/4/2026 09:00;;;P1;@SUM(A1);;;")
    assert (event.number, event.category) == ("=1+1", "@SUM(A1)")


def test_a_mapped_column_that_the_file_has_not_is_named():
    with pytest.raises(Fault, match=r"row 1: the column Created \(mapping.columns.opened_at\) is missing"):
        read(header="Ticket;Prio")
    with pytest.raises(Fault, match=r"row 1: the column Told \(mapping.waits\[0\].to\) is missing"):
        read(header=HEADER.replace("Told", "Said"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {"number": "a", "priority": "b"}}, "mapping.columns.opened_at: is missing"),
        ({"columns": None}, "mapping.columns: must be a mapping of names to values"),
        ({"columns": {**MAPPING["columns"], "colour": "c"}}, "mapping.columns.colour: unknown key; known are number"),
        ({"columns": {**MAPPING["columns"], "number": ""}}, "mapping.columns.number: must name a column"),
        ({"zone": "UTC"}, "mapping.zone: unknown key; known are columns, dates"),
        ({"dates": "dd/mm/yyyy"}, "mapping.dates: must be a format such as"),
        ({"dates": "%H:%M"}, "mapping.dates: '%H:%M' lacks the year, the month or the day"),
        ({"priorities": {"Critical": "P0"}}, "mapping.priorities.Critical: must be one of P1, P2, P3, P4, not 'P0'"),
        ({"priorities": {"x": ["P1"]}}, "mapping.priorities.x: must be one of P1, P2, P3, P4, not a list"),
        ({"waits": [{"from": "a", "to": "b", "kind": {}}]}, "mapping.waits[0].kind: must be one of customer"),
        ({"dates": "%d %d %m %Y"}, "mapping.dates: '%d %d %m %Y' is no format of dates"),
        ({"priorities": {"x\0": "P1"}}, "mapping.priorities: has a key with a character that is no text"),
        ({"columns": {**MAPPING["columns"], "ci": "\ud800"}}, "mapping.columns.ci: must name a column"),
        ({"encoding": "klingon"}, "mapping.encoding: 'klingon' is no known encoding"),
        ({"encoding": 8}, "mapping.encoding: 8 is no known encoding"),
        ({"delimiter": ",,"}, "mapping.delimiter: must be one character"),
        ({"waits": {}}, "mapping.waits: must be a list"),
        ({"waits": [{"from": "a", "to": "b", "kind": "tea"}]}, "mapping.waits[0].kind: must be one of customer"),
        ({"waits": [{"from": "a", "kind": "customer"}]}, "mapping.waits[0].to: is missing"),
    ],
)  # fmt: skip
def test_a_fault_of_the_mapping_has_its_path(change, message):
    with pytest.raises(Fault) as caught:
        read_mapping({**MAPPING, **change})
    assert str(caught.value).startswith(message)


def test_a_mapping_says_itself_again():
    mapping = read_mapping(MAPPING)
    assert read_mapping(mapping.document()) == mapping
    for document in (None, [], "columns", 3):
        with pytest.raises(Fault, match=r"^mapping: must be a mapping"):
            read_mapping(document)


TEXT = "columns: {number: No, opened_at: 01, priority: Yes}\npriorities: {NO: P1, 01: P2, Yes: P3, on: P4}\n"


def test_what_older_yaml_takes_for_numbers_and_truths_is_text_in_a_mapping():
    mapping = read_mapping(read_mapping_text(TEXT.encode()))
    assert mapping.columns == {"number": "No", "opened_at": "01", "priority": "Yes"}
    assert mapping.priorities == {"NO": "P1", "01": "P2", "Yes": "P3", "on": "P4"}


def test_a_text_of_aliases_of_aliases_ends_soon_in_one_line():
    lists = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'lol'] * 10)}]" for n in range(10)]
    start = time.monotonic()
    with pytest.raises(Fault) as caught:
        read_mapping(read_mapping_text("\n".join([*lists, "priorities: {x: *a9}"]).encode()))
    assert time.monotonic() - start < 5
    assert len(str(caught.value)) < 200
    with pytest.raises(Fault, match="is longer than 64 kB"):
        read_mapping_text(b"#" * 65_537)
