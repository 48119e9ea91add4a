"""The late tickets of a quarter with their course, longest first, and who held them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from engagements import queries as engagements
from governance.calc.facts import HeldFacts, LateFacts
from governance.calc.lateness import Course, held_longest, why_late
from itsm.models import Result
from itsm.queries.arrays import party_sql
from itsm.queries.rules import Contract, span_of
from mspgov.kernel.instants import SECOND_US, to_micros
from mspgov.tenancy.models import Engagement

MOVES = """
select ticket_id, count(*) filter (where moved), count(*) filter (where reopened) from (
  select ticket_id,
    assignment_group <> lag(assignment_group) over w and lag(assignment_group) over w <> '' and assignment_group <> '' as moved,
    lag(state) over w = 'Resolved' and state not in ('Resolved', 'Closed') as reopened
  from (select distinct on (ticket_id, format, mod_count, place) ticket_id, format, mod_count, place, assignment_group, state
        from itsm_ticketevent where ticket_id = any(%s) order by ticket_id, format, mod_count, place, version desc) e
  window w as (partition by ticket_id, format order by mod_count, place)
) changes group by ticket_id
"""
LATE = """
select o.result_id, o.ticket_id, t.number, t.priority, o.started_at, o.ended_at, o.elapsed_us, o.paused_us, o.target_us
from itsm_outcome o join itsm_ticket t on t.tenant_id = o.tenant_id and t.id = o.ticket_id
where o.result_id = any(%s) and not o.met and o.excluded_for = ''
order by o.elapsed_us - o.target_us desc, t.number
"""


@dataclass(frozen=True)
class LateTicket:
    """A late outcome as stored; microseconds."""

    month: str
    ticket_id: int
    number: str
    priority: int
    started_at: datetime
    ended_at: datetime | None
    elapsed_us: int
    paused_us: int
    target_us: int


@dataclass(frozen=True)
class Wait:
    """A wait of a late ticket; an open one has no end."""

    kind: str
    started_at: datetime
    ended_at: datetime | None


Lates = dict[str, list[LateTicket]]
Waits = dict[int, list[Wait]]


def late_tickets(rows: Sequence[Result]) -> Lates:
    """Service level key → its late tickets in these results, longest first."""
    by_result = {row.pk: row for row in rows}
    found: Lates = defaultdict(list)
    for result_id, *values in _fetch(LATE, [list(by_result)]):
        row = by_result[result_id]
        found[row.service_level.key].append(LateTicket(row.month, *values))
    return found


def waits_of(engagement: Engagement, tickets: Sequence[int]) -> Waits:
    """Ticket → its waits, a vendor's by the side that was decided for it."""
    case, named = party_sql(engagements.vendor_parties(engagement))
    sql = f"select w.ticket_id, {case}, w.started_at, w.ended_at from itsm_wait w where w.ticket_id = any(%s) order by w.started_at, w.ended_at"  # noqa: S608  # column names of ours
    found: Waits = defaultdict(list)
    for ticket_id, *values in _fetch(sql, [*named, list(tickets)]):
        found[ticket_id].append(Wait(*values))
    return found


def moves_of(tickets: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Ticket → how often it moved to another group, and how often it was reopened."""
    return {ticket_id: (moves, reopened) for ticket_id, moves, reopened in _fetch(MOVES, [list(tickets)])}


def late_facts(
    late: Sequence[LateTicket],
    waits: Waits,
    moves: Mapping[int, tuple[int, int]],
    *,
    provider: str,
    client: str,
    until: datetime,
) -> tuple[LateFacts, ...]:
    """The tickets as the pack tells them; clocks that still run are told as they stood at `until`."""
    told = []
    for one in late:
        course = course_of(one, waits.get(one.ticket_id, ()), moves.get(one.ticket_id, (0, 0)), until)
        cause, reason = why_late(course)
        told.append(
            LateFacts(
                number=one.number,
                month=one.month,
                priority=f"P{one.priority}",
                target_seconds=one.target_us // SECOND_US,
                late_seconds=max(0, one.elapsed_us - one.target_us) // SECOND_US,
                finished=one.ended_at is not None,
                held_longest=held_longest(course, provider, client),
                cause=cause,
                reason=reason,
            )
        )
    return tuple(told)


def course_of(one: LateTicket, waits: Sequence[Wait], moves: tuple[int, int], until: datetime) -> Course:
    """Its course up to its end, or up to `until` where it has none."""
    end = one.ended_at or max(until, one.started_at)
    waited: dict[str, int] = defaultdict(int)
    for wait in waits:
        seconds = (min(wait.ended_at or end, end) - max(wait.started_at, one.started_at)).total_seconds()
        if seconds > 0:
            waited[wait.kind] += int(seconds)
    return Course(one.ended_at is not None, int((end - one.started_at).total_seconds()), waited, *moves)


def held_facts(
    contract: Contract, key: str, late: Sequence[LateTicket], waits: Waits, until: datetime
) -> tuple[HeldFacts, ...]:
    """Mean working time per late ticket and month on each side: stopped is the client's, waits for the provider's vendor its own."""
    if not late:
        return ()
    spans = [(to_micros(one.started_at), to_micros(one.ended_at or max(until, one.started_at))) for one in late]
    rules = contract.rules(key, span_of(*(at for span in spans for at in span)))
    if not rules:
        return ()
    calendar = rules[-1].calendar
    starts, ends, owner = [], [], []
    for place, (one, (begin, end)) in enumerate(zip(late, spans, strict=True)):
        for wait in waits.get(one.ticket_id, ()):
            first = max(begin, to_micros(wait.started_at))
            last = min(end, to_micros(wait.ended_at) if wait.ended_at else end)
            if wait.kind == "provider_vendor" and last > first:
                starts.append(first)
                ends.append(last)
                owner.append(place)
    vendor = np.zeros(len(late), dtype=np.int64)
    if starts:
        lengths = calendar.open_between(np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))
        np.add.at(vendor, np.array(owner), lengths)
    return _means(late, vendor)


def _means(late: Sequence[LateTicket], vendor: Any) -> tuple[HeldFacts, ...]:
    by_month: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for one, sub in zip(late, vendor.tolist(), strict=True):
        part = min(sub, one.elapsed_us)
        by_month[one.month].append((one.elapsed_us - part, part, one.paused_us))
    return tuple(
        HeldFacts(month, *(sum(side) // (len(rows) * SECOND_US) for side in zip(*rows, strict=True)))
        for month, rows in sorted(by_month.items())
    )


def _fetch(sql: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        return list(cursor.fetchall())
