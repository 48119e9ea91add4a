"""The audit format: what a row says, what is wrong with it, and what a ticket's rows say together."""

import io
import random
from datetime import UTC, datetime
from itertools import groupby

import pytest

from itsm.importers import servicenow_audit
from itsm.importers.derivation import derive
from itsm.importers.records import Derived, Event, Rejected
from itsm.importers.table import Table
from mspgov.kernel.faults import Fault
from tests.itsm.slow_oracle import read_cases

pytestmark = pytest.mark.requirement("R5.1")

HEADER = (
    "number,incident_state,sys_mod_count,opened_at,sys_updated_at,location,category,subcategory,u_symptom,cmdb_ci,"
    "priority,assignment_group,vendor,resolved_at"
)
MINUTE = 60_000_000


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def row(state: str = "New", mod: object = 0, at: str = "1/3/2016 10:00", **other: str) -> str:
    values = {"number": "INC1", "opened_at": "1/3/2016 09:00", "priority": "3 - Moderate", "vendor": "?", "resolved_at": "?",
              **other}  # fmt: skip
    fixed = {"incident_state": state, "sys_mod_count": str(mod), "sys_updated_at": at}
    return ",".join({**values, **fixed}.get(name, "x") for name in HEADER.split(","))


def read(*rows: str, zone: str = "UTC", party: str = "") -> list[Event | list[Rejected]]:
    text = "\n".join((HEADER, *rows)) + "\n"
    return list(servicenow_audit.read(Table(io.BytesIO(text.encode())), time_zone=zone, vendor_party=party))


def ticket(*rows: str, **options: str) -> Derived | Rejected:
    events = [e for e in read(*rows, **options) if isinstance(e, Event)]
    assert len(events) == len(rows)
    return derive(sorted(events, key=lambda e: (e.mod_count, e.row)))


def test_dates_are_day_first_in_the_zone_given():
    event = read(row(at="4/3/2016 00:30"), zone="America/Sao_Paulo")[0]
    assert event.at == us("2016-03-04T03:30:00")


def test_a_local_time_that_exists_twice_is_the_first_and_one_that_does_not_is_the_jump():
    twice, gap = read(row(at="30/10/2016 02:30"), row(at="27/3/2016 02:30"), zone="Europe/Berlin")
    assert (twice.at, gap.at) == (us("2016-10-30T00:30:00"), us("2016-03-27T01:00:00"))


def test_a_question_mark_is_empty():
    event = read(row(category="?", resolved_at="?"))[0]
    assert (event.category, event.resolved, event.vendor) == ("", None, "")


def test_every_fault_of_a_row_is_listed_by_its_field():
    faults = read(row(mod="x", at="31/4/2016 10:00", priority="5 - Planning", opened_at="?"))[0]
    assert [(f.row, f.field, f.why) for f in faults] == [
        (2, "sys_mod_count", "'x' is no whole number"),
        (2, "priority", "'5 - Planning' is not one of P1 to P4"),
        (2, "opened_at", "is empty"),
        (2, "sys_updated_at", "31/4/2016 is no day of the calendar"),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"at": "2016-03-01 10:00"}, "sys_updated_at"),
        ({"at": "1/3/2016 24:00"}, "sys_updated_at"),
        ({"resolved_at": "1/3/0016 10:00"}, "resolved_at"),
        ({"opened_at": "1/3/9999 10:00"}, "opened_at"),
        ({"number": ""}, "number"),
        ({"number": "?"}, "number"),
        ({"number": "I" * 101}, "number"),
        ({"mod": "-1"}, "sys_mod_count"),
        ({"mod": str(2**31)}, "sys_mod_count"),
        ({"mod": "1.0"}, "sys_mod_count"),
        ({"priority": "?"}, "priority"),
    ],
)
def test_a_row_that_cannot_be_read_says_which_field(fields, field):
    assert [f.field for f in read(row(**fields))[0]] == [field]


def test_a_row_of_another_width_is_rejected_with_its_number():
    (faults,) = read("INC7,New")
    assert faults == [Rejected(2, "row", "2 fields, the header has 14", "INC7")]


