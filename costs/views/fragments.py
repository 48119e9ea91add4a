"""What pages of lower floors load from here: a month's money, why a month costs, what a ticket cost.

Asked by htmx each is a fragment; opened as a link it stands in a page.
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.models import ServiceLevel
from contracts.queries import contract_of
from costs import policy, queries
from costs.queries.months import MonthMoney
from costs.queries.months import month_money as read_month_money
from costs.queries.reasons import DefaultReason, default_reason
from itsm.models import Ticket
from mspgov.kernel.money import Money
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import elsewhere, engagement_named, here, month_named
from mspgov.web.components import Cell, Column, DataTable, Link, PageHead, Phrase, Row, SectionHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from .credit_parts import contract_address
from .parts import derivation, percent, signed


def fragment(request: Request, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """The fragment for htmx, or a page around it."""
    if request.headers.get("HX-Request"):
        return render(request, template, context)
    stand(request, title)
    return render(request, "costs/fragment.html", {"head": PageHead(title), "fragment": template, **context})


@require_safe
@may(policy.READ_CREDITS)
def month_money(request: Request) -> HttpResponse:
    engagement, month = engagement_named(request), month_named(request)
    found = read_month_money(engagement, month) if contract_of(engagement) else None
    context = {"sentence": money_words(request, engagement, found) if found else "There is no contract yet."}
    return fragment(request, "costs/month_money.html", f"Money of {month.name}", context)


def money_words(request: Request, engagement: Engagement, found: MonthMoney) -> Phrase:
    if found.charges_missing:
        address = here(request, "costs:months", engagement=engagement.slug)
        return (Link("Charges are missing", address), ", so no credit follows.")
    if not found.total:
        return "No credit follows."
    largest = max(found.credits, key=lambda line: line.amount.units)
    address = here(request, "costs:credits", engagement=engagement.slug, credit=largest.id)
    return (Link(str(found.total), address), f" in {'credits follow' if found.count > 1 else 'one credit follows'}.")


@require_safe
@may(policy.READ_CREDITS)
def why_default(request: Request) -> HttpResponse:
    engagement, month = engagement_named(request), month_named(request)
    level = get_object_or_404(ServiceLevel, engagement=engagement, key=request.GET.get("level", ""))
    reason = default_reason(engagement, level.key, month, as_of=timezone.now())
    address = here(request, "costs:credit", reason.credit_id) if reason.credit_id else ""
    context = {
        "why_head": why_head(reason, address),
        "reasons": derivation(reason.steps, contract_address(request, engagement.slug)) if reason.steps else None,
        "sentence": why_words(reason, address),
    }
    return fragment(request, "costs/why_default.html", f"{level.name}, {month.name}", context)


def why_head(reason: DefaultReason, address: str) -> SectionHead:
    if reason.amount:
        return SectionHead(f"How {reason.amount} comes about", link="Open credit", href=address)
    return SectionHead("Why no credit follows" if reason.is_judged else "What it costs")


def why_words(reason: DefaultReason, address: str) -> Phrase:
    if not reason.is_judged:
        return f"{reason.month.name} is judged once it is over and measured."
    if reason.charges_missing:
        return "Charges of the month are missing, so nothing is earned."
    if reason.credit:
        return ("Credit ", Link(reason.credit, address), ".")
    return ""


@require_safe
@may(policy.READ_CREDITS)
def ticket_cost(request: Request) -> HttpResponse:
    """What a late ticket cost, and what its month would have come to had it been in time."""
    ticket = ticket_asked(request)
    costs = queries.ticket_costs(ticket, as_of=timezone.now())
    context = {
        "cost_head": SectionHead("What it cost", note=cost_note(costs)),
        "table": cost_table(request, ticket, costs) if costs.lines else None,
        "sentence": cost_sentence(request, ticket, costs),
        "ticket_number": ticket.number,
    }
    return fragment(request, "costs/ticket_cost.html", f"What {ticket.number} cost", context)


def ticket_asked(request: Request) -> Ticket:
    """By its public id. Http404 for another tenant's, or for what is no id."""
    try:
        which = UUID(request.GET.get("ticket", ""))
    except ValueError:
        raise Http404 from None
    found: Ticket = get_object_or_404(Ticket.objects.select_related("engagement__provider"), public_id=which)
    return found


def cost_note(costs: queries.TicketCosts) -> str:
    return f"{costs.together} together" if costs.together and len(costs.lines) > 1 else ""


def cost_table(request: Request, ticket: Ticket, costs: queries.TicketCosts) -> DataTable:
    """One row a miss: the month, the credit as it is, and as it would be without this ticket's lateness."""
    slug, rows = ticket.engagement.slug, []
    for line in costs.lines:
        credit = here(request, "costs:credits", engagement=slug, credit=line.credit_id) if line.credit_id else ""
        month = elsewhere(request, "itsm:level_month", slug, line.service_level, line.month)
        rows.append(
            Row(
                (
                    Cell(f"{line.service_level_name}, {line.month.name}", line.clause, month, head=True),
                    Cell(amount_words(line.amount), f"{percent(line.attainment)}{f', {line.credit}' if line.credit else ''}", credit),
                    Cell(amount_words(line.amount_without), percent(line.attainment_without) if line.amount_without is not None else "", quiet=True),
                    Cell(signed(line.difference) if line.difference is not None else "open", strong=bool(line.difference)),
                )
            )
        )  # fmt: skip
    columns = (
        Column("Missed"),
        Column("Credit as it is", numeric=True),
        Column("Had it been in time", numeric=True),
        Column("This ticket", numeric=True),
    )
    return DataTable("What the ticket cost", columns, tuple(rows))


def amount_words(amount: Money | None) -> str:
    return "month not over" if amount is None else str(amount)


def cost_sentence(request: Request, ticket: Ticket, costs: queries.TicketCosts) -> Phrase:
    if not costs.lines:
        return "It missed no target in a measured month: it cost nothing."
    ledger = here(request, "costs:ledger", engagement=ticket.engagement.slug)
    if costs.together is None:
        return "The month is judged once it is over."
    if not costs.together:
        count = words.counted(len(costs.lines), "miss", "misses")
        return (f"{count}, but the credits are the same without it. ", Link("Ledger", ledger, "text"))
    return (f"Had it been in time, {costs.together} less would be credited. ", Link("Ledger", ledger, "text"))
