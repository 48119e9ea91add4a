"""Plain records from a file that has no faults: kept for its preview, written with history and one seal, undone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.shortcuts import get_object_or_404
from django.utils.module_loading import import_string

from mspgov.jobs import services as jobs
from mspgov.kernel.refusals import Conflict
from mspgov.records import services as records
from mspgov.tenancy.models import Person

from . import lists
from .bulk_change import AT_ONCE, GONE, OVERTAKEN, STEP, STRANGER, path_of
from .models import RecordImport, Work
from .record_reading import Checked, Planned, Wrong
from .timeline import version_of

RUN, RUN_UNDO = "web.record_import", "web.record_import_undo"


@transaction.atomic
def keep(page: str, checked: Checked, *, name: str, by: Person, at: datetime) -> RecordImport:
    """Keep what a file without faults would do, for its preview."""
    row: RecordImport = RecordImport.objects.create(
        page=page, by=by, made_at=at, name=name[-255:], sha256=checked.sha256, rows=[asdict(p) for p in checked.planned]
    )
    row.refresh_from_db(fields=["public_id"])
    return row


def planned_of(row: RecordImport) -> list[Planned]:
    return [Planned(**each) for each in row.rows]


@transaction.atomic
def confirm(kit: Any, which: RecordImport, *, by: Person, at: datetime) -> RecordImport:
    """Write a previewed file, at once or by a run where it is long. Raises Conflict when it was confirmed before."""
    row = get_object_or_404(RecordImport.objects.select_for_update(), pk=which.pk)
    if row.state != Work.PREVIEWED:
        raise Conflict("this file was already imported")
    if len(row.rows) <= AT_ONCE:
        row.result, row.state = write(kit, row, by=by, at=at), Work.DONE
    else:
        row.state = Work.RUNNING
        title = f"Import {row.name}"
        row.run = jobs.start(RUN, key=str(row.public_id), title=title, by=by, kit=path_of(kit), import_id=row.pk)
    row.save()
    return row


@transaction.atomic
def write(kit: Any, row: RecordImport, *, by: Person, at: datetime, first: int = 0, last: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Write some rows of a file with their histories and one seal. Rows that somebody changed or made after the preview
    stay as they are and are named."""
    wanted = planned_of(row)[first:last]
    locked = kit.queryset().select_for_update(of=("self",)).filter(public_id__in=[p.id for p in wanted if p.id])
    found = {str(each.public_id): each for each in locked.order_by("pk")}
    values = _Values(kit.model)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    counts, refused, places = {"new": 0, "changed": 0, "unchanged": 0}, [], set()
    for plan in wanted:
        try:
            done = _write_row(kit.model, plan, found.get(plan.id), values, by)
        except Wrong as no:
            refused.append([plan.row, plan.label, no.why])
            continue
        counts[plan.what] += 1
        if done is None:
            continue
        saved, was = done
        places.add(records.engagement_of(saved))
        row.written.append([str(saved.public_id), version_of(saved), was])
        before[str(saved.public_id)] = {name: old for name, old, _ in plan.changes if plan.id}
        after[str(saved.public_id)] = {name: new for name, _, new in plan.changes}
    if after:
        where = places.pop() if len(places) == 1 else None
        after["file"] = {"name": row.name, "sha256": row.sha256}
        what = f"{kit.model._meta.model_name}.import"
        records.seal(None, what=what, before=before, after=after, by=by, at=at, engagement_id=where)
    return {**counts, "refused": refused}


