"""Doors to the review of a credit: answer, discuss, decide, take up, waive; each a form of one verb."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs import forms, policy, services
from costs.calc.review import Outcomes
from costs.forms.review import initial_asks
from costs.models import Credit, DecidedTicket
from costs.queries.review import ReviewPage, credit_named, late_tickets, review_page, tickets_named
from itsm.services.sealing import REPORTED_MEASURES
from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.records.queries import evidence_file
from mspgov.web.addresses import here
from mspgov.web.components import Action, PageHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.downloads import attachment
from mspgov.web.frame import stand
from mspgov.web.talk import say

from . import review_parts as parts

ANSWER_HELP = (
    "An acceptance lets the client claim the credit. Under reservation you agree for now and can still dispute it while the "
    "days to answer run. A dispute names what is wrong: late tickets that are not yours, or the credit as a whole. It can be "
    "answered once; after the deadline nothing can be answered any more."
)
DECIDE_HELP = (
    "A relief event in time takes its share off the ticket's clock: it may then be in time. The client's fault and a "
    "duplicate leave the ticket out of the count. An open month is measured again, a sealed one corrected by a new entry "
    "of the ledger; the old one stays."
)


def back_to(request: Request, credit: Credit) -> str:
    return here(request, "costs:credits", engagement=credit.engagement.slug, credit=credit.public_id)


def form_page(
    request: Request, credit: Credit, title: str, form: django_forms.Form, submit: str,
    act: Callable[[dict[str, Any]], str], *, help: str = "",
) -> HttpResponse:  # fmt: skip
    """A form of one verb: what is typed stays when a rule refuses it."""
    back = back_to(request, credit)
    if form.is_valid():
        with refusals(form):
            messages.success(request, act(form.cleaned_data))
            return redirect(back)
    stand(request, ("Credits", back), credit.record.number, title)
    context = {
        "page_head": PageHead(title, f"{credit.record.title}: {credit.balance}.", eyebrow=credit.record.number),
        "form": form,
        "submit": submit,
        "cancel_href": back,
        "help": help,
    }
    return render(request, "records/form.html", context)


def already(request: Request, credit: Credit, title: str, said: tuple[str, str]) -> HttpResponse:
    """Instead of a form that nothing can be done with any more: what was done, and the way to the credit."""
    back = back_to(request, credit)
    stand(request, ("Credits", back), credit.record.number, title)
    see = (Action("See the credit", back, "filled"),)
    head = PageHead(title, *said, eyebrow=credit.record.number, actions=see)
    return render(request, "costs/already.html", {"head": head})


@may(policy.ANSWER_CREDITS)
def answer(request: Request, credit_id: UUID) -> HttpResponse:
    """The provider accepts, accepts under reservation, or disputes."""
    credit = credit_named(credit_id)
    if request.method == "GET" and (said := parts.no_answer(review_page(credit))):
        return already(request, credit, "Answer credit", said)
    late = parts.late_choices(late_tickets(credit))
    form = forms.AnswerForm(request.POST or None, request.FILES or None, late=late)

    def act(asked: dict[str, Any]) -> str:
        by, at = request.user, timezone.now()
        if asked["answer"] == "accept":
            services.accept(credit=credit, text=asked["text"], by=by, at=at)
            return "Accepted."
        if asked["answer"] == "reserve":
            services.accept_under_reservation(credit=credit, text=asked["text"], by=by, at=at)
            return "Accepted under reservation."
        files = [(file.name, file.size, file) for file in asked["evidence"]]
        services.dispute(
            credit=credit, text=asked["text"], tickets=asks_of(credit, form.asks()), files=files, by=by, at=at
        )
        return "Disputed. The client decides; you are told."

    return form_page(request, credit, "Answer credit", form, "Answer", act, help=ANSWER_HELP)


def asks_of(credit: Credit, asked: list[dict[str, Any]]) -> list[services.TicketAsk]:
    """What was typed about tickets, with the tickets. Raises Refused for a number that the engagement does not know."""
    numbers = {each[name] for each in asked for name in ("ticket", "duplicate_of") if each[name]}
    known = tickets_named(credit, numbers)
    if unknown := sorted(numbers - set(known)):
        raise Refused(f"there is no ticket {', '.join(unknown)} in {credit.engagement.name}")
    return [
        services.TicketAsk(
            known[each["ticket"]], each["kind"], each["relief_seconds"],
            known[each["duplicate_of"]] if each["duplicate_of"] else None,
        )
        for each in asked
    ]  # fmt: skip


@may(policy.DISCUSS_CREDITS)
def comment(request: Request, credit_id: UUID) -> HttpResponse:
    credit = credit_named(credit_id)
    form = forms.CommentForm(request.POST or None, request.FILES or None)
    back = back_to(request, credit)
    if form.is_valid():
        with refusals(form):
            path = here(request, "costs:credit", credit.public_id)
            say(request, form, credit.record, reads=policy.READ_CREDITS, path=path)
            return redirect(back)
    stand(request, ("Credits", back), credit.record.number, "Comment")
    context = {
        "page_head": PageHead("Comment", credit.record.title, eyebrow=credit.record.number),
        "form": form,
        "submit": "Say it",
        "cancel_href": back,
    }
    return render(request, "records/form.html", context)


@require_safe
@may(policy.READ_CREDITS)
def evidence(request: Request, evidence_id: UUID) -> HttpResponse:
    """A file of a credit that the reader sees, as an attachment."""
    return attachment(evidence_file(evidence_id, "credit"))


@require_safe
@may(policy.DECIDE_CREDITS)
def outcomes(request: Request, credit_id: UUID) -> HttpResponse:
    """Both outcomes of granting what is disputed, as a fragment of the credit's page."""
    credit = credit_named(credit_id)
    review = review_page(credit)
    shown, why = asked_outcomes(credit, review) if review.is_to_decide else ((), "Nothing is to be decided any more.")
    address = here(request, "costs:credit-decide", credit.public_id) if shown else ""
    context = {"outcomes": shown, "why": why, "decide_url": address, "grantable": len(shown) > 1}
    return render(request, "costs/outcomes.html", context)


