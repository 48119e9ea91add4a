"""Days that people plan ahead: a slip of the hand lies centuries away, and holds what nobody can undo."""

from datetime import date, timedelta

AHEAD = timedelta(days=3 * 366)


def too_far(day: date, today: date) -> str:
    """Why nobody plans for this day, which lies more than three years ahead; empty for one within reach."""
    return "give a day within the next three years" if day - today > AHEAD else ""
