"""The printed pack: tagged for readers, complete for auditors, the same bytes every time."""

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO

import openpyxl
import pikepdf
import pytest

from governance.calc.facts import canonical, fingerprint
from governance.documents.pack import pack_html, print_pack
from mspgov.documents.press import Printed
from tests.governance.sample_facts import sample_facts

TEXT = canonical(sample_facts())


@pytest.fixture(scope="module")
def printed() -> Printed:
    return print_pack(TEXT)


@pytest.fixture(scope="module")
def pdf(printed: Printed) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(BytesIO(printed.pdf)) as opened:
        yield opened


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


def fonts(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Dictionary]:
    return {str(font.BaseFont): font for page in pdf.pages for font in page.Resources.Font.values()}


@pytest.mark.requirement("R4.1")
def test_every_page_is_tagged_and_nothing_was_asked_for_in_vain(printed: Printed, pdf: pikepdf.Pdf) -> None:
    assert printed.refused == ()
    assert printed.pages == len(pdf.pages) >= 16
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en"
    assert b'pdfuaid:part="1"' in pdf.Root.Metadata.read_bytes()
    assert all("/StructParents" in page.obj for page in pdf.pages)
    assert all(page.obj.Tabs == "/S" for page in pdf.pages)


def test_title_language_and_dates_come_from_the_facts(pdf: pikepdf.Pdf) -> None:
    assert str(pdf.docinfo["/Title"]) == "Workplace services, March to May\u00a02016: board pack BP-2016-02"
    assert str(pdf.docinfo["/CreationDate"]) == "D:20160623200000Z"
    assert fingerprint(TEXT)[:32].encode() == bytes(pdf.trailer.ID[0])
    assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_bookmarks_name_every_part(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
    assert titles[:2] == ["Summary and what the board must decide", "Eleven service levels by month"]
    assert "P2 resolution" in titles
    assert titles[-3:] == ["Credits and how they come about", "Data quality", "Definitions"]


def test_every_head_cell_has_a_scope_and_every_cell_its_heads(pdf: pikepdf.Pdf) -> None:
    nodes = structure(pdf)
    heads = [node for node in nodes if node.get("/S") == "/TH"]
    assert len(heads) > 100
    assert {str(node.A.Scope) for node in heads} == {"/Row", "/Column"}
    index = {str(name) for kid in pdf.Root.StructTreeRoot.IDTree.Kids for name in list(kid.Names)[::2]}
    cells = [node for node in nodes if node.get("/S") == "/TD" and "/Headers" in node.A]
    assert {str(name) for cell in cells for name in cell.A.Headers} <= index


def test_headings_do_not_skip_a_level(pdf: pikepdf.Pdf) -> None:
    kinds = {str(node.S) for node in structure(pdf) if str(node.get("/S", "")).startswith("/H")}
    assert kinds == {"/H1", "/H2"}


def test_every_figure_has_words(pdf: pikepdf.Pdf) -> None:
    figures = [node for node in structure(pdf) if node.get("/S") == "/Figure"]
    assert len(figures) > 20
    assert all(str(node.get("/Alt", "")).strip() for node in figures)
    assert any("P2 resolution by month, percent" in str(node.Alt) for node in figures)


def test_all_fonts_are_ours_and_embedded(pdf: pikepdf.Pdf) -> None:
    found = fonts(pdf)
    assert found
    for name, font in found.items():
        assert "IBM-Plex-Sans" in name
        descriptor = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
        assert any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_the_terms_results_and_workbook_travel_inside(pdf: pikepdf.Pdf) -> None:
    inside = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
    assert set(inside) == {"terms-before-1.yaml", "terms.yaml", "results.json", "BP-2016-02.xlsx"}
    assert inside["terms.yaml"] == sample_facts().terms_yaml.encode()
    assert json.loads(inside["results.json"]) == {"months": []}
    book = openpyxl.load_workbook(BytesIO(inside["BP-2016-02.xlsx"]))
    assert {"Results", "Credits", "Derivations", "Ledger", "Late tickets"} <= set(book.sheetnames)
    amounts = [row[8].value for row in book["Credits"].iter_rows(min_row=2)]
    assert sum(amounts) == pytest.approx(18313.50)


def test_the_same_facts_print_the_same_bytes(printed: Printed) -> None:
    again = print_pack(TEXT)
    assert hashlib.sha256(again.pdf).digest() == hashlib.sha256(printed.pdf).digest()


def test_letter_has_letter_pages() -> None:
    with pikepdf.open(BytesIO(print_pack(TEXT, paper="Letter").pdf)) as letter:
        assert [float(side) for side in letter.pages[0].MediaBox] == [0, 0, 612, 792]


def test_a_draft_says_so_on_each_page() -> None:
    html = pack_html(canonical(sample_facts(sealed=False)))
    assert '<div class="draft">Draft: May not sealed</div>' in html
    assert "Draft" not in pack_html(TEXT)


def test_markup_in_a_name_is_text() -> None:
    hostile = TEXT.replace("Aurora Mutual", "<img src=file:///etc/passwd>&amp;")
    html = pack_html(hostile)
    assert "<img src=file" not in html
    assert "&lt;img src=file:///etc/passwd&gt;&amp;amp;" in html
