"""A file of plain records held against its kit: every fault of every row in one pass, or what each row would do.

A row is known again by the model's first unique key (its name or number in its engagement), so importing twice changes
nothing. Columns are the kit's fields, by label or name; a column that is missing leaves known rows as they are there.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from mspgov.kernel.refusals import Refused

from . import lists
from .bulk_change import written_value
from .record_files import UTF_8, Read, Value, read_file
from .timeline import version_of

CLOSE = 0.6
SUGGESTED = 200  # to look for the nearest of many names takes long; a file with more faults is told what is wrong only
MISSING = "this column is missing"
YES, NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n"}


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a file: row and column as the file has them, why, and the nearest value that would do."""

    row: int
    column: str
    why: str
    suggestion: str = ""
    value: str = ""


@dataclass(frozen=True)
class Planned:
    """What a row of the file does: `id` of a known row with the version it was read in, and the values that it sets."""

    row: int
    label: str
    values: dict[str, Any]
    changes: list[list[str]] = field(default_factory=list)  # [label, before, after]
    id: str = ""
    version: str = ""

    @property
    def what(self) -> str:
        return "new" if not self.id else "changed" if self.changes else "unchanged"


@dataclass(frozen=True)
class Checked:
    """A file that was read: either its faults, or what each row does."""

    faults: tuple[RowFault, ...]
    planned: tuple[Planned, ...]
    sha256: str


def check(kit: Any, *, name: str, size: int, stream: IO[bytes], encoding: str = UTF_8) -> Checked:
    """Read a file and hold it against the rows that there are, with as many queries for one row as for thousands. Raises
    Refused for a file that is none."""
    read = read_file(name, size, stream, encoding)
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if not read.rows:
        raise Refused(f"{name} has heads and no rows")
    faults, planned = Reader(kit).read(read)
    return Checked(tuple(faults), () if faults else tuple(planned), digest)


def natural_key(model: Any) -> tuple[str, ...]:
    """The fields by which a row is known again."""
    return _keys(model)[0]


def _keys(model: Any) -> list[tuple[str, ...]]:
    return [
        tuple(name for name in c.fields if name != "tenant")
        for c in model._meta.constraints
        if isinstance(c, models.UniqueConstraint)
    ]


