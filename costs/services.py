"""Charges are set, credits proposed, months sealed and corrected. Each service orders its writers by the contract's row."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from contracts.calc.credits import RULES_VERSION
from contracts.models import Contract
from contracts.models import ServiceLevel as PromisedLevel
from costs.calc.ledger import EARN_BACK, Difference, NewEntry, Plan, plan
from costs.models import Credit, LedgerEntry, MonthlyCharges
from costs.queries.account import Account, account, charges_of, latest_charges, seals_of, standing_of
from itsm import services as itsm
from itsm.models import Result
from itsm.queries.results import current_results
from itsm.services import MeasuredMonth
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.records.models import Counter
from mspgov.tenancy.models import Engagement, Person

KIND = "credit"


@dataclass(frozen=True)
class Proposed:
    """What judging the months came to: entries written, sealed amounts that would now differ, months without charges."""

    entries: tuple[LedgerEntry, ...]
    differences: tuple[Difference, ...]
    charges_missing: tuple[Month, ...]


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
    *, engagement: Engagement, first: Month, last: Month, as_of: datetime, at: datetime, by: Person | None = None
) -> Measured:
    """Measure the months from first to last as they stand at `as_of`, then propose what all measured months earn.
    Repeating it writes nothing. Raises Http404 without a contract."""
    locked_contract(engagement)
    lines = itsm.measure(engagement=engagement, first=first, last=last, as_of=as_of, computed_at=at)
    return Measured(tuple(lines), propose_credits(engagement=engagement, at=at, by=by, as_of=as_of))


@transaction.atomic
def set_charges(
    *, engagement: Engagement, month: Month, amount: Money, by: Person | None, at: datetime
) -> MonthlyCharges:
    """What a month is charged from now on; the same amount again writes nothing. Raises Refused for a sealed month, a
    month outside the contract and another currency, Http404 without a contract."""
    contract = locked_contract(engagement)
    latest = latest_charges(contract, [month]).get(month)
    if latest is not None and latest.row is not None and latest.money == amount:
        return latest.row
    if month in seals_of(engagement):
        raise Refused(f"{month} is sealed: its charges change by a correction of the month")
    check_charges(contract, month, amount)
    return _write_charges(contract, month, amount, MonthlyCharges.Origin.SET, by=by, at=at)


def check_charges(contract: Contract, month: Month, amount: Money) -> None:
    """Raises Refused for another currency than the contract's and for a month outside its term."""
    if amount.currency != contract.currency:
        raise Refused(f"the contract is in {contract.currency}, not in {amount.currency}")
    if not contract.first_month <= month <= contract.last_month:
        raise Refused(f"{month} lies outside the contract's term, {contract.first_month} to {contract.last_month}")


