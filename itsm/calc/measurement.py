"""Which tickets were in time: every clock of every service level in one pass over arrays.

Instants and durations are int64 microseconds; NEVER stands for an instant that has not come. Source of the rules:
priority, clock, stops and month as the terms file of a contract defines them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from mspgov.kernel.calendar import WorkingCalendar
from mspgov.kernel.instants import Micros

NEVER: Final = int(np.iinfo(np.int64).max)
Booleans = npt.NDArray[np.bool_]
Small = npt.NDArray[np.int8]
Rows = npt.NDArray[np.int64]

UNDECIDED, MET, MISSED = 0, 1, 2
WAIT_KINDS: Final = ("customer", "client_vendor", "provider_vendor", "unknown_vendor", "problem", "resolved", "planned")
STOPPABLE: Final = frozenset(WAIT_KINDS) - {"provider_vendor", "unknown_vendor"}


def kind_bits(kinds: Iterable[str]) -> int:
    """Wait kinds as a bit set. The provider's own vendor and one whose party nobody decided never stop a clock."""
    return sum(1 << WAIT_KINDS.index(kind) for kind in set(kinds) & STOPPABLE)


@dataclass(frozen=True, eq=False)
class Tickets:
    """Facts of n tickets in order of their numbers; priorities are 1 to 4, ends NEVER while the clock runs.

    Waits lie in order of `wait_row`, an index into the tickets; `wait_kind` is an index into WAIT_KINDS.
    `matches[j]` says, shape (n,), which tickets the j-th selection takes, its priorities left aside.
    """

    opened: Micros
    answered: Micros
    resolved: Micros
    priority_last: Small
    priority_worst: Small
    priority_first: Small
    matches: tuple[Booleans, ...]
    wait_row: Rows
    wait_kind: Small
    wait_starts: Micros
    wait_ends: Micros

    def ends(self, measure: str) -> Micros:
        return self.answered if measure == "respond" else self.resolved

    def priorities(self, rule: str) -> Small:
        return {"last": self.priority_last, "worst": self.priority_worst, "first": self.priority_first}[rule]

    def waits_of(self, rows: Rows, stops: int, now: Micros) -> tuple[Rows, Micros, Micros]:
        """(offsets, starts, ends) of the waits that stop the clock, per row; one that lasts ends `now`, shape (rows,)."""
        place = np.full(len(self.opened), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        wanted = (place[self.wait_row] >= 0) & ((stops >> self.wait_kind.astype(np.int64)) & 1).astype(bool)
        at = place[self.wait_row[wanted]]
        order = np.argsort(at, kind="stable")
        starts, ends, at = self.wait_starts[wanted][order], self.wait_ends[wanted][order], at[order]
        ends = np.maximum(np.where(ends == NEVER, now[at], ends), starts)
        offsets = np.concatenate(([0], np.cumsum(np.bincount(at, minlength=len(rows)))))
        return offsets.astype(np.int64), starts, ends


@dataclass(frozen=True, eq=False)
class LevelRules:
    """One service level as it stood for tickets opened in [opened_from, opened_until).

    `targets[p]` is the target of priority p, 0 where the level has none; `stops` a bit set of wait kinds;
    `selection` an index into `Tickets.matches`, -1 when the level selects by priority alone.
    """

    key: str
    measure: str
    calendar: WorkingCalendar
    targets: Micros
    stops: int
    priority_rule: str
    counts_in: str
    selection: int
    opened_from: int
    opened_until: int

    def selected(self, tickets: Tickets) -> Booleans:
        """The tickets in the level, whenever they were opened."""
        taken = self.targets[tickets.priorities(self.priority_rule)] > 0
        return taken if self.selection < 0 else taken & tickets.matches[self.selection]

    def applied(self, tickets: Tickets) -> Rows:
        """Places of the tickets in the level that were opened while these rules were in force."""
        in_force = (tickets.opened >= self.opened_from) & (tickets.opened < self.opened_until)
        return np.flatnonzero(in_force & self.selected(tickets))


@dataclass(frozen=True, eq=False)
class Judged:
    """The clock of each selected ticket, all shape (m,); `rows` are places in the tickets, in ascending order.

    `ends` is NEVER for an unfinished clock, `due` for one that is not missed, `counts_at` for one that counts in no
    month yet. `elapsed` is net of `paused` and, unfinished, that up to now.
    """

    rows: Rows
    starts: Micros
    ends: Micros
    elapsed: Micros
    paused: Micros
    targets: Micros
    due: Micros
    verdicts: Small
    counts_at: Micros

    @classmethod
    def joined(cls, parts: "list[Judged]") -> "Judged":
        """The parts of one level that several versions of the terms judged, again in order of the tickets."""
        fields = {name: np.concatenate([getattr(p, name) for p in parts]) for name in cls.__dataclass_fields__}
        order = np.argsort(fields["rows"], kind="stable")
        return cls(**{name: values[order] for name, values in fields.items()})

    def only(self, which: Booleans | Rows) -> "Judged":
        return Judged(**{name: getattr(self, name)[which] for name in self.__dataclass_fields__})


def judge(
    tickets: Tickets, rules: LevelRules, now: int, rows: Rows | None = None, relief: Rows | None = None
) -> Judged:
    """The outcome of every ticket that the rules apply to, or of the `rows` given, as known `now`. `relief`, shape (n,),
    is time of each clock that is not the provider's: it is taken off like a wait, and the due instant moves by it."""
    rows = rules.applied(tickets) if rows is None else rows
    starts, ends = tickets.opened[rows], tickets.ends(rules.measure)[rows]
    targets = rules.targets[tickets.priorities(rules.priority_rule)[rows]]
    nows = np.maximum(np.int64(now), starts)
    until = np.where(ends == NEVER, nows, ends)
    offsets, off, on = tickets.waits_of(rows, rules.stops, nows)
    gross = rules.calendar.elapsed(starts, until)
    elapsed = rules.calendar.elapsed(starts, until, offsets, off, on) if len(off) else gross
    relieved = np.zeros(len(rows), dtype=np.int64) if relief is None else relief[rows]
    elapsed = elapsed - np.minimum(relieved, elapsed)
    missed = elapsed > targets
    verdicts = np.where(missed, MISSED, np.where(ends == NEVER, UNDECIDED, MET)).astype(np.int8)
    due = np.full(len(rows), NEVER, dtype=np.int64)
    late = np.flatnonzero(missed)
    if len(late):
        pauses = tickets.waits_of(rows[late], rules.stops, nows[late])
        due[late] = rules.calendar.due(starts[late], targets[late] + relieved[late], *pauses)
    counts_at = _counts_at(rules.counts_in, starts, ends, due, verdicts)
    return Judged(rows, starts, ends, elapsed, gross - elapsed, targets, due, verdicts, counts_at)


def _counts_at(counts_in: str, starts: Micros, ends: Micros, due: Micros, verdicts: Small) -> Micros:
    """The instant whose month each ticket counts in, NEVER where it is not decided yet."""
    if counts_in == "decided":
        return np.where(verdicts == MISSED, due, np.where(verdicts == MET, ends, NEVER))
    if counts_in == "ended":
        return ends
    return np.where(verdicts == UNDECIDED, NEVER, starts)


def month_places(judged: Judged, edges: Micros) -> Rows:
    """The place of each ticket's month between the edges (as `month_edges_us` gives them), -1 outside."""
    places = np.searchsorted(edges, judged.counts_at, side="right") - 1
    return np.where((places >= len(edges) - 1) | (judged.counts_at == NEVER), -1, places)


@dataclass(frozen=True)
class Count:
    """What a month of a service level comes to; excluded tickets are not part of the total."""

    total: int
    met: int
    excluded: int


def counted(judged: Judged, places: Rows, excluded: Booleans, months: int) -> list[Count]:
    """The counts of each month, by the places of `month_places`; `excluded` shape (m,)."""
    inside = places >= 0
    counts = [
        np.bincount(places[inside & which], minlength=months)
        for which in (~excluded, ~excluded & (judged.verdicts == MET), excluded)
    ]
    return [Count(*map(int, row)) for row in zip(*counts, strict=True)]
