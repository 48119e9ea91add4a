"""A file of records as heads and rows of text, dates and numbers: CSV or XLSX, read within bounds and without running anything."""

import csv
import io
import lzma
import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, NamedTuple

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from mspgov.kernel.csv_lines import FORMULA_STARTS
from mspgov.kernel.refusals import Refused
from mspgov.records.gate import SIGNED, media_type_of

TAKEN = "CSV and XLSX"
MOST_BYTES = 10 * 2**20
MOST_UNPACKED = 40 * 2**20
MOST_PARTS = 500
MOST_ROWS = 5000
MOST_COLUMNS = 100
MOST_TEXT = 10_000
BROKEN = (  # what the readers of a damaged, encrypted or forged workbook raise
    InvalidFileException, zipfile.BadZipFile, zlib.error, lzma.LZMAError, KeyError, IndexError, TypeError, ValueError,
    SyntaxError, OSError, EOFError, OverflowError, RuntimeError,
)  # fmt: skip
UTF_8, WINDOWS_1252 = "utf-8", "windows-1252"
ENCODINGS = ((UTF_8, "UTF-8"), (WINDOWS_1252, "Windows-1252 (Western Europe, older Excel)"))
Value = str | date | datetime | Decimal | bool | None


class Read(NamedTuple):
    """Heads, and rows with their number in the file (the head is row 1); rows without a value are left out."""

    heads: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Value, ...]], ...]


def read_file(name: str, size: int, stream: IO[bytes], encoding: str = UTF_8) -> Read:
    """Read an upload; `encoding` is that of a CSV file which is not UTF-8. Raises Refused, saying why, for what is too
    large, of another kind than its name says, in another encoding, or broken."""
    if size > MOST_BYTES:
        raise Refused(f"{name} has {size / 2**20:.0f} MB; at most {MOST_BYTES // 2**20} MB are read")
    if name.lower().endswith(".csv"):
        stream = _in_utf_8(name, stream, encoding)
        size = stream.seek(0, io.SEEK_END)
    media_type = media_type_of(name, size, stream, taken=TAKEN)
    if media_type == "text/csv":
        found: Iterator[Any] = _csv(stream)
    elif media_type.endswith("spreadsheetml.sheet"):
        found = _xlsx(name, stream)
    else:
        raise Refused(f"{name} is no list: a CSV or XLSX file is read")
    try:
        return _within_bounds(name, found)
    except (csv.Error, UnicodeDecodeError, ValueError) as error:
        raise Refused(f"{name} cannot be read: {error}") from error


def _in_utf_8(name: str, stream: IO[bytes], encoding: str) -> IO[bytes]:
    """The text of a CSV file in UTF-8; what is no text at all is left for the gate. Raises Refused with the place of the
    first letter that is in another encoding."""
    stream.seek(0)
    content = stream.read()
    if b"\x00" in content or content.startswith((*SIGNED, b"PK")):
        return stream
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as no:
        if encoding == UTF_8:
            row, column = _place_of(content, no.start)
            raise Refused(
                f"{name} is not in UTF-8: row {row}, column {column} has the byte 0x{content[no.start]:02X}. Save it as "
                "“CSV UTF-8”, or choose Windows-1252 as its encoding."
            ) from no
        try:
            return io.BytesIO(content.decode(encoding).encode())
        except UnicodeDecodeError as neither:
            row, column = _place_of(content, neither.start)
            raise Refused(
                f"{name} is neither in UTF-8 nor in Windows-1252: row {row}, column {column} has the byte "
                f"0x{content[neither.start]:02X}. Save it as “CSV UTF-8”."
            ) from neither
    return stream


def _place_of(content: bytes, position: int) -> tuple[int, str]:
    """Row and column of a byte of a CSV file: the column by its head, or by its number."""
    before = content[:position].decode(WINDOWS_1252, "replace").removeprefix("ï»¿") + "x"
    head = content.partition(b"\n")[0].decode(WINDOWS_1252, "replace").removeprefix("ï»¿")
    delimiter = max(",;\t", key=head.count)
    try:
        rows = list(csv.reader(io.StringIO(before, newline=""), delimiter=delimiter))
        heads = next(csv.reader([head], delimiter=delimiter), [])
    except csv.Error:
        return before.count("\n") + 1, "unknown"
    place = len(rows[-1])
    named = heads[place - 1].strip() if len(rows) > 1 and place <= len(heads) else ""
    return len(rows), named or str(place)


def _within_bounds(name: str, found: Iterable[Iterable[Any]]) -> Read:
    heads: tuple[str, ...] = ()
    rows = []
    for number, cells in enumerate(found, 1):
        values = tuple(_value(cell) for cell in cells)
        while values and values[-1] is None:
            values = values[:-1]
        if number == 1:
            heads = tuple(str(value or "").strip() for value in values)
            if not heads:
                raise Refused(f"{name} has no heads in its first row")
        elif values:
            rows.append((number, values))
        if len(values) > MOST_COLUMNS:
            raise Refused(f"row {number} of {name} has more than {MOST_COLUMNS} columns")
        if number > MOST_ROWS + 1:
            raise Refused(f"{name} has more than {MOST_ROWS:,} rows; divide it")
    if not heads:
        raise Refused(f"{name} has no rows")
    return Read(heads, tuple(rows))


def _value(cell: Any) -> Value:
    if cell is None or isinstance(cell, bool | date):
        return cell
    if isinstance(cell, int | float):
        if not math.isfinite(cell):
            raise Refused("a cell has a number that is too large to be read")
        return Decimal(str(cell))
    text = str(cell).strip()
    if len(text) > MOST_TEXT:
        raise Refused(f"a cell has more than {MOST_TEXT:,} characters")
    return text or None


def _csv(stream: IO[bytes]) -> Iterator[list[str]]:
    """Divided by commas, semicolons or tabs, as the head is. The apostrophe of an export before a formula is taken off."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        head = text.readline()
        delimiter = max(",;\t", key=head.count)
        text.seek(0)
        for row in csv.reader(text, delimiter=delimiter, strict=True):
            yield [cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell for cell in row]
    finally:
        text.detach()


def _xlsx(name: str, stream: IO[bytes]) -> Iterator[tuple[Any, ...]]:
    """The first sheet; of formulas the value that was kept with them. The parts are weighed before one is unpacked."""
    with zipfile.ZipFile(stream) as parts:
        weights = [part.file_size for part in parts.infolist()]
        if len(weights) > MOST_PARTS or sum(weights) > MOST_UNPACKED:
            raise Refused(f"{name} unpacks to more than is read ({MOST_UNPACKED // 2**20} MB)")
    stream.seek(0)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        yield from sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1, values_only=True)
    except Refused:
        raise
    except BROKEN as error:
        raise Refused(f"{name} cannot be read as a workbook: {type(error).__name__}") from error
