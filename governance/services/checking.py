"""Whether the actions of an accepted root cause worked: the detection that demanded it, before and after."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from governance.models import Rca
from governance.queries.effects import effect_of
from governance.queries.rca_rules import Rules
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.models import Person

from .demanding import again, demand_rca, lock_engagement
from .telling import tell_client, tell_provider


@transaction.atomic
def check_effect(*, rca: Rca, by: Person | None, at: datetime) -> Rca:
    """Compare before and after. A recurrence is said as soon as there is one, and a new root cause demanded; that it
    worked can be said once its weeks are over. Raises Refused before that, Conflict when it is not accepted or was
    checked already."""
    lock_engagement(rca.engagement_id)  # before the root cause, as whoever asks for one does
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement__tenant"), pk=rca.pk)
    if row.state != Rca.State.ACCEPTED or row.check_at is None or row.decided_at is None:
        raise Conflict(f"it is {row.get_state_display().lower()}, so there is no effect to check")
    rules = Rules(row.engagement)
    asked_for = row.tickets.filter(ticket__opened_at__lt=row.decided_at)
    latest = asked_for.aggregate(at=Max("ticket__opened_at"))["at"] or row.demanded_at
    found = effect_of(row, rules, latest=latest + timedelta(microseconds=1), at=at)
    if not found.recurred and at < row.check_at:
        raise Refused(f"nothing has recurred so far; whether it worked shows on {row.check_at:%-d %B %Y}")
    if found.recurred:
        demand_rca(rules, again(row, rules, found.after), by=by, at=at)
    with records.move(row, "find recurred" if found.recurred else "find effective", by=by, at=at):
        row.effect = {**found.document(), "checked_at": at.isoformat(), "weeks": rules.settings.check_weeks}
    said = f"{row.record.title}: {found.after.tickets} like tickets since it was accepted, {found.before.tickets} in as long a time before."
    subject = f"{row.record.number} {'has recurred' if found.recurred else 'was effective'}"
    domain = rules.domain.pk if rules.domain else None
    tell_client(row, domain, "checked", subject, said, at)
    tell_provider(row, "checked", subject, said, at)
    return row
