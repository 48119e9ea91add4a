"""Doors to a decision: both outcomes, the decision itself, a granted ticket that counts again. What measures a month is a
run: its progress is shown where it was asked for, then what came of it, or what was typed with the reason why not."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from costs import forms, policy, services
from costs.calc.review import Outcomes, read_outcomes
from costs.forms.review import initial_asks
from costs.models import Credit, DecidedTicket
from costs.queries.review import ReviewPage, credit_named, late_tickets, review_page
from itsm.services.sealing import REPORTED_MEASURES
from mspgov.jobs.models import Run
from mspgov.jobs.queries import run_line
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.web.addresses import here
from mspgov.web.components import PageHead, Progress
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand

from . import review_parts as parts
from .months import progress
from .parts import asked_run, named
from .review import already, asks_of, back_to, form_page

DECIDE_HELP = (
    "A relief event in time takes its share off the ticket's clock: it may then be in time. The client's fault and a "
    "duplicate leave the ticket out of the count. An open month is measured again, a sealed one corrected by a new entry "
    "of the ledger; the old one stays."
)
STOPPED = "The run was stopped before it had done anything: ask for it again."


@may(policy.DECIDE_CREDITS)
def outcomes(request: Request, credit_id: UUID) -> HttpResponse:
    """Both outcomes of granting what is disputed, as a fragment of the credit's page: sent, it asks for them, then it
    shows how far the run is, and what it found."""
    credit = credit_named(credit_id)
    run = asked_run(request, services.PREVIEW_DECISION, credit_id=credit.pk, by_id=request.user.pk)
    if request.method != "POST" and run is None:
        return redirect(here(request, "costs:credit-decide", credit.public_id))
    review, why = review_page(credit), "Nothing is to be decided any more."
    shown: tuple[parts.OutcomeShown, ...] = ()
    if review.is_to_decide:
        if run is None:
            run, shown, why = outcomes_asked(request, credit, review)
        if run is not None and run.is_open:
            return render(request, "desk/run_progress.html", {"progress": outcomes_progress(request, credit, run)})
        if run is not None:
            shown, why = outcomes_found(credit, run, parts.granted_words(asks(review)))
    address = here(request, "costs:credit-decide", credit.public_id) if shown else ""
    context = {"outcomes": shown, "why": why, "decide_url": address, "grantable": len(shown) > 1}
    return render(request, "costs/outcomes.html", context)


def outcomes_asked(
    request: Request, credit: Credit, review: ReviewPage
) -> tuple[Run | None, tuple[parts.OutcomeShown, ...], str]:
    """A run for what the dispute asks; where there is nothing to grant, or nothing that can be granted any more, the one
    outcome at once, with the reason."""
    why, at = "", timezone.now()
    try:
        if grant := services.Grant(tuple(asks_of(credit, asks(review)))):
            return services.start_decision_preview(credit=credit, grant=grant, by=request.user, at=at), (), ""
    except Refused as no:
        why = str(no)
    return None, parts.outcomes(services.preview_decision(credit=credit, grant=services.Grant(), at=at), ""), why


def outcomes_progress(request: Request, credit: Credit, run: Run) -> Progress | None:
    """How far the run is; the fragment asks for itself again until there is something to show."""
    line = run_line(run)
    box = progress(request, line)
    address = here(request, "costs:credit-outcomes", credit.public_id) + f"?run={run.public_id}"
    stop = box.stop if box else None
    return Progress("Measuring the month both ways.", f"{line.state_label}. Nothing is written.", line.share or 0, (), stop, address)  # fmt: skip


def outcomes_found(credit: Credit, run: Run, granted: str) -> tuple[tuple[parts.OutcomeShown, ...], str]:
    """What a run that has ended found; the one outcome, with the reason, where it failed."""
    if run.state == Run.State.DONE:
        return parts.outcomes(read_outcomes(run.result or {}), granted), ""
    found = services.preview_decision(credit=credit, grant=services.Grant(), at=timezone.now())
    return parts.outcomes(found, ""), why_not(run)


def asks(review: ReviewPage) -> list[dict[str, Any]]:
    """What the dispute asks, as a form would say it."""
    return [
        {"ticket": a.ticket, "kind": a.kind, "relief_seconds": a.relief_seconds, "duplicate_of": a.duplicate_of}
        for a in review.asks
    ]


def why_not(run: Run) -> str:
    return named(run.error) if run.error else STOPPED


@may(policy.DECIDE_CREDITS)
def decide(request: Request, credit_id: UUID) -> HttpResponse:
    """First both outcomes are shown with what was typed, then one is confirmed if they still hold. Where a ticket or a
    value is named, a run measures them, and another decides; a plain refusal is done at once."""
    credit = credit_named(credit_id)
    kinds = (services.PREVIEW_DECISION, services.DECIDE_BY_RUN)
    review = review_page(credit)
    run = asked_run(request, *kinds, credit_id=credit.pk, by_id=request.user.pk) or left_behind(request, review)
    if request.method != "POST" and run is not None:
        if run.is_open:
            return waiting(request, credit, run, "Decide dispute")
        if run.kind == services.DECIDE_BY_RUN and run.state == Run.State.DONE:
            messages.success(request, "Granted; the month was recalculated.")
            return redirect(back_to(request, credit))
    typed = request.POST if request.method == "POST" else typed_in(run)
    if not review.is_to_decide:
        return nothing_to_decide(request, credit, review, typed)
    form = decision_form(credit, review, typed)
    shown, step = None, ""
    if request.method == "POST" and form.is_valid():
        with refusals(form):
            next_page, found, grant = decided(request, credit, form)
            if next_page:
                return redirect(next_page)
            shown, step = parts.outcomes(found, parts.granted_words(form.asks(), grant.value)), steps_of(found, grant)
    elif request.method != "POST" and run is not None and form.is_bound:
        if form.is_valid() and run.state == Run.State.DONE:
            found, grant = read_outcomes(run.result or {}), services.read_grant(run.arguments["grant"])
            shown, step = parts.outcomes(found, parts.granted_words(form.asks(), grant.value)), steps_of(found, grant)
        elif run.state != Run.State.DONE:
            form.add_error(None, why_not(run))
    back = back_to(request, credit)
    stand(request, ("Credits", back), credit.record.number, "Decide")
    context = {
        "page_head": PageHead("Decide dispute", f"{credit.record.title}: {credit.balance}.", eyebrow=credit.record.number),
        "form": form,
        "outcomes": shown,
        "step": step,
        "grantable": shown is not None and len(shown) > 1,
        "cancel_href": back,
        "help": DECIDE_HELP,
        "said": parts.thread(request, review.turns) if review.turns else None,
    }  # fmt: skip
    return render(request, "costs/decide.html", context)


def left_behind(request: Request, review: ReviewPage) -> Run | None:
    """The reader's own decision about the present dispute that still works or failed, where they left its page: what they
    typed is not lost."""
    about = {"credit_id": review.credit.pk, "by_id": request.user.pk}
    rows = Run.objects.filter(kind=services.DECIDE_BY_RUN, arguments__contains=about)
    run: Run | None = rows.select_related("started_by").order_by("-pk").first() if review.is_to_decide else None
    if run is None or run.state in (Run.State.DONE, Run.State.CANCELLED):
        return None
    return run if review.answer is None or run.asked_at > review.answer.at else None


def decision_form(credit: Credit, review: ReviewPage, typed: Mapping[str, Any] | None) -> forms.DecisionForm:
    return forms.DecisionForm(
        typed or None, late=parts.late_choices(late_tickets(credit)),
        reported=credit.service_level.measure in REPORTED_MEASURES,
        initial=initial_asks(review.asks),
    )  # fmt: skip


def decided(request: Request, credit: Credit, form: forms.DecisionForm) -> tuple[str, Outcomes, services.Grant]:
    """Do what the form asks: (the address that follows, or '' where outcomes are to be shown first, and what they are)."""
    grant = named_grant(credit, form)
    chosen = grant if form.is_grant else services.Grant()
    expected = expected_by(request.POST.get("step", "")).get(digest_of(chosen), "")
    asked: dict[str, Any] = {"credit": credit, "by": request.user, "at": timezone.now()}
    deciding = asked | {"reason": form.cleaned_data["reason"], "expected": expected}
    nothing = services.preview_decision(credit=credit, grant=services.Grant(), at=asked["at"])
    if expected and not chosen:
        services.decide(**deciding, grant=chosen)
        messages.success(request, "Refused; the credit stays.")
        return back_to(request, credit), nothing, grant
    if not grant:
        return "", nothing, grant
    typed = {name: request.POST.getlist(name) for name in form.fields}
    if expected:
        run = services.start_decision(**deciding, grant=chosen, typed=typed)
    else:
        run = services.start_decision_preview(**asked, grant=grant, typed=typed)
    return here(request, "costs:credit-decide", credit.public_id, run=run.public_id), nothing, grant


def nothing_to_decide(
    request: Request, credit: Credit, review: ReviewPage, typed: Mapping[str, Any] | None
) -> HttpResponse:
    """What was done already; what somebody typed meanwhile goes with it (409)."""
    said = parts.no_decision(review)
    if typed:
        posted = forms.DecisionForm(typed, late=(), reported=False)
        posted.is_valid()
        with refusals(posted):
            raise Conflict(said[0])
    return already(request, credit, "Decide dispute", said)


def typed_in(run: Run | None) -> QueryDict | None:
    """What was typed into the form that asked for a run."""
    kept = run.arguments["typed"] if run is not None else {}
    if not kept:
        return None
    found = QueryDict(mutable=True)
    for name, values in kept.items():
        found.setlist(name, values)
    return found


def waiting(request: Request, credit: Credit, run: Run, title: str) -> HttpResponse:
    """How far a run is; the page is read anew when it ends."""
    stand(request, ("Credits", back_to(request, credit)), credit.record.number, title)
    head = PageHead(title, f"{credit.record.title}: {credit.balance}.", eyebrow=credit.record.number)
    return render(request, "records/running.html", {"page_head": head, "progress": progress(request, run_line(run))})


def named_grant(credit: Credit, form: forms.DecisionForm) -> services.Grant:
    """What the form names, whichever way is picked: both outcomes are shown of it. Raises Refused for an unknown ticket
    unless all is refused."""
    try:
        return services.Grant(tuple(asks_of(credit, form.asks())), form.cleaned_data.get("value"))
    except Refused:
        if form.is_refusal:
            return services.Grant()
        raise


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
def revoke(request: Request, decided_id: UUID) -> HttpResponse:
    """A granted ticket counts again, by a run."""
    rows = DecidedTicket.objects.select_related("decision__credit", "ticket", "exclusion")
    given = get_object_or_404(rows, public_id=decided_id)
    credit, number = credit_named(given.decision.credit.public_id), given.ticket.number
    title = f"Count {number} again"
    run = asked_run(request, services.REVOKE, decided_id=given.pk, by_id=request.user.pk)
    if request.method != "POST" and run is not None:
        if run.is_open:
            return waiting(request, credit, run, title)
        if run.state == Run.State.DONE:
            messages.success(request, f"{number} counts again; the month was recalculated.")
            return redirect(back_to(request, credit))
    form = forms.ReasonForm(request.POST if request.method == "POST" else typed_in(run))
    if request.method == "POST" and form.is_valid():
        with refusals(form):
            asked = services.start_revocation(
                decided=given, credit=credit, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
            return redirect(here(request, "costs:exclusion-revoke", given.public_id, run=asked.public_id))
    elif request.method != "POST" and run is not None and form.is_valid():
        form.add_error(None, why_not(run))
    return form_page(
        request, credit, title, form, "Revoke", None,
        help="The decision stays on record; a new row says that it no longer holds. A credit that rises is proposed anew.",
    )  # fmt: skip
