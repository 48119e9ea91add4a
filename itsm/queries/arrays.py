# ruff: noqa: S608 - SQL is made of column names of this app only; values are bound
"""Tickets, waits and changes of priority as arrays: one binary COPY out of the database each."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.db import connection

from itsm.calc.lowering import Changes
from itsm.calc.measurement import NEVER, WAIT_KINDS, Booleans, Rows, Tickets
from mspgov.kernel.instants import Micros

EPOCH_2000_US = 946_684_800_000_000
HEAD, TAIL = 19, 2
SELECTABLE = ("category", "subcategory", "symptom", "assignment_group", "service", "location", "ci")
FOREVER = "'infinity'::timestamptz"
Fields = Sequence[tuple[str, str]]
Records = npt.NDArray[np.void]
Waits = tuple[Rows, npt.NDArray[np.int8], Micros, Micros]
FEW = 1_000  # tickets up to which the index of their waits is asked, not the engagement read


@dataclass(frozen=True, eq=False)
class TicketArrays:
    """The tickets with what names them: database ids and a digest of their numbers, in order of the numbers."""

    ids: Rows
    numbers: Rows
    tickets: Tickets


def wire(fields: Fields) -> np.dtype[np.void]:
    """The layout of one tuple in PostgreSQL's binary COPY, where every field is there and of fixed width."""
    parts: list[tuple[str, str]] = [("count", ">i2")]
    for name, kind in fields:
        parts += [(f"{name}_length", ">i4"), (name, kind)]
    return np.dtype(parts)


def copy_out(sql: str, arguments: Sequence[object], fields: Fields) -> Records:
    """The rows of a query whose columns are `fields` in order, none of them null."""
    buffer = io.BytesIO()
    with connection.cursor() as c:
        query = c.mogrify(sql, list(arguments)).decode()
        c.copy_expert(f"copy ({query}) to stdout (format binary)", buffer)
    layout = wire(fields)
    count = (buffer.getbuffer().nbytes - HEAD - TAIL) // layout.itemsize
    return np.frombuffer(buffer.getbuffer(), layout, count, HEAD)


def instants(column: npt.NDArray[np.generic]) -> Micros:
    """Binary timestamps as microseconds since 1970; infinity is NEVER."""
    raw = column.astype(np.int64)
    return np.where(raw == NEVER, NEVER, raw + np.where(raw == NEVER, 0, EPOCH_2000_US))


def condition(select: Mapping[str, Sequence[str]]) -> tuple[str, list[object]]:
    """SQL and arguments: does a ticket t match a selection? Its priorities are left aside."""
    fields = sorted(set(select) - {"priority"})
    if unknown := set(fields) - set(SELECTABLE):
        raise LookupError(f"no ticket field {min(unknown)}")
    return " and ".join(f"t.{f} = any(%s::text[])" for f in fields) or "true", [list(select[f]) for f in fields]


def read_tickets(
    engagement_id: int, selections: Sequence[Mapping[str, Sequence[str]]], parties: Mapping[str, str],
    where: str = "true", arguments: Sequence[object] = (),
) -> TicketArrays:  # fmt: skip
    """The counted tickets of an engagement. `parties` says whose a named vendor is; `where` restricts t."""
    rows = _read_rows(
        f"itsm_ticket t where t.engagement_id = %s and t.counted and {where}", [engagement_id, *arguments], selections
    )
    ids = rows["id"].astype(np.int64)
    source, given = _of_few("itsm_wait w where w.engagement_id = %s", "w.ticket_id", engagement_id, ids)
    return _arrays(rows, _read_waits(source, given, ids, parties), len(selections))


def read_tickets_from(
    tickets: str, waits: str, selections: Sequence[Mapping[str, Sequence[str]]], parties: Mapping[str, str]
) -> TicketArrays:
    """The tickets and waits of two relations with the columns of itsm_ticket and itsm_wait, given as SQL."""
    rows = _read_rows(f"{tickets} t", [], selections)
    found = _read_waits(f"{waits} w", [], rows["id"].astype(np.int64), parties)
    return _arrays(rows, found, len(selections))


