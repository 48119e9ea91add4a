"""The same new values for many plain records: planned row by row, previewed, then written with their history and one seal.
A verb that is done to many governed rows keeps its preview here too and writes by its own service."""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string

from mspgov.jobs import services as jobs
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.records import services as records
from mspgov.tenancy.models import Person

from . import lists
from .models import BulkChange, Work
from .timeline import version_of

MOST = 5000
AT_ONCE = 40  # more rows than that are written by a run
STEP = 200
RUN = "web.bulk_change"
OVERTAKEN = "Somebody changed it after the preview: look at it again."
GONE = "It is not there any more, or not for you."
STRANGER = "It belongs to another engagement."


@dataclass(frozen=True)
class Line:
    """What a change does to one row: (field, before, after) of what differs, or why it does nothing."""

    id: str
    label: str
    changes: tuple[tuple[str, str, str], ...] = ()
    refused: str = ""

    @property
    def is_changed(self) -> bool:
        return bool(self.changes) and not self.refused


def editable(kit: Any) -> tuple[str, ...]:
    """The fields that many rows may share: neither the engagement nor part of a row's key."""
    keyed = {name for c in kit.model._meta.constraints if isinstance(c, models.UniqueConstraint) for name in c.fields}
    return tuple(name for name in kit.fields if name not in keyed and name != "engagement")


def path_of(kit: Any) -> str:
    return f"{kit.__module__}.{kit.__qualname__}"


@transaction.atomic
def preview(kit: Any, page: str, rows: "models.QuerySet[Any]", values: Mapping[str, Any], *, by: Person, at: datetime) -> BulkChange:  # fmt: skip
    """Keep which rows are to get which values, each row in the version it has now. Raises Refused for none or too many."""
    return keep(
        page, rows, {name: written_value(kit.model, name, value) for name, value in values.items()}, by=by, at=at
    )


@transaction.atomic
def keep(page: str, rows: "models.QuerySet[Any]", written: Mapping[str, Any], *, by: Person, at: datetime) -> BulkChange:  # fmt: skip
    """Keep what is to be done to which rows, each in the version it has now. Raises Refused for none or too many."""
    found = list(rows.order_by("pk")[: MOST + 1])
    if not found:
        raise Refused("no row is chosen")
    if len(found) > MOST:
        raise Refused(f"at most {MOST:,} rows are changed at once; narrow the list")
    change: BulkChange = BulkChange.objects.create(
        page=page,
        by=by,
        made_at=at,
        values=dict(written),
        rows=[[str(row.public_id), version_of(row)] for row in found],
    )
    change.refresh_from_db(fields=["public_id"])
    return change


def written_value(model: Any, name: str, value: Any) -> Any:
    field = model._meta.get_field(name)
    if isinstance(value, models.Model):
        return value.pk
    return None if value is None else field.value_to_string(model(**{name: value}))


