"""Pauses of many rows at once, in compressed rows: row i owns the pauses offsets[i] to offsets[i + 1]."""

import numpy as np

from mspgov.kernel.instants import Micros


def check_rows(count: int, offsets: Micros, starts: Micros, ends: Micros) -> None:
    """ValueError unless the offsets describe `count` rows of these pauses and no pause ends before it starts."""
    whole = offsets.shape == (count + 1,) and offsets[0] == 0 and offsets[-1] == len(starts) == len(ends)
    if not whole or (np.diff(offsets) < 0).any():
        raise ValueError("the offsets of the pauses do not fit their rows")
    if (ends < starts).any():
        raise ValueError(f"pause {int(np.argmax(ends < starts))} ends before it starts")


def disjoint(
    offsets: Micros, starts: Micros, ends: Micros, first: Micros, end: Micros | None = None
) -> tuple[Micros, Micros]:
    """The pauses of each row, clipped to [first, end) of the row, in order and without overlap.

    The result has as many pauses per row as the input: what another pause covers becomes empty. int64 microseconds;
    `first` and `end` have shape (rows,), the others (pauses,).
    """
    rows = np.repeat(np.arange(len(first)), np.diff(offsets))
    starts, ends = np.maximum(starts, first[rows]), np.maximum(ends, first[rows])
    if end is not None:
        starts, ends = np.minimum(starts, end[rows]), np.minimum(ends, end[rows])
    untidy = (rows[1:] == rows[:-1]) & (starts[1:] < ends[:-1])
    if untidy.any():
        crowded = np.zeros(len(first), dtype=bool)
        crowded[rows[1:][untidy]] = True
        chosen = np.flatnonzero(crowded[rows])
        starts[chosen], ends[chosen] = _untangled(rows[chosen], starts[chosen], ends[chosen])
    return starts, ends


def _untangled(rows: Micros, starts: Micros, ends: Micros) -> tuple[Micros, Micros]:
    order = np.lexsort((starts, rows))
    starts, reach = starts[order], ends[order]
    width, longest = 1, int(np.bincount(rows).max())
    while width < longest:
        same_row = rows[width:] == rows[:-width]
        reach[width:] = np.where(same_row, np.maximum(reach[width:], reach[:-width]), reach[width:])
        width *= 2
    follows = rows[1:] == rows[:-1]
    covered = starts.copy()
    covered[1:] = np.where(follows, np.maximum(starts[1:], reach[:-1]), starts[1:])
    return covered, reach


def sums_by_row(offsets: Micros, amounts: Micros) -> Micros:
    """The sum of each row's amounts, shape (rows,)."""
    running = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(amounts)))
    return running[offsets[1:]] - running[offsets[:-1]]


def sums_before(offsets: Micros, amounts: Micros) -> Micros:
    """For each pause the sum of the amounts before it in its row, shape (pauses,)."""
    running = np.cumsum(amounts) - amounts
    first = np.minimum(offsets[:-1], max(len(amounts) - 1, 0))
    return running - np.repeat(running[first], np.diff(offsets)) if len(amounts) else running
