"""Workbooks and CSV in which nothing a person typed becomes a formula; the same rows are the same bytes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mspgov.kernel.csv_lines import Cell, csv_lines, defused

__all__ = ["Cell", "Sheet", "csv_lines", "defused", "workbook"]
CELL_CHARACTERS = 32_767
SHEET_ROWS = 1_048_576
INSTANT = "yyyy-mm-dd hh:mm:ss"
DAY = "yyyy-mm-dd"
A4 = 9


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name (31 characters at most), heads, and rows in order; `widths` in characters, `formats` of numbers as
    spreadsheets write them (`#,##0.00`), both by column; a column without one has a width and a format of its own."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = field(default=())
    formats: Sequence[str] = field(default=())


def workbook(sheets: Sequence[Sheet], *, title: str, at: datetime) -> bytes:
    """An XLSX file dated `at`. Text is written as text whatever it begins with; instants are written in UTC.

    Refuses (ValueError) more rows than a sheet holds.
    """
    target = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title, "created": at.astimezone(UTC).replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {code: book.add_format({"num_format": code}) for code in _codes(sheets)}
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        _prepare(page, sheet, bold, title)
        _write_rows(page, sheet, formats)
    book.close()
    return target.getvalue()


def _codes(sheets: Sequence[Sheet]) -> list[str]:
    return sorted({INSTANT, DAY, *(code for sheet in sheets for code in sheet.formats if code)})


def _prepare(page: Worksheet, sheet: Sheet, bold: Format, title: str) -> None:
    """Heads that stay in sight and stand on every printed page, a filter over the columns, one page wide."""
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_header(f"&L{title.replace('&', '&&')}&R{sheet.name.replace('&', '&&')}")
    page.set_footer("&RPage &P of &N")
    for column, head in enumerate(sheet.heads):
        width = sheet.widths[column] if column < len(sheet.widths) else max(10, len(head) + 2)
        page.set_column(column, column, width)
        page.write_string(0, column, head, bold)


def _write_rows(page: Worksheet, sheet: Sheet, formats: Mapping[str, Format]) -> None:
    by_column = [formats.get(code) for code in sheet.formats]
    by_column += [None] * (len(sheet.heads) - len(by_column))
    number = 0
    for number, row in enumerate(sheet.rows, 1):
        if number >= SHEET_ROWS:
            raise ValueError(f"sheet {sheet.name}: more than {SHEET_ROWS - 1} rows")
        for column, value in enumerate(row):
            _write_cell(page, number, column, value, by_column[column], formats)
    if sheet.heads:
        page.autofilter(0, 0, number, len(sheet.heads) - 1)


def _write_cell(
    page: Worksheet, row: int, column: int, value: Cell, written: Format | None, formats: Mapping[str, Format]
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, value, written)
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), formats[INSTANT])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, formats[DAY])
    else:
        page.write_string(row, column, value[:CELL_CHARACTERS])
