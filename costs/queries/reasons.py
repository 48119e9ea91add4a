"""Why a month of a service level costs what it costs, also where it costs nothing."""

from dataclasses import dataclass
from datetime import datetime

from costs.models import Credit
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .account import account
from .one_credit import StepLine, step_lines


@dataclass(frozen=True)
class DefaultReason:
    """The reasons of a month of a service level. `amount` is what is left of the credit, None where the month is not
    judged (not over, or not measured); `credit` and `credit_id` are empty where nothing was ever credited."""

    month: Month
    is_judged: bool
    is_default: bool
    amount: Money | None
    charges_missing: bool
    credit: str
    credit_id: str
    steps: tuple[StepLine, ...]


def default_reason(engagement: Engagement, level: str, month: Month, *, as_of: datetime) -> DefaultReason:
    """The derivation of a month of a service level. Raises Http404 without a contract."""
    credit = (
        Credit.objects.filter(engagement=engagement, month=month.text, service_level__key=level)
        .select_related("record")
        .first()
    )
    judged = account(engagement, as_of=as_of)
    found = judged.month(month)
    row = next((row for row in found.credits if row.service_level == level), None) if found else None
    documents = credit.derivation if credit else [step.document() for step in row.derivation] if row else []
    return DefaultReason(
        month=month,
        is_judged=row is not None,
        is_default=bool(row and row.default),
        amount=credit.balance if credit else row.amount if row else None,
        charges_missing=month in judged.charges_missing,
        credit=credit.record.number if credit else "",
        credit_id=str(credit.public_id) if credit else "",
        steps=step_lines(documents),
    )
