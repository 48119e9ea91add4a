"""What changes from one version of terms to the next, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from contracts.calc.terms import Terms
from contracts.calc.words import calendar_facts, contract_facts, level_facts, level_names, regime_facts, review_facts


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that changes: before is empty where it was not there, after where it is no more."""

    part: str
    subject: str
    label: str
    before: str
    after: str
    service_level: str = ""


def differences(before: Terms, after: Terms) -> tuple[Difference, ...]:
    """Every fact of the terms that differs: contract, service levels, calendars, credit regime, review.

    The order of service levels and how a file is written are no differences; ways of writing the same terms neither.
    """
    names = level_names(before) | level_names(after)
    old_levels, new_levels = ({level.key: level_facts(level) for level in t.service_levels} for t in (before, after))
    old_calendars, new_calendars = (
        {key: calendar_facts(promise) for key, promise in terms.calendars.items()} for terms in (before, after)
    )
    return tuple(
        chain(
            _changed("Contract", "", contract_facts(before.contract), contract_facts(after.contract)),
            *(
                _changed("Service levels", names[key], old_levels.get(key, {}), new_levels.get(key, {}), key)
                for key in _in_order(old_levels, new_levels)
            ),
            *(
                _changed("Calendars", key, old_calendars.get(key, {}), new_calendars.get(key, {}))
                for key in _in_order(old_calendars, new_calendars)
            ),
            _changed(
                "Credit regime",
                "",
                regime_facts(before.credit_regime, names),
                regime_facts(after.credit_regime, names),
            ),
            _changed("Review", "", review_facts(before.review), review_facts(after.review)),
        )
    )


def _in_order(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Those of the new terms in their order, then those that are gone."""
    return [*after, *(key for key in before if key not in after)]


def _changed(
    part: str, subject: str, before: Mapping[str, str], after: Mapping[str, str], service_level: str = ""
) -> list[Difference]:
    return [
        Difference(part, subject, label, before.get(label, ""), after.get(label, ""), service_level)
        for label in _in_order(before, after)
        if before.get(label, "") != after.get(label, "")
    ]
