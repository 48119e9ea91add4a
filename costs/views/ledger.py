"""The ledger: every amount that was ever entered, and what replaced it."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from costs import policy, queries
from costs.documents import LEDGER_COLUMNS, ledger_csv, ledger_rows
from costs.models import LedgerEntry
from costs.queries import LedgerLine
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import engagement_asked, here, query
from mspgov.web.components import Action, Cell, Column, DataTable, Empty, Filter, FilterChoice, ListPages, PageHead, Row
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from .credit_parts import reason_words, standing_words
from .parts import engagement_filter, moment, siblings, signed

PER_PAGE = 50


@require_safe
@may(policy.READ_CREDITS)
def ledger(request: Request) -> HttpResponse:
    first, seen = engagement_asked(request)
    engagement = first if request.GET.get("engagement") else None
    kind = kind_asked(request)
    rows = queries.ledger_of(engagement)
    rows = rows.filter(kind=kind) if kind else rows
    pages = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    lines = [queries.ledger_line(entry) for entry in pages]
    stand(request, "Ledger")
    asked = {"engagement": engagement.slug if engagement else None, "kind": kind}
    replaced = sum(line.replaces is not None for line in lines)
    context = {
        "page_head": PageHead(
            "Ledger",
            f"{words.counted(pages.paginator.count, 'entry', 'entries')}.",
            f"{replaced or 'None'} on this page replace{'s' if replaced == 1 else ''} an earlier one. "
            "Entries are added and never changed; the database refuses it.",
            actions=(Action("Export", here(request, "costs:ledger-export", **asked), icon="download"),),
        ),
        "views": siblings(request, "Ledger", first),
        "filters": [
            each
            for each in (
                engagement_filter(request, "costs:ledger", seen, engagement, all_of_them=True),
                kind_filter(request, asked, kind),
            )
            if each
        ],
        "table": ledger_table(request, lines),
        "pages": ListPages(
            f"{words.number(pages.start_index())} to {words.number(pages.end_index())} of "
            f"{words.number(pages.paginator.count)}",
            "An entry is in force until a later one replaces it or its credit is waived; amounts below zero were earned back.",
            page_address(request, asked, pages.previous_page_number() if pages.has_previous() else None),
            page_address(request, asked, pages.next_page_number() if pages.has_next() else None),
        ),
        "empty": Empty("No amount was entered yet. Entries appear when months are measured."),
    }
    return list_page(
        request, "records/list.html", context, name="ledger", reads=("engagement", "kind"),
        rows=lambda: (LEDGER_COLUMNS, ledger_rows(entries_asked(engagement, kind))),
    )  # fmt: skip


def entries_asked(engagement: Engagement | None, kind: str) -> list[LedgerLine]:
    return [line for line in queries.ledger_list(engagement) if kind in ("", line.kind)]


def kind_asked(request: Request) -> str:
    asked = request.GET.get("kind", "")
    return asked if asked in LedgerEntry.Kind.values else ""


def page_address(request: Request, asked: dict[str, str | None], page: int | None) -> str:
    return "" if page is None else query({**asked, "page": page})


def kind_filter(request: Request, asked: dict[str, str | None], kind: str) -> Filter:
    choices = [FilterChoice("All", here(request, "costs:ledger", **{**asked, "kind": None}), not kind)]
    choices += [
        FilterChoice(label, here(request, "costs:ledger", **{**asked, "kind": value}), value == kind)
        for value, label in LedgerEntry.Kind.choices
    ]
    chosen = next((label for value, label in LedgerEntry.Kind.choices if value == kind), "All")
    return Filter("Kind", str(chosen), set=bool(kind), choices=tuple(choices))


def ledger_table(request: Request, lines: list[LedgerLine]) -> DataTable:
    rows = []
    for line in lines:
        address = here(request, "costs:credit", line.credit_id)
        replaces = f"replaces {line.credit}/{line.replaces}" if line.replaces else ""
        rows.append(
            Row(
                (
                    Cell(line.number, line.kind_label, address, head=True, ident=True),
                    Cell(f"{line.service_level_name}, {line.month.name}", line.engagement),
                    Cell(line.reason or reason_words(line), replaces),
                    Cell(moment(line.at), line.by),
                    Cell(line.amount.currency, quiet=True),
                    Cell(signed(line.before) if line.before else "", quiet=True),
                    Cell(signed(line.amount), standing_words(line), strong=line.in_force and line.stands),
                ),
                address,
            )
        )
    columns = (
        Column("Entry", width="fit"),
        Column("Credit"),
        Column("Why"),
        Column("When", width="fit"),
        Column("Currency", on_phone=False, width="fit"),
        Column("Before", numeric=True, on_phone=False),
        Column("Amount", numeric=True),
    )
    return DataTable("Ledger entries", columns, tuple(rows), keys=True)


@require_safe
@may(policy.READ_CREDITS)
def ledger_export(request: Request) -> HttpResponse:
    engagement = engagement_asked(request)[0] if request.GET.get("engagement") else None
    kind = kind_asked(request)
    lines = entries_asked(engagement, kind)
    disposition = f'attachment; filename="ledger{f"-{engagement.slug}" if engagement else ""}.csv"'
    return HttpResponse(
        ledger_csv(lines), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
