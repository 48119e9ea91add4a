"""What a correction of a sealed month would write, as it is kept between its preview and its confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mspgov.kernel.money import Money
from mspgov.kernel.period import Month

AMOUNTS = ("charges_before", "charges_after", "total_before", "total_after")


@dataclass(frozen=True)
class DifferingResult:
    """A result as it was sealed and as it would be; attainments in percent, None where nothing was measured."""

    service_level: str
    name: str
    version: int
    sealed: Decimal | None
    sealed_met: int
    sealed_total: int
    attainment: Decimal | None
    met: int
    total: int


@dataclass(frozen=True)
class DifferingEntry:
    """An entry of the ledger that would be written; `before` is what it would replace."""

    service_level: str
    name: str
    month: Month
    kind: str
    before: Money | None
    amount: Money


@dataclass(frozen=True)
class Correction:
    """What would be written, with the charges that were asked for; `others` says in words which other sealed months
    would differ too and stay. Charges and the sum of the month's credits stand as they are and as they would be; None where
    the month has no charges, or in a preview of before they were kept."""

    month: Month
    charges: Money | None
    results: tuple[DifferingResult, ...]
    entries: tuple[DifferingEntry, ...]
    others: tuple[str, ...]
    charges_before: Money | None = None
    charges_after: Money | None = None
    total_before: Money | None = None
    total_after: Money | None = None

    @property
    def difference(self) -> Money | None:
        """What the month's credits would gain, below zero where they lose."""
        if self.total_before is None or self.total_after is None:
            return None
        return self.total_after - self.total_before

    @property
    def is_empty(self) -> bool:
        return not (self.results or self.entries)

    def document(self) -> dict[str, Any]:
        """JSON: money and percentages as text."""
        return {
            "month": self.month.text,
            "charges": self.charges.text if self.charges else None,
            "currency": self.charges.currency if self.charges else None,
            "results": [
                {name: str(value) if isinstance(value, Decimal) else value for name, value in vars(each).items()}
                for each in self.results
            ],
            "entries": [
                {
                    "service_level": each.service_level,
                    "name": each.name,
                    "month": each.month.text,
                    "kind": each.kind,
                    "before": each.before.text if each.before else None,
                    "amount": each.amount.text,
                    "currency": each.amount.currency,
                }
                for each in self.entries
            ],
            "others": list(self.others),
            "amounts": {name: _kept(getattr(self, name)) for name in AMOUNTS},
        }


def read_correction(document: Mapping[str, Any]) -> Correction:
    """The inverse of `Correction.document`."""
    return Correction(
        month=Month(document["month"]),
        charges=_money(document["charges"], document["currency"]),
        results=tuple(_result(each) for each in document["results"]),
        entries=tuple(_entry(each) for each in document["entries"]),
        others=tuple(document["others"]),
        **{name: _money(*kept) for name, kept in document.get("amounts", {}).items() if kept},
    )


def _result(document: Mapping[str, Any]) -> DifferingResult:
    figures = {name: _decimal(document[name]) for name in ("sealed", "attainment")}
    return DifferingResult(**{**document, **figures})


def _entry(document: Mapping[str, Any]) -> DifferingEntry:
    amount = Money(Decimal(document["amount"]), document["currency"])
    return DifferingEntry(
        service_level=document["service_level"],
        name=document["name"],
        month=Month(document["month"]),
        kind=document["kind"],
        before=_money(document["before"], document["currency"]),
        amount=amount,
    )


def _kept(amount: Money | None) -> list[str] | None:
    return [amount.text, amount.currency] if amount is not None else None


def _money(text: str | None, currency: str) -> Money | None:
    return None if text is None else Money(Decimal(text), currency)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
