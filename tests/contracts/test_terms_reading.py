"""Terms files: what is read, and where a fault is said to stand."""

import copy
from datetime import date
from decimal import Decimal

import pytest
import yaml

from contracts.calc.terms import LowVolume
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms, write_terms
from contracts.importers.terms_text import MOST_DEPTH, MOST_NODES, CoreLoader, read_json, read_yaml
from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money

TEXT = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31, time_zone: UTC, monthly_charges: "100000.00"}
calendars:
  office: {time_zone: Europe/Berlin, week: {mon: [[08:00, 18:00]], tue: [["08:00","18:00"]]}, clause: §3}
  north: {time_zone: Europe/Oslo, week: {fri: [[08:00, 12:00]]}, holidays: [2026-05-01], holiday_calendar: {country: NO}}
  round-the-clock: {always: true, time_zone: UTC}
service_levels:
  - key: p1-resolve
    name: P1 incidents resolved in time
    measure: resolve
    select: {priority: [P1]}
    calendar: round-the-clock
    target: {hours: 4}
    stops: [resolved, customer]
    priority_rule: worst
    counts_in: ended
    expected: 95
    minimum: 90.50
    low_volume: {below: 10, allowed_failures: 1}
    clause: Schedule 4 §2.2
  - {key: respond, name: Response, measure: respond, calendar: office, targets: {P2: {minutes: 30}, P1: {hours: 0.25}}, expected: 99}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  pool_percent: 200
  allocations: {p1-resolve: 40}
  below_minimum: 1
  below_expected: {misses: 3, in_months: 6}
  continued: [1, 1.5, 2]
  cap_percent: 10
  ramp_up_until: 2026-03-31
  ramp_up_counts: false
  earn_back: {period: contract_year, when: mean_at_least_expected}
  clause: §6
  clauses: {cap: §6.6, continued: §6.4}
  review: {answer_days: 10, silence: accepts, decide_days: 5, ladder: [{name: Executives, days: 10}]}
