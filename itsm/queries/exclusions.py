"""What was decided about tickets: which do not count, and how much of a clock is relieved."""

from collections.abc import Mapping

import numpy as np

from itsm.calc.measurement import Rows
from itsm.models import Exclusion
from mspgov.kernel.instants import SECOND_US
from mspgov.tenancy.models import Engagement

Decisions = Mapping[tuple[int, int | None], Exclusion]


def decisions(engagement: Engagement) -> dict[tuple[int, int | None], Exclusion]:
    """(ticket, service level or None for all) → the decision that holds, in the order in which they were made."""
    rows = Exclusion.objects.filter(engagement=engagement).order_by("at", "pk")
    latest: dict[tuple[int, int | None], Exclusion] = {}
    for row in rows:
        latest.pop((row.ticket_id, row.service_level_id), None)
        latest[row.ticket_id, row.service_level_id] = row
    return {where: row for where, row in latest.items() if row.in_force}


def relief_us(made: Decisions, ids: Rows, level_id: int) -> Rows | None:
    """The relieved microseconds of each of these tickets in a service level; None where nothing is relieved."""
    relieved = {
        ticket: row.relief_seconds
        for (ticket, level), row in made.items()
        if level in (None, level_id) and row.relief_seconds is not None
    }
    if not relieved:
        return None
    found = np.zeros(len(ids), dtype=np.int64)
    for ticket, seconds in relieved.items():
        found[ids == ticket] = seconds * SECOND_US
    return found
