"""What happens when the time for an answer or a decision is over, and a dispute that is taken up a step by a person."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from costs.calc.review import Rise, deadline, rises
from costs.models import Answer, Credit, StepUp
from costs.policy import ANSWER, DECIDE
from mspgov.jobs.services import log
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.tenancy.context import across, enter
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .answering import write_answer
from .deciding import check_decider
from .review import (  # fmt: skip
    Reviewed,
    end_owed,
    expect_state,
    hold_numbers,
    holders,
    page_of,
    raise_decision,
    reviewed,
    step_of,
    tell,
)


def sweep(at: datetime | None = None) -> int:
    """Let every wait that is over lapse: silence accepts or calls for a decision, a dispute goes up its ladder. Each
    once, dated at its deadline, however long nobody swept. Returns how many credits moved."""
    now, moved = at or timezone.now(), 0
    due = across(Credit, reason="whose wait for an answer or a decision is over").filter(lapses_at__lte=now)
    for tenant_id, pk in list(due.order_by("lapses_at", "pk").values_list("tenant_id", "pk")):
        try:
            with enter(tenant_id):
                moved += lapse(pk, now)
        except Exception:  # one credit's fault must not hold up the others
            log.exception("the wait of credit %s could not lapse", pk)
    return moved


@transaction.atomic
def lapse(credit_id: int, now: datetime) -> bool:
    """Move one credit past the waits that are over. False when somebody was quicker."""
    this = reviewed(credit_id)
    if this.credit.lapses_at is None or this.credit.lapses_at > now:
        return False
    hold_numbers(this.credit.lapses_at)
    if this.credit.state == Credit.State.PROPOSED and this.credit.silent_at is None:
        _silence(this)
    if this.credit.lapses_at is not None and this.credit.lapses_at <= now:
        _go_up(this, rises(this.review.ladder, this.credit.step, this.credit.lapses_at, now, this.zone))
    return True


def _silence(this: Reviewed) -> None:
    """Nobody answered in time."""
    credit, at = this.credit, this.credit.answer_due_at
    assert at is not None  # what lapses has a deadline
    if this.review.silence == "accepts":
        answer = write_answer(credit, Answer.Kind.SILENCE, "Silence accepts, by the contract.", None, at)
        with records.move(credit, "accept_by_silence", by=None, at=at):
            credit.agreed_at, credit.silent_at, credit.lapses_at = at, at, None
        end_owed(this, ANSWER, note="Silence has accepted it.", by=None, at=at, done=False)
        said = "not answered: silence has accepted it"
    else:
        answer = write_answer(credit, Answer.Kind.SILENCE, "Not answered; the client decides.", None, at)
        credit.silent_at, credit.lapses_at = at, None
        if this.review.decide_days is not None:
            due = deadline(at, this.review.decide_days, this.zone)
            raise_decision(
                this, round_=credit.answers.count(), step=step_of(credit), number=0, due_at=due, by=None, at=at
            )
            credit.decide_due_at = due
            credit.lapses_at = due if this.review.ladder else None
        _keep(credit, "not answered", at)
        end_owed(this, ANSWER, note="Not answered; the client decides.", by=None, at=at, done=False)
        said = "not answered: it is to be decided"
    tell(
        this.engagement, holders(this.engagement, [Role.ACCOUNT_MANAGER, Role.CONTRACT_MANAGER], at), kind="silence",
        key=f"answer/{answer.public_id}", subject=f"{this.label}: {said}", text=f"{credit.balance}.",
        path=page_of(credit), at=at,
    )  # fmt: skip


def _go_up(this: Reviewed, steps: tuple[Rise, ...]) -> None:
    """A dispute whose time is over is at its next step; those whose time has passed meanwhile are passed through."""
    if steps:
        _arrive(this, steps, by=None, reason="", at=steps[-1].began_at)


def _arrive(this: Reviewed, steps: tuple[Rise, ...], *, by: Person | None, reason: str, at: datetime) -> StepUp:
    credit, last = this.credit, steps[-1]
    rows = [
        StepUp.objects.create(
            engagement_id=credit.engagement_id, credit=credit, number=rise.number, name=rise.step.name,
            role=rise.step.role, reason=reason, by=by, at=rise.began_at, due_at=rise.due_at,
        )
        for rise in steps
    ]  # fmt: skip
    chosen = raise_decision(
        this, round_=credit.answers.count(), step=last.step, number=last.number, due_at=last.due_at, by=by, at=at
    )
    credit.step, credit.decide_due_at = last.number, last.due_at
    credit.lapses_at = last.due_at if last.number < len(this.review.ladder) else None
    credit._history_user = by
    _keep(credit, f"up to {last.step.name}", at, by)
    end_owed(this, DECIDE, note=f"It went up to {last.step.name}.", by=by, at=at, done=False)
    everybody = [*chosen.people, *holders(this.engagement, [Role.CONTRACT_MANAGER, Role.ACCOUNT_MANAGER], at)]
    why = f"{by.name}: {reason}" if by else "The time for a decision is over."
    tell(
        this.engagement, dict.fromkeys(everybody), kind="step", key=f"step/{rows[-1].public_id}",
        subject=f"{this.label}: with {last.step.name} now", text=f"{why} {chosen.said}".strip(),
        path=page_of(credit), at=at,
    )  # fmt: skip
    return rows[-1]


@transaction.atomic
def take_up(*, credit: Credit, reason: str, by: Person, at: datetime) -> StepUp:
    """Whoever decides now passes a dispute to the next step of the contract's ladder. Raises Refused without a reason,
    at the ladder's end, and for somebody whose office does not decide; Conflict when it was decided meanwhile."""
    if not reason.strip():
        raise Refused("say why it goes up a step")
    this = reviewed(credit.pk)
    expect_state(this.credit, "decide")
    check_decider(this.credit, step_of(this.credit), by, at)
    if this.credit.state == Credit.State.PROPOSED and this.credit.silent_at is None:
        raise Refused("nothing is disputed yet")
    number = this.credit.step + 1
    if number > len(this.review.ladder):
        raise Refused("the contract's ladder has no further step: decide it here")
    hold_numbers(at)
    step = this.review.ladder[number - 1]
    rise = Rise(number, step, at, deadline(at, step.days, this.zone))
    return _arrive(this, (rise,), by=by, reason=reason, at=at)


def _keep(credit: Credit, what: str, at: datetime, by: Person | None = None) -> None:
    """Save a credit whose state stays while its wait moves on, with its link of the chain."""
    credit._history_user = by
    credit.save()
    after = {
        "step": str(credit.step),
        "decide_due_at": credit.decide_due_at.isoformat() if credit.decide_due_at else "",
    }
    records.seal(credit.record_id, what=what[:60], before={}, after=after, by=by, at=at, engagement_id=credit.engagement_id)  # fmt: skip
