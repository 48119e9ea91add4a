"""Doors to board packs: the list, asking for one, watching it made, its page and its files."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from governance import forms, policy, queries, services
from governance.documents.annex import planned
from governance.documents.pack import PAPERS
from governance.queries import pack_pages
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.records.services import read_file
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.queries import engagements
from mspgov.web.components import PageHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import pack_list_parts as list_parts
from . import pack_parts as parts
from .addresses import here


@require_safe
@may(policy.READ_PACKS)
def home(request: Request) -> HttpResponse:
    """The packs that the reader sees."""
    seen = engagements()
    wanted = request.GET.get("engagement", "")
    if wanted and wanted not in {each.slug for each in seen}:
        raise Http404
    chosen = next((each for each in seen if each.slug == wanted), None)
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "-quarter")
    found = Paginator(pack_pages.packs(chosen, None, state, sort), pack_pages.PAGE)
    page = found.get_page(request.GET.get("page"))
    asked = {"engagement": wanted, "state": state, "sort": "" if sort == "-quarter" else sort}
    stand(request, "Board packs")
    return list_page(
        request, "records/list.html", list_parts.list_context(request, page, seen, asked), name="board-packs",
        reads=("engagement", "state"), rows=lambda: list_parts.file_of(pack_pages.packs(chosen, None, state, sort)),
    )  # fmt: skip


@may(policy.MAKE_PACKS)
def new_pack(request: Request) -> HttpResponse:
    """Ask for a pack: the latest quarter that is over stands chosen, so that one click makes it."""
    seen, at = engagements(), timezone.now()
    given = request.POST or request.GET
    engagement = next((e for e in seen if e.slug == given.get("engagement")), seen[0] if seen else None)
    quarters = pack_pages.quarters_over(engagement, at=at) if engagement else []
    initial = {
        "engagement": engagement.slug if engagement else "",
        "quarter": request.GET.get("quarter") or (quarters[0].quarter.text if quarters else ""),
        "paper": "A4",
    }
    form = forms.PackForm(request.POST or None, engagements=seen, quarters=quarters, initial=initial)
    if form.is_valid():
        try:
            with refusals(form):
                run = services.start_pack(**form.cleaned_data, by=request.user, at=at)
                return redirect(here(request, "governance:pack-making", run.public_id))
        except Fault as fault:
            form.refuse(fault)
    stand(request, ("Board packs", here(request, "governance:home")), "Make pack")
    head = PageHead(
        "Make board pack",
        "A quarter that is over.",
        "Sealed months make a final pack, the same bytes each time; with a month unsealed each page says draft.",
    )
    context = {"head": head, "form": form, "back": here(request, "governance:home")}
    return render(request, "governance/pack_form.html", context)


@require_safe
@never_cache
@may(policy.MAKE_PACKS)
def making(request: Request, run_id: UUID) -> HttpResponse:
    """The run that makes a pack; once it is done, the pack itself."""
    run = pack_pages.pack_run(run_id)
    if run.state == Run.State.DONE and run.result:
        return redirect(here(request, "governance:pack", run.result["pack"]))
    engagement: Engagement = pack_pages.run_engagement(run_id)
    stand(request, ("Board packs", here(request, "governance:home")), run.title)
    context = {"head": parts.making_head(request, run, engagement), "run": parts.run_box(request, run)}
    return render(request, "governance/making.html", context)


@require_safe
@never_cache
@may(policy.MAKE_PACKS)
def making_progress(request: Request, run_id: UUID) -> HttpResponse:
    """The fragment that is asked for each second; once the run has ended, the browser loads the page anew."""
    box = parts.run_box(request, pack_pages.pack_run(run_id))
    headers = {"HX-Refresh": "true"} if box is None else None
    return HttpResponse(render(request, "governance/run.html", {"run": box}).content, headers=headers)


@require_POST
@may(policy.MAKE_PACKS)
def stop_making(request: Request, run_id: UUID) -> HttpResponse:
    run: Any = get_object_or_404(Run, public_id=run_id, kind=pack_pages.RUN)
    jobs.cancel(run)
    messages.info(request, "Stopped. No pack was printed.")
    return redirect(here(request, "governance:home"))


@require_safe
@may(policy.READ_PACKS)
def pack(request: Request, pack_id: UUID) -> HttpResponse:
    page = pack_pages.pack_page(pack_id)
    stand(request, ("Board packs", here(request, "governance:home")), page.pack.record.number)
    return render(request, "governance/pack.html", parts.pack_context(request, page))


@require_safe
@may(policy.READ_PACKS)
def pack_pdf(request: Request, pack_id: UUID) -> HttpResponse:
    """The printed pack: opened in the browser, or kept as a file with ?download=1."""
    paper = request.GET.get("paper", "A4")
    if paper not in PAPERS:
        raise Http404
    file = queries.pack_file(pack_id, paper)
    kind = "attachment" if request.GET.get("download") else "inline"
    disposition = {"Content-Disposition": f'{kind}; filename="{file.name}"'}
    return HttpResponse(b"".join(read_file(file)), content_type="application/pdf", headers=disposition)


@require_safe
@may(policy.READ_PACKS)
def pack_enclosure(request: Request, pack_id: UUID, name: str) -> HttpResponse:
    """A file that is attached to the pack."""
    files = {each.name: each for each in planned(pack_pages.pack_page(pack_id).facts)}
    if (found := files.get(name)) is None:
        raise Http404
    disposition = {"Content-Disposition": f'attachment; filename="{found.name}"'}
    return HttpResponse(found.write(), content_type=parts.media_type(found.name), headers=disposition)
