"""What both sides read of credits: groups, totals, reasons, history, and what one ticket cost."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from contracts.models import ServiceLevel
from contracts.services import import_terms
from costs import queries, services
from costs.models import Credit
from costs.queries.months import latest_filled, month_money
from costs.queries.reasons import default_reason
from itsm import services as itsm
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records import services as records
from mspgov.tenancy.context import enter, narrow
from mspgov.tenancy.policy import Role
from tests.itsm.measured import ticket
from tests.world import Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]

AT = datetime(2016, 6, 14, 12, 42, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-2015-114, currency: EUR, starts: 2015-10-01, ends: 2018-09-30, monthly_charges: "84200.00"}
service_levels:
  - {key: p1, name: P1 resolution, measure: percentage, expected: 95, minimum: 90}
  - {key: p2, name: P2 resolution, measure: percentage, expected: 90, minimum: 85}
  - {key: vdi, name: Virtual desktop up, measure: availability, expected: 99.9, minimum: 99.5}
  - {key: joiners, name: Joiners in 3 days, measure: percentage, expected: 95, minimum: 90}
  - {key: calls, name: Calls in 30 seconds, measure: percentage, expected: 90, minimum: 85}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  pool_percent: 200
  allocations: {p1: 40, p2: 25, vdi: 25, joiners: 5, calls: 20}
  below_minimum: 1
  continued: [1, 1.5, 2]
  ramp_up_until: 2015-12-31
  earn_back: {period: contract_year, when: mean_at_least_expected}
"""
MONTHS = {
    "2016-03": {"p1": "97", "p2": "84.13", "vdi": "99.93", "joiners": "96.7", "calls": "91"},
    "2016-04": {"p1": "89.89", "p2": "81.65", "vdi": "99.41", "joiners": "95", "calls": "90"},
    "2016-05": {"p1": "95", "p2": "84.93", "vdi": "99.38", "joiners": "86.21", "calls": "92"},
}


@pytest.fixture
def town() -> Town:
    town = build_town()
    with enter(town.tenant.pk):
        by = town.member(Role.CONTRACT_MANAGER).person
        import_terms(engagement=town.engagement, text=TERMS, by=by, at=AT)
        levels = {level.key: level for level in ServiceLevel.objects.filter(engagement=town.engagement)}
        for month, values in MONTHS.items():
            for key, value in values.items():
                itsm.report_value(
                    service_level=levels[key], month=Month(month), value=Decimal(value), source="report", by=by, at=AT
                )
        services.measure(
            engagement=town.engagement, first=Month("2016-01"), last=Month("2016-05"), as_of=AT, at=AT, by=by
        )
        services.seal_month(engagement=town.engagement, month=Month("2016-04"), by=by, at=AT)
    return town


def test_the_page_of_credits_is_that_of_the_picture(town: Town) -> None:
    with enter(town.tenant.pk):
        view = queries.credits_view(town.engagement, as_of=AT)
    assert view.sentence == "EUR 18,313.50 proposed."
    assert [(group.key, group.count, str(group.amount)) for group in view.groups] == [("proposed", 7, "EUR 18,313.50")]
    lines = {line.number: (line.service_level, line.amount.text, line.capped) for line in view.groups[0].lines}
    assert lines == {
        "CR-2016-05-01": ("p2", "4210.00", False),
        "CR-2016-05-02": ("vdi", "3157.50", False),
        "CR-2016-05-03": ("joiners", "421.00", False),
        "CR-2016-04-01": ("p1", "3285.85", True),
        "CR-2016-04-02": ("p2", "3080.49", True),
        "CR-2016-04-03": ("vdi", "2053.66", True),
        "CR-2016-03-01": ("p2", "2105.00", False),
    }
    bars = [(str(bar.month), bar.amount.text, bar.before_cap.text, str(bar.cap), bar.capped) for bar in view.bars]
    assert bars == [
        ("2016-01", "0.00", "0.00", "EUR 8,420.00", False),
        ("2016-02", "0.00", "0.00", "EUR 8,420.00", False),
        ("2016-03", "2105.00", "2105.00", "EUR 8,420.00", False),
        ("2016-04", "8420.00", "8630.50", "EUR 8,420.00", True),
        ("2016-05", "7788.50", "7788.50", "EUR 8,420.00", False),
    ]
    assert [str(bar.month) for bar in view.bars if bar.sealed_at] == ["2016-04"]
    year = view.year
    assert year is not None
    assert (year.number, str(year.at_risk), year.share) == (1, "EUR 42,100.00", Decimal("43.5"))
    assert (year.earn_back_on, year.earning_back) == (date(2016, 9, 30), ())
    assert (view.without_credit, view.ramp_up_until, view.charges_missing) == (1, date(2015, 12, 31), ())


def test_states_group_the_credits_and_disputes_show_in_the_bars(town: Town) -> None:
    with enter(town.tenant.pk):
        by = town.member(Role.CONTRACT_MANAGER).person
        moves = (("2016-05", "p2", "dispute"), ("2016-04", "p1", "accept"), ("2016-03", "p2", "waive"))
        for month, level, verb in moves:
            credit = records.locked(Credit.objects, month=month, service_level__key=level)
            with records.move(credit, verb, by=by, at=AT):
                pass
        view = queries.credits_view(town.engagement, as_of=AT)
        assert [group.key for group in view.groups] == ["disputed", "proposed", "due", "waived"]
        assert view.sentence == "EUR 4,210.00 disputed, EUR 8,712.65 proposed, EUR 3,285.85 due."
        assert [bar.disputed.text for bar in view.bars][-1] == "4210.00"
        assert queries.money_sentence() == (
            "EUR 4,210.00 disputed in 1 credit; EUR 8,712.65 proposed in 4 credits; EUR 3,285.85 due in 1 credit"
        )


