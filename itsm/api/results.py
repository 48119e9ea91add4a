"""The collection of results."""

from typing import Any

from itsm import policy
from itsm.queries import clocks
from mspgov.kernel.faults import Fault
from mspgov.web.api import Collection

STATES = ("sealed", "open")


class Results(Collection):
    """Attainment by month and service level: the version that holds. `state` is sealed or open."""

    may = policy.READ_PERFORMANCE
    row = clocks.ResultRow
    filters = ("engagement", "month", "service_level", "state")

    def rows(self, **asked: Any) -> list[clocks.ResultRow]:
        if asked.get("state", "open") not in STATES:
            raise Fault("state", f"must be one of {', '.join(STATES)}")
        return clocks.result_rows(**asked)
