"""Service credits: the terms of a contract and the results of its months give credits, each with its derivation.

The rules are those of interfaces.md, section 2; numbers in docstrings are theirs. Everything is exact: attainments
and percents are fractions, amounts whole minor units, rounded half up once where a rule says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from mspgov.kernel.money import Money, split_units
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import half_up, plain, shown

from .derivation import Step, credit_steps, earn_back_steps
from .judgement import Judged, Sheet, judge
from .results import MonthResults, Results
from .terms import AtRisk, Points, Regime, Terms, Tiers

RULES_VERSION: Final = "1"
"""Changes when the same terms and results would give other credits."""

YEAR: Final = 12

Amendments = Sequence[tuple[Month, Terms]]
"""Terms by the month from which they are in force, in that order; the first are those of the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditRow:
    """A measured month of a service level: `amount` is the credit, `before_cap` what it was before the cap."""

    service_level: str
    attainment: Fraction
    default: bool
    forgiven: bool
    missed: bool
    cause: str | None
    consecutive: int
    multiplier: Decimal | None
    points: int | None
    before_cap: Money
    amount: Money
    derivation: tuple[Step, ...]

    def document(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "service_level": self.service_level,
            "attainment": shown(self.attainment),
            "default": self.default,
        }
        if not self.default:
            return row
        row |= {"cause": self.cause, "consecutive": self.consecutive}
        if self.multiplier is not None:
            row["multiplier"] = plain(self.multiplier)
        if self.points is not None:
            row["points"] = self.points
        return row | {"amount": self.amount.text, "before_cap": self.before_cap.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCredits:
    """The credits of a month; `cap` is None where there is none, or no charges to take it of."""

    month: Month
    credits: tuple[CreditRow, ...]
    total: Money
    capped: bool
    cap: Money | None
    charges: Money | None
    ramp_up: bool

    def document(self) -> dict[str, Any]:
        document = {
            "month": str(self.month),
            "credits": [row.document() for row in self.credits],
            "total": self.total.text,
            "capped": self.capped,
        }
        return document if self.charges is not None else document | {"charges_missing": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedBack:
    """The credits of a contract year that return to the provider."""

    year_ends: date
    service_level: str
    amount: Money
    mean: Fraction
    derivation: tuple[Step, ...]

    def document(self) -> dict[str, Any]:
        return {
            "year_ends": self.year_ends.isoformat(),
            "service_level": self.service_level,
            "amount": self.amount.text,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """All credits of a contract's months."""

    months: tuple[MonthCredits, ...]
    earn_backs: tuple[EarnedBack, ...]
    rules_version: str = RULES_VERSION

    def document(self) -> dict[str, Any]:
        """What `manage.py credits` prints."""
        return {
            "months": [month.document() for month in self.months],
            "earn_backs": [earned.document() for earned in self.earn_backs],
        }


@dataclass(frozen=True, slots=True)
class Charged:
    """What rule 4 works with: a month, its terms, and who was judged how."""

    terms: Terms
    given: MonthResults
    judged: tuple[Judged, ...]

    @property
    def month(self) -> Month:
        return self.given.month

    @property
    def regime(self) -> Regime | None:
        return self.terms.credit_regime

    @property
    def earns(self) -> bool:
        """Can this month earn a credit at all? Not without charges, and not during ramp-up (rule 5)."""
        return self.regime is not None and self.given.charges is not None and not self.regime.is_ramp_up(self.month)

    @property
    def points(self) -> int:
        return sum(judged.points or 0 for judged in self.judged)


def credits(terms: Terms | Amendments, results: Results) -> Credits:
    """The credits of these months, in order. With amendments each month is judged by the terms in force on its first
    day, and misses and runs of a service level go on across them, by its key."""
    versions = [(terms.contract.first_month, terms)] if isinstance(terms, Terms) else list(terms)
    sheets: dict[tuple[bool, str], Sheet] = {}
    months = []
    for given in sorted(results.months, key=lambda month: month.month):
        in_force = terms_in_force(versions, given.month)
        charged = Charged(in_force, given, judge_month(in_force, given, sheets))
        months.append(credits_of_month(charged))
    return Credits(months=tuple(months), earn_backs=tuple(earn_backs(versions, months)))


def terms_in_force(versions: Amendments, month: Month) -> Terms:
    """The latest terms whose first month is not after this one; before all of them, the first."""
    return [terms for effective, terms in versions if effective <= month or effective == versions[0][0]][-1]


def judge_month(terms: Terms, given: MonthResults, sheets: dict[tuple[bool, str], Sheet]) -> tuple[Judged, ...]:
    """Rules 1 to 3 for each measured level. A ramp-up that does not count has sheets of its own, so that the first
    month after it begins with clean ones (rule 5)."""
    regime = terms.credit_regime
    apart = regime is not None and regime.is_ramp_up(given.month) and not regime.ramp_up_counts
    judged = (
        judge(level, regime, given.month, given.results.get(level.key), sheets.setdefault((apart, level.key), Sheet()))
        for level in terms.service_levels
    )
    return tuple(one for one in judged if one is not None)


def credits_of_month(charged: Charged) -> MonthCredits:
    """Rules 4 to 6: amounts, none during ramp-up, at most the cap."""
    currency = charged.terms.contract.currency
    before = earned_units(charged) if charged.earns else [0] * len(charged.judged)
    cap = cap_units(charged)
    capped = cap is not None and sum(before) > cap
    after = split_units(cap, before) if cap is not None and capped else before
    rows = [
        _row(charged, judged, Money.of_units(earned, currency), Money.of_units(due, currency))
        for judged, earned, due in zip(charged.judged, before, after, strict=True)
    ]
    credit_month = MonthCredits(
        month=charged.month,
        credits=tuple(rows),
        total=Money.of_units(sum(after), currency),
        capped=capped,
        cap=None if cap is None else Money.of_units(cap, currency),
        charges=charged.given.charges,
        ramp_up=charged.regime is not None and charged.regime.is_ramp_up(charged.month),
    )
    return replace(credit_month, credits=tuple(_with_steps(charged, credit_month)))


def earned_units(charged: Charged) -> list[int]:
    """Rule 4: minor units per judged level, before ramp-up and cap."""
    regime, given = charged.regime, charged.given
    assert given.charges is not None
    if isinstance(regime, Points):
        return _shared_by_points(regime, charged, given.charges.units)
    if isinstance(regime, Tiers):
        own = given.charges_by_service_level
        return [
            half_up(own.get(j.level.key, given.charges).units * Fraction(j.tier.percent) / 100) if j.tier else 0
            for j in charged.judged
        ]
    if isinstance(regime, AtRisk):
        at_risk = given.charges.units * Fraction(regime.at_risk_percent) / 100
        return [
            half_up(at_risk * Fraction(allocation_of(regime, j)) / 100 * Fraction(multiplier_of(regime, j)))
            if j.default
            else 0
            for j in charged.judged
        ]
    return [0] * len(charged.judged)


def _shared_by_points(regime: Points, charged: Charged, charges_units: int) -> list[int]:
    weights = [judged.points or 0 for judged in charged.judged]
    reached = [row.percent for row in regime.schedule if row.points <= charged.points]
    if not reached or not charged.points:
        return [0] * len(weights)
    return split_units(half_up(charges_units * Fraction(reached[-1]) / 100), weights)


def allocation_of(regime: AtRisk, judged: Judged) -> Decimal:
    return regime.allocations.get(judged.level.key, Decimal(0))


def multiplier_of(regime: AtRisk, judged: Judged) -> Decimal:
    """By the length of the run of defaults; its last step holds for all longer runs."""
    return regime.continued[min(judged.consecutive, len(regime.continued)) - 1]


def cap_units(charged: Charged) -> int | None:
    """Rule 6: the most that a month's credits may be, in minor units; None without a cap or without charges."""
    percent = charged.regime.monthly_cap_percent if charged.regime is not None else None
    if percent is None or charged.given.charges is None:
        return None
    return half_up(charged.given.charges.units * Fraction(percent) / 100)


def _row(charged: Charged, judged: Judged, before_cap: Money, amount: Money) -> CreditRow:
    regime = charged.regime
    return CreditRow(
        service_level=judged.level.key,
        attainment=judged.attainment,
        default=judged.default,
        forgiven=judged.forgiven,
        missed=judged.missed,
        cause=judged.cause,
        consecutive=judged.consecutive,
        multiplier=multiplier_of(regime, judged) if isinstance(regime, AtRisk) and judged.default else None,
        points=judged.points,
        before_cap=before_cap,
        amount=amount,
        derivation=(),
    )


def _with_steps(charged: Charged, credit_month: MonthCredits) -> list[CreditRow]:
    before = sum((row.before_cap.units for row in credit_month.credits), 0)
    month_before_cap = Money.of_units(before, charged.terms.contract.currency)
    return [
        replace(
            row,
            derivation=credit_steps(
                terms=charged.terms,
                given=charged.given,
                judged=judged,
                multiplier=row.multiplier,
                month_points=charged.points,
                before_cap=row.before_cap,
                amount=row.amount,
                month_before_cap=month_before_cap,
                cap=credit_month.cap,
            ),
        )
        for judged, row in zip(charged.judged, credit_month.credits, strict=True)
    ]


def earn_backs(versions: Amendments, months: Sequence[MonthCredits]) -> list[EarnedBack]:
    """Rule 7, by full contract years: by the terms in force in the year's last month."""
    by_month = {month.month: month for month in months}
    contract = versions[0][1].contract
    found = []
    first = contract.first_month
    while by_month and (last := first + (YEAR - 1)) <= max(by_month):
        year = [by_month[month] for month in (first + i for i in range(YEAR)) if month in by_month]
        terms = terms_in_force(versions, last)
        regime = terms.credit_regime
        inside = last <= terms.contract.last_month
        if len(year) == YEAR and inside and regime is not None and regime.earn_back is not None:
            found += _year_earned_back(terms, year, last)
        first = first + YEAR
    return found


def _year_earned_back(terms: Terms, year: Sequence[MonthCredits], last: Month) -> list[EarnedBack]:
    found = []
    for level in terms.service_levels:
        rows: Mapping[Month, CreditRow] = {
            month.month: row for month in year for row in month.credits if row.service_level == level.key
        }
        amount = Money.of_units(sum(row.amount.units for row in rows.values()), terms.contract.currency)
        if not amount:
            continue
        mean = sum((row.attainment for row in rows.values()), Fraction(0)) / len(rows)
        if mean >= Fraction(level.expected):
            steps = earn_back_steps(terms, level, mean, {month: row.amount for month, row in rows.items()}, amount)
            found.append(
                EarnedBack(year_ends=last.last_day, service_level=level.key, amount=amount, mean=mean, derivation=steps)
            )
    return found


__all__ = [
    "RULES_VERSION",
    "CreditRow",
    "Credits",
    "EarnedBack",
    "MonthCredits",
    "Step",
    "credits",
    "terms_in_force",
]
