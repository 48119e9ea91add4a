"""Months measured, sealed, corrected: figures, versions, and what repeating leaves."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.models import ServiceLevel
from contracts.services import import_terms
from itsm import services
from itsm.models import MonthSeal, Outcome, Result
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.records.errors import Refused
from mspgov.tenancy.context import enter
from tests.itsm.place import AT, TERMS, Place, date, incident, make_place

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R2.5")]


@pytest.fixture
def place() -> Place:
    place = make_place()
    place.bring(
        *incident("INC1", "1/3/2016 09:00", "1/3/2016 09:20", "1/3/2016 12:00", "1 - Critical"),
        *incident("INC2", "1/3/2016 09:00", "1/3/2016 09:40", "1/3/2016 14:00", "1 - Critical", category="Mail"),
        *incident("INC3", "31/3/2016 20:00", "31/3/2016 20:10", "1/4/2016 02:00", "1 - Critical"),
        *incident("INC4", "30/3/2016 09:00", "30/3/2016 12:00", "", category="Mail"),
        *incident("INC5", "20/6/2016 09:00", "20/6/2016 09:10", "", "4 - Low"),
    )
    return place


def stored(place: Place) -> tuple[int, int]:
    with enter(place.town.tenant.pk):
        return Result.objects.count(), Outcome.objects.count()


def line(month: str, level: str, total: int, met: int, attainment: str | None, excluded: int = 0) -> dict:
    return {"month": month, "service_level": level, "total": total, "met": met, "attainment": attainment,
            "excluded": excluded}  # fmt: skip


def test_every_month_and_level_has_a_line_also_where_nothing_was_measured(place):
    found = place.measure("2016-03", "2016-05")
    assert list(found.values()) == [
        line("2016-03", "p1-resolve", 2, 1, "50.0000"),
        line("2016-03", "p3-resolve", 1, 0, "0.0000"),
        line("2016-03", "respond", 4, 3, "75.0000"),
        line("2016-03", "mail", 1, 1, "100.0000"),
        line("2016-03", "uptime", 0, 0, None),
        line("2016-04", "p1-resolve", 1, 0, "0.0000"),
        line("2016-04", "p3-resolve", 0, 0, None),
        line("2016-04", "respond", 0, 0, None),
        line("2016-04", "mail", 1, 0, "0.0000"),
        line("2016-04", "uptime", 0, 0, None),
        *(line("2016-05", level, 0, 0, None) for level in ("p1-resolve", "p3-resolve", "respond", "mail", "uptime")),
    ]


def test_measuring_again_gives_the_same_and_writes_nothing(place):
    first = place.measure("2016-03", "2016-05")
    before = stored(place)
    assert place.measure("2016-03", "2016-05", as_of=AT + timedelta(days=40)) == first
    assert place.measure("2016-04")["2016-04", "p1-resolve"] == first["2016-04", "p1-resolve"]
    assert stored(place) == before


def test_a_result_that_differs_is_a_new_version_with_its_own_outcomes(place):
    place.measure("2016-03")
    place.bring(*incident("INC6", "2/3/2016 09:00", "2/3/2016 09:20", "2/3/2016 12:00", "1 - Critical"))
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["total"] == 3
    with enter(place.town.tenant.pk):
        versions = Result.objects.filter(service_level__key="p1-resolve").order_by("version")
        assert [(r.version, r.total, r.outcomes.count()) for r in versions] == [(1, 2, 0), (2, 3, 3)]
        assert Result.objects.filter(service_level__key="p3-resolve").count() == 1


def test_a_decision_that_a_ticket_does_not_count_takes_it_out_of_its_levels(place):
    with enter(place.town.tenant.pk):
        level = ServiceLevel.objects.get(key="p1-resolve")
        services.exclude_ticket(ticket=place.ticket("INC2"), kind="client_fault", reason="their proxy", service_level=level,
                                by=None, at=AT)  # fmt: skip
    found = place.measure("2016-03")
    assert found["2016-03", "p1-resolve"] == line("2016-03", "p1-resolve", 1, 1, "100.0000", excluded=1)
    assert found["2016-03", "respond"]["total"] == 4
    with enter(place.town.tenant.pk):
        services.exclude_ticket(ticket=place.ticket("INC2"), kind="relief", reason="all of it", by=None, at=AT)
    assert place.measure("2016-03")["2016-03", "respond"] == line("2016-03", "respond", 3, 3, "100.0000", excluded=1)
    with enter(place.town.tenant.pk):
        services.exclude_ticket(ticket=place.ticket("INC2"), kind="relief", reason="not so", by=None, at=AT + timedelta(1),
                                in_force=False)  # fmt: skip
        with pytest.raises(Fault, match="reason: is missing"):
            services.exclude_ticket(ticket=place.ticket("INC2"), kind="relief", reason=" ", by=None, at=AT)
    assert place.measure("2016-03")["2016-03", "respond"]["total"] == 4


def test_a_target_is_that_in_force_when_the_ticket_opened_and_a_minimum_that_of_the_first_day(place):
    harder = TERMS.replace("target: {hours: 4}", "target: {hours: 8}").replace("minimum: 90", "minimum: 50")
    with enter(place.town.tenant.pk):
        import_terms(engagement=place.engagement, text=harder, effective=date(2016, 4, 1), by=None, at=AT)
    place.bring(*incident("INC7", "1/4/2016 00:00", "1/4/2016 00:10", "1/4/2016 06:00", "1 - Critical"))
    found = place.measure("2016-03", "2016-04")
    assert found["2016-04", "p1-resolve"] == line("2016-04", "p1-resolve", 2, 1, "50.0000")
    with enter(place.town.tenant.pk):
        standing = dict(Result.objects.filter(service_level__key="p1-resolve").values_list("month", "standing"))
    assert standing == {"2016-03": "missed", "2016-04": "at_risk"}


def test_tickets_opened_outside_the_term_are_in_no_level():
    place = make_place(TERMS.replace("starts: 2016-01-01", "starts: 2016-03-15"))
    place.bring(
        *incident("OLD", "29/2/2016 23:00", "29/2/2016 23:10", "1/3/2016 01:00", "1 - Critical"),
        *incident("NEW", "1/3/2016 00:00", "1/3/2016 00:10", "1/3/2016 01:00", "1 - Critical"),
    )
    found = place.measure("2016-02", "2016-03")
    assert found["2016-02", "p1-resolve"]["total"] == 0
    assert found["2016-03", "p1-resolve"]["total"] == 1


def seal(place: Place, month: str, at: datetime = AT) -> MonthSeal:
    with enter(place.town.tenant.pk):
        return services.seal_month(engagement=place.engagement, month=Month(month), by=None, at=at)


def test_a_month_is_sealed_once_it_is_over_and_measured(place):
    with pytest.raises(Refused, match="March 2016 is not measured yet"):
        seal(place, "2016-03")
    place.measure("2016-03")
    with pytest.raises(Refused, match="March 2016 is not over"):
        seal(place, "2016-03", datetime(2016, 3, 31, 23, 59, tzinfo=UTC))
    first = seal(place, "2016-03", datetime(2016, 4, 1, tzinfo=UTC))
    assert seal(place, "2016-03").pk == first.pk


def test_a_month_measured_before_it_was_over_is_not_sealed_as_it_was_then(place):
    place.measure("2016-03", as_of=datetime(2016, 3, 15, tzinfo=UTC))
    before = stored(place)
    with pytest.raises(Refused, match="March 2016 has changed since it was measured"):
        seal(place, "2016-03")
    with enter(place.town.tenant.pk):
        assert not MonthSeal.objects.exists()
    assert stored(place) == before
    place.measure("2016-03")
    seal(place, "2016-03")


def test_a_month_whose_tickets_changed_since_is_measured_again_before_it_is_sealed(place):
    place.measure("2016-03")
    place.bring(*incident("INC6", "2/3/2016 09:00", "2/3/2016 09:20", "2/3/2016 12:00", "1 - Critical"))
    with pytest.raises(Refused, match="March 2016 has changed since it was measured"):
        seal(place, "2016-03")
    place.measure("2016-03")
    seal(place, "2016-03")


def test_a_sealed_month_gives_its_sealed_line_and_says_what_would_differ(place):
    place.measure("2016-03")
    seal(place, "2016-03")
    before = stored(place)
    place.bring(*incident("INC6", "2/3/2016 09:00", "2/3/2016 09:20", "2/3/2016 12:00", "1 - Critical"))
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["total"] == 2
    with enter(place.town.tenant.pk):
        lines = services.measure(engagement=place.engagement, first=Month("2016-03"), last=Month("2016-03"), as_of=AT)
    assert [(found.level.key, found.differs) for found in lines if found.differs] == [
        ("p1-resolve", "p1-resolve 2016-03: sealed at 50.0000 (1 of 2); it would now be 66.6667 (2 of 3)"),
        ("respond", "respond 2016-03: sealed at 75.0000 (3 of 4); it would now be 80.0000 (4 of 5)"),
    ]
    assert stored(place) == before


def test_a_correction_of_a_sealed_month_is_a_further_version_with_its_reason(place):
    def correct(reason: str):
        return services.correct_month(
            engagement=place.engagement, month=Month("2016-03"), reason=reason, by=None, at=AT
        )

    place.measure("2016-03")
    with enter(place.town.tenant.pk), pytest.raises(Refused, match="not sealed"):
        correct("why not")
    seal(place, "2016-03")
    place.bring(*incident("INC6", "2/3/2016 09:00", "2/3/2016 09:20", "2/3/2016 12:00", "1 - Critical"))
    with enter(place.town.tenant.pk), pytest.raises(Fault, match="reason: is missing"):
        correct(" ")
    with enter(place.town.tenant.pk):
        assert [m.level.key for m in correct("INC6 came late")] == ["p1-resolve", "respond"]
        assert correct("INC6 came late") == []
        versions = Result.objects.filter(service_level__key="p1-resolve").order_by("version")
        assert [(r.version, r.total, r.reason, r.outcomes.count()) for r in versions] == [
            (1, 2, "", 2), (2, 3, "INC6 came late", 3),
        ]  # fmt: skip
    assert place.measure("2016-03")["2016-03", "p1-resolve"]["total"] == 3


def test_a_reported_value_stands_where_tickets_do_not(place):
    def report(key: str, value: str, source: str = "monitoring"):
        level = ServiceLevel.objects.get(key=key)
        return services.report_value(service_level=level, month=Month("2016-03"), value=Decimal(value), source=source,
                                     by=None, at=AT)  # fmt: skip

    with enter(place.town.tenant.pk):
        report("uptime", "99.4")
        report("uptime", "99.95")
        for key, value, source, refusal in (
            ("p1-resolve", "90", "x", "measured from tickets"), ("uptime", "100.1", "x", "value: must be a percentage"),
            ("uptime", "NaN", "x", "value: must be a percentage"), ("uptime", "90", " ", "source: is missing"),
        ):  # fmt: skip
            with pytest.raises((Refused, Fault), match=refusal):
                report(key, value, source)
    assert place.measure("2016-03")["2016-03", "uptime"] == {
        **line("2016-03", "uptime", 0, 0, "99.9500"), "reported": True,
    }  # fmt: skip


def test_without_a_contract_nothing_is_measured(place):
    with enter(place.town.tenant.pk):
        other = type(place.engagement).objects.create(slug="empty", name="Empty", provider=place.engagement.provider)
        assert services.measure(engagement=other, first=Month("2016-03"), last=Month("2016-04"), as_of=AT) == []
        with pytest.raises(Refused, match="no contract"):
            services.seal_month(engagement=other, month=Month("2016-03"), by=None, at=AT)
