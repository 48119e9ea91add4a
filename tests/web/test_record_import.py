"""Plain records from a file: every fault in one pass, a preview, done, undone; hostile files are turned away."""

import re
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contracts.models import Calendar, CalendarException
from engagements.models import EngagementSettings, Location, Service, Vendor
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.models import RecordImport
from tests.web.shelf import LIST, as_often, count, signed_in, vendor, vendors
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
HEAD = "Engagement,Name,Party,Delivers\n"


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def send(client: Client, content: bytes | str, name: str = "vendors.csv", url: str = LIST) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"{url}import/", {"file": SimpleUploadedFile(name, data)})


def rows(*lines: str, place: str = "cobalt-services") -> str:
    return HEAD + "".join(f"{place},{line}\n" for line in lines)


def xlsx(*lines: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(held := BytesIO())
    return held.getvalue()


def text_of(answer: Any) -> str:
    return re.sub("<[^>]*>", "", str(answer.content.decode().replace("\u00a0", " ")))


def faults(answer: Any) -> list[tuple[str, ...]]:
    assert answer.status_code == 200
    return [tuple(str(cell.text) for cell in row.cells) for row in answer.context["faults"].rows]


def test_a_file_is_previewed_written_and_known_again(town: Town) -> None:
    vendor(town, "Oracle", party="unknown", delivers="Databases")
    vendor(town, "Same", party="client", delivers="x")
    client = signed_in(town)
    file = rows("Oracle,Client's,Databases", "Bravo,provider,", "Same,Client's,x")
    checked = send(client, file)
    assert checked.status_code == 302
    page = text_of(client.get(checked["Location"]))
    assert "1 new, 1 changed, 1 as they are" in page and "Party: Not decided → Client&#x27;s" in page
    assert "Bravo" not in vendors(town) and count(town, Seal) == 0
    client.post(checked["Location"])
    assert vendors(town) == {"Bravo": "provider", "Oracle": "client", "Same": "client"}
    assert "1 made, 1 changed." in text_of(client.get(checked["Location"]))
    with enter(town.tenant.pk):
        seal = Seal.objects.get(what="vendor.import")
        assert set(seal.after) - {"file"} == {str(v.public_id) for v in Vendor.objects.exclude(name="Same")}
        assert Vendor.history.filter(history_user=town.member(Role.SERVICE_OWNER).person).count() == 2
    assert client.post(checked["Location"]).status_code == 409
    again = send(client, file)
    assert "0 new, 0 changed, 3 as they are" in text_of(client.get(again["Location"]))


def test_every_fault_of_every_row_is_told_at_once_with_what_was_meant(town: Town) -> None:
    vendor(town, "Zeta", "dune")
    file = rows("Oracle,Clients,x", ",provider,x", "Twice,client,", "Twice,client,", "Long,client," + "x" * 201) + (
        "cobalt-servics,Nova,Provder,x\nnowhere at all,Nova 2,client,x\n"
    )
    found = faults(send(signed_in(town), file))
    assert [(row, column) for row, column, *_ in found] == [
        ("2", "Party"), ("3", "Name"), ("5", "Name"), ("6", "Delivers"), ("7", "Engagement"), ("7", "Party"),
        ("8", "Engagement"),
    ]  # fmt: skip
    assert found[0][2:] == ("Clients", "must be one of Client's, Provider's, Not decided", "Client's")
    assert found[1][3] == "must not be empty" and found[2][3] == "stands in row 4 already"
    assert found[5][4] == "Provider's"
    assert "200 characters" in found[3][3]
    assert vendors(town) == {"Zeta": "unknown"} and count(town, RecordImport) == 0


def test_the_faults_of_the_heads_and_of_the_rows_are_told_in_one_pass(town: Town) -> None:
    found = faults(send(signed_in(town), "Engagment,Nme,Party,Party\nx,y,z,client\nx,y,Clients,client\n"))
    assert [(row, column, why) for row, column, _, why, _ in found] == [
        ("1", "Engagment", "is no column of vendors"), ("1", "Nme", "is no column of vendors"),
        ("1", "Party", "stands there twice"), ("1", "Engagement", "this column is missing"),
        ("1", "Name", "this column is missing"),
        ("2", "Party", "must be one of Client's, Provider's, Not decided"),
        ("3", "Party", "must be one of Client's, Provider's, Not decided"),
    ]  # fmt: skip
    assert [row[4] for row in found][:2] == ["Engagement", "Name"] and found[-1][4] == "Client's"
    assert count(town, RecordImport) == 0


def test_a_column_too_many_hides_no_fault_of_a_row_and_a_row_none_of_a_column(town: Town) -> None:
    file = "Engagement,Name,Party,Colour\ncobalt-services,Nova,client,red\ncobalt-services,Nova,client,red\n"
    found = faults(send(signed_in(town), file))
    assert [(row, column, why) for row, column, _, why, _ in found] == [
        ("1", "Colour", "is no column of vendors"), ("3", "Name", "stands in row 2 already"),
    ]  # fmt: skip
    assert vendors(town) == {}


def test_a_file_in_another_encoding_is_told_so_with_its_place_or_read_as_one_chooses(town: Town) -> None:
    client = signed_in(town)
    file = rows("Oracle,client,Databases", "Nova,client,Größe").encode("latin-1")
    refused = send(client, file)
    why = " ".join(refused.context["form"].errors["file"])
    assert "is not in UTF-8: row 3, column Delivers has the byte 0xF6" in why and "Save it as “CSV UTF-8”" in why
    assert count(town, RecordImport) == 0
    sent = {"file": SimpleUploadedFile("vendors.csv", file), "encoding": "windows-1252"}
    client.post(client.post(f"{LIST}import/", sent)["Location"])
    with enter(town.tenant.pk):
        assert Vendor.objects.get(name="Nova").delivers == "Größe"
    neither = SimpleUploadedFile("vendors.csv", rows("Nova,client,x").encode() + b"\x81\n")
    answer = client.post(f"{LIST}import/", {"file": neither, "encoding": "windows-1252"})
    assert "neither in UTF-8 nor in Windows-1252: row 3, column Engagement" in " ".join(
        answer.context["form"].errors["file"]
    )


def test_a_country_or_a_time_zone_that_there_is_not_is_refused_at_its_row(town: Town) -> None:
    url = "/o/aurora/locations/"
    file = (
        "Engagement,Name,Country,Time zone\ncobalt-services,Porto,PT,Europe/Lisbon\ncobalt-services,Here,XX,Europe/Berln\n"
        "cobalt-services,There,Brasil,Sao Paulo\ncobalt-services,Low,de,\n"
    )
    client = signed_in(town)
    found = faults(send(client, file, "locations.csv", url))
    assert [(row, column, meant) for row, column, _, _, meant in found] == [
        ("3", "Country", ""), ("3", "Time zone", "Europe/Berlin"), ("4", "Country", "BR"),
        ("4", "Time zone", "America/Sao_Paulo"), ("5", "Country", "DE"),
    ]  # fmt: skip
    with enter(town.tenant.pk):
        assert Location.objects.count() == 0
    typed = client.post(
        f"{url}new/", {"engagement": "cobalt-services", "name": "Here", "country": "XX", "time_zone": "Mars"}
    )
    assert set(typed.context["form"].errors) == {"country", "time_zone"}


def test_a_column_that_is_missing_leaves_known_rows_as_they_are(town: Town) -> None:
    vendor(town, "Oracle", party="client", delivers="Databases")
    client = signed_in(town)
    client.post(send(client, "Engagement;Name;Delivers\ncobalt-services;Oracle;Everything\n")["Location"])
    with enter(town.tenant.pk):
        row = Vendor.objects.get()
        assert (row.party, row.delivers) == ("client", "Everything")


def test_another_rows_second_key_is_told(town: Town) -> None:
    with enter(town.tenant.pk):
        Service.objects.create(engagement=town.engagement, key="mail", name="Mail")
    file = "Engagement,Name,Key,Criticality\ncobalt-services,Mail,post,High\n"
    found = faults(send(signed_in(town), file, url="/o/aurora/services/"))
    assert found == [("2", "Name", "Mail", "another service has it already", "")]


def test_a_workbook_is_read_with_its_dates_and_a_date_that_was_meant_is_proposed(town: Town) -> None:
    with enter(town.tenant.pk):
        Calendar.objects.create(name="Office", document={"always": True, "time_zone": "UTC"})
    client, url = signed_in(town), "/o/aurora/calendar-exceptions/"
    heads = ["Calendar", "On", "Name", "Hours"]
    wrong = xlsx(heads, ["Office", "24.12.2026", "Eve", None], ["Offce", date(2026, 12, 25), "Day", None])
    found = faults(send(client, wrong, "days.xlsx", url))
    assert found[0] == ("2", "On", "24.12.2026", "must be a date such as 2026-12-24", "2026-12-24")
    assert found[1][1] == "Calendar" and found[1][4] == "Office"
    good = xlsx(
        heads, ["Office", date(2026, 12, 24), "Eve", "08:00-12:00"], [None, None], ["Office", "2026-12-25", 7, None]
    )
    client.post(send(client, good, "days.xlsx", url)["Location"])
    with enter(town.tenant.pk):
        assert [(str(e.on), e.name) for e in CalendarException.objects.order_by("on")] == [
            ("2026-12-24", "Eve"), ("2026-12-25", "7"),
        ]  # fmt: skip


def test_what_was_exported_is_imported_without_a_change(town: Town) -> None:
    vendor(town, "=1+1", party="client", delivers="@SUM(A1)")
    client = signed_in(town)
    for kind, name in (("csv", "v.csv"), ("xlsx", "v.xlsx")):
        file = client.get(f"/o/aurora/vendors.{kind}?columns=name,party,delivers,engagement").content
        page = text_of(client.get(send(client, file, name)["Location"]))
        assert "0 new, 0 changed, 1 as they are" in page
    template = client.get(f"{LIST}import/template/")
    assert "0 new, 0 changed, 1 as they are" in text_of(
        client.get(send(client, template.content, "t.xlsx")["Location"])
    )


def test_a_formula_is_read_as_its_value_and_never_run(town: Town) -> None:
    client = signed_in(town)
    answer = send(client, xlsx(["Engagement", "Name"], ["cobalt-services", "=1+1"]), "f.xlsx")
    assert faults(answer)[0][1:4:2] == ("Name", "must not be empty")  # no value was kept with it


def test_an_import_is_undone_but_for_rows_that_changed_since(town: Town) -> None:
    vendor(town, "Oracle", party="unknown")
    client = signed_in(town)
    done = send(client, rows("Oracle,client,", "Bravo,provider,", "Kept,provider,", "Gone,provider,"))["Location"]
    client.post(done)
    with enter(town.tenant.pk):
        kept = Vendor.objects.get(name="Kept")
        kept.delivers = "In use"
        kept.save()
        Vendor.objects.get(name="Gone").delete()
    asked = text_of(client.get(f"{done}undo/"))
    assert (
        "1 vendor that it made is removed, 1 gets its former value. 2 rows were changed or removed since and" in asked
    )
    assert set(vendors(town)) == {"Oracle", "Bravo", "Kept"}
    assert client.post(f"{done}undo/").status_code == 302
    assert vendors(town) == {"Oracle": "unknown", "Kept": "provider"}
    page = text_of(client.get(done))
    assert "2 vendors taken back." in page and "2 rows could not be taken back." in page
    assert "It was changed after the import." in page
    with enter(town.tenant.pk):
        assert Seal.objects.filter(what="vendor.undo-import").count() == 1 and verified().is_whole
        removed = Vendor.history.filter(name="Bravo").latest()
        assert (removed.history_type, removed.history_user) == ("-", town.member(Role.SERVICE_OWNER).person)
    assert client.post(f"{done}undo/").status_code == 409


def test_rows_that_somebody_changed_or_made_meanwhile_are_not_written(town: Town) -> None:
    vendor(town, "Oracle", party="unknown")
    client = signed_in(town)
    checked = send(client, rows("Oracle,client,", "Bravo,provider,", "Nova,client,"))["Location"]
    with enter(town.tenant.pk):
        row = Vendor.objects.get()
        row.delivers = "Something"
        row.save()
    vendor(town, "Bravo", party="client")
    client.post(checked)
    page = text_of(client.get(checked))
    assert "1 made, 0 changed." in page and "2 rows could not be written." in page
    assert vendors(town) == {"Bravo": "client", "Nova": "client", "Oracle": "unknown"}


def test_only_who_may_write_imports_and_only_where_they_see(town: Town) -> None:
    for role, provider in ((Role.AUDITOR, None), (Role.ENGINEER, "cobalt")):
        client = signed_in(town, role, provider)
        assert client.get(f"{LIST}import/").status_code == 404
        assert send(client, rows("Oracle,client,")).status_code == 404
    other = build_town("borealis", providers=("erg",))
    assert faults(send(signed_in(town), rows("X,client,", place=other.engagement.slug)))[0][1] == "Engagement"
    mine = send(signed_in(town), rows("Oracle,client,"))["Location"]
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    assert ben.get(mine).status_code == ben.post(mine).status_code == ben.post(f"{mine}undo/").status_code == 404
    assert vendors(town) == vendors(other) == {}


def packed(**parts: bytes) -> bytes:
    with zipfile.ZipFile(held := BytesIO(), "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in parts.items():
            z.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return held.getvalue()


def bomb() -> bytes:
    good = zipfile.ZipFile(BytesIO(xlsx(["Engagement", "Name"])))
    with zipfile.ZipFile(held := BytesIO(), "w", zipfile.ZIP_DEFLATED) as z:
        for part in good.namelist():
            z.writestr(part, good.read(part))
        z.writestr("xl/media/zero", b"0" * 50 * 2**20)
    return held.getvalue()


def with_sheet(xml: str) -> bytes:
    good = zipfile.ZipFile(BytesIO(xlsx(["Engagement", "Name"])))
    with zipfile.ZipFile(held := BytesIO(), "w", zipfile.ZIP_DEFLATED) as z:
        for part in good.namelist():
            z.writestr(part, xml if part == "xl/worksheets/sheet1.xml" else good.read(part))
    return held.getvalue()


LAUGHS = "<!DOCTYPE x [<!ENTITY a '" + "ha" * 50 + "'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefg", "bcdefgh", strict=True)
) + "]><worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>&h;</t></is></c></row></sheetData></worksheet>"  # fmt: skip
FAR = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><dimension ref='A1:XFD1048576'/><sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>Name</t></is></c></row><row r='1048576'><c r='A1048576'><v>1</v></c></row></sheetData></worksheet>"  # fmt: skip


