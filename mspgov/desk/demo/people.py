"""Who can sign in to the demo."""

from typing import Any, NamedTuple

from mspgov.kernel.faults import Fault
from mspgov.tenancy import queries
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Membership


class DemoPerson(NamedTuple):
    """A person of the demo; `provider` is None on the client's side."""

    role: str
    name: str
    email: str
    provider: str | None = None


PASSWORD = "governed-by-design"  # noqa: S105  (printed at every start; demo data only)

AURORA = [
    DemoPerson("service_owner", "Ada Lindqvist", "ada@aurora.example"),
    DemoPerson("contract_manager", "Ben Okafor", "ben@aurora.example"),
    DemoPerson("security_officer", "Henrike van der Straaten-Oliveira", "henrike@aurora.example"),
    DemoPerson("finance_controller", "Paulo Restrepo", "paulo@aurora.example"),
    DemoPerson("change_manager", "Mei-Lin Duarte", "meilin@aurora.example"),
    DemoPerson("data_protection_officer", "Sofia Brandt", "sofia@aurora.example"),
    DemoPerson("auditor", "Iris Novak", "iris@aurora.example"),
    DemoPerson("tenant_administrator", "Tom Achterberg", "tom@aurora.example"),
    DemoPerson("board_member", "Nadia Holm", "nadia@aurora.example"),
    DemoPerson("account_manager", "Cleo Marchetti", "cleo@cobalt.example", "cobalt"),
    DemoPerson("engineer", "Drew Tanaka", "drew@cobalt.example", "cobalt"),
    DemoPerson("board_member", "Lars Winter", "lars@cobalt.example", "cobalt"),
]
BOREALIS = [
    DemoPerson("service_owner", "Ines Carvalho", "ines@borealis.example"),
    DemoPerson("contract_manager", "Jonas Weber", "jonas@borealis.example"),
    DemoPerson("security_officer", "Aiko Mori", "aiko@borealis.example"),
    DemoPerson("finance_controller", "Ruth Adeyemi", "ruth@borealis.example"),
    DemoPerson("change_manager", "Pavel Horak", "pavel@borealis.example"),
    DemoPerson("data_protection_officer", "Leila Haddad", "leila@borealis.example"),
    DemoPerson("auditor", "Grace Kim", "grace@borealis.example"),
    DemoPerson("tenant_administrator", "Otto Lund", "otto@borealis.example"),
    DemoPerson("board_member", "Eva Moreau", "eva@borealis.example"),
    DemoPerson("account_manager", "Cleo Marchetti", "cleo@cobalt.example", "cobalt"),
    DemoPerson("engineer", "Drew Tanaka", "drew@cobalt.example", "cobalt"),
    DemoPerson("account_manager", "Mira Castell", "mira@dune.example", "dune"),
    DemoPerson("engineer", "Noor Rahimi", "noor@dune.example", "dune"),
    DemoPerson("board_member", "Karim Saleh", "karim@dune.example", "dune"),
]
PEOPLE = {"aurora": AURORA, "borealis": BOREALIS}


def demo_people() -> list[dict[str, Any]]:
    """The logins of the demo's tenants that are loaded. Raises Fault when there is none."""
    found: list[dict[str, Any]] = []
    for slug, people in PEOPLE.items():
        tenant = queries.tenant_by_slug(slug)
        if tenant is None or not tenant.is_demo:
            continue
        with enter(tenant.pk):
            present = set(Membership.objects.filter(active=True).values_list("person__email", flat=True))
        found += [
            {
                "tenant": slug,
                "side": "provider" if p.provider else "client",
                "provider": p.provider,
                "role": p.role,
                "name": p.name,
                "email": p.email,
                "password": PASSWORD,
            }
            for p in people
            if p.email in present
        ]
    if not found:
        raise Fault("demo_people", "no demo is loaded; `manage.py load_demo` loads it")
    return found
