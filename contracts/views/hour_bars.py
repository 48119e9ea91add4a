"""A day as a bar of 24 hours: where it is open. Positions are percent of the width."""

from dataclasses import dataclass

from mspgov.kernel.calendar_terms import DAY_MINUTES, CalendarTerms

Minutes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class HourBar:
    """The name of a day, its open stretches as (left, width), its hours in words, and why it differs."""

    name: str
    pieces: tuple[tuple[float, float], ...]
    hours: str
    note: str = ""
    differs: bool = False

    @property
    def accessible_name(self) -> str:
        return f"{self.name}: {self.hours}{f', {self.note}' if self.note else ''}"


def hour_bar(name: str, spans: Minutes, hours: str, note: str = "", *, differs: bool = False) -> HourBar:
    pieces = tuple(
        (round(first / DAY_MINUTES * 100, 3), round((last - first) / DAY_MINUTES * 100, 3)) for first, last in spans
    )
    return HourBar(name, pieces, hours, note, differs)


def clipped_week(terms: CalendarTerms, weekday: int) -> Minutes:
    """The open minutes of a weekday, with what the night before carries into it."""
    today = [(first, min(last, DAY_MINUTES)) for first, last in terms.week[weekday]]
    night = [(0, last - DAY_MINUTES) for _, last in terms.week[weekday - 1] if last > DAY_MINUTES]
    return tuple(sorted(night + today))
