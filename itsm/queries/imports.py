"""Imports as pages and the API show them: what was to be read, what a check found, what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.shortcuts import get_object_or_404

from itsm.models import Import, MonthSeal
from mspgov.jobs.models import Run
from mspgov.jobs.queries import RunLine, run_line
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .rules import Contract

PAGE = 50
CHECK, IMPORT = "itsm.check_import", "itsm.import_tickets"
SORTS = {
    "asked": "asked_at",
    "file": "file__name",
    "tickets": "tickets",
    "rejected": "rejected_count",
    "state": "state",
}
STATES = dict(Import.State.choices)


@dataclass(frozen=True)
class Rejection:
    """A row that could not be used, by the field that is wrong."""

    row: int
    field: str
    why: str


@dataclass(frozen=True)
class ImportLine:
    """An import in a list."""

    id: UUID
    engagement: str
    file: str
    size: int
    format: str
    state: str
    state_label: str
    read: int
    tickets: int
    created: int
    updated: int
    rejected: int
    asked_at: datetime
    by: str


@dataclass(frozen=True)
class ImportRow:
    """An import with its report: `created`, `updated` and `unchanged` are tickets, `rejected` the rows left out."""

    id: UUID
    engagement: str
    file: str
    size: int
    sha256: str
    format: str
    time_zone: str
    vendor_party: str
    mapping: Any
    state: str
    read: int
    tickets: int
    created: int
    updated: int
    unchanged: int
    rejected_count: int
    rejected: tuple[Rejection, ...]
    asked_at: datetime
    done_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_why: str
    by: str | None


@dataclass(frozen=True)
class ImportPage:
    """An import with its runs. `sealed` says when each sealed month of its engagement was sealed."""

    row: Import
    check: RunLine | None
    work: RunLine | None
    previous: int
    sealed: Mapping[str, datetime]

    @property
    def preview(self) -> dict[str, Any]:
        found: dict[str, Any] = self.row.preview or {}
        return found

    @property
    def running(self) -> RunLine | None:
        return next((run for run in (self.work, self.check) if run is not None and run.is_open), None)

    @property
    def rejected(self) -> list[Rejection]:
        return rejections(self.row)

    @cached_property
    def promises_response(self) -> bool:
        """Has the contract a service level for the time of the first answer?"""
        history = Contract(self.row.engagement).versions
        return any(level.measure == "respond" for version in history for level in version.terms.service_levels)

    @cached_property
    def rejected_by_field(self) -> Counter[str]:
        """How many of the listed rows are wrong in each field."""
        return Counter(str(each["field"]) for each in self.row.rejected)

    @property
    def is_written(self) -> bool:
        return self.row.state in (Import.State.DONE, Import.State.WITHDRAWN)


def imports(engagement: Engagement | None = None, state: str = "", sort: str = "-asked") -> "models.QuerySet[Import]":
    """The imports that the reader sees, the previews left aside; `sort` names one of SORTS, '-' is down."""
    rows: models.QuerySet[Import] = Import.objects.select_related("engagement", "file", "by").defer("preview")
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    if state in STATES:
        rows = rows.filter(state=state)
    column = SORTS.get(sort.lstrip("-"), "asked_at")
    return rows.order_by(f"-{column}" if sort.startswith("-") else column, "-pk")


def import_lines(rows: Sequence[Import]) -> list[ImportLine]:
    return [
        ImportLine(
            row.public_id, row.engagement.name, row.file.name, row.file.size, row.get_format_display(), row.state,
            row.get_state_display(), row.read, row.tickets, row.created, row.updated, row.rejected_count, row.asked_at,
            row.by.name if row.by else "",
        )
        for row in rows
    ]  # fmt: skip


def import_rows(rows: Sequence[Import]) -> list[ImportRow]:
    """Rows of `imports` as the API shows them."""
    return [
        ImportRow(
            id=row.public_id, engagement=row.engagement.slug, file=row.file.name, size=row.file.size,
            sha256=row.file.sha256, format=row.format, time_zone=row.time_zone, vendor_party=row.vendor_party,
            mapping=row.mapping, state=row.state, read=row.read, tickets=row.tickets, created=row.created,
            updated=row.updated, unchanged=row.unchanged, rejected_count=row.rejected_count,
            rejected=tuple(rejections(row)), asked_at=row.asked_at, done_at=row.done_at,
            withdrawn_at=row.withdrawn_at, withdrawn_why=row.withdrawn_why, by=row.by.name if row.by else None,
        )
        for row in rows
    ]  # fmt: skip


def rejections(row: Import) -> list[Rejection]:
    return [Rejection(int(r["row"]), str(r["field"]), str(r["why"])) for r in row.rejected]


def import_of(public_id: object) -> Import:
    """The import with this id, its file and engagement joined. Raises Http404."""
    rows = Import.objects.select_related("engagement__provider", "file", "by", "withdrawn_by")
    found: Import = get_object_or_404(rows, public_id=public_id)
    return found


def import_page(public_id: object) -> ImportPage:
    """An import with its latest check and its import run, which are read before what they write. Raises Http404."""
    runs = Run.objects.select_related("started_by").filter(key__startswith=str(public_id))
    found = list(runs.filter(kind__in=[CHECK, IMPORT]).order_by("asked_at", "pk"))
    row = import_of(public_id)
    checks = [run for run in found if run.kind == CHECK]
    work = [run for run in found if run.kind == IMPORT and run.key == str(row.public_id)]
    sealed = dict(MonthSeal.objects.filter(engagement=row.engagement).values_list("month", "at"))
    before = Import.objects.filter(engagement=row.engagement, file=row.file, asked_at__lt=row.asked_at).count()
    return ImportPage(
        row, run_line(checks[-1]) if checks else None, run_line(work[-1]) if work else None, before, sealed
    )


@dataclass(frozen=True)
class SealedMonth:
    """A month that is sealed, and since when."""

    month: Month
    at: datetime


def sealed_month_touched(row: Import) -> SealedMonth | None:
    """The sealed month that keeps an import from being withdrawn.

    It is the first of those that the import wrote down when it was written; else one that its tickets came into since,
    or all the while for imports of the time before they wrote their months down.
    """
    sealed = dict(MonthSeal.objects.filter(engagement=row.engagement).values_list("month", "at"))
    if not sealed:
        return None
    found = min((m for m in row.months if m in sealed), default=None) or _sealed_since(row, sorted(sealed))
    return SealedMonth(Month(found), sealed[found]) if found else None


def _sealed_since(row: Import, sealed: Sequence[str]) -> str | None:
    """The first of these months in which a ticket of an import opened, was answered, ended or counts."""
    zone = Contract(row.engagement).zone
    with connection.cursor() as c:
        c.execute(
            "with mine as materialized (select distinct ticket_id as id from itsm_ticketevent where engagement_id = %s "
            "and source_id = %s) select min(m) from ("
            "select to_char(x.at at time zone %s, 'YYYY-MM') as m from itsm_ticket t, "
            "lateral (values (t.opened_at), (t.answered_at), (t.resolved_at)) x(at) "
            "where t.engagement_id = %s and t.id in (select id from mine) "
            "union all select r.month from itsm_result r join itsm_outcome o on o.result_id = r.id "
            "where r.engagement_id = %s and r.month = any(%s) and o.ticket_id in (select id from mine)) x "
            "where m = any(%s)",
            [row.engagement_id, row.pk, zone, row.engagement_id, row.engagement_id, list(sealed), list(sealed)],
        )
        found: str | None = c.fetchone()[0]
    return found


def run_of(public_id: object) -> Run | None:
    """The open run of an import: the one that can be stopped."""
    row = import_of(public_id)
    runs = Run.objects.filter(key__startswith=str(row.public_id), kind__in=[CHECK, IMPORT], state__in=Run.OPEN)
    found: Run | None = runs.order_by("-asked_at", "-pk").first()
    return found


def latest_mapping(engagement: Engagement, columns: Sequence[str]) -> dict[str, Any] | None:
    """The mapping that the engagement used last, if this file has all of its columns."""
    rows = Import.objects.filter(engagement=engagement, format=Import.Format.CSV, mapping__isnull=False)
    for mapping in rows.order_by("-asked_at", "-pk").values_list("mapping", flat=True)[:5]:
        waits = [column for wait in mapping.get("waits", []) for column in (wait["from"], wait["to"])]
        if {*mapping["columns"].values(), *waits} <= set(columns):
            return dict(mapping)
    return None
