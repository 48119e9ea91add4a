"""A root cause that goes on after its answer was accepted: what is counted, what is demanded anew, what is added to it."""

from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance import services
from governance.calc.effect import sentence
from governance.models import Action, Rca, RcaTicket
from governance.queries.pack_rcas import root_causes
from itsm.models import Ticket
from mspgov.mail.models import Note
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.asked import AT, alike, answer, asked_town, bring, demanded, line, person
from tests.governance.test_rca_pages import client_of
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


def incident_accepted(town: Town) -> Rca:
    """The root cause of a major incident whose ticket says no category, by which tickets are alike here."""
    bring(town, line("INC1", AT - timedelta(days=1), priority="P1", category=""))
    with enter(town.tenant.pk):
        services.follow(engagement=town.engagement, at=AT)
        rca = Rca.objects.select_related("record").get()
        services.submit_rca(rca=rca, content=answer(town), by=person(town, Role.ENGINEER), at=AT)
        return services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=AT)


def test_where_tickets_lack_what_makes_them_alike_nothing_is_compared_and_the_owner_says_it(town: Town) -> None:
    rca, ada = incident_accepted(town), person(town, Role.SERVICE_OWNER)
    assert (rca.origin, rca.alike) == ("incident", {})
    bring(town, line("INC9", AT + timedelta(days=2), priority="P1", category="Disk"))  # of another cause
    over, note = AT + timedelta(weeks=1), f"{rca.record.number}: say whether it worked"
    with enter(town.tenant.pk):
        found = services.follow(engagement=town.engagement, at=AT + timedelta(days=3))
        assert (found.checked, found.demanded) == (
            {},
            ("RCA-2026-0002",),
        )  # the incident's own, not one of what came back
        assert not Note.objects.filter(subject=note).exists()
        for days in (0, 1):
            assert services.follow(engagement=town.engagement, at=over + timedelta(days=days)).checked == {}
        assert Note.objects.get(subject=note).person == ada  # once
        sealed = Seal.objects.count()
        with pytest.raises(Refused, match="cannot be compared: category is missing; say whether it worked"):
            services.check_effect(rca=rca, by=ada, at=over)
        with pytest.raises(Refused, match="say what shows it"):
            services.judge_effect(rca=rca, worked=True, reason=" ", by=ada, at=over)
        with pytest.raises(Refused, match="can be said on 17 March 2026"):
            services.judge_effect(rca=rca, worked=True, reason="quiet", by=ada, at=over - timedelta(seconds=1))
        assert (Rca.objects.get(pk=rca.pk).state, Seal.objects.count()) == ("accepted", sealed)
        row = services.judge_effect(rca=rca, worked=True, reason="INC9 was a full disk.", by=ada, at=over)
        assert (row.state, row.effect["verdict"], row.effect["lacks"]) == ("effective", "effective", ["category"])
        assert sentence(row.effect) == "Cannot be compared: category is missing."
        with pytest.raises(Conflict, match="no effect to check"):
            services.judge_effect(rca=rca, worked=False, reason="again", by=ada, at=over)
        facts = root_causes(town.engagement, as_of=over, since=AT.date()).checked
        assert [(one.number, one.before, one.after) for one in facts] == [("RCA-2026-0001", None, None)]
        assert verified().is_whole


def test_without_any_ticket_since_nothing_says_that_it_worked(town: Town) -> None:
    rca, ada, over = accepted(town), person(town, Role.SERVICE_OWNER), AT + timedelta(weeks=1)
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match="nothing has recurred so far"):
            services.check_effect(rca=rca, by=ada, at=over - timedelta(seconds=1))
        assert services.follow(engagement=town.engagement, at=over).checked == {}
        with pytest.raises(Refused, match="cannot be compared: any ticket opened since it was accepted is missing"):
            services.check_effect(rca=rca, by=ada, at=over)
        assert Rca.objects.get(pk=rca.pk).state == "accepted"
    bring(town, line("INC90", AT + timedelta(days=3), category="Disk"))  # of another kind: now it is known what came
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=over).checked == {"RCA-2026-0001": "effective"}


