"""Recurrences among a million tickets of five thousand keys; the floor is numpy's sort by key and instant."""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from itsm.calc.recurrences import recurrences

ROWS, KEYS, RUNS = 1_000_000, 5_000, 5
WEEK_US, YEARS_S = 7 * 86_400_000_000, 3 * 365 * 86_400


def timed(act) -> tuple[float, object]:
    begun = time.perf_counter()
    found = act()
    return time.perf_counter() - begun, found


def main() -> None:
    dice = np.random.default_rng(7)
    keys, opened = dice.integers(0, KEYS, ROWS), dice.integers(0, YEARS_S, ROWS) * 1_000_000
    taken, floors = [], []
    for _ in range(RUNS):
        floors.append(timed(lambda: np.lexsort((opened, keys)))[0])
        spent, found = timed(lambda: recurrences(keys, opened, window_us=WEEK_US, threshold=5))
        taken.append(spent)
    seconds, floor = statistics.median(taken), statistics.median(floors)
    print(
        json.dumps(
            {
                "bench": "recurrences",
                "rows": ROWS,
                "seconds": round(seconds, 3),
                "floor": "numpy lexsort of the same rows",
                "floor_seconds": round(floor, 3),
                "ratio_to_floor": round(seconds / floor, 2),
                "found": len(found.began),
                "runs": RUNS,
            }
        )
    )


if __name__ == "__main__":
    main()
