"""Credits, the cap, and how each credit comes about."""

from zoneinfo import ZoneInfo

from django.utils.safestring import mark_safe

from governance.calc import messages
from governance.calc.facts import CreditFacts, PackFacts
from governance.calc.wording import NBSP, amount, bound, counted_of, day, listed, month_name, rounded
from mspgov.documents.charts import Bar, cap_chart
from mspgov.documents.palette import paper_colours

from .shapes import CreditRow, Derivation, Money, Step
from .sources import source

DERIVATIONS = 12
STATES = {"reserved": "accepted under reservation", "documented": "credit note matched"}


def credits_pages(facts: PackFacts) -> Money:
    """Credits, the cap, and how each comes about."""
    months = messages.quarter(facts)
    rows, before = [], ""
    for credit in facts.credits:
        rows.append(_credit_row(facts, credit, "" if credit.month == before else month_name(credit.month)))
        before = credit.month
    total = messages.credits_of(facts, months)
    before_cap = sum((one.before_cap for one in facts.quarter_months), start=total * 0)
    capped = [one for one in facts.quarter_months if one.cap is not None]
    largest = sorted(facts.credits, key=lambda credit: -credit.amount)[:DERIVATIONS]
    told = [credit for credit in facts.credits if credit in largest]
    left = len(facts.credits) - len(told)
    entries = [credit.entry for credit in facts.credits if credit.entry]
    return Money(
        heading=messages.credits_heading(facts),
        weight_head={"points": "Points", "at_risk": "Allocation"}.get(facts.contract.regime, ""),
        with_multiplier=facts.contract.regime == "at_risk",
        label_columns={"at_risk": 5, "points": 4}.get(facts.contract.regime, 3),
        currency=facts.currency,
        rows=tuple(rows),
        before_cap=amount(before_cap, facts.minor_units),
        total=amount(total, facts.minor_units),
        waived=waived_words(facts),
        chart=mark_safe(_cap_chart(facts)) if capped else None,  # noqa: S308  # charts escape their text
        caps=tuple((month_name(month), words) for month in months if (words := messages.cap_sentence(facts, month))),
        earned_back=earned_back(facts),
        derivations=tuple(_derivation(facts, credit) for credit in told),
        derivations_note=f"The derivation of {counted_of(left, 'smaller credits')} stands in the attached workbook."
        if left
        else "",
        source=source(
            facts,
            f"credit ledger, {listed((entries[0], entries[-1])) if len(entries) > 1 else entries[0] if entries else 'no entry'}",
        )
        + recomputing(facts),
    )


def waived_words(facts: PackFacts) -> str:
    """`without 3,827.27 waived`, beside the total; empty where nothing was."""
    waived = messages.waived_of(facts, messages.quarter(facts))
    return f"without {amount(waived, facts.minor_units)} waived" if waived else ""


def recomputing(facts: PackFacts) -> str:
    """How the credits can be computed again from what is attached, and when that needs more than one file."""
    if facts.contract.recomputes:
        return " Recompute: the attached terms.yaml with results.json gives the same cents."
    if facts.earlier_terms:
        return " The terms changed during the contract: earlier months stand under the attached earlier terms."
    return " The ledger holds decisions beyond the calculation, so that terms.yaml with results.json alone gives other cents."


def earned_back(facts: PackFacts) -> tuple[str, ...]:
    """What a contract year that ended in the quarter returns to the provider, a sentence each."""
    names = {level.key: level.name for level in facts.levels}
    return tuple(
        f"The contract year to {day(one.year_ends, year=True)} returns {messages.cash(facts, one.amount)} to {facts.provider} for "
        f"{names.get(one.service_level, one.service_level)}: over the year it reached what was expected."
        for one in facts.earn_backs
    )


def _credit_row(facts: PackFacts, credit: CreditFacts, month: str) -> CreditRow:
    weight = (
        str(credit.points)
        if credit.points is not None
        else ""
        if credit.allocation is None
        else f"{bound(credit.allocation)}{NBSP}%"
    )
    return CreditRow(
        month=month,
        level=messages.name_of(facts, credit),
        attainment=rounded(credit.attainment, 4),
        weight=weight,
        multiplier="" if credit.multiplier is None else f"×{NBSP}{bound(credit.multiplier)}",
        before_cap=amount(credit.before_cap, facts.minor_units),
        amount=amount(credit.amount, facts.minor_units),
        state=_standing(facts, credit),
    )


def _standing(facts: PackFacts, credit: CreditFacts) -> str:
    """Where a credit stood when the facts were frozen, and for how many days: `claimed, 12 days`."""
    if credit.since is None:
        return ""
    said, zone = STATES.get(credit.state, credit.state), ZoneInfo(facts.time_zone)
    days = (facts.frozen_at.astimezone(zone).date() - credit.since.astimezone(zone).date()).days
    return said if credit.state == "applied" or days < 1 else f"{said}, {counted_of(days, 'days')}"


def _cap_chart(facts: PackFacts) -> str:
    bars = []
    for one in facts.quarter_months:
        label = amount(one.credits, facts.minor_units)
        if one.cap is not None:
            label += f" of {amount(one.cap, facts.minor_units)}" + (", capped" if one.before_cap > one.cap else "")
        bars.append(
            Bar(month_name(one.month), float(one.credits), label, None if one.cap is None else float(one.cap), "")
        )
    return cap_chart(
        f"Credits and cap by month, {facts.currency}: " + "; ".join(f"{bar.month} {bar.amount_label}" for bar in bars),
        bars,
        paper_colours(),
    )


def _derivation(facts: PackFacts, credit: CreditFacts) -> Derivation:
    count = len(credit.steps)
    return Derivation(
        heading=f"How the credit of {month_name(credit.month)} for {messages.name_of(facts, credit)} comes about",
        steps=tuple(
            Step(
                number,
                step.label,
                ", ".join(part for part in (step.detail, step.clause) if part),
                step.value,
                number == count,
            )
            for number, step in enumerate(credit.steps, 1)
        ),
    )
