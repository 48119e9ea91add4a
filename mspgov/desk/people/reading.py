"""A file of people to invite: every fault of every row in one pass, or whom each row invites."""

import difflib
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Refused
from mspgov.tenancy.models import Engagement, Invitation, Membership, Provider
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import check_side
from mspgov.web.record_files import UTF_8, Value, read_file
from mspgov.web.record_reading import MISSING, Checked, Planned, RowFault

MOST = 100  # each gets a letter
HEADS = {"name": "Name", "email": "E-mail", "roles": "Roles", "provider": "Provider", "engagements": "Engagements"}
SAID = {"mail": "email", "e-mail address": "email", "role": "roles", "msp": "provider", "works for": "provider", "engagement": "engagements"}  # fmt: skip
NEEDED = ("name", "email", "roles")
PATHS = {"role": "roles", "provider": "provider", "engagement": "engagements"}
LONGEST_NAME = 200


@dataclass(frozen=True)
class Known:
    """What the rows of a file are held against, read once: people by address, open offers by address, and what may be named."""

    members: dict[str, Membership]
    waiting: dict[str, Invitation]
    providers: list[Provider]
    engagements: list[Engagement]


def known_now(at: datetime) -> Known:
    members = Membership.objects.select_related("person")
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None).select_related("provider")
    return Known(
        {m.person.email: m for m in members},
        {i.email: i for i in waiting if i.is_open(at)},
        list(Provider.objects.order_by("name")),
        list(Engagement.objects.select_related("provider").order_by("name")),
    )


def check(known: Known, *, name: str, size: int, stream: IO[bytes], encoding: str = UTF_8) -> Checked:
    """Read a file of people. Raises Refused for a file that is none, and for more people than are invited at once."""
    read = read_file(name, size, stream, encoding)
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    if not read.rows:
        raise Refused(f"{name} has heads and no rows")
    if len(read.rows) > MOST:
        raise Refused(f"{name} has {len(read.rows):,} people; at most {MOST} are invited at once, divide it")
    columns, faults = _columns(read.heads)
    planned: list[Planned] = []
    first: dict[str, int] = {}
    for number, cells in read.rows:
        texts = {column: _text(cells, place) for place, column in enumerate(columns) if column}
        row = _Row(number, texts, known)
        row.read(first)
        faults += row.faults
        if not row.faults and all(column in texts for column in NEEDED):
            planned.append(row.planned())
    return Checked(tuple(faults), () if faults else tuple(planned), digest)


def _columns(heads: Iterable[str]) -> tuple[list[str], list[RowFault]]:
    """What each column is, empty for one that is not read; and the faults of the head."""
    names = {label.lower(): key for key, label in HEADS.items()} | {key: key for key in HEADS} | SAID
    columns: list[str] = []
    faults = []
    for head in heads:
        key = names.get(head.lower(), "")
        if not key:
            faults.append(RowFault(1, head or "(empty)", "is no column of people", _near(head, HEADS.values()), head))
        elif key in columns:
            faults.append(RowFault(1, head, "stands there twice", value=head))
            key = ""
        columns.append(key)
    faults += [RowFault(1, HEADS[key], MISSING) for key in NEEDED if key not in columns]
    return columns, faults


def _text(cells: tuple[Value, ...], place: int) -> str:
    return "" if place >= len(cells) or cells[place] is None else str(cells[place]).strip()


