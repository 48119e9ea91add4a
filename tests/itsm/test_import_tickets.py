"""Importing: what is written, what is refused, and that doing it twice changes nothing."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from engagements.models import Vendor
from itsm import services
from itsm.models import Import, MonthSeal, Ticket, TicketEvent, Wait
from itsm.queries.imports import sealed_month_touched
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.records.errors import Refused
from mspgov.records.models import File
from mspgov.tenancy.context import enter
from mspgov.tenancy.services import ensure_engagement
from tests.itsm.place import AT, TERMS, Place, incident, log, make_place, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R5.1")]

TWO = (
    *incident("INC1", "1/3/2016 09:00", "1/3/2016 10:00", "2/3/2016 11:00", category="Mail"),
    *incident("INC2", "1/3/2016 09:30", "1/3/2016 09:40", "", "1 - Critical"),
)


@pytest.fixture
def place() -> Place:
    return make_place()


def test_a_log_becomes_tickets_with_events_and_waits(place):
    assert place.bring(*TWO) == {"read": 5, "tickets": 2, "created": 2, "updated": 0, "unchanged": 0, "rejected": []}
    assert place.counts() == (2, 2, 5, 0)
    ticket = place.ticket("INC1")
    assert (ticket.opened_at, ticket.answered_at, ticket.resolved_at, ticket.priority, ticket.category) == (
        datetime(2016, 3, 1, 9, tzinfo=UTC), datetime(2016, 3, 1, 10, tzinfo=UTC), datetime(2016, 3, 2, 11, tzinfo=UTC), 3, "Mail",
    )  # fmt: skip
    assert place.ticket("INC2").resolved_at is None


def test_a_second_import_of_the_same_file_leaves_nothing_but_its_run(place):
    place.bring(*TWO)
    before = place.counts()
    assert place.bring(*TWO) == {"read": 5, "tickets": 2, "created": 0, "updated": 0, "unchanged": 2, "rejected": []}
    assert place.counts() == before
    with enter(place.town.tenant.pk):
        assert (File.objects.count(), Run.objects.count()) == (1, 2)


def test_a_row_that_cannot_be_read_is_listed_and_its_whole_ticket_left_out(place):
    result = place.bring(*TWO, row("Active", 3, "31/4/2016 10:00", number="INC1"))
    assert result["rejected"] == [{"row": 7, "field": "sys_updated_at", "why": "31/4/2016 is no day of the calendar"}]
    assert (result["read"], result["tickets"]) == (6, 1)
    with enter(place.town.tenant.pk):
        assert list(Ticket.objects.values_list("number", flat=True)) == ["INC2"]


def test_a_ticket_answered_before_it_was_opened_is_rejected_and_not_among_the_tickets(place):
    early = incident("INC3", "1/3/2016 09:00", "1/3/2016 08:00", "")
    result = place.bring(*TWO, *early)
    assert result["tickets"] == 2
    assert result["rejected"] == [
        {
            "row": 8,
            "field": "answered_at",
            "why": "answered 2016-03-01T08:00:00Z, before it was opened 2016-03-01T09:00:00Z",
        }
    ]
    assert place.counts() == (2, 2, 5, 0)


def test_strict_writes_nothing_when_a_row_is_rejected(place):
    run = place.run(log(*TWO, row("Active", 3, "soon", number="INC1")), strict=True)
    assert (run.state, run.error) == (Run.State.FAILED, "row 7: sys_updated_at: 'soon' is no date like 29/2/2016 01:16")
    assert place.counts() == (0, 0, 0, 0)


def test_more_rows_of_a_known_ticket_update_it_and_a_changed_one_is_a_new_version(place):
    place.bring(*TWO)
    again = row("Closed", 2, "2/3/2016 15:00", number="INC1", opened_at="1/3/2016 09:00", category="Mail",
                resolved_at="2/3/2016 15:00")  # fmt: skip
    more = row("Resolved", 5, "3/3/2016 10:00", number="INC2", opened_at="1/3/2016 09:30", priority="1 - Critical")
    assert place.bring(again, more)["updated"] == 2
    assert place.counts() == (2, 2, 7, 0)
    with enter(place.town.tenant.pk):
        versions = TicketEvent.objects.filter(ticket__number="INC1", mod_count=2).order_by("version")
        assert [(e.version, e.resolved_at.hour) for e in versions] == [(1, 11), (2, 15)]
    assert place.ticket("INC1").resolved_at.hour == 15
    assert place.ticket("INC2").resolved_at == datetime(2016, 3, 3, 10, tzinfo=UTC)


def test_events_that_share_a_mod_count_are_told_apart_by_their_place(place):
    rows = [row("Active", 1, f"1/3/2016 1{h}:00", number="INC1") for h in (0, 1)]
    place.bring(*rows)
    assert place.bring(*rows)["unchanged"] == 1
    changed = row("Awaiting User Info", 1, "1/3/2016 11:00", number="INC1")
    assert place.bring(rows[0], changed)["updated"] == 1
    with enter(place.town.tenant.pk):
        assert sorted(TicketEvent.objects.values_list("place", "version")) == [(0, 1), (1, 1), (1, 2)]


def test_whose_a_vendor_is_comes_from_the_vendor_then_from_the_source_then_nobody_knows(place):
    def waiting(number: str, vendor: str) -> list[str]:
        same = {"number": number, "opened_at": "1/3/2016 09:00", "priority": "1 - Critical", "vendor": vendor}
        return [
            row("Active", 0, "1/3/2016 09:00", **same), row("Awaiting Vendor", 1, "1/3/2016 10:00", **same),
            row("Closed", 2, "1/3/2016 15:00", **same, resolved_at="1/3/2016 15:00"),
        ]  # fmt: skip

    place.bring(*waiting("A", "Acme"), *waiting("B", "?"))
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["met"] == 0
    with enter(place.town.tenant.pk):
        Vendor.objects.create(engagement=place.engagement, name="Acme", party="client")
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["met"] == 1
    assert place.bring(*waiting("A", "Acme"), *waiting("B", "?"), vendor_party="client")["updated"] == 2
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["met"] == 2
    with enter(place.town.tenant.pk):
        Vendor.objects.filter(name="Acme").update(party="provider")
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["met"] == 1


def test_an_import_can_be_withdrawn_and_its_events_count_no_more(place):
    place.bring(*TWO)
    later = row("Closed", 5, "3/3/2016 10:00", number="INC2", opened_at="1/3/2016 09:30", priority="1 - Critical")
    place.bring(later, *incident("INC9", "1/3/2016 09:00", "1/3/2016 10:00", "1/3/2016 11:00"))
    with enter(place.town.tenant.pk):
        second = Import.objects.order_by("-pk")[0]
        assert services.withdraw_import(second, by=None, why="wrong file", at=AT) == 2
    assert place.counts() == (2, 3, 9, 0)
    assert place.ticket("INC2").resolved_at is None
    assert place.bring(later)["updated"] == 1
    assert place.ticket("INC2").resolved_at == datetime(2016, 3, 3, 10, tzinfo=UTC)
    with enter(place.town.tenant.pk), pytest.raises(Refused, match="only a finished import"):
        services.withdraw_import(second, by=None, why="again", at=AT)


def test_an_import_cannot_be_withdrawn_once_a_month_it_touches_is_sealed(place):
    place.bring(*TWO)
    place.measure("2016-02", "2016-03")
    with enter(place.town.tenant.pk):
        first = Import.objects.get()
        services.seal_month(engagement=place.engagement, month=Month("2016-02"), by=None, at=AT)
    with enter(place.town.tenant.pk):
        services.seal_month(engagement=place.engagement, month=Month("2016-03"), by=None, at=AT)
        with pytest.raises(Refused, match="March 2016 is sealed"):
            services.withdraw_import(first, by=None, why="too late", at=AT)
    assert place.counts() == (2, 2, 5, 0)


def test_another_engagements_seal_keeps_no_import_from_being_withdrawn(place):
    place.bring(*TWO)
    with enter(place.town.tenant.pk):
        other = ensure_engagement(slug="other", provider=place.engagement.provider)
        MonthSeal.objects.create(engagement=other, month="2016-03", digest="0" * 64, by=None, at=AT)
        brought = Import.objects.get(state=Import.State.DONE)
        assert "2016-03" in brought.months
        assert sealed_month_touched(brought) is None


LONG = TERMS.replace("target: {hours: 4}", "target: {hours: 960}")


def test_the_months_of_an_import_are_also_those_in_which_its_clocks_count():
    """Opened in January, due 960 hours later: missed in February, ended in March; the first touches two of them."""
    place = make_place(LONG)
    late = incident("INC1", "20/1/2016 09:00", "20/1/2016 09:10", "10/3/2016 09:00", "1 - Critical")
    still = incident("INC2", "20/1/2016 09:00", "20/1/2016 09:10", "", "1 - Critical")
    place.measure("2016-01", "2016-02")
    with enter(place.town.tenant.pk):
        for month in ("2016-01", "2016-02"):
            services.seal_month(engagement=place.engagement, month=Month(month), by=None, at=AT)
    result = place.run(log(*still), check=True).result
    assert (result["months_open"], result["months_sealed"]) == ([], ["2016-01", "2016-02"])
    place.bring(*late)
    with enter(place.town.tenant.pk):
        brought = Import.objects.get(state=Import.State.DONE)
        assert brought.months == ["2016-01", "2016-02", "2016-03"]
        assert sealed_month_touched(brought).month == Month("2016-01")


def test_the_months_of_an_import_are_those_of_the_contract_and_of_where_its_tickets_counted_before():
    place = make_place(TERMS.replace("monthly_charges", "time_zone: Asia/Tokyo, monthly_charges"))
    place.bring(*incident("INC1", "31/3/2016 20:00", "31/3/2016 20:10", "31/3/2016 21:00"))
    with enter(place.town.tenant.pk):
        assert Import.objects.get().months == ["2016-04"]
    place.measure("2016-04")
    place.bring(*incident("INC1", "2/5/2016 09:00", "2/5/2016 09:10", "2/5/2016 10:00"))
    with enter(place.town.tenant.pk):
        assert Import.objects.order_by("-pk")[0].months == ["2016-04", "2016-05"]


MAPPING = {
    "columns": {"number": "Ticket", "opened_at": "Created", "resolved_at": "Solved", "priority": "Prio"},
    "waits": [{"from": "Asked", "to": "Told", "kind": "customer"}],
}


def csv(*rows: str) -> bytes:
    return ("Ticket,Created,Solved,Prio,Asked,Told\n" + "\n".join(rows) + "\n").encode()


def test_a_mapped_csv_is_imported_and_a_ticket_that_stands_there_twice_left_out(place):
    content = csv(
        "T1,2016-03-01T09:00,2016-03-01T15:00,P1,2016-03-01T10:00,2016-03-01T13:00", "T2,2016-03-01T09:00,,P2,,",
        "T3,2016-03-01T09:00,,P2,,", "T2,2016-03-01T09:00,,P3,,",
    )  # fmt: skip
    run = place.run(content, format="csv", mapping=MAPPING)
    assert run.result["rejected"] == [{"row": 5, "field": "number", "why": "T2 stands in row 3 already"}]
    assert (run.result["read"], run.result["created"]) == (4, 2)
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["met"] == 1
    changed = csv("T1,2016-03-01T09:00,2016-03-01T19:00,P1,2016-03-01T10:00,2016-03-01T13:00")
    assert place.run(changed, format="csv", mapping=MAPPING).result["updated"] == 1
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["met"] == 0


@pytest.mark.parametrize(
    ("content", "options", "error"),
    [
        (b"", {}, "row 1: no header: the first row must name the columns"),
        (b"number,state\nINC1,New\n", {}, "row 1: the column incident_state is missing (and 12 more)"),
        (log(*TWO) + "INC\u00e9".encode("latin-1"), {}, "line 7: byte 0xE9 is not utf-8"),
        (csv("T1"), {"format": "csv", "mapping": {"columns": {"number": "N", "opened_at": "C", "priority": "P"}}},
         "row 1: the column N (mapping.columns.number) is missing"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_fails_the_run_with_one_line_and_writes_nothing(place, content, options, error):
    run = place.run(content, **options)
    assert run.state == Run.State.FAILED
    assert run.error.startswith(error)
    assert place.counts() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"time_zone": "Mars"}, "time_zone: 'Mars' is no known time zone"),
        ({"format": "xml"}, "format: 'xml' is not one of servicenow-audit, csv"),
        ({"format": "csv"}, "mapping: is missing: the format csv needs one"),
        ({"mapping": MAPPING}, "mapping: the format servicenow-audit takes none"),
        ({"vendor_party": "us"}, "vendor_party: 'us' is neither client nor provider"),
    ],
)
def test_options_that_make_no_sense_are_faults_before_anything_is_kept(place, options, error):
    with enter(place.town.tenant.pk), pytest.raises(Fault) as caught:
        place.keep(log(*TWO), **options)
    assert str(caught.value) == error
    with enter(place.town.tenant.pk):
        assert (Import.objects.count(), File.objects.count()) == (0, 0)


def test_a_check_says_what_an_import_would_do_and_writes_no_ticket(place):
    place.bring(*TWO)
    rows = [
        *TWO,
        *incident("INC5", "1/3/2016 09:00", "1/3/2016 10:00", "1/4/2016 09:00"),
        row("Active", 9, "soon", number="INC6"),
    ]
    run = place.run(log(*rows), check=True)
    assert run.state == Run.State.DONE, run.error
    wanted = {"read": 9, "created": 1, "updated": 0, "unchanged": 2, "rejected": 1, "events": 3,
              "months_open": ["2016-03", "2016-04"], "months_sealed": []}  # fmt: skip
    assert {name: run.result[name] for name in wanted} == wanted
    assert place.counts() == (2, 2, 5, 0)
    with enter(place.town.tenant.pk):
        kept = Import.objects.get(state=Import.State.CHECKED)
        faulty = [r for r in kept.preview["neighbours"] if "faults" in r]
        assert faulty[0]["fields"]["sys_updated_at"] == "soon"
        assert [r["row"] for r in kept.preview["neighbours"]] == [8, 9, 10]
        assert {c["column"]: c["sample"] for c in kept.preview["columns"]}["incident_state"] == "New"
        run = services.start_import(kept, by=None)
    assert jobs.work_here(run).result["created"] == 1


def test_what_the_database_refuses(place):
    """Other tenants' parents, changed events and deleted tickets, whatever the code does."""
    place.bring(*TWO)
    other = make_place(slug="borealis")
    ticket = place.ticket("INC1")
    mine, theirs = place.engagement.pk, other.engagement.pk

    def wait(tenant: int, engagement: int) -> str:
        return (
            "insert into itsm_wait (tenant_id, engagement_id, ticket_id, kind, started_at, vendor, party) "
            f"values ({tenant}, {engagement}, {ticket.pk}, 'customer', now(), '', '')"
        )

    tries = [
        (wait(other.town.tenant.pk, theirs), "no itsm_ticket"),
        (wait(place.town.tenant.pk, theirs), "row-level security"),
        (wait(other.town.tenant.pk, mine), "no engagement"),
        ("update itsm_ticketevent set state = 'x'", "permission denied"),
        ("delete from itsm_ticketevent", "permission denied"),
    ]  # fmt: skip
    for sql, refusal in tries:
        with enter(other.town.tenant.pk), pytest.raises(DatabaseError, match=refusal), transaction.atomic():
            connection.cursor().execute(sql)
    with enter(place.town.tenant.pk):
        for table in ("itsm_ticket", "itsm_import"):
            with pytest.raises(DatabaseError, match="never deleted"), transaction.atomic():
                connection.cursor().execute(f"delete from {table}")
    assert place.counts() == (2, 2, 5, 0)
    assert other.counts() == (0, 0, 0, 0)


