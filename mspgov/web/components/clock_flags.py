"""Where the words of due marks stand on a ticket's clock, so that none lies over another or across a pole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PLOT_PX = 1004
CHARACTER_PX = 6.4
FROM_POLE_PX = 13
BETWEEN_PX = 8
LEFT_FROM = 60


@dataclass(frozen=True)
class Flag:
    """Due words and outcome at `x` percent. `left` of the pole or right; `row` 0 is two lines, 1 to 3 one line each."""

    x: float
    words: str
    outcome: str
    left: bool = False
    row: int = 0

    @property
    def at_px(self) -> float:
        return self.x * PLOT_PX / 100

    @property
    def width_px(self) -> float:
        lengths = (len(self.words), len(self.outcome))
        said = max(lengths) if self.row == 0 else sum(lengths)
        return FROM_POLE_PX + said * CHARACTER_PX + (BETWEEN_PX if self.row else 0)

    @property
    def span_px(self) -> tuple[float, float]:
        """From pole to the end of the words."""
        at = self.at_px
        return (at - self.width_px, at) if self.left else (at, at + self.width_px)


def laid(marks: Sequence[tuple[float, str, str]]) -> list[Flag]:
    """(x in percent, due words, outcome) in order of x: each in two lines where they keep clear of each other, else
    each in a line of its own, all on the side where they fit."""
    spread = [Flag(x, words, outcome, x > LEFT_FROM) for x, words, outcome in marks]
    spans = sorted(flag.span_px for flag in spread)
    if all(before[1] + BETWEEN_PX <= after[0] for before, after in pairwise(spans)):
        return spread
    right = [Flag(x, words, outcome, False, 1 + place % 3) for place, (x, words, outcome) in enumerate(marks)]
    if all(flag.span_px[1] <= PLOT_PX for flag in right):
        return right
    count = len(marks)
    left = [
        Flag(x, words, outcome, True, 1 + (count - 1 - place) % 3) for place, (x, words, outcome) in enumerate(marks)
    ]
    if all(flag.span_px[0] >= 0 for flag in left):
        return left
    return [Flag(f.x, f.words, f.outcome, f.at_px > PLOT_PX / 2, f.row) for f in right]
