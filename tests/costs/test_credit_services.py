"""Charges, proposals, seals and corrections, on one small town."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404

from contracts.models import Contract, ServiceLevel
from contracts.services import import_terms
from costs import queries, services
from costs.models import Credit, LedgerEntry, MonthlyCharges
from itsm import services as itsm
from itsm.models import MonthSeal, Result
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records.errors import Refused
from mspgov.records.models import Record, Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.2")]

AT = datetime(2026, 8, 5, 9, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31, monthly_charges: "100000.00"}
service_levels:
  - {key: uptime, name: ERP up, measure: availability, expected: 95, minimum: 90, clause: Schedule 4 §2.2}
  - {key: calls, name: Calls in time, measure: percentage, expected: 95, minimum: 90}
credit_regime:
  kind: at_risk
  at_risk_percent: 10
  pool_percent: 200
  allocations: {uptime: 40, calls: 100}
  below_minimum: 1
  continued: [1, 1.5, 2]
"""


@dataclass
class Place:
    """An engagement with terms; months are reported, measured, sealed."""

    town: Town
    engagement: Engagement
    by: Person

    def report(self, month: str, at: datetime = AT, **values: str) -> None:
        for key, value in values.items():
            itsm.report_value(
                service_level=ServiceLevel.objects.get(key=key, contract__engagement=self.engagement),
                month=Month(month),
                value=Decimal(value),
                source="monthly report",
                by=self.by,
                at=at,
            )

    def measure(self, first: str, last: str = "", at: datetime = AT) -> services.Measured:
        return services.measure(
            engagement=self.engagement, first=Month(first), last=Month(last or first), as_of=at, at=at, by=self.by
        )

    def charge(self, month: str, amount: str) -> MonthlyCharges:
        money = Money(Decimal(amount), "EUR")
        return services.set_charges(engagement=self.engagement, month=Month(month), amount=money, by=self.by, at=AT)

    def seal(self, month: str, at: datetime = AT) -> services.Proposed:
        return services.seal_month(engagement=self.engagement, month=Month(month), by=self.by, at=at)

    def correct(self, month: str, reason: str, charges: Money | None = None) -> services.Proposed:
        return services.correct_month(
            engagement=self.engagement, month=Month(month), reason=reason, by=self.by, at=AT, charges=charges
        )

    @property
    def ledger(self) -> list[tuple[str, str, str, int | None]]:
        """(number, kind, amount, version that it replaces) in order of writing."""
        lines = reversed(queries.ledger_list(self.engagement))
        return [(line.number, line.kind, line.amount.text, line.replaces) for line in lines]


def settle(town: Town, terms: str = TERMS) -> Place:
    person = town.member(Role.CONTRACT_MANAGER).person
    engagement = town.engagement
    import_terms(engagement=engagement, text=terms, by=person, at=AT)
    return Place(town, engagement, person)


@pytest.fixture
def place() -> Iterator[Place]:
    town = build_town()
    with enter(town.tenant.pk):
        yield settle(town)


def test_a_default_becomes_one_proposal_with_its_reasons(place: Place) -> None:
    place.report("2026-01", uptime="85", calls="99")
    measured = place.measure("2026-01")
    assert place.ledger == [("CR-2026-01-01/1", "proposal", "4000.00", None)]
    credit = Credit.objects.get()
    assert (credit.state, credit.balance, credit.row["cause"]) == (
        "proposed",
        Money(Decimal(4000), "EUR"),
        "below_minimum",
    )
    assert [step["label"] for step in credit.derivation][-1] == "Credit"
    entry = LedgerEntry.objects.get()
    assert entry.result == Result.objects.get(service_level__key="uptime")
    assert (entry.terms_version.version, entry.derivation) == (1, credit.derivation)
    record = Record.objects.get(pk=credit.record_id)
    assert (record.kind, record.title, record.state) == ("credit", "ERP up, January 2026", "proposed")
    assert [line["service_level"] for line in measured.documents()] == ["uptime", "calls"]


