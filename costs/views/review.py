"""Doors to the review of a credit: answer, discuss, take up, waive; each a form of one verb."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs import forms, policy, services
from costs.models import Credit
from costs.queries.review import credit_named, late_tickets, review_page, tickets_named
from mspgov.kernel.refusals import Refused
from mspgov.records.queries import evidence_file
from mspgov.web.addresses import here
from mspgov.web.components import Action, PageHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.downloads import attachment
from mspgov.web.frame import stand
from mspgov.web.talk import say

from . import review_parts as parts

ANSWER_HELP = (
    "An acceptance or a dispute stands. Under reservation you agree for now and can still dispute it while the days to answer "
    "run. A dispute names what is wrong: late tickets that are not yours, or the credit as a whole; the client decides. "
    "What is accepted can be claimed. After the deadline nothing can be answered any more."
)


def back_to(request: Request, credit: Credit) -> str:
    return here(request, "costs:credits", engagement=credit.engagement.slug, credit=credit.public_id)


def form_page(
    request: Request, credit: Credit, title: str, form: django_forms.Form, submit: str,
    act: Callable[[dict[str, Any]], str] | None, *, help: str = "",
) -> HttpResponse:  # fmt: skip
    """A form of one verb: what is typed stays when a rule refuses it. Without `act` it is only shown."""
    back = back_to(request, credit)
    if act is not None and form.is_valid():
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
    form = forms.AnswerForm(
        request.POST or None, request.FILES or None, late=late, reserved=credit.state == Credit.State.RESERVED
    )

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
