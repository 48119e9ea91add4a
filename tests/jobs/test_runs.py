"""A run survives whatever happens to workers and broker, and does every step exactly once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings

from mspgov.jobs import services
from mspgov.jobs.models import Run
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.records.models import Counter
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Membership, Tenant
from mspgov.tenancy.policy import MEMBER, Role
from tests.jobs.worker_app import STEPS
from tests.world import build_town

ROOT = Path(__file__).parents[2]
everything = pytest.mark.django_db(transaction=True, databases=["default", "system"])


@pytest.fixture
def tenant() -> Tenant:
    return build_town("aurora", providers=("cobalt",)).tenant


class Workers:
    """Worker groups of the test, each in a session of its own, so that a kill takes the whole group."""

    def __init__(self) -> None:
        self.groups: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "tests.jobs.worker_app", "worker", "-c", "2", "-l", "ERROR"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.groups.append(subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True))

    def kill(self) -> None:
        for group in self.groups:
            os.killpg(group.pid, signal.SIGKILL)
            group.wait()
        self.groups.clear()


@pytest.fixture
def workers() -> Iterator[Workers]:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    crew = Workers()
    yield crew
    crew.kill()


def ask(tenant: Tenant, **arguments: Any) -> Run:
    with enter(tenant.pk):
        return services.start("rehearsal", key="one", **arguments)


def wait_for(tenant: Tenant, run: Run, state: str, seconds: float = 60) -> Run:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        services.sweep()
        with enter(tenant.pk):
            run = Run.objects.get(pk=run.pk)
        if run.state == state:
            return run
        time.sleep(0.2)
    raise AssertionError(f"the run is {run.state} after {seconds} s, step {run.done_steps}, {run.error}")


def steps_done(tenant: Tenant) -> list[int]:
    with enter(tenant.pk):
        return list(Counter.objects.filter(prefix="step").order_by("year").values_list("year", flat=True))


@everything
def test_asking_twice_gives_the_same_run(tenant: Tenant) -> None:
    assert ask(tenant).pk == ask(tenant).pk


@everything
def test_a_command_does_its_run_in_its_own_process(tenant: Tenant) -> None:
    run = services.work_here(ask(tenant, pace=0))
    assert (run.state, run.result) == ("done", {"steps": STEPS})
    assert steps_done(tenant) == list(range(STEPS))


@everything
def test_a_step_that_fails_leaves_no_row_and_can_be_tried_again(tenant: Tenant) -> None:
    run = services.work_here(ask(tenant, pace=0, fail_at=3))
    assert (run.state, run.error) == ("failed", services.BROKEN)  # what went wrong may hold rows of others: the log's
    assert steps_done(tenant) == [0, 1, 2]
    with enter(tenant.pk):
        Run.objects.filter(pk=run.pk).update(arguments={"pace": 0})
        services.try_again(run)
    assert services.work_here(run).state == "done"
    assert steps_done(tenant) == list(range(STEPS))


@everything
def test_a_run_of_an_engagement_sees_no_other() -> None:
    town = build_town("borealis")
    seen: list[list[str]] = []

    @services.kind("looking", may=MEMBER)
    def look(done: int) -> tuple[int, int, Any]:
        seen.append(sorted(Engagement.objects.values_list("slug", flat=True)))
        return 1, 1, None

    with enter(town.tenant.pk):
        narrow = services.start("looking", key="narrow", engagement=town.engagements["dune"])
        wide = services.start("looking", key="wide")
    assert services.work_here(narrow).state == services.work_here(wide).state == "done"
    assert seen == [["dune-services"], ["cobalt-services", "dune-services"]]


@everything
def test_a_cancelled_run_stops_and_a_finished_one_cannot_be_cancelled(tenant: Tenant) -> None:
    run = ask(tenant, pace=0)
    with enter(tenant.pk):
        services.cancel(run)
    assert services.work_here(run).state == "cancelled"
    assert steps_done(tenant) == []
    with enter(tenant.pk), pytest.raises(Conflict):
        services.cancel(run)


@everything
def test_a_run_that_failed_is_set_aside_with_its_reason_and_may_still_be_tried_again(tenant: Tenant) -> None:
    @services.kind("stumbles", may=MEMBER)
    def stumble(done: int) -> tuple[int, int, Any]:
        raise Refused("the month is not over")

    with enter(tenant.pk):
        run = services.start("stumbles", key="x")
    failed = services.work_here(run)
    with enter(tenant.pk):
        services.cancel(run)
        aside = Run.objects.get(pk=run.pk)
        assert (aside.state, aside.error, aside.ended_at) == ("cancelled", "the month is not over", failed.ended_at)
        services.try_again(run)
    assert services.work_here(run).state == "failed"


@everything
def test_a_dead_worker_and_an_emptied_broker_lose_and_repeat_nothing(tenant: Tenant, workers: Workers) -> None:
    run = ask(tenant)
    workers.start()
    deadline = time.monotonic() + 40
    while len(steps_done(tenant)) < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    workers.kill()
    before = steps_done(tenant)
    assert 5 <= len(before) < STEPS
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    workers.start()
    run = wait_for(tenant, run, "done")
    assert run.attempt >= 2
    assert steps_done(tenant) == list(range(STEPS))


@everything
def test_the_sweeper_wakes_what_is_open_in_every_tenant_and_only_that(tenant: Tenant) -> None:
    run = ask(tenant, pace=0)
    with enter(tenant.pk):
        Run.objects.update(woken_at="2020-01-01T00:00:00Z")
    assert services.sweep() == 1
    assert services.sweep() == 0
    services.work_here(run)
    with enter(tenant.pk):
        Run.objects.update(woken_at="2020-01-01T00:00:00Z")
    assert services.sweep() == 0


@everything
def test_a_run_is_asked_for_though_the_name_of_its_file_is_long(tenant: Tenant) -> None:
    run = ask(tenant, title=f"Import {'x' * 255}")
    with enter(tenant.pk):
        assert Run.objects.get(pk=run.pk).title == f"Import {'x' * 193}"


def test_every_kind_is_asked_for_by_roles_that_exist() -> None:
    services.kind_of("none")  # loads the apps' kinds
    own = {name: found.may.roles for name, found in services.KINDS.items() if name != "rehearsal"}
    assert {"itsm.import_tickets", "costs.measure", "governance.board_pack"} <= set(own)
    assert all(roles and roles <= set(Role) for roles in own.values())
    assert services.kind_of("none") is None


@everything
def test_a_run_is_not_tried_again_for_somebody_who_may_not_ask_for_it_any_more() -> None:
    town = build_town("aurora")
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        failed = Run.objects.create(
            kind="costs.measure", key="x", title="Measure", state=Run.State.FAILED, started_by=owner.person
        )
        for change in ({"active": False}, {"active": True, "roles": [Role.AUDITOR]}):
            Membership.objects.filter(pk=owner.pk).update(**change)
            with pytest.raises(Refused, match="may not ask for it any more"):
                services.try_again(failed)
            assert Run.objects.get(pk=failed.pk).state == "failed"
        Membership.objects.filter(pk=owner.pk).update(roles=[Role.SERVICE_OWNER])
        services.try_again(failed)
        assert Run.objects.get(pk=failed.pk).state == "waiting"
