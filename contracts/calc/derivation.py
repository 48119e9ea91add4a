"""How a credit comes about, step by step, in words that can be recomputed by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import plain, shown

from .judgement import Judged
from .results import MonthResults
from .terms import AtRisk, LowVolume, Points, Regime, ServiceLevelTerms, Terms, Tiers

ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is looked at (`label`), what was found (`detail`), what came out (`value`), the clause behind it
    (may be empty) and a further remark (`note`, may be empty). Amounts are text with their currency."""

    label: str
    detail: str
    value: str
    clause: str = ""
    note: str = ""

    def document(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "detail": self.detail,
            "value": self.value,
            "clause": self.clause,
            "note": self.note,
        }


def credit_steps(
    *,
    terms: Terms,
    given: MonthResults,
    judged: Judged,
    multiplier: Decimal | None,
    month_points: int,
    before_cap: Money,
    amount: Money,
    month_before_cap: Money,
    cap: Money | None,
) -> tuple[Step, ...]:
    """The steps of one row; a row that is no default ends with the second."""
    regime = terms.credit_regime
    steps = [_attainment(judged), _default(judged, regime)]
    if regime is None or not judged.default:
        return tuple(steps)
    if isinstance(regime, AtRisk):
        steps += _at_risk(regime, given, judged, multiplier or Decimal(1), before_cap)
    elif isinstance(regime, Tiers):
        steps += _tier(regime, given, judged, before_cap)
    elif isinstance(regime, Points):
        steps += _points(regime, given, judged, month_points, month_before_cap, before_cap)
    if regime.is_ramp_up(given.month):
        until = f"{given.month.name} ends on or before {regime.ramp_up_until}"
        steps.append(Step("Ramp-up", until, "no credit", regime.clause_for("ramp_up")))
    if cap is not None:
        steps.append(_cap(regime, amount, month_before_cap, cap))
    return (*steps, Step("Credit", "", str(amount)))


def earn_back_steps(
    terms: Terms, level: ServiceLevelTerms, mean: Fraction, amounts: Mapping[Month, Money], amount: Money
) -> tuple[Step, ...]:
    """The steps by which the credits of a contract year return."""
    regime = terms.credit_regime
    clause = "" if regime is None else regime.clause_for("earn_back")
    credited = ", ".join(f"{month.name} {money.grouped}" for month, money in amounts.items() if money)
    months = f"{len(amounts)} measured month{'' if len(amounts) == 1 else 's'}"
    return (
        Step("Mean", f"of {months}", f"{shown(mean)} %", clause),
        Step("Earn-back", f"at least expected {plain(level.expected)} %", "yes", clause),
        Step("Credits of the year", credited, str(amount)),
        Step("Returned", "", str(amount)),
    )


def _attainment(judged: Judged) -> Step:
    result, level = judged.result, judged.level
    if result.total is None:
        return Step("Attainment", "given as a percentage", f"{shown(judged.attainment)} %", level.clause)
    reached, failed = ("in time", "late") if level.is_clocked else ("met", "failed")
    detail = f"{result.met} of {result.total} {reached}"
    return Step("Attainment", detail, f"{shown(judged.attainment)} %", level.clause, f"{result.failures} {failed}")


def _default(judged: Judged, regime: Regime | None) -> Step:
    low = _low_volume(judged)
    if regime is None:
        return Step("Default", "no credit regime agreed", "no")
    if judged.forgiven:
        return Step("Default", "forgiven by the low-volume rule", "no", regime.clause_for("low_volume"), low)
    return Step("Default", *_why(judged, regime), note=_joined(*_misses(judged, regime), low))


