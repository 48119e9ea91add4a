"""The working-time calculator: every agreed case, and what it says about bad questions."""

import json
from pathlib import Path

import pytest

from contracts.importers.working_time import reply
from mspgov.kernel.calendar import holidays_version
from mspgov.kernel.faults import Fault

pytestmark = pytest.mark.requirement("R2.2")

CASES = json.loads((Path(__file__).parent / "cases" / "working_time.json").read_text())["cases"]
OFFICE = {"time_zone": "Europe/Berlin", "week": {"fri": [["08:00", "17:30"]], "mon": [["08:00", "17:30"]]}}
BERLIN = {
    "time_zone": "Europe/Berlin",
    "week": {"mon": [["08:00", "12:00"], ["13:00", "17:30"]], "tue": [["08:00", "17:30"]], "fri": [["08:00", "17:30"]], "sat": []},
    "holidays": ["2026-05-01"],
    "holiday_calendar": {"country": "DE", "subdivision": "BE"},
    "extra": {"2026-12-24": [["08:00", "12:00"]]},
}  # fmt: skip
ELAPSED = {
    "id": "a",
    "elapsed": {
        "start": "2026-03-27T15:00:00+01:00",
        "end": "2026-03-30T10:00:00+02:00",
        "pauses": [["2026-03-27T16:00:00+01:00", "2026-03-27T16:30:00+01:00"]],
    },
}
DUE = {"id": "b", "due": {"start": "2026-03-27T15:00:00+01:00", "seconds": 14400, "pauses": []}}
NIGHTS = {name: [["22:00", "06:00"]] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def asked(*questions, calendar=OFFICE, **more):
    return json.dumps({"calendar": calendar, "ask": list(questions), **more}).encode()


def one(question, calendar=OFFICE):
    found = reply(asked({"id": "x", **question}, calendar=calendar))
    assert len(found.answers) == 1
    return json.loads(found.answers[0])["answers"][0]


def elapsed(start, end, calendar, *pauses):
    return one({"elapsed": {"start": start, "end": end, "pauses": list(pauses)}}, calendar)["seconds"]


def due(start, seconds, calendar, *pauses):
    return one({"due": {"start": start, "seconds": seconds, "pauses": list(pauses)}}, calendar)["due"]


@pytest.mark.parametrize("case", CASES, ids=[str(number) for number in range(len(CASES))])
def test_every_agreed_case_has_its_exact_answer(case):
    found = reply(json.dumps(case["question"]).encode())
    assert [json.loads(line) for line in found.answers] == [case["expected"]]
    assert not found.is_faulty


def test_all_agreed_cases_one_a_line_are_answered_in_order():
    found = reply("\n".join(json.dumps(case["question"]) for case in CASES).encode() + b"\n")
    assert [json.loads(line) for line in found.answers] == [case["expected"] for case in CASES]


@pytest.mark.parametrize("indent", [None, 2])
def test_the_example_of_the_interface_is_answered(indent):
    text = json.dumps({"calendar": BERLIN, "ask": [ELAPSED, DUE]}, indent=indent)
    found = reply(text.encode())
    assert found.answers == (
        '{"answers": [{"id": "a", "seconds": 14400}, {"id": "b", "due": "2026-03-30T07:30:00Z"}]}',
    )
    assert (found.faults, found.is_faulty) == ((), False)


def test_explain_adds_the_version_of_the_holidays():
    found = json.loads(reply(asked(DUE, explain=True)).answers[0])
    assert found["holidays_version"] == holidays_version()
    assert "holidays_version" not in json.loads(reply(asked(DUE, explain=False)).answers[0])


def test_seconds_are_whole_or_have_up_to_six_decimals():
    always = {"time_zone": "UTC", "always": True}

    def line(end):
        return reply(
            asked({"id": 1, "elapsed": {"start": "2026-01-01T00:00:00Z", "end": end}}, calendar=always)
        ).answers[0]

    assert line("2026-01-01T00:00:05.000000Z") == '{"answers": [{"id": 1, "seconds": 5}]}'
    assert line("2026-01-01T00:00:05.25Z") == '{"answers": [{"id": 1, "seconds": 5.25}]}'
    assert line("2026-01-01T00:00:00.000001Z") == '{"answers": [{"id": 1, "seconds": 0.000001}]}'
    assert line("9000-01-01T00:00:00.000001Z").endswith(".000001}]}")
    assert due("2026-01-01T00:00:00Z", 0.000001, always) == "2026-01-01T00:00:00.000001Z"


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 23 * 3600),
        ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 25 * 3600),
    ],
)
def test_a_whole_day_lasts_as_long_as_it_really_lasts(start, end, seconds):
    for whole in (["00:00", "24:00"], ["00:00", "00:00"]):
        assert elapsed(start, end, {"time_zone": "Europe/Berlin", "week": {"sun": [whole]}}) == seconds


