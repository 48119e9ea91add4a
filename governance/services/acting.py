"""Corrective actions: evidence handed in, accepted or returned, and what is done without. More time is asked for at the action's obligation."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from governance.models import Action
from governance.queries.rca_rules import Rules
from mspgov.obligations import services as obligations
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.records.services import NewFile
from mspgov.tenancy.models import Person

from .owed import lock_owed
from .telling import tell_client, tell_provider


@transaction.atomic
def hand_in_action(*, action: Action, note: str, files: Iterable[NewFile] = (), by: Person, at: datetime) -> Action:
    """It is done, with evidence. Raises Refused for a file that does not pass the gate and without any evidence, Conflict
    when it is handed in or accepted already."""
    row = _locked(action)
    kept = records.keep_files(record=row.record, files=files, by=by, at=at, anew=True)
    has_evidence = row.record.evidence.exists()
    obligations.hand_in(obligation=row.obligation, note=note, by=by, at=at, has_evidence=has_evidence)
    with records.move(row, "submit", by=by, at=at, also=kept):
        row.note = note.strip()
    domain = Rules(row.engagement).domain
    subject = f"{row.record.number}: evidence was handed in"
    tell_client(row, domain.pk if domain else None, f"submitted/{at.isoformat()}", subject, row.what, at)
    return row


@transaction.atomic
def accept_action(*, action: Action, by: Person, at: datetime) -> Action:
    """The evidence is good. Raises Conflict when there is none to decide about."""
    row = _locked(action)
    obligations.accept(obligation=row.obligation, by=by, at=at)
    with records.move(row, "accept", by=by, at=at):
        pass
    tell_provider(row, f"accepted/{at.isoformat()}", f"{row.record.number} is accepted", row.what, at)
    return row


@transaction.atomic
def return_action(*, action: Action, reason: str, by: Person, at: datetime) -> Action:
    """The evidence is not enough; the due date stays. Raises Refused without a reason, Conflict when there is nothing to
    decide about."""
    if not reason.strip():
        raise Refused("say what is missing")
    row = _locked(action)
    obligations.send_back(obligation=row.obligation, reason=reason, by=by, at=at)
    with records.move(row, "return", by=by, at=at):
        row.note = reason.strip()
    tell_provider(row, f"returned/{at.isoformat()}", f"{row.record.number} is returned", reason.strip(), at)
    return row


@transaction.atomic
def withdraw_action(*, action: Action, reason: str, by: Person, at: datetime) -> Action:
    """The client does without it: its obligation ends, its root cause stays accepted. Raises Refused without a reason,
    Conflict when it is accepted or withdrawn already."""
    if not reason.strip():
        raise Refused("say why it is not needed any more")
    row = _locked(action)
    obligations.withdraw(obligation=row.obligation, reason=reason.strip(), by=by, at=at)
    with records.move(row, "withdraw", by=by, at=at):
        row.note = reason.strip()
    tell_provider(row, "withdrawn", f"{row.record.number} is not asked for any more", reason.strip(), at)
    return row


def _locked(action: Action) -> Action:
    rows = Action.objects.select_related("record", "engagement__tenant", "obligation")
    found: Action = records.locked(rows, pk=action.pk)
    lock_owed(found.record)
    return found
