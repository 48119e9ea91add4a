"""A CSV of any size as rows of text: bounded memory, and a clear word for what is no CSV."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from mspgov.kernel.faults import Fault

MOST_COLUMNS = 1_000
LONGEST_LINE = 4 * 1024 * 1024
LONGEST_FIELD = 131_072


class Table:
    """The header and the rows of a CSV in a binary stream, read once from front to back.

    `header` is read at once. `rows()` yields (row number, fields); the header is row 1, blank lines count but are not
    yielded. Fault for a file without header, with too many or repeated columns, a line or field without end, a wrong
    encoding or a NUL.
    """

    def __init__(self, stream: BinaryIO, *, encoding: str = "utf-8", delimiter: str = ",") -> None:
        codec = _encoding(encoding)
        self._name = codec.removesuffix("-sig")
        self._text = io.TextIOWrapper(stream, encoding=codec, newline="")
        csv.field_size_limit(LONGEST_FIELD)
        self._reader = csv.reader(self._lines(), delimiter=delimiter, strict=False)
        self._count = 0
        self.header = self._header()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        count = self._count
        reader = self._reader
        try:
            for fields in reader:
                count += 1
                if fields:
                    yield count, fields
        except csv.Error as error:
            raise Fault(f"row {count + 1}", _what_csv_means(error)) from None

    def close(self) -> None:
        """Close the stream; no more rows come."""
        self._text.close()

    def _header(self) -> list[str]:
        try:
            fields = next(self._reader, [])
        except csv.Error as error:
            raise Fault("row 1", _what_csv_means(error)) from None
        self._count = 1
        names = [name.strip() for name in fields]
        if not any(names):
            raise Fault("row 1", "no header: the first row must name the columns")
        if len(names) > MOST_COLUMNS:
            raise Fault("row 1", f"{len(names):,} columns, more than the {MOST_COLUMNS:,} that are read")
        seen: set[str] = set()
        for name in names:
            if name and name in seen:
                raise Fault("row 1", f"the column {name} stands there twice")
            seen.add(name)
        return names

    def _lines(self) -> Iterator[str]:
        readline = self._text.readline
        lines = 0
        try:
            while line := readline(LONGEST_LINE):
                if len(line) == LONGEST_LINE:
                    raise Fault(f"line {lines + 1}", f"longer than {LONGEST_LINE // 2**20} MiB; is this a CSV?")
                if "\0" in line:
                    raise Fault(
                        f"line {lines + 1}", f"holds a NUL, so it is no text in {self._name}{_hint(self._name)}"
                    )
                lines += 1
                yield line
        except UnicodeError as error:
            raise self._wrong_encoding(error, lines) from None

    def _wrong_encoding(self, error: UnicodeError, lines: int) -> Fault:
        if not isinstance(error, UnicodeDecodeError):
            return Fault(f"line {lines + 1}", f"is not {self._name}")
        line = lines + 1 + error.object[: error.start].count(b"\n")
        return Fault(
            f"line {line}",
            f"byte 0x{error.object[error.start]:02X} is not {self._name}; save the file as UTF-8"
            ", or name its encoding in the mapping (encoding: windows-1252)",
        )


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name)
    except LookupError:
        raise Fault("mapping.encoding", f"{name!r} is no known encoding") from None
    if not known._is_text_encoding:
        raise Fault("mapping.encoding", f"{name!r} is no encoding of text")
    return "utf-8-sig" if known.name == "utf-8" else known.name


def _hint(encoding: str) -> str:
    return "; it may be UTF-16" if encoding.startswith("utf-8") else ""


def _what_csv_means(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"a field longer than {LONGEST_FIELD:,} characters; is a quotation mark not closed?"
    return f"is no CSV: {error}"


class Counted(io.RawIOBase):
    """Bytes in pieces as one stream, with the number of bytes taken so far."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        n = min(len(buffer), len(self._rest))
        buffer[:n] = self._rest[:n]
        self._rest = self._rest[n:]
        self.taken += n
        return n


def stream(pieces: Iterator[bytes]) -> tuple[BinaryIO, Counted]:
    """A buffered stream over pieces of bytes, and the counter of what was taken from it."""
    counted = Counted(pieces)
    return io.BufferedReader(counted, 1 << 18), counted
