"""The pages of a review after its end, and beside it: what was waived, what was decided, what is claimed already."""

import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client

from costs import services
from costs.models import Claim, Credit, Decision
from costs.queries import credit_page, credits_view
from mspgov.kernel.refusals import Refused
from mspgov.records.models import Approval
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, do_runs, signed_in, words
from tests.costs.reviewed_town import AT, account, credit_of, manager, relief, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
NOW = datetime(2026, 6, 2, 9, tzinfo=UTC)
LONG = "because " * 600


def owner(town: Town) -> Client:
    return signed_in(town, Role.SERVICE_OWNER)


def waived(town: Town) -> Credit:
    """Asked for and refused, asked for again and approved."""
    who = town.member(Role.SERVICE_OWNER).person
    for reason, approve in (("goodwill", False), ("a relief that the log misses", True)):
        services.ask_waiver(credit=credit_of(town), reason=reason, by=manager(town), at=AT)
        services.decide_waiver(credit=credit_of(town), approve=approve, answer=f"{approve}: seen", by=who, at=AT)
    return credit_of(town)


def test_a_waived_credit_tells_who_asked_why_who_answered_and_when() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = waived(town)
        page = credit_page(credit.public_id, as_of=NOW)
        asker, approver = manager(town).name, town.member(Role.SERVICE_OWNER).person.name
        assert [(turn.what, turn.person, turn.text) for turn in page.review.turns] == [
            ("Asked to waive it", asker, "goodwill"), ("Refused the waiver", approver, "False: seen"),
            ("Asked to waive it", asker, "a relief that the log misses"), ("Approved the waiver", approver, "True: seen"),
        ]  # fmt: skip
        end = page.path[-1]
        assert (end.label, end.at, end.by) == ("Waived", AT, approver)
    assert "a relief that the log misses" in words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), at(town, "costs:credits", engagement=town.engagement.slug, credit=credit.public_id))  # fmt: skip


def test_what_is_waived_is_no_longer_earned_and_what_is_disputed_ages_in_a_line_of_its_own() -> None:
    town = reviewed_town(late_uptime=True)
    with enter(town.tenant.pk):
        services.dispute(credit=credit_of(town), text="not ours", tickets=[relief(town)], by=account(town), at=AT)
        view = credits_view(town.engagement, as_of=AT + timedelta(days=3))
        assert view.year is not None
        assert [view.year.amount.text, view.year.proposed.text, view.year.disputed.text] == ["8420.00", "4592.73", "3827.27"]  # fmt: skip
        lines = {line.stage: (line.count, line.amount.text, line.oldest_days) for line in view.ageing}
        assert (lines["proposed"], lines["disputed"]) == ((1, "4592.73", 3), (1, "3827.27", 3))
        assert lines["proposed"][1] == view.total("proposed").text
        waived(town)
        view = credits_view(town.engagement, as_of=NOW)
        assert view.year is not None
        assert (view.year.amount.text, view.year.waived.text) == ("4592.73", "3827.27")
        assert (view.bars[-1].amount.text, view.bars[-1].waived.text) == ("4592.73", "3827.27")
    page = words(signed_in(town, Role.CONTRACT_MANAGER), at(town, "costs:credits"))
    assert "of it 4,592.73 proposed" in page and "without 3,827.27 waived" in page


def test_a_credit_that_is_decided_or_answered_opens_no_form_again() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3650}")
    ben, cleo = signed_in(town, Role.CONTRACT_MANAGER), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        credit = credit_of(town)
        decide, answer = (at(town, f"costs:credit-{what}", credit.public_id) for what in ("decide", "answer"))
    assert "There is nothing to decide yet." in words(ben, decide)
    assert "<textarea" in words(cleo, answer)
    with enter(town.tenant.pk):
        services.dispute(credit=credit, text="not ours", by=account(town), at=AT)
    assert f"Already answered by {account(town).name}" in words(cleo, answer)
    first = ben.post(decide, {"decision": "refuse", "reason": "the log says so"})
    step = first.context["step"]
    assert step
    with enter(town.tenant.pk):
        services.decide(credit=credit, grant=services.Grant(), reason="seen", by=manager(town), at=AT)
    shown = words(ben, decide)
    assert f"Already decided by {manager(town).name}" in shown and "<textarea" not in shown
    lost = ben.post(decide, {"decision": "refuse", "reason": "the log says so", "step": step})
    page = lost.content.decode()
    assert lost.status_code == 409 and "Already decided by" in page and "Refuse: the credit stays" in page
    with enter(town.tenant.pk):
        assert Decision.objects.count() == 1


def test_either_way_can_be_confirmed_after_both_outcomes_were_seen() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3650}")
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    with enter(town.tenant.pk):
        credit = credit_of(town)
        services.dispute(credit=credit, text="not ours", tickets=[relief(town)], by=account(town), at=AT)
    decide = at(town, "costs:credit-decide", credit.public_id)
    typed = {"tickets": "INC001", "kind": "relief_time", "minutes": "29", "reason": "the log says so"}
    asked = ben.post(decide, typed | {"decision": "grant"})
    do_runs(town)
    first = ben.get(asked["Location"])
    page = first.content.decode()
    assert page.count('name="decision"') == 2 and ">Refuse</button>" in page and ">Grant</button>" in page
    assert "button-filled" not in page[page.index("form-foot") :]
    assert ben.post(decide, typed | {"decision": "refuse", "step": first.context["step"]}).status_code == 302
    with enter(town.tenant.pk):
        assert not Decision.objects.get().granted and credit_of(town).balance.text == "4210.00"


