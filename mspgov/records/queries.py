"""What the spine knows: the chain's links, checked."""

from collections.abc import Iterator
from dataclasses import dataclass

from .chain import link
from .models import Head, Seal


@dataclass(frozen=True)
class Chain:
    """The state of a tenant's hash chain: how many links, its head, and where it breaks first (None if whole)."""

    links: int
    head: str
    broken_at: int | None


def chain() -> Chain:
    """Walk the entered tenant's chain from the first link to the head."""
    previous, position = "0" * 64, 0
    for row in links():
        position += 1
        identity = None if row.record is None else str(row.record.public_id)
        author = None if row.by is None else str(row.by.public_id)
        expected = link(previous, identity, row.what, row.before, row.after, author, row.at)
        if row.position != position or row.hash != expected:
            return Chain(position, previous, position)
        previous = row.hash
    head = Head.objects.first()
    whole = head is None or (head.position == position and head.hash == previous)
    return Chain(position, previous, None if whole else position + 1)


def links() -> Iterator[Seal]:
    return Seal.objects.select_related("record", "by").order_by("position").iterator(chunk_size=2000)
