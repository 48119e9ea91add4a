"""The course of a clock, its waits by kind, and a log in words: pure."""

from itsm.calc.course import course, joined, wait_sums
from itsm.calc.daily import past_days, weekdays_left
from itsm.calc.story import LogEvent, story


def all_open(a: int, b: int) -> int:
    return b - a


def test_a_clock_counts_stands_still_and_runs_over() -> None:
    pieces = course(0, 100, 70, [(20, 40)], all_open)
    assert [(p.start_us, p.end_us, p.kind, p.sum_us) for p in pieces] == [
        (0, 20, "counts", 20), (20, 40, "stopped", 20), (40, 70, "counts", 50), (70, 100, "over", 80),
    ]  # fmt: skip
    assert course(5, 5, None, [], all_open) == ()


def test_stretches_are_joined_and_clipped() -> None:
    assert joined([(5, 10), (0, 6), (20, 30), (40, 40)], 2, 25) == [(2, 10), (20, 25)]


def test_what_two_kinds_of_wait_share_is_taken_off_once() -> None:
    waits = [("customer", 10, 30), ("client_vendor", 20, 50), ("problem", 60, 70)]
    sums = wait_sums(0, 100, waits, frozenset({"customer", "client_vendor"}), all_open)
    assert [(s.kind, s.taken_off_us, s.stops) for s in sums] == [
        ("customer", 20, True), ("client_vendor", 20, True), ("problem", 0, False),
    ]  # fmt: skip


def test_a_log_tells_what_moved_the_clock() -> None:
    def event(at: int, state: str, priority: int = 3, group: str = "Desk") -> LogEvent:
        return LogEvent(at, state, priority, group, "")

    told = story([
        event(0, "New"), event(1, "New"), event(2, "Active"), event(3, "Awaiting User Info"), event(4, "Active", group="Mail"),
        event(5, "Active", priority=4, group="Mail"), event(6, "Resolved", 4, "Mail"), event(7, "Closed", 4, "Mail"),
    ])  # fmt: skip
    assert [(t.words, t.moves_clock) for t in told] == [
        ("Opened as P3, to Desk", True), ("Updated", False), ("Answered", True), ("Waits for the caller", True),
        ("Goes on, to Mail", True), ("Priority lowered, P3 to P4", True), ("Resolved", True), ("Closed", False),
    ]  # fmt: skip
    assert [t.holder for t in told][3:5] == ["client", "provider"]


def test_days_behind_and_ahead() -> None:
    from datetime import date

    days = past_days({date(2016, 5, 3): (4, 3)}, date(2016, 5, 2), date(2016, 5, 4))
    assert [(d.weekday, d.total, d.met) for d in days] == [(0, 0, 0), (1, 4, 3)]
    assert weekdays_left(date(2016, 5, 29), date(2016, 5, 31)) == (0, 1)
