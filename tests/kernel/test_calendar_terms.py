"""What a calendar may say, and the path that a fault names."""

from datetime import date

import pytest

from mspgov.kernel.calendar_terms import public_holidays, read_calendar, write_calendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import read_instant, write_instant

pytestmark = pytest.mark.requirement("R2.2")


def office(**changed):
    return {"time_zone": "Europe/Berlin", "week": {"mon": [["08:00", "12:00"], ["13:00", "17:30"]]}, **changed}


def without(document, key):
    return {name: value for name, value in document.items() if name != key}


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ([], "calendars.office: must be a mapping"),
        (office(weeks={}), "calendars.office.weeks: unknown key"),
        (without(office(), "time_zone"), "calendars.office: needs time_zone"),
        (without(office(), "week"), "calendars.office: needs week or always"),
        (office(time_zone="Mars/Olympus"), "calendars.office.time_zone: unknown time zone 'Mars/Olympus'"),
        (office(time_zone=1), "calendars.office.time_zone: must be the name of a time zone"),
        ({"time_zone": "UTC", "always": False}, "calendars.office.always: must be true"),
        (office(always=True), "calendars.office.week: may not stand beside always"),
        (
            {"time_zone": "UTC", "always": True, "holidays": []},
            "calendars.office.holidays: may not stand beside always",
        ),
        (office(week=[]), "calendars.office.week: must be a mapping"),
        (office(week={"monday": []}), "calendars.office.week.monday: unknown key"),
        (office(week={"mon": "08:00"}), "calendars.office.week.mon: must be a list of intervals"),
        (office(week={"mon": [["08:00"]]}), "calendars.office.week.mon[0]: must be a start and an end"),
        (office(week={"mon": [["08:00", "25:00"]]}), "calendars.office.week.mon[0][1]: '25:00' is not a time"),
        (office(week={"mon": [["8:00", "12:00"]]}), "calendars.office.week.mon[0][0]: '8:00' is not a time"),
        (office(week={"mon": [[8, "12:00"]]}), "calendars.office.week.mon[0][0]: 8 is not a time"),
        (office(week={"mon": [["08:00", "12:60"]]}), "calendars.office.week.mon[0][1]: '12:60' is not a time"),
        (office(week={"mon": [["08:00", "24:30"]]}), "calendars.office.week.mon[0][1]: '24:30' is not a time"),
        (office(week={"mon": [["24:00", "08:00"]]}), "calendars.office.week.mon[0][0]: 24:00 may only end"),
        (
            office(week={"mon": [["08:00", "12:00"], ["11:59", "13:00"]]}),
            "calendars.office.week.mon[1]: overlaps mon[0]",
        ),
        (
            office(week={"mon": [["22:00", "06:00"], ["23:00", "24:00"]]}),
            "calendars.office.week.mon[1]: overlaps mon[0]",
        ),
        (
            office(week={"mon": [["08:00", "08:00"], ["09:00", "10:00"]]}),
            "calendars.office.week.mon[1]: overlaps mon[0]",
        ),
        (
            office(week={"mon": [["09:00", "10:00"], ["08:00", "08:00"]]}),
            "calendars.office.week.mon[1]: overlaps mon[0]",
        ),
        (office(holidays="2026-05-01"), "calendars.office.holidays: must be a list of dates"),
        (office(holidays=["2026-05-01", "2026-02-30"]), "calendars.office.holidays[1]: 2026-02-30 does not exist"),
        (office(holidays=["20260501"]), "calendars.office.holidays[0]: '20260501' is not a date"),
        (office(holiday_calendar={"subdivision": "BE"}), "calendars.office.holiday_calendar: needs country"),
        (office(holiday_calendar={"country": "XX"}), "calendars.office.holiday_calendar.country: no public holidays"),
        (office(holiday_calendar={"country": "XNYS"}), "calendars.office.holiday_calendar.country: no public holidays"),
        (office(holiday_calendar={"country": "ECB"}), "calendars.office.holiday_calendar.country: no public holidays"),
        (
            office(holiday_calendar={"country": "DE", "subdivision": "XX"}),
            "calendars.office.holiday_calendar.subdivision: DE has no subdivision 'XX'",
        ),
        (
            office(holiday_calendar={"country": "DE", "subdivision": ""}),
            "calendars.office.holiday_calendar.subdivision",
        ),
        (
            office(holiday_calendar={"country": "DE", "state": "BE"}),
            "calendars.office.holiday_calendar.state: unknown key",
        ),
        (office(extra=[]), "calendars.office.extra: must be a mapping"),
        (office(extra={"2026-13-01": []}), "calendars.office.extra.2026-13-01: 2026-13-01 does not exist"),
        (office(extra={"2026-12-24": [["08:00", "x"]]}), "calendars.office.extra.2026-12-24[0][1]: 'x' is not a time"),
        (
            office(extra={"2026-12-24": [["08:00", "12:00"], ["09:00", "10:00"]]}),
            "calendars.office.extra.2026-12-24[1]: overlaps 2026-12-24[0]",
        ),
        (office(**{"we\nek": 1}), "calendars.office.['we\\nek']: unknown key"),
    ],
)
def test_a_fault_is_named_by_its_path(document, line):
    with pytest.raises(Fault) as fault:
        read_calendar(document, "calendars.office")
    assert str(fault.value).startswith(line)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    "intervals",
    [
        [["08:00", "12:00"], ["12:00", "13:00"]],
        [["20:00", "02:30"], ["00:30", "02:30"]],
        [["00:00", "24:00"]],
        [["08:00", "08:00"], ["06:00", "08:00"]],
    ],
)
def test_intervals_that_only_meet_do_not_overlap(intervals):
    terms = read_calendar({"time_zone": "UTC", "week": {"sat": intervals}}, "c")
    assert len(terms.week[5]) == len(intervals)


def test_terms_are_written_with_what_they_say():
    document = office(
        holidays=["2026-05-01"],
        holiday_calendar={"country": "DE", "subdivision": "BE"},
        extra={"2026-12-24": [["08:00", "12:00"]], "2026-12-31": []},
    )
    assert write_calendar(read_calendar(document, "c")) == document
    always = {"time_zone": "UTC", "always": True}
    assert write_calendar(read_calendar(always, "c")) == always


def test_public_holidays_come_as_they_fall_and_as_they_are_observed():
    found = public_holidays("US", None, 2021, 2021)
    assert {date(2021, 12, 31), date(2022, 1, 1), date(2021, 7, 4), date(2021, 7, 5)} <= found


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-27T15:00:00+01:00", "2026-03-27T14:00:00Z"),
        ("2026-03-27T15:00Z", "2026-03-27T15:00:00Z"),
        ("2026-03-27 15:00:00.5-03:30", "2026-03-27T18:30:00.500000Z"),
        ("2026-03-27T15:00:00.123456000Z", "2026-03-27T15:00:00.123456Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_instants_are_read_and_written_exactly(text, written):
    assert write_instant(read_instant(text, "at")) == written


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-27T15:00:00", "2026-03-27", "2026-03-27T15Z", "2026-02-30T15:00:00Z", "2026-03-27T24:00:00Z", "",
        "2026-03-27T15:00:00.1234567Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:00:00-01:00", 1774623600, None,
        "2026-03-27T15:00:00+24:00", "2026-W13-5T15:00:00Z", "٢٠٢٦-03-27T15:00:00Z", "2026-03-27T15:00:00Z\n",
    ],
)  # fmt: skip
def test_what_is_not_an_instant_with_an_offset_is_refused(text):
    with pytest.raises(Fault, match=r"^at: "):
        read_instant(text, "at")
