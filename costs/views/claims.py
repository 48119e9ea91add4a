"""Doors to claims: which credits are claimed, the document, the provider's credit note, and how it ends."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs import forms, policy, services
from costs.documents import CLAIM_COLUMNS, claim_lines
from costs.queries.claims import (  # fmt: skip
    ClaimPage,
    claim_file,
    claim_page,
    claim_rows,
    claimable,
    claims_of,
    claims_with,
    note_named,
    owed_back_by_claim,
    together,
)
from mspgov.kernel.money import Money
from mspgov.web.addresses import engagement_asked, engagement_named, here
from mspgov.web.components import Action, Empty, PageHead, SectionHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.downloads import attachment
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page
from mspgov.web.words import counted

from . import claim_parts as parts
from .credits import nothing_yet
from .parts import engagement_filter, siblings

PER_PAGE = 50


@require_safe
@may(policy.READ_CREDITS)
def claims(request: Request) -> HttpResponse:
    """The claims of an engagement, the latest first."""
    engagement, seen = engagement_asked(request)
    stand(request, "Claims")
    chosen = engagement_filter(request, "costs:claims", seen, engagement)
    context: dict[str, Any] = {"views": siblings(request, "Claims", engagement), "filters": [chosen] if chosen else []}
    if engagement is None:
        nothing = nothing_yet(request, engagement)
        context |= {"page_head": nothing["head"], "empty": nothing["empty"]}
        return list_page(request, "records/list.html", context, name="claims", reads=("engagement",), rows=None)
    rows, open_ = claims_of(engagement), list(claimable(engagement, timezone.now()))
    agreed = [row for row in open_ if not row.waiver_asked]  # type: ignore[attr-defined]
    pages = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    new: tuple[Action, ...] = ()
    if agreed and request.member.holds(policy.CLAIM_CREDITS):
        new = (Action("Claim credits", here(request, "costs:claim-new", engagement=engagement.slug), "filled"),)
    waits = parts.open_words(len(agreed), len(open_) - len(agreed))
    if back := owed_back_by_claim(engagement):
        waits += f" {together(back.values())} is owed back to {engagement.provider.name}."
    context |= {
        "page_head": PageHead("Claims", f"{counted(pages.paginator.count, 'claim')}.", waits, actions=new),
        "table": parts.claims_table(request, list(pages), back),
        "pages": parts.claims_pages(pages, engagement.slug),
        "empty": Empty("Nothing is claimed yet. Agreed credits are claimed in one document; the provider answers it with a credit note.", *new),
    }  # fmt: skip
    return list_page(
        request, "records/list.html", context, name="claims", reads=("engagement",),
        rows=lambda: (CLAIM_COLUMNS, claim_lines(claim_rows(list(rows)))),
    )  # fmt: skip


@may(policy.CLAIM_CREDITS)
def new(request: Request) -> HttpResponse:
    """Claim agreed credits of an engagement in one document."""
    engagement = engagement_named(request)
    agreed = list(claimable(engagement, timezone.now()))
    ready = [str(row.public_id) for row in agreed if not row.waiver_asked]  # type: ignore[attr-defined]
    choices = [
        (str(row.public_id), f"{row.record.number}, {row.record.title}: {parts.left_words(row)}") for row in agreed
    ]
    asked = request.GET.get("credit")
    form = forms.ClaimForm(
        request.POST or None, credits=choices,
        initial={"credits": [each for each in ready if asked in (None, "", each)]},
    )  # fmt: skip
    back = here(request, "costs:claims", engagement=engagement.slug)
    wanted = request.POST.getlist("credits") if request.method == "POST" else [asked or ""]
    open_ids = {value for value, _ in choices}
    if (gone := claims_with(engagement, [each for each in wanted if each not in open_ids])) or not agreed:
        stand(request, ("Claims", back), "Claim credits")
        return render(request, "costs/already.html", {"head": parts.claimed_head(request, gone, len(agreed), back)})
    if form.is_valid():
        with refusals(form):
            chosen = [UUID(value) for value in form.cleaned_data["credits"]]
            claim = services.claim_credits(engagement=engagement, credits=chosen, by=request.user, at=timezone.now())
            messages.success(request, f"{claim.record.number} is issued; its document is being printed.")
            return redirect(here(request, "costs:claim", claim.public_id))
    stand(request, ("Claims", back), "Claim credits")
    context = {
        "page_head": PageHead("Claim credits", f"{counted(len(ready), 'agreed credit')}.", engagement.name),
        "form": form,
        "submit": "Issue the claim",
        "cancel_href": back,
        "help": "The claim has its own number and a PDF that both sides read. The provider answers it with a credit note of the same amount.",
    }
    return render(request, "records/form.html", context)


@require_safe
@may(policy.READ_CREDITS)
def claim(request: Request, claim_id: UUID) -> HttpResponse:
    page = claim_page(claim_id)
    back = here(request, "costs:claims", engagement=page.claim.engagement.slug)
    stand(request, ("Claims", back), page.claim.record.number)
    context = {
        "tabs": siblings(request, "Claims", page.claim.engagement),
        "head": parts.head(request, page),
        "figures": parts.figures(page),
        "path": parts.path(page),
        "lines_head": SectionHead("Credits", note="at the amount they had when they were claimed"),
        "lines": parts.lines_table(request, page),
        "changed": parts.changed(page),
        "repaid_head": SectionHead("Paid back") if page.repayments else None,
        "repaid": parts.repayments_table(page),
        "notes_head": SectionHead("Credit notes"),
        "notes": parts.notes_table(request, page),
        "notes_empty": None if page.notes else Empty("No credit note is here yet."),
    }
    return render(request, "costs/claim.html", context)


@require_safe
@may(policy.READ_CREDITS)
def document(request: Request, claim_id: UUID) -> HttpResponse:
    """The printed claim. Http404 until it is printed."""
    file = claim_file(claim_id)
    if file is None:
        raise Http404
    return attachment(file)


@require_safe
@may(policy.READ_CREDITS)
def note_document(request: Request, note_id: UUID) -> HttpResponse:
    """The credit note as it was handed in."""
    file = note_named(note_id).file
    if file is None:
        raise Http404
    return attachment(file)


def form_page(
    request: Request, page: ClaimPage, title: str, form: django_forms.Form, submit: str,
    act: Callable[[dict[str, Any]], str], help: str = "", amount: Money | None = None,
) -> HttpResponse:  # fmt: skip
    """A form of one verb about an amount, the claim's unless another is given: what is typed stays when a rule refuses it."""
    back = here(request, "costs:claim", page.claim.public_id)
    if form.is_valid():
        with refusals(form):
            messages.success(request, act(form.cleaned_data))
            return redirect(back)
    listed = here(request, "costs:claims", engagement=page.claim.engagement.slug)
    stand(request, ("Claims", listed), (page.claim.record.number, back), title)
    context = {
        "page_head": PageHead(title, f"{amount or page.claim.money}.", eyebrow=page.claim.record.number),
        "form": form,
        "submit": submit,
        "cancel_href": back,
        "help": help,
    }
    return render(request, "records/form.html", context)