def test_measuring_again_writes_nothing(place: Place) -> None:
    place.report("2026-01", uptime="85", calls="85")
    place.measure("2026-01", "2026-03")
    counts = (LedgerEntry.objects.count(), Result.objects.count(), Seal.objects.count(), Credit.history.count())
    again = place.measure("2026-01", "2026-03", at=AT.replace(hour=12))
    assert again.proposed.entries == ()
    assert (LedgerEntry.objects.count(), Result.objects.count(), Seal.objects.count(), Credit.history.count()) == counts
    assert verified().is_whole


def test_amounts_are_those_of_the_calculator_and_add_up_to_the_cap(place: Place) -> None:
    for month in ("2026-01", "2026-02", "2026-03"):
        place.report(month, uptime="85", calls="80")
    place.measure("2026-01", "2026-03")
    judged = queries.account(place.engagement, as_of=AT)
    for month in judged.calculated.months:
        ours = {c.service_level.key: c.money for c in Credit.objects.filter(month=str(month.month))}
        assert ours == {row.service_level: row.amount for row in month.credits if row.amount}
        assert sum(money.units for money in ours.values()) == month.total.units == 1_000_000


def test_another_amount_is_a_new_entry_that_names_the_old_one(place: Place) -> None:
    place.report("2026-02", uptime="85")
    place.measure("2026-02")
    place.report("2026-01", uptime="80")
    place.measure("2026-01")
    assert place.ledger == [
        ("CR-2026-02-01/1", "proposal", "4000.00", None),
        ("CR-2026-01-01/1", "proposal", "4000.00", None),
        ("CR-2026-02-01/2", "proposal", "6000.00", 1),
    ]
    credit = Credit.objects.get(month="2026-02")
    assert credit.money.text == "6000.00"
    assert credit.history.count() == 2


