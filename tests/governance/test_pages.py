"""Board packs in the browser: asked for in two clicks, watched, opened, and seen by whom they concern."""

from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.test import Client

from contracts.calc.credits import credits
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms
from contracts.importers.terms_text import read_json
from governance.models import Pack
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records import services as records
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, Role
from tests.contracts.promises import at, signed_in
from tests.governance.packed import AT, PDF, measured_town, packed
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.1")]


@pytest.fixture
def town() -> Town:
    return measured_town()


@pytest.fixture
def ada(town: Town) -> Client:
    return signed_in(town, Role.SERVICE_OWNER)


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().replace("\u00a0", " ").split())


def counts(town: Town) -> tuple[int, int]:
    with enter(town.tenant.pk):
        return Pack.objects.count(), Run.objects.filter(kind="governance.board_pack").count()


def ask(town: Town, client: Client, **more: str) -> Any:
    asked = {"engagement": "cobalt-services", "quarter": "2026-Q1", "paper": "A4", **more}
    return client.post(at(town, "governance:pack-new"), asked)


@pytest.mark.slow
def test_two_clicks_make_a_pack_that_opens_and_carries_its_cents(town: Town, ada: Client) -> None:
    form = ada.get(at(town, "governance:pack-new")).context["form"]
    assert (form["quarter"].value(), form["paper"].value()) == ("2026-Q1", "A4")
    making = ask(town, ada).headers["Location"]
    assert "You can leave, it goes on" in text(ada.get(making))
    assert "hx-get" in text(ada.get(f"{making}progress/"))
    with enter(town.tenant.pk):
        run = Run.objects.get(kind="governance.board_pack")
    assert jobs.work_here(run).state == Run.State.DONE
    assert ada.get(f"{making}progress/").headers["HX-Refresh"] == "true"
    own = ada.get(making).headers["Location"]
    shown = text(ada.get(own))
    with enter(town.tenant.pk):
        pack = Pack.objects.select_related("record", "pdf").get()
    for said in ("Board pack 2026-Q1", pack.record.number, "Draft", "January 2026", "not sealed", "terms.yaml"):
        assert said in shown
    assert pack.facts_sha256[:8] in shown
    file = ada.get(at(town, "governance:pack-pdf", pack.public_id))
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"] == f'inline; filename="{pack.record.number}.pdf"'
    with pikepdf.open(BytesIO(file.content)) as pdf:
        assert len(pdf.pages) == pack.pages
    terms, results = (
        ada.get(at(town, "governance:pack-file", pack.public_id, name)).content.decode()
        for name in ("terms.yaml", "results.json")
    )
    parsed = read_terms(terms)
    assert credits(parsed, read_results(read_json(results), parsed)).document()["months"]


def test_the_page_says_what_the_pack_rests_on(town: Town, ada: Client) -> None:
    pack = packed(town)
    shown = text(ada.get(at(town, "governance:pack", pack.public_id)))
    for said in ("What is sealed", "5 August 2026", "84,200.00", "manage.py credits terms.yaml results.json", "12"):
        assert said in shown
    download = ada.get(at(town, "governance:pack-pdf", pack.public_id) + "?download=1")
    assert download.content == PDF
    assert download.headers["Content-Disposition"].startswith("attachment;")
    assert ada.get(at(town, "governance:pack-pdf", pack.public_id) + "?paper=Letter").status_code == 404
    assert ada.get(at(town, "governance:pack-pdf", pack.public_id) + "?paper=A0").status_code == 404
    book = ada.get(at(town, "governance:pack-file", pack.public_id, f"{pack.record.number}.xlsx"))
    assert book.content[:2] == b"PK"
    assert ada.get(at(town, "governance:pack-file", pack.public_id, "facts.txt")).status_code == 404


