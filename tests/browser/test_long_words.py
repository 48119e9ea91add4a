"""A word of three hundred letters, wherever a person may write one, makes no page wider than its window."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from costs import services as costs
from mspgov.kernel.money import Money
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Recurring, Side
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.browser.conftest import Site, let_in
from tests.browser.test_long_names import WIDER
from tests.costs.reviewed_town import AT, MAY, account, credit_of, manager, relief, reviewed_town
from tests.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OWNER, ADMINISTRATOR = "service_owner@aurora.example", "tenant_administrator@aurora.example"
WORD = "Donaudampfschifffahrt" * 15
REASON = "The invoice says otherwise, and so did the report of the month that both sides signed in June, " * 3
SLUG = "/o/aurora/"
CUT = """() => [...document.querySelectorAll("main td, main th, main .figure-value")]
  .filter((e) => e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.className + " " + e.textContent.trim().slice(0, 40))"""


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: object, site: Site) -> Iterator[Town]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        town = reviewed_town(
            "review: {answer_days: 3650, silence: accepts, decide_days: 3650}", sealed=True, late_uptime=True
        )
        by, now = town.member(Role.SERVICE_OWNER).person, timezone.now()
        with enter(town.tenant.pk):
            costs.correct_month(
                engagement=town.engagement,
                month=MAY,
                reason=REASON,
                charges=Money(Decimal(90000), "EUR"),
                by=manager(town),
                at=AT,
            )
            costs.dispute(credit=credit_of(town), text=WORD, tickets=[relief(town)], by=account(town), at=AT)
            obligations.schedule(
                Recurring(), engagement=town.engagement, by=by, at=now, title=WORD[:200], text="", owed_by=Side.PROVIDER,
                role=Role.ACCOUNT_MANAGER, accepted_by="", needs_evidence=False, rule="FREQ=WEEKLY;BYDAY=MO",
                first=datetime(2026, 1, 5, 9, tzinfo=UTC), lead_days=3, reminder_days=[], escalation=[],
            )  # fmt: skip
            obligations.raise_obligation(
                key="long", title=WORD[:300], text=WORD, due_at=now + timedelta(days=2), owed_by=Side.CLIENT,
                role=Role.SERVICE_OWNER, engagement=town.engagement, at=now,
            )  # fmt: skip
        let_in(OWNER, ADMINISTRATOR)
        yield town


def check(page: Page, address: str) -> None:
    """At both widths: nothing runs out of the window, and no cell is cut off."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("() => new Promise(requestAnimationFrame)")
        if folder := os.environ.get("PICTURES"):
            page.screenshot(
                path=f"{folder}/{address.strip('/').replace('/', '-') or 'home'}-{width}.png", full_page=True
            )
        assert page.evaluate(WIDER) == [], (width, address)
        assert page.evaluate(CUT) == [], (width, address)


def test_a_long_word_breaks_on_the_pages_that_show_it(town: Town, site: Site, page: Page) -> None:
    site.sign_in(page, OWNER)
    with enter(town.tenant.pk):
        credit = credit_of(town).public_id
        owed = Obligation.objects.get(key="long").public_id
    for place in ("", f"money/?credit={credit}", "money/months/", "obligations/", "obligations/all/", f"obligations/{owed}/", "obligations/recurring/"):  # fmt: skip
        assert page.goto(f"{site.address}{SLUG}{place}").status == 200  # type: ignore[union-attr]
        assert place.startswith("obligations/all") or "Donau" in page.content() or "otherwise" in page.content()
        check(page, place)


def test_a_long_cell_of_a_file_leaves_room_for_what_is_wrong_with_it(town: Town, site: Site, page: Page) -> None:
    site.sign_in(page, ADMINISTRATOR)
    page.goto(f"{site.address}{SLUG}people/import/")
    content = f"Name,E-mail,Roles\n{WORD},{WORD},{WORD}\n"
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": content.encode()})
    page.click("main button.button-filled[type=submit]")
    page.get_by_text("What is wrong").wait_for(state="attached")
    assert WORD in page.content()
    check(page, "people/import/")


def test_the_first_box_of_the_settings_stands_clear_of_the_tabs(town: Town, site: Site, page: Page) -> None:
    site.sign_in(page, ADMINISTRATOR)
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{site.address}{SLUG}settings/organisation/")
        tabs, field = page.locator(".tabs").bounding_box(), page.locator("main form .field").first.bounding_box()
        assert tabs and field and field["y"] >= tabs["y"] + tabs["height"] + 12
