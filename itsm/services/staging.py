# ruff: noqa: S608 - SQL is made of column names of this app only; values are bound
"""A file on its way into the database: rows staged in temporary tables of the session, then derived ticket by ticket.

Row security refuses COPY straight into a walled table, so everything goes through temporary ones. What was staged ends
with the session: a run whose worker died begins its reading again and has written nothing before.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django.db import connection

from itsm.importers.derivation import AUDIT, derive
from itsm.importers.records import Derived, Event, Rejected

BATCH = 5_000
MOST_LISTED = 10_000
MANY = 1_000

EVENT_COLUMNS = {
    "row": "int", "number": 'text collate "C"', "format": "text", "mod_count": "int", "place": "int", "at": "bigint",
    "state": "text", "priority": "smallint", "category": "text", "subcategory": "text", "symptom": "text",
    "assignment_group": "text", "location": "text", "service": "text", "ci": "text", "vendor": "text", "party": "text",
    "opened": "bigint", "resolved": "bigint", "answered": "bigint", "waits": "text",
}  # fmt: skip
INSTANTS = {"at": "at", "opened": "opened_at", "resolved": "resolved_at", "answered": "answered_at"}
TICKET_COLUMNS = {
    "number": 'text collate "C"', "opened_at": "bigint", "answered_at": "bigint", "resolved_at": "bigint",
    "priority": "smallint", "priority_worst": "smallint", "priority_first": "smallint", "state": "text",
    "category": "text", "subcategory": "text", "symptom": "text", "assignment_group": "text", "location": "text",
    "service": "text", "ci": "text", "vendor": "text", "events": "int", "updated_at": "bigint",
}  # fmt: skip
WAIT_COLUMNS = {
    "number": 'text collate "C"', "kind": "text", "started_at": "bigint", "ended_at": "bigint", "vendor": "text",
    "party": "text",
}  # fmt: skip
CHANGE_COLUMNS = {"number": 'text collate "C"', "at": "bigint", "before": "smallint", "after": "smallint"}
IDENTITY = ("number", "format", "mod_count", "place")
CONTENT = tuple(c for c in EVENT_COLUMNS if c not in (*IDENTITY, "row"))


def run(sql: str, arguments: Sequence[Any] = ()) -> int:
    """Execute; how many rows it touched."""
    with connection.cursor() as c:
        c.execute(sql, list(arguments))
        return int(c.rowcount)


def value(sql: str, arguments: Sequence[Any] = ()) -> Any:
    """The first column of the first row."""
    with connection.cursor() as c:
        c.execute(sql, list(arguments))
        return c.fetchone()[0]


def instant(column: str) -> str:
    """SQL: microseconds since the epoch as timestamptz."""
    return f"(timestamptz 'epoch' + {column} * interval '1 microsecond')"


def microseconds(column: str) -> str:
    """SQL: a timestamptz as microseconds since the epoch, exact."""
    return f"(extract(epoch from {column}) * 1000000)::bigint"


def make_table(name: str, columns: dict[str, str], *, kept: bool = False) -> None:
    """An empty temporary table; `kept` until the session ends, else until the transaction does."""
    run(f"drop table if exists pg_temp.{name}")
    defined = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    run(f"create temp table {name} ({defined}) on commit {'preserve rows' if kept else 'drop'}")


def copy_in(name: str, columns: dict[str, str], rows: Iterable[Sequence[object]]) -> None:
    """COPY rows of these columns into a temporary table, a batch at a time; None is NULL, an empty text stays one."""
    given = ", ".join(f'"{column}"' for column in columns)
    texts = ", ".join(f'"{column}"' for column, kind in columns.items() if kind.startswith("text"))
    sql = f"copy pg_temp.{name} ({given}) from stdin (format csv, force_not_null ({texts}))"
    rows = iter(rows)
    with connection.cursor() as c:
        while batch := list(islice(rows, BATCH)):
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(batch)
            text.seek(0)
            c.copy_expert(sql, text)


class Rejections:
    """The rows that cannot be used: all counted, the first ten thousand kept."""

    def __init__(self) -> None:
        self.listed: list[Rejected] = []
        self.count = 0

    def add(self, rejected: Iterable[Rejected]) -> None:
        for each in rejected:
            self.count += 1
            if len(self.listed) < MOST_LISTED:
                self.listed.append(each)

    def documents(self) -> list[dict[str, str | int]]:
        return [each.document() for each in sorted(self.listed, key=itemgetter(0))]


@dataclass(frozen=True)
class Merged:
    """How many tickets of the file are known unchanged, and whether the engagement had tickets before."""

    unchanged: int
    had_tickets: bool


def begin(format: str) -> None:
    """Empty tables for a file's rows and for the numbers of tickets that cannot be used."""
    make_table("itsm_incoming", EVENT_COLUMNS, kept=True)
    for column, constant in _constants(format).items():
        run(f"alter table itsm_incoming alter {column} set default %s", [constant])
    make_table("itsm_unusable", {"number": 'text collate "C"'}, kept=True)


