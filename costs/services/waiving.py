"""A credit is given up: one person of the client asks with a reason, another approves."""

from datetime import datetime

from django.db import transaction

from costs.models import Credit, Waiver
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .review import ANSWER, DECIDE, end_owed, expect_state, holders, page_of, reviewed, tell


@transaction.atomic
def ask_waiver(*, credit: Credit, reason: str, by: Person, at: datetime) -> Waiver:
    """Ask that a credit be given up; nothing changes until somebody else approves. Raises Refused without a reason and
    while another request waits, Conflict for a credit that is claimed or at its end."""
    if not reason.strip():
        raise Refused("a waiver needs its reason")
    this = reviewed(credit.pk)
    expect_state(this.credit, "waive")
    if this.credit.waivers.filter(state=Waiver.State.ASKED).exists():
        raise Refused("a waiver has been asked for and waits for an answer")
    row = Waiver(engagement_id=this.credit.engagement_id, credit=this.credit, reason=reason, asked_by=by, asked_at=at)
    row._history_user = by
    row.save()
    approvers = holders(this.engagement, [Role.SERVICE_OWNER, Role.FINANCE_CONTROLLER], at)
    tell(
        this.engagement, [person for person in approvers if person != by], kind="waiver", key=f"waiver/{row.public_id}",
        subject=f"{this.label}: {by.name} asks to waive it", text=f"{this.credit.balance}. {reason}",
        path=page_of(this.credit), at=at,
    )  # fmt: skip
    _seal(this.credit, "ask waiver", {"reason": reason}, by, at)
    return row


@transaction.atomic
def decide_waiver(*, waiver: Waiver, approve: bool, answer: str, by: Person, at: datetime) -> Waiver:
    """Approve or refuse what somebody else asked for. Raises Refused for whoever asked and for a refusal without a
    reason, Conflict when it was answered already or the credit has moved on."""
    this = reviewed(waiver.credit_id)
    row: Waiver = records.locked(Waiver.objects, pk=waiver.pk)
    if row.state != Waiver.State.ASKED:
        raise Conflict(f"the waiver is already {row.get_state_display().lower()}")
    if row.asked_by_id == by.pk:
        raise Refused("somebody else than who asked approves a waiver")
    if not approve and not answer.strip():
        raise Refused("say why it is refused")
    if approve:
        expect_state(this.credit, "waive")
    row.state = Waiver.State.APPROVED if approve else Waiver.State.REFUSED
    row.answer, row.decided_by, row.decided_at, row._history_user = answer, by, at, by
    row.save()
    if approve:
        with records.move(this.credit, "waive", by=by, at=at):
            this.credit.lapses_at = None
        for kind in (ANSWER, DECIDE):
            end_owed(this, kind, note="The credit is waived.", by=by, at=at, done=False)
    asked = [row.asked_by, *(holders(this.engagement, [Role.ACCOUNT_MANAGER], at) if approve else [])]
    tell(
        this.engagement, asked, kind="waiver", key=f"waiver/{row.public_id}/answer",
        subject=f"{this.label}: the waiver is {row.get_state_display().lower()}",
        text=f"{by.name}: {answer}" if answer else f"{by.name} has answered.", path=page_of(this.credit), at=at,
    )  # fmt: skip
    _seal(this.credit, "decide waiver", {"state": row.state, "answer": answer}, by, at)
    return row


def _seal(credit: Credit, what: str, after: dict[str, str], by: Person, at: datetime) -> None:
    records.seal(credit.record_id, what=what, before={}, after=after, by=by, at=at, engagement_id=credit.engagement_id)
