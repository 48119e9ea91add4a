"""The credit regime of a terms file: at-risk amount, tiers or points, and what they share."""

from collections.abc import Callable, Collection
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final, TypeVar

from contracts.calc.terms import (
    AtRisk,
    CreditRegime,
    EarnBack,
    PointBands,
    Points,
    RepeatedMiss,
    ScheduleRow,
    Tier,
    Tiers,
)
from mspgov.kernel.faults import Fault
from mspgov.kernel.ratio import plain

from .terms_fields import Fields, count, day, entries, items, listed, mapping, number, one_of, percent, text, yes_or_no

SHARED_KEYS: Final = (
    "kind",
    "cap_percent",
    "ramp_up_until",
    "ramp_up_counts",
    "earn_back",
    "clause",
    "clauses",
)
OWN_KEYS: Final = {
    "at_risk": (
        "at_risk_percent",
        "pool_percent",
        "allocations",
        "below_minimum",
        "below_expected",
        "continued",
    ),
    "tiers": ("tiers",),
    "points": ("points", "schedule"),
}
BAND_KEYS: Final = ("minor", "serious_below", "serious", "severe_below", "severe", "repeat")
MOST_MONTHS: Final = 1200
MOST_POINTS: Final = 1_000_000

T = TypeVar("T")


def read_regime(value: object, path: str, levels: Collection[str]) -> CreditRegime:
    """The regime of these service levels; Fault for a key of another kind, an unknown level or a broken rule."""
    kind = _kind(value, path)
    fields = Fields(value, path, (*SHARED_KEYS, *OWN_KEYS[kind]))
    shared: dict[str, Any] = {
        "cap_percent": fields.maybe("cap_percent", percent),
        "ramp_up_until": fields.maybe("ramp_up_until", day),
        "ramp_up_counts": fields.optional("ramp_up_counts", yes_or_no, False),
        "earn_back": fields.maybe("earn_back", _earn_back),
        "clause": fields.optional("clause", text, ""),
        "clauses": fields.maybe("clauses", _clauses) or {},
    }
    if kind == "at_risk":
        return _at_risk(fields, shared, levels)
    if kind == "tiers":
        return Tiers(tiers=fields.optional("tiers", _by_level(levels, _tiers), {}), **shared)
    return Points(
        points=fields.optional("points", _by_level(levels, _bands), {}),
        schedule=fields.required("schedule", _schedule),
        **shared,
    )


def _kind(value: object, path: str) -> str:
    values = mapping(value, path)
    if "kind" not in values:
        raise Fault(f"{path}.kind", "is required")
    kind = one_of(*OWN_KEYS)(values["kind"], f"{path}.kind")
    for other, keys in OWN_KEYS.items():
        for key in keys:
            if other != kind and key in values:
                raise Fault(f"{path}.{key}", f"belongs to a regime of kind {other}, not {kind}")
    return kind


def _at_risk(fields: Fields, shared: dict[str, Any], levels: Collection[str]) -> AtRisk:
    regime = AtRisk(
        at_risk_percent=fields.required("at_risk_percent", percent),
        pool_percent=fields.optional("pool_percent", number(), Decimal(100)),
        allocations=fields.optional("allocations", _by_level(levels, number()), {}),
        below_minimum=bool(fields.optional("below_minimum", count(0, 1), 0)),
        below_expected=fields.maybe("below_expected", _repeated_miss),
        continued=fields.optional("continued", listed(number()), (Decimal(1),)),
        **shared,
    )
    allocated = sum(regime.allocations.values(), Decimal(0))
    if allocated > regime.pool_percent:
        raise Fault(
            fields.at("allocations"),
            f"add up to {plain(allocated)}, more than the pool of {plain(regime.pool_percent)}",
        )
    if not regime.continued:
        raise Fault(fields.at("continued"), "must have at least one multiplier")
    if regime.cap_percent is not None and regime.cap_percent > regime.at_risk_percent:
        raise Fault(fields.at("cap_percent"), "must not be above at_risk_percent")
    return regime


def _by_level(levels: Collection[str], read: Callable[[object, str], T]) -> Callable[[object, str], dict[str, T]]:
    def read_all(value: object, path: str) -> dict[str, T]:
        made = {}
        for key, inner, inner_path in entries(value, path):
            if key not in levels:
                raise Fault(inner_path, "unknown service level")
            made[key] = read(inner, inner_path)
        return made

    return read_all


def _repeated_miss(value: object, path: str) -> RepeatedMiss:
    fields = Fields(value, path, ("misses", "in_months"))
    return RepeatedMiss(
        misses=fields.required("misses", count(1, MOST_MONTHS)),
        in_months=fields.required("in_months", count(1, MOST_MONTHS)),
    )


def _earn_back(value: object, path: str) -> EarnBack:
    fields = Fields(value, path, ("period", "when"))
    return EarnBack(
        period=fields.required("period", one_of("contract_year")),
        when=fields.required("when", one_of("mean_at_least_expected")),
    )


def _clauses(value: object, path: str) -> dict[str, str]:
    return {key: text(inner, inner_path) for key, inner, inner_path in entries(value, path)}


def _tiers(value: object, path: str) -> tuple[Tier, ...]:
    """Tiers in any order; the deeper one never has the lower percent."""
    placed = []
    for inner, inner_path in items(value, path):
        fields = Fields(inner, inner_path, ("below", "percent"))
        tier = Tier(below=fields.required("below", percent), percent=fields.required("percent", percent))
        placed.append((tier, inner_path))
    placed.sort(key=lambda at: -at[0].below)
    for (shallow, _), (deep, deep_path) in pairwise(placed):
        if deep.below == shallow.below:
            raise Fault(f"{deep_path}.below", "is that of another tier")
        if deep.percent < shallow.percent:
            raise Fault(f"{deep_path}.percent", "must not be lower than that of a tier less deep")
    return tuple(tier for tier, _ in placed)


def _bands(value: object, path: str) -> PointBands:
    fields = Fields(value, path, BAND_KEYS)
    points = count(0, MOST_POINTS)
    for band in ("serious", "severe"):
        bound = f"{band}_below"
        for key, other in ((band, bound), (bound, band)):
            if key in fields and other not in fields:
                raise Fault(fields.at(other), f"is required beside {key}")
    return PointBands(
        minor=fields.required("minor", points),
        serious_below=fields.maybe("serious_below", percent),
        serious=fields.optional("serious", points, 0),
        severe_below=fields.maybe("severe_below", percent),
        severe=fields.optional("severe", points, 0),
        repeat=fields.optional("repeat", count(1, 1000), 1),
    )


def _schedule(value: object, path: str) -> tuple[ScheduleRow, ...]:
    rows: list[ScheduleRow] = []
    for inner, inner_path in items(value, path):
        fields = Fields(inner, inner_path, ("points", "percent"))
        row = ScheduleRow(
            points=fields.required("points", count(0, 1000 * MOST_POINTS)), percent=fields.required("percent", percent)
        )
        if rows and row.points <= rows[-1].points:
            raise Fault(fields.at("points"), "must be greater than in the row before")
        if rows and row.percent < rows[-1].percent:
            raise Fault(fields.at("percent"), "must not be lower than in the row before")
        rows.append(row)
    if not rows:
        raise Fault(path, "must have at least one row")
    return tuple(rows)
