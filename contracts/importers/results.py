"""A results document into Results: checked against the terms that it belongs to."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from contracts.calc.results import LevelResult, MonthResults, Results
from contracts.calc.terms import Terms
from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money, read_money
from mspgov.kernel.period import Month, read_month

from .terms_fields import Fields, count, entries, items, percent

MONTH_KEYS: Final = ("month", "charges", "charges_by_service_level", "results")
RESULT_KEYS: Final = ("met", "total", "value", "excused")


def read_results(document: object, terms: Terms, *, path: str = "") -> Results:
    """The results of a document already read, in the order of the months; Fault with the path below `path`."""
    fields = Fields(document, path, ("months",))
    if "months" not in fields:
        raise Fault(fields.at("months"), "is required")
    reading = _Reading(terms, [level.key for level in terms.service_levels])
    months: dict[Month, MonthResults] = {}
    for value, value_path in items(fields.values["months"], fields.at("months")):
        month = reading.month(value, value_path)
        if month.month in months:
            raise Fault(f"{value_path}.month", f"{month.month} is given twice")
        months[month.month] = month
    return Results(tuple(months[month] for month in sorted(months)))


@dataclass(frozen=True)
class _Reading:
    terms: Terms
    levels: Collection[str]

    def month(self, value: object, path: str) -> MonthResults:
        fields = Fields(value, path, MONTH_KEYS)
        month = fields.required("month", read_month)
        contract = self.terms.contract
        if not contract.first_month <= month <= contract.last_month:
            raise Fault(
                fields.at("month"),
                f"{month} lies outside the contract's term, {contract.first_month} to {contract.last_month}",
            )
        return MonthResults(
            month=month,
            charges=fields.maybe("charges", self.money),
            charges_by_service_level=fields.maybe("charges_by_service_level", self.money_by_level) or {},
            results=fields.maybe("results", self.results) or {},
        )

    def money(self, value: object, path: str) -> Money:
        return read_money(value, self.terms.contract.currency, path)

    def money_by_level(self, value: object, path: str) -> dict[str, Money]:
        return {
            self.level(key, inner_path): self.money(inner, inner_path)
            for key, inner, inner_path in entries(value, path)
        }

    def results(self, value: object, path: str) -> dict[str, LevelResult]:
        return {
            self.level(key, inner_path): read_level_result(inner, inner_path)
            for key, inner, inner_path in entries(value, path)
        }

    def level(self, key: str, path: str) -> str:
        if key not in self.levels:
            raise Fault(path, "unknown service level")
        return key


def read_level_result(value: object, path: str) -> LevelResult:
    """Counts or a value in percent, and the reason when the whole month is excused (then neither is needed)."""
    fields = Fields(value, path, RESULT_KEYS)
    counted = [key for key in ("met", "total") if key in fields]
    if "value" in fields and counted:
        raise Fault(fields.at("value"), f"must not stand beside {' and '.join(counted)}")
    excused = fields.maybe("excused", read_reason)
    if not fields.values:
        raise Fault(path, "must have met and total, or value")
    met = fields.required("met", count()) if counted else None
    total = fields.required("total", count()) if counted else None
    if met is not None and total is not None and met > total:
        raise Fault(fields.at("met"), f"must not be greater than total, {total}")
    return LevelResult(met=met, total=total, value=fields.maybe("value", percent), excused=excused)


def read_reason(value: object, path: str) -> str:
    """A reason in words; it may have several lines."""
    if not isinstance(value, str):
        raise Fault(path, "must be text")
    if not value.strip():
        raise Fault(path, "must give the reason")
    return value