def asked_outcomes(credit: Credit, review: ReviewPage) -> tuple[tuple[parts.OutcomeShown, ...], str]:
    """Both outcomes of what the dispute asks; with the reason where that cannot be granted any more."""
    asked = [
        {"ticket": a.ticket, "kind": a.kind, "relief_seconds": a.relief_seconds, "duplicate_of": a.duplicate_of}
        for a in review.asks
    ]
    try:
        grant = services.Grant(tuple(asks_of(credit, asked)))
        found = services.preview_decision(credit=credit, grant=grant, at=timezone.now())
    except Refused as no:
        found = services.preview_decision(credit=credit, grant=services.Grant(), at=timezone.now())
        return parts.outcomes(found, ""), str(no)
    return parts.outcomes(found, parts.granted_words(asked)), ""


@may(policy.DECIDE_CREDITS)
def decide(request: Request, credit_id: UUID) -> HttpResponse:
    """First both outcomes are shown with what was typed; the confirmation decides if they still hold (409 if not)."""
    credit = credit_named(credit_id)
    review = review_page(credit)
    if not review.is_to_decide:
        said = parts.no_decision(review)
        if request.method == "POST":
            posted = forms.DecisionForm(request.POST, late=(), reported=False)
            posted.is_valid()
            with refusals(posted):
                raise Conflict(said[0])
        return already(request, credit, "Decide dispute", said)
    late = parts.late_choices(late_tickets(credit))
    wanted = request.GET.get("decision", "grant" if review.asks else "refuse")
    form = forms.DecisionForm(
        request.POST or None, late=late, reported=credit.service_level.measure in REPORTED_MEASURES,
        initial={"decision": wanted, **initial_asks(review.asks)},
    )  # fmt: skip
    shown, step, back = None, "", back_to(request, credit)
    if form.is_valid():
        with refusals(form):
            named = named_grant(credit, form)
            grant = named if form.is_grant else services.Grant()
            expected = expected_by(request.POST.get("step", "")).get(digest_of(grant), "")
            if expected:
                services.decide(
                    credit=credit, grant=grant, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now(),
                    expected=expected,
                )  # fmt: skip
                messages.success(
                    request, "Granted; the month was recalculated." if grant else "Refused; the credit stays."
                )
                return redirect(back)
            found = services.preview_decision(credit=credit, grant=named, at=timezone.now())
            shown = parts.outcomes(found, parts.granted_words(form.asks(), named.value))
            step = steps_of(found, named)
    stand(request, ("Credits", back), credit.record.number, "Decide")
    context = {
        "page_head": PageHead("Decide dispute", f"{credit.record.title}: {credit.balance}.", eyebrow=credit.record.number),
        "form": form,
        "outcomes": shown,
        "step": step,
        "grantable": shown is not None and len(shown) > 1,
        "cancel_href": back,
        "help": DECIDE_HELP,
    }  # fmt: skip
    return render(request, "costs/decide.html", context)


