"""Doors to corrective actions: the list, the page, handing in, deciding."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, F, QuerySet, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from governance import forms, policy, services
from governance.models import Action as CorrectiveAction
from governance.queries import rcas as queries
from governance.queries.rcas import ActionPage, action_page
from mspgov.obligations.shown import distance
from mspgov.web import lists, talk, timeline, words
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Empty,
    Figure,
    Figures,
    PageHead,
    Row,
    SectionHead,
)
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_files import list_file
from mspgov.web.list_page import list_page

from . import rca_parts
from .addresses import elsewhere, here
from .rcas import tabs

PER_PAGE = 50
Filters = lists.filterset_of(
    CorrectiveAction,
    ("state", "engagement"),
    search=("what", "record__number", "rca__record__number"),
    sorts=("place",),
)


@require_safe
@may(policy.READ_RCAS)
def actions(request: Request) -> HttpResponse:
    """All corrective actions: the most overdue first, then those that wait for the client, then those that are done."""
    now, asked = timezone.now(), request.GET
    found = Filters(asked, queryset=queries.actions())
    rows = in_order(found.qs)
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    overdue = found.qs.filter(state__in=CorrectiveAction.OWED, obligation__due_at__lte=now).count()
    stand(request, "Actions")
    context = {
        "page_head": PageHead("Corrective actions", f"{overdue} of {words.counted(page.paginator.count, 'action')} overdue.", "They come from accepted root causes and are tracked until their evidence is accepted."),
        "views": tabs(request, "actions"),
        "search": lists.search(asked, "Find actions"),
        "filters": lists.filters(found, ("state", "engagement"), asked),
        "table": rca_parts.action_table(request, list(page), now),
        "pages": lists.pages(page, asked),
        "empty": Empty("No action fits." if asked else "No action is tracked yet: those of an accepted root cause are."),
    }  # fmt: skip
    return list_page(
        request, "records/list.html", context, name="actions", reads=("state", "engagement"), rows=lambda: file_of(rows)
    )


@require_safe
@may(policy.READ_RCAS)
def actions_export(request: Request) -> HttpResponse:
    """The list as CSV, all of it."""
    rows = in_order(Filters(request.GET, queryset=queries.actions()).qs)
    return list_file("csv", "actions", *file_of(rows), title="Corrective actions", at=timezone.now())


def in_order(rows: "QuerySet[CorrectiveAction]") -> "QuerySet[CorrectiveAction]":
    """What somebody still owes by due instant, the most overdue first; then what was handed in; what ended last, the
    latest first."""
    owed = Case(When(state__in=CorrectiveAction.OWED, then=0), When(obligation__ended_at=None, then=1), default=2)
    return rows.order_by(owed, F("obligation__ended_at").desc(nulls_first=True), "obligation__due_at", "pk")


def file_of(rows: Iterable[CorrectiveAction]) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
    """Heads and typed rows of these actions."""
    heads = ("Number", "What", "Owner", "Due", "First due", "State", "Success measure", "Root cause", "Engagement")
    lines = (
        (
            row.record.number, row.what, str(row.obligation.person or ""), row.obligation.due_at,
            row.obligation.first_due_at, row.get_state_display(), row.measure, row.rca.record.number, row.engagement.name,
        )
        for row in rows
    )  # fmt: skip
    return heads, lines


def stand_at(request: Request, page: ActionPage, *more: str) -> None:
    place = "Requests" if request.member.is_provider_side else ""
    crumbs = [] if place else [("Actions", here(request, "governance:actions"))]
    number, own = page.row.record.number, here(request, "governance:action", page.row.public_id)
    stand(request, *crumbs, *([(number, own), *more] if more else [number]), place=place)


@require_safe
@may(policy.READ_RCAS)
def action(request: Request, action_id: UUID) -> HttpResponse:
    page, now = action_page(action_id), timezone.now()
    row, zone, today = page.row, timezone.get_current_timezone(), timezone.localdate(now)
    owed, state = row.obligation, rca_parts.action_status(row, now)
    stand_at(request, page)
    holds, verbs = request.member.holds, list[Action]()
    if holds(policy.WRITE_RCAS) and row.state in CorrectiveAction.OWED:
        verbs.append(Action("Hand in evidence", here(request, "governance:action-hand-in", action_id), "filled"))
        more = elsewhere(request, "obligations:extension", owed.public_id)
        if more and now < owed.due_at:
            verbs.append(Action("Ask for more time", more))
    if holds(policy.REVIEW_RCAS) and row.state == CorrectiveAction.State.SUBMITTED:
        verbs.append(Action("Accept", here(request, "governance:action-accept", action_id), "filled", post=True))
        verbs.append(Action("Return", here(request, "governance:action-return", action_id)))
    if holds(policy.REVIEW_RCAS) and row.state in CorrectiveAction.LIVING:
        verbs.append(Action("Withdraw", here(request, "governance:action-withdraw", action_id), "text"))
    moved = f"first {words.due(owed.first_due_at, today, zone, brief=True)}" if owed.first_due_at != owed.due_at else ""
    context = {
        "head": PageHead(row.what, f"{state.words}.", f"Due {distance(owed.due_at - now)}." if owed.is_living else "", eyebrow=row.record.number, actions=tuple(verbs)),
        "facts": Figures((
            Figure("Owner", str(owed.person or "Account manager")), Figure("Due", words.due(owed.due_at, today, zone, brief=True), sub=moved),
            Figure("Root cause", row.rca.record.number, here(request, "governance:rca", row.rca.public_id)),
            Figure("Obligation", owed.record.number if owed.record_id else "", elsewhere(request, "obligations:obligation", owed.public_id)),
        ), plain=True),
        "asked_head": SectionHead("What was promised"),
        "asked": (("What will be done", row.what), ("Success measure", row.measure), ("Evidence to bring", row.evidence)),
        "note_head": SectionHead("What was said last"), "note": row.note,
        "evidence_head": SectionHead("Evidence"), "evidence": evidence(request, page),
        "thread_head": SectionHead("Comments"),
        "thread": talk.thread_of(page.comments, lambda file: here(request, "governance:rca-file", file)) if page.comments else None,
        "alarms_head": SectionHead("Reminders and escalation", note="each is told once"), "alarms": alarms(page),
        "history_head": SectionHead("History"), "history": timeline.changes(row, ("state", "note"), 30),
    }  # fmt: skip
    return render(request, "governance/action.html", context)


def evidence(request: Request, page: ActionPage) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    rows = tuple(
        Row((
            Cell(each.file.name, sub=words.size(each.file.size), href=here(request, "governance:rca-file", each.public_id), head=True),
            Cell(str(each.by)), Cell(words.moment(each.at, today, zone)),
        ))
        for each in page.evidence
    )  # fmt: skip
    return DataTable("Evidence", (Column("File"), Column("By", width="m"), Column("Added", width="m")), rows)


def alarms(page: ActionPage) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    rows = tuple(
        Row((
            Cell(f"{each.get_kind_display()}: {each.step}" if each.step else each.get_kind_display()),
            Cell(words.moment(each.at, today, zone)), Cell(words.moment(each.fired_at, today, zone) if each.fired_at else "not yet"),
        ))
        for each in page.alarms
    )  # fmt: skip
    return DataTable(
        "Reminders and escalation", (Column("Alarm"), Column("At", width="l"), Column("Told", width="m")), rows
    )


def verb_page(request: Request, page: ActionPage, title: str, form: Any, submit: str, help_text: str) -> HttpResponse:
    stand_at(request, page, title)
    context = {
        "page_head": PageHead(title, page.row.what, eyebrow=page.row.record.number), "form": form, "submit": submit,
        "cancel_href": here(request, "governance:action", page.row.public_id), "help": help_text,
    }  # fmt: skip
    return render(request, "records/form.html", context)


@may(policy.WRITE_RCAS)
def hand_in(request: Request, action_id: UUID) -> HttpResponse:
    page = action_page(action_id)
    form = forms.ActionForm(request.POST or None, request.FILES or None, has_evidence=bool(page.evidence))
    if form.is_valid():
        files = [(file.name, file.size, file) for file in form.cleaned_data["evidence"]]
        with refusals(form):
            services.hand_in_action(
                action=page.row, note=form.cleaned_data["note"], files=files, by=request.user, at=timezone.now()
            )
            messages.success(request, "Handed in; the client was told.")
            return redirect(here(request, "governance:action", action_id))
    return verb_page(request, page, "Hand in evidence", form, "Hand in", f"Promised evidence: {page.row.evidence}")


@require_POST
@may(policy.REVIEW_RCAS)
def accept(request: Request, action_id: UUID) -> HttpResponse:
    services.accept_action(action=action_page(action_id).row, by=request.user, at=timezone.now())
    messages.success(request, "Accepted.")
    return redirect(here(request, "governance:action", action_id))


def reason_page(
    request: Request, action_id: UUID, title: str, submit: str, help_text: str, verb: Callable[..., CorrectiveAction]
) -> HttpResponse:
    """The form of a verb that wants nothing but its reason."""
    page = action_page(action_id)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        with refusals(form):
            done = verb(action=page.row, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
            messages.success(request, f"{done.get_state_display()}; the MSP was told.")
            return redirect(here(request, "governance:action", action_id))
    return verb_page(request, page, title, form, submit, help_text)


@may(policy.REVIEW_RCAS)
def send_back(request: Request, action_id: UUID) -> HttpResponse:
    missing = "Say what is missing. The due date stays."
    return reason_page(request, action_id, "Return", "Return", missing, services.return_action)


@may(policy.REVIEW_RCAS)
def withdraw(request: Request, action_id: UUID) -> HttpResponse:
    final = "Nobody is asked for it any more, and it does not come back. Its root cause stays accepted; the effect is still checked."
    return reason_page(request, action_id, "Withdraw action", "Withdraw", final, services.withdraw_action)
