"""An owner of a service domain is named, and hands over in one step when they leave."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, let_in
from tests.world import Town, build_town

pytestmark = [pytest.mark.browser, pytest.mark.requirement("R4.2")]
TOM = "tenant_administrator@aurora.example"


@pytest.fixture(scope="module")
def town(site: Site, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock():
        town = build_town("aurora", providers=("cobalt",))
        let_in(TOM)
        yield town


def clean(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []


def test_an_owner_is_named_leaves_and_hands_over(page: Page, site: Site, town: Town) -> None:
    site.sign_in(page, TOM)
    page.goto(f"{site.address}/o/aurora/owners/")
    page.get_by_role("link", name="New service domain").first.click()
    page.select_option("[name=engagement]", "cobalt-services")
    page.fill("[name=name]", "Messaging")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_contain_text("Messaging")

    page.goto(f"{site.address}/o/aurora/")
    expect(page.locator("main")).to_contain_text("nobody is in office")
    page.get_by_role("link", name="Name an owner").click()
    page.select_option("[name=owner]", label="Ada Lindqvist canary-aurora (service_owner@aurora.example)")
    page.select_option("[name=deputy]", label="Mei Tanaka canary-aurora (change_manager@aurora.example)")
    clean(page)
    page.get_by_role("button", name="Name").click()
    expect(page.locator("main")).to_contain_text("Ada Lindqvist canary-aurora is accountable")

    page.goto(f"{site.address}/o/aurora/people/")
    clean(page)
    page.get_by_role("link", name="Ada Lindqvist").click()
    page.get_by_role("link", name="Deactivate").click()
    expect(page.locator("main")).to_contain_text("Office: Messaging")
    page.get_by_role("link", name="Hand over, then deactivate").click()
    page.select_option("[name=to]", label="Ben Okafor canary-aurora (contract_manager@aurora.example)")
    clean(page)
    page.get_by_role("button", name="Hand over").click()
    expect(page.locator("h1")).to_contain_text("Deactivate Ada Lindqvist")
    expect(page.locator("main")).not_to_contain_text("Office: Messaging")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.locator("main")).to_contain_text("Left")

    page.goto(f"{site.address}/o/aurora/owners/")
    expect(page.locator("tbody")).to_contain_text("Ben Okafor")
    clean(page)
