"""The provider accepts several proposed credits in one step: each row is previewed with what would be refused, then the
rows that can be are accepted, each by its own act, and the others stay with the reason."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from costs.models import Credit
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.models import Engagement, Person
from mspgov.web import bulk_change
from mspgov.web.bulk_change import Line
from mspgov.web.models import BulkChange, Work

from .answering import accept, check_answerable
from .judging import locked_contract

LIST, ACCEPT_MANY = "costs:credits", "costs.accept_credits"
AT_ONCE = 5  # more than that are accepted by a run
MOST = 200


def preview_acceptance(
    *, engagement: Engagement, credits: Iterable[UUID], text: str, by: Person, at: datetime
) -> BulkChange:  # fmt: skip
    """Keep which credits of an engagement are to be accepted, each as it is now. Raises Refused for none or too many."""
    rows = Credit.objects.filter(engagement=engagement, public_id__in=list(credits))
    if rows.count() > MOST:
        raise Refused(f"at most {MOST} credits are accepted at once")
    return bulk_change.keep(LIST, rows, {"text": text, "engagement": engagement.pk}, by=by, at=at)


def acceptance_lines(wanted: Sequence[Sequence[str]], *, at: datetime) -> list[tuple[Line, Credit | None]]:
    """What accepting does to each row that a preview kept, or why it does nothing."""
    rows = Credit.objects.select_related("record", "service_level", "engagement__tenant", "contract")
    found = {str(row.public_id): row for row in rows.filter(public_id__in=[id for id, _ in wanted])}
    lines = []
    for id, row, why in bulk_change.as_previewed(wanted, found):
        label = f"{row.record.number}, {row.record.title}" if row else ""
        refused = why or _refusal(row, at)
        changes = () if refused else (("state", row.get_state_display(), Credit.State.ACCEPTED.label),)
        lines.append((Line(id, label, changes, refused), row))
    return lines


def _refusal(credit: Credit, at: datetime) -> str:
    try:
        check_answerable(credit, "accept", at)
    except (Refused, Conflict) as no:
        return str(no)
    return "" if credit.balance else "nothing is left of it"


def amount_of(lines: Iterable[tuple[Line, Credit | None]]) -> Money | None:
    """What would be accepted together; None where nothing would."""
    rows = [row for line, row in lines if row is not None and line.is_changed]
    return Money.of_units(sum(row.balance.units for row in rows), rows[0].currency) if rows else None


@transaction.atomic
def confirm_acceptance(*, change: BulkChange, by: Person, at: datetime) -> BulkChange:
    """Accept what was previewed, at once or by a run where it is many. Raises Conflict when it was confirmed before."""
    change = bulk_change.begun(change)
    engagement, text = Engagement.objects.get(pk=change.values["engagement"]), change.values["text"]
    if len(change.rows) <= AT_ONCE:
        change.result = accept_previewed(engagement=engagement, rows=change.rows, text=text, by=by, at=at)
        change.state = Work.DONE
    else:
        # a run of one engagement sees nobody's previews: it takes along what it is to do
        title = f"Accept {len(change.rows)} credits, {engagement.name}"
        change.state = Work.RUNNING
        change.run = jobs.start(
            ACCEPT_MANY, key=str(change.public_id), title=title, by=by, engagement=engagement,
            engagement_id=engagement.pk, rows=change.rows, text=text, by_id=by.pk,
        )  # fmt: skip
    change.save()
    return change


@transaction.atomic
def accept_previewed(
    *, engagement: Engagement, rows: Sequence[Sequence[str]], text: str, by: Person, at: datetime
) -> dict[str, Any]:
    """Accept the rows that are as they were previewed and that can be: how many, and of the others why not. Under the
    contract's lock, so that nobody answers a row between its look and its act."""
    locked_contract(engagement)
    lines, done, refused = acceptance_lines(rows, at=at), 0, []
    for line, row in lines:
        if row is None or not line.is_changed:
            refused.append([line.id, line.label, line.refused])
            continue
        accept(credit=row, text=text, by=by, at=at)
        done += 1
    return {"changed": done, "refused": refused, "rows": len(lines)}


def came_of(change: BulkChange) -> dict[str, Any] | None:
    """What accepting came to; None while it is not done."""
    if change.run is not None:
        return change.run.result if change.run.state == Run.State.DONE else None
    return change.result if change.state == Work.DONE else None
