"""A root cause that goes on after its answer was accepted: what is counted, what is demanded anew, what is added to it."""

from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from django.db import connection

from governance import services
from governance.models import Action, Rca, RcaTicket
from itsm.models import Ticket
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation
from mspgov.records import services as records
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.asked import AT, alike, answer, asked_town, bring, demanded, person
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]


@pytest.fixture
def town() -> Town:
    return asked_town(check_weeks=1)


def accepted(town: Town) -> Rca:
    rca = demanded(town)
    with enter(town.tenant.pk):
        services.submit_rca(rca=rca, content=answer(town), by=person(town, Role.ENGINEER), at=AT)
        return services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=AT)


def numbers(rca: Rca) -> list[str]:
    return list(rca.tickets.order_by("ticket__opened_at").values_list("ticket__number", flat=True))


def test_what_goes_on_after_it_was_found_effective_is_demanded_anew_once_the_rule_holds_again(town: Town) -> None:
    rca = accepted(town)
    bring(town, *alike(2, AT + timedelta(days=8), start=20))  # one chain with the first three, two after the decision
    with enter(town.tenant.pk):
        found = services.follow(engagement=town.engagement, at=AT + timedelta(days=10))
        assert (found.checked, found.demanded) == ({"RCA-2026-0001": "effective"}, ())
        assert numbers(rca) == ["INC1", "INC2", "INC3"]  # it was decided with these
    bring(town, *alike(1, AT + timedelta(days=20), start=30))
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT + timedelta(days=21)).demanded == ("RCA-2026-0002",)
        new = Rca.objects.get(previous=rca)
        assert (new.origin, new.state, numbers(new)) == ("recurred", "demanded", ["INC20", "INC21", "INC30"])
        assert services.follow(engagement=town.engagement, at=AT + timedelta(days=22)).demanded == ()
    bring(town, *alike(1, AT + timedelta(days=24), start=40))
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT + timedelta(days=25)).demanded == ()
        assert numbers(new) == ["INC20", "INC21", "INC30", "INC40"]  # and none from before its predecessor's decision
        assert (numbers(rca), Rca.objects.count()) == (["INC1", "INC2", "INC3"], 2)


def test_before_ends_with_what_was_asked_for_however_many_came_after_the_decision(town: Town) -> None:
    rca = accepted(town)
    bring(town, *alike(2, AT + timedelta(days=1), start=20))
    with enter(town.tenant.pk):
        late = Ticket.objects.get(number="INC21")
        RcaTicket.objects.create(engagement_id=rca.engagement_id, rca=rca, ticket=late, at=AT)
        services.follow(engagement=town.engagement, at=AT + timedelta(days=8))
        effect = Rca.objects.get(pk=rca.pk).effect
        assert effect["before"]["until"] < AT.isoformat()
        assert {k: effect[k]["tickets"] for k in ("before", "after")} == {"before": 3, "after": 2}


def test_tickets_are_added_to_open_ones_only_with_a_seal_that_says_which_and_by_whom(town: Town) -> None:
    rca = demanded(town)
    bring(town, *alike(1, AT - timedelta(days=1), start=9))
    with enter(town.tenant.pk):
        ada = person(town, Role.SERVICE_OWNER)
        services.follow(engagement=town.engagement, by=ada, at=AT)
        services.follow(engagement=town.engagement, by=ada, at=AT)
        added = Ticket.objects.get(number="INC9")
        (seal,) = Seal.objects.filter(record=rca.record, what="tickets added")
        assert (seal.after, seal.by) == ({"tickets": [added.pk]}, ada)
        services.withdraw_rca(rca=rca, reason="A duplicate", by=ada, at=AT)
    bring(town, *alike(1, AT, start=11))
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT + timedelta(days=1)).demanded == ()
        assert numbers(rca) == ["INC1", "INC2", "INC3", "INC9"]
        assert verified([]).is_whole


def beside(town: Town, owed: Obligation, does: str) -> list[str]:
    """Somebody acknowledges an obligation while a governance service that answers it has begun."""
    held, ended = Event(), []

    def acknowledge() -> None:
        try:
            with enter(town.tenant.pk):
                row = records.locked(Obligation.objects, pk=owed.pk)
                held.set()
                sleep(1.5)  # the other one has come as far as it can by then
                obligations.acknowledge(obligation=row, by=person(town, Role.ENGINEER), at=AT)
            ended.append("acknowledged")
        finally:
            connection.close()

    def answers() -> None:
        try:
            held.wait(30)
            with enter(town.tenant.pk):
                drew = person(town, Role.ENGINEER)
                if does == "submit":
                    services.submit_rca(rca=Rca.objects.get(), content=answer(town), by=drew, at=AT)
                else:
                    services.hand_in_action(action=Action.objects.get(), note="Done", files=[proof()], by=drew, at=AT)
            ended.append("answered")
        finally:
            connection.close()

    threads = [Thread(target=acknowledge), Thread(target=answers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return ended


def proof() -> tuple[str, int, object]:
    from io import BytesIO

    return ("export.csv", 15, BytesIO(b"relay,days\n1,90"))


def test_submitting_and_acknowledging_at_once_do_not_wait_for_each_other(town: Town) -> None:
    rca = demanded(town)
    assert beside(town, rca.obligation, "submit") == ["acknowledged", "answered"]


def test_handing_in_an_action_and_acknowledging_it_at_once_do_not_wait_for_each_other(town: Town) -> None:
    accepted(town)
    with enter(town.tenant.pk):
        owed = Action.objects.select_related("obligation").get().obligation
    assert beside(town, owed, "hand in") == ["acknowledged", "answered"]
