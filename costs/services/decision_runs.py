"""What measures a month again for a decision is a run: its outcomes, the decision that grants, a grant that is revoked.
What can be refused cheaply is refused before the run begins; what was typed stays with it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from costs.models import Credit, DecidedTicket, Decision
from itsm.models import Ticket
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.tenancy.models import Person

from .answering import TicketAsk, check_asks
from .deciding import Grant, check_decision, check_revocation
from .review import expect_state

PREVIEW_DECISION, DECIDE_BY_RUN, REVOKE = "costs.preview_decision", "costs.decide", "costs.revoke_exclusion"
Typed = Mapping[str, Sequence[str]]
"""The fields of a form as they were sent, by name."""


def start_decision_preview(
    *, credit: Credit, grant: Grant, by: Person, at: datetime, typed: Typed | None = None
) -> Run:  # fmt: skip
    """Ask for a run that says what granting leads to. The same that is asked twice is one run while it is open. Refuses
    what cannot be granted; Conflict for a credit that has moved on."""
    expect_state(credit, "decide")
    check_asks(credit, grant.tickets)
    asked = _asked(credit, by, grant=written_grant(grant), typed=dict(typed or {}))
    rows = Run.objects.filter(kind=PREVIEW_DECISION, state__in=Run.OPEN, started_by=by, arguments__contains=asked)
    # a list contains each part of itself: of those, the one that asks for no more
    same = next((run for run in rows.order_by("pk") if all(run.arguments[name] == asked[name] for name in asked)), None)
    title = f"What a decision about {credit.record.number} leads to"
    return same or _start(PREVIEW_DECISION, f"{credit.public_id} {uuid4()}", title, credit, by, asked)


def start_decision(
    *, credit: Credit, grant: Grant, reason: str, by: Person, at: datetime, expected: str = "", typed: Typed | None = None
) -> Run:  # fmt: skip
    """Ask for a run that decides as `decide` does. The same decision is one run until it failed or was cancelled. Raises
    what `decide` refuses, except that the outcomes are others by now: that the run finds."""
    check_decision(credit, reason, by, at)
    check_asks(credit, grant.tickets)
    asked = _asked(credit, by, grant=written_grant(grant), typed=dict(typed or {}), reason=reason, expected=expected)
    rounds = Decision.objects.filter(credit=credit).count()
    key = f"{credit.public_id} {rounds} {_digest(asked)}"
    return _start(DECIDE_BY_RUN, key, f"Decide {credit.record.number}", credit, by, asked)


def start_revocation(*, decided: DecidedTicket, credit: Credit, reason: str, by: Person, at: datetime) -> Run:
    """Ask for a run that lets a granted ticket count again as `revoke_exclusion` does. Raises what that refuses."""
    check_revocation(decided, credit, reason, by, at)
    asked = _asked(credit, by, decided_id=decided.pk, reason=reason, typed={"reason": [reason]})
    title = f"Count {decided.ticket.number} again, {credit.record.number}"
    return _start(REVOKE, f"{decided.public_id} {_digest(asked)}", title, credit, by, asked)


def _asked(credit: Credit, by: Person, **more: Any) -> dict[str, Any]:
    return {"credit_id": credit.pk, "by_id": by.pk, **more}


def _digest(asked: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]


def _start(kind: str, key: str, title: str, credit: Credit, by: Person, asked: Mapping[str, Any]) -> Run:
    """A run of this key; one that failed or was cancelled is followed by another."""
    told = {"title": title, "by": by, "engagement": credit.engagement, **asked}
    run: Run = jobs.start(kind, key=key, **told)
    if run.state in (Run.State.FAILED, Run.State.CANCELLED):
        run = jobs.start(kind, key=f"{key} {uuid4()}", **told)
    return run


def written_grant(grant: Grant) -> dict[str, Any]:
    """A grant as a run keeps it."""
    tickets = [
        [ask.ticket.pk, ask.kind, ask.relief_seconds, ask.duplicate_of.pk if ask.duplicate_of else None]
        for ask in grant.tickets
    ]
    return {"tickets": tickets, "value": None if grant.value is None else str(grant.value)}


def read_grant(told: Mapping[str, Any]) -> Grant:
    """A grant from what a run keeps; its tickets are those of the entered engagement."""
    wanted = {pk for first, *_, other in told["tickets"] for pk in (first, other) if pk}
    known = {row.pk: row for row in Ticket.objects.filter(pk__in=wanted)}
    asks = tuple(
        TicketAsk(known[pk], kind, seconds, known[other] if other else None)
        for pk, kind, seconds, other in told["tickets"]
    )
    return Grant(asks, None if told["value"] is None else Decimal(told["value"]))
