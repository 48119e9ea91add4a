"""The preview of an import, and what came of it, as components."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from itsm import policy
from itsm.forms import FIELD_NAMES, with_stop
from itsm.models import Import
from itsm.queries.imports import ImportPage, SealedMonth, sealed_month_touched
from mspgov.kernel.instants import from_micros, to_micros
from mspgov.kernel.period import Month
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Empty,
    Figure,
    Figures,
    Link,
    PageHead,
    Phrase,
    Row,
    RowError,
    SectionHead,
)
from mspgov.web.doors import Request

from .import_parts import columns_of, zone_words

LISTED = 200
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
COLUMNS = (("number", "Ticket"), ("state", "State"), ("opened_at", "Opened"), ("resolved_at", "Resolved"),
           ("priority", "Priority"))  # fmt: skip
SHOWN_KEYS = {"opened_at": "opened_us", "resolved_at": "resolved_us"}


def preview_head(request: Request, page: ImportPage, rest: str, *, may_import: bool) -> PageHead:
    row, preview = page.row, page.preview
    if not preview:
        lead = "The file is being checked." if page.running else "The file is not checked yet."
    elif row.rejected_count:
        lead = f"{words.counted(row.rejected_count, 'row')} cannot be used; {words.counted(preview['tickets'], 'ticket')} can."
    else:
        lead = f"All {preview['read']:,} rows can be read."
    actions: tuple[Action, ...] = ()
    if may_import and preview and row.state == Import.State.CHECKED:
        start = here(request, "itsm:import-start", row.public_id)
        actions = (Action(import_words(preview), start, "filled", post=True),)
    elif may_import and page.running is not None:
        actions = (Action("Import when checked", disabled=True, why="The whole file is checked first."),)
    elif may_import:
        actions = (Action("Check file", here(request, "itsm:import-check", row.public_id), "filled", post=True),)
    return PageHead("Import tickets", lead, rest, actions=actions)


def import_words(preview: dict[str, Any]) -> str:
    changed = preview["created"] + preview["updated"]
    return f"Import {words.counted(changed, 'ticket')}" if changed else "Import, nothing changes"


def preview_context(request: Request, page: ImportPage) -> dict[str, Any]:
    row, preview = page.row, page.preview
    if not preview:
        return {}
    views = shown_views(page)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in views else next(iter(views), "first")
    report = here(request, "itsm:import-report", row.public_id) if row.rejected_count else ""
    note = f"as it will be written, times {zone_words(row.time_zone)}"
    return {
        "preview_head": SectionHead("Preview", note, "Report" if report else "", report, ruled=False),
        "chips": chips(request, page, views, chosen),
        "preview_table": rows_table(request, page, views[chosen].rows if chosen in views else []),
        "callout": callout(page),
        "change_head": SectionHead("What it will change"),
        "changes": changes(page),
    }


@dataclass(frozen=True)
class ShownRows:
    """What the preview can show: its label, how many there are in all, and some of them."""

    label: str
    count: int
    rows: list[dict[str, Any]]


def shown_views(page: ImportPage) -> dict[str, ShownRows]:
    """By the word in the address, those that have rows; the first is what the page opens with."""
    preview = page.preview
    samples, neighbours, first = preview.get("samples", {}), preview.get("neighbours", []), preview.get("rows", [])
    found = {
        "errors": ShownRows("Errors and their neighbours", page.row.rejected_count, neighbours),
        "first": ShownRows("First rows", len(first), first),
        "warnings": ShownRows("Warnings", unresolved(page), preview.get("warned", [])),
        "new": ShownRows("New", preview["created"], samples.get("new", [])),
        "updated": ShownRows("Changed", preview["updated"], samples.get("updated", [])),
        "unchanged": ShownRows("Known, unchanged", preview["unchanged"], samples.get("unchanged", [])),
    }
    return {key: view for key, view in found.items() if view.rows}


def chips(
    request: Request, page: ImportPage, views: dict[str, ShownRows], chosen: str
) -> list[tuple[str, str, str, bool]]:
    """(label, count, address, current) of what the preview can show."""
    asked = {k: v for k, v in request.GET.items() if k != "show"}
    address = {key: here(request, "itsm:import-preview", page.row.public_id, **asked, show=key) for key in views}
    return [(view.label, f"{view.count:,}", address[key], key == chosen) for key, view in views.items()]


def rows_table(request: Request, page: ImportPage, rows: Iterable[dict[str, Any]]) -> DataTable:
    columns = (
        Column("Row", numeric=True, width="fit"),
        *(Column(label, on_phone=name != "state") for name, label in COLUMNS),
    )
    return DataTable("Rows of the file", columns, tuple(shown_row(request, page, r) for r in rows), density="dense")


def shown_row(request: Request, page: ImportPage, row: dict[str, Any]) -> Row:
    faults: list[dict[str, Any]] = row.get("faults", [])
    wrong = {fault["field"] for fault in faults}
    cells = [
        Cell(text_of(page, row, name), wrong=name in wrong, ident=name == "number" and name not in wrong)
        for name, _ in COLUMNS
    ]
    error = None if not faults else RowError(said(page, faults), fix(request, page, wrong))
    return Row((Cell(f"{row['row']:,}", quiet=True), *cells), error=error)


def text_of(page: ImportPage, row: dict[str, Any], name: str) -> str:
    """A value as it will be written; of a row that cannot be read as it stands in the file."""
    if "fields" in row:
        return str(row["fields"].get(columns_of(page.row).get(name, ""), ""))[:40]
    value = row.get(SHOWN_KEYS.get(name, name))
    if name in SHOWN_KEYS and "opened_us" in row:
        return instant_words(value, page.row.time_zone)
    return "" if value is None else str(value)


def instant_words(us: int | None, zone: str) -> str:
    if us is None:
        return "–"
    at = from_micros(us).astimezone(ZoneInfo(zone))
    return f"{at.day} {at:%b %Y %H:%M}"


def said(page: ImportPage, faults: list[dict[str, Any]]) -> str:
    """Every fault of a row in one sentence each, by the column's name in the file."""
    columns = columns_of(page.row)
    parts = []
    for fault in faults:
        field = str(fault["field"])
        name = columns.get(field) or FIELD_NAMES.get(field, field)
        why = local_words(str(fault["why"]), page.row.time_zone)
        parts.append(with_stop(f"{name}: {why}" if field != "row" else why))
    return " ".join(parts)


