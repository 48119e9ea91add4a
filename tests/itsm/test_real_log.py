"""The whole real log: every month and level again by plain Python, interval by interval, without the product's code."""

import io
import zipfile
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from contracts.models import ServiceLevel
from itsm.models import Outcome, Result, Ticket
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from tests.itsm.place import make_place
from tests.itsm.slow_oracle import Case, Office, judge, read_cases

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.requirement("R2.5")]

LOG = Path(__file__).parents[2] / "mspgov" / "desk" / "demo" / "incident_event_log.zip"
ZONE = "America/Sao_Paulo"
HERE = ZoneInfo(ZONE)
NOW = datetime(2017, 6, 1, tzinfo=UTC)
HOLIDAYS = frozenset({"2016-03-25", "2016-04-21", "2016-05-26", "2016-09-07"})
HOURS = {day: [(480, 720), (780, 1080)] for day in range(5)}
TERMS = f"""
contract: {{reference: MSA-7, currency: BRL, starts: 2016-01-01, ends: 2018-12-31, time_zone: {ZONE}}}
calendars:
  office: {{time_zone: {ZONE}, holidays: [{", ".join(sorted(HOLIDAYS))}],
           week: {{{", ".join(f'{d}: [["08:00","12:00"],["13:00","18:00"]]' for d in ("mon", "tue", "wed", "thu", "fri"))}}}}}
  always: {{always: true, time_zone: UTC}}
service_levels:
  - {{key: p1-resolve, name: P1, measure: resolve, select: {{priority: [P1]}}, calendar: always, target: {{hours: 4}},
     stops: [customer, client_vendor], expected: 95, minimum: 90}}
  - {{key: p3-resolve, name: P3, measure: resolve, select: {{priority: [P3]}}, calendar: office, target: {{hours: 24}},
     stops: [customer, problem], expected: 90, minimum: 80}}
  - {{key: respond, name: Answered, measure: respond, calendar: office, expected: 90, counts_in: opened, priority_rule: worst,
     targets: {{P1: {{minutes: 15}}, P2: {{minutes: 30}}, P3: {{hours: 4}}}}}}
  - {{key: mail, name: Mail, measure: resolve, select: {{category: [Category 46, Category 26]}}, calendar: office,
     target: {{hours: 40}}, stops: [customer, resolved], counts_in: ended, priority_rule: first, expected: 90}}
"""
MINUTES = {"p1-resolve": {1: 240}, "p3-resolve": {3: 1440}, "respond": {1: 15, 2: 30, 3: 240},
           "mail": dict.fromkeys((1, 2, 3, 4), 2400)}  # fmt: skip
STOPS = {"p1-resolve": {"customer", "client_vendor"}, "p3-resolve": {"customer", "problem"}, "respond": set(),
         "mail": {"customer", "resolved"}}  # fmt: skip


def opening_times() -> list[tuple[datetime, datetime]]:
    found, day = [], date(2016, 2, 1)
    while day < date(2017, 8, 1):
        if day.isoformat() not in HOLIDAYS:
            for start, end in HOURS.get(day.weekday(), []):
                midnight = datetime.combine(day, time(), HERE)
                found.append(tuple((midnight + timedelta(minutes=m)).astimezone(UTC) for m in (start, end)))
        day += timedelta(days=1)
    return found


OPEN = opening_times()


def clock(case: Case, key: str, end: datetime | None, target: int) -> tuple[int, bool | None, datetime | None]:
    """(elapsed minutes, met, due) of one clock, by cutting intervals."""
    until = end if end is not None else NOW
    always = key == "p1-resolve"
    times = (
        [(case.opened, until)]
        if always
        else ((max(s, case.opened), min(e, until)) for s, e in _near(case.opened, until))
    )
    pauses = sorted((s, e or NOW) for kind, s, e in case.waits if kind in STOPS[key])
    left, elapsed, due = timedelta(minutes=target), timedelta(), None
    for start, stop in times:
        for a, b in _without(start, stop, pauses):
            if due is None and elapsed + (b - a) >= left:
                due = a + (left - elapsed)
            elapsed += b - a
    minutes = int(elapsed.total_seconds()) // 60
    met = False if minutes > target else (None if end is None else True)
    return minutes, met, due if met is False else None