ENDLESS = "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'><sheetData><row r='1'><c r='A1' t='inlineStr'><is><t>Name</t></is></c></row><row r='2'><c r='A2'><v>1e999</v></c></row></sheetData></worksheet>"  # fmt: skip


def damaged() -> bytes:
    """Its sheet is packed, and the packing broken; all around it is whole."""
    good = zipfile.ZipFile(BytesIO(xlsx(["Engagement", "Name"])))
    sheet, content = good.getinfo("xl/worksheets/sheet1.xml"), bytearray(good.fp.getvalue())  # type: ignore[union-attr]
    begin = sheet.header_offset + 30 + len(sheet.filename)
    content[begin : begin + 8] = b"\xff" * 8
    return bytes(content)


def encrypted() -> bytes:
    """Every part says that it is encrypted."""
    content = bytearray(xlsx(["Engagement", "Name"]))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(sign)
        while place >= 0:
            content[place + flags] |= 1
            place = content.find(sign, place + 4)
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", lambda: b"", "empty"),
        ("a.csv", lambda: xlsx(["Name"]), "in truth a XLSX"),
        ("a.xlsx", lambda: b"Engagement,Name\n", "not taken; taken are CSV and XLSX"),
        ("a.xlsx", lambda: packed(a=b"x"), "kind that is not taken"),
        ("a.pdf", lambda: b"%PDF-1.7", "is no list"),
        ("a.exe", lambda: b"MZ\x00\x01", "not taken"),
        ("a.csv", lambda: "Näme\n".encode("utf-16"), "not taken"),
        ("a.csv", lambda: b'Engagement,Name\n"x,y\n', "cannot be read"),
        ("a.csv", lambda: b"Engagement,Name\n" + b"x,y\n" * 5002, "more than 5,000 rows"),
        ("a.csv", lambda: b"a," * 200 + b"\n", "more than 100 columns"),
        ("a.csv", lambda: b"Engagement,Name\n", "no rows"),
        ("a.csv", lambda: b"Name\n" + b"x" * 11 * 2**20, "at most 10 MB"),
        ("a.xlsx", bomb, "unpacks to more"),
        ("a.xlsx", lambda: with_sheet(LAUGHS), "cannot be read"),
        ("a.xlsx", lambda: with_sheet(FAR), "more than 5,000 rows"),
        ("a.xlsx", lambda: xlsx(["Engagement", "Name"])[:-200], "not taken"),
        ("a.xlsx", lambda: with_sheet(ENDLESS), "too large to be read"),
        ("a.xlsx", lambda: damaged(), "cannot be read"),
        ("a.xlsx", lambda: encrypted(), "cannot be read"),
        ("a.xlsx", lambda: packed(**{"[Content_Types]_dot_xml": b"<x/>", "xl__workbook_dot_xml": b"<x/>"}), "cannot be read"),
    ],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_turned_away_with_a_reason(town: Town, name: str, content: Any, why: str) -> None:
    began = time.monotonic()
    answer = send(signed_in(town), content(), name)
    assert answer.status_code == 200 and why in " ".join(answer.context["form"].errors["file"])
    assert time.monotonic() - began < 20
    assert count(town, RecordImport) == 0


