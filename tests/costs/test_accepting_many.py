"""Several proposed credits accepted in one step: selected, previewed row by row, confirmed; what cannot be stays, and why."""

import pytest
from django.test import Client

from costs import services
from costs.models import Answer, Credit
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.models import BulkChange
from tests.costs.charged_town import at, signed_in, words
from tests.costs.reviewed_town import account, credit_of, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
LONG = "review: {answer_days: 3650, silence: accepts, decide_days: 3650}"


@pytest.fixture
def town() -> Town:
    """May has two proposed credits, of P2 resolution and of ERP up, together EUR 8,420.00."""
    return reviewed_town(LONG, late_uptime=True)


@pytest.fixture
def cleo(town: Town) -> Client:
    return signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")


def ids(town: Town) -> list[str]:
    with enter(town.tenant.pk):
        return [str(row.public_id) for row in Credit.objects.order_by("pk")]


def states(town: Town) -> list[str]:
    with enter(town.tenant.pk):
        return list(Credit.objects.order_by("pk").values_list("state", flat=True))


def selecting(town: Town, chosen: list[str]) -> str:
    return at(town, "costs:credits-accept", engagement="cobalt-services") + "".join(f"&selected={id}" for id in chosen)


def previewed(town: Town, cleo: Client, text: str = "") -> str:
    answer = cleo.post(selecting(town, ids(town)), {"text": text})
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def test_who_answers_credits_selects_them_in_the_list_and_nobody_else(town: Town, cleo: Client) -> None:
    listed = at(town, "costs:credits", engagement="cobalt-services")
    page = words(cleo, listed)
    assert all(f'name="selected" value="{id}"' in page for id in ids(town))
    assert f'formaction="{at(town, "costs:credits-accept")}"' in page
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    assert 'name="selected"' not in words(ben, listed)
    assert ben.get(selecting(town, ids(town))).status_code == 404
    assert cleo.get(selecting(town, [])).status_code == cleo.get(selecting(town, ["nothing"])).status_code == 302


def test_a_preview_says_what_becomes_of_each_and_writes_nothing(town: Town, cleo: Client) -> None:
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=credit_of(town).record.opened_at)
    before = states(town)
    page = words(cleo, previewed(town, cleo))
    assert "1 credit would be accepted, EUR 4,592.73 together." in page and "1 cannot be." in page
    assert "is already accepted" in page and "Will be accepted" in page
    assert "Accept 1 credit" in page and states(town) == before


def test_confirmed_each_is_accepted_with_what_was_said_and_not_twice(town: Town, cleo: Client) -> None:
    address = previewed(town, cleo, "agreed in the call of Monday")
    done = cleo.post(address, follow=True)
    assert done.redirect_chain[0][0] == at(town, "costs:credits", engagement="cobalt-services")
    assert "Accepted 2 credits." in done.content.decode().replace("\u00a0", " ")
    assert states(town) == ["accepted", "accepted"]
    with enter(town.tenant.pk):
        answers = list(Answer.objects.values_list("text", "by"))
        assert answers == [("agreed in the call of Monday", account(town).pk)] * 2
        assert verified().is_whole
    again = cleo.post(address)
    assert again.status_code == 409 and "already made" in again.content.decode()
    with enter(town.tenant.pk):
        assert Answer.objects.count() == 2


def test_a_credit_that_changed_after_the_preview_stays_and_the_others_are_accepted(town: Town, cleo: Client) -> None:
    address = previewed(town, cleo)
    with enter(town.tenant.pk):
        credit = credit_of(town)
        services.dispute(credit=credit, text="not ours", by=account(town), at=credit.record.opened_at)
    page = words(cleo, cleo.post(address)["Location"])
    assert "1 credit accepted." in page and "Somebody changed it after the preview" in page
    assert sorted(states(town)) == ["accepted", "disputed"]


def test_many_are_accepted_by_a_run_that_shows_how_far_it_is(
    town: Town, cleo: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costs.services.accepting.AT_ONCE", 1)
    address = previewed(town, cleo)
    assert cleo.post(address)["Location"] == address
    assert "progress-box" in words(cleo, address) and states(town) == ["proposed", "proposed"]
    with enter(town.tenant.pk):
        run = Run.objects.get(kind=services.ACCEPT_MANY)
    run = jobs.work_here(run)
    with enter(town.tenant.pk):
        assert (run.state, run.result) == ("done", {"changed": 2, "refused": [], "rows": 2})
    assert cleo.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "2 credits accepted." in words(cleo, address) and states(town) == ["accepted", "accepted"]


def test_each_preview_is_a_page_of_its_own(town: Town, cleo: Client) -> None:
    first = previewed(town, cleo, "All of them")
    one = cleo.post(selecting(town, ids(town)[:1]), {"text": "One"})["Location"]
    assert "2 credits would be accepted" in words(cleo, first) and "1 credit would be accepted" in words(cleo, one)
    cleo.post(one)
    assert states(town) == ["accepted", "proposed"]


def test_a_preview_is_its_makers_alone(town: Town, cleo: Client) -> None:
    address = previewed(town, cleo)
    assert signed_in(town, Role.CONTRACT_MANAGER).get(address).status_code == 404
    with enter(town.tenant.pk, person=account(town).pk):
        assert BulkChange.objects.get().by == account(town)