def test_a_credits_page_has_its_steps_its_way_its_ledger_and_its_month(town: Town) -> None:
    with enter(town.tenant.pk):
        credit = Credit.objects.get(month="2016-05", service_level__key="p2")
        page = queries.credit_page(credit.public_id, as_of=AT)
    assert [step.label for step in page.steps] == [
        "Attainment", "Default", "Multiplier", "At-risk amount", "Allocation", "Cap", "Credit",
    ]  # fmt: skip
    assert page.steps[2].value == "× 2"
    assert [(step.label, step.state) for step in page.path] == [
        ("Measured", "done"), ("Proposed", "done"), ("Answer", "now"), ("Claim", "ahead"), ("Credit note", "ahead"),
        ("Applied", "ahead"),
    ]  # fmt: skip
    assert page.path[1].by.startswith("Ben Okafor")
    assert [(line.version, line.in_force, line.before) for line in page.ledger] == [(1, True, None)]
    assert page.month is not None
    assert page.month.amount.text == "7788.50"
    assert [line.service_level for line in page.siblings] == ["vdi", "joiners"]


def test_a_replaced_entry_stays_and_is_marked(town: Town) -> None:
    with enter(town.tenant.pk):
        services.correct_month(
            engagement=town.engagement, month=Month("2016-04"), reason="invoice 12", by=None, at=AT,
            charges=Money(Decimal(80000), "EUR"),
        )  # fmt: skip
        credit = Credit.objects.get(month="2016-04", service_level__key="p1")
        lines = queries.credit_page(credit.public_id, as_of=AT).ledger
    assert [(line.kind, line.in_force, str(line.before), line.reason) for line in lines] == [
        ("correction", True, "EUR 3,285.85", "invoice 12"),
        ("proposal", False, "None", ""),
    ]


def test_a_provider_sees_no_credit_of_another(town: Town) -> None:
    with enter(town.tenant.pk):
        credit = Credit.objects.first()
        assert credit is not None
        narrow([town.engagements["dune"].pk])
        assert queries.credit_list() == ()
        with pytest.raises(Http404):
            queries.credit_page(credit.public_id, as_of=AT)


def test_pages_ask_the_database_a_few_times_whatever_they_show(town: Town) -> None:
    with enter(town.tenant.pk):
        credit = Credit.objects.first()
        assert credit is not None
        asked = {}
        for name, ask in {
            "credits": lambda: queries.credits_view(town.engagement, as_of=AT),
            "credit": lambda: queries.credit_page(credit.public_id, as_of=AT),
            "ledger": lambda: queries.ledger_list(town.engagement),
            "charges": lambda: queries.charges_list(town.engagement, until=Month("2016-06")),
            "home": queries.money_sentence,
        }.items():
            with CaptureQueriesContext(connection) as captured:
                ask()
            asked[name] = len(captured)
    assert asked == {"credits": 6, "credit": 18, "ledger": 1, "charges": 5, "home": 1}


def test_the_charges_say_where_they_come_from(town: Town) -> None:
    with enter(town.tenant.pk):
        by = town.member(Role.FINANCE_CONTROLLER).person
        money = Money(Decimal("80000.00"), "EUR")
        services.set_charges(engagement=town.engagement, month=Month("2016-05"), amount=money, by=by, at=AT)
        lines = queries.charges_list(town.engagement, until=Month("2016-06"))
    assert [str(line.month) for line in lines][:2] == ["2016-06", "2016-05"]
    assert [(line.origin, str(line.amount)) for line in lines[:3]] == [
        ("contract", "EUR 84,200.00"), ("set", "EUR 80,000.00"), ("contract", "EUR 84,200.00"),
    ]  # fmt: skip
    assert lines[1].by.startswith("Paulo Restrepo")
    assert [line.measured for line in lines[:3]] == [False, True, True]


def test_the_reason_of_a_month_is_that_of_its_own_engagement(town: Town) -> None:
    dune = town.engagements["dune"]
    with enter(town.tenant.pk):
        import_terms(engagement=dune, text=TERMS, by=None, at=AT)
        here = default_reason(town.engagement, "vdi", Month("2016-05"), as_of=AT)
        there = default_reason(dune, "vdi", Month("2016-05"), as_of=AT)
        assert here.credit.startswith("CR-2016-05") and here.steps
        assert (there.credit, there.amount, there.is_judged) == ("", None, False)


def test_the_latest_filled_month_is_that_of_the_engagements_own_tickets(town: Town) -> None:
    dune = town.engagements["dune"]
    with enter(town.tenant.pk):
        ticket(town.engagement, "INC1", datetime(2016, 4, 4, 8, tzinfo=UTC), 2).save()
        ticket(dune, "INC1", datetime(2016, 6, 4, 8, tzinfo=UTC), 2).save()
        assert latest_filled(town.engagement, "UTC", None) == Month("2016-04")
        assert latest_filled(dune, "UTC", None) == Month("2016-06")
        assert latest_filled(town.engagement, "UTC", Month("2016-05")) == Month("2016-05")


def test_a_month_without_credits_is_in_the_currency_of_its_own_contract(town: Town) -> None:
    dune = town.engagements["dune"]
    with enter(town.tenant.pk):
        import_terms(engagement=dune, text=TERMS.replace("currency: EUR", "currency: CHF"), by=None, at=AT)
        for engagement, currency in ((dune, "CHF"), (town.engagement, "EUR")):
            found = month_money(engagement, Month("2015-10"))
            assert (found.count, found.total.currency) == (0, currency)
