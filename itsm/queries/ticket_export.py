"""A list of tickets from front to back, a page after the other by its key: each page costs the same, however long the list."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import Http404

from itsm.models import TicketExport
from mspgov.documents.workbook import Cell, csv_lines
from mspgov.jobs.models import Run
from mspgov.jobs.queries import RunLine, run_line
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .current import Holding, holding_ids
from .ticket_list import COLUMNS, SORTS, Asked, TicketLine, order_of, tickets_asked, with_clocks

RUN = "itsm.export_tickets"
DIRECT = 1000
CLOCKS_AT_ONCE = 1000
HEADS = (
    "number", "opened_at", "resolved_at", "priority", "category", "assignment_group", "state", "service_level", "month",
    "met", "late_seconds", "excluded",
)  # fmt: skip
After = list[Any] | None


def lines_after(asked: Asked, after: After, count: int, holding: dict[int, Holding]) -> tuple[list[TicketLine], After]:
    """The next tickets in the order asked for, without clocks, and the key to go on from; None once it is the end."""
    rows = tickets_asked(asked, holding).order_by(*order_of(asked.sort))
    if after is not None:
        rows = rows.filter(beyond(asked.sort, after))
    found = [TicketLine(*values) for values in rows[: count + 1].values_list(*COLUMNS)]
    if len(found) <= count:
        return found, None
    last = found[count - 1]
    key = getattr(last, order_of(asked.sort)[0].lstrip("-"))
    return found[:count], [key.isoformat() if isinstance(key, dt.datetime) else key, last.pk]


def beyond(sort: str, after: Sequence[Any]) -> Q:
    """What stands after a key. The database puts what is not known last, and first where the order is turned."""
    column, (key, pk) = SORTS.get(sort.lstrip("-"), "opened_at"), after
    down = sort.startswith("-")
    side = "lt" if down else "gt"
    if key is None:
        same = Q(**{f"{column}__isnull": True, f"pk__{side}": pk})
        return same | Q(**{f"{column}__isnull": False}) if down else same
    key = dt.datetime.fromisoformat(key) if column.endswith("_at") else key
    later = Q(**{f"{column}__{side}": key}) | Q(**{column: key, f"pk__{side}": pk})
    if column == "resolved_at":
        return later if down else later | Q(resolved_at=None)
    return Q(**{f"{column}__{side}e": key}) & later  # said twice: an index serves the first


def csv_text(lines: Sequence[TicketLine], holding: dict[int, Holding], *, heads: bool) -> tuple[str, int]:
    """These tickets as CSV, a clock a row, and how many rows they are."""
    rows = [row for each in clocked(lines, holding) for row in rows_of(each)]
    text = list(csv_lines(HEADS, rows))
    return "".join(text if heads else text[1:]), len(rows)


def clocked(lines: Sequence[TicketLine], holding: dict[int, Holding]) -> Iterator[TicketLine]:
    for at in range(0, len(lines), CLOCKS_AT_ONCE):
        yield from with_clocks(lines[at : at + CLOCKS_AT_ONCE], holding)


def rows_of(line: TicketLine) -> Iterable[Sequence[Cell]]:
    """A row for each clock; a ticket without one has a row all the same."""
    own: tuple[Cell, ...] = (
        line.number, line.opened_at, line.resolved_at, f"P{line.priority}", line.category, line.assignment_group,
        line.state,
    )  # fmt: skip
    for clock in line.clocks:
        met = "true" if clock.met else "false"
        yield (*own, clock.level, clock.month, met, clock.late_us // 1_000_000, clock.excluded_for)
    if not line.clocks:
        yield (*own, "", "", "", None, "")


def short_export(asked: Asked) -> str | None:
    """The whole list as CSV; None where it is longer than DIRECT tickets, so that a run must write it."""
    rows = short_rows(asked)
    return None if rows is None else "".join(csv_lines(HEADS, rows))


def short_rows(asked: Asked) -> list[Sequence[Cell]] | None:
    """The rows of the whole list; None where it is longer than DIRECT tickets."""
    holding = holding_ids(asked.engagement)
    lines, after = lines_after(asked, None, DIRECT, holding)
    return None if after is not None else [row for each in clocked(lines, holding) for row in rows_of(each)]


def asked_document(asked: Asked) -> dict[str, str]:
    """What a list is narrowed to, as an export keeps it."""
    names = ("level", "outcome", "priority", "state", "number", "sort")
    return {"month": asked.month.text if asked.month else "", **{name: getattr(asked, name) for name in names}}


def asked_of(engagement: Engagement, document: dict[str, str]) -> Asked:
    rest = {name: value for name, value in document.items() if name != "month"}
    return Asked(engagement, Month(document["month"]) if document["month"] else None, **rest)


@dataclass(frozen=True)
class ExportPage:
    """An export with its run."""

    row: TicketExport
    asked: Asked
    run: RunLine | None


def export_page(public_id: object) -> ExportPage:
    """The run is read before the row that it fills. Raises Http404."""
    run = Run.objects.select_related("started_by").filter(kind=RUN, key=str(public_id)).first()
    row = TicketExport.objects.select_related("engagement__provider", "file", "by").filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return ExportPage(row, asked_of(row.engagement, row.asked), run_line(run) if run else None)


def run_of(public_id: object) -> Run | None:
    """The open run of an export: the one that can be stopped."""
    row = export_page(public_id).row
    found: Run | None = Run.objects.filter(kind=RUN, key=str(row.public_id), state__in=Run.OPEN).first()
    return found
