"""What measures a month for a decision is a run: shown while it works, refused beforehand, its refusals readable, what was
typed kept."""

from typing import Any

import pytest
from django.test import Client

from costs import services
from costs.models import DecidedTicket, Decision, LedgerEntry
from itsm.models import Exclusion
from mspgov.jobs.models import Run
from mspgov.kernel.refusals import Refused
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, do_runs, signed_in, words
from tests.costs.reviewed_town import AT, account, credit_of, manager, relief, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
LONG = "review: {answer_days: 3650, silence: accepts, decide_days: 3650, ladder: [{name: Executives, days: 10}]}"
TYPED = {"tickets": "INC001", "kind": "relief_time", "minutes": "29", "reason": "The log says so", "decision": "grant"}


@pytest.fixture
def town() -> Town:
    """A credit of EUR 4,210.00 that the provider disputes for one ticket that was late by 29 minutes."""
    town = reviewed_town(LONG)
    with enter(town.tenant.pk):
        services.dispute(credit=credit_of(town), text="not ours", tickets=[relief(town)], by=account(town), at=AT)
    return town


@pytest.fixture
def ben(town: Town) -> Client:
    return signed_in(town, Role.CONTRACT_MANAGER)


def door(town: Town, what: str = "decide", **asked: object) -> str:
    with enter(town.tenant.pk):
        return at(town, f"costs:credit-{what}", credit_of(town).public_id, **asked)


def runs(town: Town, kind: str) -> list[Run]:
    with enter(town.tenant.pk):
        return list(Run.objects.filter(kind=kind).order_by("pk"))


def written(town: Town) -> tuple[int, ...]:
    with enter(town.tenant.pk):
        return tuple(model.objects.count() for model in (Decision, Exclusion, LedgerEntry, DecidedTicket))


def seen(town: Town, ben: Client) -> tuple[str, str]:
    """Both outcomes asked for and shown: (the page's address, what confirms them)."""
    address = str(ben.post(door(town), TYPED)["Location"])
    do_runs(town)
    return address, ben.get(address).context["step"]


def test_both_outcomes_are_a_run_that_shows_how_far_it_is_keeps_what_was_typed_and_writes_nothing(
    town: Town, ben: Client
) -> None:
    before = written(town)
    answer = ben.post(door(town), TYPED)
    (run,) = runs(town, services.PREVIEW_DECISION)
    assert answer["Location"] == door(town, run=run.public_id)
    waiting = words(ben, answer["Location"])
    assert "You can leave this page" in waiting and f"/runs/{run.public_id}/progress/" in waiting
    assert "<textarea" not in waiting
    assert ben.post(door(town), TYPED)["Location"] == answer["Location"]
    do_runs(town)
    page = words(ben, answer["Location"])
    assert "If you grant 29 min for INC001" in page and "85.00 %" in page and "80.00 %" in page
    assert "The log says so" in page and ">Grant</button>" in page and ">Refuse</button>" in page
    assert written(town) == before and len(runs(town, services.PREVIEW_DECISION)) == 1


def test_a_confirmed_grant_is_a_run_whose_page_goes_on_to_the_credit(town: Town, ben: Client) -> None:
    address, step = seen(town, ben)
    answer = ben.post(address, TYPED | {"step": step})
    (run,) = runs(town, services.DECIDE_BY_RUN)
    assert answer["Location"] == door(town, run=run.public_id)
    assert "progress-box" in words(ben, answer["Location"])
    with enter(town.tenant.pk):
        assert not Decision.objects.exists() and credit_of(town).state == "disputed"
    assert ben.post(address, TYPED | {"step": step})["Location"] == answer["Location"]
    do_runs(town)
    ended = ben.get(answer["Location"], follow=True)
    assert ended.redirect_chain == [
        (at(town, "costs:credits", engagement="cobalt-services", credit=credit_id(town)), 302)
    ]
    assert "Granted; the month was recalculated." in ended.content.decode()
    with enter(town.tenant.pk):
        made = Decision.objects.get()
        assert (made.granted, made.reason, made.by) == (True, "The log says so", manager(town))
        assert credit_of(town).balance.text == "0.00" and verified().is_whole


def test_outcomes_that_are_others_by_now_are_told_with_what_was_typed_and_nothing_is_decided(
    town: Town, ben: Client
) -> None:
    address, step = seen(town, ben)
    before = written(town)
    way = step.split()
    answer = ben.post(address, TYPED | {"step": " ".join(f"{each.partition(':')[0]}:{'0' * 32}" for each in way)})
    do_runs(town)
    page = words(ben, answer["Location"])
    assert "The outcomes are others by now: look at them again" in page
    assert "The log says so" in page and "Show both outcomes" in page
    later = words(ben, door(town))
    assert (
        "The outcomes are others by now" in later and "The log says so" in later
    )  # who left the page comes back to it
    (run,) = runs(town, services.DECIDE_BY_RUN)
    told = words(ben, at(town, "desk:run", run.public_id))
    assert "Failed." in told and "the outcomes are others by now" in told
    assert written(town) == before
    again = ben.post(answer["Location"], TYPED | {"step": step})
    do_runs(town)
    assert ben.get(again["Location"]).status_code == 302
    with enter(town.tenant.pk):
        assert Decision.objects.get().granted


def test_who_is_overtaken_while_the_run_waits_reads_so_and_keeps_the_reason(town: Town, ben: Client) -> None:
    address, step = seen(town, ben)
    answer = ben.post(address, TYPED | {"step": step})
    with enter(town.tenant.pk):
        services.decide(credit=credit_of(town), grant=services.Grant(), reason="no", by=manager(town), at=AT)
    do_runs(town)
    lost = ben.get(answer["Location"])
    page = lost.content.decode()
    assert lost.status_code == 409 and "Already decided by" in page and "The log says so" in page
    with enter(town.tenant.pk):
        assert not Decision.objects.get().granted


