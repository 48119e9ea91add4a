"""Story (a): the MSP disputes a credit for one ticket with evidence, the contract manager excludes the ticket, the month is
recalculated, the credit that is left is claimed, the MSP's credit note matched, and both sides see it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from mspgov.tenancy.policy import Role
from tests.browser.conftest import Site, let_in
from tests.costs.reviewed_town import reviewed_town
from tests.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.requirement("R2.2")]
CLEO, BEN, PAULO = (
    "account_manager@cobalt.aurora.example", "contract_manager@aurora.example", "finance_controller@aurora.example",
)  # fmt: skip
MEASURED = 60_000  # a run measures the month; its page goes on by itself
TWO_LEVELS = "review: {answer_days: 10, silence: accepts, decide_days: 5, ladder: [{name: Executives, days: 10}]}"


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: object, site: Site) -> Iterator[Town]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        town = reviewed_town(TWO_LEVELS, at=timezone.now(), late_uptime=True)
        let_in(CLEO, BEN, PAULO)
        yield town


def test_a_credit_is_disputed_decided_claimed_and_applied_and_both_sides_see_it(
    town: Town, site: Site, page: Page
) -> None:
    assert town.member(Role.CONTRACT_MANAGER).person.email == BEN
    money = f"{site.address}/o/aurora/money/"
    site.sign_in(page, CLEO)
    page.goto(money)
    page.click("text=P2 resolution")
    page.click("a:has-text('Answer credit')")
    page.check("input[value=dispute]")
    page.fill("[name=text]", "The caller could not be reached for 29 minutes.")
    page.check("input[value=INC001]")
    page.select_option("[name=kind]", "relief_time")
    page.fill("[name=minutes]", "29")
    page.set_input_files(
        "[name=evidence]", {"name": "call-log.csv", "mimeType": "text/csv", "buffer": b"15:41,message\n"}
    )
    page.click("button:has-text('Answer')")
    expect(page.locator("body")).to_contain_text("Disputed. The client decides")
    leave(site, page)

    site.sign_in(page, BEN)
    page.goto(money)
    page.click("a:has-text('Show both outcomes')")
    expect(page.locator(".decision")).to_contain_text("If you grant 29 min for INC001", timeout=MEASURED)
    expect(page.locator(".thread")).to_contain_text("call-log.csv")
    page.click("a:has-text('Decide dispute')")
    page.fill("[name=reason]", "The work note shows the call.")
    page.click("button:has-text('Show both outcomes')")
    expect(page.locator(".decision")).to_contain_text("85.00", timeout=MEASURED)
    expect(page.locator("[name=reason]")).to_have_value("The work note shows the call.")
    page.click("button:has-text('Grant')")
    expect(page.locator("body")).to_contain_text("Granted; the month was recalculated", timeout=MEASURED)
    leave(site, page)

    site.sign_in(page, CLEO)
    page.goto(money)
    expect(page.locator("body")).to_contain_text("Nothing left")
    page.click("text=ERP up")
    page.click("a:has-text('Answer credit')")
    page.check("input[value=accept]")
    page.click("button:has-text('Answer')")
    expect(page.locator("body")).to_contain_text("Accepted.")
    leave(site, page)

    site.sign_in(page, PAULO)
    page.goto(f"{money}claims/")
    page.click("a:has-text('Claim credits')")
    page.click("button:has-text('Issue the claim')")
    expect(page.locator("h1")).to_contain_text(f"CC-COBALT-{datetime.now(UTC).year}-0001")
    claim = page.url
    for _ in range(30):
        if page.locator("a:has-text('Document')").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    with page.expect_download() as printed:
        page.click("a:has-text('Document')")
    assert printed.value.path().read_bytes().startswith(b"%PDF")
    leave(site, page)

    site.sign_in(page, CLEO)
    page.goto(claim)
    page.click("a:has-text('Hand in the credit note')")
    page.fill("[name=number]", "CN-0041")
    page.set_input_files("[name=file]", {"name": "cn-0041.txt", "mimeType": "text/plain", "buffer": b"credit note"})
    page.click("button:has-text('Hand in')")
    expect(page.locator("body")).to_contain_text("It matches the claim.")
    leave(site, page)

    site.sign_in(page, PAULO)
    page.goto(claim)
    page.click("a:has-text('Settle the claim')")
    page.fill("[name=reference]", "CMS-0616")
    page.click("button:has-text('Settle')")
    for email in (PAULO, CLEO):
        if email == CLEO:
            leave(site, page)
            site.sign_in(page, CLEO)
        page.goto(claim)
        expect(page.locator("body")).to_contain_text("Applied to an invoice: CMS-0616")
        page.goto(money)
        expect(page.locator("body")).to_contain_text("Applied")
        expect(page.locator("body")).to_contain_text("5,052.00")


def leave(site: Site, page: Page) -> None:
    page.context.clear_cookies()
