"""Doors to offices: who owns which domain, who is away, and the hand-over when somebody leaves."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from governance.policy import REVIEW_RCAS
from mspgov.desk.people.queries import person_page
from mspgov.obligations import services as obligations
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import HAND_OVER, OWN_ABSENCE, READ_OFFICES, WRITE_OFFICES, WRITE_PEOPLE, Role
from mspgov.web import lists, words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Empty, PageHead, SectionHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import forms, queries, services, shown

PER_PAGE = 50


@require_safe
@may(READ_OFFICES)
def owners(request: Request) -> HttpResponse:
    """Every service domain with who is accountable today; where nobody is, it says so."""
    lines = queries.domain_lines(request.tenant, timezone.now())
    empty = sum(line.accountable is None for line in lines)
    lead = (
        f"{words.counted(empty, 'domain')} of {len(lines)} without an owner."
        if empty
        else "Every domain has its owner."
    )
    if not lines:
        lead = "There is no service domain yet."
    writes = request.member.holds(WRITE_OFFICES)
    new = Action("New service domain", here(request, "desk:service-domains-new"), kind="filled", icon="plus")
    stand(request, "Owners")
    context = {
        "page_head": PageHead("Owners", lead, "What is late, to be approved or in breach goes to whoever is in office.", actions=(new,) if writes else ()),
        "views": shown.tabs(request, "owners"),
        "table": shown.owners_table(request, lines),
        "empty": Empty("A service domain is a part of an engagement that one person of the client's side is accountable for, such as Messaging.", new if writes else None),
    }  # fmt: skip
    return render(request, "records/list.html", context)


@require_safe
@may(READ_OFFICES)
def owner(request: Request, domain_id: UUID) -> HttpResponse:
    """A domain with everybody who was in office."""
    row, today = queries.domain(domain_id), timezone.localdate()
    line = next(each for each in queries.domain_lines(request.tenant, timezone.now()) if each.domain == row)
    name = Action("Name an owner", here(request, "desk:owner-name", domain_id), kind="filled")
    lead = f"{line.accountable} is accountable." if line.accountable else "Nobody is accountable."
    stand(request, ("Owners", here(request, "desk:owners")), row.name)
    context = {
        "page_head": PageHead(row.name, lead, row.engagement.name, eyebrow="Service domain", actions=(name,) if request.member.holds(WRITE_OFFICES) else ()),
        "head": SectionHead("Offices", link="The domain's record", href=here(request, "desk:service-domains-detail", domain_id)),
        "table": shown.offices_table(queries.offices_of(row), today),
        "empty": Empty("Nobody was ever in office.", name if request.member.holds(WRITE_OFFICES) else None),
    }  # fmt: skip
    return render(request, "desk/owner.html", context)


@may(WRITE_OFFICES)
def owner_name(request: Request, domain_id: UUID) -> HttpResponse:
    """Put somebody in office from a day on."""
    row, back = queries.domain(domain_id), here(request, "desk:owner", domain_id)
    form = forms.OfficeForm(
        request.POST or None, people=queries.who_can_own(), initial={"from_on": timezone.localdate()}
    )  # fmt: skip
    if form.is_valid():
        chosen = form.person("owner")
        assert chosen is not None
        with refusals(form):
            services.put_in_office(
                domain=row, owner=chosen, deputy=form.person("deputy"), from_on=form.cleaned_data["from_on"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
            messages.success(request, f"{chosen} is named for {row.name}.")
            warn(request, chosen, form.person("deputy"))
            return redirect(back)
    stand(request, ("Owners", here(request, "desk:owners")), (row.name, back), "Name an owner")
    context = {
        "page_head": PageHead("Name an owner", row.name, eyebrow=row.engagement.name),
        "form": form,
        "submit": "Name",
        "cancel_href": back,
        "help": "One person of the client's side is accountable on each day. The deputy stands in while the owner is away.",
    }
    return render(request, "records/form.html", context)


def warn(request: Request, *chosen: Person | None) -> None:
    """Say who of those chosen may not decide what comes to them: it would wait for others, and nobody would know."""
    deciders = words.listed(sorted(f"{Role(role).label.lower()}s" for role in REVIEW_RCAS.roles))
    for member in queries.who_cannot_decide(chosen):
        held = words.listed([Role(role).label.lower() for role in member.roles])
        said = f"{member.person} is {held}: root causes that come to an owner are decided by {deciders}."
        messages.error(request, f"{said} One of these roles is needed too.")


@require_safe
@may(READ_OFFICES)
def absences(request: Request) -> HttpResponse:
    """Who is away, and who stands in."""
    rows = queries.absences(request.member)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    new = Action("Enter days away", here(request, "desk:absence-new"), kind="filled", icon="plus")
    today = timezone.localdate()
    away = sum(row.from_on <= today <= row.until_on for row in page)
    stand(request, ("Owners", here(request, "desk:owners")), "Absences")
    context = {
        "page_head": PageHead("Absences", f"{words.counted(away, 'person is', 'people are')} away today.", "While somebody is away, what would reach them goes to whoever stands in.", actions=(new,)),
        "views": shown.tabs(request, "absences"),
        "table": shown.absences_table(request, list(page), today, all_of_them=request.member.holds(WRITE_PEOPLE), own=request.user),
        "pages": lists.pages(page, request.GET),
        "empty": Empty("Nobody has entered days away. Whoever will be away names who stands in.", new),
    }  # fmt: skip
    return list_page(
        request, "records/list.html", context, name="absences", reads=(), rows=lambda: shown.absences_file(rows, today)
    )


@may(OWN_ABSENCE)
def absence_new(request: Request) -> HttpResponse:
    """One's own days away; an administrator enters anybody's."""
    back, own = here(request, "desk:absences"), None if request.member.holds(WRITE_PEOPLE) else request.user
    initial = {"who": str(request.user.public_id)}
    people = queries.everybody() if own is None else queries.deputies_of(request.member)
    form = forms.AbsenceForm(request.POST or None, people=people, own=own, initial=initial)
    if form.is_valid():
        who = own or form.person("who")
        assert who is not None
        with refusals(form):
            services.be_absent(
                person=who, deputy=form.person("deputy"), from_on=form.cleaned_data["from_on"],
                until_on=form.cleaned_data["until_on"], by=request.user, at=timezone.now(),
            )  # fmt: skip
            messages.success(request, "The days are entered.")
            return redirect(back)
    stand(request, ("Owners", here(request, "desk:owners")), ("Absences", back), "Enter days away")
    context = {"page_head": PageHead("Enter days away"), "form": form, "submit": "Enter", "cancel_href": back}
    return render(request, "records/form.html", context)


@require_POST
@may(OWN_ABSENCE)
def absence_end(request: Request, absence_id: UUID) -> HttpResponse:
    """Back earlier, or not away at all: by whoever it is, or an administrator."""
    row = get_object_or_404(queries.absences(request.member), public_id=absence_id)
    if row.person_id != request.user.pk and not request.member.holds(WRITE_PEOPLE):
        raise Http404
    services.return_early(absence=row, on=timezone.localdate(), by=request.user, at=timezone.now())
    messages.success(request, "The absence is ended.")
    return redirect(here(request, "desk:absences"))


@may(HAND_OVER)
def hand_over(request: Request, member_id: UUID) -> HttpResponse:
    """What a person holds passes to somebody else in one step; it is shown first."""
    page, today = person_page(member_id, request.member), timezone.localdate()
    member, then = page.row, request.GET.get("then", "")
    back, moving = here(request, "desk:person", member_id), queries.what_moves(member.person, on=today)
    form = forms.HandOverForm(
        request.POST or None, people=queries.who_can_stand_in_for(member), today=today, initial={"on": today}
    )
    if moving.count and form.is_valid():
        to = form.person("to")
        assert to is not None
        with refusals(form):
            count = obligations.hand_over(
                leaver=member.person, to=to, on=form.cleaned_data["on"], by=request.user, at=timezone.now()
            )
            messages.success(request, f"{words.counted(count, 'thing passes', 'things pass')} to {to}.")
            if moving.offices:
                warn(request, to)
            leave = then == "deactivate" and request.member.holds(WRITE_PEOPLE)
            return redirect(here(request, "desk:person-deactivate", member_id) if leave else back)
    stand(request, ("People", here(request, "desk:people")), (member.person.name, back), "Hand over", place="")
    context = {
        "page_head": PageHead(f"Hand over from {member.person.name}", f"{words.counted(moving.count, 'thing')} to hand over." if moving.count else "There is nothing to hand over."),
        "moving_head": SectionHead("What passes on"),
        "moving": shown.moving_table(request, moving),
        "form": form if moving.count else None,
        "cancel_href": back,
        "empty": Empty(f"{member.person.name} holds no office and owes nothing by name.", Action("Back", back)),
    }  # fmt: skip
    return render(request, "desk/hand_over.html", context)
