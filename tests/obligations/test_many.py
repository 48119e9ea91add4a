"""Many obligations get one answer: previewed row by row with the reader's rights, each answered as if on its own page."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from mspgov.obligations import services
from mspgov.obligations.models import Obligation
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.records.services import open_record
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.models import BulkChange
from tests.obligations.test_pages import owe, page, signed_in, state
from tests.web.shelf import count
from tests.world import Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.2")]
ALL = "/o/aurora/obligations/all/"


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def asked(client: Client, verb: str, rows: list[Obligation], text: str = "") -> Any:
    chosen = "&".join(f"selected={row.public_id}" for row in rows) or "all=1"
    return client.post(f"{ALL}change/{verb}/?{chosen}", {"text": text})


def read(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode()).replace("\u00a0", " ")


def test_the_list_offers_each_side_what_it_may_do_with_many(town: Town) -> None:
    row = owe(town, evidence=False)
    cleo, ada, auditor = (
        signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.SERVICE_OWNER), signed_in(town, Role.AUDITOR),
    )  # fmt: skip
    assert offered(cleo) == {"acknowledge", "hand-in"} and offered(ada) == {"waive"}
    assert f'name="selected" value="{row.public_id}"' in page(cleo, "all/")
    assert offered(signed_in(town, Role.ENGINEER, "cobalt")) == {"acknowledge", "hand-in"}
    assert offered(auditor) == set() and 'name="selected"' not in page(auditor, "all/")
    with enter(town.tenant.pk):
        by = town.member(Role.ACCOUNT_MANAGER, "cobalt").person
        services.hand_in(obligation=row, note="Done.", by=by, at=row.raised_at)
    assert offered(cleo) == set() and offered(ada) == {"accept", "waive"}


def offered(client: Client) -> set[str]:
    return set(re.findall(rf'formaction="{ALL}change/([a-z-]+)/"', page(client, "all/")))


def test_what_is_owed_in_person_is_acknowledged_by_nobody_else(town: Town) -> None:
    drew = town.member(Role.ENGINEER, "cobalt").person
    row = owe(town, evidence=False)
    with enter(town.tenant.pk):
        Obligation.objects.filter(pk=row.pk).update(person=drew)
    cleo, engineer = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.ENGINEER, "cobalt")
    here = f"/o/aurora/obligations/{row.public_id}/"
    assert "acknowledge/" not in page(cleo, f"{row.public_id}/")
    assert cleo.post(f"{here}acknowledge/").status_code == 404
    assert f"{drew} owes it in person." in read(cleo, asked(cleo, "acknowledge", [row])["Location"])
    assert state(town, row) == "open"
    assert engineer.post(f"{here}acknowledge/").status_code == 302
    assert state(town, row) == "acknowledged"


def test_one_note_hands_in_all_but_those_that_need_evidence(town: Town) -> None:
    rows = [owe(town, "one", evidence=False), owe(town, "two", evidence=False), owe(town, "three", evidence=True)]
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    preview = asked(cleo, "hand-in", rows, "All of April.")["Location"]
    shown = read(cleo, preview)
    assert "2 obligations would be handed in" in shown and "1 stays as it is." in shown
    assert "Evidence is needed: hand it in on its own page, with a file." in shown
    assert [state(town, row) for row in rows] == ["open"] * 3
    assert cleo.post(preview)["Location"] == preview  # one stays, so what came of it is told
    assert [state(town, row) for row in rows] == ["submitted", "submitted", "open"]
    told = read(cleo, preview)
    assert "2 obligations handed in." in told and "Evidence is needed" in told
    with enter(town.tenant.pk):
        assert set(Obligation.objects.filter(state="submitted").values_list("note", flat=True)) == {"All of April."}
        assert verified().is_whole
    assert cleo.post(preview).status_code == 409


def test_what_was_handed_in_is_accepted_and_what_was_not_says_so(town: Town) -> None:
    rows = [owe(town, "one", evidence=False), owe(town, "two", evidence=False)]
    with enter(town.tenant.pk):
        by = town.member(Role.ACCOUNT_MANAGER, "cobalt").person
        services.hand_in(obligation=rows[0], note="Done.", by=by, at=rows[0].raised_at)
    ada = signed_in(town, Role.SERVICE_OWNER)
    preview = asked(ada, "accept", rows)["Location"]
    assert "It is open." in read(ada, preview)
    ada.post(preview)
    assert [state(town, row) for row in rows] == ["done", "open"]


def test_one_reason_waives_all_and_none_waives_nothing(town: Town) -> None:
    rows = [owe(town, "one"), owe(town, "two")]
    ada = signed_in(town, Role.SERVICE_OWNER)
    assert asked(ada, "waive", rows).status_code == 200 and count(town, BulkChange) == 0
    done = ada.post(asked(ada, "waive", [], "The service has ended.")["Location"])
    assert done["Location"] == ALL
    assert [state(town, row) for row in rows] == ["waived"] * 2


def test_nobody_gives_the_answer_of_another_office(town: Town) -> None:
    rows = [owe(town, "one", evidence=False)]
    sealed = count(town, Seal)
    ada = signed_in(town, Role.SERVICE_OWNER)
    preview = asked(ada, "hand-in", rows, "Not mine.")["Location"]
    assert "It is for another office than yours." in read(ada, preview)
    ada.post(preview)
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    cleo.post(asked(cleo, "waive", rows, "Not mine either.")["Location"])
    assert signed_in(town, Role.ENGINEER, "cobalt").get(f"{ALL}change/waive/?all=1").status_code == 404
    assert signed_in(town, Role.AUDITOR).get(f"{ALL}change/acknowledge/?all=1").status_code == 404
    assert ada.get(f"{ALL}change/withdraw/?all=1").status_code == 404
    assert (
        asked(signed_in(town, Role.ACCOUNT_MANAGER, "dune"), "acknowledge", rows).status_code == 200
    )  # sees none of them
    assert state(town, rows[0]) == "open" and count(town, Seal) == sealed


def test_what_moved_after_the_preview_stays_and_a_preview_is_its_makers_alone(town: Town) -> None:
    rows = [owe(town, "one"), owe(town, "two")]
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    preview = asked(cleo, "acknowledge", rows)["Location"]
    with enter(town.tenant.pk):
        by = town.member(Role.SERVICE_OWNER).person
        services.waive(obligation=rows[0], reason="Not needed.", by=by, at=rows[0].raised_at)
    ada = signed_in(town, Role.SERVICE_OWNER)
    assert ada.get(preview).status_code == ada.post(preview).status_code == 404
    cleo.post(preview)
    assert "Somebody changed it after the preview" in read(cleo, preview)
    assert [state(town, row) for row in rows] == ["waived", "acknowledged"]


def test_more_than_can_be_answered_at_once_are_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mspgov.obligations.many.MOST", 1)
    rows = [owe(town, "one"), owe(town, "two")]
    answer = asked(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), "acknowledge", rows)
    assert "At most 1 obligations" in unescape(answer.content.decode()) and count(town, BulkChange) == 0


def test_what_belongs_to_another_record_is_waived_neither_in_numbers_nor_on_its_page(town: Town) -> None:
    row, own = owe(town, "one"), owe(town, "two")
    with enter(town.tenant.pk):
        about = open_record(
            kind="rca", prefix="RCA", title="Mail", engagement=town.engagements["cobalt"], state="demanded",
            at=row.raised_at,
        )  # fmt: skip
        Obligation.objects.filter(pk=row.pk).update(about=about)
    ada, here = signed_in(town, Role.SERVICE_OWNER), f"/o/aurora/obligations/{row.public_id}/"
    assert "waive/" not in page(ada, f"{row.public_id}/") and "waive/" in page(ada, f"{own.public_id}/")
    assert ada.post(f"{here}waive/", {"reason": "Not needed."}).status_code == 404
    preview = asked(ada, "waive", [row, own], "Not needed.")["Location"]
    assert "1 obligation would be waived" in read(ada, preview)
    shown = read(ada, preview)
    assert "It belongs to" in shown and "it is done there." in shown, shown[shown.index("would be waived") :]
    ada.post(preview)
    assert (state(town, row), state(town, own)) == ("open", "waived")
    assert offered(ada) == set()
