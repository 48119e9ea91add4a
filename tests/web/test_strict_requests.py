"""A request that is spelled wrong is told so: it neither shows more than was asked for nor keeps less than was sent."""

from typing import Any

import pytest
from django.test import Client

from costs.models import Claim, Credit
from engagements.models import Vendor
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import signed_in
from tests.costs.reviewed_town import credit_of, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
API = "/o/aurora/api/v1/"


@pytest.fixture
def town() -> Town:
    return reviewed_town()


@pytest.fixture
def ben(town: Town) -> Client:
    return signed_in(town, Role.CONTRACT_MANAGER)


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {each["field"]: each["why"] for each in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("address", "field", "why"),
    [
        ("credits/?stat=proposed", "stat", "this list reads engagement, month, service_level, state, cursor"),
        ("credits/?state=nonsense", "state", "must be one of proposed, accepted"),
        ("ledger/?state=nonsense", "state", "must be one of proposed, accepted"),
        ("claims/?state=paid", "state", "must be one of issued"),
        ("obligations/?owed_by=us", "owed_by", "must be one of client, provider"),
        ("results/?state=shut", "state", "must be one of sealed, open"),
        ("tickets/?priority=P9", "priority", "must be one of P1"),
        ("rcas/?origin=none", "origin", "must be one of"),
        ("runs/?state=over", "state", "must be one of waiting"),
        ("vendors/?colour=red", "colour", "this list reads"),
        ("vendors/?party=nobody", "party", ""),
        ("credits/?page_size=0", "page_size", "a whole number from 1 to 500"),
        ("results/?page_size=all", "page_size", "a whole number from 1 to 500"),
        ("vendors/?page_size=-1", "page_size", "a whole number from 1 to 500"),
    ],
)
def test_a_list_names_a_parameter_that_it_does_not_read_and_a_value_that_nothing_has(
    ben: Client, address: str, field: str, why: str
) -> None:
    assert why in faults(ben.get(API + address))[field]


@pytest.mark.parametrize(
    "address",
    [
        "credits/?state=proposed&engagement=cobalt-services&month=2026-05&service_level=p2&page_size=1",
        "ledger/?state=proposed", "results/?state=open&page_size=9999", "tickets/?priority=P2&page_size=1",
        "obligations/?owed_by=provider", "vendors/?party=client&format=json",
    ],
)  # fmt: skip
def test_what_a_list_reads_it_takes(ben: Client, address: str) -> None:
    answer = ben.get(API + address)
    assert answer.status_code == 200, answer.content
    assert len(answer.json()["results"]) >= (0 if address.startswith("vendors") else 1)


def test_a_field_that_nothing_reads_is_named_and_nothing_is_done(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        credit = credit_of(town)
        vendor = Vendor.objects.create(engagement=town.engagement, name="Nova")
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    dispute = f"{API}credits/{credit.public_id}/dispute/"
    body: dict[str, Any] = {"text": "not ours", "tickets": [{"ticket": "INC001", "kind": "client_fault", "relief": 9}]}
    assert "there is no such field" in next(iter(faults(cleo.post(dispute, body, "application/json")).values()))
    wrong = cleo.post(dispute, {"text": "not ours", "ticket": "INC001"}, "application/json")
    assert faults(wrong) == {"ticket": "there is no such field here"}
    claims = ben.post(f"{API}claims/", {"engagement": "cobalt-services", "credits": [], "state": "settled"}, "application/json")  # fmt: skip
    assert "state" in faults(claims)
    path = f"{API}vendors/{vendor.public_id}/"
    assert faults(ben.patch(path, {"partty": "client"}, "application/json")) == {
        "partty": "there is no such field here"
    }
    with enter(town.tenant.pk):
        assert (credit_of(town).state, Claim.objects.count()) == (Credit.State.PROPOSED, 0)
        assert Vendor.objects.get().party == Vendor.Party.UNKNOWN
    shown = ben.get(path).json()  # what a list shows may be sent back whole
    assert ben.patch(path, shown | {"party": "client"}, "application/json").status_code == 200
