"""A correction survives kill -9 of its worker, and two that are asked at once are one."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from costs import services
from costs.models import Credit, LedgerEntry, MonthlyCharges
from itsm.models import Outcome, Result
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import AT, Decimal, charged_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
    pytest.mark.slow,
]
ROOT = Path(__file__).parents[2]
APRIL = Month("2016-04")


def ask(town: Town, key: str = "one") -> Run:
    with enter(town.tenant.pk):
        return services.start_correction(
            engagement=town.engagement,
            month=APRIL,
            reason="Invoice CMS-0416",
            charges=Money(Decimal(90000), "EUR"),
            by=town.member(Role.CONTRACT_MANAGER).person,
            at=AT,
            key=key,
        )


def ledger(town: Town) -> list[tuple[str, int, str, str, str]]:
    with enter(town.tenant.pk):
        rows = LedgerEntry.objects.order_by("credit__record__number", "version")
        return [(e.credit.record.number, e.version, e.kind, e.money.text, e.reason) for e in rows]


def counts(town: Town) -> tuple[int, ...]:
    with enter(town.tenant.pk):
        models = (Credit, LedgerEntry, MonthlyCharges, Result, Outcome, Seal)
        return tuple(model.objects.count() for model in models)


def kill_in_the_middle(run: Run) -> None:
    """Let a worker write the entries and kill it before it commits."""
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("slow_worker.py")), str(run.tenant_id), str(run.pk)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "entries written\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()


def test_a_killed_worker_leaves_nothing_and_the_next_one_the_same_rows() -> None:
    undisturbed = charged_town()
    assert jobs.work_here(ask(undisturbed)).state == Run.State.DONE
    wanted, wanted_counts = ledger(undisturbed), counts(undisturbed)
    town = charged_town(slug="borealis")
    before = (ledger(town), counts(town))
    run = ask(town)
    kill_in_the_middle(run)
    assert (ledger(town), counts(town)) == before
    ended = jobs.work_here(run)
    assert (ended.state, ended.attempt) == (Run.State.DONE, 2)
    assert (ledger(town), counts(town)) == (wanted, wanted_counts)
    assert any(kind == "correction" for _, _, kind, _, _ in wanted)
    assert jobs.work_here(run).attempt == 2
    assert counts(town) == wanted_counts
    with enter(town.tenant.pk):
        assert verified().is_whole


def test_two_who_confirm_at_once_make_one_correction() -> None:
    town = charged_town()

    def act(number: int) -> str:
        try:
            return str(jobs.work_here(ask(town, key="one" if number % 2 else f"other {number}")).state)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(act, range(12))) == {"done"}
    corrections = [row for row in ledger(town) if row[2] == "correction"]
    assert len(corrections) == len({number for number, *_ in corrections})
    with enter(town.tenant.pk):
        assert MonthlyCharges.objects.filter(amount=90000).count() == 1
        assert Seal.objects.filter(what="correct credits").count() == 1
        assert verified().is_whole
