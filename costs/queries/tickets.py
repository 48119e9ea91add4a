"""What one late ticket cost: ticket, month, service level, credit, and the credit if it had been in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from contracts.calc.credits import Credits, MonthCredits
from contracts.calc.results import LevelResult
from costs.calc.ledger import Place
from costs.models import Credit
from itsm.models import Outcome, Ticket
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import shown

from .account import Account, account


@dataclass(frozen=True)
class TicketCost:
    """A late outcome and its month. `attainment`, `amount` and `month_total` as they are, `…_without` if this ticket had
    been in time; `difference` over all months, since one miss can lengthen a run of defaults. `credit_id` and `credit`
    (its number) are empty where there is none; amounts are None while the month is not over."""

    service_level: str
    service_level_name: str
    month: Month
    attainment: Decimal | None
    attainment_without: Decimal | None
    credit: str
    credit_id: str
    clause: str
    amount: Money | None
    amount_without: Money | None
    month_total: Money | None
    month_total_without: Money | None
    difference: Money | None


@dataclass(frozen=True)
class TicketCosts:
    """All late outcomes of a ticket, in order of month and service level, and what they cost together; `together` is
    None when no month of them is over."""

    lines: tuple[TicketCost, ...]
    together: Money | None


def ticket_costs(ticket: Ticket, *, as_of: datetime) -> TicketCosts:
    """What the ticket's misses cost, as its account stands. Raises Http404 when the engagement has no contract."""
    judged = account(ticket.engagement, as_of=as_of)
    by_result = {row.pk: place for place, row in judged.rows.items()}
    late = Outcome.objects.filter(ticket=ticket, met=False, excluded_for="", result_id__in=list(by_result))
    places = sorted({by_result[outcome.result_id] for outcome in late})
    spared = {place: spare(judged, place) for place in places if place[0] in judged.months}
    numbers = {
        (credit.period, credit.service_level.key): credit
        for credit in Credit.objects.filter(engagement=ticket.engagement).select_related("record", "service_level")
    }
    lines = tuple(cost_line(judged, place, spared.get(place), numbers) for place in places)
    together = judged.recalculated(spared) if spared else None
    return TicketCosts(lines, None if together is None else total(judged.calculated) - total(together))


def spare(judged: Account, place: Place) -> LevelResult:
    """The result of a month with one miss less."""
    row = judged.rows[place]
    return LevelResult(met=min(row.met + 1, row.total), total=row.total)


def cost_line(judged: Account, place: Place, spared: LevelResult | None, credits: Mapping[Place, Credit]) -> TicketCost:
    month, level = place
    row, credit = judged.rows[place], credits.get(place)
    terms = judged.versions[month].terms if month in judged.versions else judged.terms
    promised = next((found for found in terms.service_levels if found.key == level), None)
    without = judged.recalculated({place: spared}) if spared else None
    now, then = judged.month(month), of_month(without, month)
    return TicketCost(
        service_level=level,
        service_level_name=row.service_level.name,
        month=month,
        attainment=row.attainment,
        attainment_without=None if spared is None or spared.attainment is None else Decimal(shown(spared.attainment)),
        credit=credit.record.number if credit else "",
        credit_id=str(credit.public_id) if credit else "",
        clause=promised.clause if promised else "",
        amount=amount_of(now, level),
        amount_without=amount_of(then, level),
        month_total=now.total if now else None,
        month_total_without=then.total if then else None,
        difference=total(judged.calculated) - total(without) if without else None,
    )


def of_month(credits: Credits | None, month: Month) -> MonthCredits | None:
    return next((found for found in credits.months if found.month == month), None) if credits else None


def amount_of(month: MonthCredits | None, level: str) -> Money | None:
    """A service level's credit in a month; zero when it earned none, None when there is no such month."""
    if month is None:
        return None
    nothing = Money.zero(month.total.currency)
    return next((row.amount for row in month.credits if row.service_level == level), nothing)


def total(credits: Credits) -> Money:
    """All credits less what was earned back."""
    units = sum(month.total.units for month in credits.months) - sum(e.amount.units for e in credits.earn_backs)
    return Money.of_units(units, credits.months[0].total.currency)