def test_a_repeated_time_is_the_first_as_a_start_and_the_second_as_an_end():
    sunday = ("2026-10-25T00:00:00Z", "2026-10-25T12:00:00Z")
    assert elapsed(*sunday, {"time_zone": "Europe/Berlin", "week": {"sun": [["02:30", "03:00"]]}}) == 5400
    assert elapsed(*sunday, {"time_zone": "Europe/Berlin", "week": {"sun": [["02:00", "02:30"]]}}) == 5400
    touching = {"time_zone": "Europe/Berlin", "week": {"sun": [["02:00", "02:30"], ["02:30", "03:00"]]}}
    assert elapsed(*sunday, touching) == 7200


def test_a_missing_time_is_the_instant_of_the_jump():
    sunday = ("2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z")
    assert elapsed(*sunday, {"time_zone": "Europe/Berlin", "week": {"sun": [["02:15", "02:45"]]}}) == 0
    assert elapsed(*sunday, {"time_zone": "Europe/Berlin", "week": {"sun": [["02:15", "03:15"]]}}) == 900
    assert elapsed(*sunday, {"time_zone": "Europe/Berlin", "week": {"sun": [["01:45", "02:15"]]}}) == 900


def test_a_holiday_closes_its_date_and_the_night_that_starts_on_it_opens_after_midnight():
    calendar = {"time_zone": "UTC", "week": NIGHTS, "holidays": ["2026-05-01"]}
    assert elapsed("2026-04-30T12:00:00Z", "2026-05-02T12:00:00Z", calendar) == (2 + 6) * 3600
    assert due("2026-04-30T23:00:00Z", 3601, calendar) == "2026-05-02T00:00:01Z"


def test_extra_hours_replace_the_intervals_and_lift_the_holiday():
    calendar = {"time_zone": "UTC", "week": NIGHTS, "holidays": ["2026-05-01"], "extra": {"2026-05-01": []}}
    assert elapsed("2026-04-30T12:00:00Z", "2026-05-02T12:00:00Z", calendar) == 8 * 3600
    calendar["extra"] = {"2026-05-01": [["21:00", "03:00"]]}
    assert elapsed("2026-04-30T12:00:00Z", "2026-05-02T12:00:00Z", calendar) == (8 + 6) * 3600


def test_an_extra_night_is_cut_by_the_holiday_that_follows():
    calendar = {
        "time_zone": "UTC",
        "week": {},
        "holidays": ["2026-05-02"],
        "extra": {"2026-05-01": [["21:00", "03:00"]]},
    }
    assert elapsed("2026-04-30T12:00:00Z", "2026-05-03T12:00:00Z", calendar) == 3 * 3600


def test_where_a_night_meets_the_next_morning_the_time_counts_once():
    calendar = {"time_zone": "UTC", "week": {"mon": [["22:00", "06:00"]], "tue": [["04:00", "08:00"]]}}
    assert elapsed("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z", calendar) == 10 * 3600


def test_due_with_no_seconds_is_the_first_working_instant_outside_the_pauses():
    assert due("2026-03-27T16:30:00Z", 0, OFFICE) == "2026-03-30T06:00:00Z"
    assert due("2026-03-27T15:00:00Z", 0, OFFICE) == "2026-03-27T15:00:00Z"
    pauses = [["2026-03-30T05:00:00Z", "2026-03-30T07:00:00Z"], ["2026-03-27T16:00:00Z", "2026-03-27T16:30:00Z"]]
    assert due("2026-03-27T16:00:00Z", 0, OFFICE, *pauses) == "2026-03-30T07:00:00Z"