def test_who_does_not_decide_and_what_cannot_be_granted_are_refused_before_a_run_begins(town: Town) -> None:
    paulo, ben = signed_in(town, Role.FINANCE_CONTROLLER), signed_in(town, Role.CONTRACT_MANAGER)
    address, step = seen(town, ben)
    page = paulo.post(door(town), TYPED | {"step": step}).content.decode()
    assert "the contract manager decides" in page and "The log says so" in page
    assert paulo.get(address).status_code == 404  # it is Ben's, with what he typed
    page = ben.post(door(town), TYPED | {"reason": " "}).content.decode()
    assert "This field is required" in page or "must not be empty" in page
    with enter(town.tenant.pk):
        credit, wrong = credit_of(town), services.TicketAsk(relief(town, "INC009").ticket, "relief")
        grant = services.Grant((wrong,))
        asked: dict[str, Any] = {"credit": credit, "grant": grant, "by": manager(town), "at": AT}
        with pytest.raises(Refused, match="INC009 is not late"):
            services.start_decision_preview(**asked)
        with pytest.raises(Refused, match="INC009 is not late"):
            services.start_decision(**asked, reason="seen")
    assert runs(town, services.DECIDE_BY_RUN) == [] and len(runs(town, services.PREVIEW_DECISION)) == 1


def test_the_outcomes_on_the_credits_page_ask_again_until_the_run_has_found_them(town: Town, ben: Client) -> None:
    asked = door(town, "outcomes")
    waiting = ben.post(asked).content.decode()
    (run,) = runs(town, services.PREVIEW_DECISION)
    assert f'hx-get="{door(town, "outcomes", run=run.public_id)}"' in waiting
    assert "progress-box" in words(ben, door(town, "outcomes", run=run.public_id))
    do_runs(town)
    shown = words(ben, door(town, "outcomes", run=run.public_id))
    assert "If you grant 29 min for INC001" in shown and "85.00 %" in shown and "progress-box" not in shown
    assert ben.get(asked)["Location"] == door(town)


def test_a_grant_is_revoked_by_a_run_that_is_refused_readably(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        grant = services.Grant((relief(town),))
        services.decide(credit=credit_of(town), grant=grant, reason="seen", by=manager(town), at=AT)
        decided = DecidedTicket.objects.get()
    revoke = at(town, "costs:exclusion-revoke", decided.public_id)
    answer = ben.post(revoke, {"reason": "It was another ticket"})
    assert "progress-box" in words(ben, answer["Location"])
    do_runs(town)
    ended = ben.get(answer["Location"], follow=True).content.decode()
    assert "INC001 counts again; the month was recalculated." in ended
    with enter(town.tenant.pk):
        assert list(Exclusion.objects.order_by("pk").values_list("in_force", flat=True)) == [True, False]
        assert credit_of(town).balance.text == "4210.00"
    refused = ben.post(revoke, {"reason": "Once more"})
    assert refused.status_code == 409 and "The ticket counts already" in refused.content.decode()
    assert len(runs(town, services.REVOKE)) == 1


def test_the_api_asks_for_a_grant_and_its_outcomes_with_202_and_refuses_at_once(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        one = f"/o/aurora/api/v1/credits/{credit_of(town).public_id}/"
    asked = {"tickets": [{"ticket": "INC001", "kind": "relief", "relief_seconds": 29 * 60}]}
    preview = ben.post(f"{one}preview/", asked, "application/json")
    assert preview.status_code == 202 and preview.json()["kind"] == services.PREVIEW_DECISION
    do_runs(town)
    found = ben.get(f"/o/aurora/api/v1/runs/{preview.json()['id']}/").json()["result"]
    assert (found["refuse"]["amount"], found["grant"]["amount"]) == ("4210.00", "0.00")
    deciding = asked | {"reason": "seen", "expected": found["fingerprint"]}
    assert ben.post(f"{one}decide/", asked | {"reason": " "}, "application/json").status_code in (400, 422)
    answer = ben.post(f"{one}decide/", deciding, "application/json")
    assert answer.status_code == 202 and answer.json()["state"] == "waiting"
    do_runs(town)
    assert ben.get(f"/o/aurora/api/v1/runs/{answer.json()['id']}/").json()["state"] == "done"
    assert ben.get(one).json()["state"] == "decided"
    assert ben.post(f"{one}decide/", {"reason": "again"}, "application/json").status_code == 409


def credit_id(town: Town) -> object:
    with enter(town.tenant.pk):
        return credit_of(town).public_id


def test_outcomes_of_less_are_not_those_of_more_that_still_wait(town: Town) -> None:
    with enter(town.tenant.pk):
        asked = {"credit": credit_of(town), "by": manager(town), "at": AT}
        two = services.Grant((relief(town), relief(town, "INC002", 240)))
        more = services.start_decision_preview(grant=two, **asked)  # type: ignore[arg-type]
        one = services.start_decision_preview(grant=services.Grant((relief(town),)), **asked)  # type: ignore[arg-type]
        assert one.pk != more.pk
        assert services.start_decision_preview(grant=two, **asked).pk == more.pk  # type: ignore[arg-type]


def test_only_who_decides_is_offered_to_count_a_granted_ticket_again(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        services.decide(
            credit=credit_of(town),
            grant=services.Grant((relief(town),)),
            reason="The log says so",
            by=manager(town),
            at=AT,
        )
        decided, credit = DecidedTicket.objects.get(), credit_of(town)
    revoke = at(town, "costs:exclusion-revoke", decided.public_id)
    opened = at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id)
    assert revoke in words(ben, opened)
    assert revoke not in words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), opened)