def test_credits_that_a_second_tab_claims_again_name_their_claim() -> None:
    town = reviewed_town()
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    address = at(town, "costs:claim-new", engagement=town.engagement.slug)
    assert "There is nothing to claim." in words(ben, address)
    assert "Issue the claim" not in words(ben, address)
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        credit = credit_of(town)
    assert "Issue the claim" in words(ben, address)
    with enter(town.tenant.pk):
        services.claim_credits(engagement=town.engagement, credits=[credit.public_id], by=manager(town), at=AT)
    again = ben.post(address, {"credits": str(credit.public_id)})
    page = again.content.decode()
    assert "This credit is claimed in" in page and "CC-COBALT-2026-0001" in page and "See the claim" in page
    with enter(town.tenant.pk):
        assert Claim.objects.count() == 1


def test_a_credit_whose_waiver_waits_is_not_ticked_for_a_claim_and_says_why() -> None:
    town = reviewed_town(late_uptime=True)
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    address = at(town, "costs:claim-new", engagement=town.engagement.slug)
    with enter(town.tenant.pk):
        for credit in Credit.objects.all():
            services.accept(credit=credit, by=account(town), at=AT)
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=manager(town), at=AT)
        waiting, other = credit_of(town), Credit.objects.get(service_level__key="uptime")
    answer = paulo.get(address)
    assert answer.context["form"].initial == {"credits": [str(other.public_id)]}
    page = words(paulo, address)
    assert "1 agreed credit." in page and "not before the waiver that is asked for is answered" in page
    assert paulo.get(f"{address}&credit={waiting.public_id}").context["form"].initial == {"credits": []}
    opened = words(paulo, at(town, "costs:credits", engagement=town.engagement.slug, credit=waiting.public_id))
    assert "Answer the waiver" in opened and "claims/new/" not in opened
    listed = words(paulo, at(town, "costs:claims", engagement=town.engagement.slug))
    assert "1 agreed credit not claimed yet. 1 agreed credit with a waiver that waits for an answer." in listed
    refused = paulo.post(address, {"credits": [str(waiting.public_id), str(other.public_id)]})
    assert refused.context["form"].non_field_errors() == ["a waiver of CR-2026-05-01 waits for an answer"]
    with enter(town.tenant.pk):
        assert not Claim.objects.exists()


def test_a_waiver_waits_on_the_home_of_those_who_may_approve_it_and_of_nobody_else() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=manager(town), at=AT)
    page = words(owner(town), at(town, "desk:home"))
    assert "Answer the waiver" in page and "asks: goodwill" in page
    assert "Answer the waiver" not in words(signed_in(town, Role.CONTRACT_MANAGER), at(town, "desk:home"))
    assert "goodwill" not in words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), at(town, "desk:home"))


@pytest.mark.parametrize("on", [date(2026, 5, 31), date(2099, 1, 1)])
def test_a_claim_is_not_settled_before_it_was_issued_nor_ahead(on: date) -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        claim = services.claim_credits(engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT)  # fmt: skip
        services.hand_in_note(
            claim=claim, number="CN-1", type_code="381", issued_on=date(2026, 5, 31), amount=claim.money,
            file=("cn-1.txt", 4, BytesIO(b"note")), by=account(town), at=AT,
        )  # fmt: skip
        with pytest.raises(Refused, match="the date lies"):
            services.settle_claim(claim=claim, settled_as="invoice", reference="X", on=on, by=manager(town), at=AT)
        assert Claim.objects.get().state == "documented"


def test_too_long_a_reason_is_refused_at_its_field_and_kept() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = credit_of(town)
    answer = signed_in(town, Role.CONTRACT_MANAGER).post(at(town, "costs:credit-waive", credit.public_id), {"reason": LONG})  # fmt: skip
    page = answer.content.decode()
    assert "At most 4,000 characters; these are 4,7" in page and "because because" in page
    with enter(town.tenant.pk):
        assert not Approval.objects.exists()


def test_the_provider_finds_the_credit_open_whose_answer_is_due_first() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3650}", late_uptime=True)
    with enter(town.tenant.pk):
        services.dispute(credit=credit_of(town), text="not ours", by=account(town), at=AT)
    page = words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), at(town, "costs:credits"))
    assert "Answer credit" in page
    with enter(town.tenant.pk):
        proposed, disputed = (Credit.objects.select_related("record").get(state=s) for s in ("proposed", "disputed"))
    for role, provider, first in (
        (Role.ACCOUNT_MANAGER, "cobalt", proposed), (Role.CONTRACT_MANAGER, None, disputed),
    ):  # fmt: skip
        shown = words(signed_in(town, role, provider), at(town, "costs:credits"))
        crumb = shown.partition('<nav class="breadcrumb"')[2].partition("</nav>")[0]
        assert first.record.number in re.sub(r"<[^>]+>", "", crumb), role
    opened = at(town, "costs:credits", engagement="cobalt-services", credit=proposed.public_id)
    assert "Answer credit" in words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), opened)
    assert "Answer credit" not in words(signed_in(town, Role.CONTRACT_MANAGER), opened)


def test_a_waiver_is_answered_by_who_may_approve_it_and_taken_back_by_who_asked() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3650}")
    with enter(town.tenant.pk):
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=manager(town), at=AT)
    for role, provider, offered in (
        (Role.CONTRACT_MANAGER, None, "Withdraw the request"), (Role.SERVICE_OWNER, None, "Answer the waiver"),
        (Role.FINANCE_CONTROLLER, None, "Answer the waiver"), (Role.AUDITOR, None, ""),
        (Role.ACCOUNT_MANAGER, "cobalt", ""),
    ):  # fmt: skip
        page = words(signed_in(town, role, provider), at(town, "costs:credits"))
        shown = [verb for verb in ("Answer the waiver", "Withdraw the request") if f">{verb}<" in page]
        assert shown == ([offered] if offered else []), role
