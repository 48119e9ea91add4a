"""Tickets as a list: narrowed, sorted, a page at a time, with the outcomes of their clocks. Three queries at any size."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from itsm.models import Outcome, Ticket
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .current import Holding, holding_ids

PAGE = 50
COUNTED_TO = 100_000
OUTCOMES = ("missed", "met", "open", "excluded")
SORTS = {"opened": "opened_at", "number": "number", "resolved": "resolved_at", "priority": "priority"}


@dataclass(frozen=True)
class Asked:
    """What a list of tickets is narrowed to; '' and None leave it wide. `sort` names a column of SORTS, '-' is down.

    `number` is a part of the number, or what the category or the group begins with.
    """

    engagement: Engagement
    month: Month | None = None
    level: str = ""
    outcome: str = ""
    priority: str = ""
    state: str = ""
    number: str = ""
    sort: str = "-opened"


@dataclass(frozen=True)
class ClockState:
    """How one clock of a ticket ended: in time, late, or left out for a reason."""

    level: str
    name: str
    measure: str
    month: str
    met: bool
    excluded_for: str
    late_us: int


@dataclass(frozen=True)
class TicketLine:
    """A ticket in the list. Without clocks nothing is decided of it yet, or no service level takes it."""

    pk: int
    public_id: UUID
    number: str
    opened_at: datetime
    resolved_at: datetime | None
    priority: int
    category: str
    assignment_group: str
    state: str
    clocks: tuple[ClockState, ...] = ()


@dataclass(frozen=True)
class TicketPage:
    """A page of tickets; `total` counts to COUNTED_TO and says no more beyond (`is_more`)."""

    lines: tuple[TicketLine, ...]
    start: int
    total: int
    is_more: bool
    has_next: bool
    choices: "Choices"


COLUMNS = (
    "pk", "public_id", "number", "opened_at", "resolved_at", "priority", "category", "assignment_group", "state",
)  # fmt: skip


def tickets_asked(asked: Asked, holding: dict[int, Holding]) -> QuerySet[Ticket]:
    """The tickets that are asked for, in no order. Those whose every import was withdrawn are left out."""
    rows: QuerySet[Ticket] = Ticket.objects.filter(engagement=asked.engagement, counted=True)
    if asked.priority in ("P1", "P2", "P3", "P4"):
        rows = rows.filter(priority=int(asked.priority[1]))
    elif asked.priority:
        return rows.none()
    if asked.number:
        said = asked.number
        rows = rows.filter(
            Q(number__icontains=said) | Q(category__istartswith=said) | Q(assignment_group__istartswith=said)
        )
    if asked.state:
        rows = rows.filter(state__iexact=asked.state)
    if asked.outcome == "open":
        rows = rows.filter(resolved_at=None)
    outcome = asked.outcome if asked.outcome in ("missed", "met", "excluded") else ""
    if asked.month or asked.level or outcome:
        results = [
            pk for pk, held in holding.items()
            if (asked.month is None or held.month == asked.month.text) and asked.level in ("", held.key)
        ]  # fmt: skip
        chosen = Outcome.objects.filter(result_id__in=results)
        if outcome == "excluded":
            chosen = chosen.exclude(excluded_for="")
        elif outcome:
            chosen = chosen.filter(met=outcome == "met", excluded_for="")
        rows = rows.filter(pk__in=chosen.values("ticket_id"))
    return rows


def ticket_page(asked: Asked, start: int = 0) -> TicketPage:
    """The tickets from place `start` on, a page of them."""
    holding = holding_ids(asked.engagement)
    rows = tickets_asked(asked, holding).order_by(*order_of(asked.sort))
    found = [TicketLine(*values) for values in rows[start : start + PAGE + 1].values_list(*COLUMNS)]
    total = start + len(found)
    if len(found) > PAGE:
        total = rows.order_by()[: COUNTED_TO + 1].count()
    lines = with_clocks(found[:PAGE], holding)
    return TicketPage(
        tuple(lines), start, max(min(total, COUNTED_TO), start + len(lines)), total > COUNTED_TO, len(found) > PAGE,
        choices_of(holding),
    )  # fmt: skip


def order_of(sort: str) -> tuple[str, str]:
    down = sort.startswith("-")
    column = SORTS.get(sort.lstrip("-"), "opened_at")
    return (f"-{column}", "-pk") if down else (column, "pk")


def with_clocks(lines: Sequence[TicketLine], holding: dict[int, Holding]) -> list[TicketLine]:
    """The same tickets with the outcomes that hold."""
    rows = Outcome.objects.filter(ticket_id__in=[line.pk for line in lines]).order_by("result_id")
    columns = ("ticket_id", "result_id", "met", "excluded_for", "elapsed_us", "target_us")
    clocks: dict[int, list[ClockState]] = defaultdict(list)
    for ticket, result, met, why, elapsed, target in rows.values_list(*columns):
        if result in holding:
            held = holding[result]
            clocks[ticket].append(ClockState(held.key, held.name, held.measure, held.month, met, why, elapsed - target))
    return [TicketLine(**{**vars(line), "clocks": tuple(clocks.get(line.pk, ()))}) for line in lines]


def find_ticket(which: str) -> QuerySet[Ticket]:
    """The tickets with this id or number."""
    if "\x00" in which:
        return Ticket.objects.none()
    try:
        named = Q(public_id=UUID(which))
    except ValueError:
        named = Q(number=which)
    rows: QuerySet[Ticket] = Ticket.objects.filter(named, counted=True).select_related("engagement__provider")
    return rows.order_by("engagement__name")


@dataclass(frozen=True)
class Choices:
    """What the list can be narrowed to: months with results, the latest first, and service levels by key."""

    months: tuple[Month, ...]
    levels: dict[str, str]


def choices_of(holding: dict[int, Holding]) -> Choices:
    months = sorted({held.month for held in holding.values()}, reverse=True)
    levels = {held.key: held.name for held in holding.values() if held.measure in ("respond", "resolve")}
    return Choices(tuple(Month(month) for month in months), dict(sorted(levels.items())))
