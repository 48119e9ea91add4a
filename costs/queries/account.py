"""The account of an engagement: its measured months under the terms of their time, and the credits that follow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.shortcuts import get_object_or_404

from contracts.calc.credits import Amendments, Credits, MonthCredits, credits
from contracts.calc.results import LevelResult, MonthResults, Results
from contracts.calc.terms import Terms
from contracts.models import Contract
from contracts.queries import TermsInForce, in_force_on, terms_history
from costs.calc.ledger import Place, Standing, year_of
from costs.models import Credit, MonthlyCharges
from itsm.models import MonthSeal, Result
from itsm.queries.results import current_results
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement


@dataclass(frozen=True)
class Charges:
    """What a month is charged, and by what row; `row` is None where it is by contract."""

    money: Money
    row: MonthlyCharges | None


@dataclass(frozen=True)
class Account:
    """All months of an engagement's contract that were measured when they were over, and what follows from them.
    `unfinished` months are over too, but some result of theirs was measured while they ran."""

    contract: Contract
    versions: Mapping[Month, TermsInForce]
    history: tuple[TermsInForce, ...]
    results: Results
    rows: Mapping[Place, Result]
    charges: Mapping[Month, Charges]
    seals: Mapping[Month, datetime]
    unfinished: tuple[Month, ...]
    calculated: Credits

    @property
    def terms(self) -> Terms:
        """Those of the latest month, of the contract's first version before any month is over."""
        return self.versions[self.months[-1]].terms if self.versions else self.history[0].terms

    @property
    def currency(self) -> str:
        return self.contract.currency

    @property
    def first_month(self) -> Month:
        return self.contract.first_month

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(month.month for month in self.results.months)

    @property
    def charges_missing(self) -> tuple[Month, ...]:
        return tuple(month for month in self.months if month not in self.charges)

    def month(self, month: Month) -> MonthCredits | None:
        """What was calculated for a month; None where it was not measured."""
        return next((found for found in self.calculated.months if found.month == month), None)

    def year_of(self, month: Month) -> tuple[Month, Month]:
        """The first and the last month of the contract year that holds a month."""
        return year_of(month, self.first_month)

    def recalculated(self, changed: Mapping[Place, LevelResult]) -> Credits:
        """The credits if some results were others."""
        months = tuple(
            MonthResults(
                month=given.month,
                charges=given.charges,
                results={key: changed.get((given.month, key), old) for key, old in given.results.items()},
            )
            for given in self.results.months
        )
        return credits(amendments(self.history, self.versions), Results(months))


def account(engagement: Engagement, *, as_of: datetime) -> Account:
    """Read the engagement's account. A month counts once it is over at `as_of` in the contract's zone, inside its term,
    and measured after its end or sealed; a sealed month stands under the terms of its seal, any other under those in
    force on its first day. Raises Http404 when there is no contract."""
    contract = get_object_or_404(Contract, engagement=engagement)
    history = tuple(terms_history(engagement))
    seals = seals_of(engagement)
    rows = latest_results(engagement, contract.first_month, contract.last_month)
    over = sorted({month for month, _ in rows if month.is_over(as_of, contract.time_zone)})
    by_version = {entry.version.pk: entry for entry in history}
    terms = {month: terms_of(month, history, by_version, rows if month in seals else {}) for month in over}
    months = [
        month for month in over if month in seals or is_finished(month, terms[month].terms, rows, contract.time_zone)
    ]
    versions = {month: terms[month] for month in months}
    charges = charges_of(contract, {month: entry.terms for month, entry in versions.items()})
    given = tuple(month_results(month, versions[month].terms, charges.get(month), rows) for month in months)
    results = Results(given)
    return Account(
        contract=contract,
        versions=versions,
        history=history,
        results=results,
        rows=rows,
        charges=charges,
        seals=seals,
        unfinished=tuple(month for month in over if month not in versions),
        calculated=credits(amendments(history, versions), results),
    )


def amendments(history: tuple[TermsInForce, ...], versions: Mapping[Month, TermsInForce]) -> Amendments:
    """The calculator's terms by month: the contract's first ones, then each month's own."""
    first = history[0].terms
    start = (first.contract.first_month, first)
    return [start, *((month, entry.terms) for month, entry in sorted(versions.items(), key=lambda item: item[0]))]


def terms_of(
    month: Month,
    history: tuple[TermsInForce, ...],
    by_version: Mapping[int, TermsInForce],
    sealed_rows: Mapping[Place, Result],
) -> TermsInForce:
    """The terms that a month stands under."""
    sealed = {row.terms_version_id for (of, _), row in sealed_rows.items() if of == month}
    if sealed:
        return by_version[max(sealed)]
    return in_force_on(list(history), month.first_day)


def is_finished(month: Month, terms: Terms, rows: Mapping[Place, Result], zone: str) -> bool:
    """Was each result of the month measured when the month was over in the zone?"""
    found = [rows[month, level.key] for level in terms.service_levels if (month, level.key) in rows]
    return all(month.is_over(row.as_of, zone) for row in found)


def month_results(month: Month, terms: Terms, charges: Charges | None, rows: Mapping[Place, Result]) -> MonthResults:
    keys = [level.key for level in terms.service_levels if (month, level.key) in rows]
    return MonthResults(
        month=month,
        charges=charges.money if charges else None,
        results={key: level_result(rows[month, key]) for key in keys},
    )


def level_result(row: Result) -> LevelResult:
    """A stored result as the calculator takes it: the reported value, or counts (none counted is no measurement)."""
    if row.reported is not None:
        return LevelResult(value=Decimal(row.reported.value))
    return LevelResult(met=row.met, total=row.total)


def latest_results(engagement: Engagement, first: Month, last: Month) -> dict[Place, Result]:
    """The version in force of each service level's month, from the first month to the last."""
    rows = current_results(engagement, first, last)
    return {(Month(row.month), row.service_level.key): row for row in rows.values()}


def seals_of(engagement: Engagement) -> dict[Month, datetime]:
    rows = MonthSeal.objects.filter(engagement=engagement).values_list("month", "at")
    return {Month(month): at for month, at in rows}


def charges_of(contract: Contract, terms: Mapping[Month, Terms]) -> dict[Month, Charges]:
    """What each of these months is charged: what was set latest, else what its terms say; left out where neither does."""
    found = {
        month: Charges(promised.contract.monthly_charges, None)
        for month, promised in terms.items()
        if promised.contract.monthly_charges is not None
    }
    return found | latest_charges(contract, terms)


def latest_charges(contract: Contract, months: Iterable[Month]) -> dict[Month, Charges]:
    rows = (
        MonthlyCharges.objects.filter(contract=contract, month__in=[str(month) for month in months])
        .select_related("by")
        .order_by("month", "-pk")
        .distinct("month")
    )
    return {Month(row.month): Charges(row.money, row) for row in rows}


def standing_of(credits_: Iterable[Credit]) -> dict[Place, Standing]:
    """What the ledger says of these credits, their service levels joined."""
    return {
        (credit.period, credit.service_level.key): Standing(
            credit.money, credit.money_earned_back, credit.row, credit.derivation
        )
        for credit in credits_
    }
