"""Terms back into a document and into canonical YAML; what is the default is left out."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

import yaml

from contracts.calc.terms import (
    DECIDERS,
    AtRisk,
    CalendarPromise,
    CreditRegime,
    PointBands,
    Points,
    Review,
    ServiceLevelTerms,
    Terms,
    Tiers,
)
from mspgov.kernel.calendar_terms import write_calendar
from mspgov.kernel.ratio import plain

from .terms_text import FLOAT, INTEGER, TAG

WIDTH: Final = 120


def write_terms(terms: Terms) -> str:
    """The terms as YAML 1.2 that reads back as equal terms; equal terms give the same text."""
    return yaml.dump(
        terms_document(terms),
        Dumper=CanonicalDumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=WIDTH,
    )


def terms_document(terms: Terms) -> dict[str, Any]:
    """The terms as the mapping that `read_terms` takes: text, decimals, dates, whole numbers."""
    contract = terms.contract
    charges = contract.monthly_charges
    document: dict[str, Any] = {
        "contract": _present(
            reference=contract.reference,
            currency=contract.currency,
            starts=contract.starts,
            ends=contract.ends,
            time_zone=contract.time_zone if contract.time_zone != "UTC" else None,
            monthly_charges=None if charges is None else charges.text,
        )
    }
    if terms.calendars:
        document["calendars"] = {key: _calendar(terms.calendars[key]) for key in sorted(terms.calendars)}
    document["service_levels"] = [_level(level) for level in terms.service_levels]
    if terms.credit_regime is not None:
        document["credit_regime"] = _regime(terms.credit_regime)
    if terms.review is not None:
        document["review"] = _review(terms.review)
    return document


def _present(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None and value != {} and value != []}


def _calendar(promise: CalendarPromise) -> dict[str, Any]:
    return write_calendar(promise.terms) | _present(clause=promise.clause or None)


def _level(level: ServiceLevelTerms) -> dict[str, Any]:
    low = level.low_volume
    return _present(
        key=level.key,
        name=level.name,
        measure=level.measure,
        select={key: list(values) for key, values in sorted(level.select.items())},
        calendar=level.calendar,
        target=None if level.target_seconds is None else _target(level.target_seconds),
        targets={priority: _target(seconds) for priority, seconds in level.targets_seconds.items()},
        stops=list(level.stops),
        priority_rule=level.priority_rule if level.priority_rule != "last" else None,
        counts_in=level.counts_in if level.counts_in != "decided" else None,
        expected=level.expected,
        minimum=level.minimum,
        low_volume=None if low is None else _present(below=low.below, allowed_failures=low.allowed_failures or None),
        clause=level.clause or None,
    )


def _target(seconds: int) -> dict[str, Any]:
    if seconds % 3600 == 0:
        return {"hours": seconds // 3600}
    return {"minutes": seconds // 60 if seconds % 60 == 0 else Decimal(seconds) / 60}


def _regime(regime: CreditRegime) -> dict[str, Any]:
    earn_back = regime.earn_back
    return _present(
        kind=regime.kind,
        **_own(regime),
        cap_percent=regime.cap_percent,
        ramp_up_until=regime.ramp_up_until,
        ramp_up_counts=regime.ramp_up_counts or None,
        earn_back=None if earn_back is None else {"period": earn_back.period, "when": earn_back.when},
        clause=regime.clause or None,
        clauses=dict(sorted(regime.clauses.items())),
    )


def _own(regime: CreditRegime) -> dict[str, Any]:
    if isinstance(regime, AtRisk):
        repeated = regime.below_expected
        return _present(
            at_risk_percent=regime.at_risk_percent,
            pool_percent=regime.pool_percent if regime.pool_percent != 100 else None,
            allocations=dict(sorted(regime.allocations.items())),
            below_minimum=1 if regime.below_minimum else None,
            below_expected=repeated and {"misses": repeated.misses, "in_months": repeated.in_months},
            continued=list(regime.continued) if regime.continued != (Decimal(1),) else None,
        )
    if isinstance(regime, Tiers):
        return _present(
            tiers={
                key: [{"below": tier.below, "percent": tier.percent} for tier in tiers]
                for key, tiers in sorted(regime.tiers.items())
                if tiers
            }
        )
    return _points(regime)


def _points(regime: Points) -> dict[str, Any]:
    return _present(
        points={key: _bands(bands) for key, bands in sorted(regime.points.items())},
        schedule=[{"points": row.points, "percent": row.percent} for row in regime.schedule],
    )


def _bands(bands: PointBands) -> dict[str, Any]:
    return _present(
        minor=bands.minor,
        serious_below=bands.serious_below,
        serious=None if bands.serious_below is None else bands.serious,
        severe_below=bands.severe_below,
        severe=None if bands.severe_below is None else bands.severe,
        repeat=bands.repeat if bands.repeat != 1 else None,
    )


def _review(review: Review) -> dict[str, Any]:
    return _present(
        answer_days=review.answer_days,
        silence=review.silence,
        decide_days=review.decide_days,
        self_billed=review.self_billed or None,
        ladder=[
            {"name": step.name, "days": step.days} | ({} if step.role == DECIDERS[0] else {"role": step.role})
            for step in review.ladder
        ],
    )


class CanonicalDumper(yaml.SafeDumper):
    """Quotes what YAML 1.1 or 1.2 would take for something else than text; repeats rather than refers."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _kind, _pattern in (("int", INTEGER), ("float", FLOAT)):
    CanonicalDumper.add_implicit_resolver(TAG + _kind, _pattern, None)


def _represent_decimal(dumper: yaml.SafeDumper, number: Decimal) -> yaml.ScalarNode:
    written = plain(number)
    return dumper.represent_scalar(TAG + ("float" if "." in written else "int"), written)


def _represent_date(dumper: yaml.SafeDumper, day: date) -> yaml.ScalarNode:
    return dumper.represent_scalar(TAG + "timestamp", day.isoformat())


CanonicalDumper.add_representer(Decimal, _represent_decimal)
CanonicalDumper.add_representer(date, _represent_date)