def _near(start: datetime, end: datetime):
    first = max(0, ((start - OPEN[0][0]).days * 10) // 7 - 12)
    for s, e in OPEN[max(0, min(first, len(OPEN)) - 20) :]:
        if s >= end:
            return
        if e > start:
            yield s, e


def _without(start: datetime, stop: datetime, pauses):
    for off, on in pauses:
        if on <= start or off >= stop:
            continue
        if off > start:
            yield start, off
        start = max(start, on)
        if start >= stop:
            return
    if start < stop:
        yield start, stop


def expected_counts(cases: dict[str, Case]) -> dict[tuple[str, str], Counter]:
    counts: dict[tuple[str, str], Counter] = {}
    for case in cases.values():
        if case.contradicts:
            continue
        for key, targets in MINUTES.items():
            rule = {"respond": min, "mail": lambda p: p[0]}.get(key, lambda p: p[-1])
            target = targets.get(rule(case.priorities))
            if target is None or (key == "mail" and case.category not in ("Category 46", "Category 26")):
                continue
            end = case.answered if key == "respond" else case.resolved
            _, met, due = clock(case, key, end, target)
            if met is None:
                continue
            at = {"respond": case.opened, "mail": end}.get(key, end if met else due)
            if at is not None:
                month = at.astimezone(HERE).strftime("%Y-%m")
                counts.setdefault((month, key), Counter())[met] += 1
    return counts


def test_the_real_log_is_measured_as_plain_python_measures_it():
    with zipfile.ZipFile(LOG) as archive:
        content = archive.read("incident_event_log.csv")
    place = make_place(TERMS)
    run = place.run(content, time_zone=ZONE, vendor_party="client")
    assert run.state == Run.State.DONE, run.error
    assert (run.result["read"], run.result["tickets"], len(run.result["rejected"])) == (141_712, 24_917, 1)
    assert run.result["rejected"][0]["row"] == 339
    again = place.run(content, time_zone=ZONE, vendor_party="client").result
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 24_917)
    assert place.counts()[:3] == (24_917, 24_917, 141_708)

    lines = place.measure("2016-02", "2017-03", as_of=NOW)
    with enter(place.town.tenant.pk):
        before = (Result.objects.count(), Outcome.objects.count())
    assert place.measure("2016-02", "2017-03", as_of=NOW + timedelta(days=9)) == lines
    with enter(place.town.tenant.pk):
        assert (Result.objects.count(), Outcome.objects.count()) == before

    cases = read_cases(io.StringIO(content.decode()), ZONE, "client_vendor")
    expected = expected_counts(cases)
    found = {where: Counter({True: x["met"], False: x["total"] - x["met"]}) for where, x in lines.items() if x["total"]}
    assert {w: +c for w, c in found.items()} == {w: +c for w, c in expected.items()}
    assert sum(sum(c.values()) for c in found.values()) > 45_000
    check_sample(place, cases)


def check_sample(place, cases: dict[str, Case]) -> None:
    """Every 97th outcome minute by minute."""
    office, always = Office(ZONE, HOURS, HOLIDAYS), Office("UTC", {}, always=True)
    with enter(place.town.tenant.pk):
        keys = dict(ServiceLevel.objects.values_list("pk", "key"))
        numbers = dict(Ticket.objects.values_list("pk", "number"))
        order = ("result__service_level__key", "result__month", "ticket__number")
        rows = list(Outcome.objects.select_related("result").order_by(*order))
    compared = 0
    for outcome in rows[::97]:
        key, case = keys[outcome.result.service_level_id], cases[numbers[outcome.ticket_id]]
        end = case.answered if key == "respond" else case.resolved
        if (end or NOW) - case.opened > timedelta(days=20):
            continue
        target = outcome.target_us // 60_000_000
        slow = judge(case, end, always if key == "p1-resolve" else office, target, STOPS[key], NOW)
        assert (outcome.elapsed_us, outcome.paused_us, outcome.met, outcome.due_at) == (
            slow.elapsed * 60_000_000, slow.paused * 60_000_000, slow.met, slow.due,
        )  # fmt: skip
        compared += 1
    assert compared > 300