def test_checking_asks_as_often_for_many_rows_as_for_one(town: Town) -> None:
    client, counts = signed_in(town), []
    client.get(LIST)  # the visit is noted once
    for number in (1, 60):
        with as_often() as asked:
            send(client, rows(*(f"Vendor {n},client," for n in range(number))))
        counts.append(asked)
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_many_rows_are_imported_by_a_run_and_undone_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mspgov.web.record_import.STEP", 20)
    town = build_town("aurora")
    client = signed_in(town)
    checked = send(client, rows(*(f"Vendor {n},client," for n in range(50))))["Location"]
    assert client.post(checked)["Location"] == checked
    assert "You can leave" in text_of(client.get(checked))
    with enter(town.tenant.pk):
        run = Run.objects.get()
    run = jobs.work_here(run)
    assert (run.state, run.done_steps, run.result["new"]) == ("done", 3, 50)
    assert len(vendors(town)) == 50 and "50 made" in text_of(client.get(checked))
    assert client.post(f"{checked}undo/")["Location"] == checked
    assert "Taking back" in text_of(client.get(checked)) and len(vendors(town)) == 50
    assert client.post(f"{checked}undo/").status_code == 409
    with enter(town.tenant.pk):
        undo = Run.objects.exclude(pk=run.pk).get()
        kept = Vendor.objects.get(name="Vendor 7")
        kept.delivers = "In use"
        kept.save()
    undo = jobs.work_here(undo)
    assert (undo.state, undo.done_steps, undo.result) == ("done", 3, {"undone": 49, "kept": 1})
    assert set(vendors(town)) == {"Vendor 7"}
    page = text_of(client.get(checked))
    assert "49 vendors taken back." in page and "1 row could not be taken back." in page
    with enter(town.tenant.pk):
        assert verified().is_whole