class _Values:
    """Values of a plan as rows take them; what they point to is read once for each model."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.rows: dict[str, dict[Any, Any]] = {}

    def of(self, written: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name, text in written.items():
            own = self.model._meta.get_field(name)
            if isinstance(own, models.ForeignKey):
                if name not in self.rows:
                    pointed: Any = own.related_model
                    self.rows[name] = pointed.objects.in_bulk()
                if text is not None and text not in self.rows[name]:
                    raise Wrong(f"what it names as {lists.label(self.model, name).lower()} is not there any more")
                yield name, None if text is None else self.rows[name][text]
            else:
                yield name, own.to_python(text)


def _write_row(model: Any, plan: Planned, known: Any, values: _Values, by: Person) -> tuple[Any, Any] | None:
    """The row that was written and its values before (None for a new one); None where there was nothing to write."""
    if plan.id and known is None:
        raise Wrong(GONE)
    if plan.id and version_of(known) != plan.version:
        raise Wrong(OVERTAKEN)
    if plan.what == "unchanged":
        return None
    row, was = known or model(), None if known is None else _kept_of(known)
    for name, value in values.of(plan.values):
        setattr(row, name, value)
    own = getattr(row, "engagement_id", None)
    for name in plan.values:
        if lists.relation(model, name) and getattr(getattr(row, name), "engagement_id", own) not in (None, own):
            raise Wrong(STRANGER)
    row._history_user = by
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Wrong(f"Somebody has made a {model._meta.verbose_name} like this meanwhile.") from error
    if known is None:
        row.refresh_from_db()
    return row, was


def _kept_of(row: Any) -> dict[str, str | None]:
    """All values of a row, each as its field reads it again."""
    fields = row._meta.concrete_fields
    return {f.name: None if f.value_from_object(row) is None else f.value_to_string(row) for f in fields}


@transaction.atomic
def write_part(path: str, import_id: int, number: int, *, at: datetime) -> tuple[int, dict[str, Any]]:
    """The next STEP rows of a file that a run writes: (how many parts there are, what came of all so far)."""
    row = RecordImport.objects.select_for_update(of=("self",)).select_related("by").get(pk=import_id)
    first, parts = number * STEP, -(-len(row.rows) // STEP)
    done = write(import_string(path), row, by=row.by, at=at, first=first, last=first + STEP)
    told = row.result if number else {"new": 0, "changed": 0, "unchanged": 0, "refused": []}
    row.result = {name: told[name] + done[name] for name in told}
    row.state = Work.DONE if number + 1 >= parts else Work.RUNNING
    row.save()
    return parts, {**row.result, "refused": len(row.result["refused"])}


@transaction.atomic
def undo(kit: Any, which: RecordImport, *, by: Person, at: datetime) -> RecordImport:
    """Take an import back, at once or by a run where it is long. Raises Conflict unless the import is done and not undone."""
    row = get_object_or_404(RecordImport.objects.select_for_update(), pk=which.pk)
    if row.state != Work.DONE:
        raise Conflict("only an import that is done can be undone, and once")
    row.result = {**row.result, "undone": 0, "kept": []}
    if len(row.written) <= AT_ONCE:
        row.result, row.state = {**row.result, **take_back(kit, row, by=by, at=at)}, Work.UNDONE
    else:
        row.state = Work.RUNNING
        title = f"Undo the import of {row.name}"
        row.run = jobs.start(RUN_UNDO, key=str(row.public_id), title=title, by=by, kit=path_of(kit), import_id=row.pk)
    row.save()
    return row


def would_take_back(kit: Any, row: RecordImport) -> tuple[int, int, int]:
    """Of the rows that a file wrote, as they are now: how many would be removed, how many would get their former values, and
    how many have been changed or removed since and stay."""
    ids = [id for id, _, _ in row.written]
    now = {str(each.public_id): version_of(each) for each in kit.queryset().filter(public_id__in=ids)}
    able = [was for id, version, was in row.written if now.get(id) == version]
    removed = sum(was is None for was in able)
    return removed, len(able) - removed, len(row.written) - len(able)


@transaction.atomic
def take_back(kit: Any, row: RecordImport, *, by: Person, at: datetime, first: int = 0, last: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Of some rows that a file wrote, the latest first: those that it made are removed, those that it changed get their
    values of before, with one seal. Rows that were changed or used since stay and are named."""
    wanted = row.written[::-1][first:last]
    ids = [id for id, _, _ in wanted]
    locked = kit.queryset().select_for_update(of=("self",)).filter(public_id__in=ids).order_by("pk")
    found = {str(each.public_id): each for each in locked}
    undone: dict[str, Any] = {}
    kept, places = [], set()
    for id, version, was in wanted:
        known = found.get(id)
        try:
            if known is None:
                raise Wrong(GONE)
            label, place = str(known), records.engagement_of(known)
            if version_of(known) != version:
                raise Wrong("It was changed after the import.")
            _take_back(known, was, by)
        except Wrong as no:
            kept.append([id, "" if known is None else str(known), no.why])
            continue
        undone[id] = {"removed": label} if was is None else {"restored": label}
        places.add(place)
    if undone:
        where = places.pop() if len(places) == 1 else None
        what = f"{kit.model._meta.model_name}.undo-import"
        records.seal(None, what=what, before={"file": row.name}, after=undone, by=by, at=at, engagement_id=where)
    return {"undone": len(undone), "kept": kept}


@transaction.atomic
def take_back_part(path: str, import_id: int, number: int, *, at: datetime) -> tuple[int, dict[str, Any]]:
    """The next STEP rows that a run takes back: (how many parts there are, what came of all so far)."""
    row = RecordImport.objects.select_for_update(of=("self",)).select_related("by").get(pk=import_id)
    first, parts = number * STEP, -(-len(row.written) // STEP)
    done = take_back(import_string(path), row, by=row.by, at=at, first=first, last=first + STEP)
    row.result = {**row.result, **{name: row.result[name] + done[name] for name in done}}
    row.state = Work.UNDONE if number + 1 >= parts else Work.RUNNING
    row.save()
    return parts, {"undone": row.result["undone"], "kept": len(row.result["kept"])}


def _take_back(row: Any, was: Mapping[str, str | None] | None, by: Person) -> None:
    row._history_user = by
    try:
        with transaction.atomic():
            if was is None:
                row.delete()
                return
            for each in row._meta.concrete_fields:
                if each.name not in ("id", "tenant", "public_id", "engagement"):
                    text = was[each.name]
                    setattr(row, each.attname, None if text is None else each.to_python(text))
            row.save()
    except ProtectedError as error:
        raise Wrong("It is used by other rows meanwhile.") from error
    except IntegrityError as error:
        raise Wrong("Another row has its former name meanwhile, or uses it.") from error
