"""What every list has, for lists that are written by hand: views that people save, and the list as a file.

    return list_page(request, "records/list.html", context, name="ledger", reads=("engagement", "kind"), rows=all_of_it)

`reads` are the filters of its address; `rows` gives heads and typed rows, all of them, when a file is asked for.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from mspgov.documents.workbook import Cell

from . import lists
from .components import Action
from .doors import Request
from .list_files import list_file
from .saved_views import views_of

Rows = Callable[[], tuple[Sequence[str], Iterable[Sequence[Cell]]]]
KINDS = ("xlsx", "csv")


def list_page(
    request: Request, template: str, context: dict[str, Any], *, name: str, reads: Collection[str], rows: Rows | None
) -> HttpResponse:
    """The list drawn with its views, or as a file where its address says `format`; `rows` is None where it has no file."""
    kind = request.GET.get("format", "")
    if rows is not None and kind in KINDS:
        heads, lines = rows()
        title = name.replace("-", " ").capitalize()
        return list_file(kind, name, heads, lines, title=title, at=timezone.now())
    saved = views_of(request, reads=(*reads, "sort", "q"))
    if saved.opens:
        return redirect(f"{request.path}{saved.opens}")
    more = [saved.extra] if saved.tabs is None else []
    more += [file_way(request, kind) for kind in KINDS] if rows is not None else []
    return render(request, template, {**context, "saved": saved, "more": [each for each in more if each]})


def file_way(request: Request, kind: str) -> Action:
    return Action(kind.upper(), lists.address(request.GET, format=kind), "text", icon="download", small=True)
