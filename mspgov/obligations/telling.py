"""Those for whom a request for more time waits, and whoever asked, are told of it by e-mail, once."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from mspgov.mail import services as mail
from mspgov.mail.services import NewNote
from mspgov.tenancy import offices
from mspgov.tenancy.models import Person
from mspgov.web import words

from .models import Extension, Obligation, Side
from .queries import path_of

KIND = "obligations.extension"


def tell_asked(row: Obligation, asked: Extension, at: datetime) -> None:
    """Those who accept it, for they answer."""
    domain = row.domain_id if row.owed_by == Side.PROVIDER else None
    people = offices.directory(row.tenant, at).holders(row.accepted_by, row.engagement_id, domain_id=domain)
    text = (
        f"{row.record.number}: {asked.asked_by} asks for time until {_day(row, asked.until, at)}. {asked.reason}\n"
        f"It stays due by {_day(row, row.due_at, at)} until this is granted."
    )
    readers = [person for person in people if person != asked.asked_by] if row.accepted_by else []
    _tell(row, asked, readers, "asked", "more time is asked for", text, at)


def tell_answered(row: Obligation, asked: Extension, at: datetime) -> None:
    """Whoever asked, unless they answered themselves."""
    granted = asked.state == Extension.State.GRANTED
    text = f"{row.record.number} is {'now' if granted else 'still'} due by {_day(row, row.due_at, at)}. {asked.answer}"
    readers = [asked.asked_by] if asked.asked_by != asked.decided_by else []
    _tell(row, asked, readers, "answered", f"more time is {'granted' if granted else 'refused'}", text.strip(), at)


def _day(row: Obligation, due_at: datetime, at: datetime) -> str:
    """In the zone where it is owed, as the request was written."""
    zone = ZoneInfo((row.engagement or row.tenant).time_zone)
    return words.due(due_at, at.astimezone(zone).date(), zone)


def _tell(
    row: Obligation, asked: Extension, people: Iterable[Person], occasion: str, said: str, text: str, at: datetime
) -> None:
    key, path = f"extension/{asked.public_id}/{occasion}", path_of(row.tenant, row.public_id)
    subject = f"{row.record.title[:200]}: {said}"
    mail.tell(row.tenant, [NewNote(person, KIND, key, subject, text, path) for person in people], at=at)
