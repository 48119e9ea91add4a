"""What the printed pack says is what the API and the pages say: each cell of the heat table, each credit."""

import re
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from django.db import connection

from contracts.models import ServiceLevel
from costs import services as costs
from governance import services
from itsm import services as itsm
from mspgov.kernel.period import Month, Quarter
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.contracts.promises import at, signed_in
from tests.governance.packed import AT, measured_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.1"),
    pytest.mark.slow,
]
MONTHS = ("Jan", "Feb", "Mar")
LEVELS = {"p2-resolve": "P2 resolution", "uptime": "ERP up"}
WORD = "{http://www.w3.org/1999/xhtml}word"


@dataclass(frozen=True)
class Word:
    """A word of a page: its middle and its text."""

    x: float
    y: float
    text: str


@pytest.fixture
def town() -> Town:
    """January and February of two levels, one reported with values next to its bounds; sealed, with credits."""
    town = measured_town()
    with enter(town.tenant.pk):
        uptime = ServiceLevel.objects.get(key="uptime")
        for month, value in (("2026-02", "99.4949"), ("2026-03", "99.8999")):
            itsm.report_value(
                service_level=uptime, month=Month(month), value=Decimal(value), source="report", by=None, at=AT
            )
        costs.measure(
            engagement=town.engagement, first=Month("2026-01"), last=Month("2026-03"), as_of=AT, at=AT, by=None
        )
        for month in ("2026-02", "2026-03"):
            costs.seal_month(engagement=town.engagement, month=Month(month), by=None, at=AT)
    connection.close()  # the session's own tables, which the application may truncate, end with it
    return town


@pytest.fixture
def paper(town: Town, tmp_path: Path) -> Path:
    with enter(town.tenant.pk):
        pack = services.freeze_facts(engagement=town.engagement, quarter=Quarter("2026-Q1"), by=None, at=AT)
    path = tmp_path / "pack.pdf"
    path.write_bytes(services.printed_pack(pack, "A4").pdf)
    return path


def pages(path: Path) -> list[list[Word]]:
    """The words of each page with their places, as pdftotext finds them."""
    drawn = subprocess.run(["pdftotext", "-bbox", path, "-"], check=True, capture_output=True).stdout
    return [[word(each) for each in page] for page in ElementTree.fromstring(drawn).iter(WORD.replace("word", "page"))]


def word(each: Element) -> Word:
    left, right, top, bottom = (float(each.attrib[side]) for side in ("xMin", "xMax", "yMin", "yMax"))
    return Word((left + right) / 2, (top + bottom) / 2, (each.text or "").replace("\u00a0", " "))


def heat_on_paper(path: Path) -> dict[tuple[str, str], str]:
    """Level and month → the figure in the cell, found by the column's head and the row's name."""
    page = next(some for some in pages(path) if {"Jan", "Feb", "Mar", "Missed:"} <= {each.text for each in some})
    heads = {text: next(each for each in page if each.text == text) for text in MONTHS}
    found = {}
    for key, name in LEVELS.items():
        first = name.split()[0]
        row = next(e for e in page if e.text == first and e.x < heads["Jan"].x and e.y > heads["Jan"].y)
        for month, head in heads.items():
            inside = [e for e in page if abs(e.x - head.x) < 12 and -6 < e.y - row.y < 18]
            found[key, month] = " ".join(each.text for each in inside)
    return found


def heat_on_screen(town: Town) -> dict[tuple[str, str], str]:
    page = signed_in(town, Role.SERVICE_OWNER).get(at(town, "itsm:performance") + "?to=2026-03").content.decode()
    table = page.split('<table class="heat">', 1)[1].split("</table>", 1)[0]
    rows = [
        re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]
    heads = [plain(cell).replace("Sealed, ", "").strip()[:3] for cell in rows[0][1:]]
    found = {}
    for name, *cells in rows[1:]:
        key = next(key for key, level in LEVELS.items() if level in plain(name))
        found |= {(key, head): plain(cell) for head, cell in zip(heads, cells, strict=False) if head in MONTHS}
    return found


def plain(markup: str) -> str:
    """What a reader sees of a cell."""
    return unescape(re.sub(r"<[^>]*>", "", markup)).replace("\u00a0", " ").strip()


def by_api(town: Town, collection: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        signed_in(town, Role.SERVICE_OWNER).get(at(town, f"api:{collection}")).json()["results"]
    )
    return rows


def test_each_cell_of_the_heat_table_is_that_of_the_page_and_of_the_api(town: Town, paper: Path) -> None:
    printed, shown = heat_on_paper(paper), heat_on_screen(town)
    assert printed == shown
    assert printed["uptime", "Feb"] == "99.49"
    assert printed["uptime", "Mar"] == "99.8999"  # with fewer decimals it would reach the 99.9 that it missed
    rows = {(row["service_level"], row["month"]): row for row in by_api(town, "results")}
    for (key, month), figure in printed.items():
        row = rows[key, f"2026-{MONTHS.index(month) + 1:02d}"]
        if row["attainment"] is None:
            assert figure == "–"
            continue
        places = len(figure.partition(".")[2])
        assert abs(Decimal(row["attainment"]) - Decimal(figure)) <= Decimal(1).scaleb(-places) / 2
    assert sum(row["attainment"] is not None for row in rows.values()) == 4


def test_each_credit_is_that_of_the_page_and_of_the_api(town: Town, paper: Path) -> None:
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], check=True, capture_output=True, text=True).stdout
    table = text.replace("\u00a0", " ").split("Before cap, EUR", 1)[1].split("Credits against the cap", 1)[0]
    page = re.sub(
        r"\s+", " ", signed_in(town, Role.SERVICE_OWNER).get(at(town, "costs:credits")).content.decode()
    ).replace("\u00a0", " ")
    credits = [row for row in by_api(town, "credits") if Decimal(row["amount"])]
    assert len(credits) >= 2
    lines = [line for line in table.splitlines() if re.search(r"\d\.\d\d$", line.strip())]
    assert len(lines) == len(credits) + 1
    for row in credits:
        amount = f"{Decimal(row['amount']):,.2f}"
        (line,) = [
            line for line in lines if LEVELS[row["service_level"]] in line and line.rstrip().endswith(f" {amount}")
        ]
        assert f"{Decimal(row['attainment']):.4f}" in line
        assert amount in page
    assert lines[-1].split()[-1] == f"{sum(Decimal(row['amount']) for row in credits):,.2f}"
