"""Clocks against a second opinion that walks from minute to minute, and the rules one by one."""

import random
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from itsm.calc.lowering import Changes, lowered_near_due
from itsm.calc.measurement import (
    MET,
    MISSED,
    NEVER,
    UNDECIDED,
    WAIT_KINDS,
    Count,
    Judged,
    LevelRules,
    Tickets,
    counted,
    judge,
    kind_bits,
    month_places,
)
from mspgov.kernel.calendar import WorkingCalendar, read_calendar
from mspgov.kernel.period import Month, month_edges_us
from tests.itsm.slow_oracle import Case, Office
from tests.itsm.slow_oracle import judge as judge_slowly

pytestmark = pytest.mark.requirement("R2.5")

HOUR = 3_600_000_000
MINUTE = HOUR // 60
WEEK = {"mon": [["08:00", "12:00"], ["13:00", "17:30"]], "tue": [["08:00", "18:00"]], "wed": [["08:00", "18:00"]],
        "thu": [["08:00", "18:00"]], "fri": [["08:00", "16:00"]], "sat": [["10:00", "11:00"]]}  # fmt: skip
SPAN = (date(2016, 2, 1), date(2016, 6, 1))
ALWAYS = WorkingCalendar(read_calendar({"always": True, "time_zone": "UTC"}, "c"), *SPAN)
OFFICE = WorkingCalendar(
    read_calendar({"time_zone": "Europe/Berlin", "week": WEEK, "holidays": ["2016-03-25"]}, "c"), *SPAN
)
SLOW_OFFICE = Office(
    "Europe/Berlin",
    {
        0: [(480, 720), (780, 1050)],
        1: [(480, 1080)],
        2: [(480, 1080)],
        3: [(480, 1080)],
        4: [(480, 960)],
        5: [(600, 660)],
    },
    frozenset({"2016-03-25"}),
)


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def at(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC)


def tickets(*rows: dict) -> Tickets:
    """One row a ticket: opened, answered, resolved (text or None), priority or (last, worst, first), waits."""

    def column(name):
        return np.array([us(r[name]) if r.get(name) else NEVER for r in rows], dtype=np.int64)

    ranks = [p if isinstance(p := r.get("priority", 3), tuple) else (p, p, p) for r in rows]
    waits = [
        (i, WAIT_KINDS.index(k), us(s), us(e) if e else NEVER)
        for i, r in enumerate(rows)
        for k, s, e in r.get("waits", [])
    ]
    row, kind, starts, ends = (np.array([w[j] for w in waits], dtype=np.int64) for j in range(4))
    last, worst, first = (np.array([p[j] for p in ranks], dtype=np.int8) for j in range(3))
    return Tickets(
        column("opened"), column("answered"), column("resolved"), last, worst, first, (), row, kind.astype(np.int8), starts, ends
    )  # fmt: skip


def rules(**given) -> LevelRules:
    values = {
        "key": "level", "measure": "resolve", "calendar": ALWAYS, "targets": np.array([0, 4, 8, 24, 40]) * HOUR, "stops": 0,
        "priority_rule": "last", "counts_in": "decided", "selection": -1, "opened_from": us("2016-01-01"),
        "opened_until": us("2017-01-01"), **given,
    }  # fmt: skip
    return LevelRules(**values)


def one(ticket: dict, now: str = "2016-05-01", **given) -> Judged:
    found = judge(tickets(ticket), rules(**given), us(now))
    assert len(found.rows) == 1
    return found


def test_met_means_elapsed_not_over_target():
    assert one({"opened": "2016-03-01T10:00", "resolved": "2016-03-02T10:00"}).verdicts[0] == MET
    late = one({"opened": "2016-03-01T10:00", "resolved": "2016-03-02T10:01"})
    assert (late.verdicts[0], late.due[0]) == (MISSED, us("2016-03-02T10:00"))


def test_an_unfinished_ticket_is_missed_once_its_target_has_passed():
    ticket = {"opened": "2016-03-01T10:00"}
    assert one(ticket, "2016-03-02T10:00").verdicts[0] == UNDECIDED
    late = one(ticket, "2016-03-02T10:01")
    assert (late.verdicts[0], late.due[0], late.ends[0]) == (MISSED, us("2016-03-02T10:00"), NEVER)
    assert one(ticket, "2016-02-01").elapsed[0] == 0


