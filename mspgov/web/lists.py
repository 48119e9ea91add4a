"""What any list of rows is made of: labels and values, its address, filters and columns from a query string, pages."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import django_filters
from django.core.paginator import Page
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from . import words
from .addresses import reached_by
from .components import Cell, Column, DataTable, Filter, FilterChoice, ListPages, Option, Row


def label(model: type[Model], name: str) -> str:
    said = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return said[:1].upper() + said[1:]


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
    if isinstance(value, list):
        return ", ".join(said(each).replace("_", " ") for each in value)
    return "" if value is None else str(value)


def raw(row: Model, name: str) -> Any:
    """A field as a file keeps it: numbers and dates as such, relations, choices and yes or no in words."""
    plain = getattr(row, name)
    is_typed = isinstance(plain, int | Decimal | date) and not isinstance(plain, bool)
    return plain if is_typed and not hasattr(row, f"get_{name}_display") else value(row, name)


def address(asked: QueryDict, **changes: str | None) -> str:
    """The list's address with some of its parameters changed (None drops one), at the first page."""
    query = asked.copy()
    for name, new in {"page": None, "view": None, **changes}.items():
        query.pop(name, None)
        if new is not None:
            query[name] = new
    return f"?{query.urlencode()}"


def kept(asked: QueryDict, *without: str) -> tuple[tuple[str, str], ...]:
    """The parameters that a form of the list sends along."""
    return tuple((name, str(text)) for name, text in asked.items() if name not in {"page", "view", *without})


def search(asked: QueryDict, words: str) -> dict[str, Any]:
    """The field to find rows by a text."""
    return {"name": "q", "value": asked.get("q", ""), "label": words, "kept": kept(asked, "q")}


def selected(rows: Any, asked: QueryDict) -> Any:
    """Of these rows the ones that the address names as selected; all of them where it names none or asks for all."""
    if "selected" not in asked or "all" in asked:
        return rows
    return rows.filter(public_id__in=[text for text in asked.getlist("selected") if _is_id(text)])


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def chosen(asked: QueryDict, usual: tuple[str, ...], more: tuple[str, ...]) -> list[str]:
    """The columns that the address asks for, or the usual ones."""
    wanted = asked.get("columns", "").split(",")
    return [name for name in (*usual, *more) if name in wanted] or list(usual)


def table(
    caption: str, model: type[Model], names: list[str], rows: Iterable[Any], asked: QueryDict,
    opens: Callable[[UUID], str], *, selectable: bool = False,
) -> DataTable:  # fmt: skip
    """Rows by these fields, the first of them a link to the row's page."""
    lines = []
    for row in rows:
        first, *others = (value(row, name) for name in names)
        url = opens(row.public_id)
        cells = (Cell(first, href=url, head=True), *map(Cell, others))
        lines.append(Row(cells, href=url, key=str(row.public_id)))
    return DataTable(caption, columns(model, names, asked), tuple(lines), selectable=selectable, keys=True)


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


def pages(page: "Page[Any]", asked: QueryDict) -> ListPages:
    """The foot of a list: "51 to 60 of 60", and the pages beside this one with all else of the address."""
    here = address(asked)
    turn = f"{here}&page=" if len(here) > 1 else "?page="
    return ListPages(
        f"{page.start_index()} to {page.end_index()} of {page.paginator.count}",
        before_href=f"{turn}{page.previous_page_number()}" if page.has_previous() else "",
        after_href=f"{turn}{page.next_page_number()}" if page.has_next() else "",
    )


def relation(model: Any, name: str) -> Any:
    """The model that a field points to, if it points."""
    field = model._meta.get_field(name)
    return field.related_model if isinstance(field, ForeignKey) else None


def filterset_of(
    model: Any, names: Iterable[str], *, search: tuple[str, ...], sorts: Iterable[str]
) -> type[django_filters.FilterSet]:
    """Filters by field (relations by public name), `q` to find a text in any of `search`, `sort` by any of `sorts`."""

    def find(self: Any, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(reduce(or_, (Q(**{f"{field}__icontains": value}) for field in search)))

    order = {f"{name}__name" if relation(model, name) else name: name for name in sorts}
    parts: dict[str, Any] = {
        "Meta": type("Meta", (), {"model": model, "fields": [name for name in names if not relation(model, name)]}),
        "sort": django_filters.OrderingFilter(fields=order),
        **{name: _pointer(pointed) for name in names if (pointed := relation(model, name))},
    }
    if search:
        parts |= {"find": find, "q": django_filters.CharFilter(method="find", label="Search")}
    return type(f"{model.__name__}Filters", (django_filters.FilterSet,), parts)


def _pointer(model: Any) -> django_filters.ModelChoiceFilter:
    rows = model.objects.order_by("name")
    return django_filters.ModelChoiceFilter(queryset=rows, to_field_name=reached_by(model), empty_label="All")
