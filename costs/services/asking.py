"""The provider is asked to answer what is proposed; an answer holds for what was answered and no more."""

from collections.abc import Iterable
from datetime import datetime

from contracts.calc.terms import Review
from costs.calc.review import deadline
from costs.models import Answer, Credit, Decision, LedgerEntry
from costs.queries.account import Account
from mspgov.kernel.money import Money
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.records import services as records
from mspgov.records.models import Record
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role

from .review import ANSWER, hold_numbers, holders, tell


def ask_for_answers(
    found: Account, engagement: Engagement, credits: Iterable[Credit], entries: Iterable[LedgerEntry], *,
    by: Person | None, at: datetime,
) -> None:  # fmt: skip
    """After credits were judged, under the contract's lock: who is proposed something is asked to answer within the
    days of the contract. A credit that rises above what was answered is proposed again; one that rises while it waits
    for an answer has its days anew; one that comes to nothing need not be answered."""
    amounts = {entry.credit_id: entry for entry in entries if entry.kind != LedgerEntry.Kind.EARN_BACK}
    again = [credit for credit in credits if credit.pk in amounts and has_outgrown(credit, amounts[credit.pk])]
    waiting = [credit for credit in credits if credit.state == Credit.State.PROPOSED or credit in again]
    asked = [
        credit
        for credit in waiting
        if is_to_ask(credit, amounts.get(credit.pk), review_in(found, credit)) or credit in again
    ]
    void = [credit for credit in waiting if not credit.balance and credit.answer_due_at and credit.silent_at is None]
    if not asked and not void:
        return
    hold_numbers(at)
    rows = Obligation.objects.living().filter(about__in=[credit.record_id for credit in (*asked, *void)], kind=ANSWER)
    owed = {row.about_id: row for row in rows}
    for credit in asked:
        _ask(credit, review_in(found, credit), found.contract.time_zone, amounts.get(credit.pk), owed, by=by, at=at)
    for credit in void:
        _withdraw(credit, owed, "Nothing is left of the credit.", by, at)
        credit.answer_due_at = credit.lapses_at = None
        _keep(credit, by)
    for credit in again:
        with records.move(credit, "propose_again", by=by, at=at):
            credit.agreed_at = None
    _tell(engagement, asked, at)


def review_in(found: Account, credit: Credit) -> Review:
    in_force = found.versions.get(credit.period) or found.history[-1]
    return in_force.terms.review or Review()


def has_outgrown(credit: Credit, entry: LedgerEntry) -> bool:
    """Is a credit that both sides agreed on now more than they agreed on?"""
    return credit.state in Credit.ANSWERED and entry.money.units > agreed_amount(credit).units


def agreed_amount(credit: Credit) -> Money:
    """What the latest answer or decision was about."""
    answer = Answer.objects.filter(credit=credit).order_by("-pk").first()
    decision = Decision.objects.filter(credit=credit).order_by("-pk").first()
    if decision is not None and (answer is None or decision.at >= answer.at):
        return Money(decision.amount_after, decision.currency)
    return answer.money if answer is not None else credit.money


def is_to_ask(credit: Credit, entry: LedgerEntry | None, review: Review) -> bool:
    """Is a proposed credit new, or has it risen since it was asked about?"""
    if not credit.balance or review.answer_days is None:
        return False
    rose = entry is not None and entry.replaces is not None and entry.money.units > entry.replaces.money.units
    return credit.answer_due_at is None or rose


def _ask(
    credit: Credit, review: Review, zone: str, entry: LedgerEntry | None, owed: dict[int | None, Obligation], *,
    by: Person | None, at: datetime,
) -> None:  # fmt: skip
    credit.silent_at = credit.decide_due_at = credit.lapses_at = credit.answer_due_at = None
    credit.step = 0
    if review.answer_days is not None:
        due, version = deadline(at, review.answer_days, zone), entry.version if entry else 0
        silence = "Silence accepts it." if review.silence == "accepts" else "Without an answer the client decides."
        obligations.raise_obligation(
            key=f"credit/{credit.public_id}/answer/{version}/{at.isoformat()}",
            title=f"Answer {credit.record.number}, {credit.record.title}",
            due_at=due, owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, at=at, by=by, kind=ANSWER,
            engagement=credit.engagement, about=credit.record,
            text=f"{credit.balance} is proposed: accept it, accept it under reservation, or dispute it. {silence}",
        )  # fmt: skip
        credit.answer_due_at = credit.lapses_at = due
    _withdraw(credit, owed, "The amount has risen: the days to answer begin anew.", by, at)
    _keep(credit, by)


def _withdraw(credit: Credit, owed: dict[int | None, Obligation], why: str, by: Person | None, at: datetime) -> None:
    if (row := owed.get(credit.record_id)) is not None and row.state in Obligation.OWED:
        obligations.withdraw(obligation=row, reason=why, by=by, at=at)


def _keep(credit: Credit, by: Person | None) -> None:
    credit._history_user = by
    credit.save()


def _tell(engagement: Engagement, asked: list[Credit], at: datetime) -> None:
    """One note for all that a judging proposed."""
    if not asked:
        return
    due = min((credit.answer_due_at for credit in asked if credit.answer_due_at), default=None)
    numbers = ", ".join(
        Record.objects.filter(pk__in=[c.record_id for c in asked]).order_by("number").values_list("number", flat=True)
    )
    until = f" Answer by {due:%-d %B %Y %H:%M} UTC." if due else ""
    tell(
        engagement, holders(engagement, [Role.ACCOUNT_MANAGER], at), kind="proposed",
        key=f"credits/proposed/{engagement.public_id}/{at.isoformat()}",
        subject=f"{len(asked)} {'credit waits' if len(asked) == 1 else 'credits wait'} for your answer",
        text=f"{engagement.name}: {numbers}.{until}", path=f"money/?engagement={engagement.slug}", at=at,
    )  # fmt: skip