def test_the_command_prints_the_result_and_refuses_in_one_line(place, tmp_path, capsys):
    file = tmp_path / "log.csv"
    file.write_bytes(log(*TWO))
    options = {"tenant": "aurora", "engagement": "cobalt-services", "format": "servicenow-audit", "time_zone": "UTC"}
    call_command("import_tickets", str(file), **options)
    assert capsys.readouterr().out == (
        '{"read": 5, "tickets": 2, "created": 2, "updated": 0, "unchanged": 0, "rejected": []}\n'
    )
    again = '{"read": 5, "tickets": 2, "created": 0, "updated": 0, "unchanged": 2, "rejected": []}\n'
    call_command("import_tickets", str(file), **options)
    assert capsys.readouterr().out == again
    with enter(place.town.tenant.pk):
        kept = Import.objects.get()  # a second import of the same file leaves no new row but its run
        assert (kept.created, kept.unchanged, Run.objects.count()) == (2, 0, 2)
        services.withdraw_import(kept, by=None, why="wrong file", at=AT)
    call_command("import_tickets", str(file), **options)
    assert '"created": 2' in capsys.readouterr().out
    with enter(place.town.tenant.pk):
        assert Import.objects.count() == 2
    for change, error in (
        ({"time_zone": "Mars"}, "time_zone: 'Mars' is no known time zone"),
        ({"tenant": "nobody"}, "--tenant: there is no tenant 'nobody'"),
    ):
        with pytest.raises(SystemExit) as left:
            call_command("import_tickets", str(file), **{**options, **change})
        assert (left.value.code, capsys.readouterr().err) == (2, error + "\n")
    with pytest.raises(SystemExit):
        call_command("import_tickets", str(tmp_path / "none.csv"), **options)
    assert capsys.readouterr().err == f"{tmp_path / 'none.csv'}: No such file or directory\n"