def test_the_page_names_the_workbook_without_writing_it(
    town: Town, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = packed(town)
    monkeypatch.setattr("governance.documents.annex.workbook", lambda *_, **__: pytest.fail("written for a page"))
    assert f"{pack.record.number}.xlsx" in text(ada.get(at(town, "governance:pack", pack.public_id)))
    assert ada.get(at(town, "governance:pack-file", pack.public_id, "terms.yaml")).status_code == 200


WRONG: list[tuple[dict[str, str], str, str]] = [
    ({"quarter": "2199-Q4"}, "quarter", "2199-Q4 is not over; it ends with 2199-12-31, UTC."),
    ({"quarter": "2026-5"}, "quarter", "It must be a quarter such as 2016-Q2."),
    ({"quarter": ""}, "quarter", "Choose a quarter."),
    ({"paper": "A0"}, "paper", "A0 is not one of the available choices"),
    ({"engagement": "dune-services"}, "engagement", "Dune services canary-aurora has no contract"),
    ({"engagement": "nowhere"}, "engagement", "nowhere is not one of the available choices"),
]


def test_what_cannot_be_made_is_said_at_its_field(town: Town, ada: Client) -> None:
    for more, field, said in WRONG:
        answer = ask(town, ada, **more)
        assert said in text(answer)
        assert list(answer.context["form"].errors) == [field]
    assert counts(town) == (0, 0)


def test_making_can_be_stopped_and_says_so(town: Town, ada: Client) -> None:
    making = ask(town, ada).headers["Location"]
    ada.post(f"{making}stop/")
    assert "It was stopped." in text(ada.get(making))
    assert ada.post(f"{making}stop/").status_code == 409
    assert counts(town) == (0, 1)


def test_everyone_of_the_engagement_reads_its_packs_and_nobody_else(town: Town) -> None:
    pack = packed(town)
    number, own = pack.record.number, at(town, "governance:pack", pack.public_id)
    pdf = at(town, "governance:pack-pdf", pack.public_id)
    makers = {Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}  # it is the client's paper
    people = [(role, None) for role in sorted([*CLIENT, Role.BOARD_MEMBER])]
    for role, provider in [*people, (Role.ACCOUNT_MANAGER, "cobalt")]:
        client = signed_in(town, role, provider)
        listed = text(client.get(at(town, "governance:home")))
        assert number in listed, role
        assert ("Make pack" in listed) == (role in makers), role
        assert client.get(pdf).content == PDF
        assert (client.get(at(town, "governance:pack-new")).status_code == 200) == (role in makers)
        if role not in makers:
            assert ask(town, client).status_code == 404
    engineer = signed_in(town, Role.ENGINEER, "cobalt")  # a pack shows credits, which engineers do not see
    assert [engineer.get(address).status_code for address in (own, pdf)] == [404, 404]
    other = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    assert number not in text(other.get(at(town, "governance:home")))
    assert [other.get(address).status_code for address in (own, pdf)] == [404, 404]
    assert ask(town, other).status_code == 404
    assert counts(town) == (1, 0)


def test_the_list_narrows_and_sorts(town: Town, ada: Client) -> None:
    pack = packed(town)
    listed = at(town, "governance:home")
    assert pack.record.number in text(ada.get(f"{listed}?state=draft&sort=made"))
    assert "No pack fits." in text(ada.get(f"{listed}?state=frozen"))
    assert "No pack fits." in text(ada.get(f"{listed}?engagement=dune-services"))
    assert ada.get(f"{listed}?engagement=nowhere").status_code == 404


def test_a_quarter_without_a_measured_month_is_refused_in_words(town: Town, ada: Client) -> None:
    before = counts(town)
    page = text(ask(town, ada, quarter="2026-Q2"))
    assert "2026-Q2 has no measured month" in page
    assert counts(town) == before


def test_an_unmeasured_month_is_charged_as_months_says(town: Town) -> None:
    from costs.queries.months import months_page
    from governance.documents.gather import gather
    from mspgov.kernel.period import Month, Quarter
    from tests.governance.packed import AT

    with enter(town.tenant.pk):
        town.engagement.refresh_from_db()
        services_say = months_page(town.engagement, at=AT).line(Month("2026-04"))
        facts = gather(town.engagement, Quarter("2026-Q2"), as_of=AT)
    assert services_say is not None
    charged = services_say.charges.amount
    assert charged is not None
    assert {month.charges for month in facts.quarter_months} == {charged.amount}


def test_governance_stands_in_the_left_bar_of_whoever_may_open_it(town: Town) -> None:
    from mspgov.web.frame import places_of

    with enter(town.tenant.pk):
        provider = places_of(town.member(Role.ACCOUNT_MANAGER, "cobalt"), town.tenant)
        engineer = places_of(town.member(Role.ENGINEER, "cobalt"), town.tenant)
    assert [place.label for place in provider] == [
        "Home",
        "Engagements",
        "Performance",
        "Governance",
        "Requests",
        "Submissions",
        "Money",
    ]
    assert "Governance" not in [place.label for place in engineer]


def test_a_run_of_an_earlier_version_prints_the_latest_pack(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from governance import runs
    from mspgov.documents.press import Printed

    monkeypatch.setattr("governance.services.packs.print_pack", lambda facts, paper: Printed(PDF, 3, 0.1, ()))
    pack = packed(town)
    with enter(town.tenant.pk):
        asked: dict[str, Any] = {
            "engagement_id": town.engagement.pk,
            "quarter": "2026-Q1",
            "paper": "A4",
            "by_id": None,
        }
        assert runs.board_pack(0, **asked)[:2] == (1, 2)
        theirs = {"engagement": town.engagements["dune"], "state": Pack.State.DRAFT}
        record = records.open_record(kind="board pack", title="Theirs", at=AT, **theirs)
        Pack.objects.create(
            record=record, quarter="2026-Q1", facts="{}", facts_sha256="0" * 64, content_sha256="0" * 64, frozen_at=AT, **theirs
        )  # fmt: skip
        assert runs.board_pack(1, **asked)[2]["number"] == pack.record.number
