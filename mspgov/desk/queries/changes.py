"""What changed lately: runs that ended, months sealed, credits entered, terms that came into force, packs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from contracts.models import TermsVersion
from costs.models import Credit, LedgerEntry
from itsm.models import Import, MonthSeal
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month

LATEST = 12


@dataclass(frozen=True)
class Happened:
    """Something that happened: its kind, the facts that a sentence is made of, and who did it. `before` is what an amount
    was before a correction."""

    at: datetime
    kind: str
    by: str
    engagement: str
    slug: str
    months: tuple[Month, ...] = ()
    amount: Money | None = None
    count: int = 0
    faults: int = 0
    text: str = ""
    id: str = ""
    before: Money | None = None


def latest_changes(
    *, money: bool, runs: bool, since: datetime | None = None, count: int = LATEST
) -> tuple[Happened, ...]:
    """The latest things that happened, the latest first; `money` and `runs` tell what the reader may see.

    What happened `since` then, and where that is nothing, what happened before.
    """
    found = [*imports(count), *sealed_months(count), *amended(count)]
    found += entries() if money else []
    found += ended_runs(count) if runs else []
    latest = sorted(found, key=lambda each: each.at, reverse=True)[:count]
    new = [each for each in latest if since is None or each.at >= since]
    return tuple(new or latest)


def imports(count: int) -> Iterator[Happened]:
    rows = Import.objects.filter(state=Import.State.DONE).select_related("engagement", "file", "by")
    for row in rows.order_by("-done_at")[:count]:
        yield Happened(
            row.done_at, "import", row.by.name if row.by else "", row.engagement.name, row.engagement.slug,
            count=row.tickets, faults=row.rejected_count, text=row.file.name, id=str(row.public_id),
        )  # fmt: skip


def sealed_months(count: int) -> Iterator[Happened]:
    """Months that one person sealed within one minute are one line."""
    rows = MonthSeal.objects.select_related("engagement", "by").order_by("-at", "-pk")[: 12 * count]

    def together(row: Any) -> tuple[Any, ...]:
        return row.engagement_id, row.by_id, row.at.replace(second=0, microsecond=0)

    for _, same in groupby(rows, key=together):
        seals = list(same)
        first = seals[0]
        by = first.by.name if first.by else ""
        months = tuple(sorted(Month(seal.month) for seal in seals))
        yield Happened(first.at, "seal", by, first.engagement.name, first.engagement.slug, months)


def entries() -> Iterator[Happened]:
    """Entries that were written together are one line a kind. What a correction made of a waived credit counts nowhere."""
    found = LedgerEntry.objects.exclude(kind=LedgerEntry.Kind.CORRECTION, credit__state=Credit.State.WAIVED)
    rows = found.select_related("engagement", "by", "credit", "replaces").order_by("-pk")[:120]

    def together(row: Any) -> tuple[Any, ...]:
        return row.engagement_id, row.kind, row.at

    for (_, kind, at), same in groupby(rows, key=together):
        written = list(same)
        first = written[0]
        months = tuple(sorted({Month(row.credit.month) for row in written}))
        units = sum(row.money.units for row in written)
        before = sum(row.replaces.money.units for row in written if row.replaces)
        yield Happened(
            at, kind, first.by.name if first.by else "", first.engagement.name, first.engagement.slug, months,
            Money.of_units(units, first.currency), len(written), text=first.reason, id=str(first.credit.public_id),
            before=Money.of_units(before, first.currency),
        )  # fmt: skip


def amended(count: int) -> Iterator[Happened]:
    rows = TermsVersion.objects.select_related("contract", "engagement", "by").defer("document", "text")
    for row in rows.order_by("-at", "-pk")[:count]:
        yield Happened(
            row.at, "terms", row.by.name if row.by else "", row.engagement.name, row.engagement.slug,
            count=row.version, text=row.contract.reference, id=str(row.contract.public_id),
        )  # fmt: skip


def ended_runs(count: int) -> Iterator[Happened]:
    """Runs that failed, and packs that were made; imports and measurements show by what they wrote."""
    rows = Run.objects.filter(state=Run.State.FAILED) | Run.objects.filter(state=Run.State.DONE, kind__contains="pack")
    for row in rows.select_related("engagement", "started_by").order_by("-ended_at")[:count]:
        where = row.engagement
        yield Happened(
            row.ended_at or row.asked_at, "failed" if row.state == Run.State.FAILED else "run",
            row.started_by.name if row.started_by else "", where.name if where else "", where.slug if where else "",
            text=row.title or row.kind, id=str(row.public_id),
        )  # fmt: skip
