"""The way in: straight to one's only tenant; of several a choice that says what needs one in each, and joins nothing."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from mspgov.obligations import services
from mspgov.obligations.models import Side
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Membership
from mspgov.tenancy.policy import Role
from tests.world import PASSWORD, Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.2")]
CLEO = "cleo@cobalt.example"


def town_of(slug: str) -> Town:
    """A tenant in which Cleo is Cobalt's account manager, with a report owed by Cobalt and one by Dune."""
    town = build_town(slug)
    with enter(town.tenant.pk):
        engagement = town.engagements["cobalt"]
        tenancy.create_person(
            email=CLEO, name="Cleo", roles=[Role.ACCOUNT_MANAGER], provider=engagement.provider,
            engagements=[engagement], password=PASSWORD,
        )  # fmt: skip
        for name, each in town.engagements.items():
            services.raise_obligation(
                key=name, title=f"Report of {name} for {slug}", due_at=timezone.now() + timedelta(days=2),
                owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, engagement=each, at=timezone.now(),
            )  # fmt: skip
    return town


def signed_in(email: str = CLEO) -> Client:
    client = Client()
    assert client.login(email=email, password=PASSWORD)
    return client


def test_whoever_has_one_tenant_goes_straight_there() -> None:
    town_of("aurora")
    assert signed_in().get("/").headers["Location"] == "/o/aurora/"


def test_whoever_has_several_reads_what_needs_them_in_each_by_its_name() -> None:
    town_of("aurora"), town_of("borealis")
    page = unescape(signed_in().get("/").content.decode()).replace("\u00a0", " ")
    for slug in ("aurora", "borealis"):
        section = page.split(f"<h2>{slug.title()} canary-{slug}")[1].split("</section>")[0]
        assert f"Report of cobalt for {slug}" in section
        assert f"/o/{slug}/obligations/" in section
        assert ("aurora" in section, "borealis" in section) == (slug == "aurora", slug == "borealis")
    assert page.count("1 thing needs you") == 2
    assert "Report of dune" not in page


def test_a_tenant_that_one_has_left_is_gone_at_once() -> None:
    town_of("aurora")
    borealis, client = town_of("borealis"), signed_in()
    with enter(borealis.tenant.pk):
        member = Membership.objects.get(person__email=CLEO)
        member.active = False
        member.save()
    assert client.get("/").headers["Location"] == "/o/aurora/"