def end() -> None:
    """Drop what `begin` made."""
    run("drop table if exists pg_temp.itsm_incoming, pg_temp.itsm_unusable, pg_temp.itsm_reading")


def refresh_statistics(of: str, rows: int) -> None:
    """Let the planner know what was filled in bulk: `of` is tickets or results; after few rows nothing is done."""
    if rows >= MANY:
        run(f"select itsm_refresh_{of}()")


def _constants(format: str) -> dict[str, str | int]:
    """What all rows of a format have in common: these columns are not copied."""
    common: dict[str, str | int] = {"format": format, "place": 0}
    return {**common, "service": "", "waits": ""} if format == AUDIT else common


def stage(format: str, rows: Iterable[Event | list[Rejected]], rejections: Rejections) -> int:
    """Take rows in; how many they were."""
    count = 0
    left_out = _constants(format)
    columns = {column: kind for column, kind in EVENT_COLUMNS.items() if column not in left_out}
    pick = itemgetter(*(i for i, column in enumerate(EVENT_COLUMNS) if column in columns))

    def events() -> Iterator[tuple[object, ...]]:
        nonlocal count
        for row in rows:
            count += 1
            if isinstance(row, Event):
                yield pick(row)
            else:
                rejections.add(row)
                refused.extend((each.number,) for each in row[:1] if each.number)

    refused: list[tuple[str]] = []
    copy_in("itsm_incoming", columns, events())
    copy_in("itsm_unusable", {"number": "text"}, refused)
    return count


def merge(engagement_id: int) -> Merged:
    """Order what was staged, give equals their place, and lay it over the events that are there."""
    had_tickets = bool(value("select exists (select from itsm_ticket where engagement_id = %s)", [engagement_id]))
    columns = ", ".join(f'i."{c}"' for c in EVENT_COLUMNS if c != "place")
    run("drop table if exists pg_temp.itsm_merged, pg_temp.itsm_current, pg_temp.itsm_placed")
    placed = (
        f"on commit drop as select {columns}, "
        "(row_number() over (partition by i.number, i.mod_count order by i.row) - 1)::int as place, true as fresh, "
        "null::bigint as source_id from itsm_incoming i "
        "where not exists (select from itsm_unusable u where u.number = i.number)"
    )
    if not had_tickets:
        run(f"create temp table itsm_merged {placed}")
        return Merged(0, False)
    run(f"create temp table itsm_placed {placed}")
    names = ", ".join(f'p."{c}"' for c in EVENT_COLUMNS)
    _read_current(engagement_id)
    same = " and ".join(f"p.{c} = c.{c}" for c in IDENTITY)
    mine = ", ".join(instant(f"p.{c}") if c in INSTANTS else f'p."{c}"' for c in CONTENT)
    theirs = ", ".join(f"c.{INSTANTS.get(c, c)}" for c in CONTENT)
    run(
        f"create temp table itsm_merged on commit drop as select {names}, "
        f"(c.number is null or ({mine}) is distinct from ({theirs})) as fresh, null::bigint as source_id "
        f"from itsm_placed p left join itsm_current c on {same}"
    )
    run("create temp table itsm_changed on commit drop as select distinct number from itsm_merged where fresh")
    run("analyze itsm_changed")
    values = ", ".join(microseconds(f"c.{INSTANTS[c]}") if c in INSTANTS else f"c.{c}" for c in CONTENT)
    run(
        f"insert into itsm_merged ({', '.join((*IDENTITY, *CONTENT))}, row, fresh, source_id) "
        f"select {', '.join(f'c.{c}' for c in IDENTITY)}, {values}, 0, false, c.source_id from itsm_changed n "
        f"join itsm_current c on c.number = n.number left join itsm_placed p on {same} where p.number is null"
    )
    tickets = value("select count(distinct number) from itsm_placed")
    return Merged(int(tickets - value("select count(*) from itsm_changed")), True)


