"""Recurrences: the rule against a slow oracle that follows its words, the command, and DORA's rule."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from itsm.calc.recurrences import Caused, Impact, recurrences, same_causes
from itsm.queries.recurrences import like_tickets, major_incidents, recurrences_of
from mspgov.tenancy.context import enter
from tests.itsm import measured
from tests.itsm.place import Place, incident, make_place
from tests.world import build_town

pytestmark = pytest.mark.requirement("R4.3")
Ticket = tuple[int, int, int]  # number, key, opened
tickets = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=40).map(
    lambda pairs: [(number, key, opened) for number, (key, opened) in enumerate(pairs)]
)


def slowly(given: list[Ticket], window: int, threshold: int) -> list[tuple[int, int, list[int]]]:
    """(key, number of the ticket at which it began, its tickets), as interfaces.md says it, ticket by ticket."""
    found = []
    for key in sorted({each[1] for each in given}):
        mine = sorted((each for each in given if each[1] == key), key=lambda each: (each[2], each[0]))
        holding: list[Ticket] | None = None
        began = -1
        for place, ticket in enumerate(mine):
            held = [each for each in mine[: place + 1] if ticket[2] - each[2] < window]
            if holding is not None and mine[place - 1] in held:
                holding.append(ticket)
                continue
            if holding is not None:
                found.append((key, began, [each[0] for each in holding]))
                holding = None
            if len(held) >= threshold:
                holding, began = held, ticket[0]
        if holding is not None:
            found.append((key, began, [each[0] for each in holding]))
    return found


def quickly(given: list[Ticket], window: int, threshold: int) -> list[tuple[int, int, list[int]]]:
    keys, opened = (np.array([each[n] for each in given], dtype=np.int64) for n in (1, 2))
    found = recurrences(keys, opened, window_us=window, threshold=threshold)
    return [
        (int(keys[found.order[b]]), int(found.order[b]), found.tickets(which).tolist())
        for which, b in enumerate(found.began)
    ]


@given(tickets, st.integers(1, 12), st.integers(1, 5))
def test_the_quick_rule_is_the_slow_one(given: list[Ticket], window: int, threshold: int) -> None:
    assert quickly(given, window, threshold) == slowly(given, window, threshold)


@given(tickets, st.integers(1, 12), st.integers(1, 4))
def test_a_higher_threshold_never_finds_more_and_no_ticket_stands_twice(
    given: list[Ticket], window: int, threshold: int
) -> None:
    low, high = quickly(given, window, threshold), quickly(given, window, threshold + 1)
    of_low = [ticket for *_, inside in low for ticket in inside]
    assert len(of_low) == len(set(of_low))
    assert {ticket for *_, inside in high for ticket in inside} <= set(of_low)


def test_a_window_is_open_at_its_far_end_and_a_broken_chain_needs_the_threshold_again() -> None:
    day = 10
    assert quickly([(0, 7, 0), (1, 7, day)], day, 2) == []
    assert quickly([(0, 7, 0), (1, 7, day - 1)], day, 2) == [(7, 1, [0, 1])]
    # three within ten, on it goes one by one, then a gap of ten: the two after it are no three
    given = [(0, 7, 0), (1, 7, 4), (2, 7, 9), (3, 7, 18), (4, 7, 27), (5, 7, 37), (6, 7, 38)]
    assert quickly(given, day, 3) == [(7, 2, [0, 1, 2, 3, 4])]


def test_two_incidents_of_one_cause_within_six_months_are_one_with_their_impacts_added() -> None:
    def incident_at(name: str, at: datetime, cause: str = "supplier", people: int = 10) -> Caused:
        return Caused(name, at, cause, Impact(people, Decimal(100), 1, 3600))

    first = datetime(2026, 1, 31, 9, tzinfo=UTC)
    just_outside = datetime(2026, 7, 31, 9, tzinfo=UTC)
    just_inside = just_outside - timedelta(microseconds=1)
    assert same_causes([incident_at("A", first), incident_at("B", just_outside)]) == ()
    assert same_causes([incident_at("A", first), incident_at("B", just_inside, "change")]) == ()
    (one,) = same_causes([incident_at("B", just_inside, people=5), incident_at("A", first)])
    assert (one.names, one.began, one.latest) == (("A", "B"), just_inside, just_inside)
    assert one.impact == Impact(15, Decimal(200), 2, 7200)


@pytest.fixture
def place() -> Place:
    return make_place()


def told(capsys: Any, *more: str) -> list[dict[str, Any]]:
    call_command("recurrences", "--tenant", "aurora", "--engagement", "cobalt-services", *more)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.django_db(transaction=True)
def test_the_command_prints_each_recurrence_with_its_tickets(place: Place, capsys: Any) -> None:
    rows: list[str] = []
    for number, day, category, subcategory in [
        ("INC9", 1, "Mail", "Relay"), ("INC10", 1, "Mail", "Relay"), ("INC2", 4, "Mail", "Relay"),
        ("INC3", 9, "Mail", "Relay"), ("INC4", 1, "Mail", "?"), ("INC5", 2, "Mail", "?"), ("INC6", 3, "Mail", "?"),
        ("INC7", 1, "Disk", "Full"), ("INC8", 20, "Disk", "Full"),
    ]:  # fmt: skip
        rows += incident(number, f"{day}/3/2016 09:00", f"{day}/3/2016 09:10", f"{day}/3/2016 12:00",
                         category=category, subcategory=subcategory)  # fmt: skip
    place.bring(*rows)
    asked = ("--by", "category,subcategory", "--window-days", "7", "--threshold", "3")
    assert told(capsys, *asked) == [
        {
            "key": {"category": "Mail", "subcategory": "Relay"},
            "began": "2016-03-04T09:00:00Z",
            "latest": "2016-03-09T09:00:00Z",
            "count": 4,
            "tickets": ["INC10", "INC9", "INC2", "INC3"],
        }
    ]
    assert [one["key"] for one in told(capsys, "--by", "category", "--window-days", "30", "--threshold", "2")] == [
        {"category": "Mail"}, {"category": "Disk"},
    ]  # fmt: skip
    assert told(capsys, "--by", "priority", "--window-days", "30", "--threshold", "9")[0]["key"] == {"priority": "P3"}
    with enter(place.town.tenant.pk):
        later = datetime(2016, 3, 2, tzinfo=UTC)
        asked_for = {"by": ["category"], "window_days": 30, "threshold": 5}
        assert recurrences_of(place.engagement, **asked_for, since=later) == ()
        (one,) = recurrences_of(place.engagement, **asked_for)
        assert (one.worst, len(one.tickets), one.id) == (3, 7, recurrences_of(place.engagement, **asked_for)[0].id)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"--by": "mood"}, "--by: unknown field 'mood'"),
        ({"--by": "category,category"}, "--by: must name at least one field, each once"),
        ({"--window-days": "0"}, "--window-days: must be a whole number"),
        ({"--threshold": "many"}, "--threshold: must be a whole number"),
        ({"--engagement": "nowhere"}, "--engagement: there is no engagement"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(place: Place, capsys: Any, wrong: dict[str, str], said: str) -> None:
    given = {"--tenant": "aurora", "--engagement": "cobalt-services", "--by": "category", "--window-days": "7",
             "--threshold": "2", **wrong}  # fmt: skip
    with pytest.raises(SystemExit) as left:
        call_command("recurrences", *(word for pair in given.items() for word in pair))
    out = capsys.readouterr()
    assert (left.value.code, out.out) == (2, "")
    assert out.err.startswith(said)
    assert out.err.count("\n") == 1


@pytest.mark.django_db
def test_tickets_of_another_engagement_are_neither_like_nor_major_here() -> None:
    town = build_town("aurora", providers=("cobalt", "dune"))
    cobalt, dune = town.engagements["cobalt"], town.engagements["dune"]
    first = datetime(2016, 4, 4, 8, tzinfo=UTC)
    with enter(town.tenant.pk):
        for engagement in (cobalt, dune):
            for number in range(3):
                measured.ticket(engagement, f"INC{number}", first + timedelta(hours=number), 2, priority=1).save()
        since, until = first - timedelta(days=1), first + timedelta(days=1)
        alike = like_tickets(cobalt, {"category": "Mail"}, since, until)
        assert {each.engagement_id for each in alike} == {cobalt.pk} and alike.count() == 3
        assert {each.engagement_id for each in major_incidents(cobalt, [1], since)} == {cobalt.pk}
        (one,) = recurrences_of(cobalt, by=["category"], window_days=7, threshold=3)
        assert len(one.tickets) == 3
