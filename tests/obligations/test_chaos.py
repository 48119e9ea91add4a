"""Obligations survive what happens to schedulers: killed, two at once, away for a day, and clocks that change.

What must come of it is told by slow oracles that know nothing of the sweep.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from mspgov.mail.models import Note
from mspgov.obligations import services
from mspgov.obligations.models import Alarm, Obligation, Recurring, Side
from mspgov.records.models import Record
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
everything = pytest.mark.django_db(transaction=True, databases=["default", "system"])


def owe_many(town: Town, many: int) -> datetime:
    """So many obligations of one provider, each with one reminder and its breach, due over two days from START on;
    the instant by which all are late."""
    engagement = town.engagements["cobalt"]
    with enter(town.tenant.pk):
        records = Record.objects.bulk_create(
            Record(kind="obligation", number=f"OB-{n}", title=f"duty {n}", state="open", engagement=engagement, opened_at=START)
            for n in range(many)
        )  # fmt: skip
        rows = Obligation.objects.bulk_create(
            Obligation(
                record=record, key=f"k{n}", engagement=engagement, owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER,
                accepted_by=Role.SERVICE_OWNER, raised_at=START, due_at=due, first_due_at=due,
            )
            for n, record in enumerate(records)
            if (due := START + timedelta(seconds=17 * n))
        )  # fmt: skip
        Alarm.objects.bulk_create(
            Alarm(engagement=engagement, obligation=row, kind=kind, at=row.due_at - lead)
            for row in rows
            for kind, lead in (("reminder", timedelta(hours=1)), ("breach", timedelta(0)))
        )
    return START + timedelta(seconds=17 * many)


def sweeper(at: datetime, at_once: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "tests/obligations/sweeper.py"), at.isoformat(), str(at_once)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)


def all_fired_once(town: Town, many: int) -> None:
    """Each deadline fired once and told each of its readers once, in notes and e-mails alike."""
    with enter(town.tenant.pk):
        assert not Alarm.objects.filter(fired_at=None).exists()
        breached = Obligation.objects.filter(breached_at__isnull=False)
        assert breached.count() == many
        assert Obligation.history.filter(breached_at__isnull=False).count() == many
        told = Counter(Note.objects.filter(kind="obligations.breach").values_list("key", flat=True))
        breaches = Alarm.objects.filter(kind="breach").values_list("public_id", flat=True)
        assert told == {f"alarm/{each}": 2 for each in breaches}  # the account manager and the service owner
        assert not Note.objects.filter(mail=None).exists()
        assert verified().is_whole


@everything
@pytest.mark.slow
@pytest.mark.requirement("R4.2")
def test_ten_thousand_deadlines_fire_once_each_under_two_sweepers_and_ten_kills() -> None:
    town, many = build_town("aurora", providers=("cobalt",)), 10_000
    end, dice = owe_many(town, many), random.Random(11)  # noqa: S311
    for _ in range(10):
        killed, rival = sweeper(end, 150), sweeper(end, 150)
        assert killed.stdout is not None and killed.stdout.readline() == b"at work\n"
        time.sleep(dice.random() * 0.8)
        killed.kill()
        rival.kill()
        killed.wait(30), rival.wait(30)
    pair = [sweeper(end, 500), sweeper(end, 500)]
    assert [each.wait(240) for each in pair] == [0, 0]
    all_fired_once(town, many)


@everything
def test_two_sweepers_at_once_share_the_work_and_repeat_none_of_it() -> None:
    town, many = build_town("aurora", providers=("cobalt",)), 120
    end = owe_many(town, many)

    def sweep(_: int) -> int:
        try:
            return services.sweep(end).fired
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        fired = sum(pool.map(sweep, range(8)))
    assert fired + services.sweep(end).fired == 2 * many
    all_fired_once(town, many)


@everything
def test_a_scheduler_that_was_away_for_a_day_tells_each_lateness_once_and_no_reminder_beside_it() -> None:
    town, many = build_town("aurora", providers=("cobalt",)), 30
    end = owe_many(town, many)
    assert services.sweep(START - timedelta(hours=2)) == services.Swept()
    assert services.sweep(end + timedelta(days=1)) == services.Swept(fired=2 * many, told=2 * many)
    assert services.sweep(end + timedelta(days=2)) == services.Swept()
    all_fired_once(town, many)


def falls(zone: str, first: datetime, last: datetime, hour: int, minute: int) -> list[datetime]:
    """The slow oracle: minute by minute through real time, the first minute of each local day whose wall clock shows the
    time or, where that is skipped, the first that shows a later one."""
    found, done, at = [], None, first
    while at <= last:
        wall = at.astimezone(ZoneInfo(zone))
        if wall.date() != done and (wall.hour, wall.minute) >= (hour, minute):
            found.append(at)
            done = wall.date()
        at += timedelta(minutes=1)
    return found


@everything
@pytest.mark.requirement("R4.2")
@pytest.mark.parametrize(
    ("zone", "day", "hour", "minute"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, tzinfo=UTC), 2, 30),  # does not exist on this day
        ("Europe/Berlin", datetime(2026, 10, 25, tzinfo=UTC), 2, 30),  # exists twice
        ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC), 2, 15),
        ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC), 1, 30),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, tzinfo=UTC), 1, 45),  # half an hour
    ],
)
def test_daily_duties_fall_due_and_are_told_once_through_a_clock_change(
    zone: str, day: datetime, hour: int, minute: int
) -> None:
    town = build_town("aurora", providers=("cobalt",))
    engagement, ada = town.engagements["cobalt"], town.member(Role.SERVICE_OWNER).person
    begin, end = day - timedelta(days=3), day + timedelta(days=4)
    wall = (begin - timedelta(days=2)).replace(hour=hour, minute=minute)
    with enter(town.tenant.pk):
        engagement.time_zone = zone
        engagement.save()
        services.schedule(
            Recurring(), engagement=engagement, title="Backup report", text="", owed_by=Side.PROVIDER,
            role=Role.ACCOUNT_MANAGER, accepted_by="", needs_evidence=False, rule="FREQ=DAILY", first=wall, lead_days=1,
            reminder_days=[], escalation=[], by=ada, at=begin,
        )  # fmt: skip
    dice, at = random.Random(f"{zone}{day}"), begin  # noqa: S311
    while at < end:
        at = min(end, at + timedelta(minutes=dice.choice([1, 7, 60, 600, 2400])))  # once away for more than a day
        services.sweep(at)
    wanted = [fall for fall in falls(zone, begin - timedelta(days=1), end, hour, minute) if begin < fall]
    with enter(town.tenant.pk):
        rows = Obligation.objects.order_by("due_at")
        assert [row.due_at for row in rows.filter(due_at__lte=end)] == wanted
        assert [row.breached_at for row in rows.filter(breached_at__isnull=False)] == wanted
        assert Note.objects.count() == len(wanted)