def current_events(engagement_id: int, tickets: str) -> str:
    """SQL: the events that count now of the tickets in a table (id, number), the latest version of each."""
    columns = ", ".join(f"e.{INSTANTS.get(c, c)}" for c in CONTENT)
    return (
        "select distinct on (e.ticket_id, e.mod_count, e.place, e.format) k.number, e.format, e.mod_count, e.place, "
        f"{columns}, e.source_id from {tickets} k join itsm_ticketevent e on e.ticket_id = k.id "
        f"and e.engagement_id = {engagement_id:d} join itsm_import s on s.id = e.source_id and s.withdrawn_at is null "
        "order by e.ticket_id, e.mod_count, e.place, e.format, e.version desc"
    )


def _read_current(engagement_id: int) -> None:
    """Lay out the events that count now of every ticket that was staged."""
    run("drop table if exists pg_temp.itsm_known, pg_temp.itsm_current, pg_temp.itsm_changed")
    run(
        "create temp table itsm_known on commit drop as select t.id, t.number from itsm_ticket t join "
        "(select distinct number from itsm_placed) p on p.number = t.number where t.engagement_id = %s",
        [engagement_id],
    )
    run("analyze itsm_known")
    run("analyze itsm_placed")
    run(f"create temp table itsm_current on commit drop as {current_events(engagement_id, 'itsm_known')}")
    run("analyze itsm_current")


def take_existing(engagement_id: int, ticket_ids: Sequence[int]) -> None:
    """Lay out the present events of some tickets, to derive them again."""
    run("drop table if exists pg_temp.itsm_known, pg_temp.itsm_merged")
    run(
        "create temp table itsm_known on commit drop as select t.id, t.number from itsm_ticket t "
        "where t.engagement_id = %s and t.id = any(%s)",
        [engagement_id, list(ticket_ids)],
    )
    run("analyze itsm_known")
    values = ", ".join(f"{microseconds(f'e.{INSTANTS[c]}')} as {c}" if c in INSTANTS else f"e.{c}" for c in CONTENT)
    run(
        "create temp table itsm_merged on commit drop as select e.number, e.format, e.mod_count, e.place, "
        f"{values}, e.source_id, 0 as row, false as fresh from ({current_events(engagement_id, 'itsm_known')}) e"
    )


def events_by_ticket(*, only_changed: bool) -> Iterator[list[Event]]:
    """The merged events of each ticket in order, of all of them or those that changed; of the format that came latest."""
    columns = ", ".join(f'"{c}"' for c in EVENT_COLUMNS)
    which = "" if not only_changed else "where number in (select number from itsm_changed)"
    with connection.chunked_cursor() as c:
        c.cursor.itersize = 10_000
        c.execute(f"select {columns}, source_id from itsm_merged {which} order by number, mod_count, place, row")
        for _, rows in groupby(c, key=itemgetter(1)):
            found = list(rows)
            events = [Event(*row[:-1]) for row in found]
            if any(e.format != events[0].format for e in events):
                latest = max(found, key=lambda row: (row[0] > 0, row[-1] or 0))
                events = [e for e in events if e.format == latest[2]]
            yield events


