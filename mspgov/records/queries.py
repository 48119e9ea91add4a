"""What the spine knows: the chain's links, checked; what was said about an object, and who is asked to approve."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404

from mspgov.tenancy.models import Membership

from .calc.verification import Link, Mark, Walk, ended, walk
from .models import Approval, Comment, Evidence, File, Head, Record, Seal


def verified(marks: Sequence[Mark] = ()) -> Walk:
    """The entered tenant's whole chain, walked from the first link to the head and held against exported heads."""
    walked = walk(Walk(), links(), marks)
    while (end := head()) and end.position > walked.position:  # others go on writing while this reads
        further = walk(walked, links(after=walked.position), marks)
        if further.position == walked.position:
            break
        walked = further
    return ended(walked, end, marks)


def links(after: int = 0, most: int | None = None) -> Iterator[Link]:
    """The links of the chain beyond a position, at most so many."""
    rows = Seal.objects.filter(position__gt=after).select_related("record", "by").order_by("position", "pk")
    for row in (rows[:most] if most else rows).iterator(chunk_size=2000):
        record = None if row.record is None else str(row.record.public_id)
        by = None if row.by is None else str(row.by.public_id)
        yield Link(row.position, row.hash, record, row.what, row.before, row.after, by, row.at)


def head() -> Mark | None:
    """Where the chain ends; None before its first link."""
    row = Head.objects.first()
    return None if row is None else Mark(row.position, row.hash)


def agrees(mark: Mark) -> bool:
    """Whether the link at an exported head's position still has its hash."""
    return mark.position == 0 or Seal.objects.filter(position=mark.position, hash=mark.hash).exists()


@dataclass(frozen=True)
class KeptFile:
    """A file of a comment: its evidence's id, name and bytes."""

    id: UUID
    name: str
    size: int


@dataclass(frozen=True)
class CommentLine:
    """What a person said; `side` is the name of their organisation."""

    id: UUID
    section: str
    person: str
    side: str
    at: datetime
    text: str
    files: tuple[KeptFile, ...]


def thread(record: Record, section: str | None = None) -> tuple[CommentLine, ...]:
    """What was said about an object, or about one section of it, the earliest first. Three queries, however much."""
    rows = Comment.objects.filter(record=record).select_related("by", "tenant").order_by("pk")
    if section is not None:
        rows = rows.filter(section=section)
    said = list(rows)
    files: dict[int | None, list[KeptFile]] = {}
    for each in Evidence.objects.filter(comment__in=said).select_related("file").order_by("pk"):
        files.setdefault(each.comment_id, []).append(KeptFile(each.public_id, each.file.name, each.file.size))
    members = Membership.objects.filter(person__in={row.by_id for row in said}).select_related("provider")
    sides = {member.person_id: member.provider.name if member.provider else "" for member in members}
    return tuple(
        CommentLine(
            row.public_id,
            row.section,
            row.by.name,
            sides.get(row.by_id) or row.tenant.name,
            row.at,
            row.text,
            tuple(files.get(row.pk, ())),
        )
        for row in said
    )


def evidence_file(public_id: UUID, kind: str) -> File:
    """Raises Http404 for a file that is no evidence of an object of this kind that the reader sees."""
    mine = Evidence.objects.filter(record__kind=kind).select_related("file")
    return get_object_or_404(mine, public_id=public_id).file


def open_approval(record: Record, what: str) -> Approval | None:
    """What waits for a second person's word on this act."""
    rows = Approval.objects.filter(record=record, what=what, state=Approval.State.ASKED)
    return rows.select_related("asked_by").first()
