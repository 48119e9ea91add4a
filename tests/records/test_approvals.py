"""Four eyes: a second person grants; whoever asked cannot, and one of two deciders wins."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mspgov.records import approvals, queries, services
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Approval, Record, Seal
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def town() -> Iterator[Town]:
    town = build_town("aurora", providers=("cobalt",))
    with enter(town.tenant.pk):
        yield town


def asked(town: Town) -> tuple[Record, Approval]:
    record = services.open_record(kind="credit", title="May", at=AT, engagement=town.engagement)
    ben = town.member(Role.CONTRACT_MANAGER).person
    return record, approvals.ask_approval(
        record=record, what="waive", role=Role.SERVICE_OWNER, reason="goodwill", by=ben, at=AT
    )


@pytest.mark.django_db
def test_a_second_person_grants_it(town: Town) -> None:
    record, approval = asked(town)
    ada = town.member(Role.SERVICE_OWNER).person
    row = approvals.decide_approval(approval=approval, grant=True, answer="agreed", by=ada, at=AT)
    assert (row.state, row.decided_by) == ("granted", ada)
    assert queries.open_approval(record, "waive") is None
    assert [change.history_user for change in row.history.order_by("history_id")] == [approval.asked_by, ada]
    assert list(Seal.objects.order_by("position").values_list("what", flat=True)) == ["approval.ask", "approval.grant"]


@pytest.mark.django_db
def test_whoever_asked_cannot_grant_it(town: Town) -> None:
    record, approval = asked(town)
    with pytest.raises(Refused, match="second person"):
        approvals.decide_approval(approval=approval, grant=True, answer="", by=approval.asked_by, at=AT)
    assert queries.open_approval(record, "waive") == approval


@pytest.mark.django_db
def test_the_second_of_two_deciders_learns_that_it_is_decided(town: Town) -> None:
    _, approval = asked(town)
    people = [town.member(Role.SERVICE_OWNER).person, town.member(Role.FINANCE_CONTROLLER).person]
    approvals.decide_approval(approval=approval, grant=False, answer="no", by=people[0], at=AT)
    with pytest.raises(Conflict, match="already refused"):
        approvals.decide_approval(approval=approval, grant=True, answer="", by=people[1], at=AT)
    assert Approval.objects.get().state == "refused"


@pytest.mark.django_db
def test_one_is_open_at_a_time_and_only_who_asked_withdraws_it(town: Town) -> None:
    record, approval = asked(town)
    ada = town.member(Role.SERVICE_OWNER).person
    with pytest.raises(Conflict):
        approvals.ask_approval(record=record, what="waive", role=Role.SERVICE_OWNER, reason="", by=ada, at=AT)
    with pytest.raises(Refused):
        approvals.withdraw_approval(approval=approval, by=ada, at=AT)
    approvals.withdraw_approval(approval=approval, by=approval.asked_by, at=AT)
    assert queries.open_approval(record, "waive") is None
