"""When recurring obligations fall due and delays end, against the clock of the standard library read minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mspgov.kernel.calendar_terms import read_calendar
from mspgov.kernel.faults import Fault
from mspgov.obligations.calc.deadlines import Delay, Unit, due_at, instants_before
from mspgov.obligations.calc.schedule import Schedule, occurrences, read_schedule, upcoming

ZONES = ["UTC", "Europe/Berlin", "America/Sao_Paulo", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
OFFICE = {"time_zone": "Europe/Berlin", "week": {d: [["08:00", "18:00"]] for d in ("mon", "tue", "wed", "thu", "fri")}}


def instant_of(wall: datetime, zone: str) -> datetime:
    """The slow oracle: the first minute of real time at which the wall shows this time or a later one."""
    at = (wall - timedelta(hours=20)).replace(tzinfo=UTC)
    while at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
        at += timedelta(minutes=1)
    return at


@pytest.mark.requirement("R4.2")
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4), date(2016, 10, 16)])  # fmt: skip
@pytest.mark.parametrize("clock", [(0, 0), (1, 30), (2, 15), (2, 30), (3, 0)])
def test_an_occurrence_falls_where_the_clock_on_the_wall_says(zone: str, day: date, clock: tuple[int, int]) -> None:
    wall = datetime(day.year, day.month, day.day, *clock)  # noqa: DTZ001
    schedule = read_schedule("FREQ=DAILY", wall - timedelta(days=3), zone)
    start = (wall - timedelta(days=2)).replace(tzinfo=UTC)
    found = {o.wall: o.at for o in occurrences(schedule, start, start + timedelta(days=4))}
    assert found[wall] == instant_of(wall, zone)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)), st.integers(1, 60))  # noqa: DTZ001
def test_two_halves_of_a_time_have_the_occurrences_of_the_whole(zone: str, first: datetime, days: int) -> None:
    schedule = Schedule("FREQ=DAILY;INTERVAL=3", first.replace(second=0, microsecond=0), zone)
    start = first.replace(tzinfo=UTC) - timedelta(days=5)
    middle, end = start + timedelta(days=days), start + timedelta(days=70)
    whole = occurrences(schedule, start, end)
    assert occurrences(schedule, start, middle) + occurrences(schedule, middle, end) == whole
    assert [o.at for o in whole] == sorted({o.at for o in whole})


def test_the_last_day_of_each_month_is_a_rule() -> None:
    schedule = read_schedule("freq=monthly;bymonthday=-1", datetime(2026, 1, 31, 17), "Europe/Berlin")  # noqa: DTZ001
    found = upcoming(schedule, datetime(2026, 1, 1, tzinfo=UTC), 3)
    assert [str(o.at) for o in found] == [
        "2026-01-31 16:00:00+00:00",
        "2026-02-28 16:00:00+00:00",
        "2026-03-31 15:00:00+00:00",
    ]


def test_an_end_in_utc_is_read_on_the_wall_of_the_zone() -> None:
    """09:00 in Berlin on 1 July is 07:00 in UTC: a rule that ends then has that day, one that ends a second before not."""
    first = datetime(2026, 6, 29, 9)  # noqa: DTZ001
    for until, days in (("20260701T070000Z", 3), ("20260701T065959Z", 2), ("20260701T090000", 3), ("20260701", 2)):
        schedule = read_schedule(f"FREQ=DAILY;UNTIL={until}", first, "Europe/Berlin")
        assert len(upcoming(schedule, datetime(2026, 1, 1, tzinfo=UTC), 9)) == days, until


@pytest.mark.parametrize(
    ("rule", "zone", "why"),
    [
        ("every month", "UTC", "rule: must read like"),
        ("FREQ=SECONDLY", "UTC", "rule: FREQ must be one of"),
        ("FREQ=DAILY;BYHOUR=3", "UTC", "rule: BYHOUR is not understood"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "UTC", "rule: never falls within ten years"),
        ("FREQ=DAILY;INTERVAL=0", "UTC", "rule: "),
        ("FREQ=DAILY;COUNT=1;COUNT=2", "UTC", "rule: a part stands twice"),
        ("FREQ=DAILY;UNTIL=20270230T000000Z", "UTC", "rule: UNTIL=20270230T000000Z is neither a day"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "Asia/Tokyo", "rule: UNTIL=99991231T235959Z is neither"),
        ("FREQ=DAILY;UNTIL=2027", "UTC", "rule: UNTIL=2027 is neither"),
        ("FREQ=DAILY;UNTIL=2027110T000000", "UTC", "rule: UNTIL=2027110T000000 is neither"),
        ("FREQ=FORTNIGHTLY", "UTC", "rule: FREQ must be"),
        ("FREQ=DAILY", "Europe/Nowhere", "time_zone: unknown time zone"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_at_its_field(rule: str, zone: str, why: str) -> None:
    with pytest.raises(Fault, match=why):
        read_schedule(rule, datetime(2026, 1, 1, 9), zone)  # noqa: DTZ001


BERLIN = {"time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("start", "delay", "due"),
    [
        ("2026-03-28T12:00+01:00", Delay(86_400, Unit.SECONDS), "2026-03-29T13:00+02:00"),
        ("2026-03-28T12:00+01:00", Delay(1, Unit.DAYS), "2026-03-30T00:00+02:00"),
        ("2026-10-23T23:59+02:00", Delay(2, Unit.DAYS), "2026-10-26T00:00+01:00"),
        ("2026-03-27T17:00+01:00", Delay(2 * 3600, Unit.WORKING_SECONDS), "2026-03-30T09:00+02:00"),
        ("2026-03-27T17:00+01:00", Delay(1, Unit.WORKING_DAYS), "2026-03-31T00:00+02:00"),
        ("2026-03-27T17:00+01:00", Delay(0, Unit.WORKING_DAYS), "2026-03-28T00:00+01:00"),
        ("2026-03-28T23:30+00:00", Delay(0, Unit.DAYS), "2026-03-30T00:00+02:00"),
    ],
)
def test_a_delay_ends_to_the_second(start: str, delay: Delay, due: str) -> None:
    calendar = read_calendar(OFFICE, "office")
    found = due_at(datetime.fromisoformat(start), delay, time_zone="Europe/Berlin", calendar=calendar)
    assert found == datetime.fromisoformat(due)
    assert found.utcoffset() == timedelta(0)


def test_working_time_needs_a_calendar_and_one_that_opens() -> None:
    start = datetime(2026, 3, 27, tzinfo=UTC)
    closed = read_calendar({"time_zone": "UTC", "week": {"mon": []}}, "closed")
    with pytest.raises(Fault, match="calendar: is needed"):
        due_at(start, Delay(1, Unit.WORKING_DAYS), time_zone="UTC")
    for delay in (Delay(1, Unit.WORKING_DAYS), Delay(1, Unit.WORKING_SECONDS)):
        with pytest.raises(Fault, match="calendar: never opens"):
            due_at(start, delay, time_zone="UTC", calendar=closed)
    with pytest.raises(Fault, match="negative"):
        Delay(-1, Unit.DAYS)


def test_reminders_that_would_lie_in_the_past_are_not_set() -> None:
    due = datetime(2026, 3, 10, tzinfo=UTC)
    leads = [timedelta(days=7), timedelta(days=2), timedelta(days=2), timedelta(0)]
    assert instants_before(due, leads, not_before=datetime(2026, 3, 5, tzinfo=UTC)) == [
        datetime(2026, 3, 8, tzinfo=UTC)
    ]
