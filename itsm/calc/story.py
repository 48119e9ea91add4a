"""The log of a ticket in words: what each event did, and whether it moved a clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from itsm.importers.derivation import RESOLVED_STATES, UNANSWERED_STATES, WAITING_STATES

WAITS: Final = {
    "customer": "Waits for the caller",
    "problem": "Waits for a problem",
    "vendor": "Waits for a vendor",
    "resolved": "Resolved",
}


@dataclass(frozen=True)
class LogEvent:
    """An event as the source has it; instants are microseconds."""

    at_us: int
    state: str
    priority: int
    assignment_group: str
    vendor: str


@dataclass(frozen=True)
class Told:
    """An event in words; `holder` is 'provider', 'client' or 'vendor'."""

    at_us: int
    state: str
    words: str
    moves_clock: bool
    holder: str


def story(events: Sequence[LogEvent]) -> tuple[Told, ...]:
    """Each event beside what changed with it."""
    told: list[Told] = []
    answered = False
    for place, event in enumerate(events):
        before = events[place - 1] if place else None
        said, moves = said_of(event, before, answered)
        answered = answered or event.state not in UNANSWERED_STATES
        told.append(Told(event.at_us, event.state, said, moves, holder_of(event.state)))
    return tuple(told)


def said_of(event: LogEvent, before: LogEvent | None, answered: bool) -> tuple[str, bool]:
    """What happened, and whether a clock began, stopped, went on or ended by it, or had another target."""
    parts: list[str] = []
    moves = False
    if before is None:
        parts.append(f"Opened as P{event.priority}")
        moves = True
    elif event.priority != before.priority:
        verb = "lowered" if event.priority > before.priority else "raised"
        parts.append(f"Priority {verb}, P{before.priority} to P{event.priority}")
        moves = True
    if before is None or event.state != before.state:
        words, moved = state_words(event, before, answered)
        parts += [words] if words else []
        moves = moves or moved
    if event.assignment_group and (before is None or event.assignment_group != before.assignment_group):
        parts.append(f"to {event.assignment_group}")
    said = ", ".join(parts) or "Updated"
    return said[:1].upper() + said[1:], moves


def state_words(event: LogEvent, before: LogEvent | None, answered: bool) -> tuple[str, bool]:
    waiting = WAITING_STATES.get(event.state)
    was_waiting = before is not None and before.state in WAITING_STATES
    first_answer = not answered and event.state not in UNANSWERED_STATES
    if event.state in RESOLVED_STATES:
        again = before is not None and before.state in RESOLVED_STATES
        return ("Closed" if again else "Resolved"), not again
    if waiting:
        named = f" {event.vendor}" if waiting == "vendor" and event.vendor else ""
        return WAITS[waiting].replace(" a vendor", named or " a vendor"), True
    if first_answer:
        return "Answered", True
    if before is not None and before.state in RESOLVED_STATES:
        return "Reopened", True
    return ("Goes on", True) if was_waiting else ("", False)


def holder_of(state: str) -> str:
    kind = WAITING_STATES.get(state, "")
    return {"customer": "client", "vendor": "vendor"}.get(kind, "provider")