def _why(judged: Judged, regime: Regime) -> tuple[str, str, str]:
    """(detail, yes or no, clause)."""
    level = judged.level
    expected = f"expected {plain(level.expected)} %"
    if judged.cause == "below_minimum" and level.minimum is not None:
        return f"below minimum {plain(level.minimum)} %", "yes", regime.clause_for("below_minimum")
    if judged.cause == "repeated_miss" and isinstance(regime, AtRisk) and regime.below_expected is not None:
        window = regime.below_expected.in_months
        detail = f"below {expected}, {ordinal(len(judged.misses))} miss within {_months(window)}"
        return detail, "yes", regime.clause_for("below_expected")
    if judged.tier is not None:
        return f"below {plain(judged.tier.below)} %", "yes", regime.clause_for("tiers")
    if judged.cause == "points":
        return f"below {expected}", "yes", regime.clause_for("points")
    if judged.missed:
        return f"below {expected}, not a default by itself", "no", regime.clause_for("below_expected")
    return f"meets {expected}", "no", ""


def _misses(judged: Judged, regime: Regime) -> Iterator[str]:
    if isinstance(regime, AtRisk) and regime.below_expected is not None and judged.missed:
        repeated = regime.below_expected
        earlier = [month.name for month in judged.misses[:-1]]
        yield (
            f"below expected before in {listing(earlier)}"
            if earlier
            else f"no other month below expected within {_months(repeated.in_months)}"
        )
        if judged.cause != "below_minimum":
            yield f"a default from the {ordinal(repeated.misses)} miss on"


def _low_volume(judged: Judged) -> str:
    low, total, failures = judged.level.low_volume, judged.result.total, judged.result.failures
    if low is None or not (judged.missed or judged.forgiven or judged.default):
        return ""
    if total is None or failures is None:
        return "low-volume rule does not apply, there are no counts"
    if judged.forgiven:
        return f"{total} is below {low.below}, {_failures(failures)} of at most {low.allowed_failures}"
    return f"low-volume rule does not apply, {_why_not_low(low, total, failures)}"


def _why_not_low(low: LowVolume, total: int, failures: int) -> str:
    if total >= low.below:
        return f"{total} is not below {low.below}"
    return f"{_failures(failures)}, at most {low.allowed_failures} allowed"


def _at_risk(regime: AtRisk, given: MonthResults, judged: Judged, multiplier: Decimal, before_cap: Money) -> list[Step]:
    run = f"{ordinal(judged.consecutive)} consecutive default"
    steps_note = f"steps {', '.join(plain(step) for step in regime.continued)}"
    before = [month.name for month in judged.run[:-1]]
    note = _joined(
        f"{listing(before)} {'was a default' if len(before) == 1 else 'were defaults'}" if before else "", steps_note
    )
    steps = [Step("Multiplier", run, f"× {plain(multiplier)}", regime.clause_for("continued"), note)]
    if given.charges is None:
        return [*steps, _charges_missing()]
    at_risk = Fraction(given.charges.amount) * Fraction(regime.at_risk_percent) / 100
    at_risk_text = exactly(at_risk, given.charges.currency)
    allocation = regime.allocations.get(judged.level.key)
    pool = sum(regime.allocations.values(), Decimal(0))
    return [
        *steps,
        Step(
            "At-risk amount",
            f"{plain(regime.at_risk_percent)} % of {given.charges}",
            at_risk_text,
            regime.clause_for("at_risk"),
            f"charges of {given.month.name}",
        ),
        Step(
            "Allocation",
            f"{plain(allocation or 0)} % of {at_risk_text} × {plain(multiplier)}",
            str(before_cap if not regime.is_ramp_up(given.month) else _rounded(at_risk, allocation, multiplier, given)),
            regime.clause_for("allocations"),
            f"pool {plain(regime.pool_percent)} %, all allocations add up to {plain(pool)} %"
            if allocation is not None
            else "no allocation agreed for this service level",
        ),
    ]


def _rounded(at_risk: Fraction, allocation: Decimal | None, multiplier: Decimal, given: MonthResults) -> Money:
    assert given.charges is not None
    share = Fraction(allocation or 0) / 100 * Fraction(multiplier)
    return Money.rounded(at_risk * share, given.charges.currency)


