"""Doors to root causes: the list, the page of both sides, demanding, deciding, comparing, the paper."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from governance import forms, policy, services
from governance.calc.effect import uncompared
from governance.calc.rca_content import read_content
from governance.models import Rca
from governance.queries import rcas as queries
from governance.queries.effects import lacking
from governance.queries.rca_rules import Rules
from governance.queries.rcas import RcaPage, rca_page
from governance.services.telling import path_of
from itsm.models import Ticket
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records.services import read_file
from mspgov.web import lists, talk, timeline, words
from mspgov.web.addresses import engagement_asked
from mspgov.web.components import Action, Cell, Column, DataTable, Empty, PageHead, Row, SectionHead, Tab, Tabs
from mspgov.web.doors import Request, may, refusals
from mspgov.web.downloads import attachment
from mspgov.web.frame import stand
from mspgov.web.list_files import list_file
from mspgov.web.list_page import list_page

from . import rca_form_parts, rca_parts
from .addresses import here

PER_PAGE = 50
HISTORY = ("state", "version", "decision", "check_at")
Filters = lists.filterset_of(
    Rca, ("state", "origin", "engagement"), search=("record__title", "record__number", "reason"), sorts=("demanded_at",)
)


def tabs(request: Request, current: str) -> Tabs:
    """The siblings of governance: packs, root causes, actions, recurrences."""
    pages = [("Root causes", "rcas"), ("Actions", "actions"), ("Recurrences", "recurrences")]
    if request.member.holds(policy.READ_PACKS):
        pages.insert(0, ("Board packs", "home"))
    return Tabs(
        tuple(Tab(label, here(request, f"governance:{name}"), current=name == current) for label, name in pages)
    )


@require_safe
@may(policy.READ_RCAS)
def rcas(request: Request) -> HttpResponse:
    """All root causes that the reader sees, the latest demanded first."""
    now, asked = timezone.now(), request.GET
    found = Filters(asked, queryset=queries.rcas())
    rows = found.qs if asked.get("sort") else found.qs.order_by("-demanded_at", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    stand(request, "Root causes")
    actions: list[Action] = []
    if request.member.holds(policy.DEMAND_RCAS):
        actions.insert(0, Action("Demand root cause", here(request, "governance:rca-new"), "filled", "plus"))
    count = page.paginator.count
    open_now = found.qs.filter(state__in=Rca.OPEN).count()
    context = {
        "page_head": PageHead("Root causes", f"{open_now} of {words.counted(count, 'root cause')} open.", "One is asked for of each recurrence and each major incident.", actions=tuple(actions)),
        "views": tabs(request, "rcas"),
        "search": lists.search(asked, "Find root causes"),
        "filters": lists.filters(found, ("state", "origin", "engagement"), asked),
        "table": table(request, list(page), now),
        "pages": lists.pages(page, asked),
        "empty": Empty("No root cause fits." if asked else "No root cause was asked for yet: recurrences and major incidents bring them, or demand one.", None if asked else Action("See recurrences", here(request, "governance:recurrences"))),
    }  # fmt: skip
    return list_page(
        request, "records/list.html", context, name="root-causes", reads=("state", "origin", "engagement"),
        rows=lambda: file_of(rows),
    )  # fmt: skip


def table(request: Request, rows: list[Rca], now: datetime) -> DataTable:
    zone, today, asked = timezone.get_current_timezone(), timezone.localdate(now), request.GET
    sort = asked.get("sort", "")
    turned = lists.address(asked, sort="-demanded_at" if sort == "demanded_at" else "demanded_at")
    columns = (
        Column("Root cause"), Column("State", width="m"), Column("Due", width="m"),
        Column("Tickets", numeric=True, width="s"),
        Column("Demanded", sort_href=turned, sorted="up" if sort == "demanded_at" else "down" if sort == "-demanded_at" else "", width="m"),
        Column("Engagement", width="m", on_phone=False),
    )  # fmt: skip
    made = []
    for row in rows:
        href, owed = here(request, "governance:rca", row.public_id), row.obligation
        due = words.moment(owed.due_at, today, zone) if owed and row.is_owed else "–"
        cells = (
            Cell(row.record.title, sub=f"{row.record.number}, {row.get_origin_display().lower()}", href=href, head=True),
            Cell(status=rca_parts.status(row, now)), Cell(due), Cell(str(row.ticket_count)),  # type: ignore[attr-defined]
            Cell(words.day(row.demanded_at, today, zone)), Cell(row.engagement.name),
        )  # fmt: skip
        made.append(Row(cells, href=href, key=str(row.public_id)))
    return DataTable("Root causes", columns, tuple(made), density="roomy", keys=True)


@require_safe
@may(policy.READ_RCAS)
def rcas_export(request: Request) -> HttpResponse:
    """The list as CSV, all of it."""
    rows = Filters(request.GET, queryset=queries.rcas()).qs.order_by("-demanded_at", "-pk")
    return list_file("csv", "root-causes", *file_of(rows), title="Root causes", at=timezone.now())


def file_of(rows: Iterable[Any]) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
    """Heads and typed rows of these root causes."""
    heads = ("Number", "Title", "Origin", "State", "Engagement", "Demanded", "Due", "Version", "Tickets", "Verdict")
    lines = (
        (
            row.record.number, row.record.title, row.get_origin_display(), row.get_state_display(), row.engagement.name,
            row.demanded_at, row.obligation.due_at if row.obligation else None, row.version, row.ticket_count,
            (row.effect or {}).get("verdict", ""),
        )
        for row in rows
    )  # fmt: skip
    return heads, lines


def version_asked(request: Request, name: str) -> int | None:
    text = request.GET.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Http404
    return int(text) if text else None


def stand_at(request: Request, page: RcaPage, *more: Any) -> None:
    place = "Requests" if request.member.is_provider_side else ""
    own = here(request, "governance:rca", page.row.public_id)
    crumbs = [] if place else [("Root causes", here(request, "governance:rcas"))]
    number = page.row.record.number
    stand(request, *crumbs, *([(number, own), *more] if more else [number]), place=place)


@require_safe
@may(policy.READ_RCAS)
def rca(request: Request, rca_id: UUID) -> HttpResponse:
    """What was asked, what was answered, what was decided, and whether it helped: the same for both sides."""
    page, now = rca_page(rca_id, version_asked(request, "version")), timezone.now()
    rules, row = Rules(page.row.engagement), page.row
    stand_at(request, page)
    writes = request.member.holds(policy.WRITE_RCAS) and row.is_owed
    write = Action("Write answer", here(request, "governance:rca-write", rca_id)) if writes else None
    nothing = (
        "Nothing was submitted yet. It shows here once it is; you are told by e-mail."
        if not writes
        else "Nothing is submitted yet. What you type is kept, and nobody on the client’s side reads it before you submit."
    )
    context = {
        "head": rca_parts.head(request, page, rules, now),
        "path": rca_parts.path(page),
        "receipt": rca_parts.receipt(page) if request.GET.get("receipt") and page.versions else None,
        "asked": rca_form_parts.asked_of(request, page, rules),
        "decision_head": SectionHead(rca_parts.decided(row)),
        "decision": row.decision,
        "effect_head": SectionHead("Effect", note=rca_parts.effect_note(row)),
        "effect": rca_parts.effect(page),
        "effect_reason": (row.effect or {}).get("reason", ""),
        "next": (page.next.record.number, here(request, "governance:rca", page.next.public_id)) if page.next else None,
        "actions_head": SectionHead("Actions that are tracked"),
        "actions": rca_parts.action_table(request, page.actions, now),
        "content": rca_parts.shown(request, page, page.content, rules, page.evidence) if page.shown else (),
        "comment_url": here(request, "governance:rca-comment", rca_id) if request.member.holds(policy.DISCUSS_RCAS) else "",
        "nothing": Empty(nothing, write),
        "tickets_head": SectionHead("Tickets behind it", note=words.counted(len(page.tickets), "ticket")),
        "tickets": rca_parts.tickets(request, page),
        "versions_head": SectionHead("Versions"),
        "versions": rca_parts.versions(request, page),
        "history_head": SectionHead("History"),
        "history": timeline.changes(row, HISTORY, 30),
    }  # fmt: skip
    return render(request, "governance/rca.html", context)


@require_POST
@may(policy.DISCUSS_RCAS)
def comment(request: Request, rca_id: UUID) -> HttpResponse:
    """A comment at a section."""
    page = rca_page(rca_id)
    section = request.POST.get("section", "")
    if section not in rca_parts.TITLES:
        raise Http404
    back = f"{here(request, 'governance:rca', rca_id)}#{section}"
    form = talk.CommentForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, "Say something first.")
        return redirect(back)
    talk.say(
        request, form, page.row.record, reads=policy.READ_RCAS, path=path_of(request.tenant, page.row), section=section
    )
    return redirect(back)


@may(policy.REVIEW_RCAS)
def decide(request: Request, rca_id: UUID) -> HttpResponse:
    """Accept a version or return it."""
    page = rca_page(rca_id)
    back = here(request, "governance:rca", rca_id)
    form = forms.DecideForm(request.POST if request.method == "POST" else None)
    asked: dict[str, Any] = {"rca": page.row, "by": request.user}
    if form.is_valid():
        said, at = form.cleaned_data, timezone.now()
        with refusals(form):
            if said["decision"] == "accept":
                services.accept_rca(**asked, note=said["reason"], at=at)
                messages.success(request, f"{page.row.record.number} is accepted; its actions are tracked.")
            else:
                services.return_rca(**asked, reason=said["reason"], at=at)
                messages.success(request, f"{page.row.record.number} is returned; the MSP was told.")
            return redirect(back)
    stand_at(request, page, "Decide")
    title = f"Decide {page.row.record.number}, version {page.row.version}"
    head = PageHead(
        title, page.row.record.title, "Accepted, its actions become obligations. Returned, a new version is owed."
    )
    return render(request, "governance/rca_decide.html", {"head": head, "form": form, "back": back})


@may(policy.DEMAND_RCAS)
def withdraw(request: Request, rca_id: UUID) -> HttpResponse:
    """It is not asked for any more: this ends it, and says so first."""
    page, back = rca_page(rca_id), here(request, "governance:rca", rca_id)
    form = forms.ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals(form):
            services.withdraw_rca(rca=page.row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
            messages.success(request, f"{page.row.record.number} is withdrawn; the MSP was told.")
            return redirect(back)
    stand_at(request, page, "Withdraw")
    context = {
        "page_head": PageHead(f"Withdraw {page.row.record.number}", page.row.record.title), "form": form,
        "submit": "Withdraw it for good", "cancel_href": back,
        "help": "It is then owed no more and cannot be asked for again for the same occasion. What was submitted is kept.",
    }  # fmt: skip
    return render(request, "records/form.html", context)


@require_POST
@may(policy.REVIEW_RCAS)
def check(request: Request, rca_id: UUID) -> HttpResponse:
    """Compare before and after now."""
    row = services.check_effect(rca=rca_page(rca_id).row, by=request.user, at=timezone.now())
    messages.success(request, f"{row.record.number}: {row.get_state_display().lower()}.")
    return redirect(here(request, "governance:rca", rca_id))


@may(policy.REVIEW_RCAS)
def judge(request: Request, rca_id: UUID) -> HttpResponse:
    """Say whether it worked, where nothing can be compared; else its page, where its effect is checked."""
    page, back = rca_page(rca_id), here(request, "governance:rca", rca_id)
    lacks = lacking(page.row, Rules(page.row.engagement), timezone.now())
    form = forms.JudgeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" and not (lacks and page.row.state == Rca.State.ACCEPTED):
        return redirect(back)
    if form.is_valid():
        with refusals(form):
            row = services.judge_effect(rca=page.row, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, f"{row.record.number}: {row.get_state_display().lower()}.")
            return redirect(back)
    stand_at(request, page, "Say whether it worked")
    context = {
        "page_head": PageHead(f"Did the actions of {page.row.record.number} work?", f"{page.row.record.title}.", f"Its effect {uncompared(lacks)}." if lacks else ""),
        "form": form, "submit": "Say so", "cancel_href": back,
        "help": "Both sides are told, and the board pack shows it. That it came back asks for nothing anew: demand a root cause of the tickets in which it did.",
    }  # fmt: skip
    return render(request, "records/form.html", context)


@require_safe
@may(policy.READ_RCAS)
def compare(request: Request, rca_id: UUID) -> HttpResponse:
    """What a version says otherwise than another."""
    first, second = (version_asked(request, name) for name in ("first", "second"))
    page = rca_page(rca_id)
    by_number = {each.version: each for each in page.versions}
    latest = page.row.version
    old, new = by_number.get(first or max(latest - 1, 1)), by_number.get(second or latest)
    if old is None or new is None:
        raise Http404
    if old is new:  # with itself there is nothing to compare
        return redirect(here(request, "governance:rca", rca_id))
    before, after = read_content(old.content), read_content(new.content)
    stand_at(request, page, "Compare")
    head = PageHead(
        page.row.record.title, f"Version {old.version} and version {new.version}.", eyebrow=page.row.record.number
    )
    names = queries.names_of(before) | queries.names_of(after)
    context = {"head": head, "table": rca_parts.differences(before, after, names)}
    return render(request, "governance/rca_preview.html", context)


@require_safe
@never_cache
@may(policy.READ_RCAS)
def pdf(request: Request, rca_id: UUID) -> HttpResponse:
    """A submitted version on paper, as it stands now: the kept file, or how far the run is that prints it."""
    page = rca_page(rca_id, version_asked(request, "version"))
    if page.shown is None:
        raise Http404
    run = services.ask_print(page=page, shown=page.shown, by=request.user)
    if request.GET.get("again") and run.state in (Run.State.FAILED, Run.State.CANCELLED):
        jobs.try_again(run)
        return redirect(here(request, "governance:rca-pdf", rca_id, version=page.shown.version))
    box = rca_parts.print_box(request, page, run)
    if request.headers.get("HX-Request"):
        headers = {"HX-Refresh": "true"} if box is None else None
        return HttpResponse(render(request, "governance/run.html", {"run": box}).content, headers=headers)
    if (kept := services.print_of(run)) is not None:
        way = "attachment" if request.GET.get("download") else "inline"
        headers = {"Content-Disposition": f'{way}; filename="{kept.name}"'}
        return HttpResponse(b"".join(read_file(kept)), content_type=kept.media_type, headers=headers)
    stand_at(request, page, "PDF")
    context = {"head": rca_parts.print_head(request, page, run), "run": box}
    return render(request, "governance/making.html", context)


@require_safe
@may(policy.READ_RCAS)
def file(request: Request, evidence_id: UUID) -> HttpResponse:
    """A file of a root cause or an action, as an attachment."""
    return attachment(queries.rca_file(evidence_id, submitted=not request.member.is_provider_side))


@require_safe
@may(policy.READ_RCAS)
def of_record(request: Request, record_id: UUID) -> HttpResponse:
    """From a spine row to the page of what it stands for: to the form where the reader is to answer."""
    row = queries.behind(record_id)
    if isinstance(row, Rca):
        writes = request.member.holds(policy.WRITE_RCAS) and row.is_owed
        return redirect(here(request, f"governance:{'rca-write' if writes else 'rca'}", row.public_id))
    return redirect(here(request, "governance:action", row.public_id))


@may(policy.DEMAND_RCAS)
def demand(request: Request) -> HttpResponse:
    """Ask for the root cause of some tickets."""
    chosen, seen = engagement_asked(request)
    initial = {"engagement": chosen.slug if chosen else "", "tickets": request.GET.get("tickets", "")}
    form = forms.DemandForm(request.POST if request.method == "POST" else None, engagements=seen, initial=initial)
    if form.is_valid():
        asked = form.cleaned_data
        found = {
            t.number: t for t in Ticket.objects.filter(engagement=asked["engagement"], number__in=asked["tickets"])
        }
        if missing := [number for number in asked["tickets"] if number not in found]:
            form.add_error("tickets", f"There is no ticket {missing[0]} in this engagement.")
        else:
            with refusals(form):
                row, is_new = services.demand_by_person(
                    engagement=asked["engagement"], tickets=[found[n] for n in asked["tickets"]], title=asked["title"],
                    reason=asked["reason"], by=request.user, at=timezone.now(),
                )  # fmt: skip
                said = (
                    "is asked for; the MSP was told"
                    if is_new
                    else "was asked for already; tickets that it lacked are added"
                )
                messages.success(request, f"{row.record.number} {said}.")
                return redirect(here(request, "governance:rca", row.public_id))
    stand(request, ("Root causes", here(request, "governance:rcas")), "Demand")
    context = {
        "page_head": PageHead("Demand root cause", "Of one ticket or several.", "The MSP’s account managers and engineers are told."),
        "form": form, "submit": "Demand it", "cancel_href": here(request, "governance:rcas"),
    }  # fmt: skip
    return render(request, "records/form.html", context)
