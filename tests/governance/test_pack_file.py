"""The printed pack: tagged for readers, complete for auditors, the same bytes every time."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pikepdf
import pytest

from governance.calc.facts import UndecidedFacts, canonical, fingerprint
from governance.documents.annex import sheets
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


def test_every_table_has_head_cells_and_every_file_inside_says_what_it_is(pdf: pikepdf.Pdf) -> None:
    def inside(node: pikepdf.Object) -> Iterator[str]:
        if isinstance(node, pikepdf.Array):
            for kid in node:
                yield from inside(kid)
        elif isinstance(node, pikepdf.Dictionary):
            yield str(node.get("/S", ""))
            yield from inside(node.get("/K", pikepdf.Array()))

    tables = [node for node in structure(pdf) if node.get("/S") == "/Table"]
    assert len(tables) > 20
    assert all("/TH" in set(inside(table)) for table in tables)
    relations = {str(file.UF): str(file.AFRelationship) for file in pdf.Root.AF}
    assert relations == {
        "terms-before-1.yaml": "/Source",
        "terms.yaml": "/Source",
        "results.json": "/Data",
        "BP-2016-02.xlsx": "/Supplement",
    }


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
    assert {row[8].number_format for row in book["Credits"].iter_rows(min_row=2)} == {"#,##0.00"}
    assert {row[2].number_format for row in book["Credits"].iter_rows(min_row=2)} == {"0.0000"}
    said = {row[0].value: row[1].value for row in book["Pack"].iter_rows(min_row=2)}
    assert said["SHA-256 of the frozen facts"] == fingerprint(TEXT)
    assert [cell.value for cell in book["Heat"][1]][2:] == [one.month for one in sample_facts().months]
    for page in book:
        assert (page.freeze_panes, page.print_title_rows) == ("A2", "$1:$1")


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


def page_texts(paper: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "pack.pdf"
    path.write_bytes(print_pack(TEXT, paper=paper).pdf)
    said = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout
    return said.replace("\u00a0", " ").split("\f")[:-1]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_each_service_level_has_one_page_with_its_source(paper: str, tmp_path: Path) -> None:
    pages = page_texts(paper, tmp_path)
    levels = [page for page in pages if "Service level:" in page]
    assert len(levels) == len(sample_facts().levels)
    assert all(page.count("Source:") == 1 for page in levels)
    assert all(sum(bool(line.strip()) for line in page.splitlines()) > 8 for page in pages)


def test_of_many_undecided_waits_the_heaviest_are_printed_with_the_total_of_all() -> None:
    facts = sample_facts()
    waits = tuple(UndecidedFacts(f"INC{n:07d}", "not named", 1 + n % 2, 3600 * n) for n in range(1, 41))
    facts = replace(facts, quality=replace(facts.quality, undecided=waits))
    html = pack_html(canonical(facts)).replace("\u00a0", " ")
    section = html.split("Waits for a vendor whose side nobody has decided</h2>", 1)[1].split("<h2>", 1)[0]
    assert "60 waits of 40 tickets, 820 h together" in section
    assert (
        "The 15 longest stand here, 495 h together; all are in the attached workbook, sheet Undecided vendors."
        in section
    )
    printed = re.findall(r'class="id">(INC\d+)', section)
    assert printed == [f"INC{n:07d}" for n in range(40, 25, -1)]
    (sheet,) = [sheet for sheet in sheets(facts) if sheet.name == "Undecided vendors"]
    assert len(list(sheet.rows)) == 40
