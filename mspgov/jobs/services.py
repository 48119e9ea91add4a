"""A durable run: the row says what is to be done, a session lock says that somebody does it, the broker only wakes.

The lock lives exactly as long as the worker's database session: no lease, no heart-beat. Each step commits together
with its number; after a crash the first step that is not done is done again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy.context import across, enter, tenant_id
from mspgov.tenancy.models import Engagement, Membership, Person
from mspgov.tenancy.policy import Permission

from .models import Run
from .queries import runs

ATTEMPTS = 5
GONE = "What this run works on is not there any more, or is not to be seen from here: ask for it again"
BROKEN = "something went wrong inside the product; the operator's log says what, under this run"
Step = Callable[..., tuple[int, int, Any]]
KINDS: dict[str, "Kind"] = {}
log = logging.getLogger("mspgov.jobs")


class Kind(NamedTuple):
    """What a run of this kind does, and the permission of those who may ask for it, end it or try it again."""

    step: Step
    may: Permission


def kind(name: str, *, may: Permission) -> Callable[[Step], Step]:
    """Names a run's function, `def f(done, **arguments) -> (done, total, result)`: it does the next step.

    In an app's runs.py; done and total are whole numbers, the result is JSON and is what a page shows meanwhile.
    """

    def register(function: Step) -> Step:
        KINDS[name] = Kind(function, may)
        return function

    return register


def kind_of(name: str) -> Kind | None:
    """The kind of this name, None for one that is no more; the apps' runs.py are loaded when the first one is wanted."""
    if name not in KINDS:
        autodiscover_modules("runs")
    return KINDS.get(name)


def function_of(name: str) -> Step:
    if (found := kind_of(name)) is None:
        raise Refused(f"there are no runs of the kind {name} any more")
    return found.step


def may_handle(member: Membership, name: str) -> bool:
    """Whether a member may end runs of this kind and try them again: nobody may where the kind is no more."""
    found = kind_of(name)
    return found is not None and member.holds(found.may)


def runs_for(member: Membership) -> "models.QuerySet[Run]":
    """The runs that a member may read, the latest first. A provider's people read those that they asked for and those
    of kinds that they may ask for: what the client tries out before it decides is its own."""
    found = runs()
    if not member.is_provider_side:
        return found
    kinds = [name for name in found.order_by().values_list("kind", flat=True).distinct() if may_handle(member, name)]
    return found.filter(models.Q(kind__in=kinds) | models.Q(started_by=member.person_id))


@transaction.atomic
def start(
    name: str, *, key: str, title: str = "", by: Person | None = None, engagement: Engagement | None = None,
    **arguments: Any,
) -> Run:  # fmt: skip
    """Ask for a run once: the same kind and key give the same run."""
    longest = Run._meta.get_field("title").max_length  # a title may hold the name of a file
    defaults = {"arguments": arguments, "title": title[:longest], "started_by": by, "engagement": engagement}
    run, _ = Run.objects.get_or_create(kind=name, key=key, defaults=defaults)
    wake(tenant_id(), run.pk)
    return run


def wake(tenant: int, run_id: int) -> None:
    from .tasks import work_on  # the only two Celery tasks are work_on and sweep

    transaction.on_commit(lambda: work_on.apply_async((tenant, run_id), retry=False), robust=True)


@transaction.atomic
def cancel(run: Run) -> None:
    """End an open run after its present step; set aside one that failed, so that nobody is asked to try it again. Raises
    Conflict when it is done or cancelled."""
    found = Run.objects.filter(pk=run.pk, state__in=[*Run.OPEN, Run.State.FAILED])
    if not found.update(state=Run.State.CANCELLED, ended_at=Coalesce("ended_at", timezone.now())):
        raise Conflict("the run has already ended")


@transaction.atomic
def try_again(run: Run) -> None:
    """Let a failed or cancelled run go on from the first step that is not done. It acts for whoever asked for it: raises
    Refused where they may not ask any more, Conflict when it is neither."""
    if run.started_by_id is not None and not _may_still_ask(run):
        raise Refused("whoever asked for this run may not ask for it any more: ask for it anew")
    stopped = Run.objects.filter(pk=run.pk, state__in=[Run.State.FAILED, Run.State.CANCELLED])
    if not stopped.update(state=Run.State.WAITING, attempt=0, error="", ended_at=None):
        raise Conflict("only a run that failed or was cancelled can be tried again")
    wake(tenant_id(), run.pk)


