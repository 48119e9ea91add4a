"""The main way through the product with nothing but a keyboard, and with JavaScript switched off."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import create_person
from tests.browser.conftest import Site, let_in
from tests.house.furnished import furnished
from tests.world import PASSWORD, Town, build_town

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL = "service_owner@aurora.example"
FOCUS = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const summary = it.matches("summary") ? it.getAttribute("aria-label") : "";
  return {
    name: (summary || it.getAttribute("aria-label") || it.innerText || it.value || "").trim().replace(/\\s+/g, " "),
    tag: it.tagName, href: it.getAttribute("href") || "",
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1,
  };
}"""


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any, site: Site) -> Iterator[Town]:
    """Somebody who is in two organisations."""
    with django_db_blocker.unblock():
        town, other = furnished("aurora", ("cobalt",)), build_town("borealis", ("erg",))
        with enter(other.tenant.pk):
            create_person(email=EMAIL, name=town.member(Role.SERVICE_OWNER).person.name, roles=[Role.AUDITOR])
        let_in(EMAIL)
        yield town


def focus(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FOCUS)
    return found


def tab_to(page: Page, name: str, *, href: str = "", most: int = 90) -> None:
    """Press Tab until something of this name has the focus; whatever is passed can be seen to have it."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        at = focus(page)
        if at["tag"] == "BODY":
            continue
        assert at["seen"] and at["outlined"], (page.url, at)
        passed.append(at["name"])
        if re.search(name, at["name"]) and href in at["href"]:
            return
    raise AssertionError(f"{page.url}: no way to {name!r} by Tab; passed {passed}")


def test_a_keyboard_is_enough(page: Page, site: Site, town: Town) -> None:
    page.goto(f"{site.address}/accounts/login/")
    page.locator("[name=login]").focus()
    page.keyboard.type(EMAIL)
    tab_to(page, "^$|assword", most=2)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"^(?!.*login)"))
    page.goto(f"{site.address}/o/aurora/")

    tab_to(page, "^Skip to content$", most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    tab_to(page, "Cobalt services", href="/o/aurora/engagements/cobalt-services/")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Cobalt services")
    tab_to(page, "^Performance$")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Performance")
    tab_to(page, r"^P2 .*January 2026|^P2 .*Jan 2026")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer, .drawer").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("^P2 .*2026"))  # what had opened it
    page.keyboard.press("Enter")
    expect(page.locator(".drawer")).to_be_visible()
    expect(page.locator(".drawer")).to_be_focused()
    tab_to(page, "INC2")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("INC2")
    expect(page.locator("main")).to_contain_text("Resolution missed by 4 h")
    tab_to(page, "^Money$")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Credits")


def test_menus_and_filters_open_and_close_by_keys_and_lead_back(page: Page, site: Site, town: Town) -> None:
    sign_in(page, site)
    page.goto(f"{site.address}/o/aurora/vendors/")
    tab_to(page, "^Party")
    page.keyboard.press("Enter")
    expect(page.locator("details.filter[open]")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("details.filter[open]")).to_have_count(0)
    assert focus(page)["tag"] == "SUMMARY" and focus(page)["name"].startswith("Party")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("c")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"party=client"))

    page.locator("body").click(position={"x": 700, "y": 5})
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()

    page.locator("details.person summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".person-menu")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".person-menu")).not_to_be_visible()
    assert focus(page)["tag"] == "SUMMARY"
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.locator("details[data-menu][open]")).to_have_count(0)

    page.goto(f"{site.address}/o/aurora/vendors/")
    tab_to(page, "change organisation")
    page.keyboard.press("Enter")
    tab_to(page, "Borealis", most=4)
    page.keyboard.press("Enter")
    page.wait_for_url("**/o/borealis/")
    assert page.locator("[tabindex]:not([tabindex='0']):not([tabindex='-1'])").count() == 0


def test_a_double_click_sends_a_form_once(page: Page, site: Site, town: Town) -> None:
    sign_in(page, site)
    page.goto(f"{site.address}/o/aurora/vendors/new/")
    page.select_option("[name=engagement]", "cobalt-services")
    page.fill("[name=name]", "Twice")
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "POST" else None)
    page.get_by_role("button", name="Save").dblclick()
    expect(page.locator("h1")).to_contain_text("Twice")
    assert len(sent) == 1
    page.go_back()
    expect(page.locator("h1")).to_contain_text("New vendor")


def test_pages_work_without_javascript(browser: Browser, site: Site, town: Town) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, site)
    page.goto(f"{site.address}/o/aurora/")
    expect(page.locator("[data-keys-open]")).to_be_hidden()
    page.get_by_role("link", name=re.compile("Cobalt services")).first.click()
    page.get_by_role("navigation", name="Places").first.get_by_role("link", name="Performance").click()
    page.get_by_role("link", name=re.compile(r"^P2 .*(January|Jan) 2026")).first.click()
    page.get_by_role("link", name=re.compile("INC2")).first.click()
    expect(page.locator("h1")).to_contain_text("INC2")
    page.get_by_role("link", name="What did it cost?").click()
    expect(page.locator("main h1")).to_have_count(1)
    expect(page.get_by_role("navigation", name="Places").first).to_be_visible()
    page.get_by_role("navigation", name="Places").first.get_by_role("link", name="Money").click()
    expect(page.locator("h1")).to_contain_text("Credits")

    page.goto(f"{site.address}/o/aurora/vendors/")
    page.locator("summary", has_text="Party").click()
    page.select_option("select[name=party]", "unknown")
    page.get_by_role("button", name="Apply").locator("visible=true").click()
    page.wait_for_url(re.compile("party=unknown"))
    page.get_by_role("link", name=re.compile("^Name")).click()
    page.wait_for_url(re.compile("sort=name"))
    page.locator("tbody a").first.click()
    page.get_by_role("link", name="Edit").click()
    page.fill("[name=delivers]", "By hand")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("By hand")
    page.locator("details.tenant summary").click()
    page.get_by_role("link", name=re.compile("Borealis")).first.click()
    expect(page.locator(".tenant-name").first).to_contain_text("Borealis")
    context.close()


def sign_in(page: Page, site: Site) -> None:
    """Of somebody who then chooses between two organisations."""
    page.goto(f"{site.address}/accounts/login/")
    page.fill("[name=login]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"^(?!.*login)"))
