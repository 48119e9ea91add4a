"""`manage.py report_value --tenant acme --engagement workplace 2016-04 erp-up 99.95 --source "monthly report"`."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from contracts.importers.terms_fields import percent
from contracts.queries import service_levels
from itsm import services as itsm
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import read_month
from mspgov.tenancy import commands
from mspgov.tenancy.models import Engagement


class Command(commands.Command):
    help = "Records what was reported for a month of an availability or percentage level; `measure` then uses it."
    tenant_wanted = engagement_wanted = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="MONTH")
        parser.add_argument("service_level", metavar="SERVICE_LEVEL")
        parser.add_argument("value", metavar="PERCENT")
        parser.add_argument("--source", required=True, help="who or what reported it")
        parser.add_argument("--evidence", default="", help="where the proof is found")

    def work(
        self,
        *,
        engagement: Engagement,
        month: str,
        service_level: str,
        value: str,
        source: str,
        evidence: str,
        **options: Any,
    ) -> Any:
        level = next((found for found in service_levels(engagement) if found.key == service_level), None)
        if level is None:
            raise Fault("service_level", f"the contract has no service level {service_level!r}")
        row = itsm.report_value(
            service_level=level,
            month=read_month(month, "month"),
            value=percent(value, "value"),
            source=source,
            evidence=evidence,
            by=None,
            at=timezone.now(),
        )
        return {"month": row.month, "service_level": level.key, "value": value, "source": row.source}
