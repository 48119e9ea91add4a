"""What happened to measured months since they were measured: values reported, tickets imported or withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from itsm.models import Import, ReportedValue
from itsm.queries.current import ResultLine
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

REPORTED_MEASURES = ("availability", "percentage")
MEASURED = "costs.measure"
VALUE, IMPORTED, WITHDRAWN = "a value was reported", "tickets were imported", "an import was withdrawn"


@dataclass(frozen=True)
class Changes:
    """What engagements got since: the latest reported value of each (service level, month); each import that changed
    tickets, as (engagement, instant, months or none where they are not known, words); each measurement that was done,
    as (engagement, first month, last month, instant)."""

    reported: dict[tuple[int, str], int]
    imports: tuple[tuple[int, datetime, frozenset[str], str], ...]
    measured: tuple[tuple[int, str, str, datetime], ...]

    def since(self, engagement: int, month: Month, lines: Sequence[ResultLine]) -> str:
        """What changed since a month's results in force were measured, in words; '' where nothing did."""
        if not lines:
            return ""
        asked = [line for line in lines if line.measure in REPORTED_MEASURES]
        if any(self.reported.get((line.level_id, month.text), line.reported_id) != line.reported_id for line in asked):
            return VALUE
        until = max(line.computed_at for line in lines)
        until = max([until, *(at for of, first, last, at in self.measured if of == engagement and first <= month.text <= last)])  # fmt: skip
        for of, at, months, what in self.imports:
            if of == engagement and at > until and (not months or month.text in months):
                return what
        return ""


def changes(engagements: Sequence[Engagement]) -> Changes:
    """Three queries, however many engagements and months there are."""
    values = ReportedValue.objects.filter(engagement__in=engagements).order_by("service_level", "month", "-pk")
    rows = values.distinct("service_level", "month").values_list("service_level_id", "month", "pk")
    done = Run.objects.filter(kind=MEASURED, engagement__in=engagements, state=Run.State.DONE, began_at__isnull=False)
    runs = done.values_list("engagement_id", "arguments__first", "arguments__last", "began_at")
    return Changes(
        reported={(level, month): pk for level, month, pk in rows},
        imports=tuple(_imports(engagements)),
        measured=tuple((of, first, last, at) for of, first, last, at in runs if of is not None),
    )


def _imports(engagements: Sequence[Engagement]) -> list[tuple[int, datetime, frozenset[str], str]]:
    states = (Import.State.DONE, Import.State.WITHDRAWN)
    rows = Import.objects.filter(engagement__in=engagements, state__in=states)
    found = []
    columns = ("engagement_id", "done_at", "withdrawn_at", "months", "created", "updated")
    for of, done, withdrawn, months, created, updated in rows.values_list(*columns):
        if (at := withdrawn or done) and (withdrawn or created or updated):
            found.append((of, at, frozenset(months), WITHDRAWN if withdrawn else IMPORTED))
    return found
