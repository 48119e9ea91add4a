"""Making a pack by the API, as runs: the same sealed quarter is one file, runs at once do not cross, and what vanished is said."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from costs import services as costs
from governance import services
from governance.calc.facts import fingerprint
from governance.documents.pack import pack_html
from governance.models import Pack
from mspgov.documents.press import Printed
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month, Quarter
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.policy import Role
from tests.contracts.promises import at, signed_in
from tests.governance.packed import AT, measured_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.1"),
    pytest.mark.slow,
]


@pytest.fixture
def town() -> Town:
    town = measured_town()
    connection.close()  # the session's own tables, which the application may truncate, end with it
    return town


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A press that prints the facts' own fingerprint: which facts a run printed can be read from its file."""
    monkeypatch.setattr(
        "governance.services.packs.print_pack", lambda facts, paper: Printed(fingerprint(facts).encode(), 1, 0.1, ())
    )


def seal(town: Town) -> None:
    with enter(town.tenant.pk):
        for month in ("2026-01", "2026-02", "2026-03"):
            costs.seal_month(engagement=town.engagement, month=Month(month), by=None, at=AT)


def asked(town: Town, client: Client) -> Run:
    """A run that was asked for by the API, not yet begun."""
    answer = client.post(
        at(town, "api:packs"), {"engagement": "cobalt-services", "quarter": "2026-Q1"}, content_type="application/json"
    )
    assert answer.status_code == 202
    with enter(town.tenant.pk):
        return Run.objects.get(public_id=answer.json()["id"])


def step(town: Town, run: Run) -> Any:
    """The run's next step, as a worker does it; what it says."""
    with enter(town.tenant.pk):
        Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
        run = Run.objects.get(pk=run.pk)
        jobs._step(run)
        return run.result


def correct(town: Town) -> None:
    """January gets other charges, so that the quarter's pack says something else."""
    with enter(town.tenant.pk):
        costs.correct_month(
            engagement=town.engagement,
            month=Month("2026-01"),
            reason="the invoice was wrong",
            charges=Money(Decimal("99000.00"), "EUR"),
            by=None,
            at=AT,
        )


def test_a_sealed_quarter_asked_for_twice_by_the_api_is_one_file(town: Town) -> None:
    seal(town)
    ada = signed_in(town, Role.SERVICE_OWNER)
    first, second = (jobs.work_here(asked(town, ada)) for _ in range(2))
    assert first.pk != second.pk
    assert first.result is not None
    assert first.result == second.result
    (row,) = ada.get(at(town, "api:packs")).json()["results"]
    (file,) = row["files"]
    content = ada.get(file["url"]).content
    assert hashlib.sha256(content).hexdigest() == file["sha256"] == first.result["sha256"]
    with enter(town.tenant.pk):  # and by a making of its own, at another instant
        pack = services.freeze_facts(engagement=town.engagement, quarter=Quarter("2026-Q1"), by=None, at=timezone.now())
        assert services.printed_pack(pack, "A4").pdf == content


def test_a_run_prints_what_it_froze_though_another_froze_a_newer_pack_meanwhile(town: Town, pressed: None) -> None:
    seal(town)
    ada = signed_in(town, Role.SERVICE_OWNER)
    first, second = asked(town, ada), asked(town, ada)
    older = step(town, first)["pack"]
    correct(town)
    newer = step(town, second)["pack"]
    assert older != newer
    ended = [step(town, run) for run in (first, second)]
    assert [each["pack"] for each in ended] == [older, newer]
    with enter(town.tenant.pk):
        for each in ended:
            pack = Pack.objects.get(public_id=each["pack"])
            assert pack.pdf is not None
            assert pack.pdf.sha256 == each["sha256"] == hashlib.sha256(pack.facts_sha256.encode()).hexdigest()


def test_a_run_whose_engagement_is_gone_says_so(town: Town) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    run = asked(town, ada)
    with enter(town.tenant.pk):
        gone = Engagement.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1000
        Run.objects.filter(pk=run.pk).update(arguments={**run.arguments, "engagement_id": gone})
    run = jobs.work_here(run)
    assert (run.state, run.error) == (Run.State.FAILED, "The engagement of this pack is not there any more")
    assert "The engagement of this pack is not there any more." in ada.get(
        at(town, "governance:pack-making", run.public_id)
    ).content.decode().replace("\u00a0", " ")


def test_a_run_whose_pack_is_gone_says_so(town: Town) -> None:
    run = asked(town, signed_in(town, Role.SERVICE_OWNER))
    step(town, run)
    with enter(town.tenant.pk):
        Run.objects.filter(pk=run.pk).update(result={"pack": "019d0000-0000-7000-8000-000000000000"})
    run = jobs.work_here(run)
    assert run.error == "The pack that this run froze is not there any more: ask for it again"


def test_the_cover_of_unsealed_figures_says_so(town: Town) -> None:
    with enter(town.tenant.pk):
        draft = services.freeze_facts(
            engagement=town.engagement, quarter=Quarter("2026-Q1"), by=None, at=datetime(2026, 8, 5, tzinfo=UTC)
        )
    cover = pack_html(draft.facts).split('<section class="page">', 1)[0].replace("\u00a0", " ")
    assert "Draft: February and March not sealed" in cover
    assert "Draft, not all months are sealed: January sealed 5 August 2026, February not sealed" in cover
    assert "Drawn from sealed months only" not in cover
    seal(town)
    with enter(town.tenant.pk):
        final = services.freeze_facts(engagement=town.engagement, quarter=Quarter("2026-Q1"), by=None, at=AT)
    cover = pack_html(final.facts).split('<section class="page">', 1)[0]
    assert "Draft" not in cover
    assert "Drawn from sealed months only" in cover
