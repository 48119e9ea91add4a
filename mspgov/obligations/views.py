"""Doors to what is owed: inbox, list, page, and the verbs of both sides."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from mspgov.kernel.faults import Fault
from mspgov.tenancy.queries import engagements
from mspgov.web import lists
from mspgov.web.addresses import here
from mspgov.web.components import Action, DataTable, Empty, PageHead, SectionHead, Tab, Tabs
from mspgov.web.doors import Request, may, refusals
from mspgov.web.downloads import attachment
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page
from mspgov.web.words import counted

from . import forms, policy, queries, services, shown
from .many import VERBS, verbs_for
from .models import Obligation, Recurring
from .queries import ObligationPage, reach_of

PER_PAGE = 50
Verb = Callable[[Request, ObligationPage], HttpResponse]
View = Callable[[Request, UUID], HttpResponse]
Filters = lists.filterset_of(
    Obligation, ("state", "owed_by", "engagement"), search=("record__title", "record__number"), sorts=("due_at",)
)


def tabs(request: Request, current: str) -> Tabs:
    pages = {"inbox": "For me", "obligations": "All", "calendar": "Calendar"}
    if request.member.holds(policy.KEEP_RECURRING):
        pages["recurring"] = "Recurring"
    return Tabs(
        tuple(
            Tab(label, here(request, f"obligations:{name}"), current=name == current) for name, label in pages.items()
        )
    )


@require_safe
@may(policy.READ_OBLIGATIONS)
def inbox(request: Request) -> HttpResponse:
    """What the reader has to hand in, accept or answer; the late first."""
    now = timezone.now()
    mine = queries.inbox(request.member, now).values_list("pk", flat=True)
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    stand(request, "Obligations")
    count, rows = page.paginator.count, queries.with_keys(page)
    context = {
        "page_head": PageHead("Obligations", f"{counted(count, 'thing', 'things')} for you." if count else "Nothing waits for you."),
        "views": tabs(request, "inbox"),
        "table": shown.table(request, rows, "For me", now, asked=queries.more_time_asked(rows)),
        "pages": lists.pages(page, request.GET),
        "empty": Empty("Nothing waits for you: what you owe, and what waits for your decision, appears here."),
    }  # fmt: skip
    return render(request, "records/list.html", context)


@require_safe
@may(policy.READ_OBLIGATIONS)
def obligations(request: Request) -> HttpResponse:
    """All that is owed or was on either side: the living by due instant, then the ended."""
    now, asked = timezone.now(), request.GET
    found = Filters(asked, queryset=queries.obligations(request.member))
    verbs = verbs_for(request.member, found.qs)
    rows = found.qs if asked.get("sort") else queries.living_first(found.qs)
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    stand(request, ("Obligations", here(request, "obligations:inbox")), "All")
    context = {
        "page_head": PageHead("Obligations", f"{counted(page.paginator.count, 'obligation', 'obligations')}."),
        "views": tabs(request, "obligations"),
        "search": lists.search(asked, "Find obligations"),
        "filters": lists.filters(found, ("state", "owed_by", "engagement"), asked),
        "table": shown.table(
            request, list(page), "Obligations", now, asked=queries.more_time_asked(page), selectable=bool(verbs)
        ),
        "selection_actions": [Action(VERBS[verb].label, here(request, "obligations:change", verb)) for verb in verbs],
        "selection_kept": lists.kept(asked),
        "select_all": counted(page.paginator.count, "obligation", "obligations") if page.has_other_pages() else "",
        "pages": lists.pages(page, asked),
        "empty": Empty("No obligation fits." if asked else "Nothing is owed yet."),
    }
    return list_page(
        request, "records/list.html", context, name="obligations", reads=("state", "owed_by", "engagement"),
        rows=lambda: shown.file_of(rows),
    )  # fmt: skip


def obligations_asked(request: Request) -> "QuerySet[Obligation]":
    """The obligations that the list's address asks for: of those that its filters leave the selected ones, if it names some."""
    asked = request.GET
    found = Filters(asked, queryset=queries.obligations(request.member))
    return lists.selected(found.qs if found.is_valid() else found.qs.none(), asked)


@require_safe
@may(policy.READ_OBLIGATIONS)
def obligation(request: Request, obligation_id: UUID) -> HttpResponse:
    page, now = queries.obligation_page(obligation_id, request.member), timezone.now()
    rights = queries.rights(request.member, page, reach_of(request.member, now), now, **held(request))
    stand(request, ("Obligations", here(request, "obligations:inbox")), page.row.record.number)
    context = {
        "head": shown.head(request, page, rights, now),
        "figures": shown.figures(page),
        "note_head": SectionHead("What was said last") if page.row.note else None,
        "note": page.row.note,
        "alarms_head": SectionHead("Reminders and escalation", note="each is told once"),
        "alarms": shown.alarms(page),
        "requests_head": SectionHead("More time"),
        "requests": shown.requests(page),
        "evidence_head": SectionHead("Evidence"),
        "evidence": shown.evidence(request, page),
        "history_head": SectionHead("History"),
        "history": shown.history(page),
    }
    return render(request, "obligations/obligation.html", context)


