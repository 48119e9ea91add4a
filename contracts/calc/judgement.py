"""Was a month a default? One service level at a time, month by month, by rules 1 to 3 of the credit calculator."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from mspgov.kernel.period import Month

from .results import LevelResult
from .terms import AtRisk, CreditRegime, PointBands, Points, ServiceLevelTerms, Tier, Tiers


@dataclass(slots=True)
class Sheet:
    """What earlier months of a service level mean for later ones."""

    misses: list[Month] = field(default_factory=list)
    run: list[Month] = field(default_factory=list)
    failed_before: Month | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A measured month of a service level. `run` are the consecutive defaults that end with this month,
    `misses` those in the window of the repeated-miss rule; `failed_before` is the previous measured month when that
    failed expected too."""

    level: ServiceLevelTerms
    result: LevelResult
    attainment: Fraction
    forgiven: bool = False
    missed: bool = False
    cause: str | None = None
    run: tuple[Month, ...] = ()
    misses: tuple[Month, ...] = ()
    failed_before: Month | None = None
    tier: Tier | None = None
    band: str | None = None
    points: int | None = None

    @property
    def default(self) -> bool:
        return self.cause is not None

    @property
    def consecutive(self) -> int:
        return len(self.run)


def judge(
    level: ServiceLevelTerms, regime: CreditRegime | None, month: Month, result: LevelResult | None, sheet: Sheet
) -> Judged | None:
    """The judgement of one month, entered on the sheet; None, and nothing entered, when nothing was measured."""
    attainment = None if result is None else result.attainment
    if result is None or attainment is None:
        return None
    missing = attainment < Fraction(level.expected)
    tier = _tier(level, regime, attainment)
    forgiven = _is_low_volume(level, result) and (missing or tier is not None)
    missed = missing and not forgiven
    failed_before, sheet.failed_before = sheet.failed_before, month if missed else None
    if missed:
        sheet.misses.append(month)
    window = _window(regime, month, sheet)
    bands = regime.points.get(level.key) if isinstance(regime, Points) else None
    cause = None if forgiven else _cause(level, regime, attainment, missed, len(window), tier)
    sheet.run = [*sheet.run, month] if cause else []
    band = _band(bands, attainment) if bands is not None and cause else None
    return Judged(
        level=level,
        result=result,
        attainment=attainment,
        forgiven=forgiven,
        missed=missed,
        cause=cause,
        run=tuple(sheet.run),
        misses=window,
        failed_before=failed_before if missed else None,
        tier=None if forgiven else tier,
        band=band,
        points=_points(bands, band, failed_before) if bands is not None and band else None,
    )


def _is_low_volume(level: ServiceLevelTerms, result: LevelResult) -> bool:
    low = level.low_volume
    if low is None or result.total is None or result.failures is None:
        return False
    return result.total < low.below and result.failures <= low.allowed_failures


def _window(regime: CreditRegime | None, month: Month, sheet: Sheet) -> tuple[Month, ...]:
    if not isinstance(regime, AtRisk) or regime.below_expected is None:
        return ()
    return tuple(miss for miss in sheet.misses if month - miss < regime.below_expected.in_months)


def _cause(
    level: ServiceLevelTerms,
    regime: CreditRegime | None,
    attainment: Fraction,
    missed: bool,
    misses: int,
    tier: Tier | None,
) -> str | None:
    if isinstance(regime, AtRisk):
        if regime.below_minimum and level.minimum is not None and attainment < Fraction(level.minimum):
            return "below_minimum"
        repeated = regime.below_expected
        return "repeated_miss" if missed and repeated is not None and misses >= repeated.misses else None
    if isinstance(regime, Tiers):
        return "tier" if tier is not None else None
    return "points" if isinstance(regime, Points) and missed and level.key in regime.points else None


def _tier(level: ServiceLevelTerms, regime: CreditRegime | None, attainment: Fraction) -> Tier | None:
    """The deepest tier reached: its percent is the highest, since a deeper tier never has a lower one."""
    if not isinstance(regime, Tiers):
        return None
    reached = [tier for tier in regime.tiers.get(level.key, ()) if attainment < Fraction(tier.below)]
    return reached[-1] if reached else None


def _band(bands: PointBands, attainment: Fraction) -> str:
    if _is_below(attainment, bands.severe_below):
        return "severe"
    return "serious" if _is_below(attainment, bands.serious_below) else "minor"


def _is_below(attainment: Fraction, bound: Decimal | None) -> bool:
    return bound is not None and attainment < Fraction(bound)


def _points(bands: PointBands, band: str, failed_before: Month | None) -> int:
    points = {"minor": bands.minor, "serious": bands.serious, "severe": bands.severe}[band]
    return points * (bands.repeat if failed_before is not None else 1)