def _tier(regime: Tiers, given: MonthResults, judged: Judged, before_cap: Money) -> list[Step]:
    if given.charges is None or judged.tier is None:
        return [_charges_missing()]
    own = given.charges_by_service_level.get(judged.level.key)
    of = own if own is not None else given.charges
    whose = "this service level" if own is not None else "the month"
    earned = before_cap
    if regime.is_ramp_up(given.month):
        earned = Money.rounded(Fraction(of.amount) * Fraction(judged.tier.percent) / 100, of.currency)
    place = regime.tiers[judged.level.key].index(judged.tier) + 1
    return [
        Step(
            "Tier",
            f"{plain(judged.tier.percent)} % of {of}",
            str(earned),
            regime.clause_for("tiers"),
            f"tier {place} of {len(regime.tiers[judged.level.key])}, charges of {whose}",
        )
    ]


def _points(
    regime: Points, given: MonthResults, judged: Judged, month_points: int, month_amount: Money, share: Money
) -> list[Step]:
    clause = regime.clause_for("schedule")
    steps = [_band(regime, judged)]
    if given.charges is None:
        return [*steps, _charges_missing()]
    reached = [row for row in regime.schedule if row.points <= month_points]
    if not reached:
        lowest = regime.schedule[0].points
        return [
            *steps,
            Step("Schedule", f"the month's {month_points} points do not reach {lowest}", "no credit", clause),
        ]
    row = reached[-1]
    earned = Fraction(given.charges.amount) * Fraction(row.percent) / 100
    steps.append(
        Step(
            "Schedule",
            f"{plain(row.percent)} % of {given.charges}",
            str(Money.rounded(earned, given.charges.currency)),
            clause,
            f"the month's {month_points} points reach {row.points}; charges of {given.month.name}",
        )
    )
    if regime.is_ramp_up(given.month):
        return steps
    detail = f"{judged.points} of {month_points} points of {month_amount}"
    return [*steps, Step("Share", detail, str(share), regime.clause_for("points"), "split by largest remainder")]


def _band(regime: Points, judged: Judged) -> Step:
    bands = regime.points[judged.level.key]
    band = judged.band or "minor"
    bound = {"minor": None, "serious": bands.serious_below, "severe": bands.severe_below}[band]
    detail = band if bound is None else f"{band}, below {plain(bound)} %"
    note = ""
    if judged.failed_before is not None:
        note = f"failed in {judged.failed_before.name} too: × {bands.repeat}"
    return Step("Points", detail, f"{judged.points} points", regime.clause_for("points"), note)


def _cap(regime: Regime, amount: Money, month_before_cap: Money, cap: Money) -> Step:
    detail = f"month’s credits {month_before_cap.grouped} of at most {cap}"
    capped = month_before_cap > cap
    percent = regime.monthly_cap_percent
    note = "" if percent is None else f"{plain(percent)} % of the month’s charges"
    if capped:
        note = _joined(note, "split in proportion, by largest remainder")
    return Step("Cap", detail, str(amount) if capped else "not capped", regime.clause_for("cap"), note)


def _charges_missing() -> Step:
    return Step("Charges", "charges missing", "no credit")


def exactly(amount: Fraction, currency: str) -> str:
    """An amount that rule 4 does not round yet: all its decimals, at least those of the currency."""
    rounded = Money.rounded(amount, currency)
    if Fraction(rounded.amount) == amount:
        return str(rounded)
    decimals = next(places for places in range(1, 60) if (amount * 10**places).denominator == 1)
    whole, _, rest = shown(amount, decimals).partition(".")
    return f"{currency} {int(whole):,}.{rest}"


def ordinal(number: int) -> str:
    """`third`, `13th`, `21st`."""
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def listing(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _months(number: int) -> str:
    return "1 month" if number == 1 else f"{number} months"


def _failures(number: int) -> str:
    return "1 failure" if number == 1 else f"{number} failures"


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
