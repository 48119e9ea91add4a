"""A list as a workbook: the same columns, typed, its text never a formula."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from contracts.models import Calendar, CalendarException
from mspgov.kernel.refusals import Refused
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web import list_files
from tests.web.shelf import signed_in, vendor
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def sheet_of(answer: Any) -> Any:
    assert answer.status_code == 200 and answer["Content-Type"] == list_files.XLSX
    return openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]


def test_text_stays_text_and_the_head_stays_in_sight(town: Town) -> None:
    vendor(town, "=1+1", party="client", delivers="@SUM(A1)")
    vendor(town, "Other", party="provider")
    sheet = sheet_of(signed_in(town).get("/o/aurora/vendors.xlsx?party=client&columns=name,party,delivers"))
    assert list(sheet.values) == [("Name", "Party", "Delivers"), ("=1+1", "Client's", "@SUM(A1)")]
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "s"]
    assert sheet.freeze_panes == "A2"


def test_dates_are_dates(town: Town) -> None:
    with enter(town.tenant.pk):
        calendar = Calendar.objects.create(name="Office", document={"always": True, "time_zone": "UTC"})
        CalendarException.objects.create(calendar=calendar, on="2026-12-24", name="Eve")
    sheet = sheet_of(signed_in(town).get("/o/aurora/calendar-exceptions.xlsx"))
    assert list(sheet.values)[1][:2] == (datetime(2026, 12, 24), "Office")  # noqa: DTZ001


def test_only_selected_rows_are_written_when_some_are(town: Town) -> None:
    one, _ = vendor(town, "One"), vendor(town, "Two")
    sheet = sheet_of(signed_in(town).get(f"/o/aurora/vendors.xlsx?selected={one.public_id}&selected=nonsense"))
    assert [row[0] for row in sheet.values] == ["Name", "One"]


def test_people_of_a_provider_get_their_own_rows(town: Town) -> None:
    vendor(town, "Mine")
    theirs = vendor(town, "Theirs", "dune")
    client = signed_in(town, Role.ENGINEER, "cobalt")
    assert [row[0] for row in sheet_of(client.get("/o/aurora/vendors.xlsx")).values] == ["Name", "Mine"]
    sheet = sheet_of(client.get(f"/o/aurora/vendors.xlsx?selected={theirs.public_id}"))
    assert [row[0] for row in sheet.values] == ["Name"]


def test_a_file_asks_as_often_for_sixty_rows_as_for_one(town: Town, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        vendor(town, f"Vendor {number:02}")
    client = signed_in(town)
    with django_assert_max_num_queries(16):
        client.get("/o/aurora/vendors.xlsx")


def test_a_list_that_is_too_long_is_refused_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_files, "MOST_ROWS", 2)
    with pytest.raises(Refused, match="narrow the list"):
        list_files.list_file("csv", "x", ["A"], [["1"], ["2"], ["3"]], title="X", at=datetime(2026, 1, 1, tzinfo=UTC))