def test_a_missing_column_is_named():
    with pytest.raises(Fault, match="row 1: the column sys_mod_count is missing"):
        list(servicenow_audit.read(Table(io.BytesIO(b"number,incident_state\n")), time_zone="UTC"))


def test_an_unknown_zone_is_a_fault():
    with pytest.raises(Fault, match="time_zone: 'Mars/Olympus' is no known time zone"):
        read(row(), zone="Mars/Olympus")


def test_rows_follow_each_other_by_mod_count_then_by_file():
    found = ticket(row("Closed", 10, "1/3/2016 12:00"), row("Active", 9, "1/3/2016 11:00"), row("New", 0))
    assert (found.state, found.answered, found.resolved) == ("Closed", us("2016-03-01T11:00"), us("2016-03-01T12:00"))


def test_minus_100_is_not_an_answer():
    found = ticket(
        row("-100", 0, "1/3/2016 09:30"), row("New", 1, "1/3/2016 09:40"), row("Active", 2, "1/3/2016 09:50")
    )
    assert found.answered == us("2016-03-01T09:50")


def test_resolved_at_of_the_last_row_counts_before_the_states():
    found = ticket(
        row("Resolved", 1, "1/3/2016 10:00"), row("Closed", 2, "5/3/2016 10:00", resolved_at="1/3/2016 10:30")
    )
    assert found.resolved == us("2016-03-01T10:30")


def test_without_resolved_at_the_final_unbroken_run_of_resolved_and_closed_counts():
    found = ticket(
        row("Resolved", 1, "1/3/2016 10:00"), row("Active", 2, "1/3/2016 11:00"), row("Resolved", 3, "1/3/2016 12:00"),
        row("Closed", 4, "1/3/2016 13:00"),
    )  # fmt: skip
    assert found.resolved == us("2016-03-01T12:00")
    assert ticket(row("Resolved", 1), row("Active", 2)).resolved is None


def test_a_wait_runs_to_the_next_row_in_another_state():
    found = ticket(
        row("Awaiting User Info", 1, "1/3/2016 10:00"), row("Awaiting User Info", 2, "1/3/2016 10:30"),
        row("Active", 3, "1/3/2016 11:00"), row("Awaiting Evidence", 4, "1/3/2016 12:00"),
    )  # fmt: skip
    assert [(w.kind, w.started, w.ended) for w in found.waits] == [
        ("customer", us("2016-03-01T10:00"), us("2016-03-01T11:00")),
        ("customer", us("2016-03-01T12:00"), None),
    ]


def test_a_wait_ends_at_the_resolution():
    rows = (
        row("Awaiting Problem", 1, "1/3/2016 10:00"),
        row("Closed", 2, "1/3/2016 14:00", resolved_at="1/3/2016 11:00"),
    )
    assert [(w.kind, w.ended) for w in ticket(*rows).waits] == [("problem", us("2016-03-01T11:00"))]


def test_between_a_resolution_and_its_reopening_the_ticket_waits_as_resolved():
    found = ticket(
        row("Resolved", 1, "1/3/2016 10:00"), row("Active", 2, "1/3/2016 12:00"), row("Resolved", 3, "1/3/2016 13:00"),
        row("Closed", 4, "1/3/2016 15:00"),
    )  # fmt: skip
    assert [(w.kind, w.started, w.ended) for w in found.waits] == [
        ("resolved", us("2016-03-01T10:00"), us("2016-03-01T12:00"))
    ]


def test_a_wait_for_a_vendor_is_split_where_the_vendor_changes():
    found = ticket(
        row("Awaiting Vendor", 1, "1/3/2016 10:00", vendor="A"), row("Awaiting Vendor", 2, "1/3/2016 11:00", vendor="B"),
        row("Active", 3, "1/3/2016 12:00"), party="client",
    )  # fmt: skip
    assert [(w.kind, w.vendor, w.party, w.ended) for w in found.waits] == [
        ("vendor", "A", "client", us("2016-03-01T11:00")),
        ("vendor", "B", "client", us("2016-03-01T12:00")),
    ]


