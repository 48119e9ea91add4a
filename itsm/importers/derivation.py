"""A ticket from its events: when it was answered and resolved, whom it waited for, which priorities it had."""

import json
from collections.abc import Sequence
from itertools import pairwise

from mspgov.kernel.instants import write_instant

from .records import Derived, Event, Pause, PriorityChange, Rejected

AUDIT = "servicenow-audit"
CSV = "csv"
UNANSWERED_STATES = frozenset({"New", "-100"})
RESOLVED_STATES = frozenset({"Resolved", "Closed"})
WAITING_STATES = {
    "Awaiting User Info": "customer",
    "Awaiting Evidence": "customer",
    "Awaiting Problem": "problem",
    "Awaiting Vendor": "vendor",
    "Resolved": "resolved",
}


def derive(events: Sequence[Event]) -> Derived | Rejected:
    """The ticket that its events, ordered by `mod_count` and place, make; Rejected when its instants contradict.

    Source: the `servicenow-audit` format. Where a ticket has rows of both formats, those of the format that came
    latest are passed in alone.
    """
    last = events[-1]
    if last.format == CSV:
        answered, resolved = last.answered, last.resolved
        waits = tuple(
            Pause(w["kind"], w["from"], w["to"], last.vendor, last.party) for w in json.loads(last.waits or "[]")
        )
    else:
        answered, resolved = _answered(events), _resolved(events)
        waits = tuple(_waits(events, resolved))
    if (rejected := _contradiction(events, answered, resolved)) is not None:
        return rejected
    priorities = [e.priority for e in events]
    changes = tuple(
        PriorityChange(after.at if after.at is not None else after.opened, before.priority, after.priority)
        for before, after in pairwise(events)
        if after.priority != before.priority
    )
    return Derived(
        last.number, last.opened, answered, resolved, last.priority, min(priorities), priorities[0], last.state,
        last.category, last.subcategory, last.symptom, last.assignment_group, last.location, last.service, last.ci,
        last.vendor, len(events), last.at if last.at is not None else last.opened, waits, changes,
    )  # fmt: skip


def _contradiction(events: Sequence[Event], answered: int | None, resolved: int | None) -> Rejected | None:
    opened = events[-1].opened
    early = [
        (field, f"{verb} {write_instant(at)}, before it was opened {write_instant(opened)}")
        for field, verb, at in (("answered_at", "answered", answered), ("resolved_at", "resolved", resolved))
        if at is not None and at < opened
    ]
    if not early:
        return None
    row = events[-1].row or max(e.row for e in events)
    return Rejected(row, early[0][0], "; ".join(why for _, why in early), events[-1].number)


def _answered(events: Sequence[Event]) -> int | None:
    for e in events:
        if e.state not in UNANSWERED_STATES:
            return e.at
    return None


def _resolved(events: Sequence[Event]) -> int | None:
    """The last row's own instant, else the beginning of the final unbroken run of Resolved and Closed."""
    if events[-1].resolved is not None:
        return events[-1].resolved
    at = None
    for e in reversed(events):
        if e.state not in RESOLVED_STATES:
            break
        at = e.at
    return at


def _waits(events: Sequence[Event], resolved: int | None) -> list[Pause]:
    """Every run of rows that wait for the same: from the earliest of them to the next row that does not."""
    found: list[Pause] = []
    started, current = 0, None
    for e in events:
        kind = WAITING_STATES.get(e.state)
        waiting = None if kind is None else (e.state, e.vendor, e.party) if kind == "vendor" else (e.state, "", "")
        at = e.opened if e.at is None else e.at
        if waiting == current:
            started = min(started, at)
            continue
        if current is not None:
            _keep(found, current, started, at, resolved)
        started, current = at, waiting
    if current is not None:
        _keep(found, current, started, resolved, resolved)
    return found


def _keep(
    found: list[Pause], waiting: tuple[str, str, str], started: int, ended: int | None, resolved: int | None
) -> None:
    """Add the wait, cut at the resolution; nothing where it would not last."""
    if ended is not None and resolved is not None:
        ended = min(ended, resolved)
    if ended is None or ended > started:
        state, vendor, party = waiting
        found.append(Pause(WAITING_STATES[state], started, ended, vendor, party))
