"""People are told: notes become e-mails, e-mails are claimed, sent and marked."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid
from smtplib import SMTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import Min
from django.template.loader import render_to_string
from django.utils import timezone

from mspgov.kernel.refusals import Conflict
from mspgov.records import services as records
from mspgov.tenancy.bulk import insert_rows
from mspgov.tenancy.context import across, enter
from mspgov.tenancy.models import Membership, Person, Tenant

from .models import Mail, Note, Preference

DIGEST_HOUR = 7  # on the reader's clock
DOUBT_AFTER = timedelta(minutes=10)
ATTEMPTS = 5
SINGLY = 5  # notes to one person at one time that get an e-mail each; more of them share one
LISTED = 50  # notes that one e-mail spells out
AT_MOST = 200
log = logging.getLogger("mspgov.mail")


@dataclass(frozen=True)
class NewNote:
    """`key` names the occasion: a person is told of it once. `path` is the page to open, from the root."""

    person: Person
    kind: str
    key: str
    subject: str
    text: str
    path: str = ""


@transaction.atomic
def tell(tenant: Tenant, notes: Iterable[NewNote], *, at: datetime) -> int:
    """Keep the notes that are new and queue an e-mail for each that its reader wants at once. The number of queries
    does not grow with the notes. Returns how many were new."""
    wanted = {(note.person.pk, note.key): note for note in notes}
    people = {pk for pk, _ in wanted}
    known = Note.objects.filter(person__in=people, key__in={key for _, key in wanted}).values_list("person_id", "key")
    for each in known:
        wanted.pop(each, None)
    ways = {
        (person, kind): way
        for person, kind, way in Preference.objects.filter(person__in=people).values_list("person_id", "kind", "way")
    }
    way_of = {each: ways.get((note.person.pk, note.kind), Preference.Way.AT_ONCE) for each, note in wanted.items()}
    at_once = defaultdict(list)
    for each, note in wanted.items():
        if way_of[each] == Preference.Way.AT_ONCE:
            at_once[note.person].append(note)
    houses = _houses(tenant, at_once)
    bundles = [(person, notes) for person, told in at_once.items() for notes in _bundles(told)]
    mails = Mail.objects.bulk_create(
        written(tenant, person, notes, house=houses.get(person.pk, ""), at=at) for person, notes in bundles
    )
    mailed = {(n.person.pk, n.key): mail.pk for mail, (_, notes) in zip(mails, bundles, strict=True) for n in notes}
    columns = ("person", "kind", "key", "subject", "text", "path", "at", "mail", "settled")
    rows = (
        (n.person.pk, n.kind, n.key, n.subject, n.text, n.path, at, mailed.get(each), way_of[each] != Preference.Way.DAILY)
        for each, n in wanted.items()
    )  # fmt: skip
    return insert_rows(Note, columns, rows)


def _houses(tenant: Tenant, people: Iterable[Person]) -> dict[int, str]:
    """The organisation that each works for: the provider's, where they are a provider's."""
    members = Membership.objects.filter(person__in=list(people)).values_list("person_id", "provider__name")
    return {person: provider or tenant.name for person, provider in members}


def _bundles(told: list[NewNote]) -> list[list[NewNote]]:
    """An e-mail for each note; what comes to a person in numbers at once comes in one."""
    return [[note] for note in told] if len(told) <= SINGLY else [told]


def written(tenant: Tenant, person: Person, notes: Sequence[Note | NewNote], *, house: str, at: datetime) -> Mail:
    """An e-mail, not saved, that tells one or several notes of one tenant to somebody who works for `house`; text and HTML
    say the same."""
    one = notes[0] if len(notes) == 1 else None
    subject = one.subject if one else f"{len(notes):,} messages"
    told = {
        "tenant": tenant,
        "person": person,
        "house": house,
        "notes": [
            {"subject": n.subject, "text": n.text, "href": f"{settings.ADDRESS}{n.path}" if n.path else ""}
            for n in notes[:LISTED]
        ],
        "more": len(notes) - LISTED if len(notes) > LISTED else 0,
        "home": f"{settings.ADDRESS}/o/{tenant.slug}/",
        "preferences": f"{settings.ADDRESS}/o/{tenant.slug}/account/",
    }  # fmt: skip
    return Mail(
        person=person,
        address=person.email,
        subject=" ".join(f"{tenant.name}: {subject}".split())[:300],
        text=render_to_string("mail/message.txt", told),
        html=render_to_string("mail/message.html", told),
        message_id=make_msgid(domain=settings.MAIL_DOMAIN),
        queued_at=at,
        send_at=at,
    )


def sweep() -> int:
    """Gather digests that are due, send what waits, and call doubtful what a dead worker left. Returns what was sent."""
    at, sent = timezone.now(), 0
    for tenant in Tenant.objects.filter(pk__in=_tenants_with_notes()):
        with enter(tenant.pk):
            gather_digests(tenant, at=at)
    waiting = across(Mail, reason="e-mails of every tenant leave by one door").filter(send_at__lte=at)
    claimed = waiting.filter(state=Mail.State.CLAIMED, claimed_at__lt=at - DOUBT_AFTER)
    for tenant_id in set(claimed.values_list("tenant_id", flat=True)):
        with enter(tenant_id):
            _doubt(at - DOUBT_AFTER)
    queued = waiting.filter(state=Mail.State.QUEUED).order_by("send_at", "pk")
    for tenant_id, pk in list(queued.values_list("tenant_id", "pk")[:AT_MOST]):
        sent += deliver(tenant_id, pk)
    return sent


def _tenants_with_notes() -> set[int]:
    notes = across(Note, reason="whose digest may be due").filter(settled=False)
    return set(notes.values_list("tenant_id", flat=True).distinct())


@transaction.atomic
def gather_digests(tenant: Tenant, *, at: datetime) -> int:
    """One e-mail for each person whose clock has passed the hour of the digest since their oldest unsent note. Only
    notes that are due are read and locked: many wait for a day, and this is asked every few seconds."""
    waiting = Note.objects.filter(settled=False)
    oldest = dict(waiting.order_by().values_list("person").annotate(Min("at")))
    people = Person.objects.filter(pk__in=oldest)
    passed = [person.pk for person in people if digest_after(oldest[person.pk], tenant, person) <= at]
    if not passed:
        return 0
    notes = waiting.filter(person__in=passed).select_for_update(of=("self",), skip_locked=True)
    by_person: dict[Person, list[Note]] = defaultdict(list)
    for note in notes.select_related("person").order_by("at", "pk"):
        by_person[note.person].append(note)
    due = {person: told for person, told in by_person.items() if digest_after(told[0].at, tenant, person) <= at}
    houses = _houses(tenant, due)
    mails = {
        person: written(tenant, person, told, house=houses.get(person.pk, ""), at=at) for person, told in due.items()
    }
    Mail.objects.bulk_create(mails.values())
    told_now = [note for told in due.values() for note in told]
    for note in told_now:
        note.mail, note.settled = mails[note.person], True
    Note.objects.bulk_update(told_now, ["mail", "settled"], batch_size=1000)
    return len(mails)


def digest_after(instant: datetime, tenant: Tenant, person: Person) -> datetime:
    """The next hour of the digest on the reader's clock."""
    local = instant.astimezone(ZoneInfo(person.time_zone or tenant.time_zone))
    hour = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return hour if hour > local else hour + timedelta(days=1)


