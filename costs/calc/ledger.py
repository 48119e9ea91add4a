"""From what the ledger says and what the calculator says to the entries that are missing.

An entry is written only where an amount is another than before; sealed months keep theirs and only tell what would
differ. What a contract year earns back is entered per credit, below zero, beside the credit's own chain of amounts.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from contracts.calc.credits import CreditRow, Credits, EarnedBack
from contracts.calc.derivation import Step
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month

PROPOSAL: Final = "proposal"
CORRECTION: Final = "correction"
EARN_BACK: Final = "earn_back"
YEAR: Final = 12

Place = tuple[Month, str]
"""A month and the key of a service level."""

NOT_MEASURED: Final = (Step("Attainment", "not measured", "no credit"),)
NOT_EARNED: Final = (Step("Earn-back", "the contract year no longer earns it", "nothing returned"),)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger says of one credit: its amount, and what of it was earned back (zero or more)."""

    amount: Money
    earned_back: Money
    row: Mapping[str, Any] = field(default_factory=dict)
    derivation: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to write. `amount` is the credit's new amount, or for an earn-back zero or less."""

    kind: str
    month: Month
    service_level: str
    amount: Money
    row: Mapping[str, Any]
    steps: tuple[Step, ...]
    year_ends: date | None = None

    @property
    def place(self) -> Place:
        return self.month, self.service_level

    @property
    def derivation(self) -> list[dict[str, Any]]:
        return [step.document() for step in self.steps]


@dataclass(frozen=True, slots=True)
class Difference:
    """A sealed amount that today's results, charges or terms would make another."""

    month: Month
    service_level: str
    sealed: Money
    now: Money

    def __str__(self) -> str:
        return f"{self.month} {self.service_level}: sealed at {self.sealed}, would now be {self.now}"


@dataclass(frozen=True, slots=True)
class Plan:
    """`entries` to write, `restated` credits whose amount stays while its row or reasons changed, and differences."""

    entries: tuple[NewEntry, ...]
    restated: tuple[NewEntry, ...]
    differences: tuple[Difference, ...]


def plan(
    calculated: Credits,
    standing: Mapping[Place, Standing],
    *,
    first_month: Month,
    sealed: Collection[Month] = (),
    correcting: Month | None = None,
) -> Plan:
    """What must be written so that the ledger says what was calculated.

    `sealed` months are left alone, except the one being corrected. Months that have a standing credit and were not
    calculated count as not measured. `first_month` is the contract's: its years begin there.
    """
    open_to_change = _Open(first_month, frozenset(sealed), correcting)
    entries: list[NewEntry] = []
    restated: list[NewEntry] = []
    differences: list[Difference] = []
    amounts = {place: stands.amount for place, stands in standing.items()}
    for wanted in _wanted(calculated, standing):
        stands = standing.get(wanted.place)
        before = stands.amount if stands else Money.zero(wanted.amount.currency)
        if not open_to_change.month(wanted.month):
            if before != wanted.amount:
                differences.append(Difference(wanted.month, wanted.service_level, before, wanted.amount))
            continue
        amounts[wanted.place] = wanted.amount
        if before != wanted.amount:
            kind = CORRECTION if wanted.month == correcting else PROPOSAL
            entries.append(_of_kind(wanted, kind))
        elif stands and (stands.row != wanted.row or list(stands.derivation) != wanted.derivation):
            restated.append(wanted)
    returned, unreturned = _earn_backs(calculated.earn_backs, standing, amounts, open_to_change)
    return Plan((*entries, *returned), tuple(restated), (*differences, *unreturned))


@dataclass(frozen=True, slots=True)
class _Open:
    first_month: Month
    sealed: frozenset[Month]
    correcting: Month | None

    def month(self, month: Month) -> bool:
        return month == self.correcting or month not in self.sealed

    def year(self, month: Month) -> bool:
        """A year's earn-back stands once its last month is sealed, until a month of the year is corrected."""
        last = self.last_of_year(month)
        corrected = self.correcting is not None and last == self.last_of_year(self.correcting)
        return corrected or last not in self.sealed

    def last_of_year(self, month: Month) -> Month:
        return year_of(month, self.first_month)[1]


def _of_kind(entry: NewEntry, kind: str) -> NewEntry:
    return NewEntry(
        kind=kind,
        month=entry.month,
        service_level=entry.service_level,
        amount=entry.amount,
        row=entry.row,
        steps=entry.steps,
    )


def _wanted(calculated: Credits, standing: Mapping[Place, Standing]) -> Iterator[NewEntry]:
    """One for each row that earns something or has a credit already, in order; then the credits without a row."""
    found = set()
    for month in calculated.months:
        for row in month.credits:
            place = (month.month, row.service_level)
            if row.amount or place in standing:
                found.add(place)
                yield _entry(month.month, row)
    for month_, level in sorted(set(standing) - found):
        nothing = Money.zero(standing[month_, level].amount.currency)
        nobody = {"service_level": level, "attainment": None, "default": False}
        yield NewEntry(kind=PROPOSAL, month=month_, service_level=level, amount=nothing, row=nobody, steps=NOT_MEASURED)


def _entry(month: Month, row: CreditRow) -> NewEntry:
    return NewEntry(
        kind=PROPOSAL,
        month=month,
        service_level=row.service_level,
        amount=row.amount,
        row=row.document(),
        steps=row.derivation,
    )


def _earn_backs(
    earned: Sequence[EarnedBack], standing: Mapping[Place, Standing], amounts: Mapping[Place, Money], opened: _Open
) -> tuple[list[NewEntry], list[Difference]]:
    """Each credit of a year that earned back returns whole; one that no longer does returns to its amount."""
    entries, differences = [], []
    years = {(Month.of(year.year_ends), year.service_level): year for year in earned}
    for (month, level), amount in sorted(amounts.items(), key=lambda item: item[0]):
        year = years.get((opened.last_of_year(month), level))
        nothing = Money.zero(amount.currency)
        stands = standing.get((month, level))
        before = stands.earned_back if stands else nothing
        now = amount if year else nothing
        if before == now:
            continue
        if not opened.year(month):
            differences.append(Difference(month, level, nothing - before, nothing - now))
            continue
        entries.append(
            NewEntry(
                kind=EARN_BACK,
                month=month,
                service_level=level,
                amount=nothing - now,
                row=year.document() if year else {},
                steps=year.derivation if year else NOT_EARNED,
                year_ends=opened.last_of_year(month).last_day,
            )
        )
    return entries, differences


def year_of(month: Month, first_month: Month) -> tuple[Month, Month]:
    """The first and the last month of the contract year that holds a month."""
    first = first_month + (month - first_month) // YEAR * YEAR
    return first, first + (YEAR - 1)


__all__ = [
    "CORRECTION",
    "EARN_BACK",
    "PROPOSAL",
    "Difference",
    "NewEntry",
    "Place",
    "Plan",
    "Standing",
    "plan",
    "year_of",
]
