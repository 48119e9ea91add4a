"""Parts of the list of tickets. Its rows are text already: the list is opened all day, so its template does little."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.safestring import SafeString

from itsm.queries.level_month import EXCLUDED_FOR
from itsm.queries.ticket_export import DIRECT
from itsm.queries.ticket_list import COUNTED_TO, OUTCOMES, Asked, Choices, ClockState, TicketLine, TicketPage
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action as Way
from mspgov.web.components import Column, Empty, Filter, FilterChoice, ListPages, Tab, Tabs
from mspgov.web.doors import Request
from mspgov.web.templatetags.parts import mark

from .sayings import month_name

SAID = {"missed": "missed", "met": "met", "open": "open", "excluded": "excluded"}


@dataclass(frozen=True)
class ClockCell:
    """How a clock ended, as drawn: mark, state, words."""

    mark: SafeString
    state: str
    text: str


@dataclass(frozen=True)
class ListRow:
    """A ticket as drawn."""

    href: str
    number: str
    opened: str
    priority: str
    response: ClockCell | None
    resolution: ClockCell | None
    category: str
    group: str
    state: str


def address(request: Request, asked: Asked, *, route: str = "itsm:tickets", page: int = 1, **other: object) -> str:
    """The address of the list as asked, with some of it changed."""
    now = replace(asked, **other)  # type: ignore[arg-type]
    return here(
        request, route, engagement=now.engagement.slug, month=now.month, level=now.level, outcome=now.outcome,
        priority=now.priority, q=now.number, sort="" if now.sort == "-opened" else now.sort,
        page="" if page == 1 else page,
    )  # fmt: skip


def kept(asked: Asked, left_out: str) -> list[tuple[str, str]]:
    """The parts of the address that a form sends along."""
    values = {
        "engagement": asked.engagement.slug, "month": asked.month.text if asked.month else "", "level": asked.level,
        "outcome": asked.outcome, "priority": asked.priority, "number": asked.number,
        "sort": "" if asked.sort == "-opened" else asked.sort,
    }  # fmt: skip
    return [("q" if name == "number" else name, value) for name, value in values.items() if value and name != left_out]


def sentence(asked: Asked, found: TicketPage) -> tuple[str, str]:
    """(first clause, the rest): how many, and of what."""
    count = f"More than {words.number(COUNTED_TO)} tickets" if found.is_more else words.counted(found.total, "ticket")
    return count, f"{of_what(asked)}."


def of_what(asked: Asked) -> str:
    """Of which engagement, and what the list is narrowed to."""
    where = [f"of {asked.engagement.name}"]
    if asked.outcome:
        where.append(SAID[asked.outcome])
    if asked.level:
        where.append(f"in {asked.level}")
    if asked.month:
        where.append(f"counting in {month_name(asked.month)}")
    if asked.priority:
        where.append(f"of priority {asked.priority}")
    if asked.number:
        where.append(f"with “{asked.number}” in the number, or before category or group")
    return " ".join(where)


def tabs(request: Request, asked: Asked) -> Tabs:
    labels = {"": "All", "missed": "Missed", "met": "Met", "open": "Open", "excluded": "Excluded"}
    return Tabs(
        tuple(Tab(labels[key], address(request, asked, outcome=key), asked.outcome == key) for key in ("", *OUTCOMES)),
        "Outcome",
    )


def filters(request: Request, asked: Asked, seen: Sequence[Engagement], choices: Choices) -> list[Filter]:
    engagement = Filter(
        "Engagement", asked.engagement.name, set=True,
        choices=tuple(
            FilterChoice(each.name, here(request, "itsm:tickets", engagement=each.slug), each.pk == asked.engagement.pk)
            for each in seen
        ),
    )  # fmt: skip
    months = tuple(
        FilterChoice(month.name, address(request, asked, month=month), month == asked.month) for month in choices.months
    )
    levels = tuple(
        FilterChoice(name, address(request, asked, level=key), key == asked.level)
        for key, name in choices.levels.items()
    )
    priorities = tuple(
        FilterChoice(f"P{n}", address(request, asked, priority=f"P{n}"), asked.priority == f"P{n}") for n in range(1, 5)
    )
    level_name = choices.levels.get(asked.level, asked.level)
    return [
        engagement,
        one(request, asked, "Month", "month", asked.month.name if asked.month else "", months),
        one(request, asked, "Service level", "level", level_name, levels),
        one(request, asked, "Priority", "priority", asked.priority, priorities),
    ]


def one(request: Request, asked: Asked, label: str, name: str, value: str, choices: tuple[FilterChoice, ...]) -> Filter:
    emptied: dict[str, Any] = {name: None if name == "month" else ""}
    clear = address(request, asked, **emptied) if value else ""
    return Filter(label, value, set=bool(value), choices=choices, clear_href=clear)


def columns(request: Request, asked: Asked) -> list[Column]:
    def sortable(label: str, key: str, on_phone: bool = True) -> Column:
        mine = asked.sort.lstrip("-") == key
        turned = key if mine and asked.sort.startswith("-") else f"-{key}" if mine or key == "opened" else key
        arrow = ("down" if asked.sort.startswith("-") else "up") if mine else ""
        return Column(label, False, address(request, asked, sort=turned), arrow, on_phone=on_phone)  # type: ignore[arg-type]

    return [
        sortable("Ticket", "number"), sortable("Opened", "opened"), sortable("Priority", "priority"), Column("Response"),
        Column("Resolution"), Column("Category", on_phone=False), Column("Group", on_phone=False),
        Column("State", on_phone=False),
    ]  # fmt: skip


MARKS = {state: mark(state) for state in ("met", "missed", "none")}


def rows(request: Request, found: TicketPage) -> list[ListRow]:
    zone = ZoneInfo(request.user.time_zone or request.tenant.time_zone)
    today = timezone.localdate(timezone=zone)
    base = here(request, "itsm:tickets")
    return [
        ListRow(
            f"{base}{line.public_id}/", line.number, words.moment(line.opened_at, today, zone), f"P{line.priority}",
            clock_cell(line, "respond"), clock_cell(line, "resolve"), line.category, line.assignment_group, line.state,
        )
        for line in found.lines
    ]  # fmt: skip


def clock_cell(line: TicketLine, measure: str) -> ClockCell | None:
    """The clock of a measure that is to be shown: a missed one, else the first; None where none is decided."""
    mine = sorted((c for c in line.clocks if c.measure == measure), key=lambda c: c.met or bool(c.excluded_for))
    return None if not mine else drawn(mine[0])


def drawn(clock: ClockState) -> ClockCell:
    if clock.excluded_for:
        return ClockCell(MARKS["none"], "none", EXCLUDED_FOR.get(clock.excluded_for, "Excluded"))
    if clock.met:
        return ClockCell(MARKS["met"], "met", f"{words.duration_columns(-clock.late_us)} left")
    return ClockCell(MARKS["missed"], "missed", f"{words.duration_columns(clock.late_us)} late")


def pages(request: Request, asked: Asked, found: TicketPage, page: int) -> ListPages | None:
    if not found.lines:
        return None
    last = found.start + len(found.lines)
    total = f"more than {words.number(COUNTED_TO)}" if found.is_more else words.number(found.total)
    return ListPages(
        f"{words.number(found.start + 1)} to {words.number(last)} of {total}",
        "late and left in working time",
        address(request, asked, page=page - 1) if page > 1 else "",
        address(request, asked, page=page + 1) if found.has_next else "",
    )


def export_way(request: Request, asked: Asked, found: TicketPage) -> Way | None:
    """The list as a file: at once, or written by a run where it is long."""
    if not found.lines:
        return None
    if found.total > DIRECT:
        return Way(
            "Export", address(request, asked, route="itsm:export-new"), "text", icon="download", post=True, small=True
        )
    return Way("Export", address(request, asked, route="itsm:tickets-export"), "text", icon="download", small=True)


def xlsx_way(request: Request, asked: Asked, found: TicketPage) -> Way | None:
    """A short list as a workbook; a long one is written by a run as CSV only."""
    if not found.lines or found.total > DIRECT:
        return None
    href = address(request, asked, route="itsm:tickets-export")
    return Way("XLSX", f"{href}&format=xlsx", "text", icon="download", small=True)


def empty(request: Request, asked: Asked) -> Empty:
    narrowed = asked.month or asked.level or asked.outcome or asked.priority or asked.number
    if narrowed:
        return Empty(
            "No ticket is like this.",
            Way("Show all tickets", here(request, "itsm:tickets", engagement=asked.engagement.slug)),
        )
    way = elsewhere(request, "itsm:imports", engagement=asked.engagement.slug)
    return Empty(f"{asked.engagement.name} has no tickets yet.", Way("Import tickets", way) if way else None)
