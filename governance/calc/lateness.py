"""Why a ticket was late, and who held it longest: read from its waits and moves, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass

from .wording import NBSP, counted, hours

WAITED_FOR = {
    "customer": "the customer",
    "client_vendor": "the client’s vendor",
    "provider_vendor": "the provider’s own vendor",
    "unknown_vendor": "a vendor without a side",
    "problem": "a problem",
    "resolved": "a confirmation",
    "planned": "a planned date",
}
MANY_MOVES = 3
DAY = 86_400


@dataclass(frozen=True)
class Course:
    """A late ticket's course: seconds from opening to end (wall clock), seconds waited by kind, moves between groups, reopenings."""

    finished: bool
    seconds: int
    waited: Mapping[str, int]
    moves: int
    reopened: int


def why_late(course: Course) -> tuple[str, str]:
    """(kind of cause, reason in words). A wait is the cause when it took the larger part of the time."""
    kind = max(course.waited, key=lambda one: (course.waited[one], one), default="")
    if kind and course.waited[kind] * 2 > course.seconds:
        cause = f"Waited for {WAITED_FOR.get(kind, kind)}"
        return cause, f"Waited {waited(course.waited[kind])} for {WAITED_FOR.get(kind, kind)}"
    if course.reopened:
        return "Reopened", "Reopened once" if course.reopened == 1 else f"Reopened {counted(course.reopened)} times"
    if course.moves >= MANY_MOVES:
        return "Reassigned", f"Reassigned {counted(course.moves)} times"
    if not course.finished:
        return "Still open", "Still open"
    return "In work throughout", "In work throughout" + (
        ", reassigned once" if course.moves == 1 else ", reassigned twice" if course.moves else ""
    )


def waited(seconds: int) -> str:
    """A wait in words: whole days from three days on, else hours and minutes."""
    return f"{seconds // DAY}{NBSP}days" if seconds >= 3 * DAY else hours(seconds)


def held_longest(course: Course, provider: str, client: str) -> str:
    """The side that had the ticket longest by the wall clock."""
    sides = {
        "customer": client,
        "client_vendor": f"{client}’s vendor",
        "provider_vendor": f"{provider}’s vendor",
        "unknown_vendor": "Vendor without a side",
    }
    totals = {provider: course.seconds - sum(seconds for kind, seconds in course.waited.items() if kind in sides)}
    for kind, seconds in course.waited.items():
        if kind in sides:
            totals[sides[kind]] = totals.get(sides[kind], 0) + seconds
    return max(totals, key=lambda side: (totals[side], side == provider))
