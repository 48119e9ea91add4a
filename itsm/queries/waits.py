"""Waits of some tickets, a vendor's by the side that was decided for it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from engagements import queries as engagements
from itsm.calc.holding import Waiting, held
from itsm.calc.parties import KINDS
from mspgov.kernel.calendar import WorkingCalendar
from mspgov.kernel.instants import to_micros
from mspgov.tenancy.models import Engagement

from .arrays import party_sql


@dataclass(frozen=True)
class TicketWait:
    """A wait; `kind` is one of calc.measurement.WAIT_KINDS. An open one has no end."""

    kind: str
    started_at: datetime
    ended_at: datetime | None
    vendor: str


def waits_of(
    engagement: Engagement, tickets: Sequence[int], parties: Mapping[str, str] | None = None
) -> dict[int, list[TicketWait]]:
    """Ticket → its waits in order. `parties` as `vendor_parties` gives them, where they are read already."""
    if not tickets:
        return {}
    case, named = party_sql(engagements.vendor_parties(engagement) if parties is None else parties)
    sql = (
        f"select w.ticket_id, {case}, w.started_at, w.ended_at, w.vendor from itsm_wait w "  # noqa: S608 - our columns
        "where w.ticket_id = any(%s) order by w.started_at, w.ended_at"
    )
    found: dict[int, list[TicketWait]] = defaultdict(list)
    arguments: list[Any] = [*named, list(tickets)]
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        for ticket, *values in cursor.fetchall():
            found[ticket].append(TicketWait(*values))
    return found


def waiting_of(waits: Sequence[TicketWait], stops: frozenset[str], until_us: int) -> list[Waiting]:
    """The waits as they are drawn; one that lasts ends at `until_us`."""
    return [
        Waiting(
            to_micros(w.started_at), until_us if w.ended_at is None else to_micros(w.ended_at), KINDS[w.kind].party,
            w.kind, w.kind in stops,
        )
        for w in waits
    ]  # fmt: skip


def open_between(calendar: WorkingCalendar, start_us: int, end_us: int) -> int:
    """Open time of one stretch in microseconds."""
    return int(calendar.open_between(np.array([start_us], dtype=np.int64), np.array([end_us], dtype=np.int64))[0])


def held_longest(waits: Sequence[TicketWait], start_us: int, end_us: int, calendar: WorkingCalendar) -> str:
    """The party that held a ticket longest in working time: 'provider', 'subcontractor' or 'client'."""
    sums: dict[str, int] = defaultdict(int)
    for party, _, _, _, time, _ in held(
        start_us, end_us, waiting_of(waits, frozenset(), end_us), lambda a, b: open_between(calendar, a, b)
    ):
        sums[party] += time
    return max(sums, key=lambda party: sums[party], default="provider")
