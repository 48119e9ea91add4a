"""What every governed object shares: opening, locking, moving and sealing; keeping files."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, TypeVar

from django.db import models, transaction
from django.shortcuts import get_object_or_404

from mspgov.tenancy.models import Engagement, Person

from .chain import link
from .errors import Conflict
from .gate import media_type_of
from .models import Comment, Counter, Evidence, File, FilePiece, Head, Record, Seal

M = TypeVar("M", bound=models.Model)
PIECE = 2**20
NewFile = tuple[str, int, IO[bytes]]


def next_number(prefix: str, year: int) -> str:
    """'RCA-2026-0017': the next of its prefix and year; the row's lock orders those who ask at once."""
    Counter.objects.get_or_create(prefix=prefix, year=year)
    counter = Counter.objects.select_for_update().get(prefix=prefix, year=year)
    counter.latest += 1
    counter.save()
    return f"{prefix}-{year}-{counter.latest:04d}"


@transaction.atomic
def open_record(
    *, kind: str, title: str, at: datetime, engagement: Engagement | None = None, state: str = "",
    number: str | None = None, prefix: str | None = None,
) -> Record:  # fmt: skip
    """The spine row of a new governed object, with a number of its own or the next of its prefix."""
    number = number or next_number(prefix or kind[:3].upper(), at.year)
    return Record.objects.create(
        kind=kind, title=title, engagement=engagement, state=state, number=number, opened_at=at
    )


def locked(queryset: "models.QuerySet[M]", **which: Any) -> M:
    """The one row, locked until the transaction ends; joined rows are not locked. Raises Http404."""
    return get_object_or_404(queryset.select_for_update(of=("self",)), **which)


@contextmanager
def move(
    row: Any, verb: str, *, by: Person | None, at: datetime, also: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Change a locked row by a verb of its TRANSITIONS; the block sets the other fields, `also` is what else its seal
    says. Raises Conflict when the state has moved on."""
    allowed, target = row.TRANSITIONS[verb]
    if row.state not in allowed:
        raise Conflict(f"{row._meta.verbose_name} is already {row.get_state_display().lower()}")
    before = snapshot(row)
    yield
    row.state, row._history_user = target, by
    row.save()
    Record.objects.filter(pk=row.record_id).update(state=target)
    after = {**snapshot(row), **(also or {})}
    seal(row.record_id, what=verb, before=before, after=after, by=by, at=at, engagement_id=engagement_of(row))


def engagement_of(row: models.Model) -> int | None:
    return getattr(row, "engagement_id", None)


def snapshot(row: models.Model) -> dict[str, str]:
    return {f.name: str(f.value_from_object(row)) for f in row._meta.concrete_fields}


def seal(
    record_id: int | None, *, what: str, before: Mapping[str, Any], after: Mapping[str, Any], by: Person | None,
    at: datetime, engagement_id: int | None = None,
) -> None:  # fmt: skip
    """Append to the tenant's chain. The last statement of a service: the head's lock orders the tenant's writers."""
    Head.objects.get_or_create()
    head = Head.objects.select_for_update().get()
    identity = None if record_id is None else str(Record.objects.values_list("public_id", flat=True).get(pk=record_id))
    author = None if by is None else str(by.public_id)
    head.position, head.hash = head.position + 1, link(head.hash, identity, what, before, after, author, at)
    Seal.objects.create(
        position=head.position, hash=head.hash, record_id=record_id, what=what, before=before, after=after, by=by,
        at=at, engagement_id=engagement_id,
    )  # fmt: skip
    head.save()


@transaction.atomic
def keep_file(
    *, name: str, media_type: str, stream: IO[bytes], at: datetime, by: Person | None = None,
    engagement: Engagement | None = None,
) -> File:  # fmt: skip
    """Keep the bytes of a stream, piece by piece; memory does not grow with the file."""
    file = File.objects.create(
        name=name[-255:], media_type=media_type, size=0, sha256="", by=by, at=at, engagement=engagement
    )
    digest, size, position = hashlib.sha256(), 0, 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        size += len(piece)
        FilePiece.objects.create(file=file, position=position, content=piece, engagement=engagement)
        position += 1
    file.size, file.sha256 = size, digest.hexdigest()
    file.save()
    return file


@transaction.atomic
def add_evidence(*, record: Record, name: str, size: int, stream: IO[bytes], by: Person, at: datetime) -> Evidence:
    """Keep a file as evidence of a governed object and seal its digest; the same content twice is kept once. Raises
    Refused for a file that does not pass the gate."""
    row, is_new = keep_evidence(record=record, name=name, size=size, stream=stream, by=by, at=at)
    if is_new:
        after = told_of(row.file)
        seal(record.pk, what="evidence", before={}, after=after, by=by, at=at, engagement_id=record.engagement_id)
    return row


def keep_evidence(
    *, record: Record, name: str, size: int, stream: IO[bytes], by: Person, at: datetime, comment: Comment | None = None,
    anew: bool = False,
) -> tuple[Evidence, bool]:  # fmt: skip
    """A file as evidence, for a service that seals it with what else it does; whether it was not known before. Its bytes
    are kept once; it is evidence once for each comment, and once beside them: `anew` says that each call is an occasion
    of its own."""
    media_type = media_type_of(name, size, stream)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    same = Evidence.objects.filter(record=record, file__sha256=digest, file__name=name[-255:]).select_related("file")
    here = same.filter(comment=comment, **({"at": at, "by": by} if anew else {}))
    if known := here.first():
        return known, False
    if elsewhere := same.first():
        file = elsewhere.file
    else:
        stream.seek(0)
        file = keep_file(name=name, media_type=media_type, stream=stream, at=at, by=by, engagement=record.engagement)
    row = Evidence.objects.create(
        engagement_id=record.engagement_id, record=record, comment=comment, file=file, by=by, at=at
    )
    return row, True


def keep_files(
    *, record: Record, files: Iterable[NewFile], by: Person, at: datetime, anew: bool = False
) -> dict[str, str]:
    """Keep those that are not known yet, as `keep_evidence` does; what the seal is to say of them."""
    kept = [
        keep_evidence(record=record, name=name, size=size, stream=stream, by=by, at=at, anew=anew)
        for name, size, stream in files
    ]
    new = [row.file for row, is_new in kept if is_new]
    return {f"file {place}": str(told_of(file)) for place, file in enumerate(new, 1)}


def told_of(file: File) -> dict[str, str]:
    """What the chain says of a file."""
    return {"file": file.name, "sha256": file.sha256, "size": str(file.size)}


def read_file(file: File) -> Iterator[bytes]:
    """The bytes of a file, a piece at a time."""
    count = -(-file.size // PIECE)
    for position in range(count):
        yield bytes(FilePiece.objects.get(file=file, position=position).content)
