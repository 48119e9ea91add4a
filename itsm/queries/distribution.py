"""How long the tickets of a month took, in parts of their target."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, F
from django.db.models.functions import Least

from itsm.models import Outcome
from mspgov.kernel.period import Month

from .performance import PerformancePage

PARTS, CLASSES = 4, 13


@dataclass(frozen=True)
class TimesTaken:
    """Tickets of a service level by quarters of its target; the last class holds all from three targets on."""

    name: str
    promise: str
    counts: tuple[int, ...]


def distribution(page: PerformancePage, month: Month) -> list[TimesTaken]:
    """One for each service level that has tickets in the month, in one query."""
    chosen = {line.pk: row for row in page.rows for line in row.lines if line and line.month == month and line.total}
    rows = (
        Outcome.objects.filter(result_id__in=list(chosen), excluded_for="", target_us__gt=0)
        .annotate(part=Least(F("elapsed_us") * PARTS / F("target_us"), CLASSES - 1))
        .values("result_id", "part")
        .annotate(count=Count("pk"))
        .values_list("result_id", "part", "count")
    )
    counts: dict[int, dict[int, int]] = defaultdict(dict)
    for result, part, count in rows:
        counts[result][part] = count
    return [
        TimesTaken(row.name, row.promise, tuple(counts[pk].get(part, 0) for part in range(CLASSES)))
        for pk, row in chosen.items()
    ]
