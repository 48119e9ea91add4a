"""Somebody is deactivated while they are signed in: their next click is their last, and what they wrote stays theirs."""

import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from mspgov.obligations import services as obligations
from mspgov.obligations.models import Side
from mspgov.tenancy import feeds
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.browser.conftest import Site, let_in
from tests.world import Town, build_town

pytestmark = [pytest.mark.browser]
CLEO, TOM = "account_manager@cobalt.aurora.example", "tenant_administrator@aurora.example"


@pytest.fixture(scope="module")
def town(site: Site, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock():
        town = build_town("aurora", providers=("cobalt",))
        with enter(town.tenant.pk):
            now = timezone.now()
            obligations.raise_obligation(
                key="report", title="Monthly report", due_at=now + timedelta(days=3), owed_by=Side.PROVIDER,
                role=Role.ACCOUNT_MANAGER, accepted_by=Role.SERVICE_OWNER, engagement=town.engagement, at=now,
            )  # fmt: skip
        let_in(CLEO, TOM, "service_owner@aurora.example")
        yield town


def test_a_click_after_the_deactivation_leads_to_the_sign_in(
    page: Page, browser: Browser, site: Site, town: Town
) -> None:
    cleo = town.member(Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        token = tenancy.create_token(person=cleo.person, name="t", scope="read", days=9, at=timezone.now())
        feed = feeds.make_feed(person=cleo.person, name="phone", at=timezone.now())
    bearer = {"Authorization": f"Bearer {token}"}

    def status(path: str, **headers: str) -> int:
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"{site.address}{path}", headers=headers), timeout=20
            ) as a:
                return int(a.status)
        except HTTPError as refused:
            return refused.code

    theirs = browser.new_context(viewport={"width": 1440, "height": 900})
    open_page = theirs.new_page()
    site.sign_in(open_page, CLEO)
    open_page.goto(f"{site.address}/o/aurora/obligations/")
    open_page.get_by_role("link", name="Monthly report").click()
    open_page.get_by_role("link", name="Hand in").click()
    open_page.fill("[name=note]", "It is in the usual place.")
    open_page.get_by_role("button", name="Hand in").click()
    expect(open_page.locator("h1")).to_contain_text("Monthly report")
    assert (status("/o/aurora/api/v1/people/", **bearer), status(f"/feeds/{feed}.ics")) == (200, 200)

    site.sign_in(page, TOM)
    page.goto(f"{site.address}/o/aurora/people/")
    page.get_by_role("link", name="Cleo Marchetti").click()
    page.get_by_role("link", name="Deactivate").click()
    expect(page.locator("h1")).to_contain_text("Deactivate Cleo Marchetti")
    found = Axe().run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in {"serious", "critical"}] == []
    page.get_by_role("button", name="Deactivate").click()
    expect(page.locator("main")).to_contain_text("Left")
    gone = time.monotonic()

    open_page.get_by_role("navigation", name="Places").first.get_by_role("link", name="Home").click()
    expect(open_page.locator("h1")).to_contain_text("Sign in")
    assert (status("/o/aurora/api/v1/people/", **bearer), status(f"/feeds/{feed}.ics")) == (401, 404)
    assert time.monotonic() - gone < 30
    open_page.fill("[name=login]", CLEO)
    open_page.fill("[name=password]", "a long enough password")
    open_page.click("main button[type=submit]")
    expect(open_page.locator("main")).not_to_contain_text("Monthly report")
    assert "/o/" not in open_page.url
    theirs.close()

    page.goto(f"{site.address}/o/aurora/obligations/all/")
    page.get_by_role("link", name="Monthly report").click()
    expect(page.locator("main")).to_contain_text("It is in the usual place.")
    expect(page.locator("main")).to_contain_text("Cleo Marchetti")
