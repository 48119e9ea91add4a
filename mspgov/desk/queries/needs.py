"""What needs somebody, beyond how an engagement stands: failed runs, rejected rows, months heading for a miss."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsm.models import Import
from itsm.queries.performance import HeatRowFacts, performance_page
from mspgov.jobs.models import Run
from mspgov.jobs.queries import RunLine, run_line
from mspgov.kernel.period import Month

from .standing import Standing

RECENT = timedelta(days=30)


@dataclass(frozen=True)
class RejectedRows:
    """An import with rows that could not be read."""

    id: str
    file: str
    engagement: str
    count: int
    read: int
    at: datetime


@dataclass(frozen=True)
class HeadedForAMiss:
    """A service level whose running month is set to end below its minimum at today's pace."""

    engagement: str
    slug: str
    month: Month
    row: HeatRowFacts


def failed_runs(at: datetime) -> tuple[RunLine, ...]:
    """Runs of the past month that failed, and whose like was not done since, the latest first."""
    rows = Run.objects.filter(state=Run.State.FAILED, ended_at__gte=at - RECENT)
    return tuple(run_line(run) for run in rows.select_related("started_by").order_by("-ended_at")[:5])


def rejected_rows(at: datetime) -> tuple[RejectedRows, ...]:
    """Imports of the past month with rejected rows, the latest first."""
    rows = Import.objects.filter(state=Import.State.DONE, rejected_count__gt=0, done_at__gte=at - RECENT)
    found = rows.select_related("engagement", "file").defer("rejected", "preview").order_by("-done_at")[:5]
    return tuple(
        RejectedRows(
            str(row.public_id), row.file.name, row.engagement.name, row.rejected_count, row.read, row.done_at or at
        )
        for row in found
    )


def headed_for_a_miss(standings: Sequence[Standing]) -> tuple[HeadedForAMiss, ...]:
    """Asks the forecast of engagements whose running month was measured; others cannot head anywhere."""
    found = []
    for each in standings:
        page = performance_page(each.engagement) if each.running else None
        if page is not None and page.running is not None:
            found += [
                HeadedForAMiss(each.engagement.name, each.engagement.slug, page.running, row)
                for row in page.headed("miss")
            ]
    return tuple(found)
