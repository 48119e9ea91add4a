"""A sealed month is corrected by runs: shown first, confirmed with what was typed, written once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from contracts.services import import_terms
from costs import services
from costs.calc.correction import Correction, read_correction
from costs.models import Credit, LedgerEntry, MonthlyCharges
from costs.queries.months import months_page
from costs.runs import money
from itsm.models import Result
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import AT, TERMS, Decimal, at, charged_town, do_runs, itsm, signed_in, words
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]
SLUG = "cobalt-services"
TYPED = {"reason": "The invoice says otherwise", "charges": "90,000.00"}


@pytest.fixture
def town() -> Town:
    return charged_town()


@pytest.fixture
def ben(town: Town) -> Client:
    return signed_in(town, Role.CONTRACT_MANAGER)


def written(town: Town) -> tuple[int, ...]:
    """Rows of everything that a correction writes."""
    with enter(town.tenant.pk):
        return tuple(model.objects.count() for model in (Credit, LedgerEntry, MonthlyCharges, Result, Seal))


def asked(town: Town, month: str = "2016-04", **more: object) -> str:
    return at(town, "costs:correct", engagement=SLUG, month=month, **more)


def shown(town: Town, ben: Client, typed: dict[str, str] = TYPED) -> str:
    """The address of a preview that was asked for and has ended."""
    answer = ben.post(asked(town), typed)
    assert answer.status_code == 302, answer.content
    do_runs(town)
    return str(answer["Location"])


def runs(town: Town, kind: str = services.CORRECT) -> list[Run]:
    with enter(town.tenant.pk):
        return list(Run.objects.filter(kind=kind).order_by("pk"))


def test_what_differs_is_a_run_that_shows_how_far_it_is_and_writes_nothing(town: Town, ben: Client) -> None:
    before = written(town)
    answer = ben.post(asked(town), TYPED)
    (run,) = runs(town, services.PREVIEW)
    assert answer["Location"] == asked(town, preview=run.public_id)
    waiting = words(ben, answer["Location"])
    assert "You can leave this page" in waiting
    assert f"/runs/{run.public_id}/progress/" in waiting
    assert "<textarea" not in waiting
    do_runs(town)
    page = words(ben, answer["Location"])
    assert "progress-box" not in page
    for said in (
        "What would differ", "84,200.00", "90,000.00", "+5,800.00", "Credits of the month together", "8,420.00", "9,000.00", "+580.00", "Corrected, EUR", "The invoice says otherwise", "90000.00",
        "Correct April 2016",
    ):  # fmt: skip
        assert said in page
    assert written(town) == before


def test_a_confirmed_correction_is_a_run_and_is_told_on_the_months(town: Town, ben: Client) -> None:
    answer = ben.post(shown(town, ben), TYPED | {"step": "confirm", "reason": "Invoice CMS-0416"})
    assert answer["Location"] == at(town, "costs:months", engagement=SLUG)
    waiting = words(ben, answer["Location"])
    assert "Correcting April 2016." in waiting
    assert "progress-box" in waiting
    do_runs(town)
    assert "Correct Cobalt services" in (page := words(ben, answer["Location"]))
    assert "entries of the ledger written" in page
    assert "Corrected after sealing" in page
    assert "version 2, Invoice CMS-0416; sealed" in re.sub(r"<[^>]+>", "", page)
    assert "The invoice says otherwise" not in page
    with enter(town.tenant.pk):
        assert {entry.reason for entry in LedgerEntry.objects.filter(kind="correction")} == {"Invoice CMS-0416"}
        assert verified().is_whole


def test_the_same_form_sent_twice_is_one_correction(town: Town, ben: Client) -> None:
    address = shown(town, ben)
    for _ in range(2):
        assert ben.post(address, TYPED | {"step": "confirm"}).status_code == 302
    assert len(runs(town)) == 1
    do_runs(town)
    after = written(town)
    assert ben.post(address, TYPED | {"step": "confirm", "reason": "stale"}).status_code == 302
    assert len(runs(town)) == 1
    do_runs(town)
    assert written(town) == after
    assert (
        "Correcting"
        not in words(ben, at(town, "costs:months", engagement=SLUG)).partition("<table")[0].split("main")[0]
    )


def test_a_confirmation_with_other_charges_shows_what_differs_again(town: Town, ben: Client) -> None:
    before = written(town)
    address = shown(town, ben)
    answer = ben.post(address, TYPED | {"step": "confirm", "charges": "95000.00"})
    assert answer["Location"] != address
    assert "preview=" in answer["Location"]
    assert runs(town) == []
    assert written(town) == before


def test_nothing_is_confirmed_that_was_not_shown(town: Town, ben: Client) -> None:
    answer = ben.post(asked(town), TYPED | {"step": "confirm"})
    assert "preview=" in answer["Location"]
    ben.post(answer["Location"], TYPED | {"step": "confirm"})
    assert runs(town) == []
    assert len(runs(town, services.PREVIEW)) == 1


def test_a_preview_opens_in_its_own_month_and_engagement_only(town: Town, ben: Client) -> None:
    preview = shown(town, ben).partition("preview=")[2]
    assert ben.get(asked(town, "2016-03", preview=preview)).status_code == 404
    assert (
        ben.get(at(town, "costs:correct", engagement="dune-services", month="2016-04", preview=preview)).status_code
        == 404
    )
    assert ben.get(asked(town, preview="nothing")).status_code == 404
    for role in (Role.AUDITOR, Role.FINANCE_CONTROLLER, Role.BOARD_MEMBER):
        assert signed_in(town, role).get(asked(town, preview=preview)).status_code == 404


@pytest.mark.parametrize(
    ("month", "typed", "why"),
    [
        ("2016-04", {"reason": " ", "charges": ""}, "Reason"),
        ("2016-04", {"reason": "why", "charges": "much"}, "Write an amount"),
        ("2016-05", {"reason": "why", "charges": ""}, "May 2016 is not sealed"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_at_the_form(
    town: Town, ben: Client, month: str, typed: dict[str, str], why: str
) -> None:
    before = written(town)
    answer = ben.post(asked(town, month), typed)
    assert answer.status_code == 200
    assert why in answer.content.decode().replace("\u00a0", " ")
    assert written(town) == before
    assert runs(town, services.PREVIEW) == []


def test_a_preview_that_failed_says_why_and_keeps_what_was_typed(town: Town, ben: Client) -> None:
    answer = ben.post(asked(town), TYPED)
    with enter(town.tenant.pk):
        Run.objects.update(state="failed", error="the worker died 5 times")
    page = words(ben, answer["Location"])
    assert "The worker died 5 times" in page
    assert "The invoice says otherwise" in page
    assert "Show what differs" in page
    again = ben.post(answer["Location"], TYPED)
    assert again["Location"] != answer["Location"]


def test_a_correction_that_failed_can_be_confirmed_again(town: Town, ben: Client) -> None:
    address = shown(town, ben)
    ben.post(address, TYPED | {"step": "confirm"})
    with enter(town.tenant.pk):
        Run.objects.filter(kind=services.CORRECT).update(state="failed", error="the worker died 5 times")
    ben.post(address, TYPED | {"step": "confirm"})
    do_runs(town)
    assert [run.state for run in runs(town)] == ["failed", "done"]


def correct(town: Town, **more: Any) -> services.Proposed:
    by = town.member(Role.CONTRACT_MANAGER).person
    return services.correct_month(
        engagement=town.engagement, month=Month("2016-04"), by=by, at=AT, **{"reason": "why", **more}
    )


def report(town: Town, value: str) -> None:
    from contracts.models import ServiceLevel

    level = ServiceLevel.objects.get(engagement=town.engagement, key="p1")
    itsm.report_value(service_level=level, month=Month("2016-04"), value=Decimal(value), source="x", by=None, at=AT)


def test_a_correction_with_a_key_is_written_once(town: Town) -> None:
    with enter(town.tenant.pk):
        report(town, "99")
        assert correct(town, key="one").entries
        report(town, "80")
        before = LedgerEntry.objects.count()
        assert correct(town, key="one").entries == ()
        assert LedgerEntry.objects.count() == before
        assert correct(town, key="two").entries


def links(what: str) -> list[dict[str, str]]:
    return list(Seal.objects.filter(what=what).order_by("position").values_list("after", flat=True))


def test_charges_of_a_correction_are_a_link_of_the_chain_with_its_entries(town: Town) -> None:
    with enter(town.tenant.pk):
        before = Seal.objects.count()
        correct(town, charges=Money(Decimal(90000), "EUR"), key="k")
        (after,) = links("correct credits")
        assert (after["month"], after["reason"], after["correction"]) == ("2016-04", "why", "k")
        assert after["charges 2016-04"] == "EUR 90,000.00 set"
        assert any(name.startswith("CR-2016-04-") for name in after)
        assert Seal.objects.count() == before + 1
        assert verified().is_whole


def test_the_charges_that_hold_already_are_no_other_charges(town: Town) -> None:
    with enter(town.tenant.pk):
        before = (MonthlyCharges.objects.count(), Seal.objects.count())
        correct(town, charges=Money(Decimal(84200), "EUR"))
        assert (MonthlyCharges.objects.count(), Seal.objects.count()) == before


def test_setting_charges_and_judging_by_them_is_one_link(town: Town) -> None:
    by = town.member(Role.CONTRACT_MANAGER).person
    asked = {"engagement": town.engagement, "month": Month("2016-05"), "by": by, "at": AT}
    with enter(town.tenant.pk):
        before = Seal.objects.count()
        services.set_charges(**asked, amount=Money(Decimal(90000), "EUR"))
        services.set_charges(**asked, amount=Money(Decimal(90000), "EUR"))
        assert links("set charges") == [{"charges 2016-05": "EUR 90,000.00 set"}]
        proposed = services.charge_month(**asked, amount=Money(Decimal(100000), "EUR"))
        assert len(proposed.entries) == 1
        assert Seal.objects.count() == before + 2
        assert links("set charges")[1].keys() == {"charges 2016-05", "CR-2016-05-01/2"}
        services.charge_month(**asked, amount=Money(Decimal(100000), "EUR"))
        assert Seal.objects.count() == before + 2
        assert verified().is_whole


def test_the_charges_that_a_seal_keeps_are_in_the_chain(town: Town) -> None:
    with enter(town.tenant.pk):
        before = Seal.objects.count()
        services.seal_month(engagement=town.engagement, month=Month("2016-05"), by=None, at=AT)
        assert Seal.objects.count() == before + 1
        after = links("seal month")[-1]
        assert after.pop("digest")
        assert after == {"month": "2016-05", "charges 2016-05": "EUR 84,200.00 contract"}


def test_a_correction_of_results_is_one_link_that_holds_them(town: Town) -> None:
    with enter(town.tenant.pk):
        report(town, "99")
        before = Seal.objects.count()
        correct(town)
        assert Seal.objects.count() == before + 1
        row = Result.objects.get(month="2016-04", service_level__key="p1", version=2)
        assert links("correct credits")[-1]["result p1/2"] == row.digest
        assert verified().is_whole


def test_the_months_name_the_latest_correction_also_where_it_was_of_charges_alone(town: Town, ben: Client) -> None:
    later = {"engagement": town.engagement, "month": Month("2016-04"), "by": None, "at": AT + timedelta(hours=1)}
    with enter(town.tenant.pk):
        report(town, "99")
        correct(town)
        services.correct_month(**later, reason="the invoice was wrong", charges=Money(Decimal(90000), "EUR"))
        assert not Result.objects.filter(computed_at=later["at"]).exists()
        line = months_page(town.engagement, at=AT + timedelta(hours=2)).line(Month("2016-04"))
        assert line is not None and line.correction is not None
        assert (line.correction.reason, line.correction.by) == ("the invoice was wrong", "")
        report(town, "80")
        services.correct_month(**later | {"at": AT + timedelta(hours=3)}, reason="the probe failed")
    assert "the probe failed; sealed" in words(ben, at(town, "costs:months", engagement=SLUG))


def test_what_a_preview_found_is_read_back_as_it_was(town: Town) -> None:
    with enter(town.tenant.pk):
        report(town, "99")
        found = services.preview_correction(
            engagement=town.engagement, month=Month("2016-04"), at=AT, charges=Money(Decimal(90000), "EUR")
        )
        assert found.results
        assert found.entries
        assert read_correction(found.document()) == found
        nothing = Correction(Month("2016-04"), None, (), (), ())
        assert read_correction(nothing.document()) == nothing


def test_a_correction_is_checked_against_the_contract_of_its_own_engagement(town: Town, ben: Client) -> None:
    with enter(town.tenant.pk):
        later = TERMS.replace("starts: 2015-10-01", "starts: 2016-05-01")
        assert later != TERMS
        import_terms(engagement=town.engagements["dune"], text=later, by=None, at=AT)
    assert "preview=" in shown(town, ben)


def test_charges_of_a_run_are_in_the_currency_of_its_own_contract(town: Town) -> None:
    dune = town.engagements["dune"]
    with enter(town.tenant.pk):
        import_terms(engagement=dune, text=TERMS.replace("currency: EUR", "currency: CHF"), by=None, at=AT)
        found = [money(engagement, "12.50") for engagement in (town.engagements["cobalt"], dune)]
        assert [str(amount and amount.currency) for amount in found] == ["EUR", "CHF"]
