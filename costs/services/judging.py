"""What the measured months earn is judged and entered into the ledger; each change is one link of the chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from contracts.calc.credits import RULES_VERSION
from contracts.models import Contract
from contracts.models import ServiceLevel as PromisedLevel
from costs.calc.ledger import EARN_BACK, Difference, NewEntry, Plan, plan
from costs.models import Credit, LedgerEntry, MonthlyCharges
from costs.queries.account import Account, account, standing_of
from mspgov.kernel.period import Month
from mspgov.records import services as records
from mspgov.tenancy.models import Engagement, Person

from .asking import ask_for_answers

KIND = "credit"


@dataclass(frozen=True)
class Proposed:
    """What judging the months came to: entries written, sealed amounts that would now differ, months without charges."""

    entries: tuple[LedgerEntry, ...]
    differences: tuple[Difference, ...]
    charges_missing: tuple[Month, ...]


@transaction.atomic
def propose_credits(
    *, engagement: Engagement, at: datetime, by: Person | None = None, as_of: datetime | None = None,
    deciding: Credit | None = None,
) -> Proposed:  # fmt: skip
    """Enter what all measured months that are over at `as_of` (now, when None) earn. Another amount than before is a
    new entry that names the old one, an equal one writes nothing; sealed months stay. Raises Http404 without a
    contract."""
    contract = locked_contract(engagement)
    proposed = judged(contract, engagement, at=at, by=by, as_of=as_of or at, deciding=deciding)
    link(engagement, "propose credits", entries=proposed.entries, by=by, at=at)
    return proposed


def locked_contract(engagement: Engagement) -> Contract:
    """The engagement's contract, whose lock orders those who write its ledger. Raises Http404 without one."""
    return records.locked(Contract.objects, engagement=engagement)


def judged(
    contract: Contract,
    engagement: Engagement,
    *,
    at: datetime,
    by: Person | None,
    as_of: datetime,
    correcting: Month | None = None,
    reason: str = "",
    deciding: Credit | None = None,
) -> Proposed:
    found = account(engagement, as_of=as_of)
    credits = {
        (credit.period, credit.service_level.key): credit
        for credit in Credit.objects.filter(contract=contract).select_related(
            "service_level", "record", "engagement__tenant"
        )
    }
    planned = plan(
        found.calculated,
        standing_of(credits.values()),
        first_month=found.first_month,
        sealed=found.seals,
        correcting=correcting,
    )
    writing = _Writing(found, engagement, credits, by, at, reason)
    entries = writing.write(planned)
    ask_for_answers(found, engagement, list(writing.credits.values()), entries, by=by, at=at, deciding=deciding)
    return Proposed(entries, planned.differences, found.charges_missing)


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
            earned_back=Decimal(0),
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


def link(
    engagement: Engagement,
    what: str,
    *,
    entries: Iterable[LedgerEntry] = (),
    charges: MonthlyCharges | None = None,
    about: dict[str, str] | None = None,
    by: Person | None,
    at: datetime,
) -> None:
    """One link of the chain for all that a service wrote, with what is said about it; none when nothing was written.
    The last statement of the service."""
    written = {f"charges {charges.month}": f"{charges.money} {charges.origin}"} if charges else {}
    for entry in entries:
        told = f"{entry.kind} {entry.money} {entry.reason}".strip()
        written[f"{entry.credit.record.number}/{entry.version}"] = told
    if written or about:
        after = (about or {}) | written
        records.seal(None, what=what, before={}, after=after, by=by, at=at, engagement_id=engagement.pk)
