"""Doors to people: the list, a person's page, roles, invitations, who leaves and comes back."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from mspgov.desk import shown as desk
from mspgov.desk.owners import queries as owners
from mspgov.desk.owners import shown as offices
from mspgov.kernel.csv_lines import csv_lines
from mspgov.kernel.faults import Fault
from mspgov.tenancy import queries as tenancy
from mspgov.tenancy.models import Provider
from mspgov.tenancy.policy import DEACTIVATE_PEOPLE, HAND_OVER, INVITE_PEOPLE, READ_PEOPLE, WRITE_PEOPLE
from mspgov.web import lists, timeline, words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Empty, PageHead, SectionHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import forms, queries, services, shown

PER_PAGE = 50
HEADS = ["Name", "E-mail", "Roles", "Side", "Seen lately", "State"]


def tabs(request: Request, current: str) -> object:
    return desk.settings_tabs(request, current)


@require_safe
@may(READ_PEOPLE)
def people(request: Request) -> HttpResponse:
    """Everybody whom the reader sees, on both sides."""
    asked, holds = request.GET, request.member.holds
    found = queries.MemberFilters(asked, queryset=queries.members(request.member))
    rows = found.qs if asked.get("sort") else found.qs.order_by("provider__name", "person__name", "pk")
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    actions = [Action("Import", here(request, "desk:people-import"))] if holds(WRITE_PEOPLE) else []
    if holds(INVITE_PEOPLE):
        actions.insert(0, Action(invite_words(request), here(request, "desk:invite"), kind="filled", icon="plus"))
    stand(request, "People")
    context = {
        "page_head": PageHead("People", f"{words.counted(page.paginator.count, 'person', 'people')} on both sides.", "What each of them may do follows from their roles.", actions=tuple(actions)),
        "views": tabs(request, "people"),
        "search": lists.search(asked, "Find people"),
        "filters": lists.filters(found, ("role", "side", "state"), asked),
        "table": shown.people_table(request, list(page), tenancy.seen_at()),
        "pages": lists.pages(page, asked),
        "empty": Empty("Nobody fits." if asked else "Nobody is here yet."),
    }  # fmt: skip
    return list_page(
        request, "records/list.html", context, name="people", reads=("role", "side", "state"),
        rows=lambda: (HEADS, shown.csv_rows(list(rows), tenancy.seen_at())),
    )  # fmt: skip


@require_safe
@may(READ_PEOPLE)
def people_export(request: Request) -> HttpResponse:
    """The list as CSV, all that the filters leave."""
    found = queries.MemberFilters(request.GET, queryset=queries.members(request.member))
    rows = found.qs if request.GET.get("sort") else found.qs.order_by("provider__name", "person__name", "pk")
    lines = csv_lines(HEADS, shown.csv_rows(list(rows), tenancy.seen_at()))
    saved = {"Content-Disposition": 'attachment; filename="people.csv"'}
    return HttpResponse(lines, content_type="text/csv; charset=utf-8", headers=saved)


@require_safe
@may(READ_PEOPLE)
def person(request: Request, member_id: UUID) -> HttpResponse:
    page, now = queries.person_page(member_id, request.member), timezone.now()
    stand(request, ("People", here(request, "desk:people")), page.row.person.name)
    context = {
        "page_head": shown.person_head(
            request,
            page,
            writes=request.member.holds(WRITE_PEOPLE),
            ends=queries.may_deactivate(request.member, page.row),
        ),
        "pairs": shown.person_pairs(page),
        "offices_head": SectionHead("Offices", link="All owners", href=here(request, "desk:owners")),
        "offices": shown.offices_table(request, page),
        "owed_head": SectionHead("Owed by name"),
        "owed": shown.owed_table(request, page, now),
        "history": timeline.changes(page.row, ("roles", "provider", "active"), 20),
    }
    return render(request, "desk/person.html", context)


@may(WRITE_PEOPLE)
def person_roles(request: Request, member_id: UUID) -> HttpResponse:
    """Other roles on the same side."""
    page, back = queries.person_page(member_id, request.member), here(request, "desk:person", member_id)
    initial = {"roles": page.row.roles, "engagements": [e.slug for e in page.engagements]}
    form = forms.RolesForm(
        request.POST or None, initial=initial, member=page.row, engagements=tenancy.engagements(), gives_up=queries.may_give_up(request.member, page.row),
    )  # fmt: skip
    if form.is_valid():
        try:
            with refusals(form):
                services.change_roles(membership=page.row, **form.terms(), by=request.user, at=timezone.now())
        except Fault as fault:
            form.add_error("roles", fault.why)
        if form.is_valid():
            messages.success(request, "The roles are changed.")
            return redirect(back)
    name = page.row.person.name
    stand(request, ("People", here(request, "desk:people")), (name, back), "Change roles")
    context = {
        "page_head": PageHead("Change roles", name),
        "form": form,
        "submit": "Change roles",
        "cancel_href": back,
        "help": "What somebody may do follows from their roles, at once. Roles of the client's side and roles of an MSP exclude each other.",
    }
    return render(request, "records/form.html", context)


@may(DEACTIVATE_PEOPLE)
def person_deactivate(request: Request, member_id: UUID) -> HttpResponse:
    """What will be lost, then it. Somebody in office hands over first, unless whoever ends it says that it must be now."""
    page, back = queries.person_page(member_id, request.member), here(request, "desk:person", member_id)
    if page.row.person_id == request.user.pk and request.method == "GET":
        messages.error(request, "You cannot deactivate yourself; another administrator can.")
        return redirect(back)
    if not queries.may_deactivate(request.member, page.row) and page.row.person_id != request.user.pk:
        raise Http404
    moving = owners.what_moves(page.row.person, on=timezone.localdate())
    over = (
        f"{here(request, 'desk:person-hand-over', member_id)}?then=deactivate"
        if request.member.holds(HAND_OVER)
        else ""
    )
    if request.method == "POST":
        if moving.count and "now" not in request.POST:
            messages.error(request, f"{page.row.person.name} holds something that must pass to somebody else first.")
            return redirect(over or request.path)
        services.deactivate(membership=page.row, by=request.user, at=timezone.now())
        messages.success(request, f"{page.row.person.name} no longer comes in.")
        return redirect(back)
    stand(request, ("People", here(request, "desk:people")), (page.row.person.name, back), "Deactivate")
    context = {
        "page_head": PageHead(f"Deactivate {page.row.person.name}", "They no longer come in, within a second."),
        "lost": shown.lost(page),
        "moving_head": SectionHead("Hand over first") if moving.count else None,
        "moving": offices.moving_table(request, moving) if moving.count else None,
        "over": Action("Hand over, then deactivate", over, kind="filled") if moving.count and over else None,
        "cancel_href": back,
    }
    return render(request, "desk/deactivate.html", context)


@require_POST
@may(WRITE_PEOPLE)
def person_reactivate(request: Request, member_id: UUID) -> HttpResponse:
    page = queries.person_page(member_id, request.member)
    services.reactivate(membership=page.row, by=request.user, at=timezone.now())
    messages.success(request, f"{page.row.person.name} comes in again.")
    return redirect(here(request, "desk:person", member_id))


@require_safe
@may(INVITE_PEOPLE)
def invitations(request: Request) -> HttpResponse:
    """Places that were offered and not taken; an account manager's are those of their own engineers."""
    rows, now = queries.invitations(request.member), timezone.now()
    stand(request, ("People", here(request, "desk:people")), "Invitations")
    invite_action = Action(invite_words(request), here(request, "desk:invite"), kind="filled", icon="plus")
    waiting = sum(row.is_open(now) for row in rows)
    context = {
        "page_head": PageHead("Invitations", f"{words.counted(waiting, 'invitation waits', 'invitations wait')}.", "Each link works once, for fourteen days.", actions=(invite_action,)),
        "views": tabs(request, "invitations"),
        "table": shown.invitations_table(request, rows, now),
        "empty": Empty("Nobody is invited. Whoever you invite gets a letter with a link, and appears under People once they accept.", invite_action),
    }  # fmt: skip
    return render(request, "records/list.html", context)


