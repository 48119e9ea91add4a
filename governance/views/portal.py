"""What the MSP's people open first: what its clients ask of them, and what they have submitted."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance import policy
from governance.queries.rcas import asked_of_provider, handed_in_by_provider
from mspgov.obligations import shown
from mspgov.obligations.models import Obligation
from mspgov.web import lists, words
from mspgov.web.components import Cell, Column, DataTable, Empty, PageHead, Row
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from .rca_parts import owed_link

PER_PAGE = 50
KINDS = {
    "rca": "Root cause", "action": "Corrective action", "credit.answer": "Credit to answer", "credit.decide": "Credit to decide",
    "credit": "Credit", "duty": "Duty",
}  # fmt: skip
Filters = lists.filterset_of(Obligation, ("state", "engagement"), search=("record__title", "about__number"), sorts=("due_at",))  # fmt: skip


@require_safe
@may(policy.READ_REQUESTS)
def requests(request: Request) -> HttpResponse:
    """What the client waits for, the earliest due first: each opens where it is answered."""
    now, asked = timezone.now(), request.GET
    found = Filters(asked, queryset=asked_of_provider(request.member))
    page = Paginator(found.qs, PER_PAGE).get_page(asked.get("page"))
    stand(request)
    late = found.qs.filter(due_at__lte=now).count()
    count, client = page.paginator.count, request.tenant.name
    lead = f"{client} waits for {words.counted(count, 'thing')}." if count else f"{client} waits for nothing."
    context = {
        "page_head": PageHead("Requests", lead, f"{late} of them {'is' if late == 1 else 'are'} late." if late else ""),
        "search": lists.search(asked, "Find requests"),
        "filters": lists.filters(found, ("state", "engagement"), asked),
        "table": table(request, list(page), "Requests", handed_in=False),
        "pages": lists.pages(page, asked),
        "empty": Empty("No request fits." if asked else f"Nothing to answer. What {client} asks of you appears here, and you are told by e-mail."),
    }  # fmt: skip
    return list_page(
        request,
        "records/list.html",
        context,
        name="requests",
        reads=("state", "engagement"),
        rows=lambda: file_of(found.qs),
    )


@require_safe
@may(policy.READ_REQUESTS)
def submissions(request: Request) -> HttpResponse:
    """What was handed in and what became of it, the latest first."""
    asked = request.GET
    found = Filters(asked, queryset=handed_in_by_provider(request.member))
    page = Paginator(found.qs, PER_PAGE).get_page(asked.get("page"))
    stand(request)
    waiting, total = found.qs.filter(state=Obligation.State.SUBMITTED).count(), page.paginator.count
    lead = f"{words.counted(waiting, 'submission waits', 'submissions wait')} for {request.tenant.name}."
    context = {
        "page_head": PageHead("Submissions", lead, f"{words.number(total)} in all." if total > waiting else ""),
        "search": lists.search(asked, "Find submissions"),
        "filters": lists.filters(found, ("state", "engagement"), asked),
        "table": table(request, list(page), "Submissions", handed_in=True),
        "pages": lists.pages(page, asked),
        "empty": Empty("No submission fits." if asked else "Nothing was submitted yet."),
    }  # fmt: skip
    return list_page(
        request,
        "records/list.html",
        context,
        name="submissions",
        reads=("state", "engagement"),
        rows=lambda: file_of(found.qs),
    )


def file_of(rows: Iterable[Obligation]) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
    """Heads and typed rows of what is owed or was handed in."""
    heads = ("Number", "What", "Kind", "Due", "Submitted", "State", "Engagement")
    lines = (
        (
            row.about.number if row.about else row.record.number, row.record.title, kind_of(row), row.due_at,
            row.submitted_at, row.get_state_display(), row.engagement.name if row.engagement else "",
        )
        for row in rows
    )  # fmt: skip
    return heads, lines


def kind_of(row: Obligation) -> str:
    return KINDS.get(row.kind, row.kind.replace("-", " ").capitalize())


def table(request: Request, rows: list[Obligation], caption: str, *, handed_in: bool) -> DataTable:
    now = timezone.now()
    zone, today = timezone.get_current_timezone(), timezone.localdate(now)
    when = Column("Submitted", width="m") if handed_in else Column("Due", width="m")
    columns = (Column("What"), Column("Kind", width="m"), when, Column("State", width="m"), Column("Engagement", width="m", on_phone=False))  # fmt: skip
    made = []
    for row in rows:
        href = owed_link(request, row)
        number = row.about.number if row.about else row.record.number
        at = words.moment(row.submitted_at or row.due_at, today, zone)
        cells = (
            Cell(row.record.title, sub=number, href=href, head=True),
            Cell(kind_of(row)),
            Cell(at) if handed_in else shown.due(row, now),
            Cell(status=shown.status(row, now)),
            Cell(row.engagement.name if row.engagement else ""),
        )
        made.append(Row(cells, href=href, key=str(row.public_id)))
    return DataTable(caption, columns, tuple(made), density="roomy", keys=True)
