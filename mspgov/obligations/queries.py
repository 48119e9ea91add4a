"""What is owed, as inbox, list, calendar and feed show it; and who is to be told of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from mspgov.tenancy.models import Membership, MembershipEngagement, Person, Tenant
from mspgov.tenancy.policy import PROVIDER, Role

from .models import Obligation


@dataclass
class Directory:
    """Who holds which office where, read once: active members only."""

    client: dict[str, list[Person]] = field(default_factory=dict)
    provider: dict[tuple[str, int], list[Person]] = field(default_factory=dict)
    active: frozenset[int] = frozenset()

    def holders(self, role: str, engagement_id: int | None, person: Person | None) -> list[Person]:
        """The person, while a member; else all who hold the role, on the provider's side in that engagement."""
        if person is not None and person.pk in self.active:
            return [person]
        if role in PROVIDER:
            return self.provider.get((role, engagement_id or 0), [])
        return self.client.get(role, []) or self.client.get(Role.TENANT_ADMINISTRATOR, [])


def directory(now: datetime) -> Directory:
    """The entered tenant's offices, in two queries."""
    members = Membership.objects.filter(active=True, person__is_active=True).select_related("person").order_by("pk")
    found = Directory(active=frozenset(m.person_id for m in members))
    by_id = {m.pk: m for m in members}
    for member in by_id.values():
        for role in member.roles if member.provider_id is None else ():
            found.client.setdefault(role, []).append(member.person)
    for membership, engagement in _scopes(by_id):
        for role in by_id[membership].roles:
            found.provider.setdefault((role, engagement), []).append(by_id[membership].person)
    return found


def _scopes(memberships: Iterable[int]) -> list[tuple[int, int]]:
    rows = MembershipEngagement.objects.filter(membership__in=list(memberships)).order_by("pk")
    return list(rows.values_list("membership_id", "engagement_id"))


def path_of(tenant: Tenant, obligation: Obligation) -> str:
    return f"/o/{tenant.slug}/obligations/{obligation.public_id}/"