def invite_words(request: Request) -> str:
    return "Invite somebody" if request.member.holds(WRITE_PEOPLE) else "Invite an engineer"


@may(INVITE_PEOPLE)
def invite(request: Request) -> HttpResponse:
    """Anybody by an administrator; by an account manager engineers of their own firm, to engagements of theirs."""
    by_administrator = request.member.holds(WRITE_PEOPLE)
    form_of = forms.InviteForm if by_administrator else forms.EngineerForm
    form = form_of(
        request.POST or None, providers=[p for p in queries.providers() if p.ended_at is None],
        engagements=tenancy.engagements(), earlier=lambda email: queries.waiting_for(email, request.member),
    )  # fmt: skip
    if form.is_valid():
        try:
            with refusals(form):
                if by_administrator:
                    services.invite(tenant=request.tenant, **form.terms(), by=request.user, at=timezone.now())
                else:
                    services.invite_engineer(inviter=request.member, **form.terms(), at=timezone.now())
        except Fault as fault:
            form.add_error({"role": "roles", "engagement": "engagements"}.get(fault.path, fault.path), fault.why)
        if form.is_valid():
            ended = (
                f" The invitation of {timezone.localtime(form.earlier.at):%-d %B %Y} is replaced: its link is dead."
                if form.earlier
                else ""
            )
            messages.success(request, f"{form.cleaned_data['name']} is invited.{ended}")
            return redirect(here(request, "desk:invitations"))
    back = here(request, "desk:people")
    stand(request, ("People", back), invite_words(request))
    context = {
        "page_head": PageHead(invite_words(request)),
        "form": form,
        "submit": "Send invitation",
        "cancel_href": back,
        "help": "They get a letter with a link that works once, for fourteen days. Whoever has an account already signs in and joins.",
    }
    return render(request, "records/form.html", context)


