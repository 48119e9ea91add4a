"""A service level's promise in words: short for a row head, whole for the definitions."""

from contracts.calc.terms import ServiceLevelTerms

from .wording import NBSP, bound, counted_of, hours, listed

GROUPS = {"respond": "Response", "resolve": "Resolution"}
WAITS = {
    "customer": "the customer",
    "client_vendor": "the client’s own vendor",
    "problem": "a problem",
    "resolved": "a confirmation of the solution",
    "planned": "a planned date",
}
COUNTS_IN = {
    "decided": "A ticket counts in the month in which its outcome is decided: met at its end, missed at its due instant",
    "ended": "A ticket counts in the month in which it ends",
    "opened": "A ticket counts in the month in which it opened",
}
PRIORITY_RULES = {"last": "", "worst": "the worst priority it ever had decides", "first": "its first priority decides"}


def group_of(level: ServiceLevelTerms) -> str:
    """The heading under which the level stands."""
    return GROUPS.get(level.measure, "Other")


def targets(level: ServiceLevelTerms) -> str:
    """8 h; or P1 4 h, P2 8 h; empty for a level without clocks."""
    if level.targets_seconds:
        return ", ".join(f"{priority}{NBSP}{hours(seconds)}" for priority, seconds in level.targets_seconds.items())
    return "" if level.target_seconds is None else hours(level.target_seconds)


def calendar_name(level: ServiceLevelTerms) -> str:
    """The calendar's key, readable."""
    return (level.calendar or "").replace("-", " ").replace("_", " ")


def promise(level: ServiceLevelTerms) -> str:
    """15 min, round the clock; 99.9 % of the month."""
    if level.is_clocked:
        return ", ".join(part for part in (targets(level), calendar_name(level)) if part)
    return f"{bound(level.expected)}{NBSP}% {'of the month' if level.measure == 'availability' else 'expected'}"


def definition(level: ServiceLevelTerms) -> str:
    """All that decides about the level, in sentences."""
    said = [_what(level), _bounds(level)]
    if level.is_clocked:
        said.append(COUNTS_IN[level.counts_in])
        if rule := PRIORITY_RULES[level.priority_rule]:
            said.append(f"Of several priorities {rule}")
    low = level.low_volume
    if low is not None:
        said.append(
            f"A month with fewer than {low.below} tickets and at most {counted_of(low.allowed_failures, 'failures')} is forgiven"
        )
    return ". ".join(said) + "."


def _what(level: ServiceLevelTerms) -> str:
    if not level.is_clocked:
        return {"availability": "Availability, in percent, as reported for the month"}.get(
            level.measure, "A percentage, as reported for the month"
        )
    chosen = "; ".join(f"{field.replace('_', ' ')} {listed(values)}" for field, values in level.select.items())
    end = "answer" if level.measure == "respond" else "solution"
    stops = f", less waits for {listed([WAITS[kind] for kind in level.stops])}" if level.stops else ""
    return f"Tickets{f' with {chosen}' if chosen else ''}, from opening to {end}, within {targets(level)} of the calendar {calendar_name(level)}{stops}"


def _bounds(level: ServiceLevelTerms) -> str:
    minimum = f", minimum {bound(level.minimum)}{NBSP}%" if level.minimum is not None else ""
    return f"Expected {bound(level.expected)}{NBSP}%{minimum}"
