"""The API of contracts: read by everyone who sees them, terms sent by those who keep them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import TermsVersion
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.contracts.promises import CHANGED, TERMS, at, calendar, level, promised, signed_in
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def versions(town: Town) -> int:
    with enter(town.tenant.pk):
        return TermsVersion.objects.count()


def test_contracts_service_levels_and_calendars_are_read(town: Town) -> None:
    contract = promised(town)
    client = signed_in(town, Role.AUDITOR)
    found = client.get(at(town, "api:contracts")).json()["results"]
    assert [(row["reference"], row["version"], row["monthly_charges"]) for row in found] == [("MSA-7", 1, "100000.00")]
    assert client.get(at(town, "api:contracts-detail", contract.public_id)).json()["starts"] == "2026-01-15"
    levels = client.get(at(town, "api:service-levels") + "?engagement=cobalt-services").json()["results"]
    assert [(row["key"], row["expected"]) for row in levels] == [("p1", "95"), ("up", "99.5")]
    one = client.get(at(town, "api:service-levels-detail", level(town).public_id)).json()
    assert one["targets"] == [{"priority": None, "seconds": 14400}]
    calendars = client.get(at(town, "api:calendars")).json()["results"]
    assert [(row["name"], row["contract"]) for row in calendars] == [("office", "MSA-7")]
    assert client.get(at(town, "api:calendars-detail", calendar(town).public_id)).json()["clause"] == "Schedule 4 §3"


def test_the_terms_of_a_contract_are_yaml(town: Town) -> None:
    contract = promised(town)
    promised(town, CHANGED, contract.starts_on.replace(month=3, day=1))
    client = signed_in(town, Role.AUDITOR)
    address = at(town, "api:contracts-terms", contract.public_id)
    assert client.get(address).content.decode() == CHANGED
    first = client.get(address + "?version=1")
    assert (first.content.decode(), first["Content-Type"]) == (TERMS, "application/yaml; charset=utf-8")
    assert client.get(address + "?version=9").status_code == 404
    assert client.get(address + "?version=x").json()["errors"] == [
        {"field": "version", "why": "must be a whole number"}
    ]


@pytest.mark.requirement("R2.1")
def test_terms_are_sent_as_a_body_as_a_file_or_as_json(town: Town) -> None:
    client, address = signed_in(town, Role.CONTRACT_MANAGER), at(town, "api:contracts")
    body = client.post(f"{address}?engagement=cobalt-services", TERMS, content_type="application/yaml")
    assert (body.status_code, body.json()["version"]) == (201, 1)
    again = client.post(address, {"engagement": "cobalt-services", "terms": TERMS}, content_type="application/json")
    assert again.status_code == 200
    file = SimpleUploadedFile("terms.yaml", CHANGED.encode())
    sent = client.post(address, {"engagement": "cobalt-services", "file": file, "effective": "2026-03-01"})
    assert (sent.status_code, sent.json()["versions"]) == (201, 2)


@pytest.mark.parametrize(
    ("sent", "field", "why"),
    [
        ({"terms": TERMS.replace("hours: 4", "hours: 0")}, "service_levels[0].target.hours", "must be greater than 0"),
        ({"terms": TERMS, "effective": "2026-03-02"}, "effective", "an amendment begins on the first of a month"),
        ({"terms": TERMS, "effective": "soon"}, "effective", "is not a date"),
        ({"terms": ""}, "terms", ""),
        ({"terms": TERMS, "engagement": "elsewhere"}, "engagement", "there is no such engagement"),
    ],
)
def test_bad_terms_are_400_with_the_path_and_nothing_is_written(
    town: Town, sent: dict[str, str], field: str, why: str
) -> None:
    client = signed_in(town, Role.CONTRACT_MANAGER)
    body = {"engagement": "cobalt-services", **sent}
    answer = client.post(at(town, "api:contracts"), body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert why in answer.json()["errors"][0]["why"]
    assert versions(town) == 0


def test_who_may_not_import_terms_gets_404_and_another_provider_sees_nothing(town: Town) -> None:
    contract = promised(town)
    body = {"engagement": "cobalt-services", "terms": CHANGED, "effective": "2026-07-01"}
    owner, other = signed_in(town, Role.SERVICE_OWNER), signed_in(town, Role.ENGINEER, "dune")
    assert owner.post(at(town, "api:contracts"), body, content_type="application/json").status_code == 404
    assert other.get(at(town, "api:contracts")).json()["results"] == []
    assert other.get(at(town, "api:service-levels")).json()["results"] == []
    assert other.get(at(town, "api:calendars")).json()["results"] == []
    assert other.get(at(town, "api:contracts-terms", contract.public_id)).status_code == 404
    assert versions(town) == 1


@pytest.mark.requirement("R2.2")
def test_calendars_of_the_client_are_made_and_changed(town: Town) -> None:
    promised(town)
    client, address = signed_in(town, Role.SERVICE_OWNER), at(town, "api:calendars")
    document = {"time_zone": "Europe/Berlin", "week": {"mon": [["08:00", "12:00"]]}}
    made = client.post(address, {"name": "Desk", "calendar": document}, content_type="application/json")
    assert (made.status_code, made.json()["calendar"]) == (201, document)
    one = at(town, "api:calendars-detail", made.json()["id"])
    bad = {"calendar": {"time_zone": "Europe/Berlin", "week": {"mon": [["08:00", "99:00"]]}}}
    refused = client.patch(one, bad, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "week.mon[0][1]")
    again = client.post(address, {"name": "Desk", "calendar": document}, content_type="application/json")
    assert again.status_code == 409
    contracts_own = at(town, "api:calendars-detail", calendar(town).public_id)
    assert client.patch(contracts_own, {"name": "Mine"}, content_type="application/json").status_code == 422
    seen = {"If-Match": client.get(one)["ETag"]}
    renamed = client.patch(one, {"name": "Help desk"}, content_type="application/json", headers=seen)
    assert client.patch(one, {"name": "Nights"}, content_type="application/json", headers=seen).status_code == 412
    assert client.get(one).json()["name"] == "Help desk"
    assert renamed.json()["name"] == "Help desk"
