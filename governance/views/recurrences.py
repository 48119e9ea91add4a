"""Doors to recurrences: the list with the tickets behind each, and asking for what follows from them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from governance import policy, services
from governance.models import Rca, RcaTicket
from governance.queries.rca_rules import Rules
from governance.queries.same_cause import recurring_causes
from governance.services.demanding import of_recurrence
from itsm.queries.recurrences import Recurrence, recurrences_of
from mspgov.kernel.csv_lines import csv_lines
from mspgov.tenancy.models import Engagement
from mspgov.web import lists, words
from mspgov.web.addresses import elsewhere, engagement_asked, engagement_named
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Empty,
    Filter,
    FilterChoice,
    PageHead,
    Row,
    SectionHead,
)
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from .addresses import here
from .rcas import tabs

PER_PAGE = 50


@dataclass(frozen=True)
class Known:
    """Which root cause each ticket stands in, of one engagement."""

    by_ticket: dict[int, Rca]

    def of(self, found: Recurrence) -> Rca | None:
        return next((self.by_ticket[t.pk] for t in reversed(found.tickets) if t.pk in self.by_ticket), None)


def known_of(engagement: Engagement, found: list[Recurrence]) -> Known:
    pks = [ticket.pk for one in found for ticket in one.tickets]
    rows = RcaTicket.objects.filter(engagement=engagement, ticket__in=pks, rca__origin__in=["recurrence", "recurred"])
    return Known({row.ticket_id: row.rca for row in rows.select_related("rca__record").order_by("pk")})


def found_in(engagement: Engagement) -> list[Recurrence]:
    """By the engagement's settings, the latest first."""
    terms = Rules(engagement).settings
    found = recurrences_of(
        engagement, by=terms.recurrence_key, window_days=terms.window_days, threshold=terms.threshold
    )
    return sorted(found, key=lambda one: (one.latest, tuple(one.key.values())), reverse=True)


@require_safe
@may(policy.READ_RCAS)
def recurrences(request: Request) -> HttpResponse:
    """What recurs in an engagement, the latest first, with the root cause of each."""
    engagement, seen = engagement_asked(request)
    stand(request, "Recurrences")
    if engagement is None:
        head = PageHead("Recurrences", "There is no engagement yet.")
        return render(request, "records/list.html", {"page_head": head, "empty": Empty("Nothing can recur yet.")})
    rules, asked = Rules(engagement), request.GET
    found = found_in(engagement)
    text = asked.get("q", "").strip().lower()
    rows = [one for one in found if text in " ".join((*one.key.values(), *(t.number for t in one.tickets))).lower()] if text else found  # fmt: skip
    page = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    terms = rules.settings
    fields = ", ".join(type(terms).Key(name).label.lower() for name in terms.recurrence_key)
    told = f"{terms.threshold} tickets or more of the same {fields} within {words.counted(terms.window_days, 'day')}."
    actions = [
        Action(
            "Export CSV", here(request, "governance:recurrences-export", engagement=engagement.slug), icon="download"
        )
    ]
    if request.member.holds(policy.DEMAND_RCAS):
        actions.insert(
            0,
            Action(
                "Look and demand",
                here(request, "governance:recurrences-look", engagement=engagement.slug),
                "filled",
            ),
        )
    if settings := elsewhere(request, "engagements:engagement-settings", engagement=engagement.slug):
        actions.append(Action("Settings", settings))
    choices = tuple(
        FilterChoice(e.name, here(request, "governance:recurrences", engagement=e.slug), e.pk == engagement.pk)
        for e in seen
    )
    context = {
        "page_head": PageHead("Recurrences", f"{words.counted(len(found), 'recurrence')} in {engagement.name}.", told, actions=tuple(actions)),
        "views": tabs(request, "recurrences"),
        "search": lists.search(asked, "Find recurrences"),
        "filters": [Filter("Engagement", engagement.name, choices=choices)],
        "table": table(request, list(page), known_of(engagement, list(page))),
        "pages": lists.pages(page, asked),
        "empty": Empty("No recurrence fits." if text else "Nothing recurs by these settings."),
        "same_cause": same_cause(request, engagement) if request.tenant.financial_entity else None,
        "same_cause_head": SectionHead("The same root cause twice within six months", note="DORA: they count as one, their impacts added"),
    }  # fmt: skip
    return render(request, "governance/recurrences.html", context)


def table(request: Request, rows: list[Recurrence], known: Known) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    columns = (
        Column("Alike"), Column("Tickets", numeric=True, width="s"), Column("Began", width="m"), Column("Latest", width="m"),
        Column("Root cause", width="m"),
    )  # fmt: skip
    made = []
    for one in rows:
        href = here(request, "governance:recurrence", one.id, engagement=one.engagement.slug)
        rca = known.of(one)
        cells = (
            Cell(", ".join(one.key.values()), sub=f"worst priority P{one.worst}", href=href, head=True),
            Cell(words.number(len(one.tickets))),
            Cell(words.day(one.began, today, zone)),
            Cell(words.day(one.latest, today, zone)),
            Cell(rca.record.number, href=here(request, "governance:rca", rca.public_id), ident=True) if rca else Cell("–"),
        )  # fmt: skip
        made.append(Row(cells, href=href, key=str(one.id)))
    return DataTable("Recurrences", columns, tuple(made), density="roomy", keys=True)


def same_cause(request: Request, engagement: Engagement) -> DataTable | None:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    rows = tuple(
        Row((
            Cell(one.label, sub=", ".join(one.names), head=True), Cell(one.impact_in_words),
            Cell(words.day(one.began, today, zone)), Cell(words.day(one.latest, today, zone)),
        ))
        for one in recurring_causes(engagement)
    )  # fmt: skip
    columns = (Column("Apparent root cause"), Column("Impact together", width="l"), Column("Second on", width="m"), Column("Latest", width="m"))  # fmt: skip
    return DataTable("The same root cause twice", columns, rows) if rows else None


