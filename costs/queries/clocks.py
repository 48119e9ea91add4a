"""The clocks behind results: one row per ticket and service level, as `measure --tickets` writes them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from django.db.models import QuerySet

from engagements.queries import vendor_parties
from itsm.calc.measurement import NEVER, judge
from itsm.models import Outcome
from itsm.queries.arrays import read_tickets
from itsm.queries.exclusions import decisions, relief_us
from itsm.queries.rules import Contract, span_of
from mspgov.documents.workbook import defused
from mspgov.kernel.instants import SECOND_US, to_micros
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .account import latest_results

HEADER: Final = (
    "number", "service_level", "month", "start", "end", "elapsed_seconds", "target_seconds", "paused_seconds", "met",
)  # fmt: skip

Clock = tuple[int, int]
"""Working time that ran and that was taken off, in microseconds."""


def clock_rows(engagement: Engagement, first: Month, last: Month, *, as_of: datetime) -> Iterator[tuple[str, ...]]:
    """Rows under HEADER for the tickets that count from the first month to the last, in the order of the service
    levels, then of the tickets' numbers as text. A clock that has not ended runs up to `as_of`. A number that a
    spreadsheet would take for a formula is prefixed."""
    outcomes = counted_outcomes(engagement, first, last)
    running = running_clocks(engagement, outcomes.filter(ended_at=None), as_of)
    rows = outcomes.order_by(
        "result__service_level__position", "result__service_level", "ticket__number", "result__month"
    ).values_list(
        "ticket_id", "ticket__number", "result__service_level__key", "result__month", "started_at", "ended_at",
        "elapsed_us", "target_us", "paused_us", "met",
    )  # fmt: skip
    for ticket, number, level, month, start, end, elapsed, target, paused, met in rows.iterator(chunk_size=5000):
        ran, off = running.get((level, ticket), (elapsed, paused)) if end is None else (elapsed, paused)
        yield (
            defused(number),
            level,
            month,
            instant(start),
            instant(end) if end else "",
            seconds(ran),
            seconds(target),
            seconds(off),
            "true" if met else "false",
        )


def counted_outcomes(engagement: Engagement, first: Month, last: Month) -> "QuerySet[Outcome]":
    """The outcomes of the results in force that no decision left out."""
    results = [row.pk for row in latest_results(engagement, first, last).values()]
    found: QuerySet[Outcome] = Outcome.objects.filter(result_id__in=results, excluded_for="")
    return found


def running_clocks(
    engagement: Engagement, unfinished: "QuerySet[Outcome]", as_of: datetime
) -> Mapping[tuple[str, int], Clock]:
    """(service level, ticket) → its clock at `as_of`, where it still runs: an outcome keeps the reading of the instant
    at which its result changed last."""
    wanted = set(unfinished.values_list("result__service_level__key", "ticket_id"))
    if not wanted:
        return {}
    contract, now = Contract(engagement), to_micros(as_of)
    tickets = sorted({ticket for _, ticket in wanted})
    selections, parties = contract.selections(), vendor_parties(engagement)
    arrays = read_tickets(engagement.pk, selections, parties, "t.id = any(%s)", [tickets])
    span = span_of(now, *arrays.tickets.opened.tolist())
    clocks: dict[tuple[str, int], Clock] = {}
    made = decisions(engagement)
    for level in sorted({level for level, _ in wanted}):
        relief = relief_us(made, arrays.ids, contract.levels[level].pk)
        for rules in contract.rules(level, span):
            judged = judge(arrays.tickets, rules, now, relief=relief)
            ids, still = arrays.ids[judged.rows].tolist(), (judged.ends == NEVER).tolist()
            readings = zip(ids, still, judged.elapsed.tolist(), judged.paused.tolist(), strict=True)
            clocks |= {(level, ticket): (ran, off) for ticket, runs, ran, off in readings if runs}
    return clocks


def instant(at: datetime) -> str:
    """In UTC with Z, without a fraction or with six digits."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def seconds(micros: int) -> str:
    """Whole seconds, or as many of six decimals as needed."""
    whole, rest = divmod(micros, SECOND_US)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)
