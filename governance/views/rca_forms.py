"""Doors to the provider's answer: the form, autosave, evidence, what was set aside, the preview."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from governance import policy, services
from governance.calc.rca_content import (
    EMPTY,
    Content,
    Entry,
    Planned,
    fingerprint,
    from_form,
    read_content,
    submitted,
    written_when,
)
from governance.calc.rca_faults import faults
from governance.models import Draft, Rca
from governance.queries.rca_rules import Rules
from governance.queries.rcas import RcaPage, drafts_of, rca_page
from governance.services.drafting import Overtaken, latest_draft
from itsm.calc.story import Told, story
from itsm.queries.ticket_page import log_of
from mspgov.kernel.instants import from_micros
from mspgov.records.errors import Conflict, Refused
from mspgov.web.components import Action, PageHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import rca_form_parts as parts
from . import rca_parts
from .addresses import here

EVENTS_TAKEN = 40
SUBMIT = ("submit", "submit-same")  # the second says that nothing changed, and submits all the same


def content_of(page: RcaPage, draft: Draft | None) -> Content:
    """What the form begins with: the draft, else the version that was returned, else nothing."""
    if draft is not None:
        return read_content(draft.content)
    return page.content if page.shown else EMPTY


@never_cache
@may(policy.WRITE_RCAS)
def write(request: Request, rca_id: UUID) -> HttpResponse:
    """The answer while it is written; what does something to it is a verb of the one form."""
    page = rca_page(rca_id)
    if not page.row.is_owed and request.method != "POST":
        return redirect(here(request, "governance:rca", rca_id))
    if request.method == "POST":
        return act(request, page, str(request.POST.get("verb", "save")))
    draft = latest_draft(page.row)
    return form(request, page, content_of(page, draft), checked="check" in request.GET)


def form(
    request: Request,
    page: RcaPage,
    content: Content,
    *,
    checked: bool,
    overtaken: Draft | None = None,
    unchanged: bool = False,
    evidence_error: str = "",
    status: int = 200,
) -> HttpResponse:
    drafts = drafts_of(page.row)
    draft = next((each for each in drafts if not each.set_aside), None)
    others = [each for each in drafts if each.by_id != request.user.pk or each.set_aside or each == overtaken]
    stand(request, page.row.record.number, place="Requests")
    shown = parts.form_page(
        request, page, Rules(page.row.engagement), content, draft, now=timezone.now(), checked=checked,
        overtaken=overtaken, unchanged=unchanged, evidence_error=evidence_error,
        others=others if overtaken or any(each.set_aside for each in drafts) else (),
    )  # fmt: skip
    if overtaken is not None:
        shown = replace(shown, number=overtaken.number)
    context = {"page": shown, "rca_id": page.row.public_id, "urls": urls_of(request, page)}
    return render(request, "governance/rca_form.html", context, status=status)


def urls_of(request: Request, page: RcaPage) -> dict[str, str]:
    routes = {"draft": "rca-draft", "evidence": "rca-evidence", "preview": "rca-preview"}
    return {name: here(request, f"governance:{route}", page.row.public_id) for name, route in routes.items()}


def act(request: Request, page: RcaPage, verb: str) -> HttpResponse:
    content, at = from_form(request.POST.getlist), timezone.now()
    content, anchor = changed(page, Rules(page.row.engagement), content, verb)
    try:
        services.save_draft(
            rca=page.row, content=content, based_on=named(request, "based_on") or 0,
            instead_of=named(request, "instead_of"), by=request.user, at=at,
        )  # fmt: skip
        if verb == "submit" and said_again(page, content):
            return form(request, page, content, checked=False, unchanged=True)
        if verb in SUBMIT:
            services.submit_rca(rca=page.row, content=content, by=request.user, at=at)
            return redirect(f"{here(request, 'governance:rca', page.row.public_id)}?receipt=1")
    except Overtaken as late:
        return form(request, page, content, checked=False, overtaken=late.latest, status=409)
    except services.Incomplete:
        return form(request, page, content, checked=True)
    except Conflict:
        if verb not in SUBMIT:
            raise
        services.submit_rca(
            rca=page.row, content=content, by=request.user, at=at
        )  # the same once more, or the conflict
        return redirect(f"{here(request, 'governance:rca', page.row.public_id)}?receipt=1")
    if verb == "add-files":
        return add_files(request, page, content)
    if verb == "preview":
        return redirect(here(request, "governance:rca-preview", page.row.public_id))
    return redirect(f"{here(request, 'governance:rca-write', page.row.public_id)}{anchor}")


def said_again(page: RcaPage, content: Content) -> bool:
    """Whether what came back would be sent again without a change: the same words with the same files."""
    latest = page.versions[0] if page.versions else None
    if latest is None or page.row.state != Rca.State.RETURNED:
        return False
    same_files = {each["id"] for each in latest.evidence} == {str(each.public_id) for each in page.added}
    return latest.sha256 == fingerprint(submitted(content)) and same_files


def add_files(request: Request, page: RcaPage, content: Content, refused: int = 200) -> HttpResponse:
    """The files of a form that was sent without a script; what is refused is said at Evidence, with all that was typed.
    The draft that came with them is kept, so `refused` is no error then."""
    files = [(file.name or "", file.size or 0, file) for file in request.FILES.getlist("evidence")]
    try:
        services.add_rca_evidence(rca=page.row, files=files, by=request.user, at=timezone.now())
    except Refused as no:
        why = f"{str(no)[:1].upper()}{str(no)[1:].rstrip('.')}."
        return form(request, page, content, checked=False, evidence_error=why, status=refused)
    messages.success(request, "Added.")
    return redirect(f"{here(request, 'governance:rca-write', page.row.public_id)}#evidence")


def named(request: Request, field: str) -> int | None:
    """The number of a draft, where the sender says one."""
    text = str(request.POST.get(field, ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def changed(page: RcaPage, rules: Rules, content: Content, verb: str) -> tuple[Content, str]:
    """What a button of the form makes of its content, and where the page goes on."""
    name, _, place = verb.rpartition("-")
    at = int(place) if place.isdecimal() and len(place) < 4 else -1
    if verb == "add-entry":
        return replace(content, timeline=(*content.timeline, Entry())), "#timeline"
    if verb == "add-action":
        return replace(content, actions=(*content.actions, Planned())), "#actions"
    if name == "remove-entry":
        return replace(content, timeline=content.timeline[:at] + content.timeline[at + 1 :]), "#timeline"
    if name == "remove-action":
        return replace(content, actions=content.actions[:at] + content.actions[at + 1 :]), "#actions"
    if verb == "take" and page.tickets:
        return replace(content, timeline=taken(page, rules, content)), "#timeline"
    return content, ""


def taken(page: RcaPage, rules: Rules, content: Content) -> tuple[Entry, ...]:
    """The timeline with the events of its worst ticket; what stands there already stays once."""
    worst = min(page.tickets, key=lambda ticket: (ticket.priority_worst, ticket.opened_at))
    engagement = page.row.engagement
    sides = {"provider": engagement.provider.name, "client": engagement.tenant.name, "vendor": "Somebody else"}

    def entry(told: Told) -> Entry:
        when = written_when(from_micros(told.at_us), rules.zone)
        return Entry(when, sides.get(told.holder, sides["provider"]), f"{worst.number}: {told.words}")

    events = [entry(told) for told in story(log_of(worst)[0])[:EVENTS_TAKEN]]
    kept = [each for each in content.timeline if not each.is_empty]
    return (*kept, *(each for each in events if each not in kept))


@require_POST
@may(policy.WRITE_RCAS)
def draft(request: Request, rca_id: UUID) -> HttpResponse:
    """Autosave: what was typed becomes the next draft. 409 when another draft was first; with `aside` it is kept beside
    it, and with `last`, from a page that is being left and asks no more, it is kept in either case."""
    page, content, at = rca_page(rca_id), from_form(request.POST.getlist), timezone.now()
    rules = Rules(page.row.engagement)
    if request.POST.get("compare"):
        return compared(page, content)
    asked: dict[str, Any] = {
        "rca": page.row, "content": content, "instead_of": named(request, "instead_of"), "by": request.user, "at": at,
    }  # fmt: skip
    try:
        if request.POST.get("aside"):
            kept = services.keep_aside(**asked)
        else:
            kept = services.save_draft(**asked, based_on=named(request, "based_on") or 0)
    except Overtaken as late:
        if request.POST.get("last"):
            return JsonResponse({"number": services.keep_aside(**asked).number})
        said = str(late)
        told = f"{said[:1].upper()}{said[1:]}. What you typed is kept beside it."
        other = here(request, "governance:rca-draft-seen", late.latest.public_id)
        return JsonResponse({"told": told, "number": late.latest.number, "other": other}, status=409)
    except Conflict as late:
        return JsonResponse({"told": f"{str(late).capitalize()}.", "number": 0}, status=409)
    found = faults(content, rules.asked(page.row, at))
    rail = render_to_string("governance/rca_rail.html", {"rail": parts.rail_of(page, rules, content, found, at)})
    return JsonResponse({"number": kept.number, "saved": parts.saved_words(request, kept, rules), "rail": rail})


def compared(page: RcaPage, content: Content) -> HttpResponse:
    """What the draft that holds says otherwise than what is typed: read before one is put in the place of the other."""
    latest = latest_draft(page.row)
    if latest is None:
        raise Http404
    table = parts.differences_of(latest, content)
    drawn = render_to_string("governance/rca_differences.html", {"table": table})
    return JsonResponse({"number": latest.number, "differences": drawn})


@require_POST
@may(policy.WRITE_RCAS)
def evidence(request: Request, rca_id: UUID) -> HttpResponse:
    """Files for the answer: one by a script, which is told what it became, or several by a form."""
    page = rca_page(rca_id)
    if request.headers.get("X-Requested-With") != "draft.js":
        return add_files(request, page, content_of(page, latest_draft(page.row)), refused=422)
    files = [(file.name or "", file.size or 0, file) for file in request.FILES.getlist("evidence")]
    try:
        services.add_rca_evidence(rca=page.row, files=files, by=request.user, at=timezone.now())
    except Refused as no:
        return JsonResponse({"told": str(no)}, status=422)
    kept = [each.__dict__ for each in parts.kept_files(request, rca_page(rca_id))]
    return JsonResponse({"files": kept})


@require_safe
@may(policy.WRITE_RCAS)
def draft_seen(request: Request, draft_id: UUID) -> HttpResponse:
    """A draft of the provider's as it would be read."""
    kept = get_object_or_404(Draft.objects.select_related("by", "rca"), public_id=draft_id)
    page = rca_page(kept.rca.public_id)
    return read_only(request, page, read_content(kept.content), f"Draft {kept.number} of {kept.by.name}")


@require_safe
@may(policy.WRITE_RCAS)
def preview(request: Request, rca_id: UUID) -> HttpResponse:
    """The draft as the client will read it."""
    page = rca_page(rca_id)
    kept = latest_draft(page.row)
    if kept is None and page.shown is None:
        raise Http404
    return read_only(request, page, content_of(page, kept), "Preview")


def read_only(request: Request, page: RcaPage, content: Content, title: str) -> HttpResponse:
    number, back = page.row.record.number, here(request, "governance:rca-write", page.row.public_id)
    stand(request, (number, back), title, place="Requests")
    head = PageHead(
        page.row.record.title, f"{title}.", f"As {request.tenant.name} would read it; nothing is submitted yet.",
        eyebrow=number, actions=(Action("Go on writing", back, "filled"),),
    )  # fmt: skip
    shown = rca_parts.shown(request, page, submitted(content), Rules(page.row.engagement), page.added)
    return render(request, "governance/rca_preview.html", {"head": head, "content": shown})
