"""measure, seal, set_charges and report_value as one types them, on tickets of a small town."""

import json
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from contracts.models import ServiceLevel
from contracts.services import import_terms
from costs import queries
from costs.models import Credit, LedgerEntry, MonthlyCharges
from itsm import services as itsm
from itsm.models import Outcome, Result, Ticket
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month
from mspgov.records import services as records
from mspgov.tenancy.context import enter
from tests.world import Town, build_town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
    pytest.mark.slow,
]

AT = datetime(2026, 8, 5, 9, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31}
calendars: {always: {always: true, time_zone: UTC}}
service_levels:
  - {key: p2-resolve, name: P2 resolution, measure: resolve, select: {priority: [P2]}, calendar: always,
     target: {hours: 8}, expected: 90, minimum: 60, clause: Schedule 4 §2.2}
  - {key: uptime, name: ERP up, measure: availability, expected: 99.9, minimum: 99.5}
credit_regime:
  {kind: at_risk, at_risk_percent: 10, allocations: {p2-resolve: 40, uptime: 60}, below_minimum: 1}
"""
TICKETS = """number,opened,answered,resolved,priority
INC10,2026-01-05T08:00:00Z,2026-01-05T08:10:00Z,2026-01-05T10:00:00Z,P2
INC2,2026-01-06T08:00:00Z,2026-01-06T08:10:00Z,2026-01-06T20:00:00Z,P2
INC3,2026-01-07T08:00:00Z,,,P2
INC4,2026-02-01T00:00:00Z,2026-02-01T00:10:00Z,2026-02-01T01:00:00Z,P2
"""
MAPPING = {
    "columns": {
        "number": "number", "opened_at": "opened", "answered_at": "answered", "resolved_at": "resolved",
        "priority": "priority",
    }
}  # fmt: skip


def command(name: str, *arguments: str) -> tuple[list[dict[str, object]], str]:
    """(JSON lines, standard error) of a command on the engagement."""
    out, err = StringIO(), StringIO()
    place = ("--tenant", "aurora", "--engagement", "cobalt-services")
    call_command(name, *place, *arguments, stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def refused(name: str, *arguments: str) -> str:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command(
            name, "--tenant", "aurora", "--engagement", "cobalt-services", *arguments, stdout=out, stderr=err
        )  # fmt: skip
    assert exit_.value.code == 2
    assert out.getvalue() == ""
    assert err.getvalue().count("\n") == 1
    return err.getvalue()


@pytest.fixture
def town() -> Town:
    town = build_town()
    with enter(town.tenant.pk):
        import_terms(engagement=town.engagement, text=TERMS, by=None, at=AT)
        row = itsm.keep_import(
            engagement=town.engagement, name="tickets.csv", content=BytesIO(TICKETS.encode()), format="csv",
            time_zone="UTC", mapping=MAPPING, at=AT,
        )  # fmt: skip
        run = itsm.start_import(row, by=None)
    assert jobs.work_here(run).state == Run.State.DONE
    connection.close()  # the session's own tables, which the application may truncate, end with it
    return town


MEASURE = ("--from", "2026-01", "--to", "2026-02", "--as-of", "2026-03-01T00:00:00Z")
LINES = [
    {"month": "2026-01", "service_level": "p2-resolve", "total": 3, "met": 1, "attainment": "33.3333", "excluded": 0},
    {"month": "2026-01", "service_level": "uptime", "total": 0, "met": 0, "attainment": None, "excluded": 0},
    {"month": "2026-02", "service_level": "p2-resolve", "total": 1, "met": 1, "attainment": "100.0000", "excluded": 0},
    {"month": "2026-02", "service_level": "uptime", "total": 0, "met": 0, "attainment": None, "excluded": 0},
]


def test_measure_prints_a_line_per_month_and_level_and_says_where_charges_are_missing(town: Town) -> None:
    lines, err = command("measure", *MEASURE)
    assert lines == [line | {"charges_missing": True} for line in LINES]
    assert err.splitlines() == ["2026-01: charges missing, no credit", "2026-02: charges missing, no credit"]


def test_the_road_from_charges_to_a_sealed_month_can_be_walked_twice(town: Town, tmp_path: Path) -> None:
    for _ in range(2):
        assert command("set_charges", "2026-01", "84200.00")[0][0]["charges"] == "84200.00"
        command("set_charges", "2026-02", "84200.00")
        lines, err = command("measure", *MEASURE, "--tickets", str(tmp_path / "clocks.csv"))
        assert (lines, err) == (LINES, "")
        sealed, _ = command("seal", "--month", "2026-01")
        assert sealed[0]["month"] == "2026-01"
    with enter(town.tenant.pk):
        assert [entry.money.text for entry in LedgerEntry.objects.all()] == ["3368.00"]
        counts = (MonthlyCharges.objects.count(), Result.objects.count(), Outcome.objects.count(), Run.objects.count())
    assert counts == (2, 4, 4, 3)
    assert (tmp_path / "clocks.csv").read_text() == (
        "number,service_level,month,start,end,elapsed_seconds,target_seconds,paused_seconds,met\n"
        "INC10,p2-resolve,2026-01,2026-01-05T08:00:00Z,2026-01-05T10:00:00Z,7200,28800,0,true\n"
        "INC2,p2-resolve,2026-01,2026-01-06T08:00:00Z,2026-01-06T20:00:00Z,43200,28800,0,false\n"
        "INC3,p2-resolve,2026-01,2026-01-07T08:00:00Z,,4550400,28800,0,false\n"
        "INC4,p2-resolve,2026-02,2026-02-01T00:00:00Z,2026-02-01T01:00:00Z,3600,28800,0,true\n"
    )


def test_an_unfinished_ticket_runs_up_to_the_instant_asked_for(town: Town, tmp_path: Path) -> None:
    later = (*MEASURE[:-1], "2026-03-02T00:00:00Z", "--tickets", str(tmp_path / "clocks.csv"))
    command("measure", *MEASURE)
    command("measure", *later)
    assert ",4636800,28800,0,false" in (tmp_path / "clocks.csv").read_text()


def test_a_sealed_month_prints_its_sealed_line_and_the_difference_on_standard_error(town: Town) -> None:
    command("set_charges", "2026-01", "84200.00")
    command("measure", *MEASURE)
    command("seal", "--month", "2026-01")
    command("report_value", "2026-01", "uptime", "99.0", "--source", "probe", "--evidence", "graph 7")
    lines, err = command("measure", "--from", "2026-01", "--to", "2026-01")
    assert lines == LINES[:2]
    assert err == "uptime 2026-01: sealed at not measured; it would now be 99.0000 (reported)\n"
    assert "is sealed" in refused("set_charges", "2026-01", "1.00")


def test_a_reported_value_is_measured_and_credited(town: Town) -> None:
    command("set_charges", "2026-02", "84200.00")
    command("report_value", "2026-02", "uptime", "99.41", "--source", "probe")
    lines, _ = command("measure", "--from", "2026-02", "--to", "2026-02")
    assert lines[1] == LINES[3] | {"attainment": "99.4100", "reported": True}
    with enter(town.tenant.pk):
        assert [(line.service_level, line.amount.text) for line in queries.credit_list()] == [("uptime", "5052.00")]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("measure", "--from", "2026-03", "--to", "2026-02"), "--to: must not lie before --from"),
        (("measure", "--from", "2026-13", "--to", "2026-02"), "--from: must be a month"),
        (("measure", *MEASURE[:4], "--as-of", "yesterday"), "--as-of: 'yesterday' is not an instant"),
        (("measure", *MEASURE, "--tickets", "/no/such/folder/x.csv"), "--tickets: there is no folder"),
        (("set_charges", "2026-01", "12.345"), "amount: EUR has 2 decimals"),
        (("set_charges", "2031-01", "1.00"), "outside the contract's term"),
        (("seal", "--month", "2026-01"), "not measured"),
        (("report_value", "2026-01", "p2-resolve", "99", "--source", "x"), "measured from tickets"),
        (("report_value", "2026-01", "nothing", "99", "--source", "x"), "no service level 'nothing'"),
        (("report_value", "2026-01", "uptime", "100.5", "--source", "x"), "value: must be at most 100"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(town: Town, arguments: tuple[str, ...], why: str) -> None:
    assert why in refused(*arguments)
    with enter(town.tenant.pk):
        assert not Result.objects.exists()
        assert not MonthlyCharges.objects.exists()


def test_what_a_late_ticket_cost_is_the_credit_less_that_without_it(town: Town) -> None:
    command("set_charges", "2026-01", "84200.00")
    command("measure", *MEASURE)
    with enter(town.tenant.pk):
        late = queries.ticket_costs(Ticket.objects.get(number="INC2"), as_of=AT)
        (line,) = late.lines
        assert (line.service_level, line.month, line.credit) == ("p2-resolve", Month("2026-01"), "CR-2026-01-01")
        assert (str(line.attainment), str(line.attainment_without)) == ("33.3333", "66.6667")
        assert (str(line.amount), str(line.amount_without)) == ("EUR 3,368.00", "EUR 0.00")
        assert (str(line.difference), str(late.together)) == ("EUR 3,368.00", "EUR 3,368.00")
        dune = town.engagements["dune"]
        theirs = import_terms(engagement=dune, text=TERMS, by=None, at=AT).contract
        own = Credit.objects.get(record__number="CR-2026-01-01")
        record = records.open_record(kind="service credit", title="Theirs", engagement=dune, state="proposed", at=AT)
        Credit.objects.create(
            engagement=dune, contract=theirs, record=record, month=own.month, amount=1, currency="EUR", row={}, derivation=[],
            service_level=ServiceLevel.objects.get(engagement=dune, key="p2-resolve"),
        )  # fmt: skip
        assert queries.ticket_costs(Ticket.objects.get(number="INC2"), as_of=AT).lines == (line,)
        in_time = queries.ticket_costs(Ticket.objects.get(number="INC10"), as_of=AT)
        assert (in_time.lines, in_time.together) == ((), None)
