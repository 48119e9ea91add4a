"""Long work: a board pack (facts, print, keep), and what follows from new tickets."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from mspgov.jobs.models import Run
from mspgov.jobs.services import kind
from mspgov.kernel.period import Quarter
from mspgov.records.errors import Refused
from mspgov.tenancy.models import Engagement, Person

from . import policy, services
from .models import Pack
from .queries.pack_pages import RUN
from .queries.rca_rules import Rules
from .queries.rcas import rca_page

Step = tuple[int, int, dict[str, Any]]
STEPS = 2


@kind(RUN, may=policy.MAKE_PACKS)
def board_pack(
    done: int, *, engagement_id: int, quarter: str, paper: str, by_id: int | None, run_key: str = ""
) -> Step:
    """First the facts are frozen, then they are printed and the file kept. Doing a step twice changes nothing. A run that
    was asked for before runs named their key prints the quarter's latest pack.

    Raises Refused when what the run is about is not there any more.
    """
    by = Person.objects.filter(pk=by_id).first() if by_id else None
    if done == 0:
        engagement = Engagement.objects.select_related("tenant", "provider").filter(pk=engagement_id).first()
        if engagement is None:
            raise Refused("The engagement of this pack is not there any more")
        services.check_quarter(engagement, Quarter(quarter), at=timezone.now())
        pack = services.freeze_facts(engagement=engagement, quarter=Quarter(quarter), by=by, at=timezone.now())
        return 1, STEPS, {"pack": str(pack.public_id), "doing": "Facts frozen, laying out the pages"}
    pack = frozen_by(run_key) if run_key else latest_of(engagement_id, quarter)
    printed = services.printed_pack(pack, paper)
    pack = services.keep_print(pack=pack, printed=printed, paper=paper, by=by, at=timezone.now())
    file = getattr(pack, Pack.FILES[paper])
    result = {
        "pack": str(pack.public_id),
        "number": pack.record.number,
        "pages": printed.pages,
        "sha256": file.sha256,
        "size": file.size,
    }
    return STEPS, STEPS, result


@kind(services.FOLLOW, may=policy.DEMAND_RCAS)
def root_causes(done: int, *, engagement_id: int, by_id: int | None = None, run_key: str = "") -> Step:
    """Check effects, demand what recurs and major incidents: one root cause a step. The result names what was demanded
    and what was checked. A run that was asked for before runs named their key does it all in one step."""
    engagement = Engagement.objects.select_related("tenant", "provider").get(pk=engagement_id)
    by = Person.objects.filter(pk=by_id).first() if by_id else None
    if not run_key:
        found = services.follow(engagement=engagement, by=by, at=timezone.now())
    else:
        so_far = services.begin(engagement) if done == 0 else followed(run_key)
        found = services.follow_next(so_far, engagement=engagement, by=by, at=timezone.now())
    said = {"demanded": list(found.demanded), "known": found.known, "checked": found.checked, "left": list(found.left)}
    if found.ended and (looked := services.would_demand(Rules(engagement), timezone.now())).too_old:
        said["not demanded"] = (
            f"{looked.too_old} {'recurrence' if looked.too_old == 1 else 'recurrences'} that went on for the last time more than "
            f"{looked.days} days ago; those are asked for one at a time"
        )
    return done + 1, done + 1 + len(found.left) + (not found.ended), said


@kind(services.RCA_PRINT, may=policy.READ_RCAS)
def rca_print(done: int, *, rca: str, version: int, run_key: str) -> Step:
    """Print a version and keep the file. Raises Refused when what its pages say has changed since it was asked for."""
    page = rca_page(UUID(rca), version)
    assert page.shown is not None, "a version is printed, no draft"
    printed = services.printed_rca(page, page.shown, run_key)
    file = services.keep_rca_print(page=page, shown=page.shown, printed=printed, at=timezone.now())
    return 1, 1, {"file": str(file.public_id), "pages": printed.pages, "sha256": file.sha256, "size": file.size}


def followed(run_key: str) -> services.Followed:
    """What the steps of this run have come to so far."""
    kept: Any = Run.objects.values_list("result", flat=True).get(kind=services.FOLLOW, key=run_key)
    return services.Followed(tuple(kept["left"]), tuple(kept["demanded"]), kept["known"], kept["checked"])


def latest_of(engagement_id: int, quarter: str) -> Pack:
    rows = Pack.objects.select_related("record", "engagement").filter(engagement_id=engagement_id, quarter=quarter)
    pack: Pack | None = rows.order_by("-pk").first()
    if pack is None:
        raise Refused("The pack that this run froze is not there any more: ask for it again")
    return pack


def frozen_by(run_key: str) -> Pack:
    """The pack whose facts this run froze in its first step, whatever other runs made of the quarter meanwhile."""
    kept: Any = Run.objects.values_list("result", flat=True).get(kind=RUN, key=run_key)
    pack: Pack | None = Pack.objects.select_related("record", "engagement").filter(public_id=kept["pack"]).first()
    if pack is None:
        raise Refused("The pack that this run froze is not there any more: ask for it again")
    return pack
