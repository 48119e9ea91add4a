"""CSV in which nothing that a person typed becomes a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from itertools import chain

Cell = str | int | Decimal | date | datetime | bool | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(value: Cell) -> str:
    """A cell of a CSV file: text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180, CRLF), one at a time, so that an export of any length takes no memory."""
    held = StringIO()
    writer = csv.writer(held)
    for row in chain([heads], rows):
        writer.writerow([defused(value) for value in row])
        yield held.getvalue()
        held.seek(0)
        held.truncate()
