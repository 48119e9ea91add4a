"""Who held a ticket when."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A wait as drawn: [started, ended), whom it is for, whether the clock in question stops."""

    started: int
    ended: int
    party: str
    label: str
    stopped: bool


def held(
    start: int, end: int, waits: list[Waiting], open_between: Callable[[int, int], int]
) -> list[tuple[str, str, int, int, int, bool]]:
    """Who held a ticket from start to end: (party, label, from, until, open time, stopped), without gaps.

    Between the waits the provider holds it. Where two waits overlap the earlier one goes on to its end.
    """
    found: list[tuple[str, str, int, int, int, bool]] = []
    at = start

    def add(party: str, label: str, until: int, stopped: bool) -> None:
        nonlocal at
        if until > at:
            found.append((party, label, at, until, open_between(at, until), stopped))
            at = until

    for wait in sorted(waits, key=lambda w: (w.started, w.ended)):
        add("provider", "", min(max(wait.started, start), end), False)
        add(wait.party, wait.label, min(wait.ended, end), wait.stopped)
    add("provider", "", end, False)
    return found
