"""What the MSP reads and sends once its answer came back: comments at their sections, the path, the same once more."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from governance.models import Draft, Rca
from mspgov.records.models import Evidence
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.test_rca_drafts import save
from tests.governance.test_rca_pages import client_of, page_of, sent, town
from tests.world import Town

__all__ = ["town"]

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def state_of(town: Town) -> tuple[str, int]:
    with enter(town.tenant.pk):
        row = Rca.objects.get()
        return row.state, row.version


def test_what_came_back_shows_its_comments_and_asks_before_the_same_is_sent_again(town: Town) -> None:
    drew, ada = client_of(town, Role.ENGINEER), client_of(town, Role.SERVICE_OWNER)
    drew.post(page_of(town, "write/"), sent(town, verb="submit"))
    assert " decides by " in text_of(drew, page_of(town))
    assert "decide in" in text_of(ada, page_of(town))
    ada.post(page_of(town, "comment/"), {"section": "cause", "text": "Who had the note?"})
    ada.post(page_of(town, "decide/"), {"decision": "return", "reason": "A fourth why."})
    shown = text_of(drew, page_of(town, "write/"))
    assert "Who had the note?" in shown
    assert "1\xa0comment" in shown
    same = sent(town, verb="submit", based_on="1")
    asked = drew.post(page_of(town, "write/"), same).content.decode()
    assert "Nothing changed since version 1: submit all the same?" in asked
    assert state_of(town) == ("returned", 1)
    assert drew.post(page_of(town, "write/"), {**same, "verb": "submit-same"}).status_code == 302
    assert state_of(town) == ("submitted", 2)
    after = text_of(drew, page_of(town))
    assert "Why version 1 was returned" in after
    assert all(
        f"<strong>{label}</strong>" in after for label in ("Demanded", "Submitted", "Returned", "Submitted again")
    )


def test_two_drafts_are_compared_field_by_field_before_one_takes_the_others_place(town: Town) -> None:
    drew, cleo = client_of(town, Role.ENGINEER), client_of(town, Role.ACCOUNT_MANAGER)
    save(drew, town, "By Drew.")
    late = save(cleo, town, "By Cleo.").json()
    assert "By Drew." in text_of(cleo, late["other"])
    told = save(cleo, town, "By Cleo.", compare="1").json()
    assert told["number"] == 1
    assert all(words in told["differences"] for words in ("Summary", "By Drew.", "By Cleo."))
    assert "Impact" not in told["differences"]  # they say the same
    with enter(town.tenant.pk):
        assert [draft.content["summary"] for draft in Draft.objects.all()] == ["By Drew."]


def test_without_a_script_a_refused_file_is_said_at_evidence_and_the_text_is_kept(town: Town) -> None:
    drew, liar = client_of(town, Role.ENGINEER), SimpleUploadedFile("mail.pdf", b"no pdf at all")
    page = drew.post(page_of(town, "write/"), sent(town, verb="add-files", summary="Typed meanwhile.", evidence=liar))
    text = page.content.decode()
    assert 'id="evidence_error"' in text
    assert "Typed meanwhile." in text
    honest = SimpleUploadedFile("watch.csv", b"relay,days\n1,90")
    with enter(town.tenant.pk):
        assert not Evidence.objects.exists()
    kept = drew.post(
        page_of(town, "write/"), sent(town, verb="add-files", based_on="1", summary="Typed meanwhile.", evidence=honest)
    )
    assert kept.status_code == 302
    with enter(town.tenant.pk):
        assert Evidence.objects.count() == 1


def test_events_of_long_ago_leave_the_timeline_in_doubt(town: Town) -> None:
    drew = client_of(town, Role.ENGINEER)
    when = sent(town)["when"]
    save(drew, town, "Long ago.", when=["2 Jun 2016, 21:47", when[-1]])
    assert "Check the times of its first and its last entry." in text_of(drew, page_of(town, "write/"))
