"""The credits of an engagement together: by state with totals, months against the cap, the contract year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from contracts.calc.credits import MonthCredits
from costs.calc.ageing import StageLine, ageing
from costs.calc.totals import stands
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import shown
from mspgov.tenancy.models import Engagement

from .account import Account, account
from .credits import (  # fmt: skip
    GROUPS,
    NOTHING_LEFT,
    CreditLine,
    credit_line,
    credits_of,
    earned,
    of_group,
    owed_back_of,
    summed,
    total,
)
from .review import ages_of

TWELVE: Final = 12


@dataclass(frozen=True)
class Group:
    """Credits of one state with their sum, in the currency of the contract."""

    key: str
    label: str
    amount: Money
    lines: tuple[CreditLine, ...]

    @property
    def count(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class MonthBar:
    """A month against its cap: what is credited, how much of it is disputed, and what beside it was waived. `cap` and
    `charges` are None where there are none."""

    month: Month
    amount: Money
    disputed: Money
    waived: Money
    before_cap: Money
    cap: Money | None
    capped: bool
    charges: Money | None
    sealed_at: datetime | None
    ramp_up: bool


@dataclass(frozen=True)
class ContractYear:
    """A contract year so far: what was earned in it and not waived, how much of that is merely proposed or disputed, what
    was at risk in its measured months (None without a cap) and which service levels would earn their credits back at
    today's means, on `earn_back_on` (None when the terms have none)."""

    number: int
    first: Month
    last: Month
    amount: Money
    proposed: Money
    disputed: Money
    waived: Money
    at_risk: Money | None
    earn_back_on: date | None
    earning_back: tuple[str, ...]

    @property
    def share(self) -> Decimal | None:
        """Credits in percent of what was at risk, one decimal; None when nothing was."""
        if not self.at_risk:
            return None
        return Decimal(shown(Fraction(100 * self.amount.units, self.at_risk.units), 1))


@dataclass(frozen=True)
class CreditsView:
    """The credits of an engagement: groups that have some, most pressing first, months against the cap, the contract
    year. `without_credit` counts service levels that earned none in the year."""

    currency: str
    groups: tuple[Group, ...]
    bars: tuple[MonthBar, ...]
    year: ContractYear | None
    without_credit: int
    ramp_up_until: date | None
    charges_missing: tuple[Month, ...]
    ageing: tuple[StageLine, ...] = ()

    @property
    def sentence(self) -> str:
        """`EUR 4,210.00 disputed, EUR 3,157.50 proposed, EUR 8,841.00 due.`"""
        told = [f"{g.amount} {g.label.lower()}" for g in self.groups if g.key in {"disputed", "proposed", "due"}]
        told += [f"{self.owed_back} owed back"] if self.owing else []
        return f"{', '.join(told)}." if told else "No credit is open."

    @property
    def owing(self) -> tuple[CreditLine, ...]:
        """Credits of which something is owed back to the provider."""
        return tuple(line for group in self.groups for line in group.lines if line.owed_back)

    @property
    def owed_back(self) -> Money:
        """What corrections took off credits after their claims were noted."""
        return owed_back_of(self.owing, self.currency)

    def total(self, key: str) -> Money:
        """The sum of a group; zero when it has none."""
        return next((group.amount for group in self.groups if group.key == key), Money.zero(self.currency))


def credits_view(engagement: Engagement, *, as_of: datetime) -> CreditsView:
    """Everything on an engagement's page of credits. Raises Http404 when it has no contract."""
    judged = account(engagement, as_of=as_of)
    rows = list(credits_of(engagement))
    lines = [credit_line(credit, as_of) for credit in rows]
    latest = judged.months[-1] if judged.months else None
    year = contract_year(judged, lines, latest) if latest else None
    regime = judged.terms.credit_regime
    in_year = {line.service_level for line in lines if year and year.first <= line.month and line.amount}
    return CreditsView(
        currency=judged.currency,
        groups=grouped(lines, judged.currency),
        bars=month_bars(judged, lines),
        year=year,
        without_credit=len([level for level in judged.terms.service_levels if level.key not in in_year]),
        ramp_up_until=regime.ramp_up_until if regime else None,
        charges_missing=judged.charges_missing,
        ageing=ageing(
            ((ages_of(row), row.balance) for row in rows if row.balance and stands(row.state)),
            as_of, judged.contract.time_zone, judged.currency,
        ),
    )  # fmt: skip


def grouped(lines: Sequence[CreditLine], currency: str) -> tuple[Group, ...]:
    """The groups that have credits, disputed first."""
    labels = {key: label for key, (label, _) in GROUPS.items()} | {NOTHING_LEFT: "Nothing left"}
    found = [(key, label, tuple(line for line in lines if line.group == key)) for key, label in labels.items()]
    return tuple(Group(key, label, summed(inside, currency), inside) for key, label, inside in found if inside)


def month_bars(judged: Account, lines: Sequence[CreditLine], months: int = TWELVE) -> tuple[MonthBar, ...]:
    """The latest measured months that are over, in order."""
    return tuple(month_bar(judged, found, lines) for found in judged.calculated.months[-months:])


def month_bar(judged: Account, found: MonthCredits, lines: Sequence[CreditLine]) -> MonthBar:
    """A month as the ledger has it, its cap as calculated from its charges."""
    inside = [line for line in lines if line.month == found.month]
    charges, together = judged.charges.get(found.month), total(inside, judged.currency)
    return MonthBar(
        month=found.month,
        amount=together.stands,
        disputed=summed(of_group(inside, "disputed"), judged.currency),
        waived=together.waived,
        before_cap=Money.of_units(sum(line.before_cap.units for line in inside), judged.currency),
        cap=found.cap,
        capped=any(line.capped for line in earned(inside)),
        charges=charges.money if charges else None,
        sealed_at=judged.seals.get(found.month),
        ramp_up=found.ramp_up,
    )


def contract_year(judged: Account, lines: Sequence[CreditLine], latest: Month) -> ContractYear:
    """The contract year that holds a month, up to it."""
    first, last = judged.year_of(latest)
    months = [found for found in judged.calculated.months if first <= found.month <= latest]
    caps = [found.cap for found in months if found.cap is not None]
    regime = judged.terms.credit_regime
    inside = [line for line in lines if first <= line.month <= latest]
    earn_back, together = regime.earn_back if regime else None, total(inside, judged.currency)
    credited = {line.service_level: line.service_level_name for line in earned(inside) if line.amount}
    return ContractYear(
        number=(latest - judged.first_month) // TWELVE + 1,
        first=first,
        last=last,
        amount=together.stands,
        proposed=summed(of_group(inside, "proposed"), judged.currency),
        disputed=summed(of_group(inside, "disputed"), judged.currency),
        waived=together.waived,
        at_risk=Money.of_units(sum(cap.units for cap in caps), judged.currency) if caps else None,
        earn_back_on=last.last_day if earn_back else None,
        earning_back=tuple(credited[key] for key in earning_back(judged, months) if key in credited)
        if earn_back
        else (),
    )


def earning_back(judged: Account, months: Sequence[MonthCredits]) -> list[str]:
    """The service levels whose mean attainment over these months is at least expected."""
    found = []
    for level in judged.terms.service_levels:
        measured = [row.attainment for month in months for row in month.credits if row.service_level == level.key]
        if measured and sum(measured, Fraction(0)) / len(measured) >= Fraction(level.expected):
            found.append(level.key)
    return found
