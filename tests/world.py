"""One small town, built through services: two clients, two providers, a few people with names."""

from dataclasses import dataclass, field

from mspgov.tenancy import services
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Membership, Tenant
from mspgov.tenancy.policy import CLIENT, Role

PASSWORD = "a long enough password"
NAMES = {
    Role.SERVICE_OWNER: "Ada Lindqvist",
    Role.CONTRACT_MANAGER: "Ben Okafor",
    Role.SECURITY_OFFICER: "Henrike van der Straaten",
    Role.FINANCE_CONTROLLER: "Paulo Restrepo",
    Role.CHANGE_MANAGER: "Mei Tanaka",
    Role.DATA_PROTECTION_OFFICER: "Sofia Brandt",
    Role.AUDITOR: "Iris Novak",
    Role.TENANT_ADMINISTRATOR: "Tom Achterberg",
    Role.ACCOUNT_MANAGER: "Cleo Marchetti",
    Role.ENGINEER: "Drew Tanaka",
    Role.BOARD_MEMBER: "Nadia Holm",
}


@dataclass
class Town:
    """A tenant with one engagement per provider, and one member per role and provider."""

    tenant: Tenant
    engagements: dict[str, Engagement] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)

    @property
    def engagement(self) -> Engagement:
        return next(iter(self.engagements.values()))

    def member(self, role: Role, provider: str | None = None) -> Membership:
        return self.members[f"{role}@{provider}" if provider else str(role)]


def build_town(slug: str = "aurora", providers: tuple[str, ...] = ("cobalt", "dune"), currency: str = "EUR") -> Town:
    """Committed or not as the caller's transaction is. Every text carries the tenant's canary."""
    tenant = services.create_tenant(slug=slug, name=f"{slug.title()} canary-{slug}", currency=currency)
    town = Town(tenant)
    with enter(tenant.pk):
        for role in sorted([*CLIENT, Role.BOARD_MEMBER]):
            town.members[str(role)], _ = services.create_person(
                email=f"{role}@{slug}.example", name=f"{NAMES[role]} canary-{slug}", roles=[role], password=PASSWORD
            )
        for name in providers:
            provider = services.ensure_provider(slug=name, name=f"{name.title()} canary-{slug}")
            engagement = services.ensure_engagement(
                slug=f"{name}-services", provider=provider, name=f"{name.title()} services canary-{slug}"
            )
            town.engagements[name] = engagement
            for role in (Role.ACCOUNT_MANAGER, Role.ENGINEER):
                town.members[f"{role}@{name}"], _ = services.create_person(
                    email=f"{role}@{name}.{slug}.example", name=f"{NAMES[role]} of {name} canary-{slug}", roles=[role],
                    provider=provider, engagements=[engagement], password=PASSWORD,
                )  # fmt: skip
    return town
