"""The list of board packs as components."""

from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page
from django.utils import timezone

from governance import policy
from governance.models import Pack
from governance.queries.pack_pages import STATES, files_of
from mspgov.tenancy.models import Engagement
from mspgov.web import words
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
    Status,
)
from mspgov.web.doors import Request

from .addresses import here


def list_context(request: Request, page: "Page[Pack]", seen: list[Engagement], asked: dict[str, str]) -> dict[str, Any]:
    total, packs = page.paginator.count, list(page)
    make = Action("Make pack", here(request, "governance:pack-new", engagement=asked["engagement"]), "filled")
    actions = (make,) if request.member.holds(policy.MAKE_PACKS) else ()
    is_narrowed = bool(asked["engagement"] or asked["state"])
    drafts = sum(pack.state == Pack.State.DRAFT for pack in packs)
    lead = f"{words.counted(total, 'pack')}." if total else "No pack yet."
    rest = f"{drafts} of them {'is a draft' if drafts == 1 else 'are drafts'}: a month is not sealed." if drafts else ""
    none = (
        "No pack fits." if is_narrowed else "A pack says on paper how a quarter went: make one once a quarter is over."
    )

    def turned(number: int) -> str:
        return here(request, "governance:home", **asked, page=number)

    return {
        "page_head": PageHead("Board packs", lead, rest, actions=actions),
        "filters": filters(request, seen, asked),
        "table": table(request, packs, asked),
        "pages": ListPages(
            f"{page.start_index()} to {page.end_index()} of {total}",
            before_href=turned(page.previous_page_number()) if page.has_previous() else "",
            after_href=turned(page.next_page_number()) if page.has_next() else "",
        ),
        "empty": Empty(none, actions[0] if actions and not is_narrowed else None),
    }


def file_of(packs: Iterable[Pack]) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    heads = ("Quarter", "Number", "Engagement", "State", "SHA-256 of the facts", "Frozen (UTC)")
    return heads, (
        (
            each.quarter,
            each.record.number,
            each.engagement.name,
            each.get_state_display(),
            each.facts_sha256,
            each.frozen_at,
        )
        for each in packs
    )


def filters(request: Request, seen: list[Engagement], asked: dict[str, str]) -> list[Filter]:
    offered = {"engagement": {each.slug: each.name for each in seen}, "state": STATES}
    return [
        Filter(
            name.capitalize(),
            values.get(asked[name], "All"),
            bool(asked[name]),
            tuple(
                FilterChoice(label, here(request, "governance:home", **{**asked, name: value}), value == asked[name])
                for value, label in values.items()
            ),
            clear_href=here(request, "governance:home", **{**asked, name: ""}) if asked[name] else "",
        )
        for name, values in offered.items()
    ]


def table(request: Request, packs: list[Pack], asked: dict[str, str]) -> DataTable:
    sort = asked["sort"] or "-quarter"

    def column(label: str, key: str = "", **more: Any) -> Column:
        if not key:
            return Column(label, **more)
        mine = sort.lstrip("-") == key
        turn = key if sort == f"-{key}" else f"-{key}"
        href = here(request, "governance:home", **{**asked, "sort": "" if turn == "-quarter" else turn})
        arrow: Any = ("down" if sort.startswith("-") else "up") if mine else ""
        return Column(label, sort_href=href, sorted=arrow, **more)

    columns = (
        column("Quarter", "quarter"),
        column("Number", "number"),
        column("State", "state"),
        column("Pages", numeric=True),
        column("SHA-256 of the file", on_phone=False),
        column("Made", "made"),
        column("By", on_phone=False),
        Column("File", hidden_label=True),
    )
    zone = ZoneInfo(request.user.time_zone or request.tenant.time_zone)
    return DataTable("Board packs", columns, tuple(row(request, pack, zone) for pack in packs), keys=True)


def row(request: Request, pack: Pack, zone: ZoneInfo) -> Row:
    href, files = here(request, "governance:pack", pack.public_id), files_of(pack)
    file = next(iter(files.values()), None)
    paper = next(iter(files), "A4")
    opening = Action("Open PDF", here(request, "governance:pack-pdf", pack.public_id, paper=paper), small=True)
    return Row(
        (
            Cell(pack.quarter, sub=pack.engagement.name, href=href, head=True),
            Cell(pack.record.number, ident=True),
            Cell(status=state_status(pack)),
            Cell(str(pack.pages) if file else "–"),
            Cell(f"{file.sha256[:12]} …" if file else "not printed yet", quiet=True, ident=bool(file)),
            Cell(words.moment(pack.frozen_at, timezone.localdate(timezone=zone), zone)),
            Cell(pack.by.name if pack.by else "Command", quiet=True),
            Cell(action=opening if file else None),
        ),
        href=href,
    )


def state_status(pack: Pack) -> Status:
    return Status("met" if pack.state == Pack.State.FROZEN else "none", pack.get_state_display())
