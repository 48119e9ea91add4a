"""Measuring as a run: one pass over the tickets, then the credits that follow."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from mspgov.jobs.services import kind
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement, Person

from . import policy, services


@kind("costs.measure", may=policy.MEASURE)
def measure(
    done: int, *, engagement_id: int, first: str, last: str, as_of: str, by_id: int | None = None
) -> tuple[int, int, dict[str, Any]]:
    """Months from first to last as they stand at `as_of`. The result has the `lines` that `measure` prints, the
    `differences` of sealed months in words, `charges_missing` (months) and how many ledger `entries` were written."""
    measured = services.measure(
        engagement=Engagement.objects.get(pk=engagement_id),
        first=Month(first),
        last=Month(last),
        as_of=datetime.fromisoformat(as_of),
        at=timezone.now(),
        by=Person.objects.get(pk=by_id) if by_id else None,
    )
    result = {
        "lines": measured.documents(),
        "differences": list(measured.differences),
        "charges_missing": [str(month) for month in measured.charges_missing],
        "entries": len(measured.proposed.entries),
    }
    return done + 1, done + 1, result
