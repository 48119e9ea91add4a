"""A month that is still running has missed nothing yet: the pages of money say where it is heading."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from costs.queries.months import months_page
from costs.views.month_parts import levels_sub, levels_words
from itsm import services as itsm
from itsm.models import Ticket
from mspgov.kernel.period import Month
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, signed_in, words
from tests.itsm.measured import AS_OF, measured, ticket
from tests.world import Town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]
SLUG = "cobalt-services"
MAY = Month("2016-05")


def running(late: int, in_time: int = 0) -> Town:
    """A town in the middle of May: so many more tickets were answered in time and resolved late, or in time."""
    town = measured()
    with enter(town.tenant.pk):
        opened = datetime(2016, 5, 4, 8, tzinfo=UTC)
        Ticket.objects.bulk_create(
            ticket(town.engagement, f"MAY{n}", opened + timedelta(minutes=n), 52 if n < late else 4)
            for n in range(late + in_time)
        )
        itsm.measure(engagement=town.engagement, first=MAY, last=MAY, as_of=AS_OF)
    return town


@pytest.fixture
def in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: AS_OF)


def row_of(page: str, month: str) -> str:
    """The words of a month's row."""
    return next(row for row in page.split("<tr") if month in row and "<td" in row)


@pytest.mark.usefixtures("in_may")
def test_the_months_say_set_to_miss_and_not_missed() -> None:
    town = running(late=12)
    ben: Client = signed_in(town, Role.CONTRACT_MANAGER)
    row = row_of(words(ben, at(town, "costs:months", engagement=SLUG)), "May 2016")
    assert "still running" in row
    assert "1 of 2 set to miss" in row
    assert "1 not measured yet" in row
    assert "missed" not in row.lower()


@pytest.mark.usefixtures("in_may")
def test_the_page_of_its_seal_says_so_too() -> None:
    town = running(late=12)
    page = words(signed_in(town, Role.CONTRACT_MANAGER), at(town, "costs:seal", engagement=SLUG, month=MAY))
    for said in ("Service levels set to miss", "Set to miss", "Set to meet", "Not over"):
        assert said in page
    assert "Missed" not in page


def test_a_month_that_keeps_what_was_promised_is_set_to_meet() -> None:
    town = running(late=0, in_time=20)
    with enter(town.tenant.pk):
        line = months_page(town.engagement, at=AS_OF).line(MAY)
        assert line is not None
        assert (levels_words(line), levels_sub(line)) == ("2 set to meet", "1 not measured yet")


def test_once_it_is_over_it_waits_to_be_measured_anew() -> None:
    town = running(late=12)
    with enter(town.tenant.pk):
        page = months_page(town.engagement, at=datetime(2016, 6, 1, tzinfo=UTC))
        line = page.line(MAY)
        assert line is not None
        assert (line.is_unfinished, line.can_be_sealed, line.headings) == (True, False, {})
        assert page.unfinished == (line,)
        assert page.open_lines == ()
        itsm.measure(engagement=town.engagement, first=MAY, last=MAY, as_of=datetime(2016, 6, 1, tzinfo=UTC))
        measured_anew = months_page(town.engagement, at=datetime(2016, 6, 1, tzinfo=UTC)).line(MAY)
        assert measured_anew is not None
        assert measured_anew.can_be_sealed
        assert levels_words(measured_anew).endswith("missed")


@pytest.mark.usefixtures("in_may")
def test_who_may_measure_is_told_which_month_was_measured_too_early(monkeypatch: pytest.MonkeyPatch) -> None:
    town = running(late=0)
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2016, 6, 2, tzinfo=UTC))
    page = words(signed_in(town, Role.CONTRACT_MANAGER), at(town, "costs:months", engagement=SLUG))
    assert "May 2016 was measured before the end: measure again." in page
    assert "Measured too early" in row_of(page, "May 2016")
    assert "Seal month" not in row_of(page, "May 2016")
