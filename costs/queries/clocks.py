"""The clocks behind results: one row per ticket and service level, as `measure --tickets` writes them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from itsm.models import Outcome
from mspgov.documents.workbook import defused
from mspgov.kernel.instants import SECOND_US, to_micros, write_instant
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .account import latest_results

HEADER: Final = (
    "number", "service_level", "month", "start", "end", "elapsed_seconds", "target_seconds", "paused_seconds", "met",
)  # fmt: skip


def clock_rows(engagement: Engagement, first: Month, last: Month) -> Iterator[tuple[str, ...]]:
    """Rows under HEADER for the tickets that count from the first month to the last, in the order of the service
    levels, then of the tickets' numbers as text. A number that a spreadsheet would take for a formula is prefixed."""
    results = latest_results(engagement, first, last)
    outcomes = (
        Outcome.objects.filter(result_id__in=[row.pk for row in results.values()], excluded_for="")
        .order_by("result__service_level__position", "result__service_level", "ticket__number", "result__month")
        .values_list(
            "ticket__number", "result__service_level__key", "result__month", "started_at", "ended_at", "elapsed_us",
            "target_us", "paused_us", "met",
        )
    )  # fmt: skip
    for number, level, month, start, end, elapsed, target, paused, met in outcomes.iterator(chunk_size=5000):
        yield (
            defused(number),
            level,
            month,
            instant(start),
            instant(end) if end else "",
            seconds(elapsed),
            seconds(target),
            seconds(paused),
            "true" if met else "false",
        )


def instant(at: datetime) -> str:
    return write_instant(to_micros(at))


def seconds(micros: int) -> str:
    """Whole seconds, or as many of six decimals as needed."""
    whole, rest = divmod(micros, SECOND_US)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)
