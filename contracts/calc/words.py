"""Terms in words: the facts of a contract, a service level, a calendar and a credit regime as labels and sentences.

Pages, comparisons of versions and previews of amendments all say the same words, since they come from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from contracts.calc.terms import (
    AtRisk,
    CalendarPromise,
    ContractTerms,
    CreditRegime,
    PointBands,
    Points,
    Review,
    ServiceLevelTerms,
    Terms,
    Tiers,
)
from mspgov.kernel.calendar_terms import WEEKDAYS, CalendarTerms, write_calendar
from mspgov.kernel.public_holidays import countries
from mspgov.kernel.ratio import plain

DAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MEASURES: Final[Mapping[str, str]] = {
    "respond": "Response",
    "resolve": "Resolution",
    "availability": "Availability",
    "percentage": "Percentage",
}
HOW_MEASURED: Final[Mapping[str, str]] = {
    "respond": "from the opening of a ticket to its first answer",
    "resolve": "from the opening of a ticket to its resolution",
    "availability": "the share of the agreed time that the service was up, as reported",
    "percentage": "the share as reported for the month",
}
STOPS: Final[Mapping[str, str]] = {
    "customer": "waiting for the client",
    "client_vendor": "waiting for a vendor of the client",
    "problem": "waiting for a problem",
    "resolved": "resolved, until reopened",
    "planned": "planned for later",
}
PRIORITY_RULES: Final[Mapping[str, str]] = {
    "last": "the latest priority of the ticket",
    "worst": "the worst priority that the ticket ever had",
    "first": "the first priority of the ticket",
}
COUNTS_IN: Final[Mapping[str, str]] = {
    "decided": "the month in which the outcome was decided",
    "ended": "the month in which the ticket ended",
    "opened": "the month in which the ticket was opened",
}
SILENCES: Final[Mapping[str, str]] = {"accepts": "accepts the credit", "stays_open": "leaves the credit open"}
ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a credit regime: its name, what it says, and the clause behind it."""

    name: str
    sentence: str
    clause: str


def day_words(day: date) -> str:
    """1 October 2015."""
    return f"{day.day} {day:%B %Y}"


def percent_words(percent: Decimal | None) -> str:
    return "none" if percent is None else f"{plain(percent)} %"