def named_grant(credit: Credit, form: forms.DecisionForm) -> services.Grant:
    """What the form names, whichever way is picked: both outcomes are shown of it. Raises Refused for an unknown ticket
    that is to be granted."""
    try:
        return services.Grant(tuple(asks_of(credit, form.asks())), form.cleaned_data.get("value"))
    except Refused:
        if form.is_grant:
            raise
        return services.Grant()


def digest_of(grant: services.Grant) -> str:
    """What tells one grant from another; `refuse` for none."""
    if not grant:
        return "refuse"
    return hashlib.sha256(json.dumps(grant.document(), sort_keys=True, default=str).encode()).hexdigest()[:16]


def steps_of(found: Outcomes, grant: services.Grant) -> str:
    """Each way that was shown, with the fingerprint of its outcomes; `expected_by` reads it back."""
    ways = [(services.Grant(), Outcomes(found.refuse, None)), *([(grant, found)] if grant else [])]
    return " ".join(f"{digest_of(way)}:{seen.fingerprint(way.document())}" for way, seen in ways)


def expected_by(step: str) -> dict[str, str]:
    return {way: expected for way, _, expected in (each.partition(":") for each in step.split())}


@may(policy.DECIDE_CREDITS)
def take_up(request: Request, credit_id: UUID) -> HttpResponse:
    """A dispute goes up a step of the contract's ladder."""
    credit = credit_named(credit_id)

    def act(asked: dict[str, Any]) -> str:
        row = services.take_up(credit=credit, reason=asked["reason"], by=request.user, at=timezone.now())
        return f"It is with {row.name} now."

    return form_page(request, credit, "Take up a step", forms.ReasonForm(request.POST or None), "Take up", act)


@may(policy.WAIVE_CREDITS)
def waive(request: Request, credit_id: UUID) -> HttpResponse:
    """Ask that a credit be given up."""
    credit = credit_named(credit_id)

    def act(asked: dict[str, Any]) -> str:
        services.ask_waiver(credit=credit, reason=asked["reason"], by=request.user, at=timezone.now())
        return "Asked. A second person answers it."

    return form_page(
        request, credit, "Ask to waive", forms.ReasonForm(request.POST or None), "Ask", act,
        help="The credit is given up once a second person of your side approves. The provider reads the reason.",
    )  # fmt: skip


@may(policy.APPROVE_WAIVERS)
def waiver(request: Request, credit_id: UUID) -> HttpResponse:
    """The second person's word on a waiver."""
    credit = credit_named(credit_id)

    def act(asked: dict[str, Any]) -> str:
        approve = asked["decision"] == "approve"
        services.decide_waiver(
            credit=credit, approve=approve, answer=asked["answer"], by=request.user, at=timezone.now()
        )
        return "Waived." if approve else "Refused: the credit stays."

    waiting = review_page(credit).waiver
    said = f"{waiting.asked_by.name} asks: {waiting.reason}" if waiting else ""
    return form_page(
        request, credit, "Answer the waiver", forms.WaiverForm(request.POST or None), "Answer", act, help=said
    )


@may(policy.WAIVE_CREDITS)
def withdraw_waiver(request: Request, credit_id: UUID) -> HttpResponse:
    """Whoever asked for a waiver asks no longer."""
    credit = credit_named(credit_id)

    def act(asked: dict[str, Any]) -> str:
        services.withdraw_waiver(credit=credit, by=request.user, at=timezone.now())
        return "Withdrawn: the credit stays."

    form = django_forms.Form(request.POST if request.method == "POST" else None)
    return form_page(
        request, credit, "Withdraw the request", form, "Withdraw", act,
        help="Nobody is asked to approve the waiver any more; it can be asked for again.",
    )  # fmt: skip


@may(policy.DECIDE_CREDITS)
def revoke(request: Request, decided_id: UUID) -> HttpResponse:
    """A granted ticket counts again."""
    decided = get_object_or_404(
        DecidedTicket.objects.select_related("decision__credit", "ticket"), public_id=decided_id
    )
    credit = credit_named(decided.decision.credit.public_id)

    def act(asked: dict[str, Any]) -> str:
        try:
            services.revoke_exclusion(decided=decided, reason=asked["reason"], by=request.user, at=timezone.now())
        except Fault as fault:
            raise Refused(fault.why) from fault
        return f"{decided.ticket.number} counts again; the month was recalculated."

    return form_page(
        request, credit, f"Count {decided.ticket.number} again", forms.ReasonForm(request.POST or None), "Revoke", act,
        help="The decision stays on record; a new row says that it no longer holds. A credit that rises is proposed anew.",
    )  # fmt: skip