def test_due_at_the_end_of_a_day_is_that_end_even_where_a_pause_follows():
    assert due("2026-03-27T15:30:00Z", 3600, OFFICE) == "2026-03-27T16:30:00Z"
    pause = ["2026-03-27T16:00:00Z", "2026-03-27T16:15:00Z"]
    assert due("2026-03-27T15:30:00Z", 1800, OFFICE, pause) == "2026-03-27T16:00:00Z"
    assert due("2026-03-27T15:30:00Z", 1801, OFFICE, pause) == "2026-03-27T16:15:01Z"


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({}, "ask[0]: needs either elapsed or due"),
        ({"elapsed": {}, "due": {}}, "ask[0]: needs either elapsed or due"),
        ({"elapsed": [], "if": 1}, "ask[0].if: unknown key"),
        ({"elapsed": []}, "ask[0].elapsed: must be a JSON object"),
        ({"elapsed": {"start": "2026-01-01T00:00:00Z"}}, "ask[0].elapsed: needs end"),
        ({"elapsed": {"start": "2026-01-01T00:00:00", "end": "2026-01-02T00:00:00Z"}}, "ask[0].elapsed.start: "),
        ({"elapsed": {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}}, "ask[0].elapsed.end: is before the start"),
        ({"due": {"start": "2026-01-02T00:00:00Z"}}, "ask[0].due: needs seconds"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": -1}}, "ask[0].due.seconds: must not be negative"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": "1"}}, "ask[0].due.seconds: must be a number"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": True}}, "ask[0].due.seconds: must be a number"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": 0.0000001}}, "ask[0].due.seconds: '1E-7' is finer"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": 1e300}}, "ask[0].due.seconds: the calendar never"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": 1, "end": 2}}, "ask[0].due.end: unknown key"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": 1, "pauses": {}}}, "ask[0].due.pauses: must be a list"),
        ({"due": {"start": "2026-01-02T00:00:00Z", "seconds": 1, "pauses": [["2026-01-02T00:00:00Z"]]}}, "ask[0].due.pauses[0]: "),
        (
            {"due": {"start": "2026-01-02T00:00:00Z", "seconds": 1, "pauses": [["2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"]]}},
            "ask[0].due.pauses[0]: ends before it starts",
        ),
    ],
)  # fmt: skip
def test_a_fault_in_one_question_is_answered_in_its_place(question, why):
    found = reply(asked(ELAPSED, {"id": "x", **question}, DUE))
    first, bad, third = json.loads(found.answers[0])["answers"]
    assert (first["seconds"], third["due"]) == (14400, "2026-03-30T07:30:00Z")
    assert bad.keys() == {"id", "error"}
    assert bad["error"].startswith(why.replace("ask[0]", "ask[1]"))
    assert found.faults == (bad["error"],)
    assert found.is_faulty


def test_a_calendar_that_never_opens_can_not_be_due():
    found = one({"due": {"start": "2026-01-02T00:00:00Z", "seconds": 0}}, {"time_zone": "UTC", "week": {}})
    assert found == {"id": "x", "error": "ask[0].due: the calendar never reaches it before the end of the year 9999"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (asked(DUE, calendar={"time_zone": "UTC"}), "calendar: needs week or always"),
        (
            asked(DUE, calendar={"time_zone": "Nowhere", "always": True}),
            "calendar.time_zone: unknown time zone 'Nowhere'",
        ),
        (asked(DUE, more=1), "more: unknown key"),
        (asked(DUE, explain="yes"), "explain: must be true or false"),
        (json.dumps({"calendar": OFFICE}).encode(), "needs ask"),
        (json.dumps({"calendar": OFFICE, "ask": {}}).encode(), "ask: must be a list of questions"),
        (json.dumps({"calendar": OFFICE, "ask": [DUE]}, indent=1).encode()[:-1], "line "),
        (b"[1]", "must be a JSON object"),
        (b"{", "line 1, column 2: not JSON"),
        (b'{"calendar": NaN, "ask": []}', "not JSON: "),
        (b'{"ask": [], "ask": []}', "not JSON: "),
        (b"\xff", "not JSON: the text is not UTF-8"),
        (b"[" * 100_000, "not JSON: nested too deeply"),
        (b'{"ask": ' + b"9" * 5000 + b"}", "not JSON: "),
        (b'{"ask": 1e99999999999999999999}', "not JSON: "),
    ],
)
def test_a_fault_in_the_only_document_prints_nothing_but_one_line(text, why):
    found = reply(text)
    assert found.answers == ()
    assert len(found.faults) == 1
    assert found.faults[0].startswith(why)
    assert "\n" not in found.faults[0]
    assert found.is_faulty


def test_bad_documents_among_many_are_answered_on_their_lines():
    good = asked(DUE)
    lines = [b"{broken", good, b"", asked(DUE, calendar={}), b"[]", b"\xff", good + b"\r"]
    found = reply(b"\n".join(lines))
    answers = [json.loads(line) for line in found.answers]
    assert [set(answer) for answer in answers] == [{"error"}, {"answers"}, {"error"}, {"error"}, {"error"}, {"answers"}]
    assert answers[2] == {"error": "calendar: needs time_zone"}
    assert found.is_faulty


def test_no_input_at_all_is_a_fault():
    with pytest.raises(Fault, match="holds no question"):
        reply(b" \n")
