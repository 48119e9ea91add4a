"""Whether a hash chain still says what it said, and where not.

Each link's hash covers the hash before it, so a change shows at the link whose hash no longer follows. Whoever can
rewrite every later link and the head too is found by a head that was exported before: its hash at its position.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mspgov.records.chain import link as hash_of

NOTHING = "0" * 64
MOST_BREAKS = 20


@dataclass(frozen=True)
class Link:
    """One link as it is stored: what the hash covers, and the hash."""

    position: int
    hash: str
    record: str | None
    what: str
    before: Any
    after: Any
    by: str | None
    at: datetime


@dataclass(frozen=True)
class Mark:
    """The head of a chain as it was at some time: the position of the latest link then, and its hash."""

    position: int
    hash: str


@dataclass(frozen=True)
class Break:
    """Where a chain is not what it was: in the links from `first` to `last`, both included, and why."""

    first: int
    last: int
    why: str

    def __str__(self) -> str:
        where = f"link {self.first}" if self.first == self.last else f"links {self.first} to {self.last}"
        return f"{where}: {self.why}"


@dataclass(frozen=True)
class Walk:
    """A chain as far as it was read: the latest link's position and hash, how many links, the latest mark that agreed,
    and the breaks found, at most the first twenty."""

    position: int = 0
    hash: str = NOTHING
    links: int = 0
    agreed: int = 0
    breaks: tuple[Break, ...] = ()

    def broken(self, first: int, last: int, why: str) -> "Walk":
        if len(self.breaks) >= MOST_BREAKS:
            return self
        return replace(self, breaks=(*self.breaks, Break(first, last, why)))

    @property
    def is_whole(self) -> bool:
        return not self.breaks


def walk(so_far: Walk, links: Iterable[Link], marks: Sequence[Mark] = ()) -> Walk:
    """Go on along the chain, links by position. After a break the walk goes on from what is stored, so that a second
    one is found too."""
    exported: dict[int, list[Mark]] = {}
    for mark in marks:
        exported.setdefault(mark.position, []).append(mark)
    for each in links:
        so_far = _step(so_far, each)
        for mark in exported.get(each.position, ()):
            if mark.hash == each.hash:
                so_far = replace(so_far, agreed=each.position)
            else:
                why = f"rewritten since the head at {each.position} was exported"
                so_far = so_far.broken(so_far.agreed + 1, each.position, why)
    return so_far


def _step(so_far: Walk, each: Link) -> Walk:
    wanted = so_far.position + 1
    if each.position > wanted:
        so_far = so_far.broken(wanted, each.position - 1, "missing")
    elif each.position < wanted:
        so_far = so_far.broken(each.position, each.position, "stands there twice")
    else:
        follows = hash_of(so_far.hash, each.record, each.what, each.before, each.after, each.by, each.at)
        if follows != each.hash:
            why = "what it says, or the hash that it follows, was changed"
            so_far = so_far.broken(max(each.position - 1, 1), each.position, why)
    return replace(so_far, position=each.position, hash=each.hash, links=so_far.links + 1)


def ended(walked: Walk, head: Mark | None, marks: Sequence[Mark] = ()) -> Walk:
    """The walk at the chain's end, against the stored head and the exported ones."""
    head = head or Mark(0, NOTHING)
    beyond = max((mark.position for mark in (head, *marks)), default=0)
    if beyond > walked.position:
        walked = walked.broken(walked.position + 1, beyond, "cut off")
    if head.position < walked.position:
        walked = walked.broken(head.position + 1, walked.position, "beyond the head")
    elif head.position == walked.position and head.hash != walked.hash:
        walked = walked.broken(walked.position, walked.position, "not what the head says")
    return walked
