"""A list as a person works with it: filter, save the view, select by key, change many, import, undo; also on a phone."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from engagements.models import Vendor
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.browser.conftest import Site, let_in
from tests.world import Town, build_town

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL = "service_owner@aurora.example"


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any, site: Site) -> Iterator[Town]:
    with django_db_blocker.unblock():
        town = build_town("aurora", ("cobalt",))
        with enter(town.tenant.pk):
            for number in range(6):
                Vendor.objects.create(engagement=town.engagement, name=f"Vendor {number}", party=("unknown", "client")[number % 2])  # fmt: skip
        let_in(EMAIL)
        yield town


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [(v["id"], [n["target"] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url


def parties(town: Town) -> dict[str, str]:
    with enter(town.tenant.pk):
        return dict(Vendor.objects.values_list("name", "party"))


def test_a_view_is_saved_rows_are_selected_by_key_and_changed_after_a_preview(
    page: Page, site: Site, town: Town
) -> None:
    site.sign_in(page, town.member(Role.SERVICE_OWNER).person.email)
    page.goto(f"{site.address}/o/aurora/vendors/?party=unknown")
    assert_accessible(page)
    page.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name").fill("To decide")
    assert_accessible(page)
    page.get_by_role("button", name="Save view").click()
    expect(page.locator(".tabs a[aria-current]")).to_have_text(re.compile("To decide 3"))

    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-selection-count]")).to_have_text("2 of 3 selected")
    assert_accessible(page)
    page.locator("[data-selection]").get_by_role("button", name="Change").click()
    page.get_by_label("Change party").check()
    page.locator("select[name=party]").select_option("provider")
    assert_accessible(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("main")).to_contain_text("Not decided → Provider's")
    assert parties(town)["Vendor 0"] == "unknown"
    assert_accessible(page)
    page.get_by_role("button", name="Change 2 vendors").click()
    expect(page.locator(".toast")).to_contain_text("Changed 2 vendors")
    assert sorted(parties(town).values()) == ["client", "client", "client", "provider", "provider", "unknown"]


def test_a_file_is_told_its_faults_then_imported_and_undone(page: Page, site: Site, town: Town, tmp_path: Path) -> None:
    site.sign_in(page, EMAIL)
    page.goto(f"{site.address}/o/aurora/vendors/import/")
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text("Engagement,Name,Party\ncobalt-services,Nova,Cliens\n")
    right.write_text("Engagement,Name,Party\ncobalt-services,Nova,Client's\n")
    page.set_input_files("input[type=file]", wrong)
    page.get_by_role("button", name="Check file").click()
    expect(page.locator("main")).to_contain_text("1 fault in 1 row of wrong.csv")
    expect(page.locator("main table")).to_contain_text("Client's")
    assert_accessible(page)
    page.set_input_files("input[type=file]", right)
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("button", name="Import 1 vendor").click()
    expect(page.locator("main")).to_contain_text("1 made, 0 changed.")
    page.get_by_role("link", name="Undo import").click()
    page.get_by_role("button", name="Undo import").click()
    expect(page.locator("main")).to_contain_text("1 vendor taken back.")
    assert "Nova" not in parties(town)


def test_on_a_phone_rows_are_ticked_and_the_bar_fits(browser: Browser, site: Site, town: Town) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    site.sign_in(page, EMAIL)
    page.goto(f"{site.address}/o/aurora/vendors/?view=all")
    page.locator("input[name=selected]").first.check()
    expect(page.locator("[data-selection]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
    page.locator("[data-selection]").get_by_role("button", name="Change").click()
    expect(page.get_by_label("Change party")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
