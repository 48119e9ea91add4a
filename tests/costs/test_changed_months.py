"""A month whose figures are older than what came after is not offered to be sealed: it is to be measured again."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import ServiceLevel
from contracts.services import import_terms
from costs import services
from costs.models import LedgerEntry
from costs.queries.months import months_page
from itsm import services as itsm
from itsm.models import Import, Result
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records.services import keep_file
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import AT, TERMS, at, charged_town, do_runs, signed_in, words
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]
SLUG, MAY, OTHER = "cobalt-services", Month("2016-05"), datetime(2016, 6, 20, tzinfo=UTC)


@pytest.fixture
def town() -> Town:
    return charged_town()


def report(town: Town, value: str = "80") -> None:
    with enter(town.tenant.pk):
        level = ServiceLevel.objects.get(engagement=town.engagement, key="p2")
        itsm.report_value(service_level=level, month=MAY, value=Decimal(value), source="report", by=None, at=OTHER)


def imported(town: Town, months: list[str], **told: object) -> None:
    from io import BytesIO

    with enter(town.tenant.pk):
        file = keep_file(name="t.csv", media_type="text/csv", stream=BytesIO(b"x"), by=None, at=OTHER, engagement=town.engagement)  # fmt: skip
        Import.objects.create(
            engagement=town.engagement, file=file, format="csv", time_zone="UTC", state=Import.State.DONE,
            months=months, asked_at=OTHER, done_at=OTHER, **told,
        )  # fmt: skip


def changed(town: Town) -> str:
    with enter(town.tenant.pk):
        line = months_page(town.engagement, at=OTHER).line(MAY)
        assert line is not None
        assert line.can_be_sealed is not bool(line.changed)
        return line.changed


def test_another_reported_value_asks_for_a_measurement_not_for_the_seal(town: Town) -> None:
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    assert "May 2016 waits to be sealed" in words(ben, at(town, "costs:months"))
    report(town)
    months = words(ben, at(town, "costs:months"))
    assert "May 2016 changed since it was measured (a value was reported)" in months
    assert "Changed since measured" in months
    assert "waits to be sealed" not in months
    assert "Nothing is missing" not in months
    assert "Seal May 2016" not in months
    page = words(ben, at(town, "costs:seal", engagement=SLUG, month=MAY))
    assert "these figures are the old ones" in page
    assert "Measure May 2016" in page
    assert 'type="submit">Seal May 2016' not in page
    home = words(ben, at(town, "desk:home"))
    assert "May is to be measured again" in home
    assert "May is not sealed" not in home


def test_measured_again_it_is_offered_to_be_sealed(town: Town) -> None:
    report(town)
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    ben.post(at(town, "costs:measure", engagement=SLUG), {"first": MAY.text, "last": MAY.text})
    do_runs(town)
    assert changed(town) == ""
    assert 'type="submit">Seal May 2016' in words(ben, at(town, "costs:seal", engagement=SLUG, month=MAY))


def test_an_import_that_touched_the_month_counts_until_it_is_measured_again(town: Town) -> None:
    imported(town, [MAY.text], created=1)
    assert changed(town) == "tickets were imported"
    with enter(town.tenant.pk):
        before = Result.objects.count()
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    ben.post(at(town, "costs:measure", engagement=SLUG), {"first": MAY.text, "last": MAY.text})
    with enter(town.tenant.pk):
        from mspgov.jobs.models import Run

        Run.objects.update(began_at=timezone.now())
    do_runs(town)
    assert changed(town) == ""
    with enter(town.tenant.pk):
        assert Result.objects.count() == before


@pytest.mark.parametrize(("months", "told"), [(["2016-04"], {"created": 1}), (["2016-05"], {"unchanged": 9})])
def test_an_import_of_other_months_or_of_nothing_new_does_not(town: Town, months: list[str], told: dict[str, int]) -> None:  # fmt: skip
    imported(town, months, **told)
    assert changed(town) == ""


def test_charges_that_nobody_judged_yet_count(town: Town) -> None:
    with enter(town.tenant.pk):
        before = LedgerEntry.objects.count()
        services.set_charges(engagement=town.engagement, month=MAY, amount=Money(Decimal(100000), "EUR"), by=None, at=OTHER)  # fmt: skip
    assert changed(town) == "charges or an earlier month changed"
    with enter(town.tenant.pk):
        services.propose_credits(engagement=town.engagement, at=OTHER)
        assert LedgerEntry.objects.count() == before + 1
    assert changed(town) == ""


def test_an_amendment_of_the_month_counts(town: Town) -> None:
    with enter(town.tenant.pk):
        import_terms(
            engagement=town.engagement, text=TERMS.replace("minimum: 85", "minimum: 80"), effective=MAY.first_day,
            by=None, at=OTHER,
        )  # fmt: skip
    assert changed(town) == "the terms were amended"


def test_what_changed_is_asked_in_as_many_queries_for_many_changes_as_for_none(town: Town) -> None:
    counts = []
    for value in ("80", "79"):
        with enter(town.tenant.pk), CaptureQueriesContext(connection) as asked:
            months_page(town.engagement, at=AT)
        counts.append(len(asked))
        report(town, value)
        imported(town, [MAY.text], created=1)
    assert counts[0] == counts[1]


def test_an_import_offers_measuring_to_whom_may_measure_and_names_them_to_others(town: Town) -> None:
    imported(town, [MAY.text], created=1)
    with enter(town.tenant.pk):
        address = at(town, "itsm:import", Import.objects.get().public_id)
    assert "Measure now" in words(signed_in(town, Role.CONTRACT_MANAGER), address)
    page = words(signed_in(town, Role.CHANGE_MANAGER), address)
    assert "Measure now" not in page
    assert "Months are measured by contract manager or service owner." in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.BOARD_MEMBER])
def test_home_says_whom_money_waits_for_where_nothing_needs_the_reader(town: Town, role: Role) -> None:
    page = words(signed_in(town, role), at(town, "desk:home"))
    assert "Nothing needs you." in page
    assert "Others have EUR 14,735.00 proposed to answer." in page
    assert "The dearest" not in page