def long_log(tickets: int) -> bytes:
    rows = []
    for n in range(tickets):
        rows += incident(f"INC{n}", "1/3/2016 09:00", f"{1 + n % 5}/3/2016 10:00", f"{6 + n % 9}/3/2016 11:00",
                         category="c" * 200, location="l" * 200)  # fmt: skip
    return log(*rows)


def test_a_process_keeps_no_reading_of_an_import_that_was_stopped(place, monkeypatch):
    from itsm.services import imports

    monkeypatch.setattr(imports, "STEP_BYTES", 20_000)
    imports._readings.clear()
    with enter(place.town.tenant.pk):
        stopped, other = place.keep(long_log(100)), place.keep(long_log(90))
        left = imports.read_on("import", 0, stopped.pk)
        imports.read_on("import", 0, other.pk)
        assert list(imports._readings) == [("import", other.pk)]
        assert left.taken.closed
        assert imports.resumed("import", 1, stopped.pk) is None
        imports.forget("import", other.pk)
        assert not imports._readings


def test_a_reading_that_died_between_its_steps_begins_again_and_ends_the_same(place, monkeypatch):
    from itsm.services import imports

    monkeypatch.setattr(imports, "STEP_BYTES", 20_000)
    content = long_log(100)
    with enter(place.town.tenant.pk):
        run = services.start_import(place.keep(content), by=None)
        kept = Import.objects.get()
    from itsm import runs

    done, steps = 0, []
    for step in range(40):
        with enter(place.town.tenant.pk):
            done, total, result = runs.import_tickets(done, import_id=kept.pk)
        steps.append(done)
        if step == 3:
            imports._readings.clear()  # as in another process
        if done == total:
            break
    assert steps[:6] == [1, 2, 3, 4, 1, 2]
    assert (result["read"], result["created"]) == (300, 100)
    assert place.counts() == (100, 100, 300, 0)
    with enter(place.town.tenant.pk):
        jobs.cancel(run)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.4, 0.9, 1.6])
def test_a_worker_killed_in_the_middle_leaves_after_recovery_the_rows_of_an_undisturbed_run(place, seconds):
    """kill -9 at three moments: while reading, while deriving, while writing."""
    content = long_log(6_000)
    with enter(place.town.tenant.pk):
        run = services.start_import(place.keep(content), by=None)
    code = (
        "import os, django; os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mspgov.settings'); django.setup()\n"
        "from mspgov.jobs import services\n"
        f"print('ready', flush=True); services.work({run.tenant_id}, {run.pk})"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    child.stdout.readline()
    time.sleep(seconds)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    ended = jobs.work_here(run)
    assert ended.state == Run.State.DONE, ended.error
    assert ended.result["created"] == 6_000
    assert place.counts() == (6_000, 6_000, 18_000, 0)
    again = make_place(slug="borealis")
    again.run(content)

    def rows(where: Place):
        with enter(where.town.tenant.pk):
            return (
                sorted(Ticket.objects.values_list("number", "opened_at", "answered_at", "resolved_at", "priority")),
                sorted(
                    TicketEvent.objects.values_list("ticket__number", "mod_count", "place", "version", "state", "at")
                ),
                Wait.objects.count(),
            )

    assert rows(place) == rows(again)