def _may_still_ask(run: Run) -> bool:
    member = Membership.objects.filter(person=run.started_by_id, active=True).first()
    return member is not None and may_handle(member, run.kind)


def work(tenant: int, run_id: int) -> bool:
    """Do a run to its end, if nobody else does it. False when somebody does. May be called as often as one likes."""
    with only_one(run_id) as mine:
        if not mine:
            return False
        with enter(tenant):
            run = _begin(run_id)
        try:
            while run is not None and run.state == Run.State.RUNNING:
                with enter(tenant, engagements=[run.engagement_id] if run.engagement_id else None):
                    _step(run)  # its rows and its number, together or not at all; the second wall stands here too
        except (OperationalError, InterfaceError):
            raise  # the database went away: the lock is gone too, the sweeper starts the next attempt
        except (Fault, Refused, Conflict) as no:  # bad input and refusals speak for themselves
            _end(tenant, run_id, str(no))
        except (Http404, ObjectDoesNotExist):
            log.exception("run %s failed", run_id)
            _end(tenant, run_id, GONE)
        except Exception:  # its text may hold rows that the reader must not see: it goes to the log only
            log.exception("run %s failed", run_id)
            _end(tenant, run_id, BROKEN)
        return True


def _begin(run_id: int) -> Run | None:
    run = Run.objects.select_for_update().filter(pk=run_id).first()
    if run is None or run.state not in Run.OPEN:
        return None
    run.attempt += 1
    run.began_at = run.began_at or timezone.now()
    run.state = Run.State.RUNNING
    if run.attempt > ATTEMPTS:
        run.state, run.error, run.ended_at = Run.State.FAILED, f"the worker died {ATTEMPTS} times", timezone.now()
    run.save(update_fields=["attempt", "state", "error", "began_at", "ended_at"])
    return run


def _step(run: Run) -> None:
    run.done_steps, run.total_steps, run.result = function_of(run.kind)(run.done_steps, **run.arguments)
    run.state = Run.State.RUNNING if run.done_steps < run.total_steps else Run.State.DONE
    if run.state == Run.State.DONE:
        run.ended_at = timezone.now()
    values = {f: getattr(run, f) for f in ("done_steps", "total_steps", "result", "state", "ended_at")}
    if not Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(**values):
        run.state = Run.State.CANCELLED  # somebody cancelled meanwhile: this step's rows are given up
        transaction.set_rollback(True)


def _end(tenant: int, run_id: int, why: str) -> None:
    with enter(tenant):
        Run.objects.filter(pk=run_id, state__in=Run.OPEN).update(
            state=Run.State.FAILED, error=why, ended_at=timezone.now()
        )


def work_here(run: Run) -> Run:
    """Do the run in this process; wait for a worker that holds it. Outside any transaction. Returns it as it ended."""
    tenant = int(run.tenant_id or 0)
    while not work(tenant, run.pk):
        time.sleep(0.2)
    with enter(tenant):
        return Run.objects.get(pk=run.pk)


@contextmanager
def only_one(run_id: int) -> Iterator[bool]:
    """A lock that ends with the worker's database session, so that kill -9 frees it at once."""
    with connection.cursor() as c:
        c.execute("select pg_try_advisory_lock(7001, %s)", [run_id])
        mine = c.fetchone()[0]
    try:
        yield mine
    finally:
        if mine and connection.connection and not connection.connection.closed:
            with connection.cursor() as c:
                c.execute("select pg_advisory_unlock(7001, %s)", [run_id])


def sweep(patience: timedelta = timedelta(seconds=5)) -> int:
    """Wake what is open and was not woken lately; too often is harmless. Returns how many were woken."""
    waiting = across(Run, reason="the sweeper wakes every tenant's open runs").filter(
        state__in=Run.OPEN, woken_at__lt=timezone.now() - patience
    )
    found = list(waiting.order_by("woken_at").values_list("tenant_id", "pk")[:500])
    now = across(Run, reason="remember when the sweeper woke them").filter(pk__in=[pk for _, pk in found])
    now.update(woken_at=timezone.now())
    for tenant, run_id in found:
        wake(tenant, run_id)
    return len(found)
