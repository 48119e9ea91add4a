"""By what an engagement's root causes are judged: its settings, its zone, whose domain it is, who may own an action."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from engagements.models import EngagementSettings
from engagements.queries import settings_of
from governance.calc.rca_faults import Asked
from governance.models import Rca
from mspgov.tenancy.models import Engagement, MembershipEngagement, Person, ServiceDomain
from mspgov.tenancy.policy import PROVIDER


@dataclass
class Rules:
    """Read once for as many root causes of one engagement as one likes."""

    engagement: Engagement

    @cached_property
    def settings(self) -> EngagementSettings:
        return settings_of(self.engagement)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.engagement.time_zone)

    @cached_property
    def domain(self) -> ServiceDomain | None:
        """The domain whose owner answers for root causes: that of the settings, else the only one that there is."""
        if self.settings.domain is not None:
            return self.settings.domain
        known = list(ServiceDomain.objects.filter(engagement=self.engagement)[:2])
        return known[0] if len(known) == 1 else None

    @cached_property
    def owners(self) -> dict[str, Person]:
        """The provider's people on the engagement, by public id, in order of their names."""
        return {str(person.public_id): person for person in owners_of(self.engagement)}

    def asked(self, rca: Rca, now: datetime) -> Asked:
        return Asked(now, rca.demanded_at, self.zone, self.owners.keys())


def owners_of(engagement: Engagement) -> list[Person]:
    """Who of the provider's people may own an action: its active account managers and engineers there, by name."""
    scopes = MembershipEngagement.objects.filter(
        engagement=engagement, membership__active=True, membership__person__is_active=True
    )
    rows = scopes.select_related("membership__person").order_by("membership__person__name", "pk")
    return [row.membership.person for row in rows if PROVIDER & set(row.membership.roles)]
