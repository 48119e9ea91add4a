"""A plain record in components: its cells, the filters and columns of its list, and what changed."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import ForeignKey, Model
from django.http import QueryDict
from django.utils import timezone

from . import words
from .components import Change, ChangeDay, Changes, Column, Filter, FilterChoice, Option


def label(model: type[Model], name: str) -> str:
    words = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return words[:1].upper() + words[1:]


def value(row: Model, name: str) -> str:
    """A field in words; relations and choices by their labels."""
    return said(getattr(row, f"get_{name}_display", lambda: getattr(row, name))())


def said(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return words.moment(value, timezone.localdate(), timezone.get_current_timezone())
    if isinstance(value, date):
        return words.day(value, timezone.localdate())
    return "" if value is None else str(value)


def address(asked: QueryDict, **changes: str | None) -> str:
    """The list's address with some of its parameters changed (None drops one), at the first page."""
    query = asked.copy()
    for name, new in {"page": None, **changes}.items():
        query.pop(name, None)
        if new is not None:
            query[name] = new
    return f"?{query.urlencode()}"


def kept(asked: QueryDict, *without: str) -> tuple[tuple[str, str], ...]:
    """The parameters that a form of the list sends along."""
    return tuple((name, str(text)) for name, text in asked.items() if name not in {"page", *without})


def columns(model: type[Model], chosen: Iterable[str], asked: QueryDict) -> tuple[Column, ...]:
    sort = asked.get("sort", "")
    return tuple(
        Column(
            label(model, name),
            sort_href=address(asked, sort=f"-{name}" if sort == name else name),
            sorted="up" if sort == name else "down" if sort == f"-{name}" else "",
        )
        for name in chosen
    )


def column_filter(model: type[Model], all_columns: tuple[str, ...], chosen: list[str], asked: QueryDict) -> Filter:
    """Which columns are shown: each choice turns one on or off."""

    def toggled(name: str) -> str:
        after = [c for c in all_columns if (c in chosen) != (c == name)]
        return address(asked, columns=",".join(after) or None)

    choices = tuple(FilterChoice(label(model, c), toggled(c), chosen=c in chosen) for c in all_columns)
    return Filter("Columns", f"{len(chosen)} of {len(all_columns)}", choices=choices)


def filters(filterset: Any, names: Iterable[str], asked: QueryDict) -> list[Filter]:
    """The filters of a list with their options; asks for those that are rows."""
    made = []
    for name in names:
        field, now = filterset.form.fields[name], asked.get(name, "")
        choices = getattr(field, "choices", ())  # a filter without choices is a field to type into
        options = tuple(Option(str(v), str(text), chosen=str(v) == now) for v, text in choices)
        made.append(
            Filter(
                str(field.label or name),
                next((o.label for o in options if o.chosen and o.value), "" if options else now),
                set=bool(now),
                name=name,
                options=options,
                clear_href=address(asked, **{name: None}) if now else "",
                kept=kept(asked, name),
            )
        )
    return made


def changes(row: Any, fields: tuple[str, ...], limit: int) -> Changes:
    """Who changed what, when, the latest first: each field with its value before and after."""
    versions = list(row.history.select_related("history_user").order_by("-history_date", "-history_id")[: limit + 1])
    names = _names_of_pointers(type(row), fields, versions)

    def shown(version: Any, name: str) -> str:
        field = type(row)._meta.get_field(name)
        if isinstance(field, ForeignKey):
            return names.get((name, getattr(version, field.attname)), "")
        return value(version, name)

    lines = []
    for version, before in zip(versions, [*versions[1:], None], strict=True):
        text = "Made" if before is None else "; ".join(
            f"{label(type(row), name)}: {shown(before, name) or 'empty'} → {shown(version, name) or 'empty'}"
            for name in fields if shown(before, name) != shown(version, name)
        )  # fmt: skip
        if before is not None or version.history_type == "+":
            lines.append((timezone.localtime(version.history_date), text or "Kept unchanged", version.history_user))
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    return Changes(
        tuple(
            ChangeDay(
                words.day(day, today),
                tuple(Change(f"{at:%H:%M}", text, str(by or ""), words.exactly(at, zone)) for at, text, by in group),
            )
            for day, group in groupby(lines[:limit], key=lambda line: line[0].date())
        )
    )


def _names_of_pointers(model: Any, fields: Iterable[str], versions: list[Any]) -> dict[tuple[str, Any], str]:
    """Names of the rows that any version points to: one query for each relation."""
    names: dict[tuple[str, Any], str] = {}
    for name in fields:
        if isinstance(field := model._meta.get_field(name), ForeignKey):
            ids = {getattr(version, field.attname) for version in versions} - {None}
            pointed: Any = field.related_model
            names |= {(name, pk): str(found) for pk, found in pointed.objects.in_bulk(ids).items()}
    return names
