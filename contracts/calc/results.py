"""Measured results of months, as the credit calculator takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import percent, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelResult:
    """What one month gave for one service level: `met` of `total`, or a `value` in percent; or it was excused."""

    met: int | None = None
    total: int | None = None
    value: Decimal | None = None
    excused: str | None = None

    @property
    def attainment(self) -> Fraction | None:
        """Exact percent; None when nothing was measured: no counts, nothing counted, or the month was excused."""
        if self.excused is not None:
            return None
        if self.value is not None:
            return Fraction(self.value)
        if not self.total or self.met is None:
            return None
        return percent(self.met, self.total)

    @property
    def failures(self) -> int | None:
        """How many did not meet their target; None when the month is given by a value."""
        return None if self.total is None or self.met is None else self.total - self.met

    def document(self) -> dict[str, Any]:
        given: dict[str, Any] = {} if self.met is None else {"met": self.met, "total": self.total}
        if self.value is not None:
            given["value"] = plain(self.value)
        if self.excused is not None:
            given["excused"] = self.excused
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthResults:
    """One month: its charges (None when they are missing: it earns no credit) and its results by level key."""

    month: Month
    charges: Money | None = None
    charges_by_service_level: Mapping[str, Money] = field(default_factory=dict)
    results: Mapping[str, LevelResult] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        given: dict[str, Any] = {"month": str(self.month)}
        if self.charges is not None:
            given["charges"] = self.charges.text
        if self.charges_by_service_level:
            given["charges_by_service_level"] = {k: m.text for k, m in self.charges_by_service_level.items()}
        return given | {"results": {key: result.document() for key, result in self.results.items()}}


@dataclass(frozen=True, slots=True)
class Results:
    """Results of months, in any order, each month once."""

    months: tuple[MonthResults, ...]

    def document(self) -> dict[str, Any]:
        """The RESULTS document of which `manage.py credits` gives the same credits."""
        return {"months": [month.document() for month in self.months]}
