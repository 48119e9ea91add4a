# ruff: noqa: S608 - SQL is made of column names of this app only; values are bound
"""Recurrences of an engagement, with the tickets behind each: one pass over its tickets, then the names of those found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from itsm.calc.recurrences import Found, Rows, recurrences
from itsm.models import Ticket
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import DAY_US
from mspgov.tenancy.models import Engagement

from .arrays import SELECTABLE, copy_out, instants

KEY_FIELDS = ("priority", *SELECTABLE)
READ = [("id", ">i8"), ("key", ">i8"), ("opened", ">i8")]


@dataclass(frozen=True)
class Alike:
    """A ticket of a recurrence."""

    pk: int
    public_id: UUID
    number: str
    opened_at: datetime
    resolved_at: datetime | None
    priority: int


@dataclass(frozen=True)
class Recurrence:
    """Like tickets that follow one another within the window; `began` is when the threshold was reached."""

    engagement: Engagement
    key: dict[str, str]
    began: datetime
    latest: datetime
    tickets: tuple[Alike, ...]

    @property
    def id(self) -> UUID:
        """That of its first ticket: with one key a ticket stands in one recurrence at most."""
        return self.tickets[0].public_id

    @property
    def worst(self) -> int:
        """The worst priority among its tickets; 1 is the worst."""
        return min(ticket.priority for ticket in self.tickets)


def check_key(by: Sequence[str], path: str = "") -> None:
    """Raises Fault for a field that tickets do not have, for one named twice, and for none."""
    if unknown := [name for name in by if name not in KEY_FIELDS]:
        raise Fault(path, f"unknown field {unknown[0]!r}; one of {', '.join(KEY_FIELDS)}")
    if not by or len(set(by)) != len(by):
        raise Fault(path, "must name at least one field, each once")


def recurrences_of(
    engagement: Engagement, *, by: Sequence[str], window_days: int, threshold: int, since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Recurrence, ...]:  # fmt: skip
    """The recurrences among the engagement's counted tickets (those opened in [since, until), where given), in order of
    `began`, then of the key. Tickets that lack one of the fields are left out. Raises Fault as `check_key` does."""
    check_key(by)
    texts = [name for name in by if name != "priority"]
    lacking = "".join(f" and t.{name} <> ''" for name in texts)
    parts = ", ".join(f"t.{name}" for name in by)
    bounds = [(" and t.opened_at >= %s", since), (" and t.opened_at < %s", until)]
    within = "".join(sql for sql, at in bounds if at is not None)
    rows = copy_out(
        f"select t.id, ('x' || substr(md5(row({parts})::text), 1, 16))::bit(64)::bigint, t.opened_at from itsm_ticket t "
        f"where t.engagement_id = %s and t.counted{lacking}{within} order by t.number",
        [engagement.pk, *(at for _, at in bounds if at is not None)],
        READ,
    )
    ids = rows["id"].astype(np.int64)
    found = recurrences(
        rows["key"].astype(np.int64), instants(rows["opened"]), window_us=window_days * DAY_US, threshold=threshold
    )
    return _named(engagement, by, ids, found)


def _named(engagement: Engagement, by: Sequence[str], ids: Rows, found: Found) -> tuple[Recurrence, ...]:
    stretches = [ids[found.tickets(which)].tolist() for which in range(len(found.began))]
    wanted = list(chain.from_iterable(stretches))
    fields = ("pk", "public_id", "number", "opened_at", "resolved_at", "priority")
    alike: dict[int, Alike] = {}
    keys: dict[int, dict[str, str]] = {}
    for values in Ticket.objects.filter(engagement=engagement, pk__in=wanted).values_list(*fields, *by):
        ticket = Alike(*values[: len(fields)])
        alike[ticket.pk] = ticket
        said = dict(zip(by, values[len(fields) :], strict=True))
        keys[ticket.pk] = {name: f"P{value}" if name == "priority" else value for name, value in said.items()}
    made = []
    for which, stretch in enumerate(stretches):
        began = alike[int(ids[found.order[found.began[which]]])]
        tickets = tuple(alike[pk] for pk in stretch)
        made.append(Recurrence(engagement, keys[stretch[0]], began.opened_at, tickets[-1].opened_at, tickets))
    return tuple(sorted(made, key=lambda one: (one.began, tuple(one.key.values()))))


def like_tickets(engagement: Engagement, key: dict[str, str], since: datetime, until: datetime) -> "QuerySet[Ticket]":
    """The counted tickets with these values, as recurrences name them, that opened in [since, until)."""
    fields = {name: int(value[1:]) if name == "priority" else value for name, value in key.items()}
    rows: QuerySet[Ticket] = Ticket.objects.filter(
        engagement=engagement, counted=True, opened_at__gte=since, opened_at__lt=until
    )
    return rows.filter(**fields)


def key_of(ticket: Ticket, by: Sequence[str]) -> dict[str, str]:
    """What a ticket says in these fields, without those that it lacks."""
    said = {name: f"P{ticket.priority}" if name == "priority" else str(getattr(ticket, name)) for name in by}
    return {name: value for name, value in said.items() if value}


def major_incidents(engagement: Engagement, priorities: Sequence[int], since: datetime) -> list[Ticket]:
    """The counted tickets of these priorities that opened at `since` or later, the earliest first. The worst priority
    that a ticket ever had is the one that counts: lowering it does not undo the incident."""
    rows = Ticket.objects.filter(
        engagement=engagement, counted=True, opened_at__gte=since, priority_worst__in=priorities
    )
    return list(rows.order_by("opened_at", "number"))
