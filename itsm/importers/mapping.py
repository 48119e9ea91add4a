"""How a client's columns become a ticket: the mapping of a CSV, read and checked."""

import codecs
import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from contracts.importers.terms_text import read_text, read_yaml
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import shown

REQUIRED = ("number", "opened_at", "priority")
INSTANTS = ("opened_at", "answered_at", "resolved_at")
TEXTS = ("category", "subcategory", "symptom", "assignment_group", "location", "service", "ci", "vendor", "state")
FIELDS = (*REQUIRED, "answered_at", "resolved_at", *TEXTS)
WAIT_KINDS = ("customer", "client_vendor", "provider_vendor", "unknown_vendor", "problem", "resolved", "planned")
LONGEST_MAPPING = 64 * 1024  # bytes
UNSTORABLE = re.compile("[\\0\ud800-\udfff]")
PRIORITIES = {"P1": 1, "P2": 2, "P3": 3, "P4": 4}


@dataclass(frozen=True)
class WaitColumns:
    """The two columns between which a ticket waited, and for whom."""

    started: str
    ended: str
    kind: str


@dataclass(frozen=True)
class Mapping:
    """Ticket field → column of the file, and how its texts are read. `dates` None is ISO 8601."""

    columns: dict[str, str]
    dates: str | None = None
    priorities: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    waits: tuple[WaitColumns, ...] = ()

    def priority_numbers(self) -> dict[str, int]:
        return {**PRIORITIES, **{text: PRIORITIES[p] for text, p in self.priorities.items()}}

    def document(self) -> dict[str, object]:
        """As `read_mapping` reads it."""
        return {
            "columns": dict(self.columns),
            **({"dates": self.dates} if self.dates else {}),
            **({"priorities": dict(self.priorities)} if self.priorities else {}),
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            **(
                {"waits": [{"from": w.started, "to": w.ended, "kind": w.kind} for w in self.waits]}
                if self.waits
                else {}
            ),
        }


def read_mapping_text(content: bytes) -> object:
    """The document of a mapping in YAML 1.2 or JSON: `Yes`, `NO` and `01` are text. Fault without a path to it."""
    if len(content) > LONGEST_MAPPING:
        raise Fault("", f"is longer than {LONGEST_MAPPING // 1024} kB")
    found: object = read_yaml(read_text(content))
    return found


def read_mapping(document: object, path: str = "mapping") -> Mapping:
    """The mapping of a parsed YAML or JSON document; Fault with the path to what is wrong."""
    keys = _object(document, path, ("columns", "dates", "priorities", "encoding", "delimiter", "waits"))
    if "columns" not in keys:
        raise Fault(f"{path}.columns", "is missing")
    columns = {
        k: _text(v, f"{path}.columns.{k}") for k, v in _object(keys["columns"], f"{path}.columns", FIELDS).items()
    }
    for name in REQUIRED:
        if name not in columns:
            raise Fault(f"{path}.columns.{name}", "is missing")
    priorities = {}
    for text, p in _object(keys.get("priorities", {}), f"{path}.priorities", None).items():
        if not isinstance(p, str) or p not in PRIORITIES:
            raise Fault(f"{path}.priorities.{_short(text)}", f"must be one of P1, P2, P3, P4, not {_said(p)}")
        priorities[text] = p
    return Mapping(
        columns,
        _dates(keys.get("dates"), f"{path}.dates"),
        priorities,
        _known_encoding(keys.get("encoding", "utf-8"), f"{path}.encoding"),
        _delimiter(keys.get("delimiter", ","), f"{path}.delimiter"),
        _waits(keys.get("waits", []), f"{path}.waits"),
    )


def _object(value: object, path: str, known: tuple[str, ...] | None) -> dict[str, object]:
    if not isinstance(value, AnyMapping):
        raise Fault(path, "must be a mapping of names to values")
    for key in map(str, value):
        if UNSTORABLE.search(key):
            raise Fault(path, f"has a key with a character that is no text: {shown(key)}")
        if known is not None and key not in known:
            raise Fault(f"{path}.{_short(key)}", f"unknown key; known are {', '.join(known)}")
    return {str(k): v for k, v in value.items()}


def _text(value: object, path: str) -> str:
    if isinstance(value, bool | Decimal):
        raise Fault(path, "must name a column: put its name between quotation marks")
    if not isinstance(value, str | int) or not str(value).strip() or UNSTORABLE.search(str(value)):
        raise Fault(path, "must name a column")
    return str(value)


def _said(value: object) -> str:
    """A value that is wrong, short; of a tree only what it is."""
    if isinstance(value, AnyMapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return str(value) if isinstance(value, Decimal) else shown(value)


def _short(key: str) -> str:
    return key if len(key) <= 60 else f"{key[:57]}..."


def _dates(value: object, path: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "%" not in value:
        raise Fault(path, 'must be a format such as "%d/%m/%Y %H:%M"')
    try:
        datetime.strptime(datetime(2016, 2, 29, 13, 5).strftime(value), value)  # noqa: DTZ001, DTZ007
    except (ValueError, re.error) as error:
        raise Fault(path, f"{shown(value)} is no format of dates: {str(error)[:200]}") from None
    if not all(any(f"%{c}" in value for c in group) for group in ("YyGcxsD", "mbBcxsjD", "dcxsjD")):
        raise Fault(path, f"{shown(value)} lacks the year, the month or the day")
    return value


def _known_encoding(value: object, path: str) -> str:
    try:
        if isinstance(value, str) and codecs.lookup(value)._is_text_encoding:
            return value
    except (LookupError, ValueError):
        pass
    raise Fault(path, f"{_said(value)} is no known encoding")


def _delimiter(value: object, path: str) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n\0' or UNSTORABLE.search(value):
        raise Fault(path, "must be one character")
    return value


def _waits(value: object, path: str) -> tuple[WaitColumns, ...]:
    if not isinstance(value, list):
        raise Fault(path, "must be a list")
    found = []
    for i, item in enumerate(value):
        here = f"{path}[{i}]"
        keys = _object(item, here, ("from", "to", "kind"))
        for name in ("from", "to", "kind"):
            if name not in keys:
                raise Fault(f"{here}.{name}", "is missing")
        if not isinstance(keys["kind"], str) or keys["kind"] not in WAIT_KINDS:
            raise Fault(f"{here}.kind", f"must be one of {', '.join(WAIT_KINDS)}, not {_said(keys['kind'])}")
        found.append(WaitColumns(_text(keys["from"], f"{here}.from"), _text(keys["to"], f"{here}.to"), keys["kind"]))
    return tuple(found)
