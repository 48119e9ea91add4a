"""The delivery log: which e-mail went to whom, what failed, and what may have left."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import django_filters
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from mspgov.mail import services
from mspgov.mail.models import Mail
from mspgov.web import lists, words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Cell, Column, DataTable, Empty, PageHead, Row, State, Status
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import policy, shown

PER_PAGE = 50
MARKS: dict[str, State] = {"sent": "met", "failed": "missed", "doubtful": "risk"}
AGAIN = {Mail.State.DOUBTFUL, Mail.State.FAILED}


class Filters(django_filters.FilterSet):
    """By state; `q` finds an address or a subject."""

    state = django_filters.ChoiceFilter(choices=Mail.State.choices, label="State", empty_label="All")
    q = django_filters.CharFilter(method="find", label="Search")

    class Meta:
        model = Mail
        fields = ["state"]

    def find(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(address__icontains=value) | Q(subject__icontains=value))


@require_safe
@may(policy.READ_DELIVERIES)
def deliveries(request: Request) -> HttpResponse:
    """Every e-mail of the tenant, the latest first."""
    asked = request.GET
    found = Filters(asked, queryset=Mail.objects.select_related("person").order_by("-pk"))
    page = Paginator(found.qs, PER_PAGE).get_page(asked.get("page"))
    waiting = Mail.objects.filter(state__in=AGAIN).count()
    lead = f"{words.counted(waiting, 'e-mail')} to look at." if waiting else "Nothing to look at."
    stand(request, "E-mails")
    context = {
        "page_head": PageHead("E-mails", lead, "One that is doubtful may have left: its worker ended in between, so nobody sends it again but you."),
        "views": shown.settings_tabs(request, "deliveries"),
        "search": lists.search(asked, "Find e-mails"),
        "filters": lists.filters(found, ("state",), asked),
        "table": table(request, list(page)),
        "pages": lists.pages(page, asked),
        "empty": Empty("No e-mail fits." if asked else "No e-mail was written yet."),
    }  # fmt: skip
    return list_page(
        request, "records/list.html", context, name="e-mails", reads=("state",), rows=lambda: file_of(found.qs)
    )


def file_of(rows: "QuerySet[Mail]") -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Heads and rows of the log as a file; instants in UTC."""
    heads = ("Subject", "To", "Address", "Written (UTC)", "Left (UTC)", "State")
    return heads, (
        (row.subject, row.person.name, row.address, row.queued_at, row.sent_at, row.get_state_display()) for row in rows
    )


def status(row: Mail) -> Status:
    return Status(MARKS.get(row.state, "none"), row.get_state_display())


def table(request: Request, rows: list[Mail]) -> DataTable:
    columns = (Column("Subject"), Column("To"), Column("Written"), Column("Left", on_phone=False), Column("State"))
    lines = []
    for row in rows:
        href = here(request, "desk:delivery", row.public_id)
        cells = (
            Cell(row.subject, href=href, head=True),
            Cell(row.person.name, sub=row.address),
            Cell(shown.moment(row.queued_at)),
            Cell(shown.moment(row.sent_at) or "–"),
            Cell(status=status(row)),
        )
        lines.append(Row(cells, href=href, key=str(row.public_id)))
    return DataTable("E-mails", columns, tuple(lines), density="roomy", keys=True)


@require_safe
@may(policy.READ_DELIVERIES)
def delivery(request: Request, mail_id: UUID) -> HttpResponse:
    """One e-mail: to whom, when, what became of it, and what it said."""
    row = get_object_or_404(Mail.objects.select_related("person"), public_id=mail_id)
    again = Action("Send again", here(request, "desk:delivery-again", mail_id), kind="filled", post=True)
    pairs = [
        ("To", Cell(f"{row.person.name}, {row.address}")),
        ("State", Cell(status=status(row), sub=row.error)),
        ("Written", Cell(shown.moment(row.queued_at))),
        ("Left", Cell(shown.moment(row.sent_at) or "not yet")),
        ("Tries that failed", Cell(str(row.attempts))),
        ("Message-ID", Cell(row.message_id)),
    ]
    stand(request, ("E-mails", here(request, "desk:deliveries")), row.subject)
    context = {
        "page_head": PageHead(row.subject, eyebrow="E-mail", actions=(again,) if row.state in AGAIN and request.member.holds(policy.SEND_AGAIN) else ()),
        "pairs": pairs,
        "text": row.text,
    }  # fmt: skip
    return render(request, "desk/delivery.html", context)


@require_POST
@may(policy.SEND_AGAIN)
def delivery_again(request: Request, mail_id: UUID) -> HttpResponse:
    """Once more, by a person who has looked."""
    row = get_object_or_404(Mail, public_id=mail_id)
    services.send_again(mail=row, by=request.user, at=timezone.now())
    messages.success(request, "It is sent once more.")
    return redirect(here(request, "desk:delivery", mail_id))
