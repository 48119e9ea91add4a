"""Measuring, and correcting a sealed month, as runs: one pass over the tickets, then the credits that follow."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from contracts.models import Contract
from mspgov.jobs.services import kind
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement, Person

from . import policy, services

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


def person(pk: int | None) -> Person | None:
    return Person.objects.get(pk=pk) if pk else None


def money(engagement: Engagement, text: str | None) -> Money | None:
    """An amount in the contract's currency."""
    if text is None:
        return None
    return Money(Decimal(text), Contract.objects.get(engagement=engagement).currency)
