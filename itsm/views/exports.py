"""Doors to tickets as a file: at once where the list is short, else asked for, watched while it is written, fetched."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from itsm import policy, services
from itsm.queries import ticket_export as queries
from itsm.queries.ticket_list import Asked
from mspgov.records.services import read_file
from mspgov.web.addresses import engagement_asked, here
from mspgov.web.doors import Request, may
from mspgov.web.list_files import list_file

from . import export_parts as parts
from . import list_parts
from .performance import csv_answer
from .tickets import asked_of


def asked_in(request: Request) -> Asked:
    engagement, _ = engagement_asked(request)
    if engagement is None:
        raise Http404
    return asked_of(request, engagement)


@require_safe
@may(policy.READ_TICKETS)
def tickets_export(request: Request) -> HttpResponse:
    """The tickets that are asked for as CSV, a clock a row; a longer list is written by a run."""
    asked = asked_in(request)
    if request.GET.get("format") == "xlsx" and (rows := queries.short_rows(asked)) is not None:
        name = f"tickets-{asked.engagement.slug}"
        return list_file("xlsx", name, queries.HEADS, rows, title="Tickets", at=timezone.now())
    text = queries.short_export(asked)
    if text is None:
        return redirect(list_parts.address(request, asked, route="itsm:export-new"))
    return csv_answer(text, f"tickets-{asked.engagement.slug}")


@may(policy.READ_TICKETS)
def new_export(request: Request) -> HttpResponse:
    """Ask for a long list as a file."""
    asked = asked_in(request)
    if request.method == "POST":
        row, _ = services.start_export(asked, by=request.user, at=timezone.now())
        return redirect(here(request, "itsm:export", row.public_id))
    parts.way(request, asked)
    return render(request, "itsm/export.html", {"head": parts.new_head(request, asked)})


@require_safe
@never_cache
@may(policy.READ_TICKETS)
def export(request: Request, export_id: UUID) -> HttpResponse:
    """An export while it is written, and its file once it is."""
    page = queries.export_page(export_id)
    parts.way(request, page.asked)
    return render(request, "itsm/export.html", {"head": parts.head(request, page), "run": parts.run_box(request, page)})


@require_safe
@never_cache
@may(policy.READ_TICKETS)
def export_progress(request: Request, export_id: UUID) -> HttpResponse:
    """The fragment that is asked for each second; once the run has ended, the browser loads the page anew."""
    box = parts.run_box(request, queries.export_page(export_id))
    headers = {"HX-Refresh": "true"} if box is None else None
    return HttpResponse(render(request, "itsm/imports/run.html", {"run": box}).content, headers=headers)


@require_POST
@may(policy.READ_TICKETS)
def stop_export(request: Request, export_id: UUID) -> HttpResponse:
    services.stop_export(export_id)
    messages.info(request, "Stopped. No file was written.")
    return redirect(here(request, "itsm:export", export_id))


@require_safe
@may(policy.READ_TICKETS)
def export_file(request: Request, export_id: UUID) -> HttpResponse:
    """The file, packed: a browser unpacks it on the way and keeps a CSV.

    It is read whole, for the tenant is left before an answer's pieces are asked for: about 30 bytes a ticket.
    """
    file = queries.export_page(export_id).row.file
    if file is None:
        raise Http404
    headers: dict[str, Any] = {"Vary": "Accept-Encoding"}
    name, kind = file.name, file.media_type
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        name, kind, headers["Content-Encoding"] = name.removesuffix(".gz"), "text/csv; charset=utf-8", "gzip"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return HttpResponse(b"".join(read_file(file)), content_type=kind, headers=headers)
