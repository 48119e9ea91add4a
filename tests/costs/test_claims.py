"""Agreed credits are claimed in a numbered document; the credit note is matched; the claim is applied or paid."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from costs import services
from costs.documents import claim_paper
from costs.models import Claim, ClaimLine, Credit, CreditNote
from costs.queries.claims import claim_page, claims_with
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.mail.models import Note
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, signed_in, words
from tests.costs.reviewed_town import AT, REVIEW, account, credit_of, manager, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]


def agreed(town: Town) -> Credit:
    services.accept(credit=credit_of(town), by=account(town), at=AT)
    return credit_of(town)


def claimed(town: Town) -> Claim:
    return services.claim_credits(engagement=town.engagement, credits=[agreed(town).public_id], by=manager(town), at=AT)


def note(town: Town, claim: Claim, amount: str | Money = "4210.00", **asked: Any) -> CreditNote:
    given = {
        "number": "CN-1", "type_code": "381", "issued_on": date(2026, 5, 31), "amount": Money(Decimal(amount), "EUR") if isinstance(amount, str) else amount,
        "file": ("cn-1.txt", 4, BytesIO(b"note")), "by": account(town), "at": AT,
    }  # fmt: skip
    return services.hand_in_note(claim=claim, **given | asked)  # type: ignore[arg-type]


def refused(why: str, act: Callable[[], object], kind: type[Exception] = Refused) -> None:
    with pytest.raises(kind, match=why), transaction.atomic():
        act()


def test_a_claim_has_a_number_of_its_tenant_provider_and_year_and_a_run_prints_it() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
        assert (claim.record.number, claim.money.text, credit_of(town).state) == (
            "CC-COBALT-2026-0001",
            "4210.00",
            "claimed",
        )
        assert Run.objects.filter(kind="costs.print_claim", key=str(claim.public_id)).count() == 1
        paper = claim_paper(claim_page(claim.public_id))
        assert paper.rows == (("CR-2026-05-01", "P2 resolution", "May 2026", "Accepted", "4,210.00"),)
        assert Note.objects.filter(kind="credits.claim", person=account(town)).count() == 1


def test_an_agreed_credit_offers_its_claim_to_whoever_claims_and_to_nobody_else() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = agreed(town)
    opened = at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id)
    claiming = at(town, "costs:claim-new", engagement="cobalt-services", credit=credit.public_id)
    assert claiming.replace("&", "&amp;") in words(signed_in(town, Role.FINANCE_CONTROLLER), opened)
    assert claiming.replace("&", "&amp;") not in words(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), opened)


def test_where_a_credit_is_claimed_is_told_in_its_own_engagement_only() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        line = claimed(town).lines.get()
        named = [str(line.credit.public_id), "nothing"]
        assert claims_with(town.engagement, named) == (line,)
        assert claims_with(town.engagements["dune"], named) == ()


def test_the_document_of_a_claim_is_not_there_before_it_is_printed() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
    address = at(town, "costs:claim-file", claim.public_id)
    assert signed_in(town, Role.CONTRACT_MANAGER).get(address).status_code == 404
    with enter(town.tenant.pk):
        services.keep_claim_file(claim=claim, pdf=b"%PDF-1.7 claim")
    assert signed_in(town, Role.CONTRACT_MANAGER).get(address).status_code == 200


def test_only_agreed_credits_are_claimed_and_each_once() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = credit_of(town)

        def claim() -> Claim:
            return services.claim_credits(
                engagement=town.engagement, credits=[credit.public_id], by=manager(town), at=AT
            )

        refused("already proposed", claim, Conflict)
        refused("choose agreed credits", lambda: services.claim_credits(engagement=town.engagement, credits=[], by=manager(town), at=AT))  # fmt: skip
        agreed(town)
        services.ask_waiver(credit=credit, reason="goodwill", by=manager(town), at=AT)
        refused("a waiver of CR-2026-05-01 waits", claim)
        services.decide_waiver(
            credit=credit, approve=False, answer="no", by=town.member(Role.SERVICE_OWNER).person, at=AT
        )
        claim()
        refused("already claimed", claim, Conflict)
        assert Claim.objects.count() == ClaimLine.objects.count() == 1


def test_a_note_of_the_same_amount_matches_and_the_claim_is_applied_to_an_invoice() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
        refused("credit note is missing", lambda: services.settle_claim(claim=claim, settled_as="invoice", reference="X", on=date(2026, 6, 1), by=manager(town), at=AT))  # fmt: skip
        matched = note(town, claim)
        assert (matched.record.state, matched.type_code, credit_of(town).state) == ("matched", "381", "documented")
        refused("name the invoice", lambda: services.settle_claim(claim=claim, settled_as="invoice", reference=" ", on=date(2026, 6, 1), by=manager(town), at=AT))  # fmt: skip
        services.settle_claim(claim=claim, settled_as="invoice", reference="CMS-0616", on=date(2026, 6, 1), by=manager(town), at=AT)  # fmt: skip
        done = Claim.objects.get()
        assert (done.state, done.settled_reference, credit_of(town).state) == ("settled", "CMS-0616", "applied")
        assert credit_of(town).applied_at == AT and verified().is_whole
        refused("already: settled", lambda: services.settle_claim(claim=claim, settled_as="invoice", reference="X", on=date(2026, 6, 1), by=manager(town), at=AT), Conflict)  # fmt: skip


def test_no_form_to_settle_opens_before_the_note_has_come_and_its_address_says_what_is_missing() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
    ben = Client()
    ben.force_login(manager(town))
    page = ben.get(at(town, "costs:claim", claim.public_id)).content.decode()
    assert "Settle the claim" not in page
    address = at(town, "costs:claim-settle", claim.public_id)
    page = words(ben, address)
    assert "The credit note of Cobalt" in page and "is missing." in page and 'name="reference"' not in page
    sent = ben.post(address, {"settled_as": "invoice", "reference": "X", "on": "2026-06-01"})
    assert sent.status_code == 200 and "Somebody was faster" not in sent.content.decode()
    with enter(town.tenant.pk):
        assert Claim.objects.get().state == "issued"
        note(town, claim)
    assert 'name="reference"' in words(ben, address)


@pytest.mark.parametrize(("amount", "said"), [("1.00", "EUR 4,209.00 less"), ("4500.00", "EUR 290.00 more")])
def test_a_note_of_another_amount_is_refused_and_says_what_to_do(amount: str, said: str) -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
        refused(f"{said}. Correct the note, or let the client withdraw the claim", lambda: note(town, claim, amount))
        assert CreditNote.objects.count() == 0 and credit_of(town).state == "claimed"
        assert note(town, claim).money == claim.money
        refused("already", lambda: note(town, claim, number="CN-2"), Conflict)


def test_a_note_is_not_matched_where_a_month_was_corrected_since_the_claim() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
        Credit.objects.update(amount=Decimal(6315))
        refused("the credits come to EUR 6,315.00. Let the client withdraw", lambda: note(town, claim))
        assert CreditNote.objects.count() == 0 and credit_of(town).state == "claimed"


def test_a_note_is_one_link_of_the_chain_that_names_its_file() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim, links = claimed(town), Seal.objects.count()
        matched = note(town, claim)
        link = Seal.objects.latest("position")
        assert Seal.objects.count() == links + 1 and matched.file is not None
        assert (link.what, link.after["sha256"]) == ("hand in", matched.file.sha256)


def test_claims_are_read_in_as_many_queries_for_many_as_for_one_and_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    town = reviewed_town()
    client = Client()
    client.force_login(manager(town))
    counted = []
    for number in range(3):
        with enter(town.tenant.pk):
            claim = (
                claimed(town)
                if not number
                else services.claim_credits(
                    engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
                )
            )
            services.withdraw_claim(claim=claim, reason="again", by=manager(town), at=AT)
        with CaptureQueriesContext(connection) as asked:
            rows = client.get("/o/aurora/api/v1/claims/").json()["results"]
        assert len(rows) == number + 1 and all(row["credits"] == ["CR-2026-05-01"] for row in rows)
        counted.append(len(asked))
    assert counted[1] == counted[2]
    monkeypatch.setattr("costs.views.claims.PER_PAGE", 2)
    first, second = (
        re.sub("<[^>]+>", "", client.get(f"/o/aurora/money/claims/?page={page}").content.decode()).replace(
            "\u00a0", " "
        )
        for page in (1, 2)
    )
    assert "3 claims." in first and "1 to 2 of 3" in first
    assert ["CC-COBALT-2026-0001" in page for page in (first, second)] == [False, True]
    assert ["CC-COBALT-2026-0003" in page for page in (first, second)] == [True, False]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"amount": Money(Decimal("4210.00"), "USD")}, "the claim is in EUR, the note in USD"),
        ({"amount": Money(Decimal(0), "EUR")}, "more than nothing"),
        ({"type_code": "380"}, "type 381"),
        ({"type_code": "261"}, "does not agree on self-billed"),
        ({"issued_on": date(2026, 6, 2)}, "lies ahead"),
        ({"issued_on": date(2025, 12, 31)}, "before the contract, which began on 1 January 2026"),
        ({"number": " "}, "has a number"),
        ({"file": ("note.exe", 4, BytesIO(b"MZ\x00\x00"))}, "not taken"),
    ],
)
def test_a_note_that_cannot_be_is_refused_and_nothing_is_kept(asked: dict[str, Any], why: str) -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
        refused(why, lambda: note(town, claim, **asked))
        assert CreditNote.objects.count() == 0 and credit_of(town).state == "claimed"


def test_a_self_billed_note_is_taken_where_the_contract_agrees_on_it() -> None:
    town = reviewed_town(REVIEW.replace("silence: accepts", "silence: accepts, self_billed: true"))
    with enter(town.tenant.pk):
        assert note(town, claimed(town), type_code="261").type_code == "261"


def test_a_withdrawn_claim_leaves_its_credits_as_they_were_agreed() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept_under_reservation(credit=credit_of(town), text="VAT", by=account(town), at=AT)
        over = AT + timedelta(days=11)
        claim = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=over
        )
        refused("say why", lambda: services.withdraw_claim(claim=claim, reason="", by=manager(town), at=AT))
        services.withdraw_claim(claim=claim, reason="wrong month", by=manager(town), at=over)
        assert (Claim.objects.get().state, credit_of(town).state, credit_of(town).claimed_at) == (
            "withdrawn",
            "reserved",
            None,
        )
        second = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=over
        )
        assert second.record.number == "CC-COBALT-2026-0002"


def test_a_printed_claim_is_kept_once() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        claim = claimed(town)
        first = services.keep_claim_file(claim=claim, pdf=b"%PDF-1.7 one")
        second = services.keep_claim_file(claim=claim, pdf=b"%PDF-1.7 two")
        assert (
            first.file_id == second.file_id
            and second.file is not None
            and second.file.name == "CC-COBALT-2026-0001.pdf"
        )
