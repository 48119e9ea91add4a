"""The clock of a review: when an answer or a decision is due, and how far up the ladder a dispute has come by an instant.

Days are calendar days of the contract's zone and end with their last hour: what is proposed on 1 June and is to be
answered within ten days is late from the first instant of 12 June. The day on which a wait begins is not counted.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.calc.terms import LadderStep
from mspgov.kernel.money import Money
from mspgov.obligations.calc.deadlines import Delay, Unit, due_at


def deadline(began: datetime, days: int, time_zone: str) -> datetime:
    """The instant in UTC from which a wait of so many days is over."""
    return due_at(began, Delay(days, Unit.DAYS), time_zone=time_zone)


@dataclass(frozen=True)
class Rise:
    """A step of the ladder that a dispute has reached: when it began there and by when it is decided there."""

    number: int
    step: LadderStep
    began_at: datetime
    due_at: datetime


def rises(
    ladder: Sequence[LadderStep], reached: int, lapsed_at: datetime, now: datetime, time_zone: str
) -> tuple[Rise, ...]:
    """The steps that a dispute goes up because the time at the step it has `reached` (0: below the first) ended at
    `lapsed_at`. Each begins where the one before ended, whenever somebody looks; the last step waits for good."""
    found: list[Rise] = []
    for number, step in enumerate(ladder[reached:], reached + 1):
        if lapsed_at > now:
            break
        rise = Rise(number, step, lapsed_at, deadline(lapsed_at, step.days, time_zone))
        found.append(rise)
        lapsed_at = rise.due_at
    return tuple(found)


@dataclass(frozen=True)
class Outcome:
    """What a decision leads to: the level's month, its credit, and what stands of the month's credits, what was waived
    beside it."""

    attainment: Decimal | None
    standing: str
    met: int
    total: int
    excluded: int
    amount: Money
    month_total: Money
    month_waived: Money

    def document(self) -> dict[str, Any]:
        """JSON: money and percentages as text."""
        return {
            "attainment": None if self.attainment is None else str(self.attainment),
            "standing": self.standing,
            "met": self.met,
            "total": self.total,
            "excluded": self.excluded,
            "amount": self.amount.text,
            "month_total": self.month_total.text,
            "month_waived": self.month_waived.text,
            "currency": self.amount.currency,
        }


def read_outcome(told: Mapping[str, Any]) -> Outcome:
    """An outcome from its `document`."""
    currency = told["currency"]
    return Outcome(
        attainment=None if told["attainment"] is None else Decimal(told["attainment"]),
        standing=told["standing"],
        met=told["met"],
        total=told["total"],
        excluded=told["excluded"],
        **{name: Money(Decimal(told[name]), currency) for name in ("amount", "month_total", "month_waived")},
    )


@dataclass(frozen=True)
class Outcomes:
    """Both ways to decide; `grant` is None where nothing was asked to be granted. `others` says in words which other
    sealed months would differ and stay."""

    refuse: Outcome
    grant: Outcome | None
    others: tuple[str, ...] = ()

    def document(self, asked: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """JSON: both outcomes, and the fingerprint that confirms what was asked to be granted."""
        return {
            "refuse": self.refuse.document(),
            "grant": self.grant.document() if self.grant else None,
            "others": list(self.others),
            "fingerprint": self.fingerprint(asked),
        }

    def fingerprint(self, asked: Sequence[Mapping[str, Any]]) -> str:
        """What a confirmation must find again: both outcomes, and what was to be granted."""
        body = [self.refuse.document(), self.grant.document() if self.grant else None, list(asked)]
        return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()[:32]


def read_outcomes(told: Mapping[str, Any]) -> Outcomes:
    """Outcomes from their `document`."""
    grant = read_outcome(told["grant"]) if told["grant"] else None
    return Outcomes(read_outcome(told["refuse"]), grant, tuple(told["others"]))
