"""The terms of a contract as rules of measurement: which applied when, and to which months."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from contracts import queries as contracts
from contracts.calc.terms import PRIORITIES, ServiceLevelTerms, Terms
from contracts.models import ServiceLevel, TermsVersion
from itsm.calc.judgement import Bounds
from itsm.calc.measurement import LevelRules, kind_bits
from mspgov.kernel.calendar import CalendarTerms, WorkingCalendar, holidays_version
from mspgov.kernel.instants import SECOND_US, Micros, from_micros
from mspgov.kernel.period import Month, first_instant_us
from mspgov.tenancy.models import Engagement


@dataclass(frozen=True, eq=False)
class Version:
    """Terms in force for tickets opened in [opened_from, opened_until)."""

    row: TermsVersion
    terms: Terms
    opened_from: int
    opened_until: int


@dataclass(frozen=True, eq=False)
class Promise:
    """One service level as a month is judged by it."""

    level: ServiceLevel
    terms: ServiceLevelTerms
    version: TermsVersion

    @property
    def bounds(self) -> Bounds:
        low = self.terms.low_volume
        small = (low.below, low.allowed_failures) if low is not None else (0, 0)
        return Bounds(self.terms.expected, self.terms.minimum, *small)


class Contract:
    """All versions of an engagement's terms, with the calendars they share. Without a contract, `versions` is empty."""

    def __init__(self, engagement: Engagement) -> None:
        history = list(contracts.terms_history(engagement))
        self.engagement = engagement
        self.zone = history[-1].terms.contract.time_zone if history else "UTC"
        self.versions = [self._version(history, i) for i in range(len(history))]
        self.levels = {level.key: level for level in contracts.service_levels(engagement)}
        self._calendars: dict[CalendarTerms, WorkingCalendar] = {}

    def _version(self, history: Sequence["contracts.TermsInForce"], i: int) -> Version:
        this, terms = history[i], history[i].terms
        begins = terms.contract.first_month.first_day if i == 0 else this.version.effective_on
        ends = history[i + 1].version.effective_on if i + 1 < len(history) else terms.contract.last_month.next.first_day
        return Version(this.version, terms, first_instant_us(begins, self.zone), first_instant_us(ends, self.zone))

    def in_force(self, day: date) -> Version | None:
        """The version in force on a day; the first one in the month in which the contract starts, whatever the day."""
        at = first_instant_us(day, self.zone)
        return next((v for v in self.versions if v.opened_from <= at < v.opened_until), None)

    def promises(self, month: Month) -> list[Promise]:
        """The service levels that judge a month, in the order of the file; outside the term those of the nearest version."""
        if not self.versions:
            return []
        version = self.in_force(month.first_day)
        if version is None:
            version = self.versions[0] if month < self.versions[0].terms.contract.first_month else self.versions[-1]
        return [Promise(self.levels[each.key], each, version.row) for each in version.terms.service_levels]

    def selections(self) -> list[Mapping[str, Sequence[str]]]:
        """The different selections of all clocked levels, their priorities left aside."""
        found: list[Mapping[str, Sequence[str]]] = []
        for version in self.versions:
            for level in version.terms.service_levels:
                chosen = _without_priority(level)
                if level.is_clocked and chosen and chosen not in found:
                    found.append(chosen)
        return found

    def rules(self, key: str, span: tuple[date, date]) -> list[LevelRules]:
        """How a clocked level judged tickets, one per version of the terms that has it; `span` is where dates lie."""
        selections = self.selections()
        return [
            self._rules(version, level, selections, span)
            for version in self.versions
            for level in version.terms.service_levels
            if level.key == key and level.is_clocked
        ]

    def _rules(
        self, version: Version, level: ServiceLevelTerms, selections: Sequence[object], span: tuple[date, date]
    ) -> LevelRules:
        chosen = _without_priority(level)
        return LevelRules(
            level.key,
            level.measure,
            self.calendar(version.terms.calendars[level.calendar or ""].terms, span),
            targets_of(level),
            kind_bits(level.stops),
            level.priority_rule,
            level.counts_in,
            selections.index(chosen) if chosen else -1,
            version.opened_from,
            version.opened_until,
        )

    def calendar(self, terms: CalendarTerms, span: tuple[date, date]) -> WorkingCalendar:
        if terms not in self._calendars:
            self._calendars[terms] = WorkingCalendar(terms, *span)
        return self._calendars[terms]

    def holidays_version(self) -> str:
        """The version of the library of public holidays, '' when no calendar uses it."""
        uses = any(c.terms.holiday_country for v in self.versions for c in v.terms.calendars.values())
        return holidays_version() if uses else ""


def targets_of(level: ServiceLevelTerms) -> Micros:
    """Target by priority number 1 to 4 in microseconds, 0 where the level has none or does not select it."""
    targets = np.zeros(len(PRIORITIES) + 1, dtype=np.int64)
    for number, priority in enumerate(PRIORITIES, 1):
        if "priority" not in level.select or priority in level.select["priority"]:
            targets[number] = (level.seconds_for(priority) or 0) * SECOND_US
    return targets


def _without_priority(level: ServiceLevelTerms) -> dict[str, Sequence[str]]:
    return {field: tuple(values) for field, values in level.select.items() if field != "priority"}


def span_of(*micros: int) -> tuple[date, date]:
    """The dates around instants, a day to each side."""
    low, high = min(micros), max(micros)
    return from_micros(low - 86_400 * SECOND_US).date(), from_micros(high + 86_400 * SECOND_US).date()
