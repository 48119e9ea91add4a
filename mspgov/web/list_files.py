"""A list as a file: CSV or XLSX, the same columns and rows as are shown; text stays text whatever it begins with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from mspgov.documents.workbook import Cell, Sheet, csv_lines, workbook
from mspgov.kernel.refusals import Refused

MOST_ROWS = 50_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 60


def list_file(
    kind: str, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str, at: datetime
) -> HttpResponse:
    """The rows as an attachment of this kind (csv or xlsx), built before the tenant is left. Raises Refused for a list
    that is too long to be written while somebody waits."""
    held = list(islice(rows, MOST_ROWS + 1))
    if len(held) > MOST_ROWS:
        raise Refused(f"more than {MOST_ROWS:,} rows: narrow the list, or read it page by page through the API")
    if kind == "csv":
        text = "".join(csv_lines(heads, held))
        return _attachment(text.encode(), "text/csv; charset=utf-8", f"{name}.csv")
    widths = [min(max(len(str(value or "")) for value in column) + 2, WIDEST) for column in zip(heads, *held[:200], strict=True)]  # fmt: skip
    sheet = Sheet(slugify(title)[:31] or "list", heads, held, widths)
    return _attachment(workbook([sheet], title=title, at=at), XLSX, f"{name}.xlsx")


def _attachment(content: bytes, media_type: str, name: str) -> HttpResponse:
    saved = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=media_type, headers={"Content-Disposition": saved})