"""


def document():
    return copy.deepcopy(read_yaml(TEXT))


def test_times_dates_and_codes_need_no_quotes():
    terms = read_terms(TEXT, for_import=True)
    assert terms.contract.starts == date(2026, 1, 1)
    assert terms.contract.monthly_charges == Money(Decimal(100000), "EUR")
    assert terms.calendars["office"].terms.week[0] == ((480, 1080),)
    assert terms.calendars["office"].clause == "§3"
    assert terms.calendars["north"].terms.holiday_country == "NO"
    level, respond = terms.service_levels
    assert (level.expected, level.minimum) == (Decimal(95), Decimal("90.5"))
    assert level.stops == ("customer", "resolved")
    assert level.low_volume == LowVolume(below=10, allowed_failures=1)
    assert level.seconds_for("P3") == 14400
    assert [respond.seconds_for(p) for p in ("P1", "P2", "P3")] == [900, 1800, None]
    assert terms.credit_regime.clause_for("cap") == "§6.6"
    assert terms.credit_regime.clause_for("earn_back") == "§6"
    assert terms.review.ladder[0].name == "Executives"


def test_terms_survive_being_written():
    terms = read_terms(TEXT)
    assert read_terms(write_terms(terms)) == terms
    assert write_terms(read_terms(write_terms(terms))) == write_terms(terms)


def test_text_that_looks_like_something_else_survives_being_written():
    given = document()
    for place, name in enumerate(("NO", "1e3", "18:00")):
        given["service_levels"][0]["name"] = name
        given["service_levels"][0]["select"] = {"category": ["on", "0123", "12", "~", "2026-01-01", "a: b", "# c"]}
        given["contract"]["reference"] = ("0x1F", "null", "=1+1")[place]
        terms = read_terms(given)
        assert read_terms(write_terms(terms)) == terms


def test_numbers_are_read_exactly_as_written():
    assert read_yaml("a: 99.9") == {"a": Decimal("99.9")}
    assert read_yaml("[1_000, 0o17, 12:30:45, yes, off, .5, 1e2]") == [
        "1_000", "0o17", "12:30:45", "yes", "off", Decimal("0.5"), Decimal("1e2"),
    ]  # fmt: skip
    assert read_json('{"a": 99.90}')["a"] == Decimal("99.9")


def test_equal_terms_are_equal_however_they_are_written():
    given = document()
    given["credit_regime"]["at_risk_percent"] = Decimal("10.00")
    given["contract"]["time_zone"] = "UTC"
    given["calendars"] = dict(reversed(given["calendars"].items()))
    given["review"] = given["credit_regime"].pop("review")
    assert read_terms(given) == read_terms(TEXT)
    assert write_terms(read_terms(given)) == write_terms(read_terms(TEXT))


def test_json_is_read_too_even_with_tabs():
    assert read_yaml('{\n\t"a": [1, 2]}') == {"a": [1, 2]}


BASE = "contract: {reference: X, currency: EUR, starts: 2026-01-01, ends: 2027-12-31}\n"
LEVELS = """service_levels:
- {key: a, name: A, measure: percentage, expected: 95, minimum: 90}
- {key: b, name: B, measure: percentage, expected: 95}
"""
POINTS = "credit_regime: {kind: points, points: {a: {minor: 5}}, schedule: [{points: 5, percent: 2}, %s]}"
TIERS = "credit_regime: {kind: tiers, tiers: {a: [{below: 99, percent: 10}, %s]}}"
AT_RISK = "credit_regime: {kind: at_risk, at_risk_percent: 10, %s}"

FAULTS = [
    ("service_levels.0.targets", {"P1": {"hours": 1}}, "service_levels[0].targets: must not stand beside target"),
    ("service_levels.1.targets.P1.hours", 0, "service_levels[1].targets.P1.hours: must be greater than 0"),
    ("service_levels.1.targets.P1.hours", -1, "service_levels[1].targets.P1.hours: must be greater than 0"),
    ("service_levels.0.target", {"hours": 1, "minutes": 2}, "service_levels[0].target: must have either"),
    ("service_levels.0.target", {"days": 1}, "service_levels[0].target.days: unknown key"),
    ("service_levels.0.target.hours", True, "service_levels[0].target.hours: must be a number"),
    ("service_levels.0.colour", "red", "service_levels[0].colour: unknown key"),
    ("service_levels.0.rounding", {"decimals": 2}, "service_levels[0].rounding: unknown key"),
    ("service_levels.0.better", "lower", "service_levels[0].better: unknown key"),
    ("service_levels.0.low_volume.mode", "not_measured", "service_levels[0].low_volume.mode: unknown key"),
    ("service_levels.0.low_volume.below", 0, "service_levels[0].low_volume.below: must be at least 1"),
    ("service_levels.0.measure", "value", "service_levels[0].measure: must be one of"),
    ("service_levels.0.calendar", "nowhere", "service_levels[0].calendar: unknown calendar"),
    ("service_levels.0.minimum", 96, "service_levels[0].minimum: must not be above expected"),
    ("service_levels.0.expected", 101, "service_levels[0].expected: must be at most 100"),
    ("service_levels.0.expected", "high", "service_levels[0].expected: must be a number"),
    ("service_levels.0.stops", ["provider_vendor"], "service_levels[0].stops[0]: must be one of"),
    ("service_levels.0.select", {"colour": ["red"]}, "service_levels[0].select.colour: unknown key"),
    ("service_levels.0.select.priority", ["P1", "P5"], "service_levels[0].select.priority[1]: must be one of"),
    ("service_levels.0.select.priority", "P1", "service_levels[0].select.priority: must be a list"),
    ("service_levels.1.key", "p1-resolve", "service_levels[1].key: 'p1-resolve' is the key of another"),
    ("service_levels.0.name", "a\nb", "service_levels[0].name: must be one line of text"),
    ("contract.currency", "EURO", "contract.currency: must be a currency"),
    ("contract.ends", "2025-12-31", "contract.ends: must not lie before starts"),
    ("contract.ends", "2026-02-30", "contract.ends: 2026-02-30 does not exist"),
    ("contract.time_zone", "Mars/Base", "contract.time_zone: unknown time zone"),
    ("contract.monthly_charges", Decimal("100000.00"), "contract.monthly_charges: money must be a string"),
    ("contract.monthly_charges", 100000, "contract.monthly_charges: money must be a string"),
    ("contract.monthly_charges", "1.005", "contract.monthly_charges: EUR has 2 decimals"),
    ("contract.monthly_charges", "-1", "contract.monthly_charges: must not be negative"),
    ("calendars.office.time_zone", "Mars", "calendars.office.time_zone: unknown time zone"),
    ("calendars.office.colour", "red", "calendars.office.colour: unknown key"),
    ("calendars.round-the-clock.week", {}, "calendars.round-the-clock.week: may not stand beside always"),
    ("credit_regime.kind", "lottery", "credit_regime.kind: must be one of"),
    ("credit_regime.tiers", {}, "credit_regime.tiers: belongs to a regime of kind tiers, not at_risk"),
    ("credit_regime.schedule", [], "credit_regime.schedule: belongs to a regime of kind points, not at_risk"),
    ("credit_regime.yearly_cap_percent", 8, "credit_regime.yearly_cap_percent: unknown key"),
    ("credit_regime.earn_back.average", "weighted", "credit_regime.earn_back.average: unknown key"),
    ("credit_regime.earn_back.when", "always", "credit_regime.earn_back.when: must be mean_at_least_expected"),
    ("credit_regime.allocations", {"p1-resolve": 201}, "credit_regime.allocations: add up to 201, more than the pool"),
    ("credit_regime.allocations.ghost", 1, "credit_regime.allocations.ghost: unknown service level"),
    ("credit_regime.below_minimum", 2, "credit_regime.below_minimum: must be at most 1"),
    ("credit_regime.below_minimum", True, "credit_regime.below_minimum: must be a whole number"),
    ("credit_regime.continued", [], "credit_regime.continued: must have at least one multiplier"),
    ("credit_regime.cap_percent", 11, "credit_regime.cap_percent: must not be above at_risk_percent"),
    ("credit_regime.at_risk_percent", "1e400000", "credit_regime.at_risk_percent: must be a number"),
    ("credit_regime.at_risk_percent", Decimal("1e400"), "credit_regime.at_risk_percent: has too many digits"),
    ("credit_regime.clauses.cap", "", "credit_regime.clauses.cap: must not be empty"),
    ("credit_regime.review.silence", "means yes", "credit_regime.review.silence: must be one of"),
    ("colour", "red", "colour: unknown key"),
]


@pytest.mark.parametrize(("place", "value", "message"), FAULTS, ids=[f"{p}={v}" for p, v, _ in FAULTS])
def test_a_fault_names_its_path(place, value, message):
    given = document()
    *way, last = place.split(".")
    at = given
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    at[last] = value
    with pytest.raises(Fault) as caught:
        read_terms(given, path="terms")
    assert str(caught.value).startswith(f"terms.{message}")


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("contract", "contract"),
        ("contract.reference", "contract.reference"),
        ("contract.currency", "contract.currency"),
        ("contract.starts", "contract.starts"),
        ("contract.ends", "contract.ends"),
        ("service_levels.0.key", "service_levels[0].key"),
        ("service_levels.0.name", "service_levels[0].name"),
        ("service_levels.0.measure", "service_levels[0].measure"),
        ("service_levels.0.expected", "service_levels[0].expected"),
        ("credit_regime.kind", "credit_regime.kind"),
        ("credit_regime.at_risk_percent", "credit_regime.at_risk_percent"),
    ],
)
def test_what_is_required_is_missed_by_its_path(place, path):
    given = document()
    *way, last = place.split(".")
    at = given
    for step in way:
        at = at[int(step)] if step.isdigit() else at[step]
    del at[last]
    with pytest.raises(Fault) as caught:
        read_terms(given)
    assert str(caught.value) == f"{path}: is required"


@pytest.mark.parametrize("missing", ["calendar", "target"])
def test_an_import_demands_calendar_and_target_and_the_calculator_does_not(missing):
    given = document()
    del given["service_levels"][0][missing]
    read_terms(given)
    with pytest.raises(Fault) as caught:
        read_terms(given, for_import=True)
    assert caught.value.path == f"service_levels[0].{missing}"


@pytest.mark.parametrize(
    ("regime", "message"),
    [
        (POINTS % "{points: 5, percent: 3}", "credit_regime.schedule[1].points: must be greater"),
        (POINTS % "{points: 6, percent: 1}", "credit_regime.schedule[1].percent: must not be lower"),
        (POINTS % "{points: 1.5, percent: 1}", "credit_regime.schedule[1].points: must be a whole number"),
        (POINTS.replace("a:", "c:") % "{points: 6, percent: 2}", "credit_regime.points.c: unknown service level"),
        (POINTS.replace("minor: 5", "minor: 5, serious: 6") % "", "credit_regime.points.a.serious_below: is required"),
        (POINTS.replace("minor: 5", "serious: 5") % "", "credit_regime.points.a.serious_below: is required"),
        (POINTS.replace("kind: points", "kind: points, continued: [1]") % "", "credit_regime.continued: belongs to"),
        (TIERS % "{below: 95, percent: 5}", "credit_regime.tiers.a[1].percent: must not be lower"),
        (TIERS % "{below: 99.5, percent: 25}", "credit_regime.tiers.a[0].percent: must not be lower"),
        (TIERS % "{below: 99, percent: 25}", "credit_regime.tiers.a[1].below: is that of another tier"),
        (TIERS % "{above: 99, percent: 25}", "credit_regime.tiers.a[1].above: unknown key"),
        (
            AT_RISK % "allocations: {a: 60, b: 50}",
            "credit_regime.allocations: add up to 110, more than the pool of 100",
        ),
        (AT_RISK % "below_expected: {misses: 2}", "credit_regime.below_expected.in_months: is required"),
    ],
)
def test_a_regime_that_breaks_its_own_rules_is_refused(regime, message):
    with pytest.raises(Fault) as caught:
        read_terms(BASE + LEVELS + regime)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "line 1, column "),
        ("a: 1\nb: {c: 1, c: 2}", "b.c: is given twice"),
        ('{"b": [{"c": 1, "c": 2}]}', "b[0].c: is given twice"),
        ("a: &x [*x]", "a[0]: contains itself"),
        ("[" * 100_000, "line 1: is nested too deeply"),
        ("a: !!python/object:os.system x", "a: has the tag"),
        ("a: 1\n---\na: 2", "line 2, column 1"),
        ("? [a]\n: b", "has a key that is not text"),
        ("a: " + "9" * 5000, "a: has too many digits"),
    ],
)
def test_a_text_that_is_no_yaml_says_where(text, message):
    with pytest.raises(Fault) as caught:
        read_yaml(text)
    assert str(caught.value).startswith(message)


def test_a_small_file_cannot_grow_without_bound():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(Fault, match="has too many values"):
        read_yaml("\n".join(lines))


RESULTS = [
    ({"charges": 5}, "months[0].charges: money must be a string"),
    ({"charges": Decimal("5.00")}, "months[0].charges: money must be a string"),
    ({"charges": "5.001"}, "months[0].charges: EUR has 2 decimals"),
    ({"charges": "five"}, "months[0].charges: 'five' is not an amount"),
    ({"month": "2026-13"}, "months[0].month: must be a month"),
    ({"month": "2025-12"}, "months[0].month: 2025-12 lies outside the contract's term"),
    ({"month": "2029-01"}, "months[0].month: 2029-01 lies outside the contract's term"),
    ({"weather": "fair"}, "months[0].weather: unknown key"),
    ({"results": {"ghost": {"met": 1, "total": 1}}}, "months[0].results.ghost: unknown service level"),
    ({"charges_by_service_level": {"ghost": "1"}}, "months[0].charges_by_service_level.ghost: unknown service level"),
    ({"results": {"respond": {"met": 2, "total": 1}}}, "months[0].results.respond.met: must not be greater than total"),
    ({"results": {"respond": {"met": -1, "total": 1}}}, "months[0].results.respond.met: must be at least 0"),
    ({"results": {"respond": {"met": 1}}}, "months[0].results.respond.total: is required"),
    ({"results": {"respond": {}}}, "months[0].results.respond: must have met and total, or value"),
    ({"results": {"respond": {"value": "1", "met": 1, "total": 1}}}, "months[0].results.respond.value: must not stand"),
    ({"results": {"respond": {"value": "100.01"}}}, "months[0].results.respond.value: must be at most 100"),
    ({"results": {"respond": {"value": "-1"}}}, "months[0].results.respond.value: must be at least 0"),
    ({"results": {"respond": {"value": "NaN"}}}, "months[0].results.respond.value: must be a number"),
    ({"results": {"respond": {"met": 1, "total": 1, "excused": " "}}}, "months[0].results.respond.excused: must give"),
    ({"results": {"respond": {"availability": {}}}}, "months[0].results.respond.availability: unknown key"),
]


@pytest.mark.parametrize(("change", "message"), RESULTS, ids=[message for _, message in RESULTS])
def test_a_fault_in_results_names_its_path(change, message):
    month = {"month": "2026-04", "charges": "100.00", "results": {}} | change
    with pytest.raises(Fault) as caught:
        read_results({"months": [month]}, read_terms(TEXT))
    assert str(caught.value).startswith(message)


def test_a_month_given_twice_is_a_fault_at_its_second_place():
    months = [{"month": "2026-04", "charges": "1.00"}, {"month": "2026-05"}, {"month": "2026-04"}]
    with pytest.raises(Fault) as caught:
        read_results({"months": months}, read_terms(TEXT))
    assert str(caught.value) == "months[2].month: 2026-04 is given twice"


CODES = [
    "1e3",
    "12E4",
    "5.",
    ".5",
    "007",
    "0x1F",
    "0o17",
    "+95",
    "-0",
    "1_000",
    "2026-05-01",
    "18:00",
    "NO",
    "yes",
    "1.50",
]


@pytest.mark.requirement("R2.1")
def test_a_code_that_looks_like_something_else_stays_as_it_is_written():
    text = TEXT.replace("select: {priority: [P1]}", f"select: {{category: [{', '.join(CODES)}]}}")
    text = text.replace("reference: MSA-7", "reference: 1.5e3").replace("p1-resolve", "1e3")
    terms = read_terms(text)
    assert terms.contract.reference == "1.5e3"
    assert terms.service_levels[0].key == "1e3"
    assert terms.credit_regime.allocations == {"1e3": Decimal(40)}
    assert terms.service_levels[0].select == {"category": tuple(CODES)}
    assert read_terms(write_terms(terms)) == terms


def test_numbers_of_a_json_document_are_codes_as_written_too():
    given = document()
    given["service_levels"][0]["select"] = read_json('{"category": [1e3, 12E4, 1.50, -0, 7]}')
    given["contract"]["reference"] = read_json("1.5e3")
    terms = read_terms(copy.deepcopy(given))
    assert terms.service_levels[0].select == {"category": ("1e3", "12E4", "1.50", "-0", "7")}
    assert terms.contract.reference == "1.5e3"


def test_a_number_may_have_a_plus():
    assert read_yaml("[+95, +9.5, -5, 007]") == [95, Decimal("9.5"), -5, "007"]
    assert read_terms(TEXT.replace("expected: 95", "expected: +95")) == read_terms(TEXT)


@pytest.mark.parametrize("word", ["null", "~", "true", "''"])
def test_what_is_no_text_without_quotes_is_refused_as_a_code(word):
    with pytest.raises(Fault, match=r"^service_levels\[0\].select.category\[0\]: must (be text; true|not be empty)"):
        read_terms(TEXT.replace("{priority: [P1]}", f"{{category: [{word}]}}"))


def test_counts_and_decimals_of_terms_are_plain_numbers():
    terms = read_terms(TEXT)
    assert type(terms.service_levels[0].low_volume.below) is int
    assert type(terms.service_levels[0].expected) is Decimal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" + "1," * 127_000 + "1]", "line 1: has too many values, more than 20,000"),
        ("- a\n" * 30_000, "line 20000: has too many values"),
        ("[" * 200_000, "line 1: is nested too deeply"),
        ("\n".join(" " * n + "a:" for n in range(60)), "line 51: is nested too deeply"),
    ],
)
def test_a_hostile_text_is_refused_as_soon_as_it_passes_a_limit(text, message, monkeypatch):
    taken = 0

    def counted(stream, Loader):
        nonlocal taken
        for event in parse(stream, Loader=Loader):
            taken += 1
            yield event

    parse = yaml.parse
    monkeypatch.setattr(yaml, "parse", counted)
    monkeypatch.setattr(yaml, "compose", None)
    with pytest.raises(Fault) as caught:
        read_yaml(text)
    assert str(caught.value).startswith(message)
    assert taken <= MOST_NODES + 2 * MOST_DEPTH


def test_terms_have_at_most_256_kilobytes():
    line = "# " + "x" * 97 + "\n"
    assert read_yaml(line * 2_560) is None
    for text in (line * 2_560 + "\n", "# " + "ü" * 128_000, '{"a": "' + "x" * 256_000 + '"}'):
        with pytest.raises(Fault, match="is larger than 256 kB"):
            read_yaml(text)


@pytest.mark.parametrize(
    "text", [TEXT, "[1_000, 0o17, 12:30:45, yes, off, .5, 1e2, ~, 'a', \"b\", |\n x\n]", "a: &x [1]\nb: *x"]
)
def test_both_parsers_read_the_same(text, monkeypatch):
    class PureLoader(yaml.SafeLoader):
        yaml_implicit_resolvers = CoreLoader.yaml_implicit_resolvers

    def read():
        try:
            return read_yaml(text)
        except Fault as fault:
            return str(fault).partition(",")[0]

    fast = read()
    monkeypatch.setattr("contracts.importers.terms_text.CoreLoader", PureLoader)
    assert read() == fast
