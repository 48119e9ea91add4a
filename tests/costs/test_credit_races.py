"""Many at once: one entry, one seal, no gap in the chain."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from contracts.models import ServiceLevel
from contracts.services import import_terms
from costs import services
from costs.models import Credit, LedgerEntry, MonthlyCharges
from itsm import services as itsm
from itsm.models import MonthSeal
from mspgov.kernel.period import Month
from mspgov.records.models import Record, Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from tests.world import Town, build_town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
    pytest.mark.slow,
]

AT = datetime(2026, 8, 5, 9, tzinfo=UTC)
MONTH = Month("2026-01")
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31, monthly_charges: "100000.00"}
service_levels: [{key: uptime, name: ERP up, measure: availability, expected: 95, minimum: 90}]
credit_regime: {kind: at_risk, at_risk_percent: 10, allocations: {uptime: 40}, below_minimum: 1}
"""


def measured_town() -> Town:
    town = build_town()
    with enter(town.tenant.pk):
        for engagement in town.engagements.values():
            import_terms(engagement=engagement, text=TERMS, by=None, at=AT)
            level = ServiceLevel.objects.get(engagement=engagement)
            itsm.report_value(
                service_level=level, month=MONTH, value=Decimal(85), source="report", by=None, at=AT
            )  # fmt: skip
            itsm.measure(engagement=engagement, first=MONTH, last=MONTH, as_of=AT)
    return town


def test_two_hundred_who_propose_and_seal_at_once_leave_one_entry() -> None:
    town = measured_town()

    def act(number: int) -> int:
        try:
            with enter(town.tenant.pk):
                engagement = list(town.engagements.values())[number // 2 % 2]
                if number % 2:
                    services.seal_month(engagement=engagement, month=MONTH, by=None, at=AT)
                    return 0
                return len(services.propose_credits(engagement=engagement, at=AT).entries)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(act, range(200)))
    with enter(town.tenant.pk):
        assert LedgerEntry.objects.count() == Credit.objects.count() == 2
        assert sorted(Record.objects.filter(kind="credit").values_list("number", flat=True)) == [
            "CR-2026-01-01", "CR-2026-01-02",
        ]  # fmt: skip
        assert MonthSeal.objects.count() == MonthlyCharges.objects.count() == 2
        assert Seal.objects.filter(what="seal month").count() == 2
        assert (
            sum(name.startswith("CR-") for after in Seal.objects.values_list("after", flat=True) for name in after) == 2
        )
        assert verified().is_whole


def test_two_engagements_corrected_and_measured_at_once_do_not_block_each_other() -> None:
    town = measured_town()
    first, second = town.engagements.values()
    with enter(town.tenant.pk):
        services.seal_month(engagement=first, month=MONTH, by=None, at=AT)

    def act(number: int) -> None:
        try:
            with enter(town.tenant.pk):
                if number % 2:
                    services.measure(engagement=second, first=MONTH, last=MONTH + number % 6, as_of=AT, at=AT)
                else:
                    level = ServiceLevel.objects.get(engagement=first)
                    itsm.report_value(
                        service_level=level, month=MONTH, value=Decimal(50 + number % 50), source="x", by=None, at=AT
                    )
        finally:
            connection.close()

    def correct(number: int) -> None:
        try:
            with enter(town.tenant.pk):
                services.correct_month(engagement=first, month=MONTH, reason=f"try {number}", by=None, at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        acts = [pool.submit(act, number) for number in range(40)]
        corrections = [pool.submit(correct, number) for number in range(20)]
        for done in (*acts, *corrections):
            done.result()
    with enter(town.tenant.pk):
        assert verified().is_whole
        for credit in Credit.objects.all():
            versions = list(credit.entries.order_by("version").values_list("version", flat=True))
            assert versions == list(range(1, len(versions) + 1))
            assert credit.amount == credit.entries.latest("version").amount