@may(policy.HAND_IN_NOTES)
def hand_in_note(request: Request, claim_id: UUID) -> HttpResponse:
    """The credit note that answers a claim."""
    page = claim_page(claim_id)

    def faults(**given: Any) -> list[tuple[str, str]]:
        if page.claim.state != page.claim.State.ISSUED:
            return []  # somebody was faster: said by the service
        if file := given.get("file"):
            given["file"] = (file.name, file.size, file)
        return services.faults_of_note(claim=page.claim, at=timezone.now(), **given)

    form = forms.NoteForm(
        request.POST or None, request.FILES or None, currency=page.claim.currency, faults=faults,
        initial={"amount": page.claim.money.text, "issued_on": timezone.localdate().isoformat()},
    )  # fmt: skip

    def act(asked: dict[str, Any]) -> str:
        file = asked.pop("file")
        given = {**asked, "file": (file.name, file.size, file)}
        services.hand_in_note(claim=page.claim, **given, by=request.user, at=timezone.now())
        return "It matches the claim."

    help_text = (
        f"The claim is {page.claim.money}, and so is its note. If that is not what you owe, the client withdraws the claim, "
        "corrects or waives its credits, and claims anew."
    )
    return form_page(request, page, "Hand in the credit note", form, "Hand in", act, help_text)


@may(policy.CLAIM_CREDITS)
def settle(request: Request, claim_id: UUID) -> HttpResponse:
    """The claim stands on an invoice, or was paid."""
    page = claim_page(claim_id)
    if said := parts.no_settlement(page.claim):
        back = here(request, "costs:claim", page.claim.public_id)
        stand(request, ("Claims", back), "Settle the claim")
        see = (Action("See the claim", back, "filled"),)
        head = PageHead("Settle the claim", *said, eyebrow=page.claim.record.number, actions=see)
        return render(request, "costs/already.html", {"head": head})
    form = forms.SettleForm(request.POST or None, initial={"on": timezone.localdate().isoformat()})

    def act(asked: dict[str, Any]) -> str:
        done = services.settle_claim(claim=page.claim, **asked, by=request.user, at=timezone.now())
        return f"{done.get_settled_as_display()}."

    return form_page(request, page, "Settle the claim", form, "Settle", act)


@may(policy.CLAIM_CREDITS)
def repaid(request: Request, claim_id: UUID) -> HttpResponse:
    """The client paid back what corrections took off the claim."""
    page = claim_page(claim_id)
    if page.owed_back is None:
        back = here(request, "costs:claim", page.claim.public_id)
        stand(request, ("Claims", back), "Record the repayment")
        see = (Action("See the claim", back, "filled"),)
        head = PageHead(
            "Record the repayment", "Nothing is owed back.", "", eyebrow=page.claim.record.number, actions=see
        )
        return render(request, "costs/already.html", {"head": head})
    owed = page.owed_back
    given = request.POST.copy() if request.POST else None
    shown = given.get("expected") if given is not None else None
    if given is not None:
        given["expected"] = owed.text
    form = forms.PaidBackForm(given, initial={"on": timezone.localdate().isoformat(), "expected": owed.text})
    if given is not None and shown != owed.text:
        form.add_error(None, f"{owed} is owed back by now: look again, then record it.")

    def act(asked: dict[str, Any]) -> str:
        asked["expected"] = owed
        paid = services.pay_back(claim=page.claim, **asked, by=request.user, at=timezone.now())
        return f"{paid} is paid back."

    help_text = f"{owed} is owed back to {page.claim.engagement.provider.name}, who is told that it is paid."
    return form_page(request, page, "Record the repayment", form, "Record", act, help_text, owed)


@may(policy.CLAIM_CREDITS)
def withdraw(request: Request, claim_id: UUID) -> HttpResponse:
    """A claim is taken back; its credits are agreed again."""
    page = claim_page(claim_id)

    def act(asked: dict[str, Any]) -> str:
        services.withdraw_claim(claim=page.claim, reason=asked["reason"], by=request.user, at=timezone.now())
        return "Withdrawn: its credits can be claimed anew."

    return form_page(request, page, "Withdraw the claim", forms.ReasonForm(request.POST or None), "Withdraw", act)
