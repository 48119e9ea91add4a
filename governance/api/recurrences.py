"""Recurrences by API: what the settings of each engagement find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance import policy, services
from governance.queries.rca_rules import Rules
from itsm.queries.recurrences import recurrences_of
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.queries import engagements
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of
from mspgov.web.api_runs import RunRow, run_row

from .rcas import person, valid


@dataclass(frozen=True)
class RecurrenceRow:
    """Like tickets that follow one another; `id` is that of the first ticket."""

    id: UUID
    engagement: str
    key: dict[str, str]
    began: datetime
    latest: datetime
    count: int
    tickets: tuple[str, ...]


class Look(Body):
    engagement = serializers.CharField()


class Recurrences(Collection):
    """Recurrences by the settings of each engagement, in order of `began`. A POST starts the run that demands their root
    causes and checks effects."""

    may = policy.READ_RCAS
    writes = {"create": policy.DEMAND_RCAS}
    row = RecurrenceRow
    filters = ("engagement",)

    def rows(self, engagement: Engagement | None = None, **asked: Any) -> Sequence[RecurrenceRow]:
        return [row for each in ([engagement] if engagement else engagements()) for row in rows_of(each)]

    @extend_schema(request=Look, responses={202: serializer_of(RunRow)})
    def create(self, request: Request) -> Response:
        engagement = api_filters.engagement(valid(Look, request)["engagement"], "engagement")
        key = f"asked/{engagement.slug}/{timezone.now().isoformat()}"
        run = services.start_following(engagement=engagement, key=key, by=person(request))
        return Response(plain(run_row(run)), status=202)


def rows_of(engagement: Engagement) -> list[RecurrenceRow]:
    terms = Rules(engagement).settings
    found = recurrences_of(
        engagement, by=terms.recurrence_key, window_days=terms.window_days, threshold=terms.threshold
    )
    return [
        RecurrenceRow(
            one.id, engagement.slug, one.key, one.began, one.latest, len(one.tickets), tuple(t.number for t in one.tickets)
        )
        for one in found
    ]  # fmt: skip