def test_a_month_that_no_longer_defaults_falls_to_nothing(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.measure("2026-01")
    place.report("2026-01", uptime="99")
    place.measure("2026-01")
    assert place.ledger[-1] == ("CR-2026-01-01/2", "proposal", "0.00", 1)
    assert queries.credit_list(place.engagement)[0].group == "settled"


def test_a_better_reading_of_the_same_amount_writes_no_entry_but_shows(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.measure("2026-01")
    place.report("2026-01", uptime="86")
    place.measure("2026-01")
    assert len(place.ledger) == 1
    assert queries.credit_list(place.engagement)[0].attainment == Decimal("86.0000")


def test_a_month_that_is_not_over_earns_nothing_yet(place: Place) -> None:
    place.report("2026-08", uptime="50")
    place.measure("2026-08")
    assert place.ledger == []
    place.measure("2026-08", at=datetime(2026, 9, 1, tzinfo=UTC))
    assert len(place.ledger) == 1


def test_without_charges_a_month_is_measured_and_earns_nothing() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        place = settle(town, TERMS.replace(', monthly_charges: "100000.00"', ""))
        place.report("2026-01", uptime="85")
        measured = place.measure("2026-01")
        assert [line["charges_missing"] for line in measured.documents()] == [True, True]
        assert (place.ledger, measured.proposed.charges_missing) == ([], (Month("2026-01"),))
        place.charge("2026-01", "84200.00")
        assert [e.money.text for e in place.measure("2026-01").proposed.entries] == ["3368.00"]
        assert queries.charges_list(place.engagement, until=Month("2026-02"))[1].origin == "set"


def test_setting_the_same_charges_again_writes_nothing(place: Place) -> None:
    place.charge("2026-01", "50000.00")
    place.charge("2026-01", "50000.00")
    assert MonthlyCharges.objects.count() == 1
    place.charge("2026-01", "60000.00")
    place.charge("2026-01", "50000.00")
    assert MonthlyCharges.objects.count() == 3


def test_charges_outside_the_contract_or_in_another_currency_are_refused(place: Place) -> None:
    with pytest.raises(Refused, match="outside"):
        place.charge("2029-01", "1.00")
    with pytest.raises(Refused, match="EUR"):
        services.set_charges(
            engagement=place.engagement, month=Month("2026-01"), amount=Money(Decimal(1), "USD"), by=None, at=AT
        )
    assert not MonthlyCharges.objects.exists()


def test_a_sealed_month_never_changes_and_says_what_would_differ(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.measure("2026-01")
    place.seal("2026-01")
    before = place.ledger
    place.report("2026-01", uptime="99")
    measured = place.measure("2026-01")
    assert place.ledger == before
    assert measured.documents()[0]["attainment"] == "85.0000"
    assert any("uptime" in difference for difference in measured.differences)
    with pytest.raises(Refused, match="sealed"):
        place.charge("2026-01", "1.00")


def test_sealing_is_safe_to_repeat_and_keeps_the_charges_of_the_contract(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.measure("2026-01")
    place.seal("2026-01")
    place.seal("2026-01", at=AT.replace(hour=11))
    assert MonthSeal.objects.get().at == AT
    row = MonthlyCharges.objects.get()
    assert (row.origin, row.money.text) == ("contract", "100000.00")


def test_a_month_that_is_not_over_or_not_measured_is_not_sealed(place: Place) -> None:
    place.measure("2026-08")
    for month in ("2026-08", "2026-02"):
        with pytest.raises(Refused):
            place.seal(month)
    assert not MonthSeal.objects.exists()
    assert not MonthlyCharges.objects.exists()


def test_charges_set_after_measuring_count_at_the_seal(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.measure("2026-01")
    place.charge("2026-01", "84200.00")
    place.seal("2026-01")
    assert place.ledger[-1] == ("CR-2026-01-01/2", "proposal", "3368.00", 1)


def test_a_correction_names_the_old_entry_and_its_reason(place: Place) -> None:
    for month in ("2026-01", "2026-02"):
        place.report(month, uptime="85")
    place.measure("2026-01", "2026-02")
    place.seal("2026-01")
    place.seal("2026-02")
    place.report("2026-01", uptime="99")
    corrected = place.correct("2026-01", "the probe was wrong")
    assert place.ledger[-1] == ("CR-2026-01-01/2", "correction", "0.00", 1)
    assert LedgerEntry.objects.get(kind="correction").reason == "the probe was wrong"
    assert [str(d) for d in corrected.differences] == [
        "2026-02 uptime: sealed at EUR 6,000.00, would now be EUR 4,000.00"
    ]
    assert Result.objects.filter(month="2026-01", service_level__key="uptime").count() == 2
    assert verified().is_whole
    assert place.correct("2026-01", "once more").entries == ()


def test_a_correction_may_bring_other_charges(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.measure("2026-01")
    place.seal("2026-01")
    place.correct("2026-01", "invoice CMS-0116", charges=Money(Decimal(84200), "EUR"))
    assert place.ledger[-1] == ("CR-2026-01-01/2", "correction", "3368.00", 1)


def test_only_a_sealed_month_is_corrected_and_never_without_a_reason(place: Place) -> None:
    place.measure("2026-01")
    with pytest.raises(Refused, match="not sealed"):
        place.correct("2026-01", "because")
    place.seal("2026-01")
    with pytest.raises(Refused, match="reason"):
        place.correct("2026-01", " ")


def test_an_amendment_counts_from_its_month_and_runs_go_on_across_it(place: Place) -> None:
    for month in ("2026-01", "2026-02"):
        place.report(month, uptime="85")
    amended = TERMS.replace("minimum: 90, clause", "minimum: 80, clause").replace("100000.00", "200000.00")
    amended = amended.replace("below_minimum: 1", "below_minimum: 1\n  below_expected: {misses: 2, in_months: 6}")
    import_terms(engagement=place.engagement, text=amended, effective=Month("2026-02").first_day, by=place.by, at=AT)
    place.measure("2026-01", "2026-02")
    assert place.ledger == [
        ("CR-2026-01-01/1", "proposal", "4000.00", None),
        ("CR-2026-02-01/1", "proposal", "12000.00", None),
    ]
    second = Credit.objects.get(month="2026-02")
    assert (second.row["cause"], second.row["consecutive"]) == ("repeated_miss", 2)
    assert LedgerEntry.objects.get(credit=second).terms_version.version == 2


def test_an_amendment_after_the_seal_leaves_the_sealed_month_under_its_own_terms(place: Place) -> None:
    place.report("2026-01", uptime="85")
    place.report("2026-02", uptime="85")
    place.measure("2026-01", "2026-02")
    place.seal("2026-01")
    amended = TERMS.replace("allocations: {uptime: 40", "allocations: {uptime: 20")
    import_terms(engagement=place.engagement, text=amended, effective=Month("2026-02").first_day, by=place.by, at=AT)
    measured = place.measure("2026-01", "2026-02")
    assert measured.proposed.differences == ()
    assert [line.amount.text for line in queries.credit_list(place.engagement)] == ["3000.00", "4000.00"]


def test_a_contract_year_returns_its_credits_as_entries_of_their_own() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        place = settle(town, TERMS + "  earn_back: {period: contract_year, when: mean_at_least_expected}\n")
        for number in range(1, 13):
            place.report(f"2026-{number:02d}", uptime="85" if number == 1 else "99.9", calls="99")
        later = datetime(2027, 1, 2, tzinfo=UTC)
        place.measure("2026-01", "2026-12", at=later)
        assert place.ledger == [
            ("CR-2026-01-01/1", "proposal", "4000.00", None),
            ("CR-2026-01-01/2", "earn_back", "-4000.00", None),
        ]
        credit = Credit.objects.get()
        assert (credit.money.text, credit.balance.text) == ("4000.00", "0.00")
        place.measure("2026-01", "2026-12", at=later)
        assert len(place.ledger) == 2


@pytest.mark.parametrize("table", ["costs_ledgerentry", "costs_monthlycharges"])
def test_the_database_refuses_to_change_or_remove_what_was_entered(place: Place, table: str) -> None:
    place.report("2026-01", uptime="85")
    place.charge("2026-01", "50000.00")
    place.measure("2026-01")
    for statement in (f"update {table} set amount = 0", f"delete from {table}"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as c:
            c.execute(statement)
    assert LedgerEntry.objects.get().amount == 2000


def test_the_credit_repeats_what_its_ledger_says(place: Place) -> None:
    place.report("2026-01", uptime="85", calls="70")
    place.measure("2026-01")
    place.report("2026-01", uptime="99", calls="70")
    place.measure("2026-01")
    for credit in Credit.objects.all():
        latest = credit.entries.exclude(kind="earn_back").latest("version")
        assert (credit.amount, credit.row, credit.derivation) == (latest.amount, latest.row, latest.derivation)


def test_an_engagement_without_contract_is_absent(place: Place) -> None:
    other = place.town.engagements["dune"]
    assert not Contract.objects.filter(engagement=other).exists()
    with pytest.raises(Http404):
        services.propose_credits(engagement=other, at=AT)


def test_two_engagements_number_their_credits_in_one_row(place: Place) -> None:
    person = place.by
    other = Place(place.town, place.town.engagements["dune"], person)
    import_terms(engagement=other.engagement, text=TERMS, by=person, at=AT)
    for one in (place, other):
        one.report("2026-01", uptime="85")
        one.measure("2026-01")
    assert [number for number, *_ in place.ledger + other.ledger] == ["CR-2026-01-01/1", "CR-2026-01-02/1"]