@require_safe
@may(policy.READ_OBLIGATIONS)
def evidence(request: Request, evidence_id: UUID) -> HttpResponse:
    """A file of an obligation that the reader sees, as an attachment."""
    return attachment(queries.evidence_file(evidence_id, request.member))


def for_office(right: str) -> Callable[[Verb], View]:
    """A verb for the office that has this right. What was sent and has moved on is for the service to refuse, its form is
    not opened any more. Whoever only reads the obligation is shown it in place of the form; sending is a 404."""

    def wrap(verb: Verb) -> View:
        @wraps(verb)
        def view(request: Request, obligation_id: UUID) -> HttpResponse:
            page = queries.obligation_page(obligation_id, request.member)
            now = timezone.now()
            reach, member = reach_of(request.member, now), request.member
            is_theirs = getattr(queries.rights_of_office(member, page, reach, **held(request)), right)
            if request.method == "POST":
                if not is_theirs:
                    raise Http404
                return verb(request, page)
            if getattr(queries.rights(member, page, reach, now, **held(request)), right):
                return verb(request, page)
            if is_theirs:
                messages.info(request, "As it stands now, this cannot be done any more.")
            return redirect(here(request, "obligations:obligation", obligation_id))

        return view

    return wrap


def held(request: Request) -> dict[str, bool]:
    holds = request.member.holds
    return {"answers": holds(policy.ANSWER_OBLIGATIONS), "decides": holds(policy.DECIDE_OBLIGATIONS)}


