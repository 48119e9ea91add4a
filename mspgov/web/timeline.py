"""The readable history of any object that keeps one: who changed what, when, and what changed since a form was read."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import ForeignKey, Model
from django.utils import timezone

from mspgov.records.services import snapshot

from . import words
from .api import etag
from .components import Change, ChangeDay, Changes
from .lists import label, value


class Line(NamedTuple):
    """One change; `text` is empty when it changed none of the fields that are shown."""

    at: datetime
    text: str
    by: str
    version: str


def version_of(row: Model) -> str:
    """What a form sends back, so that a later change by somebody else is noticed."""
    return etag(snapshot(row))


def changes(row: Any, fields: tuple[str, ...], limit: int) -> Changes:
    """Who changed what, when, the latest first, by day in the reader's zone."""
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    found = list(lines(row, fields, limit))
    return Changes(
        tuple(
            ChangeDay(
                words.day(day, today),
                tuple(
                    Change(f"{each.at:%H:%M}", each.text or "Kept unchanged", each.by, words.exactly(each.at, zone))
                    for each in same
                ),
            )
            for day, same in groupby(found, key=lambda each: each.at.date())
        )
    )


def changed_since(row: Any, fields: tuple[str, ...], version: str) -> str:
    """A sentence on what others changed after somebody read this version of the row, and what becomes of it."""
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    late: list[Line] = []
    for each in lines(row, fields, 50):
        if each.version == version:
            break
        late.append(each)
    told = [f"{each.by or 'Somebody'}, {words.moment(each.at, today, zone)}: {each.text}" for each in late if each.text]
    meanwhile = ". ".join(told) or "Nothing that this form shows is different"
    return f"Somebody was faster. {meanwhile}. What you typed is kept below; save again to put it in its place."


def lines(row: Any, fields: tuple[str, ...], limit: int) -> Iterator[Line]:
    """The latest changes, the latest first: each field with its value before and after."""
    versions = list(row.history.select_related("history_user").order_by("-history_date", "-history_id")[: limit + 1])
    names = _names_of_pointers(type(row), fields, versions)

    def shown(version: Any, name: str) -> str:
        field = type(row)._meta.get_field(name)
        if isinstance(field, ForeignKey):
            return names.get((name, getattr(version, field.attname)), "")
        return value(version, name)

    for version, before in list(zip(versions, [*versions[1:], None], strict=True))[:limit]:
        text = "Made" if before is None else "; ".join(
            f"{label(type(row), name)}: {shown(before, name) or 'empty'} → {shown(version, name) or 'empty'}"
            for name in fields if shown(before, name) != shown(version, name)
        )  # fmt: skip
        if before is not None or version.history_type == "+":
            at, by = timezone.localtime(version.history_date), version.history_user
            yield Line(at, text, str(by or ""), version_of(version.instance))


def _names_of_pointers(model: Any, fields: Iterable[str], versions: list[Any]) -> dict[tuple[str, Any], str]:
    """Names of the rows that any version points to: one query for each relation."""
    names: dict[tuple[str, Any], str] = {}
    for name in fields:
        if isinstance(field := model._meta.get_field(name), ForeignKey):
            ids = {getattr(version, field.attname) for version in versions} - {None}
            pointed: Any = field.related_model
            names |= {(name, pk): str(found) for pk, found in pointed.objects.in_bulk(ids).items()}
    return names
