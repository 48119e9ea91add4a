"""The list of imports as components."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page
from django.utils import timezone

from itsm import policy
from itsm.models import Import
from itsm.queries.imports import STATES, ImportLine
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Empty,
    Filter,
    FilterChoice,
    ListPages,
    PageHead,
    Row,
    State,
    Status,
)
from mspgov.web.doors import Request

MARKS: dict[str, State] = {Import.State.DONE: "met", Import.State.CHECKED: "none", Import.State.KEPT: "none"}


def file_of(lines: list[ImportLine]) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    heads = ("File", "Engagement", "Format", "State", "Bytes", "Rows read", "Tickets", "New", "Changed", "Rows left out", "Asked (UTC)", "By")  # fmt: skip
    return heads, (
        (
            each.file, each.engagement, each.format, each.state_label, each.size, each.read, each.tickets, each.created,
            each.updated, each.rejected, each.asked_at, each.by,
        )
        for each in lines
    )  # fmt: skip


def list_context(
    request: Request,
    lines: list[ImportLine],
    page: "Page[Any]",
    seen: list[Engagement],
    asked: dict[str, str],
    *,
    unknown: str = "",
) -> dict[str, Any]:
    total = page.paginator.count
    new = Action("Import tickets", here(request, "itsm:import-new", engagement=asked["engagement"]), "filled")
    actions = (new,) if request.member.holds(policy.IMPORT_TICKETS) else ()
    is_narrowed = bool(asked["engagement"] or asked["state"])
    empty = "No import fits." if is_narrowed else "No file of tickets came in yet: the clocks begin with the first."
    rest = "Each can be undone as a whole until a month that it touches is sealed." if total else ""
    if unknown:
        states = ", ".join(STATES)
        rest = f"The address asks for the state “{unknown[:40]}”, which there is not ({states}): imports of every state are shown."
    lead = f"{words.counted(total, 'file')} of tickets." if total else "No file of tickets yet."
    head = PageHead("Imports", lead, rest, actions=actions)

    def turned(number: int) -> str:
        return here(request, "itsm:imports", **asked, page=number)

    pages = ListPages(
        f"{page.start_index()} to {page.end_index()} of {total}",
        before_href=turned(page.previous_page_number()) if page.has_previous() else "",
        after_href=turned(page.next_page_number()) if page.has_next() else "",
    )
    return {
        "page_head": head,
        "filters": filters(request, seen, asked),
        "table": table(request, lines, asked),
        "pages": pages,
        "empty": Empty(empty, actions[0] if actions and not is_narrowed else None),
    }


def filters(request: Request, seen: list[Engagement], asked: dict[str, str]) -> list[Filter]:
    def choices(name: str, offered: list[tuple[str, str]]) -> tuple[FilterChoice, ...]:
        return tuple(
            FilterChoice(label, here(request, "itsm:imports", **{**asked, name: value}), value == asked[name])
            for value, label in offered
        )

    named = {each.slug: each.name for each in seen}
    return [
        Filter(
            label, named_values.get(asked[name], "All"), bool(asked[name]), choices(name, [*named_values.items()]),
            clear_href=here(request, "itsm:imports", **{**asked, name: ""}) if asked[name] else "",
        )
        for label, name, named_values in (("Engagement", "engagement", named), ("State", "state", STATES))
    ]  # fmt: skip


def table(request: Request, lines: list[ImportLine], asked: dict[str, str]) -> DataTable:
    sort = asked["sort"] or "-asked"

    def column(
        label: str, key: str = "", *, numeric: bool = False, on_phone: bool = True, down: bool = False
    ) -> Column:
        if not key:
            return Column(label, numeric=numeric, on_phone=on_phone)
        mine = sort.lstrip("-") == key
        turn = key if sort == f"-{key}" else f"-{key}" if mine or down else key
        href = here(request, "itsm:imports", **{**asked, "sort": "" if turn == "-asked" else turn})
        arrow = ("down" if sort.startswith("-") else "up") if mine else ""
        return Column(label, numeric, href, arrow, on_phone=on_phone)  # type: ignore[arg-type]

    columns = (
        column("File", "file"),
        column("State", "state"),
        column("Came", "asked", down=True),
        column("By", on_phone=False),
        column("Tickets", "tickets", numeric=True, down=True),
        column("New", numeric=True, on_phone=False),
        column("Changed", numeric=True, on_phone=False),
        column("Rows left out", "rejected", numeric=True, down=True),
    )
    zone = ZoneInfo(request.user.time_zone or request.tenant.time_zone)
    return DataTable("Imports", columns, tuple(row(request, line, zone) for line in lines), keys=True)


def row(request: Request, line: ImportLine, zone: ZoneInfo) -> Row:
    href = here(request, "itsm:import", line.id)
    written = line.state in (Import.State.DONE, Import.State.WITHDRAWN)
    return Row(
        (
            Cell(line.file, sub=f"{line.engagement}, {line.format}, {words.size(line.size)}", href=href, head=True),
            Cell(status=Status(MARKS.get(line.state, "none"), line.state_label)),
            Cell(words.moment(line.asked_at, timezone.localdate(timezone=zone), zone)),
            Cell(line.by or "Command", quiet=True),
            Cell(f"{line.tickets:,}" if written else "–"),
            Cell(f"{line.created:,}" if written else "–"),
            Cell(f"{line.updated:,}" if written else "–"),
            Cell(f"{line.rejected:,}"),
        ),
        href=href,
    )
