"""Obligations are raised, answered, extended, waived; and swept: reminders, breaches and escalations, each once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from mspgov.jobs.services import log
from mspgov.kernel.faults import Fault
from mspgov.kernel.planned import too_far
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Record
from mspgov.records.services import NewFile
from mspgov.tenancy import offices
from mspgov.tenancy.context import across, enter
from mspgov.tenancy.models import Engagement, Person, ServiceDomain, Tenant
from mspgov.tenancy.policy import Role

from . import ringing, telling
from .calc.deadlines import instants_before
from .calc.schedule import occurrences, read_schedule, upcoming
from .models import Alarm, Extension, Obligation, Recurring, Side
from .ringing import Swept, fire

KIND = "obligation"
REMINDERS = (timedelta(days=7), timedelta(days=2))
BEHIND = timedelta(days=400)
MOST_TIME = YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Step:
    """A step of escalation: who is told how long after the due instant that it is still owed."""

    name: str
    role: str
    after: timedelta
    person: Person | None = None


@transaction.atomic
def raise_obligation(
    *,
    key: str,
    title: str,
    due_at: datetime,
    owed_by: Side,
    role: Role,
    at: datetime,
    by: Person | None = None,
    kind: str = "duty",
    engagement: Engagement | None = None,
    about: Record | None = None,
    person: Person | None = None,
    domain: ServiceDomain | None = None,
    accepted_by: str = "",
    text: str = "",
    needs_evidence: bool = False,
    reminders: Sequence[timedelta] = REMINDERS,
    escalation: Sequence[Step] = (),
    lapses: bool = False,
) -> Obligation:
    """What is owed by `due_at`, raised once: the same key gives the same obligation, as it stands. One that `lapses` is
    ended at `due_at` by what raised it, which tells people so: that it is late is not told beside. Raises Refused when
    it would be due before it is raised, or when a provider would owe something outside an engagement."""
    if known := Obligation.objects.filter(key=key).first():
        return known
    if due_at <= at:
        raise Refused("it would be due before it is raised")
    if owed_by == Side.PROVIDER and engagement is None:
        raise Refused("a provider owes within an engagement")
    record = records.open_record(
        kind=KIND, prefix="OB", title=title[:300], engagement=engagement, state=Obligation.State.OPEN, at=at
    )
    row = Obligation(
        record=record, about=about, key=key, kind=kind, engagement=engagement, owed_by=owed_by, role=role, person=person, domain=domain,
        accepted_by=accepted_by, text=text, needs_evidence=needs_evidence, raised_at=at, due_at=due_at, first_due_at=due_at,
    )  # fmt: skip
    row._history_user = by
    row.save()
    _set_alarms(row, reminders, escalation, not_before=at, lapses=lapses)
    after = records.snapshot(row)
    records.seal(record.pk, what="raise", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id)
    return row


def _set_alarms(
    row: Obligation, reminders: Iterable[timedelta], escalation: Iterable[Step], *, not_before: datetime, lapses: bool
) -> None:
    def alarm(kind: str, at: datetime, **who: object) -> Alarm:
        return Alarm(engagement_id=row.engagement_id, obligation=row, kind=kind, at=at, **who)

    Alarm.objects.bulk_create(
        [
            *(alarm(Alarm.Kind.REMINDER, at) for at in instants_before(row.due_at, reminders, not_before=not_before)),
            *([] if lapses else [alarm(Alarm.Kind.BREACH, row.due_at)]),
            *(
                alarm(
                    Alarm.Kind.ESCALATION, row.due_at + step.after, step=step.name, role=step.role, person=step.person
                )
                for step in escalation
            ),
        ]
    )


def living_about(record: Record) -> list[Obligation]:
    """What is still to be done about a governed object."""
    return list(Obligation.objects.living().filter(about=record).order_by("pk"))


@transaction.atomic
def acknowledge(*, obligation: Obligation, by: Person, at: datetime) -> Obligation:
    """Whoever owes it has seen it. Raises Conflict when it has moved on."""
    row = _locked(obligation)
    with records.move(row, "acknowledge", by=by, at=at):
        pass
    return row


@transaction.atomic
def hand_in(
    *, obligation: Obligation, note: str, by: Person | None, at: datetime, files: Iterable[NewFile] = (),
    has_evidence: bool = False,
) -> Obligation:  # fmt: skip
    """It is done: ended, or submitted to the office that accepts it, with its files. Late is what comes at the due
    instant or after; a request for more time that nobody answered is overtaken. `has_evidence` says that files were
    kept with the record that it is about. Raises Refused when evidence is needed and there is none and for a file that
    does not pass the gate, Conflict when it has moved on."""
    row = _locked(obligation)
    also = {} if by is None else records.keep_files(record=row.record, files=files, by=by, at=at, anew=True)
    if row.needs_evidence and not (also or has_evidence):
        raise Refused("evidence is needed: add a file first")
    if _overtaken(row, by, at):
        also["extension"] = Extension.State.LAPSED
    verb = "submit" if row.accepted_by else "complete"
    with records.move(row, verb, by=by, at=at, also=also):
        row.submitted_at, row.note = at, note
        row.ended_at = None if row.accepted_by else at
        if row.due_at <= at and row.breached_at is None:
            row.breached_at = row.due_at
    if verb == "complete":
        _silence(row)
    return row


@transaction.atomic
def accept(*, obligation: Obligation, by: Person | None, at: datetime) -> Obligation:
    """What was handed in is good. Raises Conflict when it is not handed in."""
    row = _locked(obligation)
    with records.move(row, "accept", by=by, at=at):
        row.ended_at = at
    _silence(row)
    return row


@transaction.atomic
def send_back(
    *, obligation: Obligation, reason: str, by: Person, at: datetime, until: datetime | None = None
) -> Obligation:
    """What was handed in is not enough; the due instant stays, or moves to `until` where that is later. Raises Refused
    without a reason, Conflict when it is not handed in."""
    _need(reason, "say what is missing")
    row = _locked(obligation)
    with records.move(row, "return", by=by, at=at):
        row.note, row.submitted_at = reason, None
        if until is not None and until > row.due_at:
            _move_alarms(row, until - row.due_at, at=at)
            row.due_at = until
    return row


@transaction.atomic
def waive(*, obligation: Obligation, reason: str, by: Person, at: datetime) -> Obligation:
    """It need not be done. Raises Refused without a reason, Conflict when it has ended and for one that belongs to
    another record: that would go on waiting for it."""
    _need(reason, "a waiver needs its reason")
    if obligation.about is not None:
        raise Conflict(f"it belongs to {obligation.about.number}: it is ended there")
    return _ended(obligation, "waive", reason, by, at)


@transaction.atomic
def withdraw(*, obligation: Obligation, reason: str, by: Person | None, at: datetime) -> Obligation:
    """What it came from no longer stands. What is still owed at its due instant was late. Raises Conflict when it has
    ended."""
    return _ended(obligation, "withdraw", reason, by, at)


def _ended(obligation: Obligation, verb: str, reason: str, by: Person | None, at: datetime) -> Obligation:
    row = _locked(obligation)
    late = row.state in Obligation.OWED and row.due_at <= at
    with records.move(row, verb, by=by, at=at):
        row.note, row.ended_at = reason, at
        row.breached_at = row.due_at if late else row.breached_at
    _silence(row)
    return row


@transaction.atomic
def ask_extension(*, obligation: Obligation, until: datetime, reason: str, by: Person, at: datetime) -> Extension:
    """More time is asked for; whoever accepts it is told. Raises Refused without a reason, for an instant that is no later than the due one, after
    the due instant, and while another request waits."""
    _need(reason, "say why more time is needed")
    row = _locked(obligation)
    if row.state not in Obligation.OWED:
        raise Conflict("it is no longer owed")
    if until <= row.due_at:
        raise Refused("the new due date must be later than the present one")
    if until > row.due_at + MOST_TIME:
        raise Refused("at most a year more can be asked for")
    if row.due_at <= at:
        raise Refused("it is late already: an extension is asked for before the due date")
    if row.extensions.filter(state=Extension.State.ASKED).exists():
        raise Refused("an extension has been asked for and waits for an answer")
    asked = Extension(
        engagement_id=row.engagement_id, obligation=row, until=until, reason=reason, asked_by=by, asked_at=at
    )
    asked._history_user = by
    asked.save()
    telling.tell_asked(row, asked, at)
    _seal(row, "ask extension", {}, {"until": until.isoformat(), "reason": reason}, by, at)
    return asked


@transaction.atomic
def decide_extension(*, extension: Extension, grant: bool, answer: str, by: Person, at: datetime) -> Obligation:
    """Granted: the due instant moves, what was to alarm moves with it; where it was asked for before the due instant that
    has passed, that is no breach any more. Refused needs its reason. Whoever asked is told. Raises Conflict when it was decided already or
    nothing is owed any more, and for a grant that would give no time: of an instant that has passed, or is no later
    than the present due one."""
    if not grant:
        _need(answer, "say why not")
    row = _locked(extension.obligation)
    asked: Extension = records.locked(Extension.objects, pk=extension.pk)
    if asked.state != Extension.State.ASKED:
        raise Conflict(f"the request is already {asked.get_state_display().lower()}")
    if row.state not in Obligation.OWED:
        raise Conflict(f"it is {row.get_state_display().lower()} meanwhile")
    if grant and asked.until <= max(row.due_at, at):
        over = "is over" if asked.until <= at else "is no later than the present due date"
        raise Conflict(f"the time that was asked for {over}; refuse it, so that more can be asked for")
    asked.state = Extension.State.GRANTED if grant else Extension.State.REFUSED
    asked.decided_by, asked.decided_at, asked.answer, asked._history_user = by, at, answer, by
    asked.save()
    before = {"due_at": row.due_at.isoformat()}
    if grant:
        _move_alarms(row, asked.until - row.due_at, at=at)
        row.due_at, row._history_user = asked.until, by
        if row.breached_at is not None and asked.asked_at < row.breached_at:
            row.breached_at = None
        row.save()
    telling.tell_answered(row, asked, at)
    after = {"due_at": row.due_at.isoformat(), "extension": asked.state, "answer": answer}
    _seal(row, "decide extension", before, after, by, at)
    return row


def _overtaken(row: Obligation, by: Person | None, at: datetime) -> bool:
    """End a request for more time that nobody answered; whether there was one."""
    asked: Extension | None = row.extensions.filter(state=Extension.State.ASKED).first()
    if asked is None:
        return False
    asked.state, asked.decided_by, asked.decided_at, asked._history_user = Extension.State.LAPSED, by, at, by
    asked.answer = "It was handed in."
    asked.save()
    return True


def _move_alarms(row: Obligation, later: timedelta, *, at: datetime) -> None:
    """What has not fired moves; what has fired and lies ahead again fires again."""
    again = []
    for alarm in row.alarms.all():
        moved = alarm.at + later
        if alarm.fired_at is None:
            alarm.at = moved
            alarm.save(update_fields=["at"])
        elif moved > at:
            again.append(
                Alarm(engagement_id=row.engagement_id, obligation=row, kind=alarm.kind, at=moved, step=alarm.step,
                      role=alarm.role, person=alarm.person)
            )  # fmt: skip
    Alarm.objects.bulk_create(again)


def _silence(row: Obligation) -> None:
    row.alarms.filter(fired_at__isnull=True).delete()


def _locked(obligation: Obligation) -> Obligation:
    return records.locked(Obligation.objects.select_related("record"), pk=obligation.pk)


def _need(text: str, why: str) -> None:
    if not text.strip():
        raise Refused(why)


def _seal(row: Obligation, what: str, before: dict[str, str], after: dict[str, str], by: Person, at: datetime) -> None:
    records.seal(row.record_id, what=what, before=before, after=after, by=by, at=at, engagement_id=row.engagement_id)


@transaction.atomic
def schedule(row: Recurring, *, engagement: Engagement, by: Person, at: datetime, **terms: Any) -> Recurring:
    """Keep a schedule, new or changed, in the engagement's zone. It raises what falls due from now on; occurrences that
    have passed are not raised. Raises Fault at the field for a rule that cannot be read, and for a first day more than a
    year ago or three years ahead."""
    if not row.pk or row.first.date() != terms["first"].date():
        _check_first(terms["first"].date(), at.date())
    read = read_schedule(terms["rule"], terms["first"], engagement.time_zone)
    before = records.snapshot(Recurring.objects.select_for_update().get(pk=row.pk)) if row.pk else {}
    for name, value in {**terms, "rule": read.rule, "time_zone": read.time_zone}.items():
        setattr(row, name, value)
    row.engagement = engagement
    row.raised_until = max(row.raised_until, at) if row.pk else at
    return _kept(row, before, by, at)


def _check_first(first: date, today: date) -> None:
    """Raises Fault for a first day that is not about now: each occurrence since is counted from it."""
    early = "give a day of the past year or a later one" if today - first > YEAR else ""
    if why := too_far(first, today) or early:
        raise Fault("first_on", why)


@transaction.atomic
def turn(*, recurring_id: object, by: Person, at: datetime) -> Recurring:
    """Pause a schedule, or let it go on from now. Raises Http404."""
    row: Recurring = records.locked(Recurring.objects, public_id=recurring_id)
    before = records.snapshot(row)
    row.active, row.raised_until = not row.active, max(row.raised_until, at)
    return _kept(row, before, by, at)


def _kept(row: Recurring, before: dict[str, str], by: Person, at: datetime) -> Recurring:
    _plan(row)
    row._history_user = by
    row.save()
    what, after = f"recurring.{'change' if before else 'create'}", records.snapshot(row)
    records.seal(None, what=what, before=before, after=after, by=by, at=at, engagement_id=row.engagement_id)
    return row


def _plan(row: Recurring) -> None:
    following = upcoming(row.schedule, row.raised_until, 1)
    row.next_raise_at = following[0].at - timedelta(days=row.lead_days) if following else None


def sweep(at: datetime | None = None) -> Swept:
    """Raise and fire all that is due, tenant by tenant. Two sweeps at once share the work; one that was away for a day
    catches up, and nothing happens twice."""
    now, total = at or timezone.now(), Swept()
    for tenant in Tenant.objects.filter(pk__in=_tenants_with_something_due(now)):
        try:
            with enter(tenant.pk):
                total += Swept(raised=raise_recurring(now))
        except Exception:  # what is to be raised must not silence what is due
            log.exception("the schedules of %s were not swept", tenant.slug)
        try:
            while True:
                with enter(tenant.pk):
                    swept = fire(tenant, now)
                total += swept
                if swept.fired < ringing.AT_ONCE:
                    break
        except Exception:  # one tenant's fault must not silence the others
            log.exception("the sweep of %s failed", tenant.slug)
    return total


def _tenants_with_something_due(now: datetime) -> set[int]:
    alarms = across(Alarm, reason="whose alarms are due").filter(fired_at__isnull=True, at__lte=now)
    schedules = across(Recurring, reason="whose schedules are due").filter(active=True, next_raise_at__lte=now)
    return {pk for rows in (alarms, schedules) for pk in rows.values_list("tenant_id", flat=True).distinct()}


def raise_recurring(now: datetime) -> int:
    """Raise each occurrence that is due to be raised, those missed while nobody swept too; late ones are due at once in
    the sense that their due instant has passed. A schedule that fails is logged and left to the next sweep."""
    due = Recurring.objects.select_for_update(of=("self",), skip_locked=True)
    raised = 0
    for row in (
        due.filter(active=True, next_raise_at__lte=now).select_related("engagement", "person", "domain").order_by("pk")
    ):
        try:
            with transaction.atomic():
                raised += _raise_due(row, now)
                row.save_without_historical_record()
        except Exception:  # one schedule's fault must not silence the others
            log.exception("the schedule %s was not raised", row.public_id)
    return raised


def _raise_due(row: Recurring, now: datetime) -> int:
    lead, raised = timedelta(days=row.lead_days), 0
    for occurrence in occurrences(row.schedule, max(row.raised_until, now - BEHIND), now + lead):
        raised += _raise_occurrence(row, occurrence.wall, occurrence.at, min(now, occurrence.at - timedelta(seconds=1)))
        row.raised_until = occurrence.at
    _plan(row)
    return raised


def _raise_occurrence(row: Recurring, wall: datetime, due_at: datetime, at: datetime) -> bool:
    key = f"recurring/{row.public_id}/{wall:%Y-%m-%dT%H:%M}"
    if Obligation.objects.filter(key=key).exists():
        return False
    raise_obligation(
        key=key, title=f"{row.title}, {wall:%-d %B %Y}", due_at=due_at, owed_by=Side(row.owed_by), role=Role(row.role),
        person=row.person, domain=row.domain, accepted_by=row.accepted_by, engagement=row.engagement, kind=row.kind, text=row.text,
        needs_evidence=row.needs_evidence, at=at, reminders=[timedelta(days=d) for d in row.reminder_days],
        escalation=[Step(s["name"], s["role"], timedelta(days=s["days"])) for s in row.escalation],
    )  # fmt: skip
    return True


@transaction.atomic
def hand_over(*, leaver: Person, to: Person, on: date, by: Person, at: datetime) -> int:
    """Offices pass to one person in one step, and what the leaver owes by name with them. Returns how many of both.
    Raises Refused for somebody who cannot hold them, and for a day more than three years ahead."""
    if why := too_far(on, at.date()):
        raise Refused(why)
    handed = offices.hand_over(leaver=leaver, to=to, on=on, by=by)
    mine = list(Obligation.objects.select_for_update(of=("self",)).living().filter(person=leaver).order_by("pk"))
    for row in mine:
        row.person = to
    if mine:
        bulk_update_with_history(mine, Obligation, ["person"], batch_size=len(mine), default_user=by, default_date=at)
    if handed or mine:
        after = {"to": str(to.public_id), "offices": str(len(handed)), "obligations": str(len(mine))}
        records.seal(None, what="hand over", before={"from": str(leaver.public_id)}, after=after, by=by, at=at)
    return len(handed) + len(mine)
