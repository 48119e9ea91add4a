"""What both sides say about a governed object: comments with files, and whom they mention."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from mspgov.mail import services as mail
from mspgov.mail.services import NewNote
from mspgov.tenancy.models import Membership, MembershipEngagement, Person, Tenant
from mspgov.tenancy.policy import Permission

from . import services as records
from .calc.mentions import mentions
from .errors import Refused
from .models import Comment, Mention, Record
from .services import NewFile

KIND = "comment"


@dataclass(frozen=True)
class Said:
    """A comment just made. `unreached` are names that it mentions of people who do not see the object, or of nobody."""

    comment: Comment
    unreached: tuple[str, ...]


@transaction.atomic
def add_comment(
    *,
    tenant: Tenant,
    record: Record,
    text: str,
    reads: Permission,
    path: str,
    by: Person,
    at: datetime,
    section: str = "",
    files: Iterable[NewFile] = (),
) -> Said:
    """Say something about an object, with files as its evidence. Whoever it mentions and sees the object, by `reads` and
    by engagement, gets an e-mail that opens `path`. Raises Refused for no text and for a file that does not pass the
    gate; then nothing is kept."""
    if not text.strip():
        raise Refused("say something, or leave it")
    comment = Comment.objects.create(
        engagement_id=record.engagement_id, record=record, section=section, text=text.strip(), by=by, at=at
    )
    kept = [
        records.keep_evidence(record=record, name=name, size=size, stream=stream, by=by, at=at, comment=comment)[0]
        for name, size, stream in files
    ]
    reached, unreached = _mentioned(record, text, reads)
    Mention.objects.bulk_create(
        Mention(engagement_id=record.engagement_id, comment=comment, person=person) for person in reached
    )
    subject = f"{by.name} mentioned you: {record.number}"
    notes = [NewNote(p, KIND, f"mention/{comment.pk}", subject[:250], text.strip(), path) for p in reached if p != by]
    mail.tell(tenant, notes, at=at)
    after = {"section": section, "text": comment.text, "mentions": [str(person.public_id) for person in reached]}
    after |= {f"file {place}": str(records.told_of(each.file)) for place, each in enumerate(kept, 1)}
    records.seal(record.pk, what="comment", before={}, after=after, by=by, at=at, engagement_id=record.engagement_id)
    return Said(comment, unreached)


def readers(record: Record, reads: Permission) -> list[Person]:
    """The active people of the entered tenant who see an object, by name: their roles hold `reads`, and an MSP's people
    work on its engagement."""
    members = Membership.objects.filter(active=True, person__is_active=True).select_related("person")
    near = MembershipEngagement.objects.filter(engagement_id=record.engagement_id, membership__active=True)
    on_engagement = set(near.values_list("membership_id", flat=True))
    return [
        member.person
        for member in members.order_by("person__name")
        if member.holds(reads) and (not member.is_provider_side or member.pk in on_engagement)
    ]


def _mentioned(record: Record, text: str, reads: Permission) -> tuple[list[Person], tuple[str, ...]]:
    """Who is mentioned and reads it; and the names of the others."""
    if "@" not in text:
        return [], ()
    people = list(Person.objects.filter(pk__in=Membership.objects.values("person")))
    by_name = {name: person for person in people for name in (person.email, person.name)}
    found = mentions(text, by_name)
    may_read = set(readers(record, reads))
    reached = dict.fromkeys(by_name[name] for name in found.known if by_name[name] in may_read)
    unreached = [name for name in found.known if by_name[name] not in may_read]
    return list(reached), (*unreached, *found.strangers)