def deliver(tenant_id: int, mail_id: int) -> bool:
    """Claim, send, mark: each in its own transaction, so that nothing is sent twice. True when it left."""
    with enter(tenant_id):
        claimed = Mail.objects.filter(pk=mail_id, state=Mail.State.QUEUED).update(
            state=Mail.State.CLAIMED, claimed_at=timezone.now()
        )
        mail = Mail.objects.select_related("person").get(pk=mail_id)
        reads = Membership.objects.filter(person=mail.person, active=True, person__is_active=True).exists()
        if claimed and not reads:
            _mark(mail, Mail.State.DROPPED, error="the reader has left")
    if not claimed or not reads:
        return False
    try:
        _send(mail)
    except (SMTPException, OSError) as error:
        with enter(tenant_id):
            _mark_failure(mail, error)
        return False
    with enter(tenant_id):
        _mark(mail, Mail.State.SENT, sent_at=timezone.now())
    return True


def _send(mail: Mail) -> None:
    message = EmailMultiAlternatives(
        mail.subject, mail.text, to=[mail.address], headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
        connection=get_connection(),
    )  # fmt: skip
    message.attach_alternative(mail.html, "text/html")
    message.send()


def _mark(mail: Mail, state: str, **values: object) -> None:
    Mail.objects.filter(pk=mail.pk, state=Mail.State.CLAIMED).update(state=state, **values)


def _mark_failure(mail: Mail, error: Exception) -> None:
    """A refusal by the server is tried again, later each time; the last one ends it."""
    tries, why = mail.attempts + 1, f"{type(error).__name__}: {error}"
    log.warning("e-mail %s did not leave: %s", mail.pk, why)
    if tries >= ATTEMPTS:
        _mark(mail, Mail.State.FAILED, attempts=tries, error=why)
    else:
        _mark(mail, Mail.State.QUEUED, attempts=tries, error=why, send_at=timezone.now() + timedelta(minutes=4**tries))


def _doubt(before: datetime) -> None:
    Mail.objects.filter(state=Mail.State.CLAIMED, claimed_at__lt=before).update(
        state=Mail.State.DOUBTFUL, error="the worker ended between sending and marking; it may have left"
    )


@transaction.atomic
def send_again(*, mail: Mail, by: Person, at: datetime) -> None:
    """Queue a doubtful or failed e-mail once more, by a person who has looked. Raises Conflict when it is neither."""
    row: Mail = records.locked(Mail.objects, pk=mail.pk)
    if row.state not in {Mail.State.DOUBTFUL, Mail.State.FAILED}:
        raise Conflict("only an e-mail that failed or is doubtful can be sent again")
    Mail.objects.filter(pk=row.pk).update(state=Mail.State.QUEUED, send_at=at, attempts=0, error="")
    records.seal(None, what="mail.again", before={"state": row.state}, after={"mail": str(row.public_id)}, by=by, at=at)


@transaction.atomic
def prefer(*, person: Person, kind: str, way: str, at: datetime) -> None:
    """How this person wants to be told about a kind of thing."""
    row, _ = Preference.objects.get_or_create(person=person, kind=kind)
    if row.way != way:
        row.way = way
        row.save()