def test_what_can_be_compared_is_judged_by_nobody(town: Town) -> None:
    rca, ada = accepted(town), person(town, Role.SERVICE_OWNER)
    bring(town, line("INC90", AT + timedelta(days=3), category="Disk"))
    with enter(town.tenant.pk):
        with pytest.raises(Conflict, match="it can be compared"):
            services.judge_effect(rca=rca, worked=True, reason="quiet", by=ada, at=AT + timedelta(weeks=2))
        assert Rca.objects.get(pk=rca.pk).state == "accepted"


def test_the_page_and_the_api_ask_the_owner_whether_it_worked_where_nothing_can_be_compared(town: Town) -> None:
    rca, ada, drew = incident_accepted(town), client_of(town, Role.SERVICE_OWNER), client_of(town, Role.ENGINEER)
    bring(town, line("INC90", AT + timedelta(days=3), category="Disk"))
    here, api = f"/o/aurora/governance/rcas/{rca.public_id}/", f"/o/aurora/api/v1/rcas/{rca.public_id}/check/"
    shown = ada.get(here).content.decode()
    assert "Its effect cannot be compared: category is missing." in shown.replace("\u00a0", " ")
    assert f"{here}judge/" in shown and f"{here}check/" not in shown
    assert f"{here}judge/" not in drew.get(here).content.decode()
    assert drew.post(f"{here}judge/", {"worked": "no", "reason": "x"}).status_code == 404
    assert "category is missing" in ada.post(api, {}, content_type="application/json").json()["detail"]
    empty = ada.post(f"{here}judge/", {"worked": "", "reason": "The same relay failed."})
    assert "Say whether they worked." in empty.content.decode() and "The same relay failed." in empty.content.decode()
    with enter(town.tenant.pk):
        assert Rca.objects.get().state == "accepted"
    said = {"worked": False, "reason": "The same relay failed."}
    assert ada.post(f"{here}judge/", {**said, "worked": "no"})["Location"] == here
    shown = ada.get(here).content.decode()
    assert "Recurred" in shown and "The same relay failed." in shown
    assert ada.post(api, said, content_type="application/json").status_code == 409
    assert ada.get(f"{here}judge/")["Location"] == here


def test_following_asks_as_much_of_many_that_stand_as_of_one(town: Town) -> None:
    counts = []
    for start, categories in ((1, ["Mail"]), (100, ["Disk", "Print", "Login", "Phone"])):
        for place, category in enumerate(categories):
            bring(town, *alike(3, AT - timedelta(days=4), category=category, start=start + 10 * place))
        with enter(town.tenant.pk):
            services.follow(engagement=town.engagement, at=AT)
            with CaptureQueriesContext(connection) as asked:
                found = services.follow(engagement=town.engagement, at=AT)
            assert (found.demanded, found.known) == ((), Rca.objects.count())
            counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_version_that_is_named_is_read_with_the_engagement_locked_first(town: Town) -> None:
    """As the services lock, or each would wait for the other."""
    rca, ada = accepted(town), client_of(town, Role.SERVICE_OWNER)
    bring(town, line("INC90", AT + timedelta(days=3), category="Disk"))
    one = f"/o/aurora/api/v1/rcas/{rca.public_id}/"
    tag = ada.get(one)["ETag"]
    with CaptureQueriesContext(connection) as asked:
        done = ada.post(f"{one}check/", {}, content_type="application/json", headers={"If-Match": tag})
    assert (done.status_code, done.json()["state"]) == (200, "effective")
    locks = [query["sql"] for query in asked if "FOR " in query["sql"] and "UPDATE" in query["sql"]]
    order = [table for sql in locks for table in ("tenancy_engagement", "governance_rca") if f'FROM "{table}"' in sql]
    assert order[:2] == ["tenancy_engagement", "governance_rca"]
    stale = ada.post(f"{one}check/", {}, content_type="application/json", headers={"If-Match": tag})
    assert stale.status_code == 412
