"""When an answer is due, how far a dispute has come, how long credits wait: without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.calc.terms import LadderStep
from costs.calc.ageing import Ages, ageing
from costs.calc.review import deadline, rises
from mspgov.kernel.money import Money

pytestmark = pytest.mark.requirement("R2.2")
ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Auckland"]
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LADDER = [LadderStep("Executives", 10), LadderStep("Mediation", 20)]


@given(INSTANTS, st.integers(1, 60), st.sampled_from(ZONES))
def test_a_deadline_is_the_first_instant_of_the_local_day_after_the_last_one(
    began: datetime, days: int, zone: str
) -> None:
    due, local = deadline(began, days, zone), began.astimezone(ZoneInfo(zone))
    assert due.astimezone(ZoneInfo(zone)).date() == local.date() + timedelta(days=days + 1)
    assert (due - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == local.date() + timedelta(days=days)


@given(INSTANTS, st.integers(0, 2), st.integers(0, 100), st.sampled_from(ZONES))
def test_the_step_reached_does_not_depend_on_how_often_anybody_looked(
    lapsed: datetime, reached: int, days: int, zone: str
) -> None:
    now = lapsed + timedelta(days=days)
    at_once, step, end, seen = rises(LADDER, reached, lapsed, now, zone), reached, lapsed, []
    for day in range(days + 1):
        for rise in rises(LADDER, step, end, lapsed + timedelta(days=day), zone):
            seen.append(rise)
            step, end = rise.number, rise.due_at
    assert list(at_once) == seen


def test_the_last_step_waits_for_good() -> None:
    lapsed = datetime(2026, 6, 1, tzinfo=UTC)
    assert [r.step.name for r in rises(LADDER, 0, lapsed, lapsed + timedelta(days=400), "UTC")] == [
        "Executives",
        "Mediation",
    ]
    assert rises(LADDER, 2, lapsed, lapsed + timedelta(days=400), "UTC") == ()
    assert rises(LADDER, 0, lapsed, lapsed - timedelta(microseconds=1), "UTC") == ()


def test_days_at_each_stage_are_calendar_days_of_the_zone_and_applied_credits_no_longer_age() -> None:
    at = datetime(2026, 6, 1, 23, tzinfo=UTC)  # already 2 June in Berlin
    ages = Ages(at, at + timedelta(days=3), at + timedelta(days=10), None, None)
    assert ages.days(at + timedelta(days=12), "Europe/Berlin") == {"proposed": 3, "agreed": 7, "claimed": 2}
    applied = Ages(at, at, at, at, at + timedelta(hours=2))
    assert applied.days(at + timedelta(days=99), "UTC")["applied"] == 0
    lines = ageing([(ages, Money.of_units(100, "EUR")), (applied, Money.of_units(5, "EUR"))], at + timedelta(days=12), "Europe/Berlin", "EUR")  # fmt: skip
    assert [(line.stage, line.count, line.amount.text, line.oldest_days) for line in lines] == [
        ("proposed", 0, "0.00", 0), ("disputed", 0, "0.00", 0), ("agreed", 0, "0.00", 0), ("claimed", 1, "1.00", 2), ("documented", 0, "0.00", 0),
        ("applied", 1, "0.05", 0),
    ]  # fmt: skip


def test_what_is_disputed_ages_in_its_own_line_from_the_dispute_on() -> None:
    at, day = datetime(2026, 6, 1, 9, tzinfo=UTC), timedelta(days=1)
    disputed, proposed = Ages(at, disputed_at=at + 3 * day), Ages(at)
    lines = ageing([(disputed, Money.of_units(300, "EUR")), (proposed, Money.of_units(50, "EUR"))], at + 5 * day, "UTC", "EUR")  # fmt: skip
    assert [(line.stage, line.count, line.oldest_days) for line in lines[:2]] == [
        ("proposed", 1, 5),
        ("disputed", 1, 2),
    ]
