"""What follows from new tickets: root causes are demanded and effects checked after each import and measurement, and
when the weeks of a check are over. Each occasion is a run, once."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance.models import Rca
from governance.queries.rca_rules import Rules
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.context import across, enter
from mspgov.tenancy.models import Engagement, Person

from .checking import ask_to_judge, check_effect
from .demanding import Did, ask, demands_of, standing_of

FOLLOW = "governance.root_causes"
AFTER = ("itsm.import_tickets", "costs.measure")
CATCH_UP = timedelta(days=3)


@dataclass(frozen=True)
class Followed:
    """Numbers of the root causes demanded anew, how many stood already, those whose effect was checked; `left` are those
    still to be checked, by id."""

    left: tuple[str, ...] = ()
    demanded: tuple[str, ...] = ()
    known: int = 0
    checked: dict[str, str] = field(default_factory=dict)
    ended: bool = False


def follow(*, engagement: Engagement, by: Person | None = None, at: datetime) -> Followed:
    """Check what was accepted, then ask for what recurs and for major incidents. Safe to repeat: nothing is asked twice."""
    found = begin(engagement)
    while not found.ended:
        found = follow_next(found, engagement=engagement, by=by, at=at)
    return found


def begin(engagement: Engagement) -> Followed:
    """What is to be checked before anything is asked for."""
    accepted = Rca.objects.filter(engagement=engagement, state=Rca.State.ACCEPTED).order_by("pk")
    return Followed(left=tuple(str(public_id) for public_id in accepted.values_list("public_id", flat=True)))


@transaction.atomic
def follow_next(so_far: Followed, *, engagement: Engagement, by: Person | None = None, at: datetime) -> Followed:
    """One piece of it: the effect of one root cause, or the next demand that brings something new; ended when nothing
    does. The chain is held no longer than for that."""
    if so_far.left:
        first, *left = so_far.left
        rca = Rca.objects.select_related("record", "engagement__tenant").get(public_id=first)
        try:
            found = {rca.record.number: check_effect(rca=rca, by=by, at=at).state}
        except (Refused, Conflict):
            found = {}  # nothing has recurred and its weeks are not over, or nothing can be compared, or it was checked meanwhile
            ask_to_judge(rca, at)
        return replace(so_far, left=tuple(left), checked={**so_far.checked, **found})
    rules, known = Rules(engagement), 0
    demands = demands_of(rules, at)
    settled = standing_of(engagement, demands)
    for demand in demands:
        if number := settled.get(demand.key):
            known += number not in so_far.demanded
            continue
        rca, did = ask(rules, demand, by=by, at=at)
        if did == Did.NEW:
            return replace(so_far, demanded=(*so_far.demanded, rca.record.number))
        if did == Did.GROWN:
            return so_far
        known += rca.record.number not in so_far.demanded
    return replace(so_far, known=known, ended=True)


def start_following(*, engagement: Engagement, key: str, by: Person | None) -> Run:
    """Ask for it as a run; the same key gives the same run."""
    run: Run = jobs.start(
        FOLLOW, key=key, title=f"Recurrences and root causes, {engagement.name}", by=by, engagement=engagement,
        engagement_id=engagement.pk, by_id=by.pk if by else None, run_key=key,
    )  # fmt: skip
    return run


def sweep(at: datetime | None = None) -> int:
    """Start what follows from imports and measurements that ended lately, and from checks that have come due. Returns
    how many runs were started; one that was away for a day catches up."""
    now = at or timezone.now()
    wanted = [*_after_runs(now), *_checks_due(now)]
    keys = [key for _, _, key in wanted]
    runs: Any = across(Run, reason="what has been followed up already")
    known = set(runs.filter(kind=FOLLOW, key__in=keys).values_list("tenant_id", "key"))
    started = 0
    for tenant, engagement, key in wanted:
        if (tenant, key) not in known:
            with enter(tenant):
                start_following(engagement=Engagement.objects.get(pk=engagement), key=key, by=None)
            started += 1
    return started


def _after_runs(now: datetime) -> list[tuple[int, int, str]]:
    runs: Any = across(Run, reason="imports and measurements that brought something new")
    ended = runs.filter(kind__in=AFTER, state=Run.State.DONE, ended_at__gt=now - CATCH_UP, engagement__isnull=False)
    rows = ended.order_by("pk").values_list("tenant_id", "engagement_id", "public_id")
    return [(tenant, engagement, f"after/{run}") for tenant, engagement, run in rows]


def _checks_due(now: datetime) -> list[tuple[int, int, str]]:
    rcas: Any = across(Rca, reason="whose effect is to be checked")
    due = rcas.filter(state=Rca.State.ACCEPTED, check_at__lte=now).order_by("pk")
    rows = due.values_list("tenant_id", "engagement_id", "public_id")
    return [(tenant, engagement, f"check/{rca}") for tenant, engagement, rca in rows]
