"""A first look at an uploaded file: its encoding, delimiter, columns and first rows, and what they probably mean.

Guesses are offered to a person, never used without one.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from mspgov.kernel.faults import Fault

from .instants import Unreadable, iso
from .mapping import PRIORITIES
from .servicenow_audit import COLUMNS as AUDIT_COLUMNS
from .table import Table

ROWS = 2_000
SAMPLE_BYTES = 1 << 20
MOST_VALUES = 24
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1", "utf-16")
DATES = (
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M",
    "%d %b %Y %H:%M",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
)
NAMES = {
    "number": ("number", "ticket", "ticketnumber", "ticketno", "ticketid", "incident", "incidentnumber", "incidentid",
               "caseid", "casenumber", "key", "issuekey", "id", "ref", "reference", "nr", "no"),
    "opened_at": ("openedat", "opened", "createdat", "created", "createdon", "opentime", "opendate", "createddate",
                  "creationdate", "reported", "reportedat", "reporteddate", "loggedat", "logged", "submitted", "start"),
    "answered_at": ("answeredat", "answered", "firstanswer", "firstanswerat", "firstreply", "firstresponse", "firstresponseat", "respondedat",
                    "responded", "response", "responsetime", "acknowledged", "acknowledgedat", "firstreplyat"),
    "resolved_at": ("resolvedat", "resolved", "solved", "solvedat", "resolutiondate", "resolveddate", "fixed",
                    "closedat", "closed", "completed", "completedat", "end"),
    "priority": ("priority", "prio", "severity", "urgency", "p", "sev"),
    "category": ("category", "cat", "type", "issuetype"),
    "subcategory": ("subcategory", "subcat", "subtype"),
    "symptom": ("symptom", "usymptom"),
    "assignment_group": ("assignmentgroup", "group", "team", "supportgroup", "assignedgroup", "queue"),
    "location": ("location", "site", "office"),
    "service": ("service", "businessservice", "application"),
    "ci": ("ci", "cmdbci", "configurationitem", "asset"),
    "vendor": ("vendor", "supplier", "partner"),
    "state": ("state", "status", "incidentstate", "ticketstate"),
}  # fmt: skip
WORST_FIRST = {
    "critical": "P1", "blocker": "P1", "emergency": "P1", "highest": "P1", "urgent": "P1", "very high": "P1",
    "high": "P2", "major": "P2", "moderate": "P3", "medium": "P3", "normal": "P3", "standard": "P3",
    "low": "P4", "minor": "P4", "lowest": "P4", "trivial": "P4", "planning": "P4", "very low": "P4",
}  # fmt: skip
_NUMBERED = re.compile(r"(?:p|prio|priority|sev|severity)?[ -]*([1-4])(?:\D.*)?", re.IGNORECASE | re.ASCII)
_SIGNATURES = {b"PK\x03\x04": "an Excel workbook or a zip", b"\x1f\x8b": "a gzip", b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an old Excel workbook"}  # fmt: skip
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")


@dataclass(frozen=True)
class Look:
    """The header and the first rows of a file, as read with this encoding and delimiter."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have a name, in the file's order."""
        return tuple(name for name in self.header if name)

    def values(self, column: str) -> list[str]:
        """The texts of one column in the first rows, without the empty ones."""
        if column not in self.header:
            return []
        place = self.header.index(column)
        return [text for row in self.rows if len(row) > place and (text := row[place].strip()) not in ("", "?")]

    def sample(self, column: str) -> str:
        return next(iter(self.values(column)), "")

    def distinct(self, column: str) -> list[str]:
        """The different texts of one column in the first rows, at most `MOST_VALUES`, in order."""
        return sorted(dict.fromkeys(self.values(column)))[:MOST_VALUES]

    @property
    def is_audit(self) -> bool:
        """Has it every column of the `servicenow-audit` format?"""
        return all(name in self.header for name in AUDIT_COLUMNS.values())


def look(stream: BinaryIO, *, encoding: str = "utf-8", delimiter: str = ",") -> Look:
    """The first rows. Fault for what Table refuses, and for a file that is plainly something else."""
    table = Table(stream, encoding=encoding, delimiter=delimiter)
    rows = tuple(tuple(fields) for _, fields in islice(table.rows(), ROWS))
    if not rows:
        raise Fault("", "the file has a header and no row")
    return Look(encoding, delimiter, tuple(table.header), rows)


def check_signature(first: bytes) -> None:
    """Fault for an empty file and for a known kind of file that is no text."""
    if not first.strip():
        raise Fault("file", "is empty")
    if first.startswith(_PICTURES) and b"\0" in first[:4096]:
        raise Fault("file", "is a picture, not a table")
    for signature, what in _SIGNATURES.items():
        if first.startswith(signature):
            raise Fault("file", f"is {what}, not a CSV; save it as CSV in UTF-8")


def guess_encoding(stream: BinaryIO) -> str:
    """UTF-8 when the whole stream is, UTF-16 where a mark says so, else Windows-1252 (which reads nearly all)."""
    first = stream.read(SAMPLE_BYTES)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while first:
            decoder.decode(first)
            first = stream.read(SAMPLE_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def guess_delimiter(first: bytes, encoding: str) -> str:
    """The delimiter that parts the first line into most fields; a comma when none does."""
    text = first.decode(encoding, errors="replace").lstrip("\ufeff")
    line = io.StringIO(text[:100_000]).readline()
    counts = {d: _fields(line, d) for d in DELIMITERS}
    best = max(DELIMITERS, key=lambda d: counts[d])
    return best if counts[best] > 1 else ","


def _fields(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0


def guess_columns(header: Iterable[str]) -> dict[str, str]:
    """Ticket field → column, by the columns' names; each column at most once."""
    plain = {re.sub(r"[\W_]", "", name.lower()): name for name in reversed([*header]) if name}
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        column = next((plain[n] for n in names if n in plain and plain[n] not in found.values()), None)
        if column is not None:
            found[field] = column
    return found


def guess_dates(texts: Sequence[str]) -> str | None:
    """The format that reads most of the texts, day first where both orders do; None is ISO 8601, or that nothing fits."""
    counts = {pattern: sum(reads_dates(text, pattern) for text in texts) for pattern in (None, *DATES)}
    return max(counts, key=lambda pattern: counts[pattern])


def reads_dates(text: str, pattern: str | None) -> bool:
    """Can this format read the text?"""
    return _reads_iso(text) if pattern is None else _reads(text, pattern)


def _reads_iso(text: str) -> bool:
    try:
        iso(text)
    except Unreadable:
        return False
    return True


def _reads(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007 - only whether it fits
    except ValueError:
        return False
    return True


def guess_priority(text: str) -> str:
    """P1 to P4 for a text that says so; '' when it does not."""
    plain = text.strip().lower()
    if plain.upper() in PRIORITIES:
        return plain.upper()
    if found := _NUMBERED.fullmatch(plain):
        return f"P{found.group(1)}"
    return WORST_FIRST.get(plain, "")
