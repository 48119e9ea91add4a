"""What every step of a review needs: the credit locked, its terms, who decides, what is owed about it, whom to tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.calc.terms import LadderStep, Review
from contracts.models import Contract
from contracts.queries import in_force_on, terms_history
from costs.models import Credit, Decision, StepUp
from costs.policy import DECIDE
from costs.queries.account import latest_results
from mspgov.mail import services as mail
from mspgov.mail.services import NewNote
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.records import services as records
from mspgov.records.errors import Conflict
from mspgov.records.models import Counter, Record
from mspgov.tenancy import offices
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.offices import Directory
from mspgov.tenancy.policy import Role

WAIVER = "waive"
FALLBACKS = (Role.CONTRACT_MANAGER, Role.SERVICE_OWNER, Role.FINANCE_CONTROLLER)


@dataclass
class Reviewed:
    """A credit that is about to move: its row and what is owed about it are locked, its contract's lock orders those
    who write there."""

    credit: Credit
    contract: Contract
    owed: list[Obligation]
    review: Review

    @property
    def zone(self) -> str:
        return self.contract.time_zone

    @property
    def engagement(self) -> Engagement:
        return self.credit.engagement

    @property
    def label(self) -> str:
        return f"{self.credit.record.number}, {self.credit.record.title}"


def reviewed(which: UUID | int) -> Reviewed:
    """Lock a credit for its next step. Raises Http404."""
    by = "pk" if isinstance(which, int) else "public_id"
    contract_id = Credit.objects.filter(**{by: which}).values_list("contract_id", flat=True).first()
    contract: Contract = records.locked(Contract.objects, pk=contract_id or 0)
    rows = Credit.objects.select_related("record", "service_level", "engagement__tenant", "engagement__provider")
    credit: Credit = records.locked(rows, **{by: which})
    owed = list(
        Obligation.objects.living().select_for_update(of=("self",)).filter(about=credit.record_id).order_by("pk")
    )
    return Reviewed(credit, contract, owed, review_of(credit))


def review_of(credit: Credit) -> Review:
    """The terms of review that the credit's month stands under; empty ones where the contract has none."""
    history = terms_history(credit.engagement)
    result = latest_results(credit.engagement, credit.period, credit.period).get(
        (credit.period, credit.service_level.key)
    )
    by_version = {entry.version.pk: entry for entry in history}
    found = by_version.get(result.terms_version_id) if result else None
    return (found or in_force_on(list(history), credit.period.first_day)).terms.review or Review()


def hold_numbers(at: datetime) -> None:
    """Lock the series of obligations before the chain's head is locked: whoever raises one locks them in that order."""
    Counter.objects.get_or_create(prefix="OB", year=at.year)
    Counter.objects.select_for_update().get(prefix="OB", year=at.year)


def expect_state(credit: Credit, verb: str) -> None:
    """Raises Conflict when the credit has moved on."""
    if credit.state not in Credit.TRANSITIONS[verb][0]:
        raise Conflict(f"credit {credit.record.number} is already {credit.get_state_display().lower()}")


def end_owed(this: Reviewed, kind: str, *, note: str, by: Person | None, at: datetime, done: bool = True) -> None:
    """What is owed of this kind is handed in (`done`), or no longer stands."""
    for row in this.owed:
        if row.kind != kind or row.state not in Obligation.OWED:
            continue
        if done:
            obligations.hand_in(obligation=row, note=note, by=by, at=at)
        else:
            obligations.withdraw(obligation=row, reason=note, by=by, at=at)
    this.owed = [row for row in this.owed if row.kind != kind]


@dataclass(frozen=True)
class Deciders:
    """Whose office decides now: that of the step, or, where nobody holds it, another; `said` tells so."""

    role: Role
    people: tuple[Person, ...]
    said: str = ""


