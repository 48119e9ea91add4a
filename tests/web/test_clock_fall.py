"""The clock of a ticket on a phone: quiet days in one line, every figure exact; and words of the wide one that keep clear."""

from datetime import UTC, datetime, timedelta

import pytest

from mspgov.web.components import Clock, ClockBlock, ClockLane, DueMark, GaugeLine
from mspgov.web.components.clock_flags import laid

HOUR = 3_600_000_000
MONDAY = round(datetime(2016, 5, 2, tzinfo=UTC).timestamp() * 1_000_000)


def us(days: int, hours: float) -> int:
    return MONDAY + round((days * 24 + hours) * HOUR)


def clock(*blocks: ClockBlock, dues: tuple[DueMark, ...] = (), weeks: int = 3) -> Clock:
    """Open on working days from 8 to 18."""
    closed = [(us(-3, 18), us(0, 8))]
    working = [day for day in range(weeks * 7) if day % 7 < 5]
    closed += [(us(day, 18), us(day + (3 if day % 7 == 4 else 1), 8)) for day in working]
    lanes = (ClockLane("provider", "Cobalt"), ClockLane("client", "Aurora"))
    ended = max(block.end_us for block in blocks)
    return Clock(UTC, "UTC", blocks[0].start_us, ended, lanes, blocks, (), tuple(closed), dues=dues)


def test_quiet_days_stand_in_one_line_with_their_exact_sums() -> None:
    rows = clock(ClockBlock("provider", us(0, 10), us(11, 12.5), "Group 7", continued="group 7")).fall
    assert [(row.time, row.sub) for row in rows] == [
        ("Mon 10:00", "8:00"),
        ("18:00", "14\u00a0h\u00a000"),
        ("Tue 08:00", "8 working days counted, 3–12\u00a0May: 80:00; 146\u00a0h\u00a000 closed between"),
        ("18:00", "14\u00a0h\u00a000"),
        ("Fri 08:00", "4:30"),
    ]


def test_a_due_instant_and_an_event_part_the_quiet_days() -> None:
    due = DueMark(us(8, 9), "Resolution due 10 May, 09:00", "resolved", "missed", "Resolved, late", us(14, 11))
    first = ClockBlock("client", us(0, 9), us(3, 9), "Waiting", "stopped: §4.3", continued="still waiting")
    second = ClockBlock("provider", us(3, 9), us(14, 11), "Group 7", continued="group 7")
    subs = [row.sub for row in clock(first, second, dues=(due,)).fall if "working days" in row.sub]
    assert subs == [
        "2 working days stopped, 3–4\u00a0May: 20:00; 14\u00a0h\u00a000 closed between; §4.3",
        "2 working days counted, 6–9\u00a0May: 20:00; 62\u00a0h\u00a000 closed between",
        "3 working days counted, 11–13\u00a0May: 30:00; 28\u00a0h\u00a000 closed between",
    ]


@pytest.mark.parametrize("end_day", [1, 4, 11, 18])
def test_no_time_is_lost_and_a_long_ticket_fits_two_screens(end_day: int) -> None:
    drawn = clock(ClockBlock("provider", us(0, 10), us(end_day, 12), "Group 7", continued="group 7"), weeks=4)
    rows = drawn.fall
    counted = [row.sub.partition(": ")[2].partition(";")[0] or row.sub for row in rows if row.kind == "provider"]
    total = sum(int(text.split(":")[0]) * 60 + int(text.split(":")[1]) for text in counted)
    assert timedelta(minutes=total) == timedelta(microseconds=drawn._open_time(us(0, 10), us(end_day, 12)))
    assert sum(row.height for row in rows) < 1500


def test_due_words_never_lie_over_each_other() -> None:
    words = ("Response due 2 Mar, 10:18", "answered 3 Mar, 14:24, 14 h 6 min late")
    for a in range(0, 100, 5):
        for b in range(a, 100, 5):
            one, other = laid([(a, *words), (b, *words)])
            apart = one.row != other.row and 0 not in (one.row, other.row)
            low, high = sorted((one.span_px, other.span_px))
            assert apart or low[1] <= high[0], (a, b)
            assert all(-1 <= edge <= 1005 for flag in (one, other) for edge in flag.span_px), (a, b)


@pytest.mark.parametrize(
    ("minimum", "expected", "labels"),
    [
        (70, 90, [("start", "minimum 70"), ("start", "expected 90")]),
        (70, 75, [("start", "minimum 70, expected 75")]),
        (85, 90, [("end", "minimum 85"), ("start", "expected 90")]),
        (95, 100, [("end", "minimum 95"), ("end", "expected 100")]),
        (98, 99, [("end", "minimum 98, expected 99")]),
        (None, 70, [("start", "expected 70")]),
    ],
)
def test_the_words_of_a_gauge_stay_on_it(minimum: float | None, expected: float, labels: list[tuple[str, str]]) -> None:
    gauge = GaugeLine(80, minimum, expected, "met", labelled=True)
    assert [label[2:] for label in gauge.labels] == labels
