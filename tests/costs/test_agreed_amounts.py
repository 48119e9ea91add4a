"""An agreement holds for the amount that was agreed, and no more: what has risen is asked about again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from costs import services
from costs.models import Claim, Credit, LedgerEntry
from costs.queries.account import account as judged
from costs.queries.claims import claimable
from costs.services.asking import ask_for_answers
from mspgov.kernel.money import Money
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.obligations.models import Obligation
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.reviewed_town import AT, MAY, account, credit_of, manager, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
DUE = datetime(2026, 6, 11, 22, tzinfo=UTC)  # the end of 11 June in Berlin
OPEN = "review: {answer_days: 10, silence: stays_open, decide_days: 5, ladder: [{name: Executives, days: 10}]}"


def charge(town: Town, amount: str, at: datetime) -> None:
    """Other charges of May, and so another credit: one twentieth of them."""
    services.set_charges(engagement=town.engagement, month=MAY, amount=Money(Decimal(amount), "EUR"), by=None, at=at)
    services.propose_credits(engagement=town.engagement, at=at)


@pytest.mark.parametrize(
    ("kind", "gross", "earned_back", "state"),
    [
        ("correction", "4100", "4000", "accepted"),  # 100 are left of the 210 that were accepted
        ("correction", "4300", "4000", "proposed"),
        ("earn_back", "4210", "3000", "proposed"),
        ("earn_back", "4210", "4210", "accepted"),
    ],
)
def test_what_is_left_is_held_against_what_was_left_when_it_was_accepted(
    kind: str, gross: str, earned_back: str, state: str
) -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        Credit.objects.update(earned_back=Decimal(4000))
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        credit, later = credit_of(town), AT + timedelta(days=1)
        credit.amount, credit.earned_back = Decimal(gross), Decimal(earned_back)
        amount = Decimal(gross) if kind == "correction" else -Decimal(earned_back)
        entry = LedgerEntry(engagement=town.engagement, credit=credit, kind=kind, amount=amount, currency="EUR")
        found = judged(town.engagement, as_of=later)
        ask_for_answers(found, town.engagement, [credit], [entry], by=None, at=later)
        assert credit_of(town).state == state
        assert Obligation.objects.living().filter(kind="credit.answer").exists() == (state == "proposed")


def test_a_credit_that_rose_while_it_was_claimed_is_proposed_again_when_the_claim_is_withdrawn() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        claim = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
        )
        charge(town, "126300", AT + timedelta(days=1))
        assert (credit_of(town).state, credit_of(town).balance.text) == ("claimed", "6315.00")
        later = AT + timedelta(days=2)
        services.withdraw_claim(claim=claim, reason="corrected", by=manager(town), at=later)
        again = credit_of(town)
        assert (again.state, again.agreed_at) == ("proposed", None)
        assert again.answer_due_at == datetime(2026, 6, 13, 22, tzinfo=UTC)
        assert Obligation.objects.living().filter(kind="credit.answer", about=again.record).count() == 1
        assert verified().is_whole


def test_more_than_was_agreed_is_not_claimed() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        Credit.objects.update(amount=Decimal(6315))
        with pytest.raises(Refused, match="has risen since it was agreed"), transaction.atomic():
            services.claim_credits(
                engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
            )
        assert not Claim.objects.exists() and credit_of(town).state == "accepted"


def test_a_reserved_credit_is_claimed_when_it_can_no_longer_be_disputed() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept_under_reservation(credit=credit_of(town), text="VAT", by=account(town), at=AT)
        asked = {"engagement": town.engagement, "credits": [credit_of(town).public_id], "by": manager(town)}
        early = DUE - timedelta(microseconds=1)
        with pytest.raises(Refused, match="CR-2026-05-01 can still be disputed"), transaction.atomic():
            services.claim_credits(**asked, at=early)  # type: ignore[arg-type]
        assert not Claim.objects.exists() and credit_of(town).state == "reserved"
        assert [list(claimable(town.engagement, now)) for now in (early, DUE)] == [[], [credit_of(town)]]
        services.claim_credits(**asked, at=DUE)  # type: ignore[arg-type]
        assert credit_of(town).state == "claimed"


def test_a_credit_that_is_asked_about_anew_is_no_longer_to_be_decided() -> None:
    town = reviewed_town(OPEN)
    services.sweep(DUE)
    with enter(town.tenant.pk):
        assert Obligation.objects.living().get().kind == "credit.decide"
        charge(town, "126300", DUE + timedelta(days=1))
        assert Obligation.objects.living().get().kind == "credit.answer"
        services.accept(credit=credit_of(town), by=account(town), at=DUE + timedelta(days=2))
        assert not Obligation.objects.living().exists()


def test_a_waiver_holds_for_what_was_asked_about_and_no_more() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        owner = town.member(Role.SERVICE_OWNER).person
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=manager(town), at=AT)
        charge(town, "126300", AT + timedelta(hours=1))
        with pytest.raises(Conflict, match=r"was EUR 4,210\.00 when .* is EUR 6,315\.00 by now"), transaction.atomic():
            services.decide_waiver(credit=credit_of(town), approve=True, answer="", by=owner, at=AT)
        assert credit_of(town).state == "proposed"
        charge(town, "60000", AT + timedelta(hours=2))
        services.decide_waiver(credit=credit_of(town), approve=True, answer="", by=owner, at=AT)
        assert (credit_of(town).state, credit_of(town).balance.text) == ("waived", "3000.00")


def test_a_waived_credit_that_rises_above_what_was_waived_is_proposed_again() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=manager(town), at=AT)
        services.decide_waiver(
            credit=credit_of(town), approve=True, answer="", by=town.member(Role.SERVICE_OWNER).person, at=AT
        )
        charge(town, "80000", AT + timedelta(days=1))
        assert (credit_of(town).state, credit_of(town).balance.text) == ("waived", "4000.00")
        charge(town, "126300", AT + timedelta(days=2))
        again = credit_of(town)
        assert (again.state, again.balance.text) == ("proposed", "6315.00")
        assert Obligation.objects.living().filter(kind="credit.answer", about=again.record).count() == 1
        assert verified().is_whole


def test_a_disputed_credit_that_comes_to_nothing_is_not_decided_until_it_is_something_again() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.dispute(credit=credit_of(town), text="not ours", tickets=[], by=account(town), at=AT)
        assert Obligation.objects.living().get().kind == "credit.decide"
        charge(town, "0", AT + timedelta(days=1))
        credit = credit_of(town)
        assert (credit.state, credit.balance.text) == ("disputed", "0.00")
        assert (credit.decide_due_at, credit.lapses_at) == (None, None) and not Obligation.objects.living().exists()
    assert services.sweep(AT + timedelta(days=300)) == 0
    with enter(town.tenant.pk):
        charge(town, "84200", AT + timedelta(days=2))
        credit = credit_of(town)
        assert (credit.state, credit.balance.text) == ("disputed", "4210.00")
        owed = Obligation.objects.living().get()
        assert (owed.kind, owed.due_at) == ("credit.decide", credit.decide_due_at)
        assert credit.decide_due_at == datetime(2026, 6, 8, 22, tzinfo=UTC) == credit.lapses_at, "five days from 3 June"
        assert verified().is_whole
