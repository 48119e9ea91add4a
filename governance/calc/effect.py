"""Whether corrective actions worked: the same detection over as long a time before as after, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Stretch:
    """Like tickets and recurrences among them in [first, until)."""

    first: datetime
    until: datetime
    tickets: int
    recurrences: int


@dataclass(frozen=True)
class Effect:
    """Before and after; it recurred when the same detection finds a recurrence after."""

    before: Stretch
    after: Stretch

    @property
    def recurred(self) -> bool:
        return self.after.recurrences > 0

    @property
    def verdict(self) -> str:
        return "recurred" if self.recurred else "effective"

    def document(self) -> dict[str, object]:
        def one(stretch: Stretch) -> dict[str, object]:
            return {
                "from": stretch.first.isoformat(),
                "until": stretch.until.isoformat(),
                "tickets": stretch.tickets,
                "recurrences": stretch.recurrences,
            }

        return {"verdict": self.verdict, "before": one(self.before), "after": one(self.after)}


def uncompared(lacks: Sequence[str]) -> str:
    """Why there are no numbers: cannot be compared: category is missing."""
    return f"cannot be compared: {' and '.join(lacks)} {'is' if len(lacks) == 1 else 'are'} missing"


def judged(*, worked: bool, reason: str, lacks: Sequence[str]) -> dict[str, object]:
    """The document of what a person says where nothing can be compared."""
    return {"verdict": "effective" if worked else "recurred", "lacks": list(lacks), "reason": reason}


def sentence(found: dict[str, Any] | None) -> str:
    """The numbers of a document in words; where there are none, why."""
    if not found:
        return ""
    if "lacks" in found:
        why = uncompared(found["lacks"])
        return f"{why[:1].upper()}{why[1:]}."
    before, after = found["before"], found["after"]

    def told(stretch: dict[str, int]) -> str:
        tickets, recurrences = stretch["tickets"], stretch["recurrences"]
        return f"{tickets} like {'ticket' if tickets == 1 else 'tickets'}, {recurrences} {'recurrence' if recurrences == 1 else 'recurrences'}"

    return f"Before: {told(before)}. After: {told(after)}."