class Reader:
    """Reads the rows of one file for one kit; what columns may point to and what rows there are is asked once."""

    def __init__(self, kit: Any) -> None:
        self.kit, self.model = kit, kit.model
        self.labels = {name: lists.label(kit.model, name) for name in kit.fields}
        self.fields = {name: kit.model._meta.get_field(name) for name in kit.fields}
        self.keys = _keys(kit.model)
        self.pointed = {name: self._options(name) for name in kit.fields if lists.relation(kit.model, name)}
        self.known: dict[tuple[str, ...], dict[Any, Any]] = {key: {} for key in self.keys}
        self.suggestions_left = SUGGESTED
        for row in kit.queryset():
            for key in self.keys:
                self.known[key][self._key_of(row, key)] = row

    def _options(self, name: str) -> list[Any]:
        """The rows that a column may name; whose engagement matters has it read."""
        model_field: Any = self.fields[name]
        rows = model_field.related_model.objects.complex_filter(model_field.get_limit_choices_to())
        return list(rows.order_by("pk"))

    def _key_of(self, row: Any, key: tuple[str, ...]) -> tuple[Any, ...]:
        return tuple(getattr(row, self.model._meta.get_field(name).attname) for name in key)

    def read(self, read: Read) -> tuple[list[RowFault], list[Planned]]:
        columns, faults = self._columns(read.heads)
        whole = not any(fault.why == MISSING for fault in faults)  # else what a row becomes cannot be told
        planned: list[Planned] = []
        seen: dict[tuple[str, ...], dict[Any, int]] = {key: {} for key in self.keys}
        for number, cells in read.rows:
            values, wrong = self._values(number, columns, cells)
            row, known = self._row(values) if whole and not wrong else (None, None)
            if row is not None:
                wrong += self._row_faults(number, row, known)
                wrong += self._twice(number, row, seen)
            faults += wrong
            if row is not None and not wrong:
                planned.append(self._planned(number, row, known, values))
        return faults, planned

    def _columns(self, heads: tuple[str, ...]) -> tuple[list[str], list[RowFault]]:
        """The field of each column (empty for one that is not read), and the faults of the head."""
        names = {label.lower(): name for name, label in self.labels.items()} | {n: n for n in self.labels}
        columns, faults = [], []
        for head in heads:
            name = names.get(head.lower(), "")
            if not name:
                near = self._near(head, self.labels.values())
                faults.append(RowFault(1, head or "(empty)", f"is no column of {self.model._meta.verbose_name_plural}", near, head))  # fmt: skip
            elif name in columns:
                faults.append(RowFault(1, head, "stands there twice", value=head))
                name = ""
            columns.append(name)
        faults += [
            RowFault(1, label, MISSING)
            for name, label in self.labels.items()
            if name not in columns and (name in self.keys[0] or self._must(name))
        ]
        return columns, faults

    def _must(self, name: str) -> bool:
        """Whether a new row needs the field."""
        own = self.fields[name]
        return not own.blank and not own.null and not own.has_default()

    def _values(self, number: int, columns: list[str], cells: tuple[Value, ...]) -> tuple[dict[str, Any], list[RowFault]]:  # fmt: skip
        values, wrong = {}, []
        engagement = None
        order = sorted(range(len(columns)), key=lambda place: columns[place] != "engagement")
        for place in order:
            name, cell = columns[place], cells[place] if place < len(cells) else None
            if not name:
                continue
            try:
                values[name] = self._value_of(name, cell, engagement)
            except Wrong as no:
                wrong.append(RowFault(number, self.labels[name], no.why, no.suggestion, "" if cell is None else str(cell)))  # fmt: skip
                continue
            engagement = values[name] if name == "engagement" else engagement
        extra = [cell for cell in cells[len(columns) :] if cell is not None]
        if extra:
            wrong.append(RowFault(number, "", "has more cells than the head has columns", value=str(extra[0])))
        return values, wrong

    def _value_of(self, name: str, cell: Value, engagement: Any) -> Any:
        own = self.fields[name]
        if cell is None:
            if name in self.pointed and own.null:
                return None
            if isinstance(own, ArrayField) and own.blank:
                return []
            if name in self.keys[0] or not own.blank:
                raise Wrong("must not be empty")
            return own.get_default() if own.has_default() else None if own.null else ""
        if name in self.pointed:
            return self._named(name, str(cell), engagement)
        if isinstance(own, ArrayField):
            return self._several(own.base_field, str(cell))
        if own.choices:
            return self._chosen(own, str(cell))
        if isinstance(own, models.BooleanField):
            return _yes_or_no(cell)
        if isinstance(own, models.DateField) and not isinstance(own, models.DateTimeField):
            return _day(cell)
        if isinstance(own, models.CharField | models.TextField):
            cell = _text(cell)
        try:
            value = own.clean(cell, None)
        except ValidationError as error:
            raise Wrong(" ".join(error.messages), self._meant(name, str(cell))) from error
        if why := self.model.refusal(name, value) if hasattr(self.model, "refusal") else "":
            raise Wrong(why, self._meant(name, str(cell)))
        return value

    def _meant(self, name: str, text: str) -> str:
        """What the model takes to be meant, where it knows the values of a field better than the field does."""
        if self.suggestions_left <= 0 or not text or not hasattr(self.model, "meant"):
            return ""
        self.suggestions_left -= 1
        return str(self.model.meant(name, text))

    def _named(self, name: str, text: str, engagement: Any) -> Any:
        """A row by its name, short name or id; of those of the row's own engagement where the name is not the only one."""
        options = self.pointed[name]
        found = [o for o in options if text.lower() in _names_of(o)]
        near = [o for o in found if getattr(o, "engagement_id", None) in (None, getattr(engagement, "pk", None))]
        if len(near) == 1:
            return near[0]
        if found and not near:
            raise Wrong("belongs to another engagement")
        if len(near) > 1:
            raise Wrong("names more than one; give its id")
        raise Wrong("there is none of this name that you can see", self._near(text, map(str, options)))

    def _chosen(self, own: Any, text: str) -> Any:
        choices = {str(label).lower(): value for value, label in own.flatchoices}
        choices |= {said: v for v, _ in own.flatchoices for said in (str(v).lower(), str(v).lower().replace("_", " "))}
        if text.lower() in choices:
            return choices[text.lower()]
        labels = [str(label) for _, label in own.flatchoices]
        raise Wrong(f"must be one of {', '.join(labels)}", self._near(text, labels))

    def _several(self, own: Any, text: str) -> list[Any]:
        """Some of the choices, divided by commas, as a list shows them; in the order of the choices."""
        found = {self._chosen(own, each.strip()) for each in text.split(",") if each.strip()}
        return [value for value, _ in own.flatchoices if value in found]

    def _near(self, text: str, allowed: Iterable[str]) -> str:
        if self.suggestions_left <= 0:
            return ""
        self.suggestions_left -= 1
        by_lower = {each.lower(): each for each in allowed}
        found = difflib.get_close_matches(text.lower(), by_lower, 1, CLOSE)
        return by_lower[found[0]] if found else ""

    def _row(self, values: Mapping[str, Any]) -> tuple[Any, Any]:
        """The row as it would be, and the known one that it was."""
        fresh = self.model(**values)
        known = self.known[self.keys[0]].get(self._key_of(fresh, self.keys[0]))
        if known is None:
            return fresh, None
        row = self.model(**{f.attname: getattr(known, f.attname) for f in self.model._meta.concrete_fields})
        row._state.adding, row._state.db = False, known._state.db
        for name, value in values.items():
            setattr(row, name, value)
        return row, known

    def _row_faults(self, number: int, row: Any, known: Any) -> list[RowFault]:
        wrong = []
        for key in self.keys[1:]:
            other = self.known[key].get(self._key_of(row, key))
            if other is not None and (known is None or other.pk != known.pk):
                label = self.labels.get(key[-1], key[-1])
                wrong.append(RowFault(number, label, f"another {self.model._meta.verbose_name} has it already", value=str(getattr(row, key[-1]))))  # fmt: skip
        try:
            row.clean()
        except ValidationError as error:
            told = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
            for name, why in told.items():
                cell = lists.value(row, name) if name in self.labels else ""
                wrong.append(RowFault(number, self.labels.get(name, ""), " ".join(why), self._meant(name, cell), cell))
        return wrong

    def _twice(self, number: int, row: Any, seen: dict[tuple[str, ...], dict[Any, int]]) -> list[RowFault]:
        wrong = []
        for key in self.keys:
            first = seen[key].setdefault(self._key_of(row, key), number)
            if first != number:
                wrong.append(RowFault(number, self.labels.get(key[-1], key[-1]), f"stands in row {first} already", value=str(getattr(row, key[-1]))))  # fmt: skip
        return wrong

    def _planned(self, number: int, row: Any, known: Any, values: Mapping[str, Any]) -> Planned:
        changes = [
            [label, lists.value(known, name) if known else "", lists.value(row, name)]
            for name, label in self.labels.items()
            if name in values and (known is None or _differs(known, row, name))
        ]
        written = {name: written_value(self.model, name, value) for name, value in values.items()}
        if known is None:
            return Planned(number, str(row), written, changes)
        return Planned(number, str(known), written, changes, str(known.public_id), version_of(known))


