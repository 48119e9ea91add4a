"""The collection of tickets."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from itsm import policy
from itsm.models import Ticket
from itsm.queries import clocks
from itsm.queries.ticket_list import OUTCOMES
from mspgov.kernel.faults import Fault
from mspgov.web.api import Collection


class Tickets(Collection):
    """Tickets with their clocks: one for each service level in whose month they count. `outcome` is missed, met, open
    or excluded."""

    may = policy.READ_TICKETS
    row = clocks.TicketRow
    filters = ("engagement", "month", "service_level", "priority", "state", "outcome", "number")
    ordering = "-public_id"

    def rows(self, **asked: Any) -> "QuerySet[Ticket]":
        if asked.get("outcome", "met") not in OUTCOMES:
            raise Fault("outcome", f"must be one of {', '.join(OUTCOMES)}")
        return clocks.tickets(**asked)

    def documents(self, found: list[Any]) -> Iterable[clocks.TicketRow]:
        return clocks.ticket_rows(found)
