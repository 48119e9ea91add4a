"""Workbooks and CSV in which nothing a person typed becomes a formula; the same rows are the same bytes."""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name (31 characters at most), heads, and rows in order; `widths` in characters."""

    name: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = field(default=())


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
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": title, "created": at.astimezone(UTC).replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "bottom": 1})
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for sheet in sheets:
        _write_sheet(book.add_worksheet(sheet.name), sheet, bold, instant)
    book.close()
    return target.getvalue()


def _write_sheet(page: Worksheet, sheet: Sheet, bold: Format, instant: Format) -> None:
    page.freeze_panes(1, 0)
    for column, head in enumerate(sheet.heads):
        width = sheet.widths[column] if column < len(sheet.widths) else max(10, len(head) + 2)
        page.set_column(column, column, width)
        page.write_string(0, column, head, bold)
    for number, row in enumerate(sheet.rows, 1):
        if number >= SHEET_ROWS:
            raise ValueError(f"sheet {sheet.name}: more than {SHEET_ROWS - 1} rows")
        for column, value in enumerate(row):
            _write_cell(page, number, column, value, instant)


def _write_cell(page: Worksheet, row: int, column: int, value: Cell, instant: Format) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, value)
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.astimezone(UTC).replace(tzinfo=None), instant)
    elif isinstance(value, date):
        page.write_datetime(row, column, value)
    else:
        page.write_string(row, column, value[:CELL_CHARACTERS])
