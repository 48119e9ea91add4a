"""Days to answer: Monday to Friday, up to the end of the working day on a clock."""

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

CLOSES: Final = time(18, 0)


def due_after(at: datetime, days: int, zone: tzinfo) -> datetime:
    """The close of the n-th working day after the date of `at`, in this zone; whole working days are always left."""
    return closes_on(later(at.astimezone(zone).date(), days), zone)


def closes_on(day: date, zone: tzinfo) -> datetime:
    """18:00 of this date in the zone."""
    return datetime.combine(day, CLOSES, zone)


def later(day: date, days: int) -> date:
    """The n-th day from Monday to Friday after this one."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
