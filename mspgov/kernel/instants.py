"""Instants as whole microseconds since 1970-01-01T00:00Z, read and written exactly."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from mspgov.kernel.faults import Fault

Micros = npt.NDArray[np.int64]

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
DAY_US: Final = 86_400 * SECOND_US

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
FIRST_DAY: Final = date.min.toordinal() - EPOCH_ORDINAL
LAST_DAY: Final = date.max.toordinal() - EPOCH_ORDINAL
FIRST_INSTANT: Final = FIRST_DAY * DAY_US
END_OF_TIME: Final = (LAST_DAY + 1) * DAY_US

INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,]([0-9]+))?"
    r"([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day_number(day: date) -> int:
    """Days from 1970-01-01 to this date."""
    return day.toordinal() - EPOCH_ORDINAL


def to_micros(instant: datetime) -> int:
    """The aware datetime as microseconds since the epoch; ValueError for a naive one."""
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone")
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(instant_us: int) -> datetime:
    """The UTC datetime of an instant in the years 1 to 9999."""
    return EPOCH + timedelta(microseconds=int(instant_us))


def read_instant(text: object, path: str) -> int:
    """An ISO 8601 instant with an offset or Z as microseconds since the epoch; Fault if it is anything else."""
    if not isinstance(text, str):
        raise Fault(path, 'must be an instant such as "2026-03-27T15:00:00+01:00"')
    match = INSTANT.fullmatch(text)
    if match is None or (match[3] is not None and len(match[2]) == 5):
        raise Fault(path, f"{shown(text)} is not an instant such as 2026-03-27T15:00:00+01:00")
    day, clock, fraction, offset = match.groups()
    if offset is None:
        raise Fault(path, f"{shown(text)} needs an offset or Z")
    if fraction is not None and fraction[6:].strip("0"):
        raise Fault(path, f"{shown(text)} is finer than a microsecond")
    try:
        wall = datetime.fromisoformat(f"{day}T{clock}+00:00")
        shift = _offset_minutes(offset)
    except ValueError:
        raise Fault(path, f"{shown(text)} does not exist") from None
    instant = to_micros(wall) + int((fraction or "0")[:6].ljust(6, "0")) - shift * MINUTE_US
    if not FIRST_INSTANT <= instant < END_OF_TIME:
        raise Fault(path, f"{shown(text)} must lie in the years 1 to 9999 (UTC)")
    return instant


def _offset_minutes(offset: str) -> int:
    if offset in "Zz":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError(offset)
    return (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)


def write_instant(instant_us: int) -> str:
    """The instant in UTC with Z, without a fraction or with six digits."""
    return from_micros(instant_us).isoformat().replace("+00:00", "Z")


def read_day(text: object, path: str) -> date:
    """A date written YYYY-MM-DD; Fault if it is anything else or does not exist."""
    if isinstance(text, str) and DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Fault(path, f"{text} does not exist") from None
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    raise Fault(path, f"{shown(text)} is not a date such as 2026-05-01")


def shown(value: object) -> str:
    """A bad value as one short line of ASCII for an error message."""
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "..."