def derive_staged(rejections: Rejections, *, only_changed: bool = False) -> int:
    """Derive the merged tickets into temporary tables; how many there are. Contradictory ones are rejected."""
    make_table("itsm_derived", TICKET_COLUMNS)
    make_table("itsm_derived_wait", WAIT_COLUMNS)
    make_table("itsm_derived_change", CHANGE_COLUMNS)
    tickets = (derive(events) for events in events_by_ticket(only_changed=only_changed))
    count = 0
    while batch := list(islice(tickets, BATCH)):
        derived = [t for t in batch if isinstance(t, Derived)]
        rejections.add(t for t in batch if isinstance(t, Rejected))
        count += len(derived)
        copy_in("itsm_derived", TICKET_COLUMNS, ((t[0], *t[1:-2]) for t in derived))
        copy_in("itsm_derived_wait", WAIT_COLUMNS, ((t.number, *wait) for t in derived for wait in t.waits))
        copy_in("itsm_derived_change", CHANGE_COLUMNS, ((t.number, *c) for t in derived for c in t.changes))
    return count


def count_new(engagement_id: int) -> int:
    """How many of the derived tickets are not there, or not counted, yet."""
    return int(
        value(
            "select count(*) from itsm_derived d where not exists (select from itsm_ticket t "
            "where t.engagement_id = %s and t.number = d.number and t.counted)",
            [engagement_id],
        )
    )


def write_tickets(tenant_id: int, engagement_id: int, *, had_tickets: bool = True) -> None:
    """The derived tickets with their waits and changes of priority, in place of what was there."""
    names = list(TICKET_COLUMNS)
    values = [instant(f"d.{c}") if c.endswith("_at") else f"d.{c}" for c in names]
    updates = ", ".join(f"{c} = excluded.{c}" for c in names if c != "number")
    run(
        f"insert into itsm_ticket (tenant_id, engagement_id, counted, {', '.join(names)}) "
        f"select %s, %s, true, {', '.join(values)} from itsm_derived d order by d.number "
        f"on conflict (tenant_id, engagement_id, number) do update set counted = true, {updates}",
        [tenant_id, engagement_id],
    )
    for table, source, columns in (
        ("itsm_wait", "itsm_derived_wait", WAIT_COLUMNS),
        ("itsm_prioritychange", "itsm_derived_change", CHANGE_COLUMNS),
    ):
        rest = [c for c in columns if c != "number"]
        if had_tickets:
            run(
                f"delete from {table} w using itsm_ticket t, itsm_derived d where w.ticket_id = t.id "
                "and w.tenant_id = t.tenant_id and t.engagement_id = %s and t.number = d.number",
                [engagement_id],
            )
        values = [instant(f"s.{c}") if c == "at" or c.endswith("_at") else f"s.{c}" for c in rest]
        run(
            f"insert into {table} (tenant_id, engagement_id, ticket_id, {', '.join(rest)}) "
            f"select %s, %s, t.id, {', '.join(values)} from {source} s join itsm_ticket t "
            "on t.engagement_id = %s and t.number = s.number",
            [tenant_id, engagement_id, engagement_id],
        )


def write_events(tenant_id: int, engagement_id: int, source_id: int, *, had_tickets: bool) -> int:
    """The fresh events of the derived tickets; how many. One that is there in other words becomes a new version."""
    rest = [INSTANTS.get(c, c) for c in CONTENT]
    values = [instant(f"m.{c}") if c in INSTANTS else f"m.{c}" for c in CONTENT]
    version = "1"
    if had_tickets:
        version = (
            "1 + coalesce((select max(e.version) from itsm_ticketevent e where e.tenant_id = t.tenant_id and "
            "e.ticket_id = t.id and e.format = m.format and e.mod_count = m.mod_count and e.place = m.place), 0)"
        )
    return run(
        "insert into itsm_ticketevent (tenant_id, engagement_id, ticket_id, source_id, format, mod_count, place, version, "
        f"{', '.join(rest)}) select %s, %s, t.id, %s, m.format, m.mod_count, m.place, {version}, {', '.join(values)} "
        "from itsm_merged m join itsm_derived d on d.number = m.number join itsm_ticket t "
        "on t.engagement_id = %s and t.number = m.number where m.fresh order by t.id, m.mod_count, m.place",
        [tenant_id, engagement_id, source_id, engagement_id],
    )
