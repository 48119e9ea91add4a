"""Pages of contracts and service levels: what is promised, how it changed, and a terms file taken step by step."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contracts.models import Contract, TermsVersion
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, Role
from tests.contracts.promises import CHANGED, TERMS, at, level, promised, signed_in
from tests.costs.charged_town import TERMS as CHARGED
from tests.costs.charged_town import charged_town
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


@pytest.fixture
def contract(town: Town) -> Contract:
    return promised(town)


@pytest.fixture
def ben(town: Town) -> Client:
    return signed_in(town, Role.CONTRACT_MANAGER)


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode().replace("\u00a0", " ")


def versions(town: Town) -> int:
    with enter(town.tenant.pk):
        return TermsVersion.objects.count()


@pytest.mark.requirement("R2.1")
@pytest.mark.parametrize("role", sorted([*CLIENT, Role.BOARD_MEMBER]))
def test_every_role_of_the_client_reads_the_contract(town: Town, contract: Contract, role: Role) -> None:
    page = words(signed_in(town, role), at(town, "contracts:contract", contract.public_id))
    for said in ("MSA-7", "Schedule 4 §2.2", "EUR 100,000.00", "10 %, EUR 10,000.00", "4,000.00", "6,000.00", "§6.4"):
        assert said in page
    assert ("Amend terms" in page) == (role in (Role.CONTRACT_MANAGER, Role.TENANT_ADMINISTRATOR))


def test_a_provider_reads_its_own_contract_only(town: Town, contract: Contract) -> None:
    own, other = signed_in(town, Role.ENGINEER, "cobalt"), signed_in(town, Role.ENGINEER, "dune")
    addresses = [
        at(town, "contracts:contract", contract.public_id),
        at(town, "contracts:terms", contract.public_id),
        at(town, "contracts:service-level", level(town).public_id),
    ]
    assert [own.get(address).status_code for address in addresses] == [200, 200, 200]
    assert [other.get(address).status_code for address in addresses] == [404, 404, 404]
    assert "MSA-7" not in words(other, at(town, "contracts:contracts"))


def test_the_service_level_says_its_promise_in_words(town: Town, contract: Contract, ben: Client) -> None:
    page = words(ben, at(town, "contracts:service-level", level(town).public_id))
    for said in (
        "Resolution within 4 h of office time.",
        "Monday 08:00–12:00, 13:00–17:30; Tuesday 08:00–17:30",
        "Waiting for the client",
        "Forgiven when fewer than 10 counted and no more than 1 failed",
        "EUR 4,000.00",
        "It stands as it was first agreed.",
    ):
        assert said in page


def test_a_reported_level_has_no_clock(town: Town, contract: Contract, ben: Client) -> None:
    page = words(ben, at(town, "contracts:service-level", level(town, "up").public_id))
    assert "Availability, as reported for the month." in page
    assert "Clock stops while" not in page


@pytest.mark.requirement("R2.4")
def test_an_amendment_shows_what_it_changed_and_old_terms_stay_readable(
    town: Town, contract: Contract, ben: Client
) -> None:
    promised(town, CHANGED, date(2026, 3, 1))
    own = at(town, "contracts:contract", contract.public_id)
    assert "P1 resolution: target 4 h → 3 h" in words(ben, own)
    assert "not the terms in force today" in words(ben, f"{own}?version=1")
    compared = words(ben, at(town, "contracts:compare", contract.public_id) + "?before=1&after=2")
    assert "2 places differ." in compared
    assert "97.5 %" in compared
    assert "Amendment 1" in words(ben, at(town, "contracts:service-level", level(town).public_id))
    file = ben.get(at(town, "contracts:terms", contract.public_id) + "?version=1")
    assert file.content.decode() == TERMS
    assert file["Content-Disposition"] == 'attachment; filename="MSA-7-version-1.yaml"'
    assert ben.get(f"{own}?version=7").status_code == 404


def test_a_service_level_that_is_no_longer_promised_keeps_its_page(town: Town, contract: Contract, ben: Client) -> None:
    line = "  - {key: up, name: Uptime, measure: availability, expected: 99.5}\n"
    promised(town, TERMS.replace(line, ""), date(2026, 2, 1))
    assert "No longer promised." in words(ben, at(town, "contracts:service-level", level(town, "up").public_id))


@pytest.mark.requirement("R2.1")
def test_terms_begin_a_contract_after_a_preview(town: Town, ben: Client) -> None:
    address = at(town, "contracts:import")
    asked = {"engagement": town.engagement.pk, "text": TERMS}
    preview = ben.post(address, asked)
    assert "MSA-7 begins: 15 Jan 2026 to 31 Dec 2028" in preview.content.decode().replace("\u00a0", " ")
    assert versions(town) == 0
    done = ben.post(address, {**asked, "step": "confirm"})
    assert done.status_code == 302
    assert versions(town) == 1


def test_terms_come_as_a_file_too_and_stay_on_the_page(town: Town, ben: Client) -> None:
    file = SimpleUploadedFile("terms.yaml", TERMS.encode())
    preview = ben.post(at(town, "contracts:import"), {"engagement": town.engagement.pk, "file": file}).content.decode()
    assert "2 service levels" in preview.replace("\u00a0", " ")
    assert "reference: MSA-7" in preview


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TERMS.replace("hours: 4", "hours: 0"), "Line 15: service_levels[0].target.hours: must be greater than 0"),
        (TERMS.replace("expected: 95", "expcted: 95"), "Line 17: service_levels[0].expcted: unknown key"),
        (TERMS.replace("Europe/Berlin\n", "Europe/Atlantis\n"), "calendars.office.time_zone"),
        (TERMS + "  broken: [", "line 29"),
        ("", "Paste the terms or choose a file."),
    ],
)
def test_a_fault_stands_beside_its_line_and_what_was_typed_stays(town: Town, ben: Client, text: str, said: str) -> None:
    answer = ben.post(at(town, "contracts:import"), {"engagement": town.engagement.pk, "text": text, "step": "confirm"})
    page = answer.content.decode().replace("&#x27;", "'")
    assert said in page
    assert not text or "MSA-7" in page
    assert versions(town) == 0


def test_a_file_in_another_encoding_is_named(town: Town, ben: Client) -> None:
    file = SimpleUploadedFile("terms.yaml", "contract: {reference: Verträge}".encode("latin-1"))
    answer = ben.post(at(town, "contracts:import"), {"engagement": town.engagement.pk, "file": file})
    assert "is not text in UTF-8" in answer.content.decode()


@pytest.mark.requirement("R2.4")
def test_an_amendment_is_previewed_and_then_written_from_its_month(town: Town, contract: Contract, ben: Client) -> None:
    address = at(town, "contracts:amend", contract.public_id)
    assert "reference: MSA-7" in words(ben, address)
    preview = ben.post(address, {"text": CHANGED, "effective": "2026-07"}).content.decode()
    assert "From July 2026 on 2 places of the terms will differ." in preview.replace("\u00a0", " ")
    assert versions(town) == 1
    assert ben.post(address, {"text": CHANGED, "effective": "2026-07", "step": "confirm"}).status_code == 302
    with enter(town.tenant.pk):
        amendment = TermsVersion.objects.get(version=2)
        assert (amendment.effective_on, amendment.by) == (date(2026, 7, 1), town.member(Role.CONTRACT_MANAGER).person)


@pytest.mark.parametrize(
    ("month", "said"),
    [("", "Give the first month"), ("July", "Must be a month"), ("2035-01", "lies outside the contract")],
)
def test_a_wrong_month_is_said_at_the_month(town: Town, contract: Contract, ben: Client, month: str, said: str) -> None:
    address = at(town, "contracts:amend", contract.public_id)
    answer = ben.post(address, {"text": CHANGED, "effective": month, "step": "confirm"})
    assert said in answer.content.decode()
    assert 'href="#id_effective"' in answer.content.decode()
    assert versions(town) == 1


def test_equal_terms_change_nothing(town: Town, contract: Contract, ben: Client) -> None:
    address = at(town, "contracts:amend", contract.public_id)
    answer = ben.post(address, {"text": "# a comment\n" + TERMS, "effective": "2026-07"})
    assert "Nothing changes" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.SERVICE_OWNER, Role.AUDITOR, Role.FINANCE_CONTROLLER])
def test_only_those_who_keep_contracts_import_terms(town: Town, contract: Contract, role: Role) -> None:
    client = signed_in(town, role)
    for address in (at(town, "contracts:import"), at(town, "contracts:amend", contract.public_id)):
        assert client.get(address).status_code == 404
        assert client.post(address, {"text": CHANGED, "effective": "2026-07", "step": "confirm"}).status_code == 404
    assert versions(town) == 1


@pytest.mark.requirement("R2.4")
def test_an_amendment_of_sealed_months_names_them_and_says_that_they_stay() -> None:
    town = charged_town()
    changed = CHARGED.replace("expected: 95", "expected: 97")
    with enter(town.tenant.pk):
        contract = Contract.objects.get()
    ben, address = signed_in(town, Role.CONTRACT_MANAGER), at(town, "contracts:amend", contract.public_id)

    def preview(month: str) -> str:
        return ben.post(address, {"text": changed, "effective": month}).content.decode().replace("\u00a0", " ")

    both, one, none = preview("2016-03"), preview("2016-04"), preview("2016-05")
    assert "March and April 2016 are sealed: their results and credits stay as they were sealed" in both
    assert "April 2016 is sealed: its results and credits stay as they were sealed until the month is corrected" in one
    assert "will differ" in none and "sealed" not in none
