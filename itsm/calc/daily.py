"""Past days as a forecast takes them: every day of a stretch, those without tickets too."""

from collections.abc import Mapping
from datetime import date, timedelta

from .forecast import Day


def past_days(counts: Mapping[date, tuple[int, int]], first: date, today: date) -> tuple[Day, ...]:
    """The days from the first to yesterday; `counts` has (total, met) of those on which something was decided."""
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return tuple(Day(day.weekday(), *counts.get(day, (0, 0))) for day in days)


def weekdays_left(today: date, last_day: date) -> tuple[int, ...]:
    """The weekdays after today up to the last day, Monday 0."""
    return tuple((today + timedelta(days=n)).weekday() for n in range(1, (last_day - today).days + 1))
