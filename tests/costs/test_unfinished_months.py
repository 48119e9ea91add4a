"""A month that was measured while it ran is not judged once it is over: it has to be measured anew."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from costs import queries, services
from costs.models import Credit, LedgerEntry, MonthlyCharges
from itsm.models import MonthSeal, Result
from mspgov.kernel.period import Month
from mspgov.records.errors import Refused
from mspgov.tenancy.context import enter
from tests.costs.test_credit_services import TERMS, Place, settle
from tests.world import build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]

MIDDLE, OVER = datetime(2026, 8, 5, 9, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
AUGUST = Month("2026-08")


@pytest.fixture
def place() -> Iterator[Place]:
    """July measured once it was over, August in the middle of it, both below minimum."""
    town = build_town()
    with enter(town.tenant.pk):
        place = settle(town, TERMS)
        for month in ("2026-07", "2026-08"):
            place.report(month, uptime="85")
        place.measure("2026-07", "2026-08", at=MIDDLE)
        yield place


def test_what_was_measured_in_the_middle_of_a_month_earns_nothing_once_it_is_over(place: Place) -> None:
    services.propose_credits(engagement=place.engagement, at=OVER)
    assert [number for number, *_ in place.ledger] == ["CR-2026-07-01/1"]
    judged = queries.account(place.engagement, as_of=OVER)
    assert judged.months == (Month("2026-07"),)
    assert judged.unfinished == (AUGUST,)


def test_sealing_the_month_before_does_not_judge_it_either(place: Place) -> None:
    place.seal("2026-07", at=OVER)
    assert [number for number, *_ in place.ledger] == ["CR-2026-07-01/1"]


def test_measured_anew_it_is_judged_also_where_every_figure_stays(place: Place) -> None:
    place.measure("2026-08", at=OVER)
    assert place.ledger[-1] == ("CR-2026-08-01/1", "proposal", "6000.00", None)
    assert queries.account(place.engagement, as_of=OVER).unfinished == ()
    row = Result.objects.filter(month="2026-08", service_level__key="uptime").latest("version")
    assert (row.version, row.as_of) == (2, OVER)
    before = Result.objects.count()
    place.measure("2026-08", at=OVER.replace(day=2))
    assert Result.objects.count() == before


def test_it_is_not_sealed_before_it_is_measured_anew(place: Place) -> None:
    before = (Result.objects.count(), LedgerEntry.objects.count(), Credit.objects.count())
    with pytest.raises(Refused, match="August 2026 was measured before it was over: measure it again, then seal it"):
        place.seal("2026-08", at=OVER)
    assert (Result.objects.count(), LedgerEntry.objects.count(), Credit.objects.count()) == before
    assert not MonthSeal.objects.exists()
    assert not MonthlyCharges.objects.exists()
    place.measure("2026-08", at=OVER)
    place.seal("2026-08", at=OVER)
    assert MonthSeal.objects.get().month == "2026-08"
    assert Credit.objects.filter(month="2026-08").count() == 1


def test_a_month_ends_at_the_first_instant_of_the_next_in_the_contracts_zone() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        place = settle(town, TERMS.replace('"100000.00"}', '"100000.00", time_zone: America/Sao_Paulo}'))
        place.report("2026-07", uptime="85")
        place.measure("2026-07", at=datetime(2026, 8, 1, 2, 59, tzinfo=UTC))
        later = datetime(2026, 8, 1, 3, tzinfo=UTC)
        services.propose_credits(engagement=place.engagement, at=later)
        assert place.ledger == []
        place.measure("2026-07", at=later)
        assert len(place.ledger) == 1


def test_a_level_that_an_amendment_took_out_does_not_hold_its_month_up(place: Place) -> None:
    from contracts.services import import_terms

    amended = TERMS.replace(
        "  - {key: calls, name: Calls in time, measure: percentage, expected: 95, minimum: 90}\n", ""
    )
    amended = amended.replace(", calls: 100", "")
    import_terms(engagement=place.engagement, text=amended, effective=AUGUST.first_day, by=place.by, at=MIDDLE)
    place.measure("2026-08", at=OVER)
    assert queries.account(place.engagement, as_of=OVER).unfinished == ()
    place.seal("2026-08", at=OVER)
