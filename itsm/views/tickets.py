"""Doors to tickets: the list, one ticket with its clocks, the question that recomputes a clock."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from itsm import policy
from itsm.queries import ticket_list, ticket_page
from itsm.queries.ticket_list import SORTS, Asked
from mspgov.tenancy.models import Engagement
from mspgov.web.addresses import elsewhere, engagement_asked, month_asked, page_asked
from mspgov.web.components import PageHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import list_parts, ticket_parts
from .performance import nothing


@require_safe
@may(policy.READ_TICKETS)
def tickets(request: Request) -> HttpResponse:
    engagement, seen = engagement_asked(request)
    if engagement is None:
        return render(request, "itsm/performance.html", nothing(request, None, []))
    asked = asked_of(request, engagement)
    page = page_asked(request)
    found = ticket_list.ticket_page(asked, (page - 1) * ticket_list.PAGE)
    back = elsewhere(request, "itsm:performance", engagement=engagement.slug)
    stand(request, (engagement.name, back) if back else engagement.name, "Tickets")
    context = {
        "head": PageHead("Tickets", *list_parts.sentence(asked, found)),
        "tabs": list_parts.tabs(request, asked),
        "search": {
            "name": "q",
            "value": asked.number,
            "label": "Number, category or group",
            "kept": list_parts.kept(asked, "number"),
        },
        "filters": list_parts.filters(request, asked, seen, found.choices),
        "columns": list_parts.columns(request, asked),
        "rows": list_parts.rows(request, found),
        "pages": list_parts.pages(request, asked, found, page),
        "empty": list_parts.empty(request, asked),
        "export": list_parts.export_way(request, asked, found),
        "export_xlsx": list_parts.xlsx_way(request, asked, found),
    }
    reads = ("engagement", "month", "level", "outcome", "priority")
    return list_page(request, "itsm/tickets.html", context, name="tickets", reads=reads, rows=None)


def asked_of(request: Request, engagement: Engagement) -> Asked:
    """What the address narrows the list of an engagement to. Http404 for a month that is none."""
    outcome, sort = request.GET.get("outcome", ""), request.GET.get("sort", "-opened")
    return Asked(
        engagement, month_asked(request), request.GET.get("level", "")[:100].replace("\x00", ""),
        outcome if outcome in ticket_list.OUTCOMES else "", request.GET.get("priority", "")[:2].replace("\x00", ""), "",
        request.GET.get("q", "").strip()[:100].replace("\x00", ""), sort if sort.lstrip("-") in SORTS else "-opened",
    )  # fmt: skip


@require_safe
@may(policy.READ_TICKETS)
def ticket(request: Request, which: str) -> HttpResponse:
    page = ticket_page.ticket_page(which, timezone.now())
    chosen = ticket_parts.chosen_clock(page, request.GET.get("clock", ""))
    stand(request, *ticket_parts.crumbs(request, page, chosen), page.ticket.number)
    return render(request, "itsm/ticket.html", ticket_parts.context(request, page, chosen))


@require_safe
@may(policy.READ_TICKETS)
def question(request: Request, which: str) -> HttpResponse:
    """The question to the working-time calculator whose answer is the clock of a ticket, as a file."""
    page = ticket_page.ticket_page(which, timezone.now())
    chosen = ticket_parts.chosen_clock(page, request.GET.get("clock", ""))
    if chosen is None:
        raise Http404
    name = f"{page.ticket.number}-{chosen.level}.json".replace('"', "").replace("/", "-").replace("\\", "-")
    return HttpResponse(
        ticket_parts.question_text(chosen) + "\n",
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name.encode("ascii", "replace").decode()}"'},
    )
