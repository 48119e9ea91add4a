"""The client decides about a version: accepts it, and its actions are tracked from then on, or returns it."""

from datetime import datetime, timedelta

from django.db import transaction

from governance.calc.rca_content import Content, Planned, read_content, read_date
from governance.calc.working_days import closes_on, due_after
from governance.models import Action, Rca, RcaVersion
from governance.queries.rca_rules import Rules
from mspgov.kernel.planned import too_far
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Record
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .demanding import REMINDERS, escalation
from .owed import lock_owed
from .telling import tell_provider

ACTION = "action"


@transaction.atomic
def accept_rca(*, rca: Rca, note: str = "", by: Person, at: datetime) -> Rca:
    """The version is good: its actions become obligations of their owners, and its effect will be checked. Raises
    Conflict when it is not submitted."""
    row = _submitted(rca)
    rules = Rules(row.engagement)
    content = read_content(RcaVersion.objects.get(rca=row, version=row.version).content)
    decisions = _decisions(row)
    opened = _open_actions(row, content, at)
    _track(row, rules, opened, by, at)
    for owed in decisions:
        obligations.hand_in(obligation=owed, note="Accepted", by=by, at=at)
    if row.obligation is not None:
        obligations.accept(obligation=row.obligation, by=by, at=at)
    with records.move(row, "accept", by=by, at=at):
        row.decided_at, row.decided_by, row.decision = at, by, note.strip()
        row.check_at = at + timedelta(weeks=rules.settings.check_weeks)
    count = len(opened)
    said = f"{count} {'action is' if count == 1 else 'actions are'} tracked from now on. Effect checked {row.check_at:%-d %B %Y}."
    tell_provider(row, f"accepted/{row.version}", f"{row.record.number} is accepted", said, at)
    return row


@transaction.atomic
def return_rca(*, rca: Rca, reason: str, by: Person, at: datetime) -> Rca:
    """The version is not enough: a new one is owed, within the days that the client has to decide at the least. Raises
    Refused without a reason, Conflict when it is not submitted."""
    if not reason.strip():
        raise Refused("say what is missing")
    row = _submitted(rca)
    rules = Rules(row.engagement)
    for owed in _decisions(row):
        obligations.hand_in(obligation=owed, note="Returned", by=by, at=at)
    until = due_after(at, rules.settings.review_days, rules.zone)
    if row.obligation is not None:
        obligations.send_back(obligation=row.obligation, reason=reason, by=by, at=at, until=until)
    with records.move(row, "return", by=by, at=at):
        row.decided_at, row.decided_by, row.decision = at, by, reason.strip()
    tell_provider(row, f"returned/{row.version}", f"{row.record.number} is returned", reason.strip(), at)
    return row


def _submitted(rca: Rca) -> Rca:
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement__tenant", "obligation"), pk=rca.pk)
    if row.state != Rca.State.SUBMITTED:
        raise Conflict(f"it is {row.get_state_display().lower()}, so there is nothing to decide")
    return row


def _decisions(row: Rca) -> list[Obligation]:
    return [
        owed for owed in lock_owed(row.record) if owed.owed_by == Side.CLIENT and owed.pk != row.obligation_id
    ]  # fmt: skip


def _open_actions(row: Rca, content: Content, at: datetime) -> list[tuple[Record, Planned]]:
    """Their spine rows with their numbers: before the chain's head is locked."""
    return [
        (
            records.open_record(
                kind=ACTION, prefix="CAP", title=planned.what[:300], engagement=row.engagement, at=at, state=Action.State.OPEN
            ),
            planned,
        )
        for planned in content.actions
    ]  # fmt: skip


def _track(row: Rca, rules: Rules, opened: list[tuple[Record, Planned]], by: Person, at: datetime) -> None:
    """Each action is owed by its owner until its evidence is accepted. One whose day has passed while the client was
    deciding is due on the next working day."""
    for place, (record, planned) in enumerate(opened, 1):
        due = read_date(planned.due)
        if due is None or due < row.demanded_at.astimezone(rules.zone).date():
            raise Refused(f"action {place} is due before it was demanded")
        if too_far(due, at.date()):
            raise Refused(f"action {place} is due more than three years ahead: return it for another day")
        owed = obligations.raise_obligation(
            key=f"action/{record.number}", title=record.title, text=f"{planned.measure}\n{planned.evidence}".strip(),
            about=record, engagement=row.engagement, due_at=max(closes_on(due, rules.zone), due_after(at, 1, rules.zone)),
            owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, person=rules.owners.get(planned.owner), domain=rules.domain,
            accepted_by=Role.SERVICE_OWNER, needs_evidence=True, kind=ACTION, reminders=REMINDERS,
            escalation=escalation(rules.settings), by=by, at=at,
        )  # fmt: skip
        action = Action(
            engagement_id=row.engagement_id, record=record, rca=row, obligation=owed, place=place, what=planned.what,
            measure=planned.measure, evidence=planned.evidence,
        )  # fmt: skip
        action._history_user = by
        action.save()
