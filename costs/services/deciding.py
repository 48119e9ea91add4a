"""The client decides about a credit, having seen both outcomes; what is granted is measured again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.shortcuts import get_object_or_404

from contracts.calc.terms import LadderStep
from contracts.models import Contract
from costs.calc.review import Outcome, Outcomes
from costs.calc.totals import total_of
from costs.models import Answer, Credit, DecidedTicket, Decision, DisputedTicket
from costs.policy import ANSWER, DECIDE
from costs.queries.account import latest_results, seals_of
from itsm import services as itsm
from itsm.models import Exclusion, ReportedValue
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.zones import zone_named
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy import offices
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .answering import TicketAsk, check_asks
from .correcting import correct_month
from .judging import Proposed
from .months import measure
from .review import (  # fmt: skip
    Reviewed,
    deciders,
    end_owed,
    expect_state,
    holders,
    page_of,
    reviewed,
    step_of,
    tell,
)


@dataclass(frozen=True)
class Grant:
    """What a decision grants: tickets, or another value of a level that is reported. Nothing: the credit stays."""

    tickets: tuple[TicketAsk, ...] = ()
    value: Decimal | None = None

    def __bool__(self) -> bool:
        return bool(self.tickets) or self.value is not None

    def document(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = [ask.document() for ask in self.tickets]
        return found if self.value is None else [*found, {"value": str(self.value)}]


def preview_decision(*, credit: Credit, grant: Grant, at: datetime) -> Outcomes:
    """Both outcomes, computed by deciding and taking it back; nothing is written. Refuses what cannot be granted."""
    with transaction.atomic():
        row = get_object_or_404(
            Credit.objects.select_related("service_level", "engagement__tenant", "record"), pk=credit.pk
        )
        refuse = outcome_of(row)
        if not grant:
            return Outcomes(refuse, None)
        point = transaction.savepoint()
        try:
            row = reviewed(credit.pk).credit
            made = _grant(row, grant, reason="preview", by=None, at=at)
            granted = outcome_of(row)
        finally:
            transaction.savepoint_rollback(point)
    return Outcomes(refuse, granted, tuple(map(str, made[1].differences)))


def outcome_of(credit: Credit) -> Outcome:
    """The credit's level and month as they stand."""
    credit.refresh_from_db(fields=["amount", "earned_back"])
    place = (credit.period, credit.service_level.key)
    result = latest_results(credit.engagement, credit.period, credit.period).get(place)
    months = Credit.objects.filter(contract=credit.contract_id, month=credit.month)
    together = total_of(((each.state, each.balance) for each in months), credit.currency)
    money = (credit.balance, together.stands, together.waived)
    if result is None:
        return Outcome(None, "not_measured", 0, 0, 0, *money)
    return Outcome(result.attainment, result.standing, result.met, result.total, result.excluded, *money)


@transaction.atomic
def decide(*, credit: Credit, grant: Grant, reason: str, by: Person, at: datetime, expected: str = "") -> Decision:
    """Refuse what is disputed, or grant some of it: then the month is measured again, or corrected where it is sealed.
    `expected` is the fingerprint of the outcomes that were shown: others by now are a Conflict. Raises Conflict for a
    credit that was decided already, Refused without a reason, for somebody whose office does not decide at this step,
    while the provider may still answer, and for what cannot be granted."""
    this = reviewed(credit.pk)
    row = this.credit
    check_decision(row, reason, by, at)
    before, value, refuse, granted = row.balance, None, outcome_of(row), None
    exclusions: dict[int, Exclusion] = {}
    answer = row.answers.order_by("-pk").first()
    if grant:
        (value, exclusions), _ = _grant(row, grant, reason=reason, by=by, at=at)
        granted = outcome_of(row)
    if expected and Outcomes(refuse, granted).fingerprint(grant.document()) != expected:
        raise Conflict("the outcomes are others by now: look at them again")
    decision: Decision = Decision.objects.create(
        engagement_id=row.engagement_id, credit=row, answer=answer, granted=bool(grant), reason=reason, step=row.step,
        value=value, amount_before=before.amount, amount_after=row.balance.amount, currency=row.currency, by=by, at=at,
    )  # fmt: skip
    _keep_tickets(decision, answer, grant, exclusions)
    with records.move(row, "decide", by=by, at=at):
        row.agreed_at, row.lapses_at = at, None
    end_owed(this, DECIDE, note="Decided", by=by, at=at)
    end_owed(this, ANSWER, note="Decided", by=by, at=at, done=False)
    _tell(this, decision, before, at)
    return decision


def check_decision(credit: Credit, reason: str, by: Person, at: datetime) -> None:
    """Raises what `decide` refuses whatever is granted: no reason, a credit that has moved on, another office, an answer
    that may still come."""
    if not reason.strip():
        raise Refused("a decision needs its reason: both sides read it")
    expect_state(credit, "decide")
    check_decider(credit, step_of(credit), by, at)
    if credit.state == Credit.State.PROPOSED and credit.silent_at is None and credit.answer_due_at is not None:
        raise Refused("the provider may still answer: there is nothing to decide yet")


def check_decider(credit: Credit, step: LadderStep, by: Person, at: datetime) -> None:
    """Raises Refused, naming the office, for somebody who does not decide at this step."""
    chosen = deciders(offices.directory(credit.engagement.tenant, at), credit.engagement_id, step.role)
    if by not in chosen.people:
        raise Refused(f"the decision is with {step.name}: the {chosen.role.label.lower()} decides")


