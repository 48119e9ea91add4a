"""Recurrences: like tickets that follow one another closely (interfaces.md, section 3), and DORA's rule of two in six
months with the same apparent root cause (Delegated Regulation (EU) 2024/1772, Article 8(2))."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from mspgov.kernel.instants import Micros

Rows = npt.NDArray[np.int64]
DORA_MONTHS: Final = 6
DORA_TIMES: Final = 2


@dataclass(frozen=True, eq=False)
class Found:
    """Recurrences, all shape (r,), each a stretch of `order`: places in the tickets that were given, shape (n,).

    A recurrence holds order[first:end]; it began with order[began], the first ticket whose window was full.
    """

    order: Rows
    first: Rows
    began: Rows
    end: Rows

    def tickets(self, which: int) -> Rows:
        """The tickets of one recurrence, by opening instant."""
        return self.order[self.first[which] : self.end[which]]


def recurrences(keys: Rows, opened: Micros, *, window_us: int, threshold: int) -> Found:
    """The recurrences among tickets given in the order of their numbers: `keys` says which are alike, `opened` when
    each was opened (microseconds), both shape (n,). In order of the keys, then of time.

    Between two tickets of a key that open a window or more apart every chain breaks, so each stretch without such a gap
    holds at most one recurrence: from the window that is first to hold `threshold` to the end of the stretch.
    """
    order = np.lexsort((opened, keys))  # stable: equal instants stay in the order of the numbers
    key, at = keys[order], opened[order]
    places = np.arange(len(order), dtype=np.int64)
    breaks = np.ones(len(order), dtype=bool)
    breaks[1:] = (key[1:] != key[:-1]) | (at[1:] - at[:-1] >= window_us)
    starts = np.flatnonzero(breaks)
    ends = np.append(starts[1:], len(order))
    stretch = np.cumsum(breaks) - 1
    earliest = places - (threshold - 1)  # of the window that a full one would hold
    inside = earliest >= starts[stretch] if len(order) else breaks
    full = np.flatnonzero(inside)
    full = full[at[full] - at[earliest[full]] < window_us]
    _, leading = np.unique(stretch[full], return_index=True)
    began = full[leading]
    return Found(order, earliest[began], began, ends[stretch[began]])


@dataclass(frozen=True)
class Impact:
    """What an incident did: people affected and money (both as far as somebody said so), tickets, hours open."""

    people: int = 0
    cost: Decimal = Decimal(0)
    tickets: int = 0
    seconds: int = 0

    def __add__(self, other: "Impact") -> "Impact":
        return Impact(
            self.people + other.people,
            self.cost + other.cost,
            self.tickets + other.tickets,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True)
class Caused:
    """An incident with one apparent root cause: what it is called, when it began."""

    name: str
    at: datetime
    cause: str
    impact: Impact = Impact()


@dataclass(frozen=True)
class SameCause:
    """Incidents of one apparent root cause that count as one: their impacts added."""

    cause: str
    began: datetime
    latest: datetime
    names: tuple[str, ...]
    impact: Impact


def same_causes(incidents: Iterable[Caused]) -> tuple[SameCause, ...]:
    """Incidents with the same apparent root cause, each within six months of the one before it: two or more of them are
    one. By the instant of the second, then by cause."""
    by_cause: dict[str, list[Caused]] = defaultdict(list)
    for each in incidents:
        by_cause[each.cause].append(each)
    found = []
    for cause, inside in by_cause.items():
        inside.sort(key=lambda each: (each.at, each.name))
        chains: list[list[Caused]] = []
        for each in inside:
            if chains and each.at < months_after(chains[-1][-1].at, DORA_MONTHS):
                chains[-1].append(each)
            else:
                chains.append([each])
        found += [
            SameCause(
                cause, chain[1].at, chain[-1].at, tuple(each.name for each in chain),
                sum((each.impact for each in chain), Impact()),
            )
            for chain in chains if len(chain) >= DORA_TIMES
        ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.began, one.cause)))


def months_after(at: datetime, months: int) -> datetime:
    """The same wall time so many months later; the last day of a shorter month."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
