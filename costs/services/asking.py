"""The provider is asked to answer what is proposed; an answer holds for what was answered and no more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from contracts.calc.terms import Review
from costs.calc.review import deadline
from costs.models import Answer, Credit, Decision, LedgerEntry
from costs.policy import ANSWER, DECIDE
from costs.queries.account import Account
from mspgov.kernel.money import Money
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.records import services as records
from mspgov.records.models import Approval, Record
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role

from .review import WAIVER, Reviewed, hold_numbers, holders, raise_decision, review_of, step_of, tell


def ask_for_answers(
    found: Account, engagement: Engagement, credits: Iterable[Credit], entries: Iterable[LedgerEntry], *,
    by: Person | None, at: datetime, deciding: Credit | None = None,
) -> None:  # fmt: skip
    """After credits were judged, under the contract's lock: who is proposed something is asked to answer within the
    days of the contract. A credit that rises above what was answered or waived is proposed again; one that rises while it
    waits for an answer has its days anew; one that comes to nothing need not be answered or decided, until it is
    something again; `deciding` is one that is being decided just now."""
    written: defaultdict[int, list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        written[entry.credit_id].append(entry)
    again = [credit for credit in credits if credit.pk in written and has_outgrown(credit)]
    waiting = [credit for credit in credits if credit.state == Credit.State.PROPOSED or credit in again]
    disputed = [credit for credit in credits if credit.state == Credit.State.DISPUTED and credit != deciding]
    asked = [
        credit
        for credit in waiting
        if is_to_ask(credit, written[credit.pk], review_in(found, credit)) or credit in again
    ]
    void = [
        credit for credit in (*waiting, *disputed) if not credit.balance and credit != deciding and _is_awaited(credit)
    ]
    resumed = [
        credit for credit in disputed if credit.balance and credit.decide_due_at is None and credit.pk in written
    ]
    if not asked and not void and not resumed:
        return
    hold_numbers(at)
    owed = _owed_about([*asked, *void])
    for credit in asked:
        _ask(credit, review_in(found, credit), found.contract.time_zone, owed, by=by, at=at)
    for credit in void:
        _withdraw(credit, owed, "Nothing is left of the credit.", by, at)
        credit.answer_due_at = credit.decide_due_at = credit.lapses_at = None
        _keep(credit, by)
    for credit in resumed:
        _ask_to_decide(Reviewed(credit, found.contract, [], review_in(found, credit)), by=by, at=at)
    _propose_again(again, by=by, at=at)
    _tell(engagement, asked, at)


def ask_anew(
    engagement: Engagement, credits: Sequence[Credit], zone: str, *, by: Person | None, at: datetime
) -> None:  # fmt: skip
    """Under the contract's lock: agreed credits that have outgrown what was agreed are proposed again."""
    again = [credit for credit in credits if has_outgrown(credit)]
    if not again:
        return
    hold_numbers(at)
    owed = _owed_about(again)
    for credit in again:
        _ask(credit, review_of(credit), zone, owed, by=by, at=at)
    _propose_again(again, by=by, at=at)
    _tell(engagement, again, at)


def _propose_again(again: Iterable[Credit], *, by: Person | None, at: datetime) -> None:
    for credit in again:
        with records.move(credit, "propose_again", by=by, at=at):
            credit.agreed_at = None


def _owed_about(credits: Sequence[Credit]) -> list[Obligation]:
    """The answers and decisions that are still owed about these credits."""
    about = [credit.record_id for credit in credits]
    return list(Obligation.objects.owed().filter(about__in=about, kind__in=(ANSWER, DECIDE)).order_by("pk"))


def review_in(found: Account, credit: Credit) -> Review:
    in_force = found.versions.get(credit.period) or found.history[-1]
    return in_force.terms.review or Review()


def has_outgrown(credit: Credit) -> bool:
    """Is what is left of a credit that both sides agreed on, or that was waived, now more than that?"""
    if credit.state == Credit.State.WAIVED:
        return credit.balance > waived_amount(credit)
    return credit.state in Credit.ANSWERED and credit.balance > agreed_amount(credit)


def waived_amount(credit: Credit) -> Money:
    """What was left of the credit when the waiver that holds was asked for."""
    rows = Approval.objects.filter(record=credit.record_id, what=WAIVER, state=Approval.State.GRANTED)
    row = rows.exclude(stood="").order_by("-pk").first()
    return Money(Decimal(row.stood), credit.currency) if row else credit.balance


def agreed_amount(credit: Credit) -> Money:
    """What was left of the credit when it was answered or decided last."""
    answer = Answer.objects.filter(credit=credit).order_by("-pk").first()
    decision = Decision.objects.filter(credit=credit).order_by("-pk").first()
    if decision is not None and (answer is None or decision.at >= answer.at):
        return Money(decision.amount_after, decision.currency)
    return answer.money if answer is not None else credit.balance


def is_to_ask(credit: Credit, entries: Iterable[LedgerEntry], review: Review) -> bool:
    """Is a proposed credit new, or has what is left of it risen by these entries since it was asked about?"""
    if not credit.balance or review.answer_days is None:
        return False
    more = sum(entry.money.units - (entry.replaces.money.units if entry.replaces else 0) for entry in entries)
    return credit.answer_due_at is None or more > 0


def _ask(
    credit: Credit, review: Review, zone: str, owed: Sequence[Obligation], *, by: Person | None, at: datetime
) -> None:  # fmt: skip
    credit.silent_at = credit.decide_due_at = credit.lapses_at = credit.answer_due_at = None
    credit.step = 0
    if review.answer_days is not None:
        due = deadline(at, review.answer_days, zone)
        silence = "Silence accepts it." if review.silence == "accepts" else "Without an answer the client decides."
        obligations.raise_obligation(
            key=f"credit/{credit.public_id}/answer/{at.isoformat()}",
            title=f"Answer {credit.record.number}, {credit.record.title}",
            due_at=due, lapses=True, owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, at=at, by=by, kind=ANSWER,
            engagement=credit.engagement, about=credit.record,
            text=f"It is proposed: accept it, accept it under reservation, or dispute it. {silence}",
        )  # fmt: skip
        credit.answer_due_at = credit.lapses_at = due
    _withdraw(credit, owed, "The amount has risen: the days to answer begin anew.", by, at)
    _keep(credit, by)


def _is_awaited(credit: Credit) -> bool:
    """Is an answer to it, or a decision about it, still owed by a day?"""
    return bool(credit.decide_due_at or (credit.answer_due_at and credit.silent_at is None))


def _ask_to_decide(this: Reviewed, *, by: Person | None, at: datetime) -> None:
    """A disputed credit that had come to nothing is something again: the days to decide begin anew at its step."""
    credit, days = this.credit, this.review.decide_days
    if days is None:
        return
    due = deadline(at, days, this.zone)
    raise_decision(
        this,
        round_=f"{credit.answers.count()}/{at.isoformat()}",
        step=step_of(credit),
        number=credit.step,
        due_at=due,
        by=by,
        at=at,
    )
    credit.decide_due_at = due
    credit.lapses_at = due if credit.step < len(this.review.ladder) else None
    _keep(credit, by)


def _withdraw(credit: Credit, owed: Sequence[Obligation], why: str, by: Person | None, at: datetime) -> None:
    for row in owed:
        if row.about_id == credit.record_id:
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