def _write_charges(
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


@transaction.atomic
def propose_credits(
    *, engagement: Engagement, at: datetime, by: Person | None = None, as_of: datetime | None = None
) -> Proposed:
    """Enter what all measured months that are over at `as_of` (now, when None) earn. Another amount than before is a
    new entry that names the old one, an equal one writes nothing; sealed months stay. Raises Http404 without a
    contract."""
    contract = locked_contract(engagement)
    proposed = _judge(contract, engagement, at=at, by=by, as_of=as_of or at)
    _seal(engagement, proposed.entries, what="propose credits", by=by, at=at)
    return proposed


@transaction.atomic
def seal_month(*, engagement: Engagement, month: Month, by: Person | None, at: datetime) -> Proposed:
    """From here on the month's results, charges and credits change by correction only; safe to repeat. Raises Refused
    for a month that is not over or was not measured."""
    contract = locked_contract(engagement)
    if month in seals_of(engagement):
        return Proposed((), (), ())
    proposed = _judge(contract, engagement, at=at, by=by, as_of=at)
    _keep_charges(contract, engagement, month, by=by, at=at)
    itsm.seal_month(engagement=engagement, month=month, by=by, at=at)
    _seal(engagement, proposed.entries, what="propose credits", by=by, at=at)
    return proposed


@transaction.atomic
def correct_month(
    *,
    engagement: Engagement,
    month: Month,
    reason: str,
    by: Person | None,
    at: datetime,
    charges: Money | None = None,
) -> Proposed:
    """Measure a sealed month again, with other charges when given: new versions of its results, and new entries that
    name the old ones and the reason. Other sealed months stay and are named where they would now differ. Raises Refused
    without a reason or for a month that is not sealed."""
    contract = locked_contract(engagement)
    if not reason.strip():
        raise Refused("a correction needs its reason")
    if month not in seals_of(engagement):
        raise Refused(f"{month} is not sealed: measure it again instead")
    if charges is not None:
        check_charges(contract, month, charges)
        _write_charges(contract, month, charges, MonthlyCharges.Origin.SET, by=by, at=at)
    list(Counter.objects.select_for_update().filter(prefix__startswith="CR-").order_by("pk"))  # before the chain's head
    itsm.correct_month(engagement=engagement, month=month, reason=reason, by=by, at=at)
    proposed = _judge(contract, engagement, at=at, by=by, as_of=at, correcting=month, reason=reason)
    _seal(engagement, proposed.entries, what="correct credits", by=by, at=at)
    return proposed


@transaction.atomic
def charge_month(*, engagement: Engagement, month: Month, amount: Money, by: Person | None, at: datetime) -> Proposed:
    """Set what a month is charged and propose what all measured months earn with it. Refuses as `set_charges` does."""
    set_charges(engagement=engagement, month=month, amount=amount, by=by, at=at)
    return propose_credits(engagement=engagement, at=at, by=by)


@dataclass(frozen=True)
class Correction:
    """What a correction would write: results that differ, and entries of the ledger with what each replaces."""

    results: tuple[Result, ...]
    entries: tuple[LedgerEntry, ...]
    differences: tuple[Difference, ...]


def preview_correction(
    *, engagement: Engagement, month: Month, at: datetime, charges: Money | None = None
) -> Correction:
    """What `correct_month` would write, computed by doing it and taking it back. Refuses as it does."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            before = {row.pk for row in current_results(engagement, month, month).values()}
            proposed = correct_month(
                engagement=engagement, month=month, reason="preview", by=None, at=at, charges=charges
            )
            after = current_results(engagement, month, month).values()
            changed = tuple(row for row in after if row.pk not in before)
        finally:
            transaction.savepoint_rollback(point)
    return Correction(changed, proposed.entries, proposed.differences)


def start_measuring(*, engagement: Engagement, first: Month, last: Month, by: Person, at: datetime) -> Run:
    """Ask for a run that measures the months as they stand at `at` and proposes what they earn."""
    return jobs.start(
        "costs.measure",
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


def locked_contract(engagement: Engagement) -> Contract:
    """The engagement's contract, whose lock orders those who write its ledger. Raises Http404 without one."""
    return records.locked(Contract.objects, engagement=engagement)


def _judge(
    contract: Contract,
    engagement: Engagement,
    *,
    at: datetime,
    by: Person | None,
    as_of: datetime,
    correcting: Month | None = None,
    reason: str = "",
) -> Proposed:
    judged = account(engagement, as_of=as_of)
    credits = {
        (credit.period, credit.service_level.key): credit
        for credit in Credit.objects.filter(contract=contract).select_related("service_level")
    }
    planned = plan(
        judged.calculated,
        standing_of(credits.values()),
        first_month=judged.first_month,
        sealed=judged.seals,
        correcting=correcting,
    )
    writing = _Writing(judged, engagement, credits, by, at, reason)
    return Proposed(writing.write(planned), planned.differences, judged.charges_missing)


@dataclass
class _Writing:
    """Writes what was planned."""

    account: Account
    engagement: Engagement
    credits: dict[tuple[Month, str], Credit]
    by: Person | None
    at: datetime
    reason: str

    def write(self, planned: Plan) -> tuple[LedgerEntry, ...]:
        levels = {level.key: level for level in PromisedLevel.objects.filter(contract=self.account.contract)}
        chains = self.chains(planned.entries)
        entries = []
        for entry in planned.entries:
            credit = self.credits.get(entry.place) or self.opened(entry, levels[entry.service_level])
            entries.append(self.entered(entry, credit, chains.setdefault(credit.pk, [])))
            self.restate(credit, entry)
        for entry in planned.restated:
            self.restate(self.credits[entry.place], entry)
        return tuple(entries)

    def chains(self, entries: Iterable[NewEntry]) -> dict[int, list[LedgerEntry]]:
        """The entries of the credits that are about to get another, in order."""
        known = [self.credits[entry.place] for entry in entries if entry.place in self.credits]
        chains: dict[int, list[LedgerEntry]] = {}
        for row in LedgerEntry.objects.filter(credit__in=known).order_by("credit_id", "version"):
            chains.setdefault(row.credit_id, []).append(row)
        return chains

    def opened(self, entry: NewEntry, level: PromisedLevel) -> Credit:
        month = entry.month
        # CR-2016-05-02 counts within its month; a counter's own numbers would show the year twice
        place = int(records.next_number(f"CR-{month}", month.year).rpartition("-")[2])
        record = records.open_record(
            kind=KIND,
            number=f"CR-{month}-{place:02d}",
            title=f"{level.name}, {month.name}",
            engagement=self.engagement,
            state=Credit.State.PROPOSED,
            at=self.at,
        )
        credit = Credit(
            engagement=self.engagement,
            record=record,
            contract=self.account.contract,
            service_level=level,
            month=str(month),
            amount=entry.amount.amount,
            currency=entry.amount.currency,
            row=dict(entry.row),
            derivation=entry.derivation,
        )
        credit._history_user = self.by
        credit.save()
        self.credits[entry.place] = credit
        return credit

    def entered(self, entry: NewEntry, credit: Credit, chain: list[LedgerEntry]) -> LedgerEntry:
        is_return = entry.kind == EARN_BACK
        before = [row for row in chain if (row.kind == LedgerEntry.Kind.EARN_BACK) == is_return]
        charges = self.account.charges.get(entry.month)
        row: LedgerEntry = LedgerEntry.objects.create(
            engagement=self.engagement,
            credit=credit,
            kind=entry.kind,
            version=len(chain) + 1,
            replaces=before[-1] if before else None,
            amount=entry.amount.amount,
            currency=entry.amount.currency,
            year_ends_on=entry.year_ends,
            reason=self.reason,
            row=dict(entry.row),
            derivation=entry.derivation,
            charges=charges.row if charges else None,
            terms_version=self.terms_version(entry.month),
            result=self.account.rows.get(entry.place),
            rules_version=RULES_VERSION,
            by=self.by,
            at=self.at,
        )
        chain.append(row)
        return row

    def terms_version(self, month: Month) -> Any:
        in_force = self.account.versions.get(month)
        return (in_force or self.account.history[-1]).version

    def restate(self, credit: Credit, entry: NewEntry) -> None:
        """Let the credit say what the ledger says; an earn-back leaves its row and reasons."""
        before = records.snapshot(credit)
        if entry.kind == EARN_BACK:
            credit.earned_back = -entry.amount.amount
        else:
            credit.amount, credit.row, credit.derivation = entry.amount.amount, dict(entry.row), entry.derivation
        if records.snapshot(credit) != before:
            credit._history_user = self.by
            credit.save()


def _keep_charges(contract: Contract, engagement: Engagement, month: Month, *, by: Person | None, at: datetime) -> None:
    """Write down what the contract charges for the month, so that a later amendment does not change a sealed one."""
    judged = account(engagement, as_of=at)
    terms = {month: judged.versions[month].terms} if month in judged.versions else {}
    charges = charges_of(contract, terms).get(month)
    if charges is not None and charges.row is None:
        _write_charges(contract, month, charges.money, MonthlyCharges.Origin.CONTRACT, by=by, at=at)


def _seal(
    engagement: Engagement, entries: Iterable[LedgerEntry], *, what: str, by: Person | None, at: datetime
) -> None:
    """One link of the chain for all that was written; none when nothing was."""
    written = {
        f"{entry.credit.record.number}/{entry.version}": f"{entry.kind} {entry.money} {entry.reason}".strip()
        for entry in entries
    }
    if written:
        records.seal(None, what=what, before={}, after=written, by=by, at=at, engagement_id=engagement.pk)