class _Row:
    """One person of a file."""

    def __init__(self, number: int, texts: dict[str, str], known: Known) -> None:
        self.number, self.texts, self.known = number, texts, known
        self.faults: list[RowFault] = []
        self.email = texts.get("email", "").lower()
        self.roles: list[str] = []
        self.provider: Provider | None = None
        self.engagements: list[Engagement] = []

    def wrong(self, column: str, why: str, suggestion: str = "", value: str | None = None) -> None:
        shown = self.texts.get(column, "") if value is None else value
        self.faults.append(RowFault(self.number, HEADS[column], why, suggestion, shown))

    def read(self, first: dict[str, int]) -> None:
        if "name" in self.texts and not self.texts["name"]:
            self.wrong("name", "must not be empty")
        if len(self.texts.get("name", "")) > LONGEST_NAME:
            self.wrong("name", f"has more than {LONGEST_NAME} characters")
        if "email" in self.texts:
            self._address(first)
        if "roles" in self.texts:
            self.roles = [role for text in _several(self.texts["roles"]) if (role := self._role(text))]
            if not self.texts["roles"]:
                self.wrong("roles", "must not be empty")
        self.provider = self._provider(self.texts.get("provider", ""))
        named = [self._engagement(text) for text in _several(self.texts.get("engagements", ""))]
        self.engagements = [each for each in named if each is not None]
        sides = {HEADS[column] for column in ("roles", "provider", "engagements")}
        if "roles" in self.texts and not sides & {fault.column for fault in self.faults}:
            self._sides()

    def _address(self, first: dict[str, int]) -> None:
        try:
            validate_email(self.email)
        except ValidationError:
            self.wrong("email", "is no e-mail address" if self.email else "must not be empty")
            return
        if (row := first.setdefault(self.email, self.number)) != self.number:
            self.wrong("email", f"stands in row {row} already")
        if member := self.known.members.get(self.email):
            here = "is a member already" if member.active else "was a member; reactivate them on their page"
            self.wrong("email", f"{member.person.name} {here}")

    def _role(self, text: str) -> str:
        named = {said: role.value for role in Role for said in (role.label.lower(), role.value)}
        if text.lower() in named:
            return named[text.lower()]
        self.wrong("roles", "is no role", _near(text, [role.label for role in Role]), text)
        return ""

    def _provider(self, text: str) -> Provider | None:
        if not text or text.lower() in {"client", "the client"}:
            return None
        for each in self.known.providers:
            if text.lower() in {each.name.lower(), each.slug}:
                if each.ended_at is not None:
                    self.wrong("provider", "is deactivated; reactivate it first")
                return each
        self.wrong("provider", "there is no MSP of this name", _named_near(text, self.known.providers))
        return None

    def _engagement(self, text: str) -> Engagement | None:
        own = [e for e in self.known.engagements if self.provider is None or e.provider_id == self.provider.pk]
        for each in self.known.engagements:
            if text.lower() in {each.name.lower(), each.slug}:
                return each
        self.wrong("engagements", "there is no engagement of this name", _named_near(text, own), text)
        return None

    def _sides(self) -> None:
        try:
            check_side(self.roles, self.provider, self.engagements)
        except Fault as fault:
            self.wrong(PATHS.get(fault.path, "roles"), fault.why)
            return
        if self.provider is not None and not self.engagements:
            self.wrong("engagements", "choose at least one: an MSP's people see nothing else")

    def planned(self) -> Planned:
        """Whom the row invites; an offer that waits already is known again."""
        roles = ", ".join(Role(role).label for role in self.roles)
        said = {
            "Roles": roles,
            "Works for": self.provider.name if self.provider else "the client",
            "Engagements": ", ".join(each.name for each in self.engagements),
        }
        values: dict[str, Any] = {
            "name": self.texts["name"], "email": self.email, "roles": self.roles,
            "provider": self.provider.slug if self.provider else "", "engagements": [e.slug for e in self.engagements],
        }  # fmt: skip
        label = f"{self.texts['name']}, {self.email}"
        earlier = self.known.waiting.get(self.email)
        if earlier is None:
            return Planned(self.number, label, values, [[key, "", text] for key, text in said.items() if text])
        changes = []
        if not self._is_like(earlier):
            told = " and ".join(Role(role).label.lower() for role in earlier.roles)
            changes = [["Invitation", f"as {told}, whose link will be dead", f"as {roles.lower()}"]]
        return Planned(self.number, label, values, changes, str(earlier.public_id))

    def _is_like(self, earlier: Invitation) -> bool:
        return (
            earlier.name == self.texts["name"]
            and sorted(earlier.roles) == sorted(self.roles)
            and earlier.provider_id == (self.provider.pk if self.provider else None)
            and set(earlier.engagements) == {each.public_id for each in self.engagements}
        )


def _several(text: str) -> list[str]:
    return [part.strip() for part in re.split("[,;]", text) if part.strip()]


def _named_near(text: str, allowed: Sequence[Provider | Engagement]) -> str:
    """The name of the one that is near by its name or its short name."""
    by_slug = {each.slug: each.name for each in allowed}
    return _near(text, by_slug.values()) or by_slug.get(_near(text, by_slug), "")


def _near(text: str, allowed: Iterable[str]) -> str:
    by_lower = {each.lower(): each for each in allowed}
    found = difflib.get_close_matches(text.lower(), by_lower, 1, 0.6)
    return by_lower[found[0]] if found else ""
