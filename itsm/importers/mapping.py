"""How a client's columns become a ticket: the mapping of a CSV, read and checked."""

import codecs
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from datetime import datetime

from mspgov.kernel.faults import Fault

REQUIRED = ("number", "opened_at", "priority")
INSTANTS = ("opened_at", "answered_at", "resolved_at")
TEXTS = ("category", "subcategory", "symptom", "assignment_group", "location", "service", "ci", "vendor", "state")
FIELDS = (*REQUIRED, "answered_at", "resolved_at", *TEXTS)
WAIT_KINDS = ("customer", "client_vendor", "provider_vendor", "unknown_vendor", "problem", "resolved", "planned")
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
        if p not in PRIORITIES:
            raise Fault(f"{path}.priorities.{text}", f"must be one of P1, P2, P3, P4, not {p!r}")
        priorities[text] = str(p)
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
    for key in value:
        if known is not None and key not in known:
            raise Fault(f"{path}.{key}", f"unknown key; known are {', '.join(known)}")
    return {str(k): v for k, v in value.items()}


def _text(value: object, path: str) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
        raise Fault(path, "must name a column")
    return str(value)


def _dates(value: object, path: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or "%" not in value:
        raise Fault(path, 'must be a format such as "%d/%m/%Y %H:%M"')
    try:
        datetime.strptime(datetime(2016, 2, 29, 13, 5).strftime(value), value)  # noqa: DTZ001, DTZ007
    except ValueError as error:
        raise Fault(path, f"{value!r} is no format of dates: {error}") from None
    if not all(any(f"%{c}" in value for c in group) for group in ("YyGcxsD", "mbBcxsjD", "dcxsjD")):
        raise Fault(path, f"{value!r} lacks the year, the month or the day")
    return value


def _known_encoding(value: object, path: str) -> str:
    try:
        if isinstance(value, str) and codecs.lookup(value)._is_text_encoding:
            return value
    except (LookupError, ValueError):
        pass
    raise Fault(path, f"{value!r} is no known encoding")


def _delimiter(value: object, path: str) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in '"\r\n\0':
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
        if keys["kind"] not in WAIT_KINDS:
            raise Fault(f"{here}.kind", f"must be one of {', '.join(WAIT_KINDS)}, not {keys['kind']!r}")
        found.append(
            WaitColumns(_text(keys["from"], f"{here}.from"), _text(keys["to"], f"{here}.to"), str(keys["kind"]))
        )
    return tuple(found)