def local_words(why: str, zone: str) -> str:
    """A reason with its instants as the wall of the file's zone shows them; what is no instant stays as it is."""

    def local(found: re.Match[str]) -> str:
        try:
            return instant_words(to_micros(datetime.fromisoformat(found.group())), zone)
        except ValueError:
            return found.group()

    return INSTANT.sub(local, why)


def fix(request: Request, page: ImportPage, wrong: set[str]) -> Action | None:
    """The way to what can be put right here: a priority that is not mapped, dates that are written otherwise."""
    row = page.row
    if page.is_written or row.format != Import.Format.CSV or not request.member.holds(policy.IMPORT_TICKETS):
        return None
    href = here(request, "itsm:import-mapping", row.public_id)
    if "priority" in wrong:
        return Action("Map priority", f"{href}#priorities", small=True)
    return None


def unresolved(page: ImportPage) -> int:
    """How many rows have no resolution time."""
    column = columns_of(page.row).get("resolved_at")
    return next((c["empty"] for c in page.preview.get("columns", []) if c["column"] == column), 0)


def callout(page: ImportPage) -> str:
    """What is read but lacks something: rows without resolution time, a file without the time of the first answer."""
    return " ".join(filter(None, (unresolved_words(page), unanswered_words(page))))


def unresolved_words(page: ImportPage) -> str:
    empty = unresolved(page)
    if not empty:
        return ""
    rows = f"{words.counted(empty, 'row')} {'has' if empty == 1 else 'have'} no resolution time"
    if page.row.format == Import.Format.AUDIT:
        return f"{rows}. Their tickets are resolved at the first row of their last run of Resolved or Closed, or stay open."  # fmt: skip
    return f"{rows}: {'this ticket stays' if empty == 1 else 'these tickets stay'} open."


def unanswered_words(page: ImportPage) -> str:
    """What a mapping without the time of the first answer means for the response times promised."""
    if page.row.format != Import.Format.CSV or "answered_at" in columns_of(page.row) or not page.promises_response:
        return ""
    return f"No column becomes “{FIELD_NAMES['answered_at']}”, but the contract promises response times: no ticket will count as answered."  # fmt: skip