def test_columns_with_several_values_are_read_as_lists_show_them_and_undone(town: Town) -> None:
    client, url = signed_in(town), "/o/aurora/engagement-settings/"
    with enter(town.tenant.pk):
        EngagementSettings.objects.create(engagement=town.engagement, major_priorities=["P1", "P2"])
    template = client.get(f"{url}import/template/").content
    again = send(client, template, "settings.xlsx", url)
    assert "0 new, 0 changed, 1 as they are" in text_of(client.get(again["Location"]))
    head = "Engagement,Tickets are alike by,Major incidents are\n"
    found = faults(send(client, f'{head}cobalt-services,"ci, Sympton",P9\n', "settings.csv", url))
    assert [(column, meant) for _, column, _, _, meant in found] == [
        ("Tickets are alike by", "Symptom"), ("Major incidents are", "")
    ]  # fmt: skip
    file = f'{head}cobalt-services,"Configuration item, assignment_group",\n'
    done = send(client, file, "settings.csv", url)["Location"]
    client.post(done)

    def kept() -> tuple[list[str], list[str]]:
        with enter(town.tenant.pk):
            row = EngagementSettings.objects.get()
            return row.recurrence_key, row.major_priorities

    assert kept() == (["assignment_group", "ci"], [])
    assert client.post(f"{done}undo/").status_code == 302
    assert kept() == (["category", "subcategory"], ["P1", "P2"])


def test_a_file_full_of_faults_is_answered_soon(town: Town) -> None:
    for number in range(60):
        vendor(town, f"Vendor {number}")
    began = time.monotonic()
    found = faults(send(signed_in(town), rows(*(f"Nova {n},Clientz,x" for n in range(4000)))))
    assert [row[4] for row in found[:200]] == ["Client's"] * 200 and {row[4] for row in found[200:]} == {""}
    assert time.monotonic() - began < 20
