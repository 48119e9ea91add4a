"""The working calendar against a slow oracle that looks at every minute, and against the laws of working time."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mspgov.kernel.calendar import CalendarTerms, NeverReached, WorkingCalendar
from mspgov.kernel.calendar_terms import read_calendar, write_calendar

pytestmark = pytest.mark.requirement("R2.2")

MINUTE = 60_000_000
DAY = 86_400_000_000
BIG = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))

CLOCK_CHANGES = {
    "Europe/Berlin spring": ("Europe/Berlin", date(2026, 3, 27)),
    "Europe/Berlin autumn": ("Europe/Berlin", date(2026, 10, 23)),
    "Europe/London autumn": ("Europe/London", date(2026, 10, 23)),
    "America/New_York spring": ("America/New_York", date(2026, 3, 6)),
    "Sao Paulo skips midnight": ("America/Sao_Paulo", date(2018, 11, 2)),
    "Sao Paulo repeats the hour before midnight": ("America/Sao_Paulo", date(2018, 2, 15)),
    "Lord Howe moves by half an hour forward": ("Australia/Lord_Howe", date(2026, 10, 2)),
    "Lord Howe moves by half an hour back": ("Australia/Lord_Howe", date(2026, 4, 3)),
    "Casablanca begins Ramadan": ("Africa/Casablanca", date(2026, 2, 13)),
    "Casablanca ends Ramadan": ("Africa/Casablanca", date(2026, 3, 20)),
    "Kathmandu never moves": ("Asia/Kathmandu", date(2026, 3, 1)),
    "St Johns leaps at one past midnight": ("America/St_Johns", date(2010, 3, 12)),
    "St Johns falls back over midnight": ("America/St_Johns", date(2010, 11, 5)),
    "Apia skips a whole day": ("Pacific/Apia", date(2011, 12, 28)),
    "Kwajalein repeats almost a day": ("Pacific/Kwajalein", date(1969, 9, 28)),
    "Havana skips midnight": ("America/Havana", date(2026, 3, 6)),
    "Havana repeats midnight": ("America/Havana", date(2026, 10, 30)),
    "Troll moves by two hours": ("Antarctica/Troll", date(2026, 3, 27)),
    "Caracas moves by half an hour": ("America/Caracas", date(2016, 4, 29)),
    "Pyongyang moves by half an hour at midnight": ("Asia/Pyongyang", date(2018, 5, 2)),
}
DAYS = 7


@cache
def minutes_of(zone_name: str, first: date) -> tuple[int, tuple[datetime, ...]]:
    """The first UTC minute looked at and the wall clock at it and at each minute after it, for DAYS + 12 days."""
    zone = ZoneInfo(zone_name)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=6)
    walls = tuple(
        (begin + timedelta(minutes=n)).astimezone(zone).replace(tzinfo=None, fold=0) for n in range((DAYS + 12) * 1440)
    )
    return (begin - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(minutes=1), walls


@cache
def places_of(zone_name: str, first: date) -> dict[datetime, list[int]]:
    places: dict[datetime, list[int]] = {}
    for number, wall in enumerate(minutes_of(zone_name, first)[1]):
        places.setdefault(wall, []).append(number)
    return places


@cache
def place(zone_name: str, first: date, wall: datetime, *, is_end: bool) -> int:
    """The minute at which the wall shows this time; midnight is the first one, a missing time is the jump."""
    found = places_of(zone_name, first).get(wall)
    if found:
        return found[-1] if is_end and wall.time() != datetime.min.time() else found[0]
    return next(n for n, seen in enumerate(minutes_of(zone_name, first)[1]) if seen > wall)


def open_minutes(terms: CalendarTerms, first: date) -> np.ndarray:
    """For every minute looked at whether it is open, by reading the rules one date after another."""
    _, walls = minutes_of(terms.time_zone, first)
    is_open = np.zeros(len(walls), dtype=bool)
    extra = dict(terms.extra)
    dates = [first + timedelta(days=n) for n in range(-4, DAYS + 4)]

    def at(day: date, minutes: int, *, is_end: bool) -> int:
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
        return place(terms.time_zone, first, wall, is_end=is_end)

    for day in dates:
        for start, end in extra.get(day, terms.week[day.weekday()]):
            is_open[at(day, start, is_end=False) : at(day, end, is_end=True)] = True
    for day in dates:
        if day in terms.holidays and day not in extra:
            is_open[at(day, 0, is_end=False) : at(day, 1440, is_end=False)] = False
    return is_open


clock_times = st.integers(0, 23).flatmap(
    lambda h: st.sampled_from([h * 60, h * 60, h * 60 + 30, h * 60 + 1, h * 60 + 59])
)


@st.composite
def day_plans(draw):
    """Disjoint intervals of one date; the last of them may be a night."""
    cuts = sorted(set(draw(st.lists(clock_times, max_size=5))))
    plan = [(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    if len(cuts) % 2:
        plan.append((cuts[-1], draw(st.sampled_from([1440, cuts[-1] + 1440, 1440 + cuts[-1] // 2, 1440 + 120]))))
        if plan[-1][1] > plan[-1][0] + 1440:
            plan[-1] = (plan[-1][0], 1440)
    return tuple(plan)


@st.composite
def calendars(draw):
    zone, first = CLOCK_CHANGES[draw(st.sampled_from(sorted(CLOCK_CHANGES)))]
    days = st.integers(-1, DAYS).map(lambda n: first + timedelta(days=n))
    terms = CalendarTerms(
        time_zone=zone,
        week=tuple(draw(day_plans()) for _ in range(7)),
        holidays=frozenset(draw(st.lists(days, max_size=3))),
        extra=tuple(sorted(draw(st.dictionaries(days, day_plans(), max_size=2)).items())),
    )
    return terms, first


def seen(terms: CalendarTerms, first: date) -> tuple[WorkingCalendar, np.ndarray, np.ndarray]:
    """The calendar, the middle minutes looked at as instants, and whether the oracle finds them open."""
    begin, walls = minutes_of(terms.time_zone, first)
    instants = (begin + np.arange(len(walls), dtype=np.int64)) * MINUTE
    inside = slice(4 * 1440, len(walls) - 4 * 1440)
    calendar = WorkingCalendar(terms, first - timedelta(days=5), first + timedelta(days=DAYS + 5))
    return calendar, instants[inside], open_minutes(terms, first)[inside]


@BIG
@given(calendars())
def test_every_minute_is_open_or_closed_as_the_rules_say(drawn):
    calendar, instants, is_open = seen(*drawn)
    found = calendar.open_between(instants, instants + MINUTE)
    assert np.array_equal(found, np.where(is_open, MINUTE, 0))


@BIG
@given(calendars(), st.data())
def test_elapsed_and_due_with_pauses_agree_with_counting_minutes(drawn, data):
    calendar, instants, is_open = seen(*drawn)
    rows = []
    for _ in range(data.draw(st.integers(1, 6))):
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(instants) - 1)] * 2)))
        at = st.integers(max(start - 600, 0), min(end + 600, len(instants) - 1))
        pauses = data.draw(st.lists(st.tuples(at, at).map(sorted), max_size=6))
        rows.append((start, end, pauses))
    offsets = np.cumsum([0] + [len(pauses) for _, _, pauses in rows])
    off = np.array([instants[a] for _, _, pauses in rows for a, _ in pauses], dtype=np.int64)
    on = np.array([instants[b] for _, _, pauses in rows for _, b in pauses], dtype=np.int64)
    starts = instants[[start for start, _, _ in rows]]
    elapsed = calendar.elapsed(starts, instants[[end for _, end, _ in rows]], offsets, off, on)
    for (start, end, pauses), found in zip(rows, elapsed, strict=True):
        counts = is_open.copy()
        for a, b in pauses:
            counts[a:b] = False
        assert found == counts[start:end].sum() * MINUTE
        worked = np.cumsum(counts[start:])
        for wanted in {0, 1, int(worked[-1]) // 2, int(worked[-1])}:
            if worked[-1] < max(wanted, 1):
                continue
            minute = start + int(np.searchsorted(worked, max(wanted, 1)))
            expected = instants[minute] + (MINUTE if wanted else 0)
            one = np.array([0, len(pauses)])
            mine = [np.array([instants[p[side]] for p in pauses], dtype=np.int64) for side in (0, 1)]
            assert calendar.due(instants[[start]], np.array([wanted * MINUTE]), one, *mine)[0] == expected


@BIG
@given(calendars(), st.data())
def test_what_is_due_has_then_elapsed_and_not_a_microsecond_before(drawn, data):
    calendar, instants, is_open = seen(*drawn)
    if not is_open.any():
        return
    low, high = int(instants[0]), int(instants[-1])
    starts = np.array(data.draw(st.lists(st.integers(low, high), min_size=1, max_size=8)), dtype=np.int64)
    moments = st.integers(low - DAY, high + 2 * DAY)
    pauses = [data.draw(st.lists(st.tuples(moments, moments).map(sorted), max_size=5)) for _ in starts]
    offsets = np.cumsum([0] + [len(each) for each in pauses])
    off = np.array([a for each in pauses for a, _ in each], dtype=np.int64)
    on = np.array([b for each in pauses for _, b in each], dtype=np.int64)
    wanted = np.array(data.draw(st.lists(st.integers(0, 9 * DAY), min_size=len(starts), max_size=len(starts))))
    try:
        due = calendar.due(starts, wanted, offsets, off, on)
    except NeverReached:
        assert calendar.terms.week_minutes == 0
        return
    assert (due >= starts).all()
    assert np.array_equal(calendar.elapsed(starts, due, offsets, off, on), wanted)
    started = np.flatnonzero((wanted > 0) & (due > starts))
    for row in started:
        before = calendar.elapsed(
            starts[[row]],
            due[[row]] - 1,
            np.array([0, len(pauses[row])]),
            *(part[offsets[row] : offsets[row + 1]] for part in (off, on)),
        )
        assert before[0] == wanted[row] - 1
    later = calendar.due(starts, wanted + 1, offsets, off, on)
    assert (later > due).all()


@BIG
@given(calendars(), st.data())
def test_elapsed_adds_up_and_does_not_depend_on_the_order_of_the_pauses(drawn, data):
    calendar, instants, _ = seen(*drawn)
    moments = st.integers(int(instants[0]), int(instants[-1]))
    a, b, c = sorted(data.draw(st.tuples(moments, moments, moments)))
    pauses = data.draw(st.lists(st.tuples(moments, moments).map(sorted), max_size=6))

    def worked(start, end, listed):
        sides = [np.array([p[side] for p in listed], dtype=np.int64) for side in (0, 1)]
        return int(calendar.elapsed(np.array([start]), np.array([end]), np.array([0, len(listed)]), *sides)[0])

    assert worked(a, c, pauses) == worked(a, b, pauses) + worked(b, c, pauses)
    assert worked(a, c, pauses) == worked(a, c, pauses[::-1]) == worked(a, c, pauses + pauses)
    assert 0 <= worked(a, c, pauses) <= worked(a, c, []) <= c - a
    assert worked(a, c, [*pauses, (a, c)]) == 0


@BIG
@given(calendars())
def test_a_calendar_that_has_grown_answers_as_one_that_was_made_large(drawn):
    terms, first = drawn
    calendar, instants, _ = seen(terms, first)
    grown = WorkingCalendar(terms, first, first)
    before = grown.open_before(instants[:1] + 2 * DAY)
    far = np.array([int(instants[0]) - 900 * DAY, int(instants[-1]) + 900 * DAY])
    grown.open_before(far)
    assert np.array_equal(grown.open_before(instants[:1] + 2 * DAY), before)
    assert np.array_equal(
        grown.open_between(instants[:-1], instants[1:]), calendar.open_between(instants[:-1], instants[1:])
    )


@BIG
@given(calendars())
def test_terms_written_read_back_as_themselves(drawn):
    terms, _ = drawn
    again = read_calendar(write_calendar(terms), "calendar")
    assert again == terms


def test_the_intervals_are_in_order_disjoint_and_whole_nights():
    terms = read_calendar({"time_zone": "UTC", "week": {"mon": [["22:00", "06:00"]], "tue": [["05:00", "09:00"]]}}, "c")
    starts, ends = WorkingCalendar(terms, date(2026, 3, 2), date(2026, 3, 3)).intervals()
    assert len(starts) == 1
    assert ends[0] - starts[0] == 11 * 60 * MINUTE


@pytest.mark.parametrize(
    "document",
    [
        {"time_zone": "UTC", "week": {}},
        {"time_zone": "UTC", "week": {}, "extra": {"2026-05-01": [["08:00", "12:00"]]}},
    ],
)
def test_a_calendar_that_never_opens_again_names_the_rows_it_fails(document):
    calendar = WorkingCalendar(read_calendar(document, "c"), date(2026, 6, 1), date(2026, 6, 2))
    start = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
    with pytest.raises(NeverReached) as refusal:
        calendar.due(np.array([int(start) * 1_000_000]), np.array([0]))
    assert refusal.value.rows.tolist() == [0]


def test_an_extra_day_far_ahead_is_found():
    document = {"time_zone": "Europe/Berlin", "week": {}, "extra": {"2099-05-01": [["08:00", "12:00"]]}}
    calendar = WorkingCalendar(read_calendar(document, "c"), date(2026, 6, 1), date(2026, 6, 2))
    due = calendar.due(np.array([1_780_000_000_000_000]), np.array([60 * MINUTE]))[0]
    assert due == int(datetime(2099, 5, 1, 7, tzinfo=UTC).timestamp()) * 1_000_000


def test_many_pauses_that_overlap_in_one_row_count_once():
    calendar = WorkingCalendar(CalendarTerms("UTC", always=True), date(2026, 1, 1), date(2026, 1, 2))
    random = np.random.default_rng(3)
    off = random.integers(0, 10**12, 5000)
    on = off + random.integers(0, 10**9, 5000)
    covered = np.zeros(10**6 + 1001, dtype=bool)
    off, on = off // 10**6 * 10**6, on // 10**6 * 10**6
    for a, b in zip(off // 10**6, on // 10**6, strict=True):
        covered[a:b] = True
    found = calendar.elapsed(np.array([0]), np.array([10**6 * 10**6]), np.array([0, 5000]), off, on)[0]
    assert found == 10**12 - int(covered[: 10**6].sum()) * 10**6


def test_rows_that_end_before_they_start_are_refused():
    calendar = WorkingCalendar(CalendarTerms("UTC", always=True), date(2026, 1, 1), date(2026, 1, 2))
    with pytest.raises(ValueError, match="row 1 ends before it starts"):
        calendar.elapsed(np.array([0, 5]), np.array([0, 4]))
    with pytest.raises(ValueError, match="pause 0 ends before it starts"):
        calendar.elapsed(np.array([0]), np.array([4]), np.array([0, 1]), np.array([3]), np.array([2]))