@require_POST
@may(INVITE_PEOPLE)
def invitation_again(request: Request, invitation_id: UUID) -> HttpResponse:
    row = queries.invitation(invitation_id, request.member)
    services.invite_again(tenant=request.tenant, invitation=row, by=request.user, at=timezone.now())
    messages.success(request, f"A new letter goes to {row.email}; the former link is dead.")
    return redirect(here(request, "desk:invitations"))


@require_POST
@may(INVITE_PEOPLE)
def invitation_withdraw(request: Request, invitation_id: UUID) -> HttpResponse:
    row = queries.invitation(invitation_id, request.member)
    services.withdraw(invitation=row, by=request.user, at=timezone.now())
    messages.success(request, f"The invitation of {row.email} is withdrawn; its link is dead.")
    return redirect(here(request, "desk:invitations"))


@require_safe
@may(READ_PEOPLE)
def providers(request: Request) -> HttpResponse:
    """The MSPs that the reader sees."""
    rows = list(queries.providers())
    stand(request, ("People", here(request, "desk:people")), "MSPs")
    context = {
        "page_head": PageHead("MSPs", f"{words.counted(len(rows), 'MSP', 'MSPs')}.", "Deactivating one ends what lets its people in; its engagements and records stay."),
        "views": tabs(request, "providers"),
        "table": shown.providers_table(request, rows, queries.people_by_provider(), writes=request.member.holds(WRITE_PEOPLE)),
        "empty": Empty("There is no MSP yet. The first terms of a contract bring one."),
    }  # fmt: skip
    return render(request, "records/list.html", context)


@may(WRITE_PEOPLE)
def provider_deactivate(request: Request, provider_id: UUID) -> HttpResponse:
    """What will be lost, then it."""
    row, back = get_object_or_404(Provider, public_id=provider_id), here(request, "desk:providers")
    if request.method == "POST":
        count = services.deactivate_provider(provider=row, by=request.user, at=timezone.now())
        messages.success(
            request, f"{row} is deactivated; {words.counted(count, 'person', 'people')} no longer come in."
        )
        return redirect(back)
    people = words.counted(queries.people_by_provider().get(row.pk, 0), "person", "people")
    stand(request, ("MSPs", back), "Deactivate")
    context = {
        "page_head": PageHead(f"Deactivate {row}", f"{people} will no longer come in, within a second."),
        "what": "Their tokens, calendar addresses and open invitations end for good; who belongs to no other organisation is signed out everywhere. Engagements, contracts, credits and all that they wrote stay, with their authors. Reactivating lets the same people in again.",
        "submit": f"Deactivate {row}",
        "cancel_href": back,
    }
    return render(request, "records/delete.html", context)


@require_POST
@may(WRITE_PEOPLE)
def provider_reactivate(request: Request, provider_id: UUID) -> HttpResponse:
    row = get_object_or_404(Provider, public_id=provider_id)
    count = services.reactivate_provider(provider=row, by=request.user, at=timezone.now())
    messages.success(request, f"{row} is active again, with {words.counted(count, 'person', 'people')}.")
    return redirect(here(request, "desk:providers"))
