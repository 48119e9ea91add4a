"""Four eyes: what one person asks for and another grants."""

from datetime import datetime

from django.db import transaction

from mspgov.tenancy.models import Person

from . import services as records
from .errors import Conflict, Refused
from .models import Approval, Record


@transaction.atomic
def ask_approval(
    *, record: Record, what: str, role: str, reason: str, by: Person, at: datetime, stood: str = ""
) -> Approval:  # fmt: skip
    """Ask an office to grant an act on an object, as it stands now. Raises Conflict where that is asked already."""
    row = Approval(
        engagement_id=record.engagement_id, record=record, what=what, role=role, reason=reason, asked_by=by,
        asked_at=at, stood=stood,
    )  # fmt: skip
    records.locked(Record.objects, pk=record.pk)
    if Approval.objects.filter(record=record, what=what, state=Approval.State.ASKED).exists():
        raise Conflict("somebody has asked for this already")
    row._history_user = by
    row.save()
    _seal(row, {}, "approval.ask", by, at)
    return row


@transaction.atomic
def decide_approval(*, approval: Approval, grant: bool, answer: str, by: Person, at: datetime) -> Approval:
    """Grant or refuse what another person asks for. Raises Refused to whoever asked, Conflict when it is decided."""
    row, before = _open(approval)
    if row.asked_by_id == by.pk:
        raise Refused("a second person decides what you asked for")
    row.state, row.decided_by, row.decided_at, row.answer = Approval.DECIDED[grant], by, at, answer
    row._history_user = by
    row.save()
    _seal(row, before, "approval.grant" if grant else "approval.refuse", by, at)
    return row


@transaction.atomic
def withdraw_approval(*, approval: Approval, by: Person, at: datetime) -> Approval:
    """Ask no longer. Raises Refused to anybody but whoever asked, Conflict when it is decided."""
    row, before = _open(approval)
    if row.asked_by_id != by.pk:
        raise Refused("only who asked for it can withdraw it")
    row.state, row.decided_at, row._history_user = Approval.State.WITHDRAWN, at, by
    row.save()
    _seal(row, before, "approval.withdraw", by, at)
    return row


def _open(approval: Approval) -> tuple[Approval, dict[str, str]]:
    row: Approval = records.locked(Approval.objects.select_related("record"), pk=approval.pk)
    if row.state != Approval.State.ASKED:
        raise Conflict(f"it is already {row.get_state_display().lower()}")
    return row, records.snapshot(row)


def _seal(row: Approval, before: dict[str, str], what: str, by: Person, at: datetime) -> None:
    after = records.snapshot(row)
    records.seal(row.record_id, what=what, before=before, after=after, by=by, at=at, engagement_id=row.engagement_id)
