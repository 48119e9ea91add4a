"""The doors to a review: versions named by the caller, requests withdrawn, outcomes measured only when asked for."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from costs import services
from costs.models import Claim, Credit, CreditNote
from itsm.models import Ticket
from mspgov.jobs.models import Run
from mspgov.obligations.models import Obligation
from mspgov.records.models import Approval
from mspgov.tenancy import feeds
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, do_runs, signed_in, words
from tests.costs.reviewed_town import AT, account, credit_of, manager, relief, reviewed_town
from tests.itsm.measured import ticket
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]


def credit_in(town: Town) -> Credit:
    with enter(town.tenant.pk):
        return credit_of(town)


def test_a_verb_of_a_credit_or_a_claim_is_done_to_the_version_that_was_read() -> None:
    town = reviewed_town("")
    ben, cleo = Client(), Client()
    ben.force_login(manager(town))
    cleo.force_login(account(town))
    one = f"/o/aurora/api/v1/credits/{credit_in(town).public_id}/"
    tag = cleo.get(one)["ETag"]

    def post(client: Client, address: str, body: object, tag: str) -> int:
        return client.post(address, body, "application/json", headers={"If-Match": tag}).status_code

    assert post(cleo, f"{one}accept/", {}, '"another"') == 412
    assert credit_in(town).state == "proposed"
    assert post(cleo, f"{one}accept/", {}, tag) == 200
    assert post(ben, f"{one}waive/", {"reason": "goodwill"}, tag) == 412
    assert post(ben, f"{one}waive/", {"reason": "goodwill"}, ben.get(one)["ETag"]) == 200
    assert post(ben, f"{one}waiver-withdraw/", {}, "*") == 200
    with enter(town.tenant.pk):
        claim = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
        )
    mine = f"/o/aurora/api/v1/claims/{claim.public_id}/"
    assert post(ben, f"{mine}withdraw/", {"reason": "again"}, tag) == 412
    assert post(ben, f"{mine}withdraw/", {"reason": "again"}, ben.get(mine)["ETag"]) == 200
    with enter(town.tenant.pk):
        assert Claim.objects.get().state == "withdrawn"


def test_the_version_of_a_credit_stays_over_midnight_and_comes_with_an_answer_that_is_given_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = reviewed_town("")
    cleo = Client()
    cleo.force_login(account(town))
    one = f"/o/aurora/api/v1/credits/{credit_in(town).public_id}/"
    today, now = cleo.get(one), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1))
    later = cleo.get(one)
    assert later.json()["days_at_stage"] == today.json()["days_at_stage"] + 1 and later["ETag"] == today["ETag"]
    monkeypatch.undo()
    headers = {"Idempotency-Key": "once", "If-Match": later["ETag"]}
    first, again = (cleo.post(f"{one}accept/", {}, "application/json", headers=headers) for _ in range(2))
    assert again["Idempotent-Replayed"] == "true" and first.status_code == again.status_code == 200
    assert first["ETag"] == again["ETag"] == cleo.get(one)["ETag"]


def test_who_asked_for_a_waiver_withdraws_the_request_and_may_ask_again() -> None:
    town = reviewed_town()
    credit = credit_in(town)
    with enter(town.tenant.pk):
        services.ask_waiver(credit=credit, reason="goodwill", by=manager(town), at=AT)
    address = at(town, "costs:credit-waiver-withdraw", credit.public_id)
    page = at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id)
    ben, paulo = signed_in(town, Role.CONTRACT_MANAGER), signed_in(town, Role.FINANCE_CONTROLLER)
    assert address not in words(paulo, page) and address in words(ben, page)
    assert "Only who asked for it can withdraw it" in paulo.post(address).content.decode()
    with enter(town.tenant.pk):
        assert Approval.objects.get().state == "asked"
    assert "Nobody is asked to approve" in words(ben, address)
    assert ben.post(address).status_code == 302
    with enter(town.tenant.pk):
        assert (Approval.objects.get().state, credit_of(town).state) == ("withdrawn", "proposed")
        services.ask_waiver(credit=credit, reason="goodwill, again", by=manager(town), at=AT)


def test_both_outcomes_are_measured_only_when_they_are_asked_for() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.dispute(credit=credit_of(town), text="ours", tickets=[relief(town)], by=account(town), at=AT)
    credit, ben = credit_in(town), signed_in(town, Role.CONTRACT_MANAGER)
    page = words(ben, at(town, "costs:credits", engagement="cobalt-services", credit=credit.public_id))
    asked = at(town, "costs:credit-outcomes", credit.public_id)
    (link,) = [part.partition(">")[0] for part in page.split("<") if asked in part]
    assert link.startswith("a ") and "hx-trigger" not in link
    with enter(town.tenant.pk):
        assert not Run.objects.filter(kind=services.PREVIEW_DECISION).exists()
    assert "progress-box" in ben.post(asked).content.decode()
    do_runs(town)
    with enter(town.tenant.pk):
        run = Run.objects.get(kind=services.PREVIEW_DECISION)
    assert "85.00 %" in words(ben, f"{asked}?run={run.public_id}")


def test_all_that_is_wrong_with_a_credit_note_is_said_at_its_fields_at_once() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        claim = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
        )
    cleo, address = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), at(town, "costs:claim-note", claim.public_id)
    typed = {"number": "", "issued_on": "2999-01-01", "amount": "1.00", "type_code": "261"}
    answer = cleo.post(address, typed | {"file": SimpleUploadedFile("note.pdf", b"no PDF in truth")})
    assert answer.status_code == 200
    errors = {name: said[0] for name, said in answer.context["form"].errors.items()}
    assert errors.keys() == {"number", "issued_on", "amount", "type_code", "file"}
    assert errors["issued_on"] == "The note's date lies ahead" and "EUR 4,209.00 less" in errors["amount"]
    assert "note.pdf is" in errors["file"].lower()
    with enter(town.tenant.pk):
        assert not CreditNote.objects.exists()
    good = {"number": "CN-1", "issued_on": "2026-06-01", "amount": "4210.00", "type_code": "381"}
    assert cleo.post(address, good | {"file": SimpleUploadedFile("note.txt", b"note")}).status_code == 302
    again = cleo.post(address, good | {"file": SimpleUploadedFile("note.txt", b"note")})
    assert again.status_code == 409 and "already: credit note matched" in again.content.decode()


def test_every_file_of_a_dispute_that_is_not_taken_is_named_with_what_else_is_missing() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3650}")
    cleo, address = (
        signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"),
        at(town, "costs:credit-answer", credit_in(town).public_id),
    )
    files = [
        SimpleUploadedFile("empty.txt", b""),
        SimpleUploadedFile("lying.pdf", b"\x89PNG\r\n\x1a\n"),
        SimpleUploadedFile("log.txt", b"seen"),
    ]
    answer = cleo.post(address, {"answer": "dispute", "text": "", "evidence": files})
    errors = answer.context["form"].errors
    assert errors["text"] == ["Say what is disputed and why"]
    assert [said.split(" is ")[0] for said in errors["evidence"]] == ["empty.txt", "lying.pdf"]
    assert credit_in(town).state == "proposed"
    assert (
        cleo.post(
            address, {"answer": "dispute", "text": "not ours", "evidence": SimpleUploadedFile("log.txt", b"seen")}
        ).status_code
        == 302
    )
    assert credit_in(town).state == "disputed"


def test_what_is_said_of_tickets_names_them() -> None:
    town = reviewed_town("")
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        address = at(town, "costs:credit-answer", credit_of(town).public_id)
    said = {"answer": "dispute", "text": "not ours", "kind": "relief_time", "minutes": "1.5"}
    form = cleo.post(address, said).context["form"]
    assert form.errors == {"tickets": ["Name the tickets that this is about"]}
    assert credit_in(town).state == "proposed"
    assert cleo.post(address, {**said, "tickets": "INC001"}).status_code == 302
    opened = at(town, "costs:credits", engagement="cobalt-services", credit=credit_in(town).public_id)
    assert "1 min 30 s relieved" in words(cleo, opened)


def test_what_an_answer_may_need_is_not_marked_optional_and_under_reservation_only_a_dispute_is_left() -> None:
    town = reviewed_town("review: {answer_days: 3650, silence: accepts, decide_days: 3650}")
    cleo, address = (
        signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"),
        at(town, "costs:credit-answer", credit_in(town).public_id),
    )
    page = words(cleo, address)
    label = page.partition('<label for="id_text">')[2].partition("</label>")[0]
    assert "Comment" in label and "optional" not in label and "answered once" not in page
    assert 'id="id_text" required' not in page and " required" not in page.partition('name="text"')[2][:60]
    assert cleo.post(address, {"answer": "reserve", "text": ""}).context["form"].errors["text"] == [
        "Say what is reserved"
    ]
    assert cleo.post(address, {"answer": "reserve", "text": "VAT"}).status_code == 302
    page = words(cleo, address)
    assert 'value="accept"' not in page and 'value="dispute"' in page
    assert cleo.post(address, {"answer": "accept", "text": ""}).status_code == 200
    assert cleo.post(address, {"answer": "dispute", "text": "VAT"}).status_code == 302


def test_an_engineer_finds_neither_claims_nor_amounts() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        services.accept(credit=credit_of(town), by=account(town), at=AT)
        claim = services.claim_credits(
            engagement=town.engagement, credits=[credit_of(town).public_id], by=manager(town), at=AT
        )
        services.hand_in_note(
            claim=claim, number="CN-7", type_code="381", issued_on=date(2026, 5, 31), amount=claim.money,
            file=("cn.txt", 4, BytesIO(b"note")), by=account(town), at=AT,
        )  # fmt: skip
    engineer, ben = signed_in(town, Role.ENGINEER, "cobalt"), signed_in(town, Role.CONTRACT_MANAGER)
    for text in ("CC-COBALT", "Credit note", "4,210"):
        assert "Nothing found." in words(engineer, at(town, "desk:search", q=text)), text
    found = words(ben, at(town, "desk:search", q="CC-COBALT"))
    assert at(town, "costs:claim", claim.public_id) in found and "Credit note CN-7" in found


def test_what_is_owed_about_a_credit_is_kept_from_whoever_may_not_open_it() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        row = Obligation.objects.get(kind="credit.answer")
    engineer, cleo = signed_in(town, Role.ENGINEER, "cobalt"), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    own, month = at(town, "obligations:obligation", row.public_id), f"{row.due_at:%Y-%m}"
    pages = (
        at(town, "obligations:obligations"), at(town, "obligations:obligations", format="csv"),
        at(town, "obligations:calendar", month=month), at(town, "desk:search", q="Answer"),
        at(town, "governance:requests"),
    )  # fmt: skip
    for page in pages:
        assert "Answer CR-2026-05-01" in re.sub("<[^>]+>", "", words(cleo, page)), page
        assert "CR-2026-05-01" not in words(engineer, page), page
    api = f"/o/{town.tenant.slug}/api/v1/obligations/"
    assert [each["id"] for each in cleo.get(api).json()["results"]] == [str(row.public_id)]
    assert engineer.get(api).json()["results"] == []
    for address in (own, f"{api}{row.public_id}/"):
        assert (cleo.get(address).status_code, engineer.get(address).status_code) == (200, 404), address
    for role, shown in ((Role.ACCOUNT_MANAGER, True), (Role.ENGINEER, False)):
        with enter(town.tenant.pk):
            person = town.member(role, "cobalt").person
            secret = feeds.make_feed(person=person, name="phone", at=timezone.now())
        assert (b"CR-2026-05-01" in Client().get(f"/feeds/{secret}.ics").content) == shown, role


def test_a_ticket_is_looked_up_by_its_number_in_the_credits_own_engagement() -> None:
    town = reviewed_town("")
    with enter(town.tenant.pk):
        others = [ticket(town.engagements["dune"], number, AT, 2) for number in ("INC001", "DUNE1")]
        Ticket.objects.bulk_create(others)
    one, ben = f"/o/aurora/api/v1/credits/{credit_in(town).public_id}/", signed_in(town, Role.CONTRACT_MANAGER)
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    assert cleo.post(f"{one}dispute/", {"text": "not ours"}, "application/json").status_code == 200
    for number, status in (("DUNE1", 400), ("INC001", 202)):
        asked = {"tickets": [{"ticket": number, "kind": "client_fault"}]}
        answer = ben.post(f"{one}preview/", asked, "application/json")
        assert (answer.status_code, number in answer.content.decode()) == (status, number == "DUNE1")
    with enter(town.tenant.pk):
        (granted,) = Run.objects.get(kind=services.PREVIEW_DECISION).arguments["grant"]["tickets"]
        assert granted[0] == Ticket.objects.get(engagement=town.engagement, number="INC001").pk
