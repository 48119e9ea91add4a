"""One credit with its reasons, its way and its ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404

from costs.models import Credit

from .account import account
from .credits import CreditLine, credit_line, credits_of
from .ledger import LedgerLine, ledger_line, ledger_of
from .overview import MonthBar, month_bar
from .review import ReviewPage, review_page


@dataclass(frozen=True)
class StepLine:
    """A numbered step of a derivation."""

    number: int
    label: str
    detail: str
    value: str
    clause: str
    note: str


@dataclass(frozen=True)
class PathStep:
    """A stop on a credit's way: `state` is done, now or ahead; who and when where it is done."""

    label: str
    state: str
    at: datetime | None = None
    by: str = ""
    due_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class CreditPage:
    """One credit: its line, the reasons of its present amount, its way, its ledger (latest first) and its month."""

    line: CreditLine
    steps: tuple[StepLine, ...]
    path: tuple[PathStep, ...]
    ledger: tuple[LedgerLine, ...]
    month: MonthBar | None
    siblings: tuple[CreditLine, ...]
    review: ReviewPage
    row: Mapping[str, Any] = field(default_factory=dict)


def credit_page(public_id: object, *, as_of: datetime) -> CreditPage:
    """One credit with its reasons. Raises Http404 when the reader sees no such credit."""
    credit = get_object_or_404(credits_of(), public_id=public_id)
    ledger = tuple(ledger_line(entry) for entry in ledger_of().filter(credit=credit))
    judged = account(credit.engagement, as_of=as_of)
    lines = [credit_line(other, as_of) for other in credits_of(credit.engagement).filter(month=credit.month)]
    found = judged.month(credit.period)
    line, review = next(line for line in lines if line.id == str(credit.public_id)), review_page(credit)
    result = judged.rows.get((credit.period, credit.service_level.key))
    return CreditPage(
        line=line,
        steps=step_lines(credit.derivation),
        path=path_of(credit, ledger, result.computed_at if result else None, review),
        ledger=ledger,
        month=month_bar(judged, found, lines) if found else None,
        siblings=tuple(other for other in lines if other.id != line.id),
        review=review,
        row=credit.row,
    )


def step_lines(derivation: Sequence[Mapping[str, Any]]) -> tuple[StepLine, ...]:
    return tuple(
        StepLine(place, step["label"], step["detail"], step["value"], step.get("clause", ""), step.get("note", ""))
        for place, step in enumerate(derivation, 1)
    )


def path_of(
    credit: Credit, ledger: Sequence[LedgerLine], measured_at: datetime | None, review: ReviewPage
) -> tuple[PathStep, ...]:
    """Measured, proposed, answered, decided where it is disputed, proposed again where it has risen since, claimed,
    documented, applied: those behind it with
    who and when, the one it is at with its deadline, those ahead."""
    first, answer, decision = ledger[-1], review.answer, review.decision
    waived = credit.state == Credit.State.WAIVED
    steps = [PathStep("Measured", "done", measured_at), PathStep("Proposed", "done", first.at, first.by)]
    if answer is not None:
        steps.append(PathStep(answer.get_kind_display(), "done", answer.at, answer.by.name if answer.by else ""))
    elif decision is None and not waived and credit.agreed_at is None:
        steps.append(PathStep("Answer", "now", due_at=credit.answer_due_at))
    decided = decision is not None and (answer is None or decision.at >= answer.at)
    again = review.is_proposed_again
    if decided and decision is not None:
        steps.append(PathStep("Granted" if decision.granted else "Refused", "done", decision.at, decision.by.name))
    elif review.is_to_decide:
        steps.append(PathStep("Decision", "now", due_at=credit.decide_due_at, note=review.step if credit.step else ""))
    if again:
        anew = ledger[0]  # it was proposed again because of what this entry says
        steps += [
            PathStep("Proposed again", "done", anew.at, anew.by),
            PathStep("Answer", "now", due_at=credit.answer_due_at),
        ]
    if waived:
        given_up = review.waived
        at, by = (given_up.decided_at, given_up.decided_by) if given_up else (None, None)
        return (*steps, PathStep("Waived", "done", at, by.name if by else ""))
    claim = review.claim
    ahead = [
        ("Claim", "Claimed", credit.claimed_at, claim.claim.record.number if claim else ""),
        ("Credit note", "Credit note", credit.documented_at, ""),
        ("Applied", "Applied", credit.applied_at, claim.claim.settled_reference if claim else ""),
    ]
    waiting = any(step.state == "now" for step in steps) or not credit.balance
    for label, done, at, note in ahead:
        if at is not None:
            steps.append(PathStep(done, "done", at, note=note))
        else:
            steps.append(PathStep(label, "ahead" if waiting else "now"))
            waiting = True
    return tuple(steps)
