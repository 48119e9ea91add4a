"""Story (b): a third like ticket, its root cause from demand to effect, an overdue action, and what the board reads."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from governance import services
from governance.models import Action, Draft, Rca
from governance.queries.pack_rcas import root_causes
from mspgov.mail.models import Note
from mspgov.obligations import services as obligations
from mspgov.tenancy.context import enter
from mspgov.tenancy.offices import be_absent
from mspgov.tenancy.policy import Role
from tests.browser.conftest import Site, let_in
from tests.governance.asked import alike, asked_town, bring, person
from tests.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.requirement("R4.3")]
ADA, DREW = "service_owner@aurora.example", "engineer@cobalt.aurora.example"


@pytest.fixture(scope="module")
def town(site: Site, django_db_blocker: Any) -> Iterator[Town]:
    """Two like tickets are there; nobody is asked anything yet."""
    with django_db_blocker.unblock():
        town = asked_town()
        let_in(ADA, DREW)
        bring(town, *alike(2, timezone.now() - timedelta(days=4)), at=timezone.now())
        yield town


def demanded(town: Town) -> Rca:
    with enter(town.tenant.pk):
        assert not Rca.objects.exists()
    bring(town, *alike(1, timezone.now() - timedelta(days=1), start=9), at=timezone.now())
    with enter(town.tenant.pk):
        services.follow(engagement=town.engagement, at=timezone.now())
        return Rca.objects.select_related("record").get()


def day(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def test_from_the_third_ticket_to_the_board(page: Page, site: Site, town: Town) -> None:
    rca = demanded(town)
    answer_it(page, site, town)
    return_it(page, site, rca)
    answer_again(page, site, rca)
    accept_it(page, site, rca)
    overdue(town)
    recurred(town)
    in_the_pack(town)


def answer_it(page: Page, site: Site, town: Town) -> None:
    """Typed, saved within two seconds without a click, refused with words, then submitted with a receipt."""
    site.sign_in(page, DREW)
    page.goto(f"{site.address}/o/aurora/requests/")
    page.get_by_role("link", name="again and again").first.click()
    page.fill("#summary", "Both relays refused connections after a certificate expired.")
    expect(page.locator("[data-saved-words]")).to_contain_text("draft 1", timeout=2_000)
    page.fill("#impact", "The claims desk had no mail.")
    for at, what in enumerate(("Certificate expired.", "New certificate in place.")):
        if at:
            page.get_by_role("button", name="Add entry").click()
        row = page.locator("[data-row=entry]").nth(at)
        row.locator("[name=when]").fill(f"{day(-2)} 0{at + 7}:00")
        row.locator("[name=what]").fill(what)
    page.get_by_label("Process", exact=True).check()
    for at, why in enumerate(("Mail bounced.", "The certificate had expired.", "Its renewal was one person's note.")):
        page.fill(f"#why-{at}", why)
    action = page.locator("[data-row=action]").first
    action.locator("[name=do]").fill("Watch certificates of every relay")
    action.locator("[name=owner]").select_option(index=2)
    action.locator("[name=due]").fill(day(10))
    action.locator("[name=measure]").fill("None under 14 days")
    action.locator("[name=bring]").fill("Weekly export")
    page.get_by_role("button", name="Submit to").click()
    expect(page.get_by_role("link", name="Impact: say how many people or messages were hit")).to_be_visible()
    nothing_in_the_way(page)
    page.fill("#impact", "3,812 messages came twelve hours late.")
    page.get_by_role("button", name="Submit to").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    with enter(town.tenant.pk):
        assert Draft.objects.get().content["impact"] == "3,812 messages came twelve hours late."


def nothing_in_the_way(page: Page) -> None:
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


def as_person(page: Page, site: Site, email: str) -> None:
    page.context.clear_cookies()
    site.sign_in(page, email)


def return_it(page: Page, site: Site, rca: Rca) -> None:
    as_person(page, site, ADA)
    page.goto(f"{site.address}/o/aurora/governance/rcas/{rca.public_id}/decide/")
    page.get_by_label("Return it").check(force=True)
    page.get_by_label("What you say with it").fill("Why did nobody see the alert?")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Why did nobody see the alert?").first).to_be_visible()


def answer_again(page: Page, site: Site, rca: Rca) -> None:
    as_person(page, site, DREW)
    page.goto(f"{site.address}/o/aurora/governance/rcas/{rca.public_id}/write/")
    expect(page.get_by_text("returned version 1")).to_be_visible()
    page.fill("#why-3", "The alert went to a leaver.")
    page.get_by_role("button", name="Submit to").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()


def accept_it(page: Page, site: Site, rca: Rca) -> None:
    as_person(page, site, ADA)
    page.goto(f"{site.address}/o/aurora/governance/rcas/{rca.public_id}/compare/")
    expect(page.get_by_text("The alert went to a leaver.")).to_be_visible()
    page.goto(f"{site.address}/o/aurora/governance/rcas/{rca.public_id}/decide/")
    page.get_by_label("Accept it").check(force=True)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="Actions that are tracked")).to_be_visible()
    nothing_in_the_way(page)


def overdue(town: Town) -> None:
    """Ada is away when the action falls due: the deputy of the domain is told."""
    with enter(town.tenant.pk):
        ada, ben = person(town, Role.SERVICE_OWNER), person(town, Role.CONTRACT_MANAGER)
        today = timezone.now().date()
        be_absent(person=ada, deputy=None, from_on=today, until_on=today + timedelta(days=90), by=ada)
        due: datetime = Action.objects.get().obligation.due_at
    obligations.sweep(due + timedelta(days=1, minutes=1))
    with enter(town.tenant.pk):
        told = Note.objects.filter(kind="obligations.escalation", subject__contains="Watch certificates")
        assert {note.person_id for note in told} == {ben.pk}


def recurred(town: Town) -> None:
    now = timezone.now()
    bring(town, *alike(3, now + timedelta(days=20), start=100), at=now)
    with enter(town.tenant.pk):
        services.follow(engagement=town.engagement, at=now + timedelta(days=24))
        first = Rca.objects.order_by("pk").first()
        assert (first.state, first.effect["after"]["recurrences"]) == ("recurred", 1)
        assert Rca.objects.filter(previous=first).exists()


def in_the_pack(town: Town) -> None:
    with enter(town.tenant.pk):
        later = timezone.now() + timedelta(days=25)
        said = root_causes(town.engagement, as_of=later, since=timezone.now().date())
    assert [one.state for one in said.checked] == ["Recurred"]
    assert [one.what for one in said.overdue] == ["Watch certificates of every relay"]
