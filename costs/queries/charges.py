"""What each month of a contract is charged, by whom it was set, and where charges are missing."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.shortcuts import get_object_or_404

from contracts.models import Contract
from contracts.queries import terms_history
from costs.models import MonthlyCharges
from itsm.models import Result
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month, months_between
from mspgov.tenancy.models import Engagement

from .account import charges_of, seals_of, terms_of


@dataclass(frozen=True)
class ChargesLine:
    """A month's charges: `origin` is set, contract or missing; `by` and `at` where somebody set them. `measured` tells
    whether the month has results: one that is measured and lacks charges earns no credit."""

    month: Month
    amount: Money | None
    origin: str
    by: str
    at: datetime | None
    sealed_at: datetime | None
    measured: bool

    @property
    def missing(self) -> bool:
        return self.measured and self.amount is None


def charges_list(engagement: Engagement, *, until: Month) -> tuple[ChargesLine, ...]:
    """The months of the contract's term up to `until`, the latest first. Raises Http404 without a contract."""
    contract = get_object_or_404(Contract, engagement=engagement)
    history = tuple(terms_history(engagement))
    months = list(months_between(contract.first_month, min(until, contract.last_month)))
    by_version = {entry.version.pk: entry for entry in history}
    terms = {month: terms_of(month, history, by_version, {}).terms for month in months}
    charges, seals = charges_of(contract, terms), seals_of(engagement)
    measured = set(Result.objects.filter(engagement=engagement).values_list("month", flat=True))
    lines = []
    for month in reversed(months):
        found = charges.get(month)
        row = found.row if found else None
        lines.append(
            ChargesLine(
                month=month,
                amount=found.money if found else None,
                origin="missing" if found is None else row.origin if row else "contract",
                by=row.by.name if row and row.by else "",
                at=row.at if row else None,
                sealed_at=seals.get(month),
                measured=str(month) in measured,
            )
        )
    return tuple(lines)


def charges_rows(engagement: Engagement | None = None) -> "models.QuerySet[MonthlyCharges]":
    """All that was ever set, the latest first."""
    rows: models.QuerySet[MonthlyCharges] = MonthlyCharges.objects.select_related("engagement", "by")
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-pk")
