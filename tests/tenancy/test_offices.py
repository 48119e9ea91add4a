"""One person is accountable for a domain on each day; the deputy while they are away; handed over in one step."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mspgov.kernel.refusals import Refused
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Notice, Obligation, Side
from mspgov.tenancy import offices
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Absence, Membership, Office, Person, ServiceDomain
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
everything = pytest.mark.django_db(transaction=True, databases=["default", "system"])
pytestmark = pytest.mark.requirement("R4.2")


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def client(town: Town, role: Role) -> Person:
    return town.member(role).person


def messaging(town: Town) -> ServiceDomain:
    domain: ServiceDomain = ServiceDomain.objects.create(engagement=town.engagement, name="Messaging")
    ada, mei = client(town, Role.SERVICE_OWNER), client(town, Role.CHANGE_MANAGER)
    offices.put_in_office(domain=domain, owner=ada, deputy=mei, from_on=date(2026, 1, 1), by=ada)
    return domain


def accountable(town: Town, domain: ServiceDomain, day: date) -> Person | None:
    return offices.directory(town.tenant, datetime(day.year, day.month, day.day, 12, tzinfo=UTC)).in_office(domain.pk)


@everything
def test_the_owner_in_office_is_accountable_and_the_deputy_while_they_are_away(town: Town) -> None:
    ada, mei, ben = (client(town, r) for r in (Role.SERVICE_OWNER, Role.CHANGE_MANAGER, Role.CONTRACT_MANAGER))
    with enter(town.tenant.pk):
        domain = messaging(town)
        offices.be_absent(person=ada, deputy=None, from_on=date(2026, 3, 2), until_on=date(2026, 3, 6), by=ada)
        offices.be_absent(person=ada, deputy=ben, from_on=date(2026, 4, 6), until_on=date(2026, 4, 6), by=ada)
        found = {day: accountable(town, domain, day) for day in map(date.fromisoformat, ("2025-12-31", "2026-03-01",
                 "2026-03-02", "2026-03-06", "2026-03-07", "2026-04-06"))}  # fmt: skip
        assert list(found.values()) == [None, ada, mei, mei, ada, ben]


@everything
def test_nobody_is_accountable_when_owner_and_deputy_are_gone(town: Town) -> None:
    with enter(town.tenant.pk):
        domain = messaging(town)
        Membership.objects.filter(
            person__in=[client(town, Role.SERVICE_OWNER), client(town, Role.CHANGE_MANAGER)]
        ).update(active=False)
        people = offices.directory(town.tenant, MONDAY)
        assert people.in_office(domain.pk) is None
        assert [line.accountable for line in offices.domains(people)] == [None]
        assert people.holders(Role.SERVICE_OWNER, None, domain_id=domain.pk) == [
            client(town, Role.TENANT_ADMINISTRATOR)
        ]


@everything
def test_one_office_follows_the_other(town: Town) -> None:
    ada, ben, cleo = (
        client(town, Role.SERVICE_OWNER),
        client(town, Role.CONTRACT_MANAGER),
        town.member(Role.ACCOUNT_MANAGER, "cobalt").person,
    )
    with enter(town.tenant.pk):
        domain = messaging(town)
        offices.put_in_office(domain=domain, owner=ben, deputy=None, from_on=date(2026, 5, 1), by=ada)
        assert list(Office.objects.order_by("from_on").values_list("owner", "until_on")) == [
            (ada.pk, date(2026, 4, 30)),
            (ben.pk, None),
        ]
        for owner, deputy, day, why in [
            (cleo, None, date(2026, 6, 1), "client's side"), (ada, ada, date(2026, 6, 1), "somebody else"),
            (ada, None, date(2026, 4, 1), "begins later"),
        ]:  # fmt: skip
            with pytest.raises(Refused, match=why):
                offices.put_in_office(domain=domain, owner=owner, deputy=deputy, from_on=day, by=ada)
        assert Office.objects.count() == 2


@everything
def test_a_leaver_hands_over_offices_and_duties_in_one_step(town: Town) -> None:
    ada, ben, tom = (client(town, r) for r in (Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.TENANT_ADMINISTRATOR))
    with enter(town.tenant.pk):
        domain = messaging(town)
        obligations.raise_obligation(
            key="review", title="Review the exit plan", due_at=MONDAY + timedelta(days=20), owed_by=Side.CLIENT,
            role=Role.SERVICE_OWNER, person=ada, engagement=town.engagement, at=MONDAY,
        )  # fmt: skip
        with pytest.raises(Refused, match="somebody else"):
            obligations.hand_over(leaver=ada, to=ada, on=date(2026, 3, 16), by=tom, at=MONDAY)
        assert obligations.hand_over(leaver=ada, to=ben, on=date(2026, 3, 16), by=tom, at=MONDAY) == 2
        assert (accountable(town, domain, date(2026, 3, 15)), accountable(town, domain, date(2026, 3, 16))) == (
            ada,
            ben,
        )
        assert Obligation.objects.get().person == ben


@everything
def test_days_away_that_mean_nothing_are_refused(town: Town) -> None:
    ada, ben = client(town, Role.SERVICE_OWNER), client(town, Role.CONTRACT_MANAGER)
    with enter(town.tenant.pk):
        offices.be_absent(person=ada, deputy=ben, from_on=date(2026, 3, 2), until_on=date(2026, 3, 6), by=ada)
        for deputy, begin, end, why in [
            (None, date(2026, 5, 2), date(2026, 5, 1), "before the first"), (ada, date(2026, 5, 1), date(2026, 5, 2), "another"),
            (None, date(2026, 3, 6), date(2026, 3, 9), "overlap"),
        ]:  # fmt: skip
            with pytest.raises(Refused, match=why):
                offices.be_absent(person=ada, deputy=deputy, from_on=begin, until_on=end, by=ada)
        assert Absence.objects.count() == 1


@everything
def test_what_is_late_goes_to_the_deputy_while_the_owner_is_away(town: Town) -> None:
    ada, mei = client(town, Role.SERVICE_OWNER), client(town, Role.CHANGE_MANAGER)
    due = MONDAY + timedelta(days=1)
    with enter(town.tenant.pk):
        domain = messaging(town)
        offices.be_absent(person=ada, deputy=None, from_on=date(2026, 3, 3), until_on=date(2026, 3, 6), by=ada)
        obligations.raise_obligation(
            key="rca", title="Root cause analysis", due_at=due, owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER,
            domain=domain, accepted_by=Role.SERVICE_OWNER, engagement=town.engagement, at=MONDAY, reminders=(),
            escalation=[obligations.Step("Service owner", Role.SERVICE_OWNER, timedelta(days=1))],
        )  # fmt: skip
    obligations.sweep(due)
    obligations.sweep(due + timedelta(days=1))
    with enter(town.tenant.pk):
        told = [(n.alarm.kind, n.person) for n in Notice.objects.select_related("alarm", "person").order_by("pk")]
        cleo = town.member(Role.ACCOUNT_MANAGER, "cobalt").person
        assert told == [("breach", cleo), ("breach", mei), ("escalation", mei)]
