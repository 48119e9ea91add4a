"""Home: what needs whom, what it shows to whom, and what to do first in a new tenant."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from engagements.models import Vendor
from engagements.services import ensure_vendors
from mspgov.jobs.models import Run
from mspgov.obligations.models import Side
from mspgov.obligations.services import raise_obligation
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Visit
from mspgov.tenancy.policy import CLIENT, Role
from tests.costs.charged_town import TERMS, at, charged_town, signed_in, words
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return charged_town()


def home(client: Client, town: Town) -> str:
    return words(client, at(town, "desk:home"))


def test_who_runs_the_months_is_asked_for_what_waits(town: Town) -> None:
    page = home(signed_in(town, Role.CONTRACT_MANAGER), town)
    for said in (
        "need you.", "Review credits", "May is not sealed", "Seal month", "a reported value is missing",
        "Virtual desktop up", "Engagements at a glance", "P2 resolution below minimum for the third month",
    ):  # fmt: skip
        assert said in page, said


@pytest.mark.parametrize("role", [Role.BOARD_MEMBER, Role.AUDITOR])
def test_who_only_reads_is_asked_for_nothing(town: Town, role: Role) -> None:
    page = home(signed_in(town, role), town)
    assert "Nothing needs you." in page
    assert "Seal month" not in page
    assert "EUR 4,210.00" in page


def test_who_may_not_read_money_sees_none(town: Town) -> None:
    page = home(signed_in(town, Role.ENGINEER, "cobalt"), town)
    assert "EUR" not in page
    assert "P2 resolution below minimum" in page


def test_a_provider_sees_its_own_engagements_only(town: Town) -> None:
    own = home(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), town)
    assert "Report value" in own
    other = home(signed_in(town, Role.ACCOUNT_MANAGER, "dune"), town)
    assert "Cobalt services" not in other
    assert "P2 resolution" not in other


def test_a_new_tenant_is_told_to_begin_with_a_contract() -> None:
    town = build_town()
    page = home(signed_in(town, Role.CONTRACT_MANAGER), town)
    assert "has no contract" in page
    assert "Import terms" in page


@pytest.mark.parametrize("role", sorted([*CLIENT, Role.BOARD_MEMBER]))
def test_every_role_opens_home_of_an_empty_tenant(role: Role) -> None:
    town = build_town(providers=())
    assert "There is nothing here yet." in home(signed_in(town, role), town)


def test_undecided_vendors_and_failed_runs_need_whoever_can_act(town: Town) -> None:
    with enter(town.tenant.pk):
        ensure_vendors(town.engagement, ["Serra Print"])
        Run.objects.create(
            kind="costs.measure", key="x", title="Measure May", state="failed", error="It broke", engagement=town.engagement,
            ended_at="2999-01-01T00:00:00Z",
        )  # fmt: skip
    page = home(signed_in(town, Role.SERVICE_OWNER), town)
    assert "whose is Serra Print?" in page
    assert "Measure May" in page
    assert "Try again" in page
    assert "Serra Print" not in home(signed_in(town, Role.AUDITOR), town)
    with enter(town.tenant.pk):
        run = Run.objects.get(state="failed")
    ada = signed_in(town, Role.SERVICE_OWNER)
    assert "Try again" in words(ada, at(town, "desk:run", run.public_id))
    assert ada.post(at(town, "desk:run-cancel", run.public_id)).status_code == 302
    aside = words(ada, at(town, "desk:run", run.public_id))
    assert "Set aside." in aside and "It broke" in aside and "Try again" in aside
    assert "Measure May" not in home(ada, town).partition("What changed")[0]
    with enter(town.tenant.pk):
        assert Vendor.objects.get(name="Serra Print").party == Vendor.Party.UNKNOWN


def test_a_run_that_failed_is_told_among_what_changed_to_who_may_read_runs_alone(town: Town) -> None:
    with enter(town.tenant.pk):
        Run.objects.create(
            kind="costs.measure", key="x", title="Measure May", state="failed", error="It broke", engagement=town.engagement,
            ended_at="2999-01-01T00:00:00Z",
        )  # fmt: skip
    assert "Measure May" in home(signed_in(town, Role.AUDITOR), town).partition("What changed")[2]
    for client in (signed_in(town, Role.BOARD_MEMBER), signed_in(town, Role.ENGINEER, "cobalt")):
        page = home(client, town)
        assert "What changed" in page and "Measure May" not in page


def test_missing_charges_ask_the_finance_controller() -> None:
    town = charged_town(TERMS.replace(', monthly_charges: "84200.00"', ""))
    page = home(signed_in(town, Role.FINANCE_CONTROLLER), town)
    assert "charges missing" in page
    assert "Set charges" in page
    for role, provider in ((Role.BOARD_MEMBER, None), (Role.ENGINEER, "cobalt")):
        assert "charges missing" not in home(signed_in(town, role, provider), town)


def test_home_asks_as_often_for_two_engagements_as_for_one(town: Town) -> None:
    counts = []
    for client in (signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.AUDITOR)):
        home(client, town)
        with CaptureQueriesContext(connection) as asked:
            home(client, town)
        counts.append(len(asked))
    assert max(counts) <= 32
    assert abs(counts[0] - counts[1]) <= 3


def seen(town: Town, role: Role, at: str) -> Client:
    """Somebody who was here then for the last time."""
    with enter(town.tenant.pk):
        Visit.objects.create(person=town.member(role).person, latest_seen_at=at)
    return signed_in(town, role)


def test_home_says_what_changed_since_the_visit_before(town: Town) -> None:
    first = home(signed_in(town, Role.AUDITOR), town)
    assert "the latest first" in first and "since your last visit" not in first
    client = seen(town, Role.SERVICE_OWNER, "2016-06-10T10:00:00Z")
    for _ in range(2):  # the second page of this visit compares with the visit before, too
        page = home(client, town)
        assert "What changed since your last visit" in page
        assert "sealed" in page.partition("since your last visit")[2]


def test_a_visit_of_somebody_else_is_nobodys_visit_before(town: Town) -> None:
    home(seen(town, Role.AUDITOR, "2016-06-10T10:00:00Z"), town)
    page = home(signed_in(town, Role.SERVICE_OWNER), town)
    assert "the latest first" in page and "since your last visit" not in page


def test_home_says_when_nothing_changed_and_shows_what_happened_before(town: Town) -> None:
    page = home(seen(town, Role.SERVICE_OWNER, "2020-06-10T10:00:00Z"), town)
    assert "nothing since your last visit, " in page
    assert "sealed" in page.partition("nothing since your last visit")[2]


def test_who_has_nothing_to_do_is_not_told_that_an_open_month_is_sealed(town: Town) -> None:
    page = home(signed_in(town, Role.ENGINEER, "dune"), town)
    assert "No month is measured yet" in page
    page = home(signed_in(town, Role.ENGINEER, "cobalt"), town)
    assert "May 2016 is not sealed yet; others see to that." in page
    assert "every month that is over is sealed" not in page


def test_who_reads_no_obligations_is_told_of_none_that_names_them(town: Town) -> None:
    for role, told in ((Role.CHANGE_MANAGER, True), (Role.BOARD_MEMBER, False)):
        with enter(town.tenant.pk):
            raise_obligation(
                key=f"by name {role}", title="Read the policy by name", due_at=timezone.now() + timedelta(days=2),
                owed_by=Side.CLIENT, role=role, person=town.member(role).person, engagement=town.engagement,
                at=timezone.now(),
            )  # fmt: skip
        assert ("Read the policy by name" in home(signed_in(town, role), town)) is told, role