class Wrong(Exception):
    """Why a row cannot be taken, and the nearest value that would do."""

    def __init__(self, why: str, suggestion: str = "") -> None:
        super().__init__(why)
        self.why, self.suggestion = why, suggestion


def _differs(known: Any, row: Any, name: str) -> bool:
    attname = known._meta.get_field(name).attname
    return bool(getattr(known, attname) != getattr(row, attname))


def _names_of(row: Any) -> set[str]:
    named = {str(row), str(getattr(row, "slug", "")), str(getattr(row, "key", "")), str(row.public_id)}
    return {name.lower() for name in named if name}


def _text(cell: Value) -> str:
    """A number as a sheet shows it: 7, not 7.0."""
    if isinstance(cell, Decimal) and cell == cell.to_integral_value():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _yes_or_no(cell: Value) -> bool:
    text = str(cell).lower()
    if text not in YES | NO:
        raise Wrong("must be yes or no")
    return text in YES


def _day(cell: Value) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        raise Wrong("must be a date such as 2026-12-24", _day_suggested(str(cell))) from None


def _day_suggested(text: str) -> str:
    """The date that was meant, where it can be read one way only: 24.12.2026."""
    parts = text.replace("/", ".").replace("-", ".").split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts) or len(parts[2]) != 4:
        return ""
    first, second, year = map(int, parts)
    meant = set()
    for day, month in ((first, second), (second, first)):
        try:
            meant.add(date(year, month, day).isoformat())
        except ValueError:
            continue
    return meant.pop() if len(meant) == 1 else ""
