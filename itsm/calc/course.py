"""The course of one clock: where it counted, stood still and ran over, with the sum so far."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

OpenBetween = Callable[[int, int], int]


@dataclass(frozen=True)
class Piece:
    """[start, end) of a clock: it counts, is stopped, or runs over its target; `sum_us` is the working time at its end."""

    start_us: int
    end_us: int
    kind: str
    sum_us: int


@dataclass(frozen=True)
class WaitSum:
    """All waits of one kind: their stretches inside the clock, and the working time that they took off (0 if they stop
    nothing)."""

    kind: str
    stretches: tuple[tuple[int, int], ...]
    taken_off_us: int
    stops: bool


def course(
    start: int, until: int, due: int | None, pauses: Sequence[tuple[int, int]], open_between: OpenBetween
) -> tuple[Piece, ...]:
    """The pieces of a clock from start to end. `pauses` are disjoint, in order, and lie inside."""
    pieces: list[Piece] = []
    at, spent = start, 0

    def run(to: int) -> None:
        nonlocal at, spent
        cuts = [due] if due is not None and at < due < to else []
        for end in (*cuts, to):
            if end > at:
                spent += open_between(at, end)
                pieces.append(Piece(at, end, "over" if due is not None and at >= due else "counts", spent))
                at = end

    for pause_start, pause_end in pauses:
        run(pause_start)
        if pause_end > at:
            pieces.append(Piece(at, pause_end, "stopped", spent))
            at = pause_end
    run(until)
    return tuple(pieces)


def joined(stretches: Sequence[tuple[int, int]], start: int, until: int) -> list[tuple[int, int]]:
    """The union of stretches, clipped to [start, until), in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((max(a, start), min(b, until)) for a, b in stretches):
        if last <= first:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def wait_sums(
    start: int, until: int, waits: Sequence[tuple[str, int, int]], stops: frozenset[str], open_between: OpenBetween
) -> tuple[WaitSum, ...]:
    """Waits (kind, start, end) by kind, in order of the first. What two kinds share is taken off once, by the earlier."""
    order = dict.fromkeys(kind for kind, *_ in sorted(waits, key=lambda wait: wait[1]))
    taken: list[tuple[int, int]] = []
    before, sums = 0, []
    for kind in order:
        mine = joined([(a, b) for k, a, b in waits if k == kind], start, until)
        off = 0
        if kind in stops:
            taken = joined([*taken, *mine], start, until)
            now = sum(open_between(a, b) for a, b in taken)
            off, before = now - before, now
        if mine:
            sums.append(WaitSum(kind, tuple(mine), off, kind in stops))
    return tuple(sums)
