"""The hub of an engagement, the list of engagements, search, and the collection of engagements."""

import pytest
from django.test import Client
from django.utils import timezone

from costs.models import Credit
from engagements.models import Location, Service, Vendor
from mspgov.desk.queries.hub import hub
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, Role
from tests.costs.charged_town import at, charged_town, signed_in, words
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
SLUG = "cobalt-services"


@pytest.fixture
def town() -> Town:
    return charged_town()


@pytest.fixture
def ada(town: Town) -> Client:
    return signed_in(town, Role.SERVICE_OWNER)


def test_the_hub_tells_health_modules_life_and_people(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "desk:hub", SLUG))
    for said in (
        "Under strain.", "1 of 2 service levels missed in May 2016, one for the third month in a row",
        "MSA-2015-114", "EUR 84,200.00", "EUR 8,420.00", "Five modules", "Scope and boundaries", "Costs and value",
        "Sealed to Apr 2016", "Earn-back, 30 Sep", "Ada Lindqvist", "Cleo Marchetti of cobalt", "Seal May 2016",
    ):  # fmt: skip
        assert said in page, said
    assert "of dune" not in page


@pytest.mark.parametrize("role", sorted([*CLIENT, Role.BOARD_MEMBER]))
def test_every_role_of_the_client_opens_the_hub(town: Town, role: Role) -> None:
    page = words(signed_in(town, role), at(town, "desk:hub", SLUG))
    assert ("Seal May 2016" in page) == (role in (Role.SERVICE_OWNER, Role.CONTRACT_MANAGER))


def test_money_is_no_module_of_who_may_not_read_it(town: Town) -> None:
    page = words(signed_in(town, Role.ENGINEER, "cobalt"), at(town, "desk:hub", SLUG))
    assert "Three modules" in page
    assert "Costs and value" not in page


def test_another_providers_engagement_is_not_there(town: Town) -> None:
    other = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    assert other.get(at(town, "desk:hub", SLUG)).status_code == 404
    assert "Cobalt services" not in words(other, at(town, "desk:engagements"))
    assert other.get(at(town, "desk:hub", "nowhere")).status_code == 404


def test_an_engagement_without_a_contract_says_so() -> None:
    town = build_town()
    page = words(signed_in(town, Role.SERVICE_OWNER), at(town, "desk:hub", SLUG))
    assert "It has no contract yet." in page
    assert "Life of the engagement" not in page


def test_the_list_shows_every_engagement_that_is_seen(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "desk:engagements"))
    assert "2 engagements with 2 providers." in page
    assert "Missed, 1 of 2" in page
    assert "Import its terms" in page


def test_search_groups_what_it_finds(town: Town, ada: Client) -> None:
    with enter(town.tenant.pk):
        number = Credit.objects.select_related("record")[0].record.number
    assert number in words(ada, at(town, "desk:search", q=number))
    page = words(ada, at(town, "desk:search", q="resolution"))
    assert "Service levels" in page
    assert "P1 resolution" in page
    assert "Ben Okafor" in words(ada, at(town, "desk:search", q="okafor"))
    assert "Nothing found." in words(ada, at(town, "desk:search", q="zzzz"))
    assert "hit" not in words(ada, at(town, "desk:search", q="P")).partition("<main")[2].partition("</main")[0]
    assert "Nothing found." in words(ada, at(town, "desk:search", q="%00%25_"))


def test_search_finds_nothing_behind_the_walls(town: Town) -> None:
    other = signed_in(town, Role.ENGINEER, "dune")
    for text in ("CR-2016", "P1 resolution", "Cobalt", "MSA"):
        main = words(other, at(town, "desk:search", q=text)).partition("<main")[2]
        assert "Nothing found." in main, text


def test_who_may_not_read_credits_finds_no_credit(town: Town) -> None:
    engineer = signed_in(town, Role.ENGINEER, "cobalt")
    assert "CR-2016-05" not in words(engineer, at(town, "desk:search", q="2016-05")).partition("<main")[2]


def test_the_api_lists_engagements(town: Town, ada: Client) -> None:
    rows = ada.get(at(town, "api:engagements")).json()["results"]
    assert [row["slug"] for row in rows] == [SLUG, "dune-services"]
    assert {key: rows[0][key] for key in ("month", "health", "missed", "sealed_to", "contract")} == {
        "month": "2016-05", "health": "missed", "missed": 1, "sealed_to": "2016-04", "contract": "MSA-2015-114",
    }  # fmt: skip
    assert ada.get(at(town, "api:engagements-detail", rows[0]["id"])).json() == rows[0]


def test_search_finds_vendors_services_and_locations_by_what_they_are_called(town: Town, ada: Client) -> None:
    with enter(town.tenant.pk):
        for engagement, name in ((town.engagement, "Serra Print"), (town.engagements["dune"], "Serra Norte")):
            Vendor.objects.create(engagement=engagement, name=name, delivers="50%_toner")
        service = Service.objects.create(engagement=town.engagement, key="serra-mail", name="Mail")
        place = Location.objects.create(engagement=town.engagement, name="Porto da Serra", country="PT")
    page = words(ada, at(town, "desk:search", q="serra"))
    for said in ("Serra Print", "Serra Norte", "Mail", "Porto da Serra", "4 hits."):
        assert said in page, said
    for kind, row in (("services", service), ("locations", place)):
        assert at(town, f"engagements:{kind}-detail", row.public_id) in page
    assert "2 hits." in words(ada, at(town, "desk:search", q="50%25_t"))
    assert "Nothing found." in words(ada, at(town, "desk:search", q="50_%25t"))
    assert "Nothing found." in words(ada, at(town, "desk:search", q="s%25a"))
    other = words(signed_in(town, Role.ENGINEER, "dune"), at(town, "desk:search", q="serra"))
    assert "Serra Norte" in other and "Serra Print" not in other and "Porto" not in other


def test_a_contract_that_has_ended_says_when_and_today_stands_behind_a_break(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "desk:hub", SLUG))
    assert "ended 30 September 2018 after 36 months of service" in page
    assert "Ended 30 September 2018" in page and "Ends 30 Sep" not in page
    assert "Not to scale from here" in page and f"Today, {timezone.localdate().day} " in page


def test_the_hub_counts_the_services_of_its_own_engagement(town: Town) -> None:
    with enter(town.tenant.pk):
        before = hub(SLUG, at=timezone.now(), money=True, reader=town.member(Role.SERVICE_OWNER)).services
        Service.objects.create(engagement=town.engagements["dune"], name="Theirs", key="theirs")
        assert hub(SLUG, at=timezone.now(), money=True, reader=town.member(Role.SERVICE_OWNER)).services == before
        Service.objects.create(engagement=town.engagements["cobalt"], name="Ours", key="ours")
        assert hub(SLUG, at=timezone.now(), money=True, reader=town.member(Role.SERVICE_OWNER)).services == before + 1
