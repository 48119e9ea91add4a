"""What a person's own page shows."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404

from mspgov.mail.models import Note
from mspgov.mail.models import Preference as Told
from mspgov.mail.queries import preferences_of
from mspgov.tenancy import credentials, feeds
from mspgov.tenancy.models import Feed, Person, Session, Token
from mspgov.tenancy.queries import tokens_of

from .kinds import KINDS, words_of


@dataclass(frozen=True)
class Device:
    """A session by what may be shown of it; `id` names it without being its key."""

    id: str
    device: str
    began_at: datetime
    seen_at: datetime
    here: bool


def name_of(session: Session) -> str:
    return hashlib.sha256(f"session {session.session_key}".encode()).hexdigest()[:32]


def devices(person: Person, *, key: str | None, at: datetime) -> list[Device]:
    """Where the person is signed in: this device first, then the latest used."""
    rows = credentials.sessions_of(person, at=at)
    found = [
        Device(name_of(row), row.device or "Unknown device", row.began_at, row.seen_at, row.session_key == key)
        for row in rows
    ]
    return sorted(found, key=lambda each: not each.here)


def session_named(person: Person, name: str, *, at: datetime) -> Session:
    """One of the person's own. Raises Http404."""
    for row in credentials.sessions_of(person, at=at):
        if name_of(row) == name:
            return row
    raise Http404


def ways(person: Person) -> list[tuple[str, str, str]]:
    """(kind, in words, way) of everything that the person is or was told of."""
    chosen = preferences_of(person.pk)
    told = set(Note.objects.filter(person=person).values_list("kind", flat=True).distinct())
    return [
        (kind, words_of(kind), chosen.get(kind, Told.Way.AT_ONCE.value))
        for kind in [*KINDS, *sorted((told | set(chosen)) - set(KINDS))]
    ]


@dataclass(frozen=True)
class AccountPage:
    devices: list[Device]
    tokens: list[Token]
    feeds: list[Feed]
    ways: list[tuple[str, str, str]]
    second_factor: bool


def account_page(person: Person, *, key: str | None, at: datetime) -> AccountPage:
    return AccountPage(
        devices(person, key=key, at=at),
        [t for t in tokens_of(person.pk) if t.revoked_at is None and t.expires_at > at],
        feeds.feeds_of(person.pk),
        ways(person),
        credentials.has_second_factor(person),
    )
