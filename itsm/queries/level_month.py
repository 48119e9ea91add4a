"""One month of one service level: what it came to, its late tickets, all its clocks; and the months of a level."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from contracts.calc.terms import ServiceLevelTerms
from contracts.models import ServiceLevel, TermsVersion
from contracts.queries import terms_of_version
from itsm.calc.judgement import tickets_to
from itsm.models import Exclusion, MonthSeal, Outcome, ReportedValue, Result
from mspgov.kernel.instants import to_micros
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .current import ResultLine, result_lines, seals_between
from .rules import Contract, span_of
from .waits import held_longest, waits_of

DRAWER_TICKETS = 8
PAGE_TICKETS = 50


@dataclass(frozen=True)
class ClockLine:
    """The clock of a ticket in a month; `late_us` is negative where time was left. `held_by` is a party, '' if not asked."""

    ticket_id: int
    public_id: UUID
    number: str
    priority: int
    category: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    elapsed_us: int
    target_us: int
    paused_us: int
    met: bool
    excluded_for: str
    late_us: int
    held_by: str = ""


@dataclass(frozen=True)
class LevelMonth:
    """A month of a service level. `to_minimum` and `to_expected` say how many more in time would have reached it."""

    engagement: Engagement
    level: ServiceLevel
    line: ResultLine
    promised: ServiceLevelTerms | None
    reference: str
    terms_version: int
    terms_from: Any
    zone: str
    sealed_at: datetime | None
    late: tuple[ClockLine, ...]
    latest_us: int
    to_minimum: int | None
    to_expected: int | None
    reported: ReportedValue | None

    @property
    def month(self) -> Month:
        return self.line.month

    @property
    def is_running(self) -> bool:
        return self.sealed_at is None and not self.month.is_over(self.line.as_of, self.zone)


def level_month(engagement: Engagement, key: str, month: Month, *, late: int = DRAWER_TICKETS) -> LevelMonth:
    """What a month came to, with the late tickets nearest to their target first. Raises Http404 without a result."""
    level = get_object_or_404(ServiceLevel, engagement=engagement, key=key)
    lines = result_lines(Result.objects.filter(engagement=engagement, service_level=level, month=month.text))
    if not lines:
        raise Http404
    line = lines[0]
    version = TermsVersion.objects.get(pk=line.terms_version_id)
    terms = terms_of_version(version)
    promised = next((each for each in terms.service_levels if each.key == key), None)
    seal = MonthSeal.objects.filter(engagement=engagement, month=month.text).values_list("at", flat=True).first()
    reported = None if line.reported_id is None else ReportedValue.objects.get(pk=line.reported_id)
    found = by_outcome(clocks(line.pk), "missed")
    if not line.late:
        found = found.none()
    nearest = clock_lines(found.order_by("late_us", "ticket__number")[:late])
    farthest = found.order_by("-late_us").values_list("late_us", flat=True).first() if line.late > late else None
    return LevelMonth(
        engagement, level, line, promised, terms.contract.reference, version.version, version.effective_on,
        terms.contract.time_zone, seal, tuple(with_holders(engagement, key, nearest, line.as_of)),
        nearest[-1].late_us if farthest is None and nearest else farthest or 0,
        None if line.minimum is None else tickets_to(line.minimum, line.met, line.total),
        tickets_to(line.expected, line.met, line.total), reported,
    )  # fmt: skip


def clocks(result_id: int) -> QuerySet[Any]:
    """The clocks of a result; `late_us` is elapsed less target."""
    rows: QuerySet[Any] = Outcome.objects.filter(result_id=result_id).annotate(late_us=F("elapsed_us") - F("target_us"))
    return rows


def clock_lines(rows: "QuerySet[Any]") -> list[ClockLine]:
    columns = (
        "ticket_id", "ticket__public_id", "ticket__number", "ticket__priority", "ticket__category", "started_at", "ended_at",
        "due_at", "elapsed_us", "target_us", "paused_us", "met", "excluded_for", "late_us",
    )  # fmt: skip
    return [ClockLine(*values) for values in rows.values_list(*columns)]


def with_holders(engagement: Engagement, key: str, lines: Sequence[ClockLine], until: datetime) -> list[ClockLine]:
    """The same lines with who held each ticket longest, in the level's working time."""
    if not lines:
        return []
    spans = {e.ticket_id: (to_micros(e.started_at), to_micros(e.ended_at or max(until, e.started_at))) for e in lines}
    rules = Contract(engagement).rules(key, span_of(*(at for span in spans.values() for at in span)))
    if not rules:
        return list(lines)
    waits = waits_of(engagement, list(spans))
    names = {ticket: held_longest(waits.get(ticket, ()), *span, rules[-1].calendar) for ticket, span in spans.items()}
    return [ClockLine(**{**vars(e), "held_by": names[e.ticket_id]}) for e in lines]


@dataclass(frozen=True)
class ClockPage:
    """A page of a month's clocks; `page` counts from 1."""

    lines: tuple[ClockLine, ...]
    page: int
    total: int

    @property
    def has_more(self) -> bool:
        return self.page * PAGE_TICKETS < self.total


def month_clocks(shown: LevelMonth, outcome: str, sort: str, page: int) -> ClockPage:
    """The clocks of a month, by `outcome` ('missed', 'met', 'excluded', '' for all) and `sort` (a column, '-' down)."""
    rows = by_outcome(clocks(shown.line.pk), outcome)
    columns = {"late": "late_us", "number": "ticket__number", "elapsed": "elapsed_us", "paused": "paused_us", "opened": "started_at"}  # fmt: skip
    column = columns.get(sort.lstrip("-"), "late_us")
    order = f"-{column}" if sort.startswith("-") else column
    total = rows.count()
    page = min(max(page, 1), max(1, -(-total // PAGE_TICKETS)))
    start = (page - 1) * PAGE_TICKETS
    found = clock_lines(rows.order_by(order, "ticket__number")[start : start + PAGE_TICKETS])
    return ClockPage(tuple(with_holders(shown.engagement, shown.level.key, found, shown.line.as_of)), page, total)


def by_outcome(rows: "QuerySet[Any]", outcome: str) -> "QuerySet[Any]":
    """Outcomes of one kind; any other word is all of them."""
    if outcome == "excluded":
        return rows.exclude(excluded_for="")
    if outcome in ("missed", "met"):
        return rows.filter(met=outcome == "met", excluded_for="")
    return rows


def all_clocks(shown: LevelMonth, outcome: str) -> list[ClockLine]:
    """Every clock of a month for an export, in order of the tickets' numbers."""
    return clock_lines(by_outcome(clocks(shown.line.pk), outcome).order_by("ticket__number"))


@dataclass(frozen=True)
class LevelMonths:
    """The latest months of a service level that were measured, the latest last."""

    level: ServiceLevel
    lines: tuple[ResultLine, ...]
    sealed: frozenset[Month]


def level_months(level_id: UUID, months: int = 12) -> LevelMonths:
    """The months of one level. Raises Http404 when the reader sees no such level."""
    level = get_object_or_404(ServiceLevel.objects.select_related("engagement"), public_id=level_id)
    lines = result_lines(Result.objects.filter(service_level=level))[-months:]
    seals = seals_between(level.engagement, lines[0].month, lines[-1].month) if lines else {}
    return LevelMonths(level, tuple(lines), frozenset(seals))


EXCLUDED_FOR = dict(Exclusion.Kind.choices)
