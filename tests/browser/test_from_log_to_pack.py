"""The main job in the browser: import, heat table, a late ticket, credits, a sealed month, a board pack."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from contracts.services import import_terms
from mspgov.kernel.period import Month, Quarter
from mspgov.tenancy.context import enter
from tests.browser.conftest import Site, let_in
from tests.world import Town, build_town

pytestmark = [pytest.mark.browser, pytest.mark.requirement("R5.1")]
TERMS = Path(__file__).with_name("small_terms.yaml").read_text()
QUARTER = Quarter.of(datetime.now(UTC).date()).previous
MONTH: Month = QUARTER.months[0]
COLUMNS = "number,opened_at,answered_at,resolved_at,priority,category\n"


def weekday(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def log() -> str:
    """Per month of the quarter: twelve tickets, two of them late; and two rows that cannot be read."""
    rows = []
    for place, month in enumerate(QUARTER.months):
        for n in range(12):
            day = weekday(month.first_day + timedelta(days=2 * n))
            end = "16:00" if n % 6 else "17:45"
            rows.append(f"INC{place}{n:02},{day}T08:30:00+02:00,{day}T08:50:00+02:00,{day}T{end}:00+02:00,P2,Mail")
    rows.append(f"INC900,{MONTH.first_day}T25:30:00+02:00,,,P2,Mail")
    rows.append(f"INC901,{MONTH.first_day}T09:30:00+02:00,,,P9,Mail")
    return COLUMNS + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def town(site: Site, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock():
        town = build_town("aurora", providers=("cobalt",))
        with enter(town.tenant.pk):
            import_terms(engagement=town.engagement, text=TERMS, by=None, at=datetime.now(UTC))
        let_in("service_owner@aurora.example")
        yield town


@pytest.fixture
def ada(page: Page, site: Site, town: Town) -> Page:
    site.sign_in(page, "service_owner@aurora.example")
    return page


def test_a_service_owner_goes_from_a_file_to_a_board_pack(ada: Page, site: Site, tmp_path: Path) -> None:
    home = f"{site.address}/o/aurora"
    import_the_log(ada, home, tmp_path)
    measure(ada, home)
    see_the_heat_table_and_a_late_ticket(ada, home)
    review_credits_and_seal(ada, home)
    make_and_open_a_pack(ada, home, tmp_path)


def import_the_log(page: Page, home: str, folder: Path) -> None:
    file = folder / "tickets.csv"
    file.write_text(log())
    page.goto(f"{home}/imports/new/")
    page.set_input_files("input[type=file]", file)
    page.select_option("[name=time_zone]", "Europe/Berlin")
    page.click("main form button[type=submit]")
    page.get_by_role("button", name="Check file").click()
    expect(page.get_by_text("2 rows cannot be used; 36 tickets can.")).to_be_visible()
    expect(page.get_by_text("T25:30:00+02:00").first).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^Import(?! when)")).first.click()
    expect(page.get_by_text("36 tickets created").first).to_be_visible()
    check(page)


def measure(page: Page, home: str) -> None:
    page.goto(f"{home}/money/months/")
    page.select_option("[name=first]", QUARTER.months[0].text)
    page.select_option("[name=last]", QUARTER.months[2].text)
    page.get_by_role("button", name="Measure").click()
    expect(page.locator("main")).to_contain_text("1 of 2 missed")  # the page shows the run, then what it came to
    check(page)


def see_the_heat_table_and_a_late_ticket(page: Page, home: str) -> None:
    page.goto(f"{home}/performance/")
    expect(page.locator("main")).to_contain_text("1 of 2 service levels missed")
    check(page)
    page.get_by_role("link", name=f"P2 resolution, {MONTH.name}: 83.33 %, missed, 10 of 12 in time").click()
    late = page.get_by_role("link", name="INC000")
    check(page)
    late.click()
    expect(page.locator("h1")).to_contain_text("INC000")
    expect(page.locator("main")).to_contain_text("Resolution missed by 1 h 15 min")
    expect(page.locator("main")).to_contain_text("EUR 4,000.00")
    check(page)


def review_credits_and_seal(page: Page, home: str) -> None:
    page.goto(f"{home}/money/")
    expect(page.locator("main")).to_contain_text("EUR 12,000.00 proposed.")
    check(page)
    for month in QUARTER.months:
        page.goto(f"{home}/money/months/seal/?engagement=cobalt-services&month={month.text}")
        expect(page.locator("main")).to_contain_text("This cannot be undone.")
        page.get_by_role("button", name=f"Seal {month.name}").click()
        expect(page.locator("main")).to_contain_text("Sealed")
    check(page)


def make_and_open_a_pack(page: Page, home: str, folder: Path) -> None:
    page.goto(f"{home}/governance/")
    page.get_by_role("link", name="Make pack").first.click()
    page.get_by_role("button", name="Make pack").click()
    page.wait_for_url(re.compile(r"/governance/packs/[0-9a-f-]{36}/$"), timeout=120_000)
    expect(page.locator("main")).to_contain_text("EUR 12,000.00")
    check(page)
    link = page.get_by_role("link", name=re.compile("PDF")).first
    answer = page.request.get(str(link.evaluate("a => a.href")))
    assert answer.ok
    file = folder / "pack.pdf"
    file.write_bytes(answer.body())
    words = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    assert "12,000.00" in words
    assert "83.33" in words


def check(page: Page) -> None:
    """Axe finds nothing serious, wide and narrow, in light and dark; nothing scrolls sideways."""
    for width, scheme in ((1440, "light"), (390, "dark"), (390, "light"), (1440, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(200)
        found = Axe().run(page).response["violations"]
        serious = [
            (v["id"], [n["target"] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")
        ]
        assert serious == [], (page.url, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (page.url, width)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
