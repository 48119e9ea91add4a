"""An engagement with all its modules: what each holds, and who works on it on both sides."""

from dataclasses import dataclass
from datetime import datetime

from django.shortcuts import get_object_or_404

from contracts.queries import ContractPage, contract_of, engagement_contract_page
from engagements.models import Location, Service, Vendor
from governance.queries.pack_rcas import standing as root_causes_standing
from governance.queries.packs import PackLine, pack_line, packs_of
from itsm.models import Import, Ticket
from mspgov.tenancy.models import Engagement, Membership, MembershipEngagement
from mspgov.tenancy.policy import Role
from mspgov.tenancy.queries import in_sight_of, seen_at

from .standing import Standing, standings


@dataclass(frozen=True)
class Colleague:
    """A person who works on the engagement: roles in words, and when last seen."""

    name: str
    roles: tuple[str, ...]
    seen_at: datetime | None


@dataclass(frozen=True)
class Hub:
    """What the page of an engagement shows. `contract` is None before there is one; `tickets` are all that count,
    `imported_at` the latest import."""

    standing: Standing
    contract: ContractPage | None
    services: int
    critical: int
    vendors: int
    locations: int
    tickets: int
    imports: int
    rejected: int
    imported_at: datetime | None
    packs: tuple[PackLine, ...]
    rcas: tuple[int, int, int]  # open, of those late, actions overdue
    client: tuple[Colleague, ...]
    provider: tuple[Colleague, ...]

    @property
    def engagement(self) -> Engagement:
        return self.standing.engagement


def hub(slug: str, *, at: datetime, money: bool, reader: Membership) -> Hub:
    """The page of an engagement. Raises Http404 when the reader sees none such."""
    engagement = get_object_or_404(Engagement.objects.select_related("provider"), slug=slug)
    (standing,) = standings([engagement], at=at, money=money)
    criticality = list(Service.objects.filter(engagement=engagement).values_list("criticality", flat=True))
    imports = Import.objects.filter(engagement=engagement, state=Import.State.DONE).order_by("-done_at")
    done = list(imports.values_list("done_at", "rejected_count"))
    client, provider = people_of(engagement, reader)
    return Hub(
        standing=standing,
        contract=engagement_contract_page(engagement, at.date()) if contract_of(engagement) else None,
        services=len(criticality),
        critical=criticality.count(Service.Criticality.CRITICAL),
        vendors=Vendor.objects.filter(engagement=engagement).count(),
        locations=Location.objects.filter(engagement=engagement).count(),
        tickets=Ticket.objects.filter(engagement=engagement, counted=True).count(),
        imports=len(done),
        rejected=sum(rejected for _, rejected in done),
        imported_at=done[0][0] if done else None,
        packs=tuple(pack_line(pack) for pack in packs_of(engagement)[:8]),
        rcas=root_causes_standing(engagement, at),
        client=client,
        provider=provider,
    )


def people_of(engagement: Engagement, reader: Membership) -> tuple[tuple[Colleague, ...], tuple[Colleague, ...]]:
    """(client's side, provider's side): active members whom the reader sees; of the provider those who see the engagement."""
    rows = Membership.objects.filter(in_sight_of(reader), active=True).select_related("person").order_by("person__name")
    scoped = set(MembershipEngagement.objects.filter(engagement=engagement).values_list("membership_id", flat=True))
    client, provider, seen = [], [], seen_at()
    for row in rows:
        roles = tuple(str(Role(role).label) for role in row.roles)
        colleague = Colleague(row.person.name, roles, seen.get(row.person_id))
        if row.provider_id is None:
            client.append((place_of(row.roles), colleague))
        elif row.provider_id == engagement.provider_id and row.pk in scoped:
            provider.append((place_of(row.roles), colleague))
    return ordered(client), ordered(provider)


def place_of(roles: list[str]) -> int:
    return min((list(Role).index(Role(role)) for role in roles), default=len(Role))


def ordered(people: list[tuple[int, Colleague]]) -> tuple[Colleague, ...]:
    return tuple(colleague for _, colleague in sorted(people, key=lambda pair: (pair[0], pair[1].name)))