def test_only_waits_of_the_kinds_that_stop_are_taken_off_and_vendors_of_the_provider_never():
    waits = [(k, f"2016-03-01T{10 + i}:00", f"2016-03-01T{11 + i}:00") for i, k in enumerate(WAIT_KINDS)]
    ticket = {"opened": "2016-03-01T10:00", "resolved": "2016-03-01T20:00", "waits": waits}
    assert one(ticket, stops=kind_bits(["customer"])).paused[0] == HOUR
    everything = one(ticket, stops=kind_bits(WAIT_KINDS))
    assert (everything.paused[0], everything.elapsed[0]) == (5 * HOUR, 5 * HOUR)
    assert kind_bits(["provider_vendor", "unknown_vendor"]) == 0


def test_an_unfinished_wait_lasts_until_now_and_waits_are_clipped_to_the_clock():
    ticket = {
        "opened": "2016-03-01T10:00",
        "answered": "2016-03-01T12:00",
        "waits": [("customer", "2016-03-01T11:30", None)],
    }
    stops = kind_bits(["customer"])
    assert one(ticket, "2016-03-05", stops=stops).paused[0] == (4 * 24 - 11.5) * HOUR
    assert one(ticket, "2016-03-05", stops=stops, measure="respond").paused[0] == HOUR // 2


@pytest.mark.parametrize(("rule", "target"), [("last", 40), ("worst", 4), ("first", 24)])
def test_the_priority_rule_sets_the_target(rule, target):
    ticket = {"opened": "2016-03-01T10:00", "resolved": "2016-03-01T11:00", "priority": (4, 1, 3)}
    assert one(ticket, priority_rule=rule).targets[0] == target * HOUR


def test_a_priority_without_target_is_not_in_the_level():
    found = judge(
        tickets({"opened": "2016-03-01", "priority": 2}),
        rules(targets=np.array([0, 4, 0, 0, 0]) * HOUR),
        us("2016-05-01"),
    )
    assert len(found.rows) == 0


def test_a_ticket_is_judged_by_the_terms_in_force_when_it_opened():
    both = tickets({"opened": "2016-03-31T23:59"}, {"opened": "2016-04-01T00:00"})
    old = judge(both, rules(opened_until=us("2016-04-01")), us("2016-05-01"))
    new = judge(both, rules(opened_from=us("2016-04-01"), targets=np.array([0, 1, 1, 1, 1]) * HOUR), us("2016-05-01"))
    assert Judged.joined([new, old]).targets.tolist() == [24 * HOUR, HOUR]


@pytest.mark.parametrize(
    ("counts_in", "ticket", "month"),
    [
        ("decided", {"opened": "2016-03-31T20:00", "resolved": "2016-04-01T00:00"}, "2016-04"),
        ("decided", {"opened": "2016-03-30T20:00", "resolved": "2016-04-01T00:00"}, "2016-03"),
        ("decided", {"opened": "2016-03-30T20:00"}, "2016-03"),
        ("decided", {"opened": "2016-03-31T00:00", "resolved": "2016-04-02T00:00"}, "2016-04"),
        ("ended", {"opened": "2016-03-30T20:00", "resolved": "2016-04-01T00:00"}, "2016-04"),
        ("ended", {"opened": "2016-03-30T20:00"}, None),
        ("opened", {"opened": "2016-03-30T20:00", "resolved": "2016-04-01T00:00"}, "2016-03"),
        ("opened", {"opened": "2016-04-30T20:00"}, None),
    ],
)
def test_the_month_in_which_a_ticket_counts(counts_in, ticket, month):
    edges = month_edges_us(Month("2016-02"), Month("2016-05"), "UTC")
    place = month_places(one(ticket, counts_in=counts_in), edges)[0]
    assert (None if place < 0 else f"2016-0{place + 2}") == month


def test_excluded_tickets_are_counted_apart():
    found = judge(
        tickets(*({"opened": f"2016-03-0{d}", "resolved": f"2016-03-0{d + 2 * (d > 4)}T01:00"} for d in range(1, 8))),
        rules(), us("2016-05-01"),
    )  # fmt: skip
    excluded = np.array([True, False, False, False, False, False, True])
    assert counted(found, np.zeros(7, dtype=np.int64), excluded, 1) == [Count(5, 3, 2)]


