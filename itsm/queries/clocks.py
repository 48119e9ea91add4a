"""Rows of the API: tickets with their clocks, and results."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from itsm.models import MonthSeal, Outcome, Result, Ticket
from mspgov.kernel.instants import SECOND_US
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .current import Holding, holding_ids, result_lines
from .ticket_list import Asked, tickets_asked


@dataclass(frozen=True)
class ClockRow:
    """The clock of a ticket in the month in which it counts. Seconds are whole; `excluded` says why it is left out."""

    service_level: str
    month: Month
    start: datetime
    end: datetime | None
    due: datetime | None
    elapsed_seconds: int
    target_seconds: int
    paused_seconds: int
    met: bool
    excluded: str | None


@dataclass(frozen=True)
class TicketRow:
    """A ticket as its events leave it, with its clocks."""

    id: UUID
    engagement: str
    number: str
    opened_at: datetime
    answered_at: datetime | None
    resolved_at: datetime | None
    priority: str
    state: str
    category: str
    subcategory: str
    symptom: str
    assignment_group: str
    location: str
    service: str
    ci: str
    vendor: str
    events: int
    updated_at: datetime
    clocks: tuple[ClockRow, ...]


@dataclass(frozen=True)
class ResultRow:
    """What a service level came to in a month: the keys of a line of `measure`, where it stands, and its version."""

    id: UUID
    engagement: str
    month: Month
    service_level: str
    total: int
    met: int
    attainment: Decimal | None
    excluded: int
    reported: bool
    expected: Decimal
    minimum: Decimal | None
    standing: str
    state: str
    version: int
    measured_at: datetime


def tickets(
    engagement: Engagement | None = None, month: Month | None = None, service_level: str = "", priority: str = "",
    state: str = "", outcome: str = "", number: str = "",
) -> QuerySet[Ticket]:  # fmt: skip
    """The tickets that the reader sees, narrowed. Engagements are fetched apart: joined, the planner expects few tickets
    and sorts all of them for a page."""
    rows: QuerySet[Ticket] = Ticket.objects.filter(counted=True)
    if engagement is not None or month or service_level or outcome:
        wanted = [engagement] if engagement is not None else list(Engagement.objects.all())
        rows = Ticket.objects.none()
        for each in wanted:
            asked = Asked(each, month, service_level, outcome, priority, state)
            rows = rows | tickets_asked(asked, holding_ids(each) if month or service_level or outcome else {})
    else:
        if priority in ("P1", "P2", "P3", "P4"):
            rows = rows.filter(priority=int(priority[1]))
        elif priority:
            rows = rows.none()
        if state:
            rows = rows.filter(state__iexact=state)
    if number:
        rows = rows.filter(number=number)  # exactly this: the list of the page finds by the beginning
    return rows.prefetch_related("engagement")


def ticket_rows(found: Sequence[Ticket]) -> list[TicketRow]:
    """The tickets with the clocks that hold."""
    holding: dict[int, Holding] = {}
    for each in {ticket.engagement_id: ticket.engagement for ticket in found}.values():
        holding |= holding_ids(each)
    clocks: dict[int, list[ClockRow]] = defaultdict(list)
    for row in Outcome.objects.filter(ticket_id__in=[ticket.pk for ticket in found]).order_by("ticket_id", "result_id"):
        if row.result_id in holding:
            clocks[row.ticket_id].append(clock_row(row, holding[row.result_id].month, holding[row.result_id].key))
    return [ticket_row(ticket, clocks.get(ticket.pk, [])) for ticket in found]


def clock_row(row: Outcome, month: str, level: str) -> ClockRow:
    return ClockRow(
        level, Month(month), row.started_at, row.ended_at, row.due_at, row.elapsed_us // SECOND_US,
        row.target_us // SECOND_US, row.paused_us // SECOND_US, row.met, row.excluded_for or None,
    )  # fmt: skip


def ticket_row(ticket: Ticket, clocks: Sequence[ClockRow]) -> TicketRow:
    return TicketRow(
        ticket.public_id, ticket.engagement.slug, ticket.number, ticket.opened_at, ticket.answered_at,
        ticket.resolved_at, f"P{ticket.priority}", ticket.state, ticket.category, ticket.subcategory, ticket.symptom,
        ticket.assignment_group, ticket.location, ticket.service, ticket.ci, ticket.vendor, ticket.events,
        ticket.updated_at, tuple(sorted(clocks, key=lambda clock: clock.service_level)),
    )  # fmt: skip


def result_rows(
    engagement: Engagement | None = None, month: Month | None = None, service_level: str = "", state: str = ""
) -> list[ResultRow]:
    """The results that hold, the latest month first, then in the order of the contract."""
    rows = Result.objects.all()
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    if month is not None:
        rows = rows.filter(month=month.text)
    if service_level:
        rows = rows.filter(service_level__key=service_level)
    sealed = set(MonthSeal.objects.values_list("engagement__slug", "month"))
    found = [
        ResultRow(
            line.public_id, line.engagement, line.month, line.level, line.total, line.met, line.attainment, line.excluded,
            line.is_reported, line.expected, line.minimum, line.standing,
            "sealed" if (line.engagement, line.month.text) in sealed else "open", line.version, line.computed_at,
        )
        for line in result_lines(rows)
    ]  # fmt: skip
    found = [row for row in found if state in ("", row.state)]
    return sorted(found, key=lambda row: row.month, reverse=True)
