"""What holds now: the latest version of each result, by its key, in few bytes; and which months are sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from itsm.models import MonthSeal, Result
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

COLUMNS = (
    "pk", "public_id", "service_level_id", "service_level__public_id", "service_level__key", "service_level__name",
    "service_level__measure", "service_level__position", "month", "version", "total", "met", "excluded", "attainment",
    "standing", "is_forgiven", "reported_id", "reported__source", "expected", "minimum", "terms_version_id", "as_of", "computed_at",
    "digest", "reason", "rules_version", "engagement__slug",
)  # fmt: skip


@dataclass(frozen=True)
class ResultLine:
    """A result that holds. `attainment`, `expected` and `minimum` are percent; `standing` is a word of calc.judgement."""

    pk: int
    public_id: UUID
    level_id: int
    level_public_id: UUID
    level: str
    level_name: str
    measure: str
    position: int
    month: Month
    version: int
    total: int
    met: int
    excluded: int
    attainment: Decimal | None
    standing: str
    is_forgiven: bool
    reported_id: int | None
    reported_by: str | None
    expected: Decimal
    minimum: Decimal | None
    terms_version_id: int
    as_of: datetime
    computed_at: datetime
    digest: str
    reason: str
    rules_version: str
    engagement: str

    @property
    def is_reported(self) -> bool:
        return self.reported_id is not None

    @property
    def is_corrected(self) -> bool:
        """Did a decision after sealing change it?"""
        return bool(self.reason)

    @property
    def late(self) -> int:
        return self.total - self.met


def result_lines(rows: "QuerySet[Result]") -> list[ResultLine]:
    """The latest version of each service level and month among these results, in order of month and place."""
    latest = rows.order_by("service_level", "month", "-version").distinct("service_level", "month")
    found = [_line(values) for values in latest.values_list(*COLUMNS)]
    return sorted(found, key=lambda line: (line.month, line.position, line.level))


def _line(values: tuple[Any, ...]) -> ResultLine:
    row = list(values)
    row[COLUMNS.index("month")] = Month(row[COLUMNS.index("month")])
    return ResultLine(*row)


def month_range(engagement: Engagement) -> tuple[Month, Month] | None:
    """The first and the latest month that have results; None before anything was measured."""
    found = Result.objects.filter(engagement=engagement).aggregate(first=Min("month"), last=Max("month"))
    return (Month(found["first"]), Month(found["last"])) if found["last"] else None


def lines_between(engagement: Engagement, first: Month, last: Month) -> list[ResultLine]:
    return result_lines(Result.objects.filter(engagement=engagement, month__gte=first.text, month__lte=last.text))


def seals_between(engagement: Engagement, first: Month, last: Month) -> Mapping[Month, datetime]:
    """When each sealed month was sealed."""
    rows = MonthSeal.objects.filter(engagement=engagement, month__gte=first.text, month__lte=last.text)
    return {Month(month): at for month, at in rows.values_list("month", "at")}


@dataclass(frozen=True)
class Holding:
    """Of a result that holds: its month, and the key, name and measure of its service level."""

    month: str
    key: str
    name: str
    measure: str


def holding_ids(engagement: Engagement) -> dict[int, Holding]:
    """The results that hold, by id."""
    latest = Result.objects.filter(engagement=engagement).order_by("service_level", "month", "-version")
    columns = ("pk", "month", "service_level__key", "service_level__name", "service_level__measure")
    return {pk: Holding(*rest) for pk, *rest in latest.distinct("service_level", "month").values_list(*columns)}
