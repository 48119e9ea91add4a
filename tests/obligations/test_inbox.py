"""What needs a person is what they would be told of: by name, by domain, by office, for those they stand in for."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from mspgov.obligations import queries, services
from mspgov.obligations.models import Obligation, Side
from mspgov.obligations.policy import kinds_closed_to
from mspgov.tenancy import offices
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Membership, ServiceDomain
from mspgov.tenancy.policy import Role
from mspgov.tenancy.queries import engagement_ids
from tests.world import Town, build_town

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = date(2026, 3, 2)
pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.2")]


@pytest.fixture
def town() -> Town:
    """Ada owns Messaging and is away, Mei deputises; Ben stands in for Ada in all else; Desktop has nobody."""
    town = build_town("aurora")
    ada, mei, ben = (town.member(r).person for r in (Role.SERVICE_OWNER, Role.CHANGE_MANAGER, Role.CONTRACT_MANAGER))
    drew, cleo = (town.member(r, "cobalt").person for r in (Role.ENGINEER, Role.ACCOUNT_MANAGER))
    with enter(town.tenant.pk):
        messaging = ServiceDomain.objects.create(engagement=town.engagements["cobalt"], name="Messaging")
        ServiceDomain.objects.create(engagement=town.engagements["cobalt"], name="Desktop")
        offices.put_in_office(domain=messaging, owner=mei, deputy=ada, from_on=date(2026, 1, 1), by=ada)
        offices.be_absent(person=ada, deputy=ben, from_on=DAY, until_on=DAY, by=ada)
        offices.be_absent(person=cleo, deputy=drew, from_on=DAY, until_on=DAY, by=cleo)
        Membership.objects.filter(roles__contains=[Role.FINANCE_CONTROLLER]).update(active=False)
    return town


def owe_everything(town: Town) -> None:
    """Every combination of side, office, domain and person."""
    people = [None, town.member(Role.SERVICE_OWNER).person, town.member(Role.FINANCE_CONTROLLER).person]
    domains = [None, *ServiceDomain.objects.order_by("name")]
    sides = [
        *product([Side.CLIENT], [Role.SERVICE_OWNER, Role.FINANCE_CONTROLLER, Role.CHANGE_MANAGER]),
        *product([Side.PROVIDER], [Role.ACCOUNT_MANAGER, Role.ENGINEER]),
    ]
    for n, ((side, role), domain, person) in enumerate(product(sides, domains, people)):
        services.raise_obligation(
            key=f"k{n}", title=f"duty {n}", due_at=MONDAY + timedelta(days=3), owed_by=side, role=role, domain=domain,
            person=person if side == Side.CLIENT else None, engagement=town.engagements["cobalt"], at=MONDAY,
            accepted_by=Role.SERVICE_OWNER if side == Side.PROVIDER else "",
        )  # fmt: skip


def test_each_members_inbox_is_what_the_directory_sends_them(town: Town) -> None:
    with enter(town.tenant.pk):
        owe_everything(town)
        people = offices.directory(town.tenant, MONDAY)
        rows = list(Obligation.objects.select_related("person"))
        wanted = {
            row.pk: {
                person.pk
                for person in people.holders(
                    row.role, row.engagement_id, person_id=row.person_id,
                    domain_id=row.domain_id if row.owed_by == Side.CLIENT else None,
                )
            }
            for row in rows
        }  # fmt: skip
        members = list(Membership.objects.filter(active=True).select_related("tenant"))
        scopes = {m.pk: engagement_ids(m.pk) if m.is_provider_side else None for m in members}
    for member in members:
        scope = scopes[member.pk]
        with enter(town.tenant.pk, engagements=scope):
            found = {row.pk for row in queries.inbox(member, MONDAY)}
        sees = scope is None or town.engagements["cobalt"].pk in scope
        assert found == {pk for pk, to in wanted.items() if sees and member.person_id in to}, member


def test_whoever_stands_in_may_act_and_who_is_away_is_not_asked(town: Town) -> None:
    ben, ada = town.member(Role.CONTRACT_MANAGER), town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row = services.raise_obligation(
            key="k", title="duty", due_at=MONDAY + timedelta(days=3), owed_by=Side.CLIENT, role=Role.SERVICE_OWNER,
            engagement=town.engagements["cobalt"], at=MONDAY,
        )  # fmt: skip
        page = queries.obligation_page(row.public_id, ben)
        assert queries.rights(ben, page, queries.reach_of(ben, MONDAY), MONDAY, answers=True, decides=True).hand_in
        assert list(queries.inbox(ben, MONDAY)) == [row]
        assert list(queries.inbox(ada, MONDAY)) == []
        assert list(queries.inbox(ada, MONDAY + timedelta(days=1))) == [row]


def test_kinds_about_records_that_a_reader_may_not_open_are_closed_to_them(town: Town) -> None:
    engineer, manager = town.member(Role.ENGINEER, "cobalt"), town.member(Role.ACCOUNT_MANAGER, "cobalt")
    assert {"credit.answer", "credit.decide"} <= set(kinds_closed_to(engineer))
    assert not {"credit.answer", "credit.decide"} & set(kinds_closed_to(manager))
