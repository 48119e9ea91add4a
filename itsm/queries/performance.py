"""The heat table: service levels by month, what each came to, and where a running month is heading."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import Coalesce, TruncDate

from contracts.calc.terms import ServiceLevelTerms, Terms
from contracts.calc.words import target_words
from contracts.models import TermsVersion
from contracts.queries import terms_of_version
from itsm.calc.daily import past_days, weekdays_left
from itsm.calc.forecast import Heading, heading
from itsm.calc.judgement import AT_RISK, BELOW
from itsm.models import Outcome
from mspgov.kernel.period import Month, months_between
from mspgov.kernel.ratio import plain
from mspgov.tenancy.models import Engagement

from .current import ResultLine, lines_between, month_range, seals_between

SHOWN_MONTHS = 12
PAST_DAYS = 56
GROUPS = {"respond": "Response", "resolve": "Resolution"}


@dataclass(frozen=True)
class HeatMonthFacts:
    """A month of the table: sealed, measured and open, or without results."""

    month: Month
    sealed_at: datetime | None
    is_measured: bool
    is_running: bool
    day: int


@dataclass(frozen=True)
class HeatRowFacts:
    """A service level over the months of the table, None where a month has no result; where the running one is heading."""

    level: str
    level_id: int
    public_id: UUID
    name: str
    promise: str
    group: str
    measure: str
    lines: tuple[ResultLine | None, ...]
    heading: Heading | None


@dataclass(frozen=True)
class PerformancePage:
    """What the performance page of one engagement shows. `known_at` is when it was measured last."""

    engagement: Engagement
    zone: str
    months: tuple[HeatMonthFacts, ...]
    rows: tuple[HeatRowFacts, ...]
    first: Month
    last: Month
    latest: Month
    known_at: datetime
    reported_by: str

    @property
    def is_latest(self) -> bool:
        """Does the table end with the latest month that has results?"""
        return self.last == self.latest

    @property
    def running(self) -> Month | None:
        return next((m.month for m in self.months if m.is_running), None)

    @property
    def latest_over(self) -> Month | None:
        """The latest month of the table that is over and has results."""
        return next((m.month for m in reversed(self.months) if m.is_measured and not m.is_running), None)

    def lines_of(self, month: Month) -> list[ResultLine]:
        """What was measured in a month; levels that were not measured are left out."""
        found = [line for row in self.rows for line in row.lines if line is not None and line.month == month]
        return [line for line in found if line.attainment is not None]

    def missed(self, month: Month) -> list[ResultLine]:
        return [line for line in self.lines_of(month) if line.standing == BELOW]

    def at_risk(self, month: Month) -> list[ResultLine]:
        return [line for line in self.lines_of(month) if line.standing == AT_RISK]

    def headed(self, verdict: str) -> list[HeatRowFacts]:
        return [row for row in self.rows if row.heading is not None and row.heading.verdict == verdict]


def performance_page(engagement: Engagement, last: Month | None = None) -> PerformancePage | None:
    """Twelve months up to `last`, or up to the latest one with results; None before anything was measured."""
    known = month_range(engagement)
    if known is None:
        return None
    last = min(max(last or known[1], known[0]), known[1])
    first = last + (1 - SHOWN_MONTHS)
    lines = lines_between(engagement, first, last)
    seals = seals_between(engagement, first, last)
    terms = terms_of([line.terms_version_id for line in lines])
    zone = next(iter(terms.values())).contract.time_zone if terms else engagement.time_zone
    known_at = max(line.as_of for line in lines)
    today = known_at.astimezone(ZoneInfo(zone)).date()
    measured = {line.month for line in lines}
    running = last if last in measured and not last.is_over(known_at, zone) and last not in seals else None
    months = tuple(
        HeatMonthFacts(m, seals.get(m), m in measured, m == running, today.day if m == running else 0)
        for m in months_between(first, last)
    )
    days = daily_counts(tuple((r.pk, r.digest) for r in lines if running and running - r.month <= 2 and r.total), zone)
    return PerformancePage(
        engagement, zone, months, tuple(rows_of(lines, months, terms, running, today, days)), known[0], last, known[1], known_at,
        next((line.reported_by for line in reversed(lines) if line.reported_by), ""),
    )  # fmt: skip


def terms_of(version_ids: Sequence[int]) -> dict[int, Terms]:
    """Terms by the id of their version, read once however many results name them."""
    return {row.pk: terms_of_version(row) for row in TermsVersion.objects.filter(pk__in=set(version_ids))}


def rows_of(
    lines: Sequence[ResultLine], months: Sequence[HeatMonthFacts], terms: Mapping[int, Terms], running: Month | None,
    today: date, days: Mapping[int, Mapping[date, tuple[int, int]]],
) -> list[HeatRowFacts]:  # fmt: skip
    by_level: dict[int, dict[Month, ResultLine]] = defaultdict(dict)
    for line in lines:
        by_level[line.level_id][line.month] = line
    rows = []
    for own in sorted(by_level.values(), key=lambda own: next(iter(own.values())).position):
        latest = own[max(own)]
        here = own.get(running) if running else None
        promised = promised_in(terms, latest)
        rows.append(
            HeatRowFacts(
                latest.level,
                latest.level_id,
                latest.level_public_id,
                latest.level_name,
                promise_words(promised),
                GROUPS.get(latest.measure, "Other"),
                latest.measure,
                tuple(own.get(m.month) for m in months),
                None if here is None or here.is_reported else where_heading(here, own, days, today),
            )
        )
    return sorted(rows, key=lambda row: ("Response", "Resolution", "Other").index(row.group))


def promised_in(terms: Mapping[int, Terms], line: ResultLine) -> ServiceLevelTerms | None:
    found = terms.get(line.terms_version_id)
    return next((each for each in found.service_levels if each.key == line.level), None) if found else None


def promise_words(promised: ServiceLevelTerms | None) -> str:
    """The promise in a line: "8 h, office hours"; "99.9 % of the month"."""
    if promised is None:
        return ""
    if not promised.is_clocked:
        return f"{plain(promised.expected)} % of {'the month' if promised.measure == 'availability' else 'all'}"
    return f"{target_words(promised)}, {calendar_words(promised.calendar or '')}"


def calendar_words(name: str) -> str:
    """office is office hours, round-the-clock stays."""
    said = name.replace("-", " ").replace("_", " ")
    return said if any(word in said for word in ("hours", "clock", "days", "time", "24")) else f"{said} hours"


def where_heading(
    line: ResultLine, own: Mapping[Month, ResultLine], days: Mapping[int, Mapping[date, tuple[int, int]]], today: date
) -> Heading:
    """The forecast of a running month from the days behind it, at most eight weeks."""
    counts: dict[date, tuple[int, int]] = {}
    for each in own.values():
        counts.update(days.get(each.pk, {}))
    first = max(min(counts, default=today), today - timedelta(days=PAST_DAYS))
    return forecast(
        met=line.met, total=line.total, past=past_days(counts, first, today),
        left=weekdays_left(today, line.month.last_day), expected=line.expected, minimum=line.minimum,
    )  # fmt: skip


forecast = lru_cache(maxsize=256)(heading)


@lru_cache(maxsize=64)
def daily_counts(results: tuple[tuple[int, str], ...], zone: str) -> dict[int, dict[date, tuple[int, int]]]:
    """Result → day → (total, met), by the day on which each outcome was decided. Results are named with their digests:
    what a digest says never changes."""
    if not results:
        return {}
    rows = (
        Outcome.objects.filter(result_id__in=[pk for pk, _ in results], excluded_for="")
        .annotate(day=TruncDate(Coalesce("due_at", "ended_at", "started_at"), tzinfo=ZoneInfo(zone)))
        .values("result_id", "day")
        .annotate(total=Count("pk"), in_time=Count("pk", filter=Q(met=True)))
        .values_list("result_id", "day", "total", "in_time")
    )
    found: dict[int, dict[date, tuple[int, int]]] = defaultdict(dict)
    for result, day, total, met in rows:
        found[result][day] = (total, met)
    return dict(found)
