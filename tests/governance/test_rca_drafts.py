"""What is typed is never lost: overtaken drafts, two windows of one person, what was set aside."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.calc.rca_content import document
from governance.models import Draft
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.asked import answer
from tests.governance.test_rca_pages import client_of, page_of, rca_of, sent, town
from tests.world import Town

__all__ = ["town"]

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]


def kept(town: Town) -> dict[str, bool]:
    """Each text that is kept, and whether it is set aside."""
    with enter(town.tenant.pk):
        return {draft.content["summary"]: draft.set_aside for draft in Draft.objects.order_by("number")}


def save(client: Client, town: Town, summary: str, **other: Any) -> Any:
    return client.post(page_of(town, "draft/"), sent(town, summary=summary, **other))


def test_what_was_set_aside_stays_until_its_writer_puts_it_in_the_drafts_place(town: Town) -> None:
    drew, cleo = client_of(town, Role.ENGINEER), client_of(town, Role.ACCOUNT_MANAGER)
    save(drew, town, "By Drew.")
    assert save(cleo, town, "By Cleo.").status_code == 409
    aside = save(cleo, town, "By Cleo.", aside="1").json()["number"]
    assert save(cleo, town, "By Drew. And", based_on="1").status_code == 200  # she reads his, and types into it
    assert kept(town) == {"By Drew.": False, "By Cleo.": True, "By Drew. And": False}
    with enter(town.tenant.pk):
        latest = Draft.objects.filter(set_aside=False).order_by("-number").first()
    done = save(cleo, town, "By Cleo.", based_on=str(latest.number), instead_of=str(aside))
    assert done.status_code == 200
    assert kept(town) == {"By Drew.": False, "By Cleo.": False}


def test_two_things_set_aside_are_two_and_one_that_is_typed_on_takes_its_own_place(town: Town) -> None:
    drew, cleo = client_of(town, Role.ENGINEER), client_of(town, Role.ACCOUNT_MANAGER)
    save(drew, town, "By Drew.")
    first = save(cleo, town, "One", aside="1").json()["number"]
    save(cleo, town, "Another", aside="1")
    save(cleo, town, "One more letter", aside="1", instead_of=str(first))
    assert kept(town) == {"By Drew.": False, "Another": True, "One more letter": True}


def test_two_windows_of_one_person_do_not_type_over_each_other(town: Town) -> None:
    drew = client_of(town, Role.ENGINEER)
    assert save(drew, town, "First window").status_code == 200
    late = save(drew, town, "Second window")
    assert late.status_code == 409
    assert late.json()["told"].startswith("You saved draft 1 in another window while you were typing.")
    assert save(drew, town, "First window").status_code == 200  # the same once more, as after a broken connection
    page = drew.post(page_of(town, "write/"), sent(town, summary="Second window"))
    assert page.status_code == 409
    assert "You saved draft 1 in another window" in page.content.decode()
    assert kept(town) == {"First window": False}


def test_a_page_that_is_left_while_it_was_overtaken_keeps_its_text_beside(town: Town) -> None:
    drew = client_of(town, Role.ENGINEER)
    save(drew, town, "First window")
    assert save(drew, town, "Left in haste", last="1").status_code == 200
    assert kept(town) == {"First window": False, "Left in haste": True}


def test_the_api_refuses_a_draft_that_does_not_know_the_writers_own_later_one(town: Town) -> None:
    drew, one = client_of(town, Role.ENGINEER), f"/o/aurora/api/v1/rcas/{rca_of(town).public_id}/draft/"
    content = document(answer(town, timezone.now()))

    def put(summary: str, address: str = one, **headers: str) -> int:
        said = {**content, "summary": summary}
        return drew.put(address, said, content_type="application/json", headers=headers).status_code

    assert put("One") == 200
    assert put("Two") == 409
    assert put("Two", **{"If-Match": '"draft-0"'}) == 412
    assert kept(town) == {"One": False}
    assert put("Two", f"{one}?based_on=1") == 200
    assert put("Three", **{"If-Match": '"draft-2"'}) == 200
    assert kept(town) == {"Three": False}
    assert put("Four", **{"If-Match": '"draft-1", "draft-2"'}) == 412
    assert put("Four", **{"If-Match": '"another", "draft-3"'}) == 200
    assert kept(town) == {"Four": False}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "content"),
        ({"summary": {"a": 1}}, "summary"),
        ({"timeline": "x"}, "timeline"),
        ({"timeline": [{"when": [1]}]}, "timeline[0].when"),
        ({"causes": ["weather"]}, "causes[0]"),
        ({"actions": [{"whom": "Drew"}]}, "actions[0].whom"),
        ({"sumary": "A slip"}, "sumary"),
    ],
)
def test_the_api_takes_no_draft_that_it_cannot_read(town: Town, given: Any, field: str) -> None:
    drew, one = client_of(town, Role.ENGINEER), f"/o/aurora/api/v1/rcas/{rca_of(town).public_id}/draft/"
    content = document(answer(town, timezone.now(), summary="One"))
    assert drew.put(one, content, content_type="application/json").status_code == 200
    no = drew.put(f"{one}?based_on=1", given, content_type="application/json")
    assert (no.status_code, [each["field"] for each in no.json()["errors"]]) == (400, [field])
    assert drew.put(f"{one}?based_on=1").status_code == 400
    assert kept(town) == {"One": False}
