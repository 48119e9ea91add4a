"""Obligations by API."""

from collections.abc import Iterable
from typing import Any

from mspgov.tenancy.models import Membership
from mspgov.web.api import Collection

from . import policy, queries
from .queries import ObligationRow, obligation_row


class Obligations(Collection):
    """What either side owes, by when, and what became of it; the latest raised first."""

    may = policy.READ_OBLIGATIONS
    row = ObligationRow
    filters = ("engagement", "state", "owed_by", "kind")

    def rows(self, **asked: Any) -> Any:
        reader: Membership = self.request.member  # type: ignore[attr-defined]
        return queries.obligations(reader).filter(**asked)

    def documents(self, found: list[Any]) -> Iterable[ObligationRow]:
        return map(obligation_row, found)
