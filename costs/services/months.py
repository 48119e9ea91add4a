"""Months are measured and sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from costs.models import Credit
from costs.queries.account import seals_of
from itsm import services as itsm
from itsm.services import MeasuredMonth
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement, Person

from .charging import check_term, keep_charges
from .judging import Proposed, judged, link, locked_contract, propose_credits

MEASURE = "costs.measure"


@dataclass(frozen=True)
class Measured:
    """What measuring came to: the lines of each month and service level, what was proposed, and in words where sealed
    months would now differ."""

    lines: tuple[MeasuredMonth, ...]
    proposed: Proposed

    @property
    def differences(self) -> tuple[str, ...]:
        return (*(line.differs for line in self.lines if line.differs), *map(str, self.proposed.differences))

    @property
    def charges_missing(self) -> tuple[Month, ...]:
        """The measured months that earn nothing for want of charges."""
        measured = {line.month for line in self.lines}
        return tuple(month for month in self.proposed.charges_missing if month in measured)

    def documents(self) -> list[dict[str, Any]]:
        """The lines that `manage.py measure` prints."""
        missing = set(self.proposed.charges_missing)
        return [line.document() | ({"charges_missing": True} if line.month in missing else {}) for line in self.lines]


@transaction.atomic
def measure(
    *, engagement: Engagement, first: Month, last: Month, as_of: datetime, at: datetime, by: Person | None = None,
    deciding: Credit | None = None,
) -> Measured:  # fmt: skip
    """Measure the months from first to last as they stand at `as_of`, then propose what all measured months earn, for the
    decision about a credit where one is given. Repeating it writes nothing. Raises Http404 without a contract."""
    locked_contract(engagement)
    lines = itsm.measure(engagement=engagement, first=first, last=last, as_of=as_of, computed_at=at)
    return Measured(tuple(lines), propose_credits(engagement=engagement, at=at, by=by, as_of=as_of, deciding=deciding))


def start_measuring(*, engagement: Engagement, first: Month, last: Month, by: Person, at: datetime) -> Run:
    """Ask for a run that measures the months as they stand at `at` and proposes what they earn."""
    return jobs.start(
        MEASURE,
        key=f"{engagement.slug} {first} {last} {uuid4()}",
        title=f"Measure {engagement.name}, {first.name if first == last else f'{first.name} to {last.name}'}",
        by=by,
        engagement=engagement,
        engagement_id=engagement.pk,
        first=str(first),
        last=str(last),
        as_of=at.isoformat(),
        by_id=by.pk,
    )


@transaction.atomic
def seal_month(*, engagement: Engagement, month: Month, by: Person | None, at: datetime) -> Proposed:
    """From here on the month's results, charges and credits change by correction only; safe to repeat. Raises Refused
    for a month outside the contract's term, one that is not over, and one that was not measured since it is."""
    contract = locked_contract(engagement)
    check_term(contract, month)
    if month in seals_of(engagement):
        return Proposed((), (), ())
    proposed = judged(contract, engagement, at=at, by=by, as_of=at)
    charges = keep_charges(contract, engagement, month, by=by, at=at)
    seal = itsm.seal_month(engagement=engagement, month=month, by=by, at=at, linked=False)
    about = {"month": seal.month, "digest": seal.digest}
    link(engagement, "seal month", entries=proposed.entries, charges=charges, about=about, by=by, at=at)
    return proposed