def span_words(seconds: int) -> str:
    """4 h, 30 min, 1 h 30 min: a target as a contract says it."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def target_words(level: ServiceLevelTerms) -> str:
    """The target, or by priority all of them: "P1 4 h, P2 8 h"; empty when it has none."""
    if level.targets_seconds:
        return ", ".join(f"{priority} {span_words(seconds)}" for priority, seconds in level.targets_seconds.items())
    return "" if level.target_seconds is None else span_words(level.target_seconds)


def select_words(level: ServiceLevelTerms) -> str:
    """Which tickets: "priority P1 or P2; category Network"."""
    if not level.select:
        return "every ticket" if level.is_clocked else ""
    return "; ".join(f"{field.replace('_', ' ')} {' or '.join(values)}" for field, values in level.select.items())


def stops_words(level: ServiceLevelTerms) -> str:
    return ", ".join(STOPS[stop] for stop in level.stops) or "nothing"


def low_volume_words(level: ServiceLevelTerms) -> str:
    low = level.low_volume
    if low is None:
        return "none"
    failures = {0: "none failed", 1: "no more than 1 failed"}.get(
        low.allowed_failures, f"no more than {low.allowed_failures} failed"
    )
    return f"forgiven when fewer than {low.below} counted and {failures}"


def level_facts(level: ServiceLevelTerms) -> dict[str, str]:
    """What a service level promises, label by label; what means nothing for its measure is left out."""
    facts = {"Name": level.name, "Measure": f"{MEASURES[level.measure]}: {HOW_MEASURED[level.measure]}"}
    if level.is_clocked:
        facts |= {
            "Tickets": select_words(level),
            "Target": target_words(level),
            "Calendar": level.calendar or "",
            "Clock stops for": stops_words(level),
            "Priority": PRIORITY_RULES[level.priority_rule],
            "Counts in": COUNTS_IN[level.counts_in],
        }
    return facts | {
        "Expected": percent_words(level.expected),
        "Minimum": percent_words(level.minimum),
        "Low volume": low_volume_words(level),
        "Clause": level.clause,
    }


def contract_facts(contract: ContractTerms) -> dict[str, str]:
    charges = contract.monthly_charges
    return {
        "Reference": contract.reference,
        "Starts": day_words(contract.starts),
        "Ends": day_words(contract.ends),
        "Time zone": contract.time_zone,
        "Currency": contract.currency,
        "Monthly charges": "not stated" if charges is None else f"{contract.currency} {Decimal(charges.text):,}",
    }


def hours_words(intervals: list[list[str]]) -> str:
    """08:00–12:00, 13:00–17:30; closed."""
    return ", ".join(f"{start}–{end}" for start, end in intervals) or "closed"


def week_words(terms: CalendarTerms) -> dict[str, str]:
    """The hours of each weekday, by its name."""
    week = write_calendar(terms).get("week", {})
    return {
        name: "open all day" if terms.always else hours_words(week.get(key, []))
        for name, key in zip(DAY_NAMES, WEEKDAYS, strict=True)
    }


def week_sentence(terms: CalendarTerms) -> str:
    """The week in one line, equal neighbours joined: "Monday to Friday 08:00–18:00; Saturday closed"."""
    if terms.always:
        return "round the clock"
    days = list(week_words(terms).items())
    groups: list[tuple[str, str, str]] = []
    for name, hours in days:
        if groups and groups[-1][2] == hours:
            groups[-1] = (groups[-1][0], name, hours)
        else:
            groups.append((name, name, hours))
    named = (
        f"{first if first == last else f'{first} to {last}'} {hours}"
        for first, last, hours in groups
        if hours != "closed"
    )
    return "; ".join(named) or "never open"


def holidays_words(terms: CalendarTerms) -> str:
    """Which public holidays close it."""
    if terms.holiday_country is None:
        return "none"
    place = dict(countries()).get(terms.holiday_country, terms.holiday_country)
    place += f", {terms.holiday_subdivision}" if terms.holiday_subdivision else ""
    return f"public holidays of {place}"


def calendar_facts(promise: CalendarPromise) -> dict[str, str]:
    terms = promise.terms
    closed = ", ".join(day_words(day) for day in sorted(terms.holidays))
    extra = write_calendar(terms).get("extra", {})
    return {
        "Time zone": terms.time_zone,
        **week_words(terms),
        "Public holidays": holidays_words(terms),
        "Closed on": closed,
        "Other hours": "; ".join(f"{day_words(date.fromisoformat(d))} {hours_words(h)}" for d, h in extra.items()),
        "Clause": promise.clause,
    }


def rules(regime: CreditRegime) -> tuple[Rule, ...]:
    """The rules of a regime as sentences, in the order in which they are applied."""
    if isinstance(regime, AtRisk):
        own = _at_risk_rules(regime)
    elif isinstance(regime, Tiers):
        own = [
            Rule(
                "Tiers",
                "The attainment of a month earns the percent of the deepest tier that it is under, of the month’s "
                "charges or of the service level’s own.",
                regime.clause_for("tiers"),
            )
        ]
    else:
        own = _points_rules(regime)
    return tuple(own + _shared_rules(regime))


def _at_risk_rules(regime: AtRisk) -> list[Rule]:
    allocated = sum(regime.allocations.values(), Decimal(0))
    made = [
        Rule(
            "At risk",
            f"{percent_words(regime.at_risk_percent)} of a month’s charges is at risk.",
            regime.clause_for("at_risk"),
        ),
        Rule(
            "Allocations",
            f"Each service level stands for a part of the amount at risk; together they stand for "
            f"{percent_words(allocated)} of a pool of {percent_words(regime.pool_percent)}.",
            regime.clause_for("allocations"),
        ),
    ]
    if regime.below_minimum:
        made.append(Rule("Default", "A month below minimum is a default.", regime.clause_for("below_minimum")))
    repeated = regime.below_expected
    if repeated is not None:
        made.append(
            Rule(
                "Repeated miss",
                f"The {ordinal(repeated.misses)} miss of expected within {counted(repeated.in_months, 'month')} is a "
                "default too, and so is each later one.",
                regime.clause_for("below_expected"),
            )
        )
    if regime.continued != (Decimal(1),):
        made.append(Rule("Defaults in a row", _continued_sentence(regime.continued), regime.clause_for("continued")))
    return made


def _continued_sentence(multipliers: tuple[Decimal, ...]) -> str:
    steps = [f"the {ordinal(place)} × {plain(number)}" for place, number in enumerate(multipliers, 1)]
    steps[-1] = steps[-1].replace(" ×", " and each later one ×", 1)
    return f"Consecutive defaults of one service level weigh more: {', '.join(steps)}."


def _points_rules(regime: Points) -> list[Rule]:
    schedule = "; ".join(f"from {counted(row.points, 'point')} {percent_words(row.percent)}" for row in regime.schedule)
    return [
        Rule(
            "Points",
            "A month below expected earns points: minor ones, or those of the worst bound that it is also below.",
            regime.clause_for("points"),
        ),
        Rule(
            "Schedule",
            f"The points of all service levels together earn a percent of the month’s charges: {schedule}.",
            regime.clause_for("schedule"),
        ),
    ]


def _shared_rules(regime: CreditRegime) -> list[Rule]:
    made = []
    if regime.ramp_up_until is not None:
        later = "their misses count" if regime.ramp_up_counts else "their misses do not count"
        made.append(
            Rule(
                "Ramp-up",
                f"No credits for months up to {day_words(regime.ramp_up_until)}; {later} later.",
                regime.clause_for("ramp_up"),
            )
        )
    if regime.monthly_cap_percent is not None:
        made.append(
            Rule(
                "Cap",
                f"All credits of a month together are at most {percent_words(regime.monthly_cap_percent)} of its "
                "charges; what is above is taken off in proportion.",
                regime.clause_for("cap"),
            )
        )
    if regime.earn_back is not None:
        made.append(
            Rule(
                "Earn-back",
                "A service level whose mean over a full contract year is at least expected returns its credits of "
                "that year.",
                regime.clause_for("earn_back"),
            )
        )
    return made


def bands_words(bands: PointBands) -> str:
    """ "5 below expected, 10 below 90 %, 20 below 80 %; × 2 when repeated"."""
    words = f"{bands.minor} below expected"
    for points, bound in ((bands.serious, bands.serious_below), (bands.severe, bands.severe_below)):
        if bound is not None:
            words += f", {points} below {percent_words(bound)}"
    return words + (f"; × {bands.repeat} when repeated" if bands.repeat != 1 else "")


def tiers_words(regime: Tiers, key: str) -> str:
    """ "below 99.9 % 10 %, below 99 % 25 %"."""
    return ", ".join(
        f"below {percent_words(tier.below)} {percent_words(tier.percent)}" for tier in regime.tiers.get(key, ())
    )


def share_words(regime: CreditRegime | None, key: str) -> str:
    """What a service level may cost under the regime: its allocation, tiers or points; empty when nothing."""
    if isinstance(regime, AtRisk):
        return percent_words(regime.allocations[key]) if key in regime.allocations else ""
    if isinstance(regime, Tiers):
        return tiers_words(regime, key)
    if isinstance(regime, Points):
        return bands_words(regime.points[key]) if key in regime.points else ""
    return ""


SHARE_LABELS: Final[Mapping[str, str]] = {"at_risk": "Allocation", "tiers": "Tiers", "points": "Points"}


def regime_facts(regime: CreditRegime | None, levels: Mapping[str, str]) -> dict[str, str]:
    """The rules of a regime, then what each service level (key to name) may cost; empty when there is no regime."""
    if regime is None:
        return {}
    facts = {"Kind": {"at_risk": "amount at risk", "tiers": "tiers", "points": "points"}[regime.kind]}
    for rule in rules(regime):
        facts[rule.name] = f"{rule.sentence} {rule.clause}".strip()
    label = SHARE_LABELS[regime.kind]
    return facts | {
        f"{label} of {name}": share_words(regime, key) for key, name in levels.items() if share_words(regime, key)
    }


def review_facts(review: Review | None) -> dict[str, str]:
    """How a proposed credit is answered, disputed and decided."""
    if review is None:
        return {}
    facts = {}
    if review.answer_days is not None:
        facts["Answer"] = f"the provider answers within {counted(review.answer_days, 'day')}"
    facts["Silence"] = SILENCES[review.silence]
    if review.decide_days is not None:
        facts["Decision"] = f"a dispute is decided within {counted(review.decide_days, 'day')}"
    if review.ladder:
        facts["Escalation"] = ", then ".join(
            f"{step.name} ({step.role.replace('_', ' ')}, {counted(step.days, 'day')})" for step in review.ladder
        )
    if review.self_billed:
        facts["Self-billing"] = "the client may issue the credit note itself"
    return facts


def level_names(terms: Terms) -> dict[str, str]:
    """Key to name, in the order of the file."""
    return {level.key: level.name for level in terms.service_levels}


def ordinal(number: int) -> str:
    """first … ninth, then 10th."""
    if 1 <= number <= len(ORDINALS):
        return ORDINALS[number - 1]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
