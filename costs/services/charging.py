"""What a month is charged: set while it is open, kept when it is sealed."""

from datetime import datetime

from django.db import transaction

from contracts.models import Contract
from costs.models import MonthlyCharges
from costs.queries.account import account, charges_of, latest_charges, seals_of
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records.errors import Refused
from mspgov.tenancy.models import Engagement, Person

from .judging import Proposed, judged, link, locked_contract


@transaction.atomic
def set_charges(
    *, engagement: Engagement, month: Month, amount: Money, by: Person | None, at: datetime
) -> MonthlyCharges:
    """What a month is charged from now on; the same amount again writes nothing. Raises Refused for a sealed month, a
    month outside the contract and another currency, Http404 without a contract."""
    row, is_new = _set(locked_contract(engagement), engagement, month, amount, by=by, at=at)
    link(engagement, "set charges", charges=row if is_new else None, by=by, at=at)
    return row


@transaction.atomic
def charge_month(*, engagement: Engagement, month: Month, amount: Money, by: Person | None, at: datetime) -> Proposed:
    """Set what a month is charged and propose what all measured months earn with it. Refuses as `set_charges` does."""
    contract = locked_contract(engagement)
    row, is_new = _set(contract, engagement, month, amount, by=by, at=at)
    proposed = judged(contract, engagement, at=at, by=by, as_of=at)
    what = "set charges" if is_new else "propose credits"
    link(engagement, what, entries=proposed.entries, charges=row if is_new else None, by=by, at=at)
    return proposed


def _set(
    contract: Contract, engagement: Engagement, month: Month, amount: Money, *, by: Person | None, at: datetime
) -> tuple[MonthlyCharges, bool]:
    """(the row that counts, was it written now)"""
    latest = latest_charges(contract, [month]).get(month)
    if latest is not None and latest.row is not None and latest.money == amount:
        return latest.row, False
    if month in seals_of(engagement):
        raise Refused(f"{month} is sealed: its charges change by a correction of the month")
    check_charges(contract, month, amount)
    return write_charges(contract, month, amount, MonthlyCharges.Origin.SET, by=by, at=at), True


def check_charges(contract: Contract, month: Month, amount: Money) -> None:
    """Raises Refused for another currency than the contract's and for a month outside its term."""
    if amount.currency != contract.currency:
        raise Refused(f"the contract is in {contract.currency}, not in {amount.currency}")
    check_term(contract, month)


def check_term(contract: Contract, month: Month) -> None:
    """Raises Refused for a month outside the contract's term."""
    if not contract.first_month <= month <= contract.last_month:
        raise Refused(f"{month} lies outside the contract's term, {contract.first_month} to {contract.last_month}")


def write_charges(
    contract: Contract, month: Month, amount: Money, origin: str, *, by: Person | None, at: datetime
) -> MonthlyCharges:
    row: MonthlyCharges = MonthlyCharges.objects.create(
        engagement_id=contract.engagement_id,
        contract=contract,
        month=str(month),
        amount=amount.amount,
        currency=amount.currency,
        origin=origin,
        by=by,
        at=at,
    )
    return row


def keep_charges(
    contract: Contract, engagement: Engagement, month: Month, *, by: Person | None, at: datetime
) -> MonthlyCharges | None:
    """Write down what the contract charges for the month, so that a later amendment does not change a sealed one. None
    where charges were set or are missing."""
    found = account(engagement, as_of=at)
    terms = {month: found.versions[month].terms} if month in found.versions else {}
    charges = charges_of(contract, terms).get(month)
    if charges is None or charges.row is not None:
        return None
    return write_charges(contract, month, charges.money, MonthlyCharges.Origin.CONTRACT, by=by, at=at)
