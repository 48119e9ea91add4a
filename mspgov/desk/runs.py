"""The check of a tenant's hash chain as a run, some thousands of links a step; the letters to people who were invited by a
file, one a step."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from mspgov.jobs.models import Run
from mspgov.jobs.services import kind
from mspgov.records import queries
from mspgov.records.calc.verification import Break, Walk, ended, walk
from mspgov.tenancy.models import Invitation, Person
from mspgov.tenancy.policy import WRITE_PEOPLE

from . import policy
from .people import services as people
from .people.importing import SEND_LETTERS

VERIFY = "desk.verify_chain"
LINKS_A_STEP = 5_000


@kind(VERIFY, may=policy.READ_CHAIN)
def verify_chain(done: int) -> tuple[int, int, dict[str, Any]]:
    """Walks on from where the step before ended. The result has position, hash, links and `breaks`; once the end is
    reached it was held against the head."""
    before = walked_so_far() if done else Walk()
    so_far = walk(before, queries.links(after=before.position, most=LINKS_A_STEP))
    head = queries.head()
    more = head is not None and head.position > so_far.position > before.position
    if not more:
        so_far = ended(so_far, head)
    total = max(done + 1, -(-head.position // LINKS_A_STEP) if head else 1) + (1 if more else 0)
    told = [{**asdict(each), "words": str(each)} for each in so_far.breaks]
    result = {"position": so_far.position, "hash": so_far.hash, "links": so_far.links, "breaks": told}
    return done + 1, total if more else done + 1, result


@kind(SEND_LETTERS, may=WRITE_PEOPLE)
def send_letters(done: int, *, invited: list[str], by_id: int) -> tuple[int, int, dict[str, Any]]:
    """One letter a step leaves when the step is written; one that was answered or withdrawn meanwhile gets none. The result
    counts the `letters`."""
    kept = Run.objects.filter(kind=SEND_LETTERS, state=Run.State.RUNNING, arguments__invited=invited)
    before = kept.values_list("result__letters", flat=True).first() or 0
    row = Invitation.objects.select_related("tenant", "by").filter(public_id=invited[done]).first()
    by = Person.objects.get(pk=by_id)
    sent = row is not None and people.send_first_letter(tenant=row.tenant, invitation=row, by=by, at=timezone.now())
    return done + 1, len(invited), {"letters": before + sent}


def walked_so_far() -> Walk:
    """What the running check has read; there is one at a time."""
    kept = Run.objects.filter(kind=VERIFY, state=Run.State.RUNNING).order_by("-pk").values_list("result", flat=True)[0]
    breaks = tuple(Break(each["first"], each["last"], each["why"]) for each in kept["breaks"])
    return Walk(kept["position"], kept["hash"], kept["links"], breaks=breaks)
