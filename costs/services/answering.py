"""The provider answers a proposed credit: accepts it, accepts it under reservation, or disputes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db import transaction
from django.utils import timezone

from contracts.calc.terms import Review
from costs.calc.review import deadline
from costs.models import Answer, Credit, DisputedTicket
from costs.policy import ANSWER, DECIDE
from costs.queries.account import latest_results
from itsm.models import Exclusion, Outcome, Ticket
from mspgov.kernel.refusals import Refused
from mspgov.records import services as records
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .review import (  # fmt: skip
    Reviewed,
    end_owed,
    expect_state,
    hold_numbers,
    holders,
    move_together,
    page_of,
    raise_decision,
    review_of,
    reviewed,
    step_of,
    tell,
)

Upload = tuple[str, int, IO[bytes]]
MOST_TICKETS = 200


@dataclass(frozen=True)
class TicketAsk:
    """What is asked, or granted, for one ticket."""

    ticket: Ticket
    kind: str
    relief_seconds: int | None = None
    duplicate_of: Ticket | None = None

    def document(self) -> dict[str, object]:
        other = self.duplicate_of.number if self.duplicate_of else None
        return {"ticket": self.ticket.number, "kind": self.kind, "relief_seconds": self.relief_seconds, "duplicate_of": other}  # fmt: skip


@transaction.atomic
def accept(*, credit: Credit, text: str = "", by: Person, at: datetime) -> Answer:
    """The provider agrees. Raises Conflict when the credit has moved on, Refused when the days to answer are over."""
    return _agree(credit, "accept", Answer.Kind.ACCEPT, text, by, at)


@transaction.atomic
def accept_under_reservation(*, credit: Credit, text: str, by: Person, at: datetime) -> Answer:
    """The provider agrees for now, and may still dispute it while the days to answer run. Raises Refused without what
    is reserved, and as `accept`."""
    if not text.strip():
        raise Refused("say what is reserved")
    return _agree(credit, "accept_under_reservation", Answer.Kind.RESERVE, text, by, at)


def _agree(which: Credit, verb: str, kind: str, text: str, by: Person, at: datetime) -> Answer:
    this = reviewed(which.pk)
    check_answerable(this.credit, verb, at, this.review)
    answer = write_answer(this.credit, kind, text, by, at)
    with records.move(this.credit, verb, by=by, at=at):
        this.credit.agreed_at = at
        this.credit.lapses_at = None
    end_owed(this, ANSWER, note=answer.get_kind_display(), by=by, at=at)
    end_owed(this, DECIDE, note="It was answered.", by=by, at=at, done=False)
    _tell(this, answer, by, at)
    return answer


@transaction.atomic
def dispute(
    *, credit: Credit, text: str, tickets: Sequence[TicketAsk] = (), files: Iterable[Upload] = (), by: Person, at: datetime
) -> Answer:  # fmt: skip
    """The provider says that the credit, or some late tickets behind it, are not its doing. The client owes a decision
    within the days of the contract. Raises Refused without a comment, for a ticket that is not late in the level and
    month, for a file that does not pass the gate, and when the days to answer are over; Conflict when the credit has
    moved on."""
    if not text.strip():
        raise Refused("say what is disputed and why")
    this = reviewed(credit.pk)
    check_answerable(this.credit, "dispute", at, this.review)
    check_asks(this.credit, tickets)
    hold_numbers(at)
    answer = write_answer(this.credit, Answer.Kind.DISPUTE, text, by, at)
    DisputedTicket.objects.bulk_create(
        DisputedTicket(
            engagement_id=this.credit.engagement_id, answer=answer, ticket=ask.ticket, kind=ask.kind,
            relief_seconds=ask.relief_seconds, duplicate_of=ask.duplicate_of,
        )
        for ask in tickets
    )  # fmt: skip
    row, review, due = this.credit, this.review, None
    kept = [
        records.keep_evidence(record=row.record, name=name, size=size, stream=stream, by=by, at=at, anew=True)[0].file
        for name, size, stream in files
    ]
    if review.decide_days is not None:
        due = deadline(at, review.decide_days, this.zone)
        row.step = 0
        raise_decision(this, round_=row.answers.count(), step=step_of(row), number=0, due_at=due, by=by, at=at)
    end_owed(this, ANSWER, note="Disputed", by=by, at=at)
    _tell(this, answer, by, at)
    before, lapses = records.snapshot(row), due if review.ladder else None
    move_together([row], "dispute", by=by, agreed_at=None, step=0, decide_due_at=due, lapses_at=lapses)
    after = records.snapshot(row) | {f"file {file.name}": file.sha256 for file in kept}
    records.seal(
        row.record_id, what="dispute", before=before, after=after, by=by, at=at, engagement_id=row.engagement_id
    )
    return answer


def check_answerable(credit: Credit, verb: str, at: datetime, review: Review | None = None) -> None:
    """Refuses an answer that comes too late; Conflict for a credit that has moved on. Its terms of review are read where
    they are not given."""
    expect_state(credit, verb)
    due = credit.answer_due_at
    if due is not None and at >= due:
        review = review or review_of(credit)
        left = "silence has accepted it" if review.silence == "accepts" else "the client decides about it now"
        local = timezone.localtime(due)
        raise Refused(f"the days to answer ended on {local:%-d %B %Y at %H:%M}: {left}")


def write_answer(credit: Credit, kind: str, text: str, by: Person | None, at: datetime) -> Answer:
    answer: Answer = Answer.objects.create(
        engagement_id=credit.engagement_id, credit=credit, kind=kind, text=text, amount=credit.balance.amount,
        currency=credit.currency, by=by, at=at,
    )  # fmt: skip
    return answer


def check_asks(credit: Credit, asks: Sequence[TicketAsk]) -> None:
    """Raises Refused for tickets that are not late in the credit's level and month, that stand twice, or for which
    nothing can be granted as it is asked."""
    if len(asks) > MOST_TICKETS:
        raise Refused(f"at most {MOST_TICKETS} tickets stand in one dispute")
    if len({ask.ticket.pk for ask in asks}) < len(asks):
        raise Refused("a ticket stands there twice")
    late = late_tickets(credit)
    for ask in asks:
        number = ask.ticket.number
        if ask.ticket.pk not in late:
            raise Refused(f"{number} is not late in {credit.service_level.name}, {credit.period.name}")
        if ask.kind not in Exclusion.Kind.values:
            raise Refused(f"{number}: say whether it is a relief event, the client's fault or a duplicate")
        if ask.relief_seconds is not None and (ask.kind != Exclusion.Kind.RELIEF or ask.relief_seconds <= 0):
            raise Refused(f"{number}: relieved time belongs to a relief event and is more than nothing")
        if (ask.kind == Exclusion.Kind.DUPLICATE) != (ask.duplicate_of is not None):
            raise Refused(f"{number}: name the other ticket of a duplicate, and only of one")
        if ask.duplicate_of is not None and ask.duplicate_of.pk == ask.ticket.pk:
            raise Refused(f"{number} cannot be the duplicate of itself")


def late_tickets(credit: Credit) -> set[int]:
    """The tickets that count as late in the credit's level and month, as the result that holds has them."""
    result = latest_results(credit.engagement, credit.period, credit.period).get(
        (credit.period, credit.service_level.key)
    )
    late = Outcome.objects.filter(result=result, met=False, excluded_for="") if result else Outcome.objects.none()
    return set(late.values_list("ticket_id", flat=True))


def _tell(this: Reviewed, answer: Answer, by: Person, at: datetime) -> None:
    roles = [Role.CONTRACT_MANAGER, *([Role.FINANCE_CONTROLLER] if answer.kind != Answer.Kind.DISPUTE else [])]
    said = answer.get_kind_display().lower()
    tell(
        this.engagement, holders(this.engagement, roles, at), kind="answer", key=f"answer/{answer.public_id}",
        subject=f"{this.label}: {said}", text=f"{by.name}: {answer.text}" if answer.text else f"{by.name} has {said} it.",
        path=page_of(this.credit), at=at,
    )  # fmt: skip
