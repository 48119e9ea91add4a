"""A credit is given up: one person of the client asks with a reason, another approves."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from costs.models import Credit
from costs.policy import ANSWER, DECIDE
from mspgov.kernel.money import Money
from mspgov.records import approvals
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Approval
from mspgov.records.queries import open_approval
from mspgov.tenancy import offices
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .review import WAIVER, end_owed, expect_state, holders, page_of, reviewed, tell

APPROVERS = (Role.SERVICE_OWNER, Role.FINANCE_CONTROLLER)


@transaction.atomic
def ask_waiver(*, credit: Credit, reason: str, by: Person, at: datetime) -> Approval:
    """Ask that a credit be given up; nothing changes until somebody else approves. Raises Refused without a reason
    and where nobody else could approve, Conflict while another request waits and for a credit that is claimed or at its
    end."""
    if not reason.strip():
        raise Refused("a waiver needs its reason")
    this = reviewed(credit.pk)
    expect_state(this.credit, "waive")
    in_office = offices.directory(this.engagement.tenant, at).client
    if not {person for role in APPROVERS for person in in_office.get(role, ())} - {by}:
        raise Refused("nobody else is service owner or finance controller, who could approve it")
    row = approvals.ask_approval(
        record=this.credit.record, what=WAIVER, role=Role.SERVICE_OWNER, reason=reason, by=by, at=at,
        stood=this.credit.balance.text,
    )  # fmt: skip
    told = [person for person in holders(this.engagement, APPROVERS, at) if person != by]
    tell(
        this.engagement, told, kind="waiver", key=f"waiver/{row.public_id}",
        subject=f"{this.label}: {by.name} asks to waive it", text=f"{this.credit.balance}. {reason}",
        path=page_of(this.credit), at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw_waiver(*, credit: Credit, by: Person, at: datetime) -> Approval:
    """Ask no longer: the credit stays as it is, and can be asked about anew. Raises Refused to anybody but whoever asked
    and where nobody has asked."""
    this = reviewed(credit.pk)
    asked = open_approval(this.credit.record, WAIVER)
    if asked is None:
        raise Refused("no waiver waits for an answer")
    return approvals.withdraw_approval(approval=asked, by=by, at=at)


@transaction.atomic
def decide_waiver(*, credit: Credit, approve: bool, answer: str, by: Person, at: datetime) -> Approval:
    """Approve or refuse what somebody else asked for. Raises Refused for whoever asked, where nobody has asked, and for
    a refusal without a reason, Conflict when the credit has moved on or is more than what somebody asked about."""
    this = reviewed(credit.pk)
    asked = open_approval(this.credit.record, WAIVER)
    if asked is None:
        raise Refused("no waiver waits for an answer")
    if not approve and not answer.strip():
        raise Refused("say why it is refused")
    if approve:
        expect_state(this.credit, "waive")
        if asked.stood and this.credit.balance > (was := Money(Decimal(asked.stood), this.credit.currency)):
            raise Conflict(
                f"it was {was} when the waiver was asked for, and is {this.credit.balance} by now: let it be asked for anew"
            )
    row = approvals.decide_approval(approval=asked, grant=approve, answer=answer, by=by, at=at)
    if approve:
        with records.move(this.credit, "waive", by=by, at=at):
            this.credit.lapses_at = None
        for kind in (ANSWER, DECIDE):
            end_owed(this, kind, note="The credit is waived.", by=by, at=at, done=False)
    told = [row.asked_by, *(holders(this.engagement, [Role.ACCOUNT_MANAGER], at) if approve else [])]
    tell(
        this.engagement, told, kind="waiver", key=f"waiver/{row.public_id}/answer",
        subject=f"{this.label}: the waiver is {'approved' if approve else 'refused'}",
        text=f"{by.name}: {answer}" if answer else f"{by.name} has answered.", path=page_of(this.credit), at=at,
    )  # fmt: skip
    return row
