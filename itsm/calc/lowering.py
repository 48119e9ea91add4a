"""Priorities lowered around the due instant: what the clock of the worse priority would have said."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mspgov.kernel.calendar import NeverReached
from mspgov.kernel.instants import MINUTE_US, Micros

from .measurement import NEVER, Booleans, LevelRules, Rows, Small, Tickets

NOTICE_US: Final = 60 * MINUTE_US


@dataclass(frozen=True, eq=False)
class Changes:
    """Changes of priority: places of the tickets, instants, the priorities before and after; all shape (c,)."""

    row: Rows
    at: Micros
    before: Small
    after: Small


@dataclass(frozen=True, eq=False)
class Lowered:
    """Lowerings after the worse target's due instant, or in the hour before it, all shape (k,).

    `change` is a place in the changes; `would_miss` says whether the clock runs past the worse target, so that the
    lowering could decide the outcome.
    """

    change: Rows
    due: Micros
    would_miss: Booleans


def lowered_near_due(tickets: Tickets, rules: LevelRules, changes: Changes, now: int) -> Lowered:
    """The lowerings of tickets whose worse priority has a target in this level, whatever its priority rule."""
    in_force = (tickets.opened >= rules.opened_from) & (tickets.opened < rules.opened_until)
    taken = (changes.after > changes.before) & (rules.targets[changes.before] > 0) & in_force[changes.row]
    if rules.selection >= 0:
        taken &= tickets.matches[rules.selection][changes.row]
    which = np.flatnonzero(taken)
    rows = changes.row[which]
    starts, ends = tickets.opened[rows], tickets.ends(rules.measure)[rows]
    nows = np.maximum(np.int64(now), starts)
    due = _due(tickets, rules, changes, which, nows)
    elapsed = np.zeros(len(which), dtype=np.int64)
    if len(which):
        elapsed = _elapsed_of_repeated(tickets, rules, rows, np.where(ends == NEVER, nows, ends), nows)
    near = (due != NEVER) & (changes.at[which] >= due - NOTICE_US)
    return Lowered(which[near], due[near], (elapsed > rules.targets[changes.before[which]])[near])


def _due(tickets: Tickets, rules: LevelRules, changes: Changes, which: Rows, nows: Micros) -> Micros:
    """The due instant of the worse target of each change; NEVER where the calendar never comes to it."""
    due = np.full(len(which), NEVER, dtype=np.int64)
    for i, change in enumerate(which):  # few: only lowered priorities
        row = changes.row[change : change + 1]
        pauses = tickets.waits_of(row, rules.stops, nows[i : i + 1])
        try:
            due[i] = rules.calendar.due(
                tickets.opened[row], rules.targets[changes.before[change : change + 1]], *pauses
            )[0]
        except NeverReached:
            continue
    return due


def _elapsed_of_repeated(tickets: Tickets, rules: LevelRules, rows: Rows, until: Micros, nows: Micros) -> Micros:
    """Net elapsed time of rows that may repeat (a ticket may be lowered twice)."""
    unique, inverse = np.unique(rows, return_inverse=True)
    first = np.zeros(len(unique), dtype=np.int64)
    first[inverse] = np.arange(len(rows))
    pauses = tickets.waits_of(unique, rules.stops, nows[first])
    return rules.calendar.elapsed(tickets.opened[unique], until[first], *pauses)[inverse]