def changes(page: ImportPage) -> DataTable:
    preview = page.preview
    open_months = [m for m in preview["months_open"] if m not in page.sealed]
    sealed = sorted({*preview["months_sealed"], *(m for m in preview["months_open"] if m in page.sealed)})
    lines: list[tuple[str, Phrase]] = [
        ("Tickets created", f"{preview['created']:,}"),
        ("Tickets updated", f"{preview['updated']:,}"),
        ("Tickets unchanged", f"{preview['unchanged']:,}"),
        ("Clock events created", f"{preview['events']:,}"),
        ("Rows that cannot be used, with their tickets", f"{preview['rejected']:,}"),
        ("Months to measure anew, not sealed", months_words(open_months) or "none"),
    ]
    if sealed:
        lines.append(("Months sealed, untouched", months_words(sealed)))
    return pairs_table("What it will change", lines)


def pairs_table(caption: str, lines: Iterable[tuple[str, Phrase]]) -> DataTable:
    rows = tuple(Row((Cell(label), Cell(value))) for label, value in lines)
    return DataTable(caption, (Column("What"), Column("How much", numeric=True)), rows, headless=True, density="roomy")


def months_words(months: Iterable[str]) -> str:
    """ "February, March 2016", longer runs as "October 2015 to March 2016"."""
    runs: list[list[Month]] = []
    for month in map(Month, sorted(months)):
        if runs and runs[-1][-1].next == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(map(run_words, runs))


def run_words(run: list[Month]) -> str:
    first, last = run[0], run[-1]
    if len(run) == 1:
        return first.name
    if first.year != last.year or len(run) > 3:
        return f"{first.month_name if first.year == last.year else first.name} to {last.name}"
    return f"{', '.join(m.month_name for m in run)} {last.year}"


def result_head(request: Request, page: ImportPage) -> PageHead:
    row = page.row
    withdraw = Action("Withdraw", here(request, "itsm:import-withdraw", row.public_id), "danger")
    may_measure = request.member.holds(policy.MEASURE)
    measure = elsewhere(request, "costs:months", engagement=row.engagement.slug) if may_measure else ""
    actions: list[Action] = []
    if row.state == Import.State.DONE:
        if measure:
            actions.append(Action("Measure now", measure, "filled"))
        if row.rejected_count:
            actions.append(
                Action("Download report", here(request, "itsm:import-report", row.public_id), icon="download")
            )
        sealed = sealed_month_touched(page.row)
        if sealed is None and request.member.holds(policy.WITHDRAW_IMPORTS):
            actions.append(withdraw)
        lead = f"{words.counted(row.created, 'ticket')} created, {row.updated:,} updated."
        rest = left_out_words(row) + (f" {sealed_words(request, sealed)}" if sealed else "")
        rest += "" if may_measure else f" Months are measured by {who_measures()}."
    elif row.state == Import.State.WITHDRAWN:
        lead, rest = "Withdrawn: it counts no more.", f"{with_stop(row.withdrawn_why)} {by_words(request, row)}"
    elif page.running is not None:
        lead, rest = "The import is at work.", "It is written as a whole at the end, or not at all."
    else:
        lead, rest = "Nothing was written.", "The file stays as it was checked."
        if request.member.holds(policy.IMPORT_TICKETS) and row.state == Import.State.CHECKED:
            start = here(request, "itsm:import-start", row.public_id)
            actions.append(Action("Try again", start, "filled", post=True))
    return PageHead(row.file.name, lead, rest, eyebrow="Import", actions=tuple(actions))


def who_measures() -> str:
    """The roles that may measure, in words: contract manager or service owner."""
    return " or ".join(sorted(role.label.lower() for role in policy.MEASURE.roles))


def sealed_words(request: Request, sealed: SealedMonth) -> str:
    return f"It can be withdrawn no more: {sealed.month.name} is sealed since {moment(request, sealed.at)}."


def withdraw_head(request: Request, page: ImportPage, sealed: SealedMonth | None) -> PageHead:
    row = page.row
    if sealed is not None and row.state == Import.State.DONE:
        return PageHead(
            f"Withdraw {row.file.name}", f"{sealed.month.name} is sealed, since {moment(request, sealed.at)}.",
            "The month has tickets of this import, and what it came to stands: the import can be withdrawn no more.",
        )  # fmt: skip
    return PageHead(
        f"Withdraw {row.file.name}", f"{row.tickets:,} tickets lose what this file said.",
        "Nothing is deleted: they are derived again from the other imports, and a ticket without any counts no more. "
        "Measure the months afterwards.",
    )  # fmt: skip