def _read_rows(source: str, arguments: Sequence[object], selections: Sequence[Mapping[str, Sequence[str]]]) -> Records:
    """The tickets t of a source in order of their numbers; `m0`… say which selections take each."""
    conditions = [condition(select) for select in selections]
    matches = "".join(f", ({sql})::int::smallint" for sql, _ in conditions)
    fields = [
        ("id", ">i8"), ("number", ">i8"), ("opened", ">i8"), ("answered", ">i8"), ("resolved", ">i8"), ("last", ">i2"),
        ("worst", ">i2"), ("first", ">i2"), *((f"m{j}", ">i2") for j in range(len(selections))),
    ]  # fmt: skip
    return copy_out(
        "select t.id, ('x' || substr(md5(t.number), 1, 16))::bit(64)::bigint, t.opened_at, "
        f"coalesce(t.answered_at, {FOREVER}), coalesce(t.resolved_at, {FOREVER}), t.priority, t.priority_worst, "
        f"t.priority_first{matches} from {source} order by t.number",
        [*(a for _, args in conditions for a in args), *arguments],
        fields,
    )


def _arrays(rows: Records, waits: Waits, selections: int) -> TicketArrays:
    tickets = Tickets(
        instants(rows["opened"]),
        instants(rows["answered"]),
        instants(rows["resolved"]),
        rows["last"].astype(np.int8),
        rows["worst"].astype(np.int8),
        rows["first"].astype(np.int8),
        tuple(rows[f"m{j}"].astype(bool) for j in range(selections)),
        *waits,
    )
    return TicketArrays(rows["id"].astype(np.int64), rows["number"].astype(np.int64), tickets)


def _of_few(source: str, column: str, engagement_id: int, ids: Rows) -> tuple[str, list[object]]:
    """SQL and arguments: a source, of the tickets alone when they are few."""
    if len(ids) > FEW:
        return source, [engagement_id]
    return f"{source} and {column} = any(%s::bigint[])", [engagement_id, ids.tolist()]


def party_sql(parties: Mapping[str, str]) -> tuple[str, list[object]]:
    """SQL: the kind of a wait w, a vendor's by the party of the vendor named, else that of the source, else unknown."""
    decided = {name: party for name, party in parties.items() if party in ("client", "provider")}
    case = (
        "case when w.kind <> 'vendor' then w.kind when w.vendor <> '' and w.vendor = any(%s::text[]) then 'client_vendor' "
        "when w.vendor <> '' and w.vendor = any(%s::text[]) then 'provider_vendor' when w.party in ('client', 'provider') "
        "then w.party || '_vendor' else 'unknown_vendor' end"
    )
    return case, [[n for n, p in decided.items() if p == party] for party in ("client", "provider")]


def _read_waits(source: str, arguments: Sequence[object], ids: Rows, parties: Mapping[str, str]) -> Waits:
    """The waits of these tickets in their order. Not joined in SQL: fresh tables have no statistics to plan that by."""
    case, named = party_sql(parties)
    rows = copy_out(
        f"select w.ticket_id, w.started_at, coalesce(w.ended_at, {FOREVER}), "
        f"(array_position(%s::text[], ({case})::text) - 1)::smallint from {source}",
        [list(WAIT_KINDS), *named, *arguments],
        [("ticket", ">i8"), ("started", ">i8"), ("ended", ">i8"), ("kind", ">i2")],
    )
    rows = rows[np.isin(rows["ticket"].astype(np.int64), ids)]
    places = places_of(ids, rows["ticket"].astype(np.int64))
    order = np.lexsort((rows["started"].astype(np.int64), places))
    return (
        places[order],
        rows["kind"].astype(np.int8)[order],
        instants(rows["started"])[order],
        instants(rows["ended"])[order],
    )


def places_of(ids: Rows, wanted: Rows) -> Rows:
    """Where each wanted id stands in ids (each once, in no order); every one must be there."""
    order = np.argsort(ids, kind="stable")
    return order[np.searchsorted(ids, wanted, sorter=order)] if len(wanted) else np.zeros(0, dtype=np.int64)


def read_changes(engagement_id: int, ids: Rows) -> Changes:
    """The lowerings of priority of these tickets."""
    source, given = _of_few(
        "itsm_prioritychange p where p.after > p.before and p.engagement_id = %s", "p.ticket_id", engagement_id, ids
    )
    rows = copy_out(
        f"select p.ticket_id, p.at, p.before, p.after from {source} order by p.ticket_id, p.at",
        given,
        [("ticket", ">i8"), ("at", ">i8"), ("before", ">i2"), ("after", ">i2")],
    )
    ticket = rows["ticket"].astype(np.int64)
    known: Booleans = np.isin(ticket, ids)
    return Changes(
        places_of(ids, ticket[known]),
        instants(rows["at"])[known],
        rows["before"].astype(np.int8)[known],
        rows["after"].astype(np.int8)[known],
    )
