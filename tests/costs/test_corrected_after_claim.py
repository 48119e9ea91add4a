"""A sealed month is corrected after its claim was noted: the claim stays, and the difference is claimed by itself or owed
back; pages, ledger and API say so."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest

from costs import services
from costs.documents import claim_paper
from costs.models import Claim, Credit, CreditNote, LedgerEntry, Repayment
from costs.queries import credit_page, credits_view, ledger_list
from costs.queries.claims import claim_page, claimable
from mspgov.kernel.money import Money
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.mail.models import Note
from mspgov.records import services as records
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, signed_in, words
from tests.costs.reviewed_town import AT, MAY, account, credit_of, manager, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]


@pytest.fixture
def town() -> Town:
    """May is sealed; its credit of EUR 4,210.00 is claimed, and the claim noted."""
    town = reviewed_town(sealed=True)
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        noted(town, claim(town), "CN-1")
    return town


def claim(town: Town) -> Claim:
    return services.claim_credits(
        engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
    )


def noted(town: Town, claim: Claim, number: str) -> None:
    services.hand_in_note(
        claim=claim, number=number, type_code="381", issued_on=date(2026, 5, 31), amount=claim.money,
        file=("cn.txt", 4, BytesIO(b"note")), by=account(town), at=AT,
    )  # fmt: skip


def settled(town: Town, claim: Claim) -> None:
    services.settle_claim(
        claim=claim, settled_as="invoice", reference="CMS-0616", on=date(2026, 6, 1), by=manager(town), at=AT
    )


def corrected(town: Town, charges: str) -> Credit:
    services.correct_month(
        engagement=town.engagement, month=MAY, reason="The invoice says otherwise", charges=Money(Decimal(charges), "EUR"),
        by=manager(town), at=AT,
    )  # fmt: skip
    return credit_of(town)


def first_of(town: Town) -> Claim:
    found: Claim = Claim.objects.order_by("pk").first()
    return found


@pytest.mark.parametrize("applied", [False, True])
def test_what_a_correction_adds_to_a_noted_claim_is_a_new_entry_that_is_claimed_by_itself(
    town: Town, applied: bool
) -> None:
    with enter(town.tenant.pk):
        first = first_of(town)
        if applied:
            settled(town, first)
        state = credit_of(town).state
        credit = corrected(town, "90000.00")
        assert (credit.balance.text, credit.state, first_of(town).money.text) == ("4500.00", state, "4210.00")
        entry = LedgerEntry.objects.get(kind="correction")
        assert (entry.replaces.money.text, entry.money.text) == ("4210.00", "4500.00")  # type: ignore[union-attr]
        page = claim_page(first.public_id)
        assert (page.now.text, [line.credit_id for line in page.differing]) == ("4500.00", [credit.pk])
        assert list(claimable(town.engagement, AT)) == [credit]
        second = claim(town)
        assert (second.money.text, credit_of(town).state) == ("290.00", state)
        line = second.lines.get()
        assert (line.entry, line.money.text, line.agreed_as) == (entry, "290.00", state)
        with pytest.raises(Conflict, match="already"):
            claim(town)
        noted(town, second, "CN-2")
        settled(town, second)
        if not applied:
            settled(town, Claim.objects.get(pk=first.pk))
        assert credit_of(town).state == "applied" and not claimable(town.engagement, AT).exists()
        assert claim_page(first.public_id).now.text == "4210.00" and claim_page(second.public_id).now.text == "290.00"
        assert claim_paper(claim_page(second.public_id)).rows[0][3:] == ("Difference by correction", "290.00")
        assert verified().is_whole


def test_a_claim_of_a_difference_that_is_withdrawn_leaves_the_credit_where_it_was(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        corrected(town, "90000.00")
        second = claim(town)
        services.withdraw_claim(claim=second, reason="to claim more at once", by=manager(town), at=AT)
        assert credit_of(town).state == "applied"
        corrected(town, "100000.00")
        third = claim(town)
        assert third.money.text == "790.00"
        corrected(town, "90000.00")
        with pytest.raises(Refused, match=r"the credits come to EUR 290\.00"):
            noted(town, third, "CN-3")


def test_the_claim_the_ledger_the_credit_and_the_api_say_what_is_not_claimed_yet(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        credit = corrected(town, "90000.00")
        first = first_of(town)
        assert [line.difference.text if line.difference else "" for line in ledger_list(town.engagement)] == [
            "290.00",
            "",
        ]
        assert credit_page(credit.public_id, as_of=AT).ledger[0].difference is not None
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    page = words(paulo, at(town, "costs:claim", first.public_id))
    assert "Corrected since: the credits come to EUR 4,500.00 now, EUR 290.00 more than the claim." in page
    assert "The claim stays as it was noted" in page and "Withdraw the claim" not in page
    claiming = at(town, "costs:claim-new", engagement="cobalt-services", credit=credit.public_id)
    assert claiming.replace("&", "&amp;") in page
    assert "EUR 290.00, the difference by correction" in words(paulo, claiming)
    assert "in force, 290.00 not claimed yet" in words(paulo, at(town, "costs:ledger"))
    opened = words(paulo, at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id))
    assert "EUR 290.00 is not claimed yet." in opened and "Claim the difference" in opened
    theirs = at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id)
    assert "Claim the difference" not in words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), theirs)
    ledger = paulo.get("/o/aurora/api/v1/ledger/").json()["results"]
    assert [row["difference"] for row in ledger] == ["290.00", None]
    made = paulo.post(claiming, {"credits": str(credit.public_id)})
    again = words(paulo, made["Location"])
    assert "Difference by correction" in again and "290.00" in again
    assert "the difference is claimed in CC-COBALT-2026-0002" in words(paulo, at(town, "costs:claim", first.public_id))


def test_what_a_correction_takes_off_a_noted_claim_is_shown_as_owed_back_and_is_not_claimed(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        credit, first = corrected(town, "80000.00"), first_of(town)
        assert (credit.balance.text, first.money.text, credit.state) == ("4000.00", "4210.00", "applied")
        assert not claimable(town.engagement, AT).exists()
        with pytest.raises(Conflict, match="already applied"):
            claim(town)
    paulo = signed_in(town, Role.FINANCE_CONTROLLER)
    page = words(paulo, at(town, "costs:claim", first.public_id))
    assert "EUR 210.00 less than the claim. The claim stays as it was noted;" in page
    assert "owes EUR 210.00 back to" in page and "Claim the difference" not in page
    assert "in force, 210.00 owed back" in words(paulo, at(town, "costs:ledger"))
    opened = words(paulo, at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id))
    assert "EUR 210.00 is owed back." in opened
    assert paulo.get("/o/aurora/api/v1/ledger/").json()["results"][0]["difference"] == "-210.00"


def test_what_is_owed_back_stands_in_the_figures_of_credits_the_claims_and_home_of_both_sides(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        assert credits_view(town.engagement, as_of=AT).owing == ()
        corrected(town, "80000.00")
        view = credits_view(town.engagement, as_of=AT)
        assert (view.owed_back.text, view.total("applied").text) == ("210.00", "4000.00")
        assert view.sentence == "EUR 210.00 owed back."
    for client in (signed_in(town, Role.FINANCE_CONTROLLER), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")):
        page = words(client, at(town, "costs:credits", engagement="cobalt-services"))
        assert "Owed back, EUR" in page and "by credit notes 4,210.00" in page
        assert "1 credit, corrected after the note" in page
        claims = words(client, at(town, "costs:claims", engagement="cobalt-services"))
        assert "EUR 210.00 is owed back to Cobalt" in claims and "EUR 210.00 owed back" in claims
        home = words(client, at(town, "desk:home"))
        assert "EUR 210.00 is owed back to Cobalt" in home
    assert "owed back" not in words(signed_in(town, Role.ACCOUNT_MANAGER, "dune"), at(town, "desk:home"))
    with enter(town.tenant.pk):
        corrected(town, "84200.00")
        assert credits_view(town.engagement, as_of=AT).owing == ()


def test_a_correction_of_what_was_noted_is_told_to_the_other_side_and_a_preview_tells_nobody(town: Town) -> None:
    with enter(town.tenant.pk):
        services.preview_correction(
            engagement=town.engagement, month=MAY, at=AT, charges=Money(Decimal("80000.00"), "EUR")
        )
        told = Note.objects.filter(key__startswith="correction/")
        assert not told.exists()
        corrected(town, "80000.00")
        assert {note.person for note in told} == {account(town), town.member(Role.FINANCE_CONTROLLER).person}
        text = told.first().text.replace("\u00a0", " ")
        assert "is EUR 4,000.00 now; EUR 210.00 is owed back. The reason: The invoice says otherwise" in text
        corrected(town, "84200.00")
        assert told.count() == 2, "claims hold what it comes to: there is nothing to know"


def paid_back(town: Town, claim: Claim, reference: str = "SEPA-0711") -> Money:
    owed = claim_page(claim.public_id).owed_back or Money.zero("EUR")
    return services.pay_back(
        claim=claim, expected=owed, reference=reference, on=date(2026, 6, 1), by=manager(town), at=AT
    )


def test_what_was_paid_back_is_owed_no_more_and_a_later_correction_counts_from_there(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        corrected(town, "80000.00")
        assert paid_back(town, first_of(town)).text == "210.00"
        page = claim_page(first_of(town).public_id)
        assert (page.owed_back, page.now.text, page.differing) == (None, "4210.00", ())
        assert [(row.money.text, row.reference) for row in page.repayments] == [("210.00", "SEPA-0711")]
        assert credits_view(town.engagement, as_of=AT).owing == () and not claimable(town.engagement, AT).exists()
        corrected(town, "86000.00")
        second = claim(town)
        assert second.money.text == "300.00", "4,300.00 less 4,210.00, of which 210.00 went back"
        noted(town, second, "CN-2")
        corrected(town, "78000.00")
        assert claim_page(first_of(town).public_id).owed_back is None
        assert paid_back(town, Claim.objects.get(pk=second.pk), "SEPA-0712").text == "400.00"
        assert claim_page(second.public_id).owed_back is None and verified().is_whole


def test_nothing_is_paid_back_twice_nor_without_a_reason_to(town: Town) -> None:
    with enter(town.tenant.pk):
        with pytest.raises(Conflict, match="nothing is owed back"):
            paid_back(town, first_of(town))
        corrected(town, "80000.00")
        with pytest.raises(Refused, match="name the payment"):
            paid_back(town, first_of(town), " ")
        for day in (date(2026, 5, 30), date(2030, 1, 1)):
            with pytest.raises(Refused, match="the date lies"):
                services.pay_back(
                    claim=first_of(town), expected=Money(Decimal(210), "EUR"), reference="X", on=day, by=manager(town),
                    at=AT,
                )  # fmt: skip
        with pytest.raises(Conflict, match=r"EUR 210\.00 is owed back by now, not EUR 200\.00"):
            services.pay_back(
                claim=first_of(town), expected=Money(Decimal(200), "EUR"), reference="X", on=date(2026, 6, 1),
                by=manager(town), at=AT,
            )  # fmt: skip
        assert not Repayment.objects.exists()
        paid_back(town, first_of(town))
        with pytest.raises(Conflict, match="nothing is owed back"):
            paid_back(town, first_of(town))
        assert Repayment.objects.count() == 1


def test_a_repayment_is_recorded_on_the_claims_page_and_told_to_the_provider(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        corrected(town, "80000.00")
        first = first_of(town)
    paulo, cleo = signed_in(town, Role.FINANCE_CONTROLLER), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    address = at(town, "costs:claim-repaid", first.public_id)
    assert address in words(paulo, at(town, "costs:claim", first.public_id))
    assert address not in words(cleo, at(town, "costs:claim", first.public_id))
    form = words(paulo, address)
    assert "EUR 210.00 is owed back to" in form and 'name="expected" value="210.00"' in form
    stale = paulo.post(address, {"reference": "SEPA-0711", "on": "2026-06-01", "expected": "200.00"}).content.decode()
    assert "is owed back by now" in stale and "SEPA-0711" in stale
    typed = {"reference": "SEPA-0711", "expected": "210.00"}
    refused = paulo.post(address, typed | {"on": "2030-01-01"}).content.decode()
    assert "The date lies ahead" in refused and "SEPA-0711" in refused
    assert paulo.post(address, typed | {"on": "2026-06-01"}).status_code == 302
    for client in (paulo, cleo):
        page = words(client, at(town, "costs:claim", first.public_id))
        assert "Paid back" in page and "SEPA-0711" in page and "owes EUR" not in page
        assert "owed back" not in words(client, at(town, "desk:home"))
    assert "Nothing is owed back" in words(paulo, address)
    row = paulo.get(f"/o/aurora/api/v1/claims/{first.public_id}/").json()
    assert row["paid_back"] == "210.00"
    again = paulo.post(
        f"/o/aurora/api/v1/claims/{first.public_id}/repaid/", {"reference": "X", "on": "2026-06-01", "amount": "210.00"},
        content_type="application/json",
    )  # fmt: skip
    assert again.status_code == 409
    with enter(town.tenant.pk):
        note = Note.objects.get(key__contains="/back/")
        assert note.person == account(town) and "EUR 210.00 is paid back" in note.subject.replace("\u00a0", " ")


def test_nothing_is_owed_back_of_a_claim_without_a_note(town: Town) -> None:
    """4,210.00 is noted; a difference of 290.00 is claimed, and before its note comes the credit falls to 4,300.00."""
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        corrected(town, "90000.00")
        second = claim(town)
        corrected(town, "86000.00")
        first, later = claim_page(first_of(town).public_id), claim_page(second.public_id)
        assert (first.owed_back, first.now.text) == (None, "4210.00")
        assert (later.owed_back, later.now.text) == (None, "90.00")
        assert credits_view(town.engagement, as_of=AT).owing == () and not claimable(town.engagement, AT).exists()
        with pytest.raises(Conflict, match="nothing is owed back"):
            paid_back(town, second)
        with pytest.raises(Refused, match=r"the credits come to EUR 90\.00"):
            noted(town, second, "CN-2")
        told = Note.objects.filter(key__startswith="correction/").order_by("-pk")[0].text.replace("\u00a0", " ")
        assert "is EUR 4,300.00 now; its claim without a note is to be withdrawn and made anew." in told
        corrected(town, "80000.00")
        assert claim_page(first_of(town).public_id).owed_back == Money(Decimal("210.00"), "EUR")
        assert (claim_page(second.public_id).now.text, claim_page(second.public_id).owed_back) == ("0.00", None)
        told = Note.objects.filter(key__startswith="correction/").order_by("-pk")[0].text.replace("\u00a0", " ")
        assert "EUR 210.00 is owed back, its claim without a note is to be withdrawn" in told
        services.withdraw_claim(claim=second, reason="the month was corrected", by=manager(town), at=AT)
        assert paid_back(town, first_of(town)).text == "210.00"


def test_the_number_of_a_note_is_known_within_its_engagement_only(town: Town) -> None:
    with enter(town.tenant.pk):
        settled(town, first_of(town))
        corrected(town, "90000.00")
        second = claim(town)
        known = services.faults_of_note(claim=second, number="CN-1", at=AT)
        assert known == [("number", "credit note CN-1 was handed in for another claim")]
        dune = {"engagement": town.engagements["dune"], "at": AT}
        theirs = Claim.objects.create(
            record=records.open_record(kind="credit claim", title="Claim", state="issued", **dune), amount=1, currency="EUR",
            issued_on=AT.date(), by=manager(town), **dune,
        )  # fmt: skip
        CreditNote.objects.create(
            record=records.open_record(kind="credit note", title="Note", state="matched", **dune), claim=theirs, number="CN-9",
            type_code="381", issued_on=AT.date(), amount=1, currency="EUR", by=manager(town), **dune,
        )  # fmt: skip
        assert services.faults_of_note(claim=second, number="CN-9", at=AT) == []