def not_withdrawn(request: Request, page: ImportPage, sealed: SealedMonth | None) -> Empty:
    """Why an import cannot be withdrawn, and what can be done."""
    back = Action("Back to the import", here(request, "itsm:import", page.row.public_id))
    if sealed is None or page.row.state != Import.State.DONE:
        return Empty("Only a finished import can be withdrawn.", back)
    return Empty("Import a corrected file, then correct the month: what differs is shown before it is confirmed.", back)


def left_out_words(row: Import) -> str:
    if not row.rejected_count:
        return "Every row could be read. Measure the months that it touches, then read the heat table."
    rows = words.counted(row.rejected_count, "row")
    return f"{rows} could not be used and {'is' if row.rejected_count == 1 else 'are'} left out with the whole ticket."


def by_words(request: Request, row: Import) -> str:
    if row.withdrawn_at is None:
        return ""
    by = row.withdrawn_by.name if row.withdrawn_by else "A command"
    return f"{by}, {moment(request, row.withdrawn_at)}."


def moment(request: Request, at: datetime) -> str:
    zone = ZoneInfo(request.user.time_zone or request.tenant.time_zone)
    return words.moment(at, timezone.localdate(timezone=zone), zone)


def result_context(request: Request, page: ImportPage) -> dict[str, Any]:
    row = page.row
    if not page.is_written:
        return {}
    tickets = elsewhere(request, "itsm:tickets", engagement=row.engagement.slug)
    figures = Figures(
        (
            Figure("Rows read", f"{row.read:,}"),
            Figure("Tickets created", f"{row.created:,}", href=tickets),
            Figure("Updated", f"{row.updated:,}"),
            Figure("Unchanged", f"{row.unchanged:,}"),
            Figure("Rows left out", f"{row.rejected_count:,}", href="#left-out" if row.rejected_count else ""),
        )
    )
    return {
        "figures": figures,
        "about_head": SectionHead("The file"),
        "about": about(request, page),
        "left_out_head": left_out_head(request, row),
        "left_out": left_out(page),
        "tickets_href": tickets,
    }


def about(request: Request, page: ImportPage) -> DataTable:
    row, preview = page.row, page.preview
    lines: list[tuple[str, Phrase]] = [
        ("Format", row.get_format_display()),
        ("Dates are of", row.time_zone.replace("_", " ")),
        (
            "Vendors in it are",
            {"client": "the client’s", "provider": "the provider’s"}.get(row.vendor_party, "not known"),
        ),
        ("Came", f"{moment(request, row.asked_at)}, {row.by.name if row.by else 'by command'}"),
        ("SHA-256", f"{row.file.sha256[:16]} …"),
    ]
    if preview.get("months_open"):
        lines.append(("Months to measure anew", months_words(preview["months_open"])))
    if preview.get("months_sealed"):
        lines.append(("Months sealed, untouched", months_words(preview["months_sealed"])))
    if page.previous:
        lines.append(
            ("Same file before", (Link(words.counted(page.previous, "import"), here(request, "itsm:imports")),))
        )
    return pairs_table("The file", lines)


def left_out_head(request: Request, row: Import) -> SectionHead | None:
    if not row.rejected_count:
        return None
    note = f"the first {LISTED} of {row.rejected_count:,}" if row.rejected_count > LISTED else ""
    report = here(request, "itsm:import-report", row.public_id)
    return SectionHead("Rows left out", note, "Report as CSV", report, ruled=False, id="left-out")


def left_out(page: ImportPage) -> DataTable | None:
    if not page.row.rejected_count:
        return None
    columns = columns_of(page.row)
    rows = tuple(
        Row(
            (
                Cell(f"{r.row:,}", head=True),
                Cell(columns.get(r.field, r.field)),
                Cell(with_stop(local_words(r.why, page.row.time_zone))),
            )
        )
        for r in page.rejected[:LISTED]
    )
    heads = (Column("Row", numeric=True, width="fit"), Column("Column", width="l"), Column("Why"))
    return DataTable("Rows left out", heads, rows, density="close")
