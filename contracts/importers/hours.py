"""Opening hours as a person types them: `08:00-12:00, 13:00-17:30`."""

import re

from mspgov.kernel.faults import Fault

INTERVAL = re.compile(r"([0-9]{1,2}:[0-9]{2})\s*(?:-|–|to)\s*([0-9]{1,2}:[0-9]{2})")


def read_hours(text: str, path: str) -> list[list[str]]:
    """Pairs of wall-clock times, none for a closed day; Fault for anything else. Whether they exist and do not
    overlap is checked with the calendar that they stand in."""
    intervals = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;]", text))):
        match = INTERVAL.fullmatch(part)
        if match is None:
            raise Fault(path, f"{part[:40]!a} is not an interval such as 08:00-12:00")
        intervals.append([time.rjust(5, "0") for time in match.groups()])
    return intervals


def write_hours(intervals: list[list[str]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in intervals)