def made_up(seed: int, count: int) -> list[Case]:
    random_ = random.Random(seed)  # noqa: S311 - test data
    cases = []
    for number in range(count):
        opened = datetime(2016, 3, 1, tzinfo=UTC) + timedelta(minutes=random_.randrange(0, 40_000))
        length = random_.randrange(0, 9_000)
        resolved = opened + timedelta(minutes=length) if random_.random() < 0.8 else None
        waits = []
        for _ in range(random_.randrange(0, 4)):
            start = opened + timedelta(minutes=random_.randrange(-300, 9_000))
            end = start + timedelta(minutes=random_.randrange(1, 3_000)) if random_.random() < 0.8 else None
            waits.append((random_.choice(WAIT_KINDS), start, end))
        cases.append(Case(f"INC{number}", opened, None, resolved, [random_.randrange(1, 5)], "", waits))
    return cases


def as_row(case: Case) -> dict:
    def text(instant):
        return None if instant is None else instant.replace(tzinfo=None).isoformat()

    return {
        "opened": text(case.opened), "resolved": text(case.resolved), "priority": case.priorities[-1],
        "waits": [(k, text(s), text(e)) for k, s, e in case.waits],
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("calendar", ["office", "always"])
def test_random_clocks_are_what_walking_from_minute_to_minute_says(seed, calendar):
    cases = made_up(seed, 25)
    now = datetime(2016, 4, 20, 10, tzinfo=UTC)
    fast, slow = (OFFICE, SLOW_OFFICE) if calendar == "office" else (ALWAYS, Office("UTC", {}, always=True))
    stops = {"customer", "client_vendor", "planned"}
    found = judge(
        tickets(*map(as_row, cases)),
        rules(calendar=fast, stops=kind_bits(stops)),
        us(now.replace(tzinfo=None).isoformat()),
    )
    assert found.rows.tolist() == list(range(25))
    for i, case in enumerate(cases):
        target = (4, 8, 24, 40)[case.priorities[-1] - 1] * 60
        expected = judge_slowly(case, case.resolved, slow, target, stops, now)
        verdict = {True: MET, False: MISSED, None: UNDECIDED}[expected.met]
        due = at(int(found.due[i])) if found.due[i] != NEVER else None
        assert (found.elapsed[i], found.paused[i], found.verdicts[i], due) == (
            expected.elapsed * MINUTE, expected.paused * MINUTE, verdict, expected.due,
        )  # fmt: skip


def lowered(at_text: str, ticket: dict | None = None, **given):
    changes = Changes(
        np.array([0]), np.array([us(at_text)]), np.array([1], dtype=np.int8), np.array([3], dtype=np.int8)
    )
    rows = tickets(ticket or {"opened": "2016-03-01T10:00", "resolved": "2016-03-01T16:00", "priority": (3, 1, 1)})
    return lowered_near_due(rows, rules(**given), changes, us("2016-05-01"))


def test_a_priority_lowered_in_the_hour_before_the_worse_due_instant_or_after_it_is_listed():
    assert len(lowered("2016-03-01T12:59").change) == 0
    assert lowered("2016-03-01T13:00").due.tolist() == [us("2016-03-01T14:00")]
    assert lowered("2016-03-01T15:00").would_miss.tolist() == [True]
    in_time = {"opened": "2016-03-01T10:00", "resolved": "2016-03-01T13:30", "priority": (3, 1, 1)}
    assert lowered("2016-03-01T15:00", in_time).would_miss.tolist() == [False]


def test_lowering_is_listed_whatever_the_priority_rule_but_only_where_the_worse_priority_has_a_target():
    assert len(lowered("2016-03-01T15:00", priority_rule="worst").change) == 1
    assert len(lowered("2016-03-01T15:00", targets=np.array([0, 0, 8, 24, 40]) * HOUR).change) == 0


def test_a_worse_target_that_is_never_reached_is_no_lowering():
    shut = WorkingCalendar(
        read_calendar({"time_zone": "UTC", "week": {}, "extra": {"2016-03-01": [["08:00", "09:00"]]}}, "c"), *SPAN
    )
    assert len(lowered("2016-03-01T15:00", calendar=shut).change) == 0
