"""Whether the actions of an accepted root cause worked: the detection that demanded it, before and after."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from governance.calc.effect import judged, uncompared
from governance.models import Rca
from governance.queries.effects import effect_of, lacking
from governance.queries.rca_rules import Rules
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.models import Person

from .demanding import again, demand_rca, lock_engagement
from .telling import tell_client, tell_provider


@transaction.atomic
def check_effect(*, rca: Rca, by: Person | None, at: datetime) -> Rca:
    """Compare before and after. A recurrence is said as soon as there is one, and a new root cause demanded; that it
    worked can be said once its weeks are over. Raises Refused before that and where nothing can be compared, Conflict
    when it is not accepted or was checked already."""
    row, rules = _accepted(rca)
    assert row.decided_at is not None and row.check_at is not None
    if lacks := lacking(row, rules, at):
        raise Refused(f"{uncompared(lacks)}; say whether it worked")
    asked_for = row.tickets.filter(ticket__opened_at__lt=row.decided_at)
    latest = asked_for.aggregate(at=Max("ticket__opened_at"))["at"] or row.demanded_at
    found = effect_of(row, rules, latest=latest + timedelta(microseconds=1), at=at)
    if not found.recurred and at < row.check_at:
        raise Refused(f"nothing has recurred so far; whether it worked shows on {row.check_at:%-d %B %Y}")
    if found.recurred:
        demand_rca(rules, again(row, rules, found.after), by=by, at=at)
    after, before = found.after.tickets, found.before.tickets
    said = f"{row.record.title}: {after} like {'ticket' if after == 1 else 'tickets'} since it was accepted, {before} in as long a time before."
    return _checked(row, rules, found.document(), said, by, at)


@transaction.atomic
def judge_effect(*, rca: Rca, worked: bool, reason: str, by: Person, at: datetime) -> Rca:
    """A person says whether the actions worked, where nothing can be compared: that it came back at any time, that they
    worked once its weeks are over. Raises Refused before that and without a reason, Conflict where it can be compared,
    when it is not accepted and when it was checked already."""
    if not reason.strip():
        raise Refused("say what shows it")
    row, rules = _accepted(rca)
    if not (lacks := lacking(row, rules, at)):
        raise Conflict("it can be compared: check its effect")
    if worked and row.check_at is not None and at < row.check_at:
        raise Refused(f"whether it worked can be said on {row.check_at:%-d %B %Y}")
    found = judged(worked=worked, reason=reason.strip(), lacks=lacks)
    return _checked(row, rules, found, f"{row.record.title}: {reason.strip()}", by, at)


def ask_to_judge(rca: Rca, at: datetime) -> None:
    """Tell the owner, once, that the weeks of a root cause are over and that nobody but a person can say whether it
    worked."""
    rules = Rules(rca.engagement)
    if rca.check_at is None or at < rca.check_at or not (lacks := lacking(rca, rules, at)):
        return
    subject, said = f"{rca.record.number}: say whether it worked", f"{rca.record.title} {uncompared(lacks)}."
    tell_client(rca, rules.domain.pk if rules.domain else None, "judge", subject, said, at)


def _accepted(rca: Rca) -> tuple[Rca, Rules]:
    lock_engagement(rca.engagement_id)  # before the root cause, as whoever asks for one does
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement__tenant"), pk=rca.pk)
    if row.state != Rca.State.ACCEPTED or row.check_at is None or row.decided_at is None:
        raise Conflict(f"it is {row.get_state_display().lower()}, so there is no effect to check")
    return row, Rules(row.engagement)


def _checked(row: Rca, rules: Rules, found: dict[str, object], said: str, by: Person | None, at: datetime) -> Rca:
    recurred = found["verdict"] == "recurred"
    with records.move(row, "find recurred" if recurred else "find effective", by=by, at=at):
        row.effect = {**found, "checked_at": at.isoformat(), "weeks": rules.settings.check_weeks}
    subject = f"{row.record.number} {'has recurred' if recurred else 'was effective'}"
    domain = rules.domain.pk if rules.domain else None
    tell_client(row, domain, "checked", subject, said, at)
    tell_provider(row, "checked", subject, said, at)
    return row