def one_of(engagement: Engagement, ticket_id: UUID) -> Recurrence:
    """The recurrence that this ticket stands in. Raises Http404 where the settings find none any more."""
    found = next((one for one in found_in(engagement) if any(t.public_id == ticket_id for t in one.tickets)), None)
    if found is None:
        raise Http404
    return found


@require_safe
@may(policy.READ_RCAS)
def recurrence(request: Request, ticket_id: UUID) -> HttpResponse:
    """A recurrence with every ticket behind it."""
    engagement = engagement_named(request)
    found = one_of(engagement, ticket_id)
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    rca = known_of(engagement, [found]).of(found)
    name = ", ".join(found.key.values())
    stand(request, ("Recurrences", here(request, "governance:recurrences", engagement=engagement.slug)), name)
    actions: tuple[Action, ...] = ()
    if rca is not None:
        actions = (Action(f"Open {rca.record.number}", here(request, "governance:rca", rca.public_id)),)
    elif request.member.holds(policy.DEMAND_RCAS):
        url = here(request, "governance:recurrence-demand", ticket_id, engagement=engagement.slug)
        actions = (Action("Demand root cause", url, "filled", post=True),)
    page = Paginator(found.tickets, PER_PAGE * 2).get_page(request.GET.get("page"))
    rows = tuple(
        Row(
            (
                Cell(t.number, href=here(request, "itsm:ticket", t.public_id), head=True, ident=True), Cell(f"P{t.priority}"),
                Cell(words.moment(t.opened_at, today, zone)), Cell(words.moment(t.resolved_at, today, zone) if t.resolved_at else "open"),
            ),
            href=here(request, "itsm:ticket", t.public_id),
        )
        for t in page
    )  # fmt: skip
    columns = (
        Column("Ticket"),
        Column("Priority", width="s"),
        Column("Opened", width="m"),
        Column("Resolved", width="m"),
    )
    sentence = f"Began {words.moment(found.began, today, zone)}, latest {words.moment(found.latest, today, zone)}."
    context = {
        "page_head": PageHead(name, f"{words.counted(len(found.tickets), 'like ticket')}.", sentence, actions=actions),
        "table": DataTable("Tickets", columns, rows, keys=True),
        "pages": lists.pages(page, request.GET),
    }
    return render(request, "records/list.html", context)


@require_safe
@may(policy.READ_RCAS)
def recurrences_export(request: Request) -> HttpResponse:
    """Every recurrence of an engagement as CSV, with the numbers of its tickets."""
    engagement, _ = engagement_asked(request)
    found = found_in(engagement) if engagement else []
    lines = (
        [", ".join(one.key.values()), lists.said(one.began), lists.said(one.latest), str(len(one.tickets)), " ".join(t.number for t in one.tickets)]
        for one in found
    )  # fmt: skip
    saved = {"Content-Disposition": 'attachment; filename="recurrences.csv"'}
    body = csv_lines(["Alike", "Began", "Latest", "Count", "Tickets"], lines)
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=saved)


@may(policy.DEMAND_RCAS)
def look(request: Request) -> HttpResponse:
    """What looking would demand, and of what it demands nothing and why; sent, the run that demands what recurs and checks
    effects."""
    engagement: Any = engagement_named(request)
    back = here(request, "governance:recurrences", engagement=engagement.slug)
    if request.method != "POST":
        stand(request, ("Recurrences", back), "Look and demand")
        context = {
            "page_head": looked(request, engagement), "form": Form(), "submit": "Look and demand", "cancel_href": back,
            "help": "The MSP is told of each root cause that is asked for, and its days begin to run. What was accepted is checked for its effect.",
        }  # fmt: skip
        return render(request, "records/form.html", context)
    run = services.start_following(engagement=engagement, key=f"asked/{engagement.slug}/{timezone.now().isoformat()}", by=request.user)  # fmt: skip
    messages.success(request, "Looking. What is demanded appears under root causes; you can leave.")
    return redirect(elsewhere(request, "desk:run", run.public_id) or back)


def looked(request: Request, engagement: Engagement) -> PageHead:
    """How many root causes would be asked for now; how many recurrences have one, and how many are too old for it."""
    found = services.would_demand(Rules(engagement), timezone.now())
    count, told = len(found.fresh), []
    if found.known:
        told.append(f"{words.counted(found.known, 'is', 'are')} asked for already.")
    if found.too_old:
        told.append(too_old_words(found.too_old, found.days))
    lead = f"{words.counted(count, 'root cause')} would be asked for." if count else "No root cause would be asked for."
    return PageHead(f"Look and demand in {engagement.name}", lead, " ".join(told))


def too_old_words(count: int, days: int) -> str:
    one = count == 1
    return (
        f"{words.counted(count, 'recurrence')} went on for the last time more than {words.counted(days, 'day')} ago: of "
        f"{'it' if one else 'them'} nothing is demanded unless you ask in the list, one at a time, or let the settings look back further."
    )


@require_POST
@may(policy.DEMAND_RCAS)
def demand(request: Request, ticket_id: UUID) -> HttpResponse:
    """Ask for the root cause of one recurrence, however old it is."""
    engagement = engagement_named(request)
    rules = Rules(engagement)
    wanted = of_recurrence(one_of(engagement, ticket_id), rules.settings)
    row, is_new = services.demand_rca(rules, wanted, by=request.user, at=timezone.now())
    messages.success(
        request, f"{row.record.number} {'is asked for; the MSP was told' if is_new else 'was asked for already'}."
    )
    return redirect(here(request, "governance:rca", row.public_id))