def read_values(kit: Any, written: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a row takes them, those that point read once. A row that is gone meanwhile raises Refused."""
    values: dict[str, Any] = {}
    for name, text in written.items():
        if pointed := lists.relation(kit.model, name):
            values[name] = None if text is None else pointed.objects.filter(pk=text).first()
            if text is not None and values[name] is None:
                raise Refused(f"what was chosen for {lists.label(kit.model, name).lower()} is not there any more")
        else:
            values[name] = kit.model._meta.get_field(name).to_python(text)
    return values


def lines_of(kit: Any, change: BulkChange, first: int = 0, last: int | None = None) -> Iterator[tuple[Line, Any]]:
    """What the change does to its rows from `first` up to `last`, with each row as it would be: one query for all."""
    wanted = change.rows[first:last]
    found = {str(row.public_id): row for row in kit.queryset().filter(public_id__in=[id for id, _ in wanted])}
    yield from _lines(kit, read_values(kit, change.values), wanted, found)


def _lines(kit: Any, values: Mapping[str, Any], wanted: Iterable[Any], found: Mapping[str, Any]) -> Iterator[tuple[Line, Any]]:  # fmt: skip
    for id, row, why in as_previewed(wanted, found):
        if why:
            yield Line(id, "" if row is None else str(row), refused=why), None
        else:
            yield _line(id, row, values)


def as_previewed(wanted: Iterable[Any], found: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(id, row, why it is left) of each row that was previewed: gone, or changed by somebody since; '' where it is as it was."""
    for id, version in wanted:
        row = found.get(id)
        yield id, row, GONE if row is None else OVERTAKEN if version_of(row) != version else ""


def _line(id: str, row: Any, values: Mapping[str, Any]) -> tuple[Line, Any]:
    after = copy(row)
    after._state = copy(row._state)
    after._state.fields_cache = dict(row._state.fields_cache)
    for name, value in values.items():
        setattr(after, name, value)
    changes = tuple(
        (name, lists.value(row, name), lists.value(after, name))
        for name in values
        if getattr(row, row._meta.get_field(name).attname) != getattr(after, row._meta.get_field(name).attname)
    )
    return Line(id, str(row), changes, _refusal(after, values) if changes else ""), after


def _refusal(row: Any, values: Mapping[str, Any]) -> str:
    own = getattr(row, "engagement_id", None)
    for value in values.values():
        if own is not None and getattr(value, "engagement_id", None) not in (None, own):
            return STRANGER
    try:
        row.clean()
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


@transaction.atomic
def confirm(kit: Any, change: BulkChange, *, by: Person, at: datetime) -> BulkChange:
    """Write a previewed change, at once or by a run where it is long. Raises Conflict when it was confirmed before."""
    change = begun(change)
    if len(change.rows) <= AT_ONCE:
        change.result, change.state = write(kit, change, by=by, at=at), Work.DONE
    else:
        title = f"Change {len(change.rows):,} {kit.model._meta.verbose_name_plural}"
        change.state = Work.RUNNING
        change.run = jobs.start(RUN, key=str(change.public_id), title=title, by=by, kit=path_of(kit), change_id=change.pk)  # fmt: skip
    change.save()
    return change


def begun(change: BulkChange) -> BulkChange:
    """A previewed change, locked. Raises Conflict when it was confirmed before."""
    row: BulkChange = get_object_or_404(BulkChange.objects.select_for_update(), pk=change.pk)
    if row.state != Work.PREVIEWED:
        raise Conflict("this change was already made")
    return row


@transaction.atomic
def write(kit: Any, change: BulkChange, *, by: Person, at: datetime, first: int = 0, last: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Write some rows of a change with their histories and one seal; rows that were overtaken stay as they are."""
    values, wanted = read_values(kit, change.values), change.rows[first:last]
    locked = (
        kit.queryset().select_for_update(of=("self",)).filter(public_id__in=[id for id, _ in wanted]).order_by("pk")
    )
    found = {str(row.public_id): row for row in locked}
    before, after, refused, places = {}, {}, [], set()
    for line, row in _lines(kit, values, wanted, found):
        if line.refused:
            refused.append([line.id, line.label, line.refused])
        if not line.is_changed:
            continue
        before[line.id] = {name: old for name, old, _ in line.changes}
        after[line.id] = {name: new for name, _, new in line.changes}
        row._history_user = by
        row.save()
        places.add(records.engagement_of(row))
    if after:
        where = places.pop() if len(places) == 1 else None
        what = f"{kit.model._meta.model_name}.change-many"
        records.seal(None, what=what, before=before, after=after, by=by, at=at, engagement_id=where)
    return {"changed": len(after), "refused": refused, "rows": len(wanted)}


@transaction.atomic
def write_part(path: str, change_id: int, number: int, *, at: datetime) -> tuple[int, dict[str, Any]]:
    """The next STEP rows of a change that a run writes: (how many parts there are, what came of all so far)."""
    change = BulkChange.objects.select_for_update(of=("self",)).select_related("by").get(pk=change_id)
    first, parts = number * STEP, -(-len(change.rows) // STEP)
    done = write(import_string(path), change, by=change.by, at=at, first=first, last=first + STEP)
    told: dict[str, Any] = change.result if number else {"changed": 0, "refused": [], "rows": 0}
    change.result = {
        "changed": told["changed"] + done["changed"],
        "refused": [*told["refused"], *done["refused"]],
        "rows": told["rows"] + done["rows"],
    }
    change.state = Work.DONE if number + 1 >= parts else Work.RUNNING
    change.save()
    return parts, {"changed": change.result["changed"], "refused": len(change.result["refused"])}
