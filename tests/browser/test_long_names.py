"""A long name without a space breaks on its page: nothing runs off a phone, and a toast keeps its close."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from contracts.models import Calendar
from contracts.services import create_calendar
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.browser.conftest import Site, let_in
from tests.costs.charged_town import AT, charged_town
from tests.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMAIL = "service_owner@aurora.example"
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
WIDER = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.tagName + "." + e.getAttribute("class"))"""


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any, site: Site) -> Iterator[Town]:
    with django_db_blocker.unblock():
        town = charged_town()
        with enter(town.tenant.pk):
            create_calendar(
                name=LONG, document={"time_zone": "UTC", "week": {"mon": [["08:00", "17:00"]]}},
                by=town.member(Role.SERVICE_OWNER).person, at=AT,
            )  # fmt: skip
        let_in(EMAIL)
        yield town


def test_a_long_name_of_a_calendar_stays_on_the_page(town: Town, site: Site, page: Page) -> None:
    site.sign_in(page, EMAIL)
    with enter(town.tenant.pk):
        own = Calendar.objects.get(name=LONG).public_id
    address = f"{site.address}/o/aurora/calendars/{own}/"
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for one in (address, f"{address}edit/", f"{address}history/", f"{site.address}/o/aurora/calendars/"):
            assert page.goto(one).status == 200  # type: ignore[union-attr]
            assert page.evaluate(WIDER) == [], (width, one)
        page.goto(f"{address}edit/")
        page.click("main button.button-filled[type=submit]")
        close = page.locator(".toast .toast-close")
        box, toast = close.bounding_box(), page.locator(".toast").bounding_box()
        assert box and toast and box["width"] > 8
        assert box["x"] + box["width"] <= toast["x"] + toast["width"] <= width