def form_page(
    request: Request,
    page: ObligationPage,
    title: str,
    form: django_forms.Form,
    submit: str,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """A form of one verb: what is typed stays when a rule refuses it."""
    back = here(request, "obligations:obligation", page.row.public_id)
    if form.is_valid():
        with refusals(form):
            return told(request, page, act(form.cleaned_data))
    stand(request, ("Obligations", here(request, "obligations:inbox")), (page.row.record.number, back), title)
    context = {
        "page_head": PageHead(title, page.row.record.title, eyebrow=page.row.record.number),
        "form": form,
        "submit": submit,
        "cancel_href": back,
        "help": page.row.text,
    }
    return render(request, "records/form.html", context)


def told(request: Request, page: ObligationPage, said: str) -> HttpResponse:
    """Back to the obligation, which says what was done."""
    messages.success(request, said)
    return redirect(here(request, "obligations:obligation", page.row.public_id))


def reason_page(
    request: Request, page: ObligationPage, title: str, submit: str, verb: Callable[..., Obligation], said: str
) -> HttpResponse:
    """The form of a verb that wants nothing but its reason."""

    def act(asked: dict[str, Any]) -> str:
        verb(obligation=page.row, reason=asked["reason"], by=request.user, at=timezone.now())
        return said

    return form_page(request, page, title, forms.ReasonForm(request.POST or None), submit, act)


@require_POST
@may(policy.ANSWER_OBLIGATIONS)
@for_office("acknowledge")
def acknowledge(request: Request, page: ObligationPage) -> HttpResponse:
    services.acknowledge(obligation=page.row, by=request.user, at=timezone.now())
    return told(request, page, "Acknowledged.")


@may(policy.ANSWER_OBLIGATIONS)
@for_office("hand_in")
def hand_in(request: Request, page: ObligationPage) -> HttpResponse:
    form = forms.NoteForm(request.POST or None, request.FILES or None, obligation=page.row)

    def act(asked: dict[str, Any]) -> str:
        file = asked["evidence"]
        files = [(file.name, file.size, file)] if file is not None else []
        services.hand_in(obligation=page.row, note=asked["note"], files=files, by=request.user, at=timezone.now())
        return "Handed in."

    return form_page(request, page, "Hand in", form, "Hand in", act)


@may(policy.ANSWER_OBLIGATIONS)
@for_office("ask_extension")
def extension(request: Request, page: ObligationPage) -> HttpResponse:
    lasting = page.row.engagement or request.tenant
    form = forms.ExtensionForm(request.POST or None, time_zone=lasting.time_zone)

    def act(asked: dict[str, Any]) -> str:
        services.ask_extension(obligation=page.row, **asked, by=request.user, at=timezone.now())
        return "Asked. The present due date holds until somebody grants it."

    return form_page(request, page, "Ask for more time", form, "Ask", act)


@may(policy.DECIDE_OBLIGATIONS)
@for_office("decide_extension")
def answer_extension(request: Request, page: ObligationPage) -> HttpResponse:
    form = forms.AnswerForm(request.POST or None)

    def act(asked: dict[str, Any]) -> str:
        grant = asked["decision"] == "grant"
        services.decide_extension(
            extension=page.extensions[0], grant=grant, answer=asked["answer"], by=request.user, at=timezone.now()
        )
        return "Granted: the due date has moved." if grant else "Refused: the due date stays."

    return form_page(request, page, "Answer the request for more time", form, "Answer", act)


@require_POST
@may(policy.DECIDE_OBLIGATIONS)
@for_office("accept")
def accept(request: Request, page: ObligationPage) -> HttpResponse:
    services.accept(obligation=page.row, by=request.user, at=timezone.now())
    return told(request, page, "Accepted.")


@may(policy.DECIDE_OBLIGATIONS)
@for_office("accept")
def send_back(request: Request, page: ObligationPage) -> HttpResponse:
    return reason_page(request, page, "Return", "Return", services.send_back, "Returned.")


@may(policy.DECIDE_OBLIGATIONS)
@for_office("waive")
def waive(request: Request, page: ObligationPage) -> HttpResponse:
    return reason_page(request, page, "Waive", "Waive it", services.waive, "Waived.")


@require_safe
@may(policy.KEEP_RECURRING)
def recurring(request: Request) -> HttpResponse:
    """The schedules from which obligations come."""
    rows, now = list(queries.recurring().order_by("title", "pk")), timezone.now()
    stand(request, ("Obligations", here(request, "obligations:inbox")), "Recurring")
    new = Action("New recurring obligation", here(request, "obligations:recurring-new"), kind="filled", icon="plus")
    context = {
        "page_head": PageHead("Recurring obligations", f"{counted(len(rows), 'schedule', 'schedules')}.", "Each raises what is owed in time, once an occurrence.", actions=(new,)),
        "views": tabs(request, "recurring"),
        "table": shown.recurring_table(request, rows, now),
        "empty": Empty("Nothing recurs yet. A monthly service report, a quarterly access review: each becomes an obligation in time.", new),
    }  # fmt: skip
    return render(request, "records/list.html", context)


@may(policy.KEEP_RECURRING)
def new_recurring(request: Request) -> HttpResponse:
    initial = {
        "lead_days": 14,
        "reminder_days": "7, 2",
        "due_time": "17:00",
        "repeats": "monthly",
        "accepted_by": "service_owner",
    }
    form = forms.RecurringForm(request.POST or None, initial=initial, engagements=engagements())
    return schedule_form(request, form, Recurring(), "New recurring obligation")


@may(policy.KEEP_RECURRING)
def edit_recurring(request: Request, recurring_id: UUID) -> HttpResponse:
    """A change holds for what is raised from now on; what was raised stays as it is."""
    row = get_object_or_404(queries.recurring(), public_id=recurring_id)
    form = forms.RecurringForm(
        request.POST or None, initial=forms.initial_of(row), engagements=engagements(), fixed=True
    )
    return schedule_form(request, form, row, row.title, shown.next_due(row, timezone.now()))


def schedule_form(
    request: Request, form: forms.RecurringForm, row: Recurring, title: str, related: DataTable | None = None
) -> HttpResponse:
    back = here(request, "obligations:recurring")
    if form.is_valid():
        try:
            services.schedule(
                row, engagement=form.engagements[form.cleaned_data["engagement"]], **form.terms(), by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except Fault as fault:
            form.add_error(fault.path if fault.path in form.fields else None, fault.why)
        else:
            messages.success(request, f"{row.title} is kept.")
            return redirect(back)
    stand(request, ("Obligations", here(request, "obligations:inbox")), ("Recurring", back), title)
    context = {
        "page_head": PageHead(title),
        "form": form,
        "submit": "Keep",
        "cancel_href": back,
        "related": related,
        "help": shown.RECURRING_HELP,
    }
    return render(request, "records/form.html", context)


@require_POST
@may(policy.KEEP_RECURRING)
def turn_recurring(request: Request, recurring_id: UUID) -> HttpResponse:
    """Pause a schedule, or let it go on."""
    row = services.turn(recurring_id=recurring_id, by=request.user, at=timezone.now())
    messages.success(request, f"{row.title} {'goes on' if row.active else 'is paused'}.")
    return redirect(here(request, "obligations:recurring"))
