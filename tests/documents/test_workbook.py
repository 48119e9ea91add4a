"""Exports keep what people typed as text."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from mspgov.documents.workbook import Sheet, csv_lines, workbook

AT = datetime(2016, 6, 23, 20, tzinfo=UTC)
HOSTILE = ["=1+1", "+1", "-1+2", "@SUM(A1)", '=HYPERLINK("http://x")', "\t=1", "http://example.com", "{=1}", "００=1"]


def book(rows: list[tuple[object, ...]], heads: tuple[str, ...] = ("=Head", "B")) -> bytes:
    return workbook([Sheet("Rows", heads, rows)], title="Trial", at=AT)  # type: ignore[arg-type]


def test_text_that_begins_like_a_formula_stays_text_also_in_the_head() -> None:
    page = openpyxl.load_workbook(BytesIO(book([(text, 1) for text in HOSTILE])))["Rows"]
    cells = [page.cell(row, 1) for row in range(1, len(HOSTILE) + 2)]
    assert [cell.value for cell in cells] == ["=Head", *HOSTILE]
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_numbers_dates_and_instants_keep_their_kind() -> None:
    page = openpyxl.load_workbook(BytesIO(book([(Decimal("4210.00"), date(2016, 5, 1)), (7, AT), (None, True)])))[
        "Rows"
    ]
    assert page["A2"].value == 4210
    assert page["B2"].value == datetime(2016, 5, 1)  # noqa: DTZ001
    assert page["B3"].value == AT.replace(tzinfo=None)
    assert page["A4"].value is None
    assert page["B4"].value is True


def test_a_sheet_prints_its_heads_on_every_page_and_writes_numbers_by_their_column() -> None:
    sheet = Sheet("Rows", ("Money", "Name"), [(Decimal("1234.5"), "a"), (Decimal(7), "b")], (12, 20), ("#,##0.00",))
    page = openpyxl.load_workbook(BytesIO(workbook([sheet], title="R & D", at=AT)))["Rows"]
    assert [page.cell(row, 1).number_format for row in (2, 3)] == ["#,##0.00", "#,##0.00"]
    assert page.cell(2, 2).number_format == "General"
    assert (page.freeze_panes, page.print_title_rows, page.auto_filter.ref) == ("A2", "$1:$1", "A1:B3")
    assert (page.page_setup.orientation, page.page_setup.fitToHeight) == (
        "landscape",
        0,
    )  # one page wide, as long as it is
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.oddHeader.left.text == "R && D"


def test_the_same_rows_are_the_same_bytes() -> None:
    assert book([("a", 1)]) == book([("a", 1)])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_a_csv_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    lines = "".join(csv_lines((text, "n"), [(text, -3)]))
    assert lines.count("'") == 2
    assert lines.rstrip().endswith(",-3")