def _grant(
    row: Credit, grant: Grant, *, reason: str, by: Person | None, at: datetime
) -> tuple[tuple[ReportedValue | None, dict[int, Exclusion]], Proposed]:
    """Write what is granted and measure the month again. (what was written, what followed)"""
    check_asks(row, grant.tickets)
    value: ReportedValue | None = None
    exclusions: dict[int, Exclusion] = {}
    if grant.value is not None:
        value = itsm.report_value(
            service_level=row.service_level, month=row.period, value=grant.value, source=f"Decision about {row.record.number}",
            evidence=reason, by=by, at=at, linked=False,
        )  # fmt: skip
    for ask in grant.tickets:
        exclusions[ask.ticket.pk] = itsm.exclude_ticket(
            ticket=ask.ticket, kind=ask.kind, reason=reason, service_level=row.service_level, linked=False,
            relief_seconds=ask.relief_seconds, duplicate_of=ask.duplicate_of, by=by, at=at,
        )  # fmt: skip
    ends = [ask.ticket.resolved_at for ask in grant.tickets if ask.relief_seconds and ask.ticket.resolved_at]
    proposed = measure_again(row, ends, f"Decision about {row.record.number}: {reason}", by=by, at=at)
    row.refresh_from_db()
    return (value, exclusions), proposed


def measure_again(
    credit: Credit, ends: Sequence[datetime], reason: str, *, by: Person | None, at: datetime
) -> Proposed:
    """A sealed month is corrected, an open one measured. A ticket that is in time by its relief counts in the month of
    its end: an open one is measured with it; where the credit's month is sealed that one is to be measured before its
    seal, which asks for it."""
    engagement, month, seals = credit.engagement, credit.period, seals_of(credit.engagement)
    if month in seals:
        return correct_month(engagement=engagement, month=month, reason=reason, by=by, at=at, deciding=credit)
    zone = Contract.objects.get(pk=credit.contract_id).time_zone
    moved = {Month.of(end.astimezone(zone_named(zone))) for end in ends}
    last = max(each for each in {month, *moved} if each not in seals)
    return measure(engagement=engagement, first=month, last=last, as_of=at, at=at, by=by, deciding=credit).proposed


def _keep_tickets(decision: Decision, answer: Answer | None, grant: Grant, exclusions: dict[int, Exclusion]) -> None:
    """What was granted, and what was disputed and refused."""
    granted = {ask.ticket.pk: ask for ask in grant.tickets}
    rows = [
        DecidedTicket(
            engagement_id=decision.engagement_id, decision=decision, ticket=ask.ticket, kind=ask.kind,
            relief_seconds=ask.relief_seconds, duplicate_of=ask.duplicate_of, exclusion=exclusions[pk],
        )
        for pk, ask in granted.items()
    ]  # fmt: skip
    asked = DisputedTicket.objects.filter(answer=answer).select_related("ticket") if answer else ()
    rows += [
        DecidedTicket(
            engagement_id=decision.engagement_id, decision=decision, ticket=each.ticket, kind=each.kind,
            relief_seconds=each.relief_seconds, duplicate_of_id=each.duplicate_of_id,
        )
        for each in asked
        if each.ticket_id not in granted
    ]  # fmt: skip
    DecidedTicket.objects.bulk_create(rows)


@transaction.atomic
def revoke_exclusion(*, decided: DecidedTicket, reason: str, by: Person, at: datetime) -> Exclusion:
    """A granted ticket counts again in full: a new row says so, and the month is measured again. A credit that rises by
    it is proposed anew. Raises Refused without a reason, for a claimed credit, and for somebody whose office does not
    decide at the step that granted it; Conflict when it counts already."""
    given = get_object_or_404(DecidedTicket.objects.select_related("decision", "ticket", "exclusion"), pk=decided.pk)
    this = reviewed(given.decision.credit_id)
    exclusion = check_revocation(given, this.credit, reason, by, at)
    row = itsm.exclude_ticket(
        ticket=given.ticket, kind=exclusion.kind, reason=reason, service_level=this.credit.service_level,
        in_force=False, by=by, at=at, linked=False,
    )  # fmt: skip
    ends = [given.ticket.resolved_at] if given.relief_seconds and given.ticket.resolved_at else []
    measure_again(this.credit, ends, f"{given.ticket.number} counts again: {reason}", by=by, at=at)
    after = {"ticket": given.ticket.number, "in_force": False, "reason": reason}
    records.seal(this.credit.record_id, what="revoke exclusion", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id)  # fmt: skip
    return row


def check_revocation(given: DecidedTicket, credit: Credit, reason: str, by: Person, at: datetime) -> Exclusion:
    """What would be revoked. Raises what `revoke_exclusion` refuses."""
    if not reason.strip():
        raise Refused("say why the ticket counts again")
    check_decider(credit, step_of(credit, given.decision), by, at)
    if credit.state in {Credit.State.CLAIMED, Credit.State.DOCUMENTED, Credit.State.APPLIED, Credit.State.WAIVED}:
        raise Refused(f"the credit is {credit.get_state_display().lower()}: correct the month instead")
    made = Exclusion.objects.filter(ticket=given.ticket, service_level=credit.service_level)
    latest = made.order_by("-at", "-pk").first()
    if given.exclusion is None or latest is None or latest.pk != given.exclusion_id:
        raise Conflict("the ticket counts already, or was decided about anew")
    return given.exclusion


def _tell(this: Reviewed, decision: Decision, before: Money, at: datetime) -> None:
    said = "granted" if decision.granted else "refused"
    text = f"{decision.by.name}: {decision.reason} It was {before} and is {this.credit.balance}."
    tell(
        this.engagement, holders(this.engagement, [Role.ACCOUNT_MANAGER, Role.FINANCE_CONTROLLER], at), kind="decided",
        key=f"decision/{decision.public_id}", subject=f"{this.label}: the dispute is {said}", text=text,
        path=page_of(this.credit), at=at,
    )  # fmt: skip
