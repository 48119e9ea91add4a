"""Importing in the browser: a file through its four steps, what cannot be read said row by row, and who may do it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from itsm.importers.first_look import guess_columns, guess_dates, guess_priority
from itsm.models import Import, MonthSeal, Ticket
from itsm.services import imports, staging
from itsm.views.import_parts import fault_places
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.jobs.queries import run_line
from mspgov.jobs.services import function_of
from mspgov.records import services as records
from mspgov.records.models import File
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.contracts.promises import at, signed_in
from tests.itsm.place import make_place
from tests.world import Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.1")]

CSV = """Ticket;Created;First reply;Solved;Prio;Notes
INC1;29/02/2016 09:15;29/02/2016 09:20;29/02/2016 14:00;High;
INC2;31/04/2016 10:17;;;High;
INC3;01/06/2016 08:00;01/06/2016 08:10;01/06/2016 09:30;Critical;=1+1
INC4;02/06/2016 08:00;;;=cmd|calc;
INC5;02/06/2016 11:00;02/06/2016 11:10;;Low;
"""
AUDIT_HEADER = (
    "number,incident_state,sys_mod_count,sys_updated_at,opened_at,resolved_at,priority,category,subcategory,u_symptom,"
    "assignment_group,location,cmdb_ci,vendor"
)
AUDIT = f"""{AUDIT_HEADER}
INC7,New,0,4/4/2016 08:00,4/4/2016 08:00,?,2 - High,Cat,?,?,Group 1,?,?,?
INC7,Resolved,1,4/4/2016 09:00,4/4/2016 08:00,4/4/2016 09:00,2 - High,Cat,?,?,Group 1,?,?,?
"""


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


@pytest.fixture
def mei(town: Town) -> Client:
    return signed_in(town, Role.CHANGE_MANAGER)


def upload(town: Town, client: Client, content: bytes | str, **more: str) -> Any:
    name = more.pop("name", "tickets.csv")
    body = content.encode() if isinstance(content, str) else content
    asked = {"engagement": "cobalt-services", "time_zone": "UTC", "vendor_party": "", "format": "", **more}
    return client.post(at(town, "itsm:import-new"), {**asked, "file": SimpleUploadedFile(name, body)})


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "'").split())


def offered(client: Client, address: str) -> dict[str, str]:
    """What the form on a page would send as it stands."""
    form = client.get(address).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    return {**sent, **{f"q{i}": value for i, value in enumerate(form.priority_values)}}


def work(town: Town) -> list[Run]:
    """Do what waits, as a worker would."""
    with enter(town.tenant.pk):
        waiting = list(Run.objects.filter(state=Run.State.WAITING))
    return [jobs.work_here(run) for run in waiting]


def only_import(town: Town) -> Import:
    with enter(town.tenant.pk):
        return Import.objects.select_related("file").get()


def counts(town: Town) -> tuple[int, int, int]:
    with enter(town.tenant.pk):
        return Import.objects.count(), Ticket.objects.filter(counted=True).count(), Run.objects.count()


def checked(town: Town, client: Client) -> Import:
    """The CSV, uploaded, mapped as guessed, and checked."""
    mapping = upload(town, client, CSV).headers["Location"]
    assert client.post(mapping, offered(client, mapping)).status_code == 302
    work(town)
    return only_import(town)


def test_a_file_with_two_bad_rows_goes_through_its_four_steps(town: Town, mei: Client) -> None:
    answer = upload(town, mei, CSV)
    mapping = answer.headers["Location"]
    assert mapping.endswith("/mapping/")
    form = mei.get(mapping).context["form"]
    guessed = [form[f"c{i}"].value() for i in range(6)]
    assert guessed == ["number", "opened_at", "answered_at", "resolved_at", "priority", ""]
    assert form["dates"].value() == "%d/%m/%Y %H:%M"
    assert (form["encoding"].value(), form["delimiter"].value()) == ("utf-8", ";")

    preview = mei.post(mapping, offered(mei, mapping)).headers["Location"]
    assert "Import when checked" in text(mei.get(preview))
    assert "You can leave, it goes on" in text(mei.get(preview))
    assert [run.state for run in work(town)] == [Run.State.DONE]
    shown = text(mei.get(preview))
    assert "2 rows cannot be used; 3 tickets can." in shown
    assert "Created: '31/04/2016 10:17' does not fit %d/%m/%Y %H:%M." in shown
    assert "Prio: '=cmd|calc' is not one of P1 to P4." in shown
    assert "INC1" in shown
    assert "INC3" in shown
    assert counts(town)[1] == 0

    row = only_import(town)
    result = mei.post(at(town, "itsm:import-start", row.public_id)).headers["Location"]
    work(town)
    assert counts(town)[1] == 3
    shown = text(mei.get(result))
    assert "3 tickets created, 0 updated." in shown
    assert "'=cmd|calc' is not one of P1 to P4." in shown
    report = mei.get(at(town, "itsm:import-report", row.public_id))
    assert report.headers["Content-Disposition"] == 'attachment; filename="tickets-report.csv"'
    assert report.content.decode().splitlines()[1].startswith("3,opened_at,")
    assert "tickets.csv" in text(mei.get(at(town, "itsm:imports")))


def test_the_mapping_is_offered_again_for_the_next_file(town: Town, mei: Client) -> None:
    mapping = upload(town, mei, CSV).headers["Location"]
    sent = {**offered(mei, mapping), "c5": "category", "p0": "P4"}
    mei.post(mapping, sent)
    again = upload(town, mei, CSV.replace("INC", "JNC")).headers["Location"]
    form = mei.get(again).context["form"]
    assert form["c5"].value() == "category"
    assert form[f"p{form.priority_values.index('=cmd|calc')}"].value() == "P4"
    elsewhere = upload(town, mei, CSV.replace("INC", "KNC"), engagement="dune-services").headers["Location"]
    form = mei.get(elsewhere).context["form"]  # of another engagement nothing was said yet
    assert form["c5"].value() == ""


def test_an_audit_log_is_known_by_its_columns_and_checked_at_once(town: Town, mei: Client) -> None:
    answer = upload(town, mei, AUDIT)
    assert answer.headers["Location"].endswith("/preview/")
    work(town)
    shown = text(mei.get(answer.headers["Location"]))
    assert "All 2 rows can be read." in shown
    assert "Import 1 ticket" in shown
    assert only_import(town).format == "servicenow-audit"
    other = mei.post(
        at(town, "itsm:import-mapping", only_import(town).public_id), {"time_zone": "Europe/Berlin", "vendor_party": ""}
    )
    assert other.status_code == 302
    assert only_import(town).time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (b"", {}, "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", {}, "The file is a picture, not a table."),
        (b"PK\x03\x04 an archive", {}, "The file is an Excel workbook or a zip, not a CSV"),
        ("number,opened_at\n", {}, "The file has a header and no row."),
        ("\n\nINC1,2016\n", {}, "no header: the first row must name the columns"),
        (",".join(f"c{i}" for i in range(200_000)) + "\n1\n", {}, "200,000 columns, more than the 1,000 that are read"),
        (b"number,a\n" + b"x" * (5 * 2**20) + b"\n", {}, "longer than 4 MiB; is this a CSV?"),
        ("a,a\n1,2\n", {}, "the column a stands there twice"),
        (b"number,a\nINC1,\x00\n", {}, "holds a NUL"),
        (
            "number,opened_at\n1,2\n",
            {"format": "servicenow-audit"},
            "the column incident_state is missing (and 11 more)",
        ),
        (
            AUDIT.replace("Cat", "Café").encode("latin-1"),
            {"format": "servicenow-audit"},
            "byte 0xE9 is not utf-8; save the file as UTF-8",
        ),
    ],
)
def test_a_bad_file_is_said_at_the_field_and_nothing_is_written(
    town: Town, mei: Client, content: bytes | str, more: dict[str, str], said: str
) -> None:
    answer = upload(town, mei, content, vendor_party="client", **more)
    shown = text(answer)
    assert said in shown or said[:1].lower() + said[1:] in shown
    assert list(answer.context["form"].errors) == ["file"]
    assert answer.context["form"]["vendor_party"].value() == "client"
    assert counts(town) == (0, 0, 0)


def test_an_unknown_zone_and_a_missing_file_are_said_at_their_fields(town: Town, mei: Client) -> None:
    answer = mei.post(at(town, "itsm:import-new"), {"engagement": "cobalt-services", "time_zone": "Mars/Base"})
    assert sorted(answer.context["form"].errors) == ["file", "time_zone"]
    assert counts(town) == (0, 0, 0)


def test_another_encoding_is_noticed_and_offered(town: Town, mei: Client) -> None:
    mapping = upload(town, mei, CSV.replace("Notes", "Größe").encode("windows-1252")).headers["Location"]
    assert mei.get(mapping).context["form"]["encoding"].value() == "windows-1252"
    sent = offered(mei, mapping)
    answer = mei.post(mapping, {**sent, "encoding": "utf-8"})
    assert "encoding" in answer.context["form"].errors
    assert only_import(town).mapping is None
    mei.post(mapping, sent)
    assert [run.state for run in work(town)] == [Run.State.DONE]


def test_a_mapping_without_what_is_needed_keeps_what_was_typed(town: Town, mei: Client) -> None:
    mapping = upload(town, mei, CSV).headers["Location"]
    sent = {**offered(mei, mapping), "c1": "", "c5": "location", "dates": "own", "own_dates": "%Q"}
    answer = mei.post(mapping, sent)
    shown = text(answer)
    assert "No column becomes “Opened”: choose the one that holds it." in shown
    assert answer.context["form"]["c5"].value() == "location"
    wrong = mei.post(mapping, {**sent, "c1": "opened_at", "own_dates": ""})
    assert "own_dates" in wrong.context["form"].errors
    twice = mei.post(mapping, {**offered(mei, mapping), "c5": "number"})
    assert "comes from Ticket already" in text(twice)
    half = mei.post(mapping, {**offered(mei, mapping), "w0-from": "Created"})
    assert "A wait needs both columns" in text(half)
    assert only_import(town).mapping is None
    assert counts(town)[2] == 0


def test_another_priority_column_asks_what_its_values_mean(town: Town, mei: Client) -> None:
    mapping = upload(town, mei, CSV).headers["Location"]
    answer = mei.post(mapping, {**offered(mei, mapping), "c4": "", "c5": "priority"})
    assert "Say what each priority in Notes means, below." in text(answer)
    assert answer.context["form"].priority_values == ["=1+1"]


def test_a_bad_byte_deep_in_the_file_ends_the_check_and_says_where(town: Town, mei: Client) -> None:
    rows = "".join(f"INC{i};01/06/2016 08:00;;;High;\n" for i in range(9000))
    body = (CSV + rows).encode() + b"INC99999;01/06/2016 08:00;;;High;\xe9\n"
    mapping = upload(town, mei, body).headers["Location"]
    sent = {**offered(mei, mapping), "encoding": "utf-8"}
    preview = mei.post(mapping, sent).headers["Location"]
    assert [run.state for run in work(town)] == [Run.State.FAILED]
    shown = text(mei.get(preview))
    assert "The check ended: the file cannot be read as it is" in shown
    assert "Line 9007: byte 0xE9 is not utf-8" in shown
    assert counts(town)[1] == 0


def test_a_check_can_be_stopped_and_begun_again(town: Town, mei: Client) -> None:
    preview = upload(town, mei, AUDIT).headers["Location"]
    row = only_import(town)
    mei.post(at(town, "itsm:import-stop", row.public_id))
    assert "The check was stopped" in text(mei.get(preview))
    assert mei.get(at(town, "itsm:import-progress", row.public_id)).headers["HX-Refresh"] == "true"
    mei.post(at(town, "itsm:import-start", row.public_id))
    assert counts(town)[1] == 0
    mei.post(at(town, "itsm:import-check", row.public_id))
    work(town)
    assert "All 2 rows can be read." in text(mei.get(preview))


def test_a_stopped_import_goes_on_when_it_is_asked_for_again(town: Town, mei: Client) -> None:
    row = checked(town, mei)
    start, stop = (at(town, f"itsm:import-{verb}", row.public_id) for verb in ("start", "stop"))
    own = mei.post(start).headers["Location"]
    mei.post(stop)
    assert "Nothing was written." in text(mei.get(own))
    mei.post(start)
    work(town)
    assert counts(town)[1] == 3


def test_the_preview_shows_what_is_new_changed_known_and_unresolved(town: Town, mei: Client) -> None:
    first = checked(town, mei)
    chips = {
        label: count for label, count, *_ in mei.get(at(town, "itsm:import-preview", first.public_id)).context["chips"]
    }
    assert chips == {"Errors and their neighbours": "2", "First rows": "3", "Warnings": "3", "New": "3"}
    mei.post(at(town, "itsm:import-start", first.public_id))
    work(town)
    again = CSV.replace("01/06/2016 09:30", "01/06/2016 09:45").replace("INC4", "INC6").replace("=cmd|calc", "Low")
    mapping = upload(town, mei, again, name="again.csv").headers["Location"]
    preview = mei.post(mapping, offered(mei, mapping)).headers["Location"]
    work(town)
    shown = mei.get(preview).context["chips"]
    assert [(label, count) for label, count, *_ in shown][3:] == [
        ("New", "1"),
        ("Changed", "1"),
        ("Known, unchanged", "2"),
    ]
    tables = {}
    for label, _, address, _ in shown:
        page = mei.get(address)
        tables[label] = [" ".join(str(cell.text) for cell in row.cells) for row in page.context["preview_table"].rows]
    assert tables["New"] == ["5 INC6  2 Jun 2016 08:00 – P4"]
    assert tables["Changed"] == ["4 INC3  1 Jun 2016 08:00 1 Jun 2016 09:45 P1"]
    assert [row.split()[1] for row in tables["Known, unchanged"]] == ["INC1", "INC5"]
    assert [row.split()[1] for row in tables["Warnings"]] == ["INC6", "INC5"]


def test_a_file_without_the_first_answer_is_warned_of_where_response_times_are_promised() -> None:
    place = make_place()
    mei = signed_in(place.town, Role.CHANGE_MANAGER)
    mapping = {"columns": {"number": "Ticket", "opened_at": "Created", "priority": "Prio", "resolved_at": "Solved"}}
    content = b"Ticket,Created,Solved,Prio,First answer\nINC1,2016-04-04T08:00:00Z,,P3,2016-04-04T08:10:00Z\n"
    place.run(content, check=True, format="csv", mapping=mapping)
    place.run(
        content, check=True, format="csv", mapping={"columns": {**mapping["columns"], "answered_at": "First answer"}}
    )
    with enter(place.town.tenant.pk):
        without, with_it = Import.objects.order_by("pk")
    said = text(mei.get(at(place.town, "itsm:import-preview", without.public_id)))
    assert "1 row has no resolution time: this ticket stays open. No column becomes “Answered”" in said
    assert "No column becomes" not in text(mei.get(at(place.town, "itsm:import-preview", with_it.public_id)))


@pytest.mark.parametrize("name", ["First answer", "first_response", "First reply", "Responded", "Answered at"])
def test_the_column_of_the_first_answer_is_known_by_its_usual_names(name: str) -> None:
    assert guess_columns(["Ticket", "Created", "Prio", name])["answered_at"] == name


def test_rows_that_cannot_be_used_are_ticks_where_they_stand_in_the_file(
    town: Town, mei: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "STEP_BYTES", 20_000)
    monkeypatch.setattr(staging, "BATCH", 50)
    rows = [
        f"INC{n};29/02/2016 09:15;;29/02/2016 14:00;{'?!' if n in (100, 101, 700) else 'High'};" for n in range(1000)
    ]
    mapping = upload(town, mei, "\n".join([CSV.splitlines()[0], *rows])).headers["Location"]
    mei.post(mapping, offered(mei, mapping) | {"p0": "", "p1": "P2"})
    with enter(town.tenant.pk):
        run = Run.objects.get()
        run.done_steps, run.total_steps, run.result = function_of(run.kind)(0, **run.arguments)
        run.state = Run.State.RUNNING
        run.save()
    page = mei.get(at(town, "itsm:import-progress", only_import(town).public_id)).content.decode()
    assert page.count('class="pr-fault"') == 2
    line = replace(run_line(run), result={"read": 500, "bytes": 500, "size": 1000, "fault_rows": [101, 102, 102, 700]})
    assert fault_places(line) == (0.101, 0.102, 0.7)


def test_an_import_is_withdrawn_with_a_reason_until_a_month_it_touches_is_sealed(town: Town, mei: Client) -> None:
    row = checked(town, mei)
    mei.post(at(town, "itsm:import-start", row.public_id))
    work(town)
    withdraw = at(town, "itsm:import-withdraw", row.public_id)
    assert "why" in mei.post(withdraw, {"why": " "}).context["form"].errors
    with enter(town.tenant.pk):
        engagement = town.engagements["cobalt"]
        seal = MonthSeal.objects.create(engagement=engagement, month="2016-06", digest="x", at=timezone.now())
        assert seal
    for answer in (mei.get(withdraw), mei.post(withdraw, {"why": "Wrong file"})):
        said = text(answer)
        assert "June 2016 is sealed, since " in said
        assert "Withdraw import" not in said
    result = text(mei.get(at(town, "itsm:import", row.public_id)))
    assert "It can be withdrawn no more: June 2016 is sealed since " in result
    with enter(town.tenant.pk):
        Import.objects.filter(pk=row.pk).update(months=[], preview=None)
    assert "June 2016 is sealed, since " in text(mei.get(withdraw))
    assert withdraw not in result
    assert counts(town)[1] == 3


def test_a_ticket_that_came_into_a_sealed_month_later_keeps_its_import_too(town: Town, mei: Client) -> None:
    row = checked(town, mei)
    mei.post(at(town, "itsm:import-start", row.public_id))
    work(town)
    with enter(town.tenant.pk):
        MonthSeal.objects.create(engagement=town.engagements["cobalt"], month="2016-07", digest="x", at=timezone.now())
        Ticket.objects.filter(number="INC3").update(resolved_at=datetime(2016, 7, 2, tzinfo=UTC))
    refused = mei.post(at(town, "itsm:import-withdraw", row.public_id), {"why": "Wrong file"})
    assert "July 2016 is sealed, since " in text(refused)
    assert refused.context["form"].errors == {"__all__": ["July 2016 is sealed and has tickets of this import"]}
    assert "It can be withdrawn no more: July 2016" in text(mei.get(at(town, "itsm:import", row.public_id)))
    assert counts(town)[1] == 3


def test_a_withdrawn_import_counts_no_more(town: Town, mei: Client) -> None:
    row = checked(town, mei)
    mei.post(at(town, "itsm:import-start", row.public_id))
    work(town)
    answer = mei.post(at(town, "itsm:import-withdraw", row.public_id), {"why": "Wrong file"})
    assert answer.status_code == 302
    assert counts(town)[1] == 0
    assert "Withdrawn: it counts no more. Wrong file." in text(mei.get(answer.headers["Location"])).replace(
        "</strong>", ""
    )


def test_who_may_read_may_not_import(town: Town, mei: Client) -> None:
    row = checked(town, mei)
    preview, mapping = (at(town, f"itsm:import-{step}", row.public_id) for step in ("preview", "mapping"))
    assert mapping in mei.get(preview).content.decode()
    auditor, engineer = signed_in(town, Role.AUDITOR), signed_in(town, Role.ENGINEER, "cobalt")
    for reader in (auditor, engineer):
        shown = text(reader.get(preview))
        assert "2 rows cannot be used" in shown
        assert "Import 3 tickets" not in shown
        assert "Save mapping" not in shown
        assert mapping not in reader.get(preview).content.decode()
        for verb in ("start", "stop", "check", "withdraw", "mapping"):
            assert reader.post(at(town, f"itsm:import-{verb}", row.public_id)).status_code == 404
        assert reader.get(at(town, "itsm:import-new")).status_code == 404
        assert upload(town, reader, CSV).status_code == 404
    other = signed_in(town, Role.ENGINEER, "dune")
    assert other.get(preview).status_code == 404
    assert other.get(at(town, "itsm:import-report", row.public_id)).status_code == 404
    assert "tickets.csv" not in text(other.get(at(town, "itsm:imports")))
    assert signed_in(town, Role.BOARD_MEMBER).get(at(town, "itsm:imports")).status_code == 404
    assert counts(town) == (1, 0, 1)
    assert only_import(town).state == Import.State.CHECKED


def test_a_reader_sees_how_far_a_check_is_and_is_not_offered_to_stop_it(town: Town, mei: Client) -> None:
    preview = upload(town, mei, AUDIT).headers["Location"]
    stop = at(town, "itsm:import-stop", only_import(town).public_id)
    assert "Checking rows" in text(mei.get(preview)) and stop in mei.get(preview).content.decode()
    shown = signed_in(town, Role.AUDITOR).get(preview).content.decode()
    assert "Checking rows" in shown and stop not in shown


def test_an_administrator_imports_but_does_not_withdraw(town: Town) -> None:
    tom = signed_in(town, Role.TENANT_ADMINISTRATOR)
    row = checked(town, tom)
    own = tom.post(at(town, "itsm:import-start", row.public_id)).headers["Location"]
    work(town)
    assert "Withdraw" not in text(tom.get(own))
    assert tom.post(at(town, "itsm:import-withdraw", row.public_id), {"why": "x"}).status_code == 404
    assert counts(town)[1] == 3


def test_the_list_narrows_sorts_and_refuses_what_it_does_not_know(town: Town, mei: Client) -> None:
    checked(town, mei)
    upload(town, mei, AUDIT, name="=log.csv")
    listed = at(town, "itsm:imports")
    both = text(mei.get(f"{listed}?sort=file"))
    assert both.index("=log.csv") < both.index("tickets.csv")
    assert "=log.csv" not in text(mei.get(f"{listed}?state=checked"))
    assert "No import fits." in text(mei.get(f"{listed}?engagement=dune-services"))
    assert mei.get(f"{listed}?engagement=nowhere").status_code == 404
    assert mei.get(f"{listed}?page=99999&sort=nothing&state=%00").status_code == 200
    unknown = text(mei.get(f"{listed}?state=lost"))
    assert "The address asks for the state “lost”, which there is not (kept, checked, done, withdrawn)" in unknown
    assert "=log.csv" in unknown


def test_no_page_reads_more_of_a_file_of_fifty_megabytes_than_its_first_pieces(
    town: Town, mei: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "INC{:08};29/02/2016 09:15;29/02/2016 09:20;29/02/2016 14:00;High;caf\xe9 " + "x" * 160 + "\n"
    big = CSV.splitlines(keepends=True)[0] + "".join(line.format(n) for n in range(230_000))
    assert upload(town, mei, big.encode("windows-1252")).status_code == 302
    row = only_import(town)
    assert row.file.size > 50_000_000
    read: list[int] = []
    whole = records.read_file

    def counted(file: File) -> Iterator[bytes]:
        for piece in whole(file):
            read.append(len(piece))
            yield piece

    monkeypatch.setattr(records, "read_file", counted)
    mapping = at(town, "itsm:import-mapping", row.public_id)
    sent = offered(mei, mapping)
    assert (sent["encoding"], sent["delimiter"]) == ("windows-1252", ";")
    for route in ("import-mapping", "import-preview", "import-progress", "imports"):
        which = [] if route == "imports" else [row.public_id]
        read.clear()
        assert mei.get(at(town, f"itsm:{route}", *which)).status_code in (200, 302)
        assert len(read) <= 2, route
    with enter(town.tenant.pk):
        Import.objects.filter(pk=row.pk).update(guessed_encoding="", guessed_delimiter="")
    read.clear()
    assert offered(mei, mapping)["encoding"] == "windows-1252"
    assert len(read) <= 3


def test_guesses() -> None:
    assert guess_columns(["Key", "Created On", "Severity", "Status", "Resolved"]) == {
        "number": "Key", "opened_at": "Created On", "priority": "Severity", "state": "Status", "resolved_at": "Resolved",
    }  # fmt: skip
    assert guess_dates(["2016-02-29T10:00:00Z", "2016-02-29 10:00"]) is None
    assert guess_dates(["12/25/2016 10:00"]) == "%m/%d/%Y %H:%M"
    assert guess_dates(["05/04/2016 10:00"]) == "%d/%m/%Y %H:%M"
    assert guess_dates([]) is None
    assert [guess_priority(t) for t in ("1 - Critical", "P2", "medium", "Sev 4", "5 - Planning", "12")] == [
        "P1", "P2", "P3", "P4", "", "",
    ]  # fmt: skip


def test_a_large_file_is_kept_in_pieces(town: Town, mei: Client) -> None:
    body = BytesIO()
    body.write(CSV.encode())
    for i in range(60_000):
        body.write(f"INC{i + 100};01/06/2016 08:00;01/06/2016 08:10;01/06/2016 09:30;High;\n".encode())
    upload(town, mei, body.getvalue())
    row = only_import(town)
    assert row.file.size == len(body.getvalue()) > 3 * 2**20
