"""Board packs by the API: the list, the file, asking for one."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.models import Pack
from mspgov.jobs.models import Run
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.contracts.promises import at, signed_in
from tests.governance.packed import PDF, measured_town, packed
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.1")]


@pytest.fixture
def town() -> Town:
    return measured_town()


def ask(town: Town, client: Client, **more: str) -> Any:
    asked = {"engagement": "cobalt-services", "quarter": "2026-Q1", **more}
    return client.post(at(town, "api:packs"), asked, content_type="application/json")


def runs(town: Town) -> int:
    with enter(town.tenant.pk):
        return Run.objects.filter(kind="governance.board_pack").count()


def test_a_pack_has_its_digests_and_its_file(town: Town) -> None:
    pack = packed(town)
    board = signed_in(town, Role.BOARD_MEMBER)
    (row,) = board.get(at(town, "api:packs") + "?quarter=2026-Q1&state=draft").json()["results"]
    assert row["id"] == str(pack.public_id)
    assert (row["number"], row["engagement"], row["pages"]) == (pack.record.number, "cobalt-services", 12)
    assert row["facts_sha256"] == pack.facts_sha256
    (file,) = row["files"]
    got = board.get(file["url"])
    assert (got.content, got.headers["Content-Type"]) == (PDF, "application/pdf")
    assert file["size"] == len(PDF)
    assert board.get(at(town, "api:packs-detail", pack.public_id)).json() == row
    assert board.get(at(town, "api:packs-file", pack.public_id) + "?paper=A0").status_code == 400
    assert board.get(at(town, "api:packs-file", pack.public_id) + "?paper=Letter").status_code == 404
    assert board.get(at(town, "api:packs") + "?quarter=2026").status_code == 400
    assert board.get(at(town, "api:packs") + "?state=frozen").json()["results"] == []


def test_a_state_that_packs_do_not_have_is_refused_at_its_field(town: Town) -> None:
    packed(town)
    answer = signed_in(town, Role.BOARD_MEMBER).get(at(town, "api:packs") + "?state=final")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "state", "why": "must be draft or frozen"}]


def test_asking_answers_with_the_run(town: Town) -> None:
    answer = ask(town, signed_in(town, Role.SERVICE_OWNER))
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["kind"]) == ("waiting", "governance.board_pack")
    assert runs(town) == 1


WRONG: list[tuple[dict[str, str], str]] = [
    ({"quarter": "2199-Q4"}, "quarter"),
    ({"quarter": "soon"}, "quarter"),
    ({"engagement": "nowhere"}, "engagement"),
    ({"engagement": "dune-services"}, "engagement"),
    ({"paper": "A0"}, "paper"),
]


def test_bad_input_names_its_field(town: Town) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    for more, field in WRONG:
        answer = ask(town, ada, **more)
        assert answer.status_code == 400
        assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert runs(town) == 0


def test_who_may_not_make_packs_makes_none_and_another_provider_sees_none(town: Town) -> None:
    pack = packed(town)
    for reader in (signed_in(town, Role.AUDITOR), signed_in(town, Role.BOARD_MEMBER)):
        assert ask(town, reader).status_code == 404
        assert len(reader.get(at(town, "api:packs")).json()["results"]) == 1
    other = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    assert other.get(at(town, "api:packs")).json()["results"] == []
    assert other.get(at(town, "api:packs-file", pack.public_id)).status_code == 404
    assert ask(town, other).status_code == 404 == ask(town, signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")).status_code
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        key = tenancy.create_token(person=owner.person, name="r", scope="read", days=1, at=timezone.now())
    assert ask(town, Client(headers={"Authorization": f"Bearer {key}"})).status_code == 403
    assert runs(town) == 0
    with enter(town.tenant.pk):
        assert Pack.objects.count() == 1
