"""The collection of engagements: identity, contract, and how the latest full month went."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from mspgov.tenancy.policy import MEMBER
from mspgov.tenancy.queries import engagements
from mspgov.web.api import Collection

from .queries.standing import Standing, standings


@dataclass(frozen=True)
class EngagementRow:
    """An engagement. `health` is met, at_risk, missed or not_measured, of `month`, its latest full one; `sealed_to` is
    the latest sealed month."""

    id: UUID
    slug: str
    name: str
    provider: str
    provider_name: str
    time_zone: str
    contract: str | None
    month: str | None
    health: str
    measured: int
    missed: int
    at_risk: int
    sealed_to: str | None


def engagement_row(standing: Standing) -> EngagementRow:
    engagement, month = standing.engagement, standing.latest_over
    return EngagementRow(
        id=engagement.public_id,
        slug=engagement.slug,
        name=engagement.name,
        provider=engagement.provider.slug,
        provider_name=engagement.provider.name,
        time_zone=engagement.time_zone,
        contract=standing.contract.contract.reference if standing.contract else None,
        month=str(month) if month else None,
        health=standing.health,
        measured=len(standing.measured(month)),
        missed=len(standing.missed(month)),
        at_risk=len(standing.at_risk(month)),
        sealed_to=str(max(standing.seals)) if standing.seals else None,
    )


class Engagements(Collection):
    """Engagements that the caller sees, by name."""

    may = MEMBER
    row = EngagementRow

    def rows(self) -> Any:
        return [engagement_row(each) for each in standings(engagements(), at=timezone.now(), money=False)]
