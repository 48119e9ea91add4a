"""Counting the steps of a rising staircase at or before many values, faster than by halving."""

from typing import Final

import numpy as np

from mspgov.kernel.instants import Micros

MOST_BUCKETS: Final = 2**20
FAR: Final = 2**62


class Steps:
    """Rising int64 numbers with a table of equal buckets, each so narrow that at most one number begins in it.

    Halving costs 30 to 40 ns a value in no order, the table 16 ns; where the table would be too large, it halves.
    """

    def __init__(self, numbers: Micros) -> None:
        self._numbers = numbers
        self._shift = int(np.diff(numbers).min()).bit_length() - 1 if len(numbers) > 1 else 0
        if len(numbers) < 2 or (int(numbers[-1]) - int(numbers[0])) >> self._shift > MOST_BUCKETS:
            self._before: Micros | None = None
            return
        self._first = int(numbers[0])
        self._buckets = ((int(numbers[-1]) - self._first) >> self._shift) + 1
        edges = self._first + (np.arange(self._buckets, dtype=np.int64) << self._shift)
        self._before = np.searchsorted(numbers, edges, side="right")
        self._next = np.append(numbers, FAR)

    def at_or_before(self, values: Micros) -> Micros:
        """How many of the numbers are not greater than each value, shape (n,)."""
        if self._before is None:
            return np.searchsorted(self._numbers, values, side="right")
        bucket = values - self._first
        bucket >>= self._shift
        np.clip(bucket, 0, self._buckets - 1, out=bucket)
        count = self._before.take(bucket)
        count += self._next.take(count) <= values
        count *= values >= self._first
        return count
