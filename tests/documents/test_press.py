"""The press prints tagged, dated, self-contained documents, and reads nothing but its own assets."""

import os
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest

from mspgov.documents.press import Enclosure, Limits, Press, PressFailed, Printed

AT = datetime(2016, 6, 23, 20, tzinfo=UTC)
PAGE = """<!doctype html><html lang="en"><head><title>Trial</title><link rel="stylesheet" href="css/tokens.css">
<link rel="stylesheet" href="css/paper.css"></head><body><h1 data-label="A heading">A heading</h1>
<table><thead><tr><th scope="col">Month</th><th scope="col">Met</th></tr></thead>
<tbody><tr><th scope="row">April</th><td>124</td></tr></tbody></table>{extra}</body></html>"""


def printed(extra: str = "", **limits: int) -> Printed:
    with Press(Limits(**limits)) as press:
        return press.print(
            PAGE.format(extra=extra),
            at=AT,
            identifier="f" * 32,
            enclosures=lambda: [Enclosure("terms.yaml", "Terms", b"a: 1\n")],
        )


def structure(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    found: list[pikepdf.Dictionary] = []
    waiting = [pdf.Root.StructTreeRoot.K]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend(node)
        elif isinstance(node, pikepdf.Dictionary):
            found.append(node)
            if "/K" in node:
                waiting.append(node.K)
    return found


def test_a_document_printed_twice_is_the_same_file() -> None:
    assert printed().pdf == printed().pdf


def test_a_document_is_tagged_with_language_title_dates_and_scopes() -> None:
    with pikepdf.open(BytesIO(printed().pdf)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.docinfo["/Title"]) == "Trial"
        assert b'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes()
        heads = [node for node in structure(pdf) if node.get("/S") == "/TH"]
        assert [str(node.A.Scope) for node in sorted(heads, key=lambda node: str(node.ID))] == [
            "/Column",
            "/Column",
            "/Row",
        ]
        known = {str(name) for name in list(pdf.Root.StructTreeRoot.IDTree.Kids[0].Names)[::2]}
        cells = [node for node in structure(pdf) if node.get("/S") == "/TD"]
        assert {str(name) for cell in cells for name in cell.A.Headers} <= known
        params = pdf.attachments["terms.yaml"].get_file()
        assert params.creation_date is not None
        assert params.creation_date.replace(tzinfo=UTC) == AT


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/passwd" alt="">',
        '<img src="http://127.0.0.1:1/x.png" alt="">',
        '<link rel="stylesheet" href="https://example.com/x.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<object data="file:///etc/passwd"></object>',
        '<p style="background: url(file:///etc/hostname)">x</p>',
        '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="file:///etc/passwd" width="9" height="9"/></svg>',
        '<img src="../../../../etc/passwd" alt="">',
        '<img src="data:image/svg+xml,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22/%3E" alt="">',
    ],
)
@pytest.mark.slow
def test_an_address_that_is_not_an_own_asset_is_refused(markup: str) -> None:
    result = printed(markup)
    assert len(result.refused) == 1
    with pikepdf.open(BytesIO(result.pdf)) as pdf:
        assert list(pdf.attachments) == ["terms.yaml"]


def test_a_document_that_needs_too_much_memory_fails_and_the_caller_lives() -> None:
    with pytest.raises(PressFailed):
        printed("<p>x</p>" * 200, memory=96 * 2**20)


def test_a_document_that_takes_too_long_fails_and_leaves_no_child() -> None:
    with Press(Limits(seconds=1)) as press:
        child = press._child
        with pytest.raises(PressFailed, match="within 1 seconds"):
            press.print(
                PAGE.format(extra="<table>" + "<tr><td>x</td></tr>" * 4000 + "</table>"), at=AT, identifier="0" * 32
            )
    assert child.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_the_child_sees_no_secret_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://canary")
    with Press() as press, open(f"/proc/{press._child.pid}/environ", "rb") as environment:  # noqa: PTH123
        assert b"canary" not in environment.read()
