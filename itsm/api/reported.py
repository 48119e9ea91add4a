"""The collection of reported values: what the provider or a tool reported for a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.models import ServiceLevel
from itsm import policy, services
from itsm.models import ReportedValue
from mspgov.kernel.faults import Fault
from mspgov.tenancy.models import Person
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import plain, serializer_of


@dataclass(frozen=True)
class ReportedRow:
    """A value in percent with its source; of several of one level and month the latest counts."""

    id: UUID
    engagement: str
    service_level: str
    month: str
    value: str
    source: str
    evidence: str
    by: str
    at: datetime


def reported_row(row: ReportedValue) -> ReportedRow:
    return ReportedRow(
        id=row.public_id,
        engagement=row.engagement.slug,
        service_level=row.service_level.key,
        month=row.month,
        value=f"{row.value.normalize():f}",
        source=row.source,
        evidence=row.evidence,
        by=row.by.name if row.by else "",
        at=row.at,
    )


class ReportedBody(api_filters.MonthBody):
    """A percentage that was reported for a level which no ticket measures."""

    service_level = serializers.CharField(help_text="Key of a level of the measure availability or percentage.")
    value = serializers.DecimalField(max_digits=13, decimal_places=10, min_value=0, max_value=100)
    source = serializers.CharField(  # type: ignore[assignment]  # also an attribute of every field
        max_length=200,
        help_text="Who or what reported it.",
    )
    evidence = serializers.CharField(
        required=False, default="", max_length=2000, help_text="Where it can be read again."
    )


class Reported(Collection):
    """What was ever reported, the latest first."""

    may = policy.READ_PERFORMANCE
    writes = {"create": policy.REPORT_VALUES}
    row = ReportedRow
    filters = ("engagement", "month", "service_level")

    def rows(self, **asked: Any) -> Any:
        rows = ReportedValue.objects.select_related("engagement", "service_level", "by").order_by("-at", "-pk")
        if engagement := asked.get("engagement"):
            rows = rows.filter(engagement=engagement)
        if month := asked.get("month"):
            rows = rows.filter(month=str(month))
        if level := asked.get("service_level"):
            rows = rows.filter(service_level__key=level)
        return rows

    def documents(self, found: list[Any]) -> Iterable[ReportedRow]:
        return map(reported_row, found)

    @extend_schema(request=ReportedBody, responses={201: serializer_of(ReportedRow)})
    def create(self, request: Request) -> Response:
        """Record a value; the next measurement uses it."""
        body = ReportedBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        engagement, month = api_filters.place_of(asked)
        level = ServiceLevel.objects.filter(engagement=engagement, key=asked["service_level"]).first()
        if level is None:
            raise Fault("service_level", f"there is no service level {asked['service_level']!r}")
        row = services.report_value(
            service_level=level,
            month=month,
            value=asked["value"],
            source=asked["source"],
            evidence=asked["evidence"],
            by=cast(Person, request.user),
            at=timezone.now(),
        )
        return Response(plain(reported_row(row)), status=201)
