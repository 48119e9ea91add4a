"""Measuring, correcting a sealed month, deciding what changes one, and printing a claim, as runs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts.models import Contract
from mspgov.jobs.services import kind
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement, Person

from . import documents, policy, services
from .models import Claim, Credit, DecidedTicket
from .queries.claims import claim_page

Step = tuple[int, int, dict[str, Any]]


@kind(services.MEASURE, may=policy.MEASURE)
def measure(done: int, *, engagement_id: int, first: str, last: str, as_of: str, by_id: int | None = None) -> Step:
    """Months from first to last as they stand at `as_of`. The result has the `lines` that `measure` prints, the
    `differences` of sealed months in words, `charges_missing` (months) and how many ledger `entries` were written."""
    measured = services.measure(
        engagement=Engagement.objects.get(pk=engagement_id),
        first=Month(first),
        last=Month(last),
        as_of=datetime.fromisoformat(as_of),
        at=timezone.now(),
        by=person(by_id),
    )
    result = {
        "lines": measured.documents(),
        "differences": list(measured.differences),
        "charges_missing": [str(month) for month in measured.charges_missing],
        "entries": len(measured.proposed.entries),
    }
    return done + 1, done + 1, result


@kind(services.PREVIEW, may=policy.CORRECT_MONTHS)
def preview_correction(
    done: int, *, engagement_id: int, month: str, reason: str, charges: str | None, by_id: int
) -> Step:
    """What a correction would write, as `calc.correction` documents it; nothing is written. `reason` and `by_id` are
    kept for the confirmation."""
    engagement = Engagement.objects.get(pk=engagement_id)
    found = services.preview_correction(
        engagement=engagement, month=Month(month), charges=money(engagement, charges), at=timezone.now()
    )
    return done + 1, done + 1, found.document()


@kind(services.CORRECT, may=policy.CORRECT_MONTHS)
def correct(
    done: int, *, engagement_id: int, month: str, reason: str, charges: str | None, by_id: int, correction: str
) -> Step:
    """Correct a sealed month. The result has the numbers of the `entries` that were written and, in words, the
    `differences` of other sealed months. A correction that was written already is left alone."""
    engagement = Engagement.objects.get(pk=engagement_id)
    made = services.correct_month(
        engagement=engagement,
        month=Month(month),
        reason=reason,
        charges=money(engagement, charges),
        by=person(by_id),
        at=timezone.now(),
        key=correction,
    )
    result = {
        "engagement": engagement.slug,
        "month": month,
        "entries": [f"{entry.credit.record.number}/{entry.version}" for entry in made.entries],
        "differences": list(map(str, made.differences)),
    }
    return done + 1, done + 1, result


@kind(services.ACCEPT_MANY, may=policy.ANSWER_CREDITS)
def accept_credits(done: int, *, engagement_id: int, rows: list[list[str]], text: str, by_id: int) -> Step:
    """Accept the credits that were previewed and confirmed: how many were `changed`, and those `refused` with the reason."""
    engagement, by = Engagement.objects.get(pk=engagement_id), Person.objects.get(pk=by_id)
    found = services.accept_previewed(engagement=engagement, rows=rows, text=text, by=by, at=timezone.now())
    return done + 1, done + 1, found


@kind(services.PREVIEW_DECISION, may=policy.DECIDE_CREDITS)
def preview_decision(done: int, *, credit_id: int, grant: dict[str, Any], by_id: int, typed: dict[str, Any]) -> Step:
    """Both outcomes of a grant as `calc.review.Outcomes` documents them; nothing is written. `typed` is kept for the
    form."""
    asked = services.read_grant(grant)
    found = services.preview_decision(credit=Credit.objects.get(pk=credit_id), grant=asked, at=timezone.now())
    return done + 1, done + 1, found.document(asked.document())


@kind(services.DECIDE_BY_RUN, may=policy.DECIDE_CREDITS)
def decide(
    done: int, *, credit_id: int, grant: dict[str, Any], reason: str, expected: str, by_id: int, typed: dict[str, Any]
) -> Step:  # fmt: skip
    """Decide a credit. The result names it, with its amount before and after."""
    made = services.decide(
        credit=Credit.objects.get(pk=credit_id), grant=services.read_grant(grant), reason=reason, expected=expected,
        by=Person.objects.get(pk=by_id), at=timezone.now(),
    )  # fmt: skip
    before, after = Money(made.amount_before, made.currency), Money(made.amount_after, made.currency)
    credit = made.credit
    return done + 1, done + 1, {"credit": credit.record.number, "before": str(before), "after": str(after)}


@kind(services.REVOKE, may=policy.DECIDE_CREDITS)
def revoke_exclusion(
    done: int, *, credit_id: int, decided_id: int, reason: str, by_id: int, typed: dict[str, Any]
) -> Step:  # fmt: skip
    """A granted ticket counts again. The result names it and its credit."""
    decided = DecidedTicket.objects.select_related("ticket", "decision__credit__record").get(pk=decided_id)
    services.revoke_exclusion(decided=decided, reason=reason, by=Person.objects.get(pk=by_id), at=timezone.now())
    return done + 1, done + 1, {"credit": decided.decision.credit.record.number, "ticket": decided.ticket.number}


@kind(services.PRINT_CLAIM, may=policy.CLAIM_CREDITS)
def print_claim(done: int, *, claim_id: int) -> Step:
    """Print a claim and keep the file; a claim that has its file keeps it."""
    claim = Claim.objects.get(pk=claim_id)
    if claim.file_id is None:
        page = claim_page(claim.public_id)
        claim = services.keep_claim_file(claim=claim, pdf=documents.print_claim(page))
    file = claim.file
    return done + 1, done + 1, {"claim": str(claim.public_id), "size": file.size if file else 0}


def person(pk: int | None) -> Person | None:
    return Person.objects.get(pk=pk) if pk else None


def money(engagement: Engagement, text: str | None) -> Money | None:
    """An amount in the contract's currency."""
    if text is None:
        return None
    return Money(Decimal(text), Contract.objects.get(engagement=engagement).currency)
