"""One person is accountable for a domain on each day; the deputy while they are away; handed over in one step."""

from datetime import UTC, date, datetime, timedelta

import pytest

from mspgov.desk.owners.queries import what_moves
from mspgov.kernel.refusals import Refused
from mspgov.mail.models import Note
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.tenancy import offices
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Absence, Membership, MembershipEngagement, Office, Person, ServiceDomain
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import ensure_engagement
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
        told = [(n.kind, n.person) for n in Note.objects.select_related("person").order_by("pk")]
        cleo = town.member(Role.ACCOUNT_MANAGER, "cobalt").person
        assert told == [("obligations.breach", cleo), ("obligations.breach", mei), ("obligations.escalation", mei)]


def matters_of(town: Town, engagement: str, role: Role) -> list[Person]:
    return offices.directory(town.tenant, MONDAY).holders(role, town.engagements[engagement].pk)


@everything
def test_only_somebody_of_the_same_side_and_engagement_stands_in() -> None:
    town = build_town("aurora")
    ada, ben = client(town, Role.SERVICE_OWNER), client(town, Role.CONTRACT_MANAGER)
    cleo, drew = (town.member(role, "cobalt").person for role in (Role.ACCOUNT_MANAGER, Role.ENGINEER))
    strangers = [(ada, cleo), (cleo, ada), (cleo, town.member(Role.ENGINEER, "dune").person)]
    day = MONDAY.date()
    with enter(town.tenant.pk):
        for person, deputy in strangers:
            with pytest.raises(Refused, match="same side"):
                offices.be_absent(person=person, deputy=deputy, from_on=day, until_on=day, by=person)
        elsewhere = ensure_engagement(slug="cobalt-other", provider=town.engagements["cobalt"].provider)
        MembershipEngagement.objects.filter(membership__person=drew).update(engagement=elsewhere)
        with pytest.raises(Refused, match="same engagement"):
            offices.be_absent(person=cleo, deputy=drew, from_on=day, until_on=day, by=cleo)
        assert Absence.objects.count() == 0
        offices.be_absent(person=ada, deputy=ben, from_on=day, until_on=day, by=ada)
        assert matters_of(town, "cobalt", Role.SERVICE_OWNER) == [ben]


@everything
def test_a_stand_in_gets_what_is_of_their_own_engagements_only() -> None:
    town = build_town("aurora")
    cleo, drew = town.member(Role.ACCOUNT_MANAGER, "cobalt"), town.member(Role.ENGINEER, "cobalt")
    with enter(town.tenant.pk):
        other = town.engagements["other"] = ensure_engagement(slug="other", provider=town.engagement.provider)
        MembershipEngagement.objects.create(membership=cleo, engagement=other)
        offices.be_absent(
            person=cleo.person, deputy=drew.person, from_on=MONDAY.date(), until_on=MONDAY.date(), by=cleo.person
        )
        assert matters_of(town, "cobalt", Role.ACCOUNT_MANAGER) == [drew.person]
        assert matters_of(town, "other", Role.ACCOUNT_MANAGER) == [cleo.person]
        people = offices.directory(town.tenant, MONDAY)
        assert people.reach(cleo.person_id).people == {cleo.person_id}  # what nobody stands in for stays theirs
        assert people.reach(drew.person_id).people == {cleo.person_id, drew.person_id}
        MembershipEngagement.objects.create(membership=drew, engagement=other)
        assert matters_of(town, "other", Role.ACCOUNT_MANAGER) == [drew.person]
        assert offices.directory(town.tenant, MONDAY).reach(cleo.person_id).people == set()


@everything
def test_who_changed_sides_since_stands_in_no_more(town: Town) -> None:
    ada, ben = client(town, Role.SERVICE_OWNER), client(town, Role.CONTRACT_MANAGER)
    with enter(town.tenant.pk):
        offices.be_absent(person=ada, deputy=ben, from_on=MONDAY.date(), until_on=MONDAY.date(), by=ada)
        Membership.objects.filter(person=ben).update(provider=town.engagement.provider, roles=[Role.ENGINEER])
        assert matters_of(town, "cobalt", Role.SERVICE_OWNER) == [ada]
        assert offices.directory(town.tenant, MONDAY).reach(ben.pk).people == {ben.pk}


@everything
def test_a_hand_over_passes_every_office_that_lasts_and_keeps_its_end(town: Town) -> None:
    ada, mei, ben = (client(town, r) for r in (Role.SERVICE_OWNER, Role.CHANGE_MANAGER, Role.CONTRACT_MANAGER))
    cleo = town.member(Role.ACCOUNT_MANAGER, "cobalt").person
    with enter(town.tenant.pk):
        domain = messaging(town)
        offices.put_in_office(domain=domain, owner=ben, deputy=None, from_on=date(2026, 12, 1), by=ada)
        with pytest.raises(Refused, match="client's side"):
            offices.hand_over(leaver=ada, to=cleo, on=date(2026, 11, 1), by=ada)
        assert Office.objects.count() == 2 and what_moves(ada, on=date(2026, 11, 1)).count == 1
        assert len(offices.hand_over(leaver=ada, to=mei, on=date(2026, 11, 1), by=ada)) == 1
        held = Office.objects.order_by("from_on").values_list("owner", "deputy", "from_on", "until_on")
        assert list(held) == [
            (ada.pk, mei.pk, date(2026, 1, 1), date(2026, 10, 31)), (mei.pk, None, date(2026, 11, 1), date(2026, 11, 30)),
            (ben.pk, None, date(2026, 12, 1), None),
        ]  # fmt: skip
        assert offices.hand_over(leaver=ada, to=ben, on=date(2026, 11, 1), by=ada) == []
        assert len(offices.hand_over(leaver=mei, to=ada, on=date(2026, 10, 1), by=ada)) == 2  # one begins later
        assert list(held.all())[1:] == [
            (ada.pk, None, date(2026, 10, 1), date(2026, 10, 31)), (ada.pk, None, date(2026, 11, 1), date(2026, 11, 30)),
            (ben.pk, None, date(2026, 12, 1), None),
        ]  # fmt: skip
