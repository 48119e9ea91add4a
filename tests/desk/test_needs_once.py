"""What needs a person stands on home once, for whom it needs and for nobody else, and the way in counts the same."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from costs import services
from costs.models import Credit
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Person, Tenant
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, signed_in, words
from tests.costs.reviewed_town import AT, account, credit_of, manager, relief, reviewed_town
from tests.governance.test_rca_pages import client_of, page_of, sent
from tests.governance.test_rca_pages import town as rca_town
from tests.world import PASSWORD, Town, build_town

__all__ = ["rca_town"]

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.2"),
]
SOON = "review: {answer_days: 3650, silence: accepts, decide_days: 3}"


def home(client: Client, town: Town) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words(client, at(town, "desk:home")))).split())


def needing(page: str) -> int:
    """How many things home says that it needs its reader for, without the engagement that has no contract yet."""
    found = re.search(r"(\w+)(?: things?)? needs? you\.", page)
    assert found, page
    said = found.group(1)
    return ["Nothing", "One", "Two", "Three"].index(said) - page.count("has no contract")


def of_provider(town: Town, role: Role) -> Person:
    with enter(town.tenant.pk):
        member, _ = tenancy.create_person(
            email=f"{role}@msp.example", name="Bo", roles=[role], provider=town.engagement.provider,
            engagements=[town.engagement], password=PASSWORD,
        )  # fmt: skip
        person: Person = member.person
        return person


def signed_in_as(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_dispute_is_one_thing_and_needs_only_whose_office_decides_it() -> None:
    town = reviewed_town(SOON, sealed=True)
    with enter(town.tenant.pk):
        services.dispute(
            credit=credit_of(town), text="ours", tickets=[relief(town)], by=account(town), at=timezone.now()
        )
        assert Obligation.objects.filter(kind="credit.decide", state="open").count() == 1
    ben = home(signed_in(town, Role.CONTRACT_MANAGER), town)
    assert needing(ben) == 1 and "Decide dispute" in ben
    assert "Decide CR-2026-05-01" not in ben.partition("What changed")[0]
    owner = home(signed_in(town, Role.SERVICE_OWNER), town)
    assert needing(owner) == 0 and "See dispute" in owner


def test_a_credit_to_answer_needs_the_account_manager_alone() -> None:
    town = reviewed_town("review: {answer_days: 5, silence: accepts, decide_days: 3}", at=timezone.now(), sealed=True)
    cleo = home(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), town)
    assert needing(cleo) == 1 and "Review credits" in cleo and "An answer is due by" in cleo
    board = signed_in_as(of_provider(town, Role.BOARD_MEMBER))
    with enter(town.tenant.pk):
        address = at(town, "costs:credit-answer", credit_of(town).public_id)
    assert board.get(address).status_code == 404
    for client in (board, signed_in(town, Role.CONTRACT_MANAGER)):
        page = home(client, town)
        assert needing(page) == 0 and "EUR 4,210.00" in page


@pytest.mark.parametrize("zones", [("Europe/Berlin", "UTC"), ("", "Europe/Berlin")])
def test_the_way_in_says_until_which_day_as_home_does(zones: tuple[str, str]) -> None:
    town = reviewed_town("review: {answer_days: 5, silence: accepts, decide_days: 3}", at=timezone.now(), sealed=True)
    other, cleo = build_town("borealis"), account(town)
    with enter(other.tenant.pk):
        tenancy.create_person(
            email=cleo.email, name=cleo.name, roles=[Role.ACCOUNT_MANAGER], provider=other.engagement.provider,
            engagements=[other.engagement],
        )  # fmt: skip
    Person.objects.filter(pk=cleo.pk).update(time_zone=zones[0])
    Tenant.objects.filter(pk=town.tenant.pk).update(time_zone=zones[1])
    client = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    said = re.search(r"An answer is due by the end of [^.]+\.", words(client, "/"))
    assert said and said.group() in home(client, town)


def test_a_credit_note_that_is_missing_needs_the_provider_and_is_known_to_the_client() -> None:
    town = reviewed_town(SOON, sealed=True)
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        claim = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
        )
    ben, cleo = signed_in(town, Role.CONTRACT_MANAGER), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    assert needing(home(ben, town)) == 0 and "a credit note is missing" in home(ben, town)
    assert needing(home(cleo, town)) == 1
    with enter(town.tenant.pk):
        services.hand_in_note(
            claim=claim, number="CN-7", type_code="381", issued_on=date(2026, 5, 31), amount=claim.money,
            file=("cn.txt", 4, BytesIO(b"note")), by=account(town), at=AT,
        )  # fmt: skip
    assert needing(home(cleo, town)) == 0


def test_an_agreed_credit_is_to_be_claimed_only_when_it_can_be() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3}", sealed=True, late_uptime=True)
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    with enter(town.tenant.pk):
        services.accept_under_reservation(credit=credit_of(town), text="VAT", by=account(town), at=AT)
        other = Credit.objects.get(service_level__key="uptime")
    assert needing(home(ben, town)) == 0 and "are not claimed" not in home(ben, town)
    with enter(town.tenant.pk):
        services.accept(credit=other, by=account(town), at=AT)
    page = home(ben, town)
    assert needing(page) == 1 and "agreed, 1 credit" in page
    with enter(town.tenant.pk):
        services.ask_waiver(credit=other, reason="goodwill", by=manager(town), at=AT)
    assert needing(home(ben, town)) == 0


def test_a_waiver_is_to_be_approved_by_somebody_else_than_who_asks_for_it() -> None:
    town = reviewed_town(SOON, sealed=True)
    with enter(town.tenant.pk):
        ada = town.member(Role.SERVICE_OWNER).person
        services.ask_waiver(credit=credit_of(town), reason="goodwill of Ada", by=ada, at=AT)
    for role, asked in ((Role.SERVICE_OWNER, False), (Role.FINANCE_CONTROLLER, True), (Role.CONTRACT_MANAGER, False)):
        page = home(signed_in(town, role), town).partition("What changed")[0]
        assert ("goodwill of Ada" in page) is asked, role


def test_a_root_cause_to_decide_is_one_thing_and_who_wrote_it_sees_that_it_came_back(rca_town: Town) -> None:
    drew, ada = client_of(rca_town, Role.ENGINEER), client_of(rca_town, Role.SERVICE_OWNER)
    drew.post(page_of(rca_town, "write/"), sent(rca_town, verb="submit"))
    with enter(rca_town.tenant.pk):
        Obligation.objects.filter(kind__in=("rca", "rca-decision")).update(due_at=timezone.now() + timedelta(days=2))
    before = home(ada, rca_town).partition("What changed")[0]
    assert before.count("Decide RCA-") == 1 and "handed in" not in before
    assert "returned" not in home(drew, rca_town).partition("What changed")[0]
    ada.post(page_of(rca_town, "decide/"), {"decision": "return", "reason": "A fourth why."})
    with enter(rca_town.tenant.pk):
        Obligation.objects.filter(kind="rca").update(due_at=timezone.now() + timedelta(days=20))
    assert "returned" in home(drew, rca_town).partition("What changed")[0]
    assert "Decide RCA-" not in home(ada, rca_town).partition("What changed")[0]


def counted_at_the_door(client: Client, town: Town) -> str:
    page = unescape(client.get("/").content.decode()).replace("\u00a0", " ")
    place = page.partition(f'href="/o/{town.tenant.slug}/"')[2].partition("</a>")[0]
    found = re.search(r"(\d+) things? needs? you", place)
    return found.group(1) if found else "0"


def test_the_way_in_counts_what_home_counts_in_as_many_queries_for_many_as_for_few() -> None:
    town, other = reviewed_town(SOON, sealed=True, late_uptime=True), build_town("borealis")
    cleo = account(town)
    with enter(other.tenant.pk):
        tenancy.create_person(
            email=cleo.email, name=cleo.name, roles=[Role.ACCOUNT_MANAGER], provider=other.engagement.provider,
            engagements=[other.engagement], password=PASSWORD,
        )  # fmt: skip
    client = signed_in_as(cleo)

    def owe(first: int, last: int) -> None:
        with enter(town.tenant.pk):
            for place in range(first, last):
                obligations.raise_obligation(
                    key=f"report-{place}", title=f"Report {place}", due_at=timezone.now() + timedelta(days=2),
                    owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, engagement=town.engagement, at=timezone.now(),
                )  # fmt: skip

    owe(0, 1)
    with enter(town.tenant.pk):
        assert Credit.objects.filter(state="proposed").count() == 2
    assert (counted_at_the_door(client, town), counted_at_the_door(client, other)) == ("2", "0")
    assert needing(home(client, town)) == 2
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    owe(1, 9)
    assert counted_at_the_door(client, town) == "10"
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(few) <= 80
