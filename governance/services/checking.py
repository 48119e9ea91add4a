"""Whether the actions of an accepted root cause worked: the detection that demanded it, before and after."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from governance.calc.effect import Effect
from governance.models import Rca
from governance.queries.effects import effect_of, tickets_after
from governance.queries.rca_rules import Rules
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.models import Person

from .demanding import Demand, demand_rca
from .telling import tell_client, tell_provider


@transaction.atomic
def check_effect(*, rca: Rca, by: Person | None, at: datetime) -> Rca:
    """Compare before and after. A recurrence is said as soon as there is one, and a new root cause demanded; that it
    worked can be said once its weeks are over. Raises Refused before that, Conflict when it is not accepted or was
    checked already."""
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement__tenant"), pk=rca.pk)
    if row.state != Rca.State.ACCEPTED or row.check_at is None or row.decided_at is None:
        raise Conflict(f"it is {row.get_state_display().lower()}, so there is no effect to check")
    rules = Rules(row.engagement)
    latest = row.tickets.aggregate(at=Max("ticket__opened_at"))["at"] or row.demanded_at
    found = effect_of(row, rules, latest=latest + timedelta(microseconds=1), at=at)
    if not found.recurred and at < row.check_at:
        raise Refused(f"nothing has recurred so far; whether it worked shows on {row.check_at:%-d %B %Y}")
    if found.recurred:
        demand_rca(rules, again(row, rules, found), by=by, at=at)
    with records.move(row, "find recurred" if found.recurred else "find effective", by=by, at=at):
        row.effect = {**found.document(), "checked_at": at.isoformat(), "weeks": rules.settings.check_weeks}
    said = f"{row.record.title}: {found.after.tickets} like tickets since it was accepted, {found.before.tickets} in as long a time before."
    subject = f"{row.record.number} {'has recurred' if found.recurred else 'was effective'}"
    domain = rules.domain.pk if rules.domain else None
    tell_client(row, domain, "checked", subject, said, at)
    tell_provider(row, "checked", subject, said, at)
    return row


def again(row: Rca, rules: Rules, found: Effect) -> Demand:
    """A new root cause of what came back."""
    tickets = tickets_after(row, rules, found.after.first, found.after.until)
    said = row.record.title.removeprefix("Root cause: ").removesuffix(", again and again")
    return Demand(
        key=f"recurred/{row.public_id}",
        origin=Rca.Origin.RECURRED,
        title=f"Root cause: {said}, again after {row.record.number}"[:300],
        reason=f"{found.after.tickets} like tickets since {row.record.number} was accepted: its actions did not prevent it",
        alike=row.alike,
        tickets=tuple(ticket.pk for ticket in tickets),
        priority=min((ticket.priority_worst for ticket in tickets), default=row.priority),
        previous=row,
    )