def step_of(credit: Credit, decision: Decision | None = None) -> LadderStep:
    """Where a dispute is, or was when it was decided: with the contract manager, or at a step of the ladder."""
    rows, number = StepUp.objects.filter(credit=credit), credit.step
    if decision is not None:
        rows, number = rows.filter(at__lte=decision.at), decision.step
    row = rows.filter(number=number).order_by("-pk").first() if number else None
    if row is None:
        return LadderStep("Contract manager", 0, Role.CONTRACT_MANAGER)
    return LadderStep(row.name, 0, row.role)


def deciders(people: Directory, engagement_id: int, wanted: str) -> Deciders:
    """Who decides when the office wanted is called. One that nobody holds falls to the next that somebody does, last to
    the tenant's administrators, who can put somebody in it."""
    for role in dict.fromkeys([Role(wanted), *FALLBACKS]):
        if people.client.get(role):
            holders = (*people.holders(role, engagement_id), *people.client[role])
            said = (
                ""
                if role == wanted
                else f"Nobody holds the office of {Role(wanted).label.lower()}: it goes to the {role.label.lower()}."
            )
            return Deciders(role, tuple(dict.fromkeys(holders)), said)
    everybody = tuple(people.client.get(Role.TENANT_ADMINISTRATOR, []))
    return Deciders(
        Role.TENANT_ADMINISTRATOR, everybody, "Nobody holds an office that decides: the administrator is told."
    )


def raise_decision(
    this: Reviewed,
    *,
    round_: int | str,
    step: LadderStep,
    number: int,
    due_at: datetime,
    by: Person | None,
    at: datetime,
) -> Deciders:
    """The client owes a decision at this step by `due_at`; where the ladder has another, it lapses to that one."""
    credit = this.credit
    chosen = deciders(offices.directory(this.engagement.tenant, at), credit.engagement_id, step.role)
    # without the amount: what is owed is read by more people than credits are
    text = "Decide with reasons, seeing both outcomes first."
    obligations.raise_obligation(
        key=f"credit/{credit.public_id}/decide/{round_}/{number}",
        title=f"Decide {this.label}" + (f" ({step.name})" if number else ""),
        due_at=due_at, lapses=number < len(this.review.ladder), owed_by=Side.CLIENT, role=chosen.role, at=at, by=by, kind=DECIDE, engagement=this.engagement,
        about=credit.record, text=f"{text} {chosen.said}".strip(),
    )  # fmt: skip
    return chosen


def tell(
    engagement: Engagement, people: Iterable[Person], *, kind: str, key: str, subject: str, text: str, path: str,
    at: datetime,
) -> None:  # fmt: skip
    """Tell people of one occasion, each once."""
    tenant = engagement.tenant
    notes = [NewNote(person, f"credits.{kind}", key, subject, text, f"/o/{tenant.slug}/{path}") for person in people]
    mail.tell(tenant, notes, at=at)


def holders(engagement: Engagement, roles: Iterable[Role], at: datetime) -> list[Person]:
    """Those in office, of several roles, each once."""
    people = offices.directory(engagement.tenant, at)
    return list(dict.fromkeys(person for role in roles for person in people.holders(role, engagement.pk)))


def page_of(credit: Credit) -> str:
    return f"money/credits/{credit.public_id}/"


def move_together(rows: Sequence[Credit], verb: str, *, by: Person | None, **fields: Any) -> dict[str, str]:
    """Move locked credits by one verb, without a link of the chain: returns what its one link says. Raises Conflict when
    one of them has moved on."""
    told = {}
    for credit in rows:
        expect_state(credit, verb)
    for credit in rows:
        before, credit.state = credit.state, Credit.TRANSITIONS[verb][1]
        for name, value in fields.items():
            setattr(credit, name, value)
        credit._history_user = by
        credit.save()
        Record.objects.filter(pk=credit.record_id).update(state=credit.state)
        told[credit.record.number] = f"{before} to {credit.state}"
    return told