def test_every_priority_is_kept():
    found = ticket(
        row(mod=0, priority="3 - Moderate"), row(mod=1, priority="1 - Critical", at="1/3/2016 11:00"),
        row(mod=2, priority="2 - High", at="1/3/2016 12:00"),
    )  # fmt: skip
    assert (found.priority, found.priority_worst, found.priority_first) == (2, 1, 3)
    assert [(c.before, c.after) for c in found.changes] == [(3, 1), (1, 2)]


def test_a_ticket_answered_or_resolved_before_it_was_opened_is_rejected_with_both_instants():
    found = ticket(row("Active", 0, "1/3/2016 08:00"), row("Active", 1, "1/3/2016 10:00"))
    assert found == Rejected(
        3, "answered_at", "answered 2016-03-01T08:00:00Z, before it was opened 2016-03-01T09:00:00Z", "INC1"
    )
    found = ticket(row("Active", 0), row("Closed", 1, "1/3/2016 11:00", resolved_at="1/3/2016 08:59"))
    assert (found.row, found.field) == (3, "resolved_at")


def made_up_log(seed: int, tickets: int = 40) -> str:
    """Tickets with random states, priorities, dates and orders of rows."""
    random_ = random.Random(seed)  # noqa: S311 - test data
    states = ["New", "-100", "Active", "Awaiting User Info", "Awaiting Evidence", "Awaiting Problem", "Awaiting Vendor",
              "Resolved", "Closed"]  # fmt: skip
    rows = []
    for number in range(tickets):
        minute = random_.randrange(0, 20_000)
        opened = f"{1 + minute // 1440}/3/2016 {minute // 60 % 24:02d}:{minute % 60:02d}"
        for mod in range(random_.randrange(1, 9)):
            minute += random_.randrange(-2, 600)
            at = f"{1 + max(minute, 0) // 1440}/3/2016 {max(minute, 0) // 60 % 24:02d}:{max(minute, 0) % 60:02d}"
            resolved = at if random_.random() < 0.2 else "?"
            rows.append(
                row(random_.choice(states), mod // random_.choice((1, 2)), at, number=f"INC{number}", opened_at=opened,
                    resolved_at=resolved, priority=random_.choice(list(servicenow_audit.PRIORITIES)[:4]))
            )  # fmt: skip
    random_.shuffle(rows)
    return "\n".join((HEADER, *rows)) + "\n"


@pytest.mark.parametrize("seed", range(25))
def test_tickets_of_random_logs_are_what_a_second_reading_of_the_rules_says(seed):
    text = made_up_log(seed)
    events = list(servicenow_audit.read(Table(io.BytesIO(text.encode())), time_zone="UTC", vendor_party="client"))
    events.sort(key=lambda e: (e.number, e.mod_count, e.row))
    found = {n: derive(list(g)) for n, g in groupby(events, key=lambda e: e.number)}
    expected = read_cases(io.StringIO(text), "UTC", "vendor")
    assert found.keys() == expected.keys()
    for number, case in expected.items():
        mine = found[number]
        assert isinstance(mine, Rejected) == case.contradicts
        if isinstance(mine, Rejected):
            continue

        def same(at):
            return None if at is None else int(at.timestamp()) * 1_000_000

        assert (mine.opened, mine.answered, mine.resolved) == (
            same(case.opened),
            same(case.answered),
            same(case.resolved),
        )
        assert (mine.priority, mine.priority_worst, mine.priority_first) == (
            case.priorities[-1], min(case.priorities), case.priorities[0],
        )  # fmt: skip
        assert covered(mine.waits) == covered([(k, same(s), same(e)) for k, s, e in case.waits])


def covered(waits) -> set[tuple[str, int]]:
    """The minutes of each kind of wait; an open end as one far mark."""
    return {
        (kind, minute)
        for kind, started, ended, *_ in waits
        for minute in (*range(started // MINUTE, (ended or started) // MINUTE), *([-1] if ended is None else []))
    }
