"""Whom a step of a root cause waits for is told by e-mail, once."""

from collections.abc import Iterable
from datetime import datetime

from governance.models import Action, Rca
from mspgov.mail import services as mail
from mspgov.mail.services import NewNote
from mspgov.tenancy import offices
from mspgov.tenancy.models import Engagement, Person, Tenant
from mspgov.tenancy.policy import Role

KIND = "rcas"


def path_of(tenant: Tenant, row: Rca | Action) -> str:
    return f"/o/{tenant.slug}/governance/{'rcas' if isinstance(row, Rca) else 'actions'}/{row.public_id}/"


def tell_provider(row: Rca | Action, occasion: str, subject: str, text: str, at: datetime) -> None:
    """The account managers and engineers of the engagement."""
    engagement = row.engagement
    people = offices.directory(engagement.tenant, at)
    found = [p for role in (Role.ACCOUNT_MANAGER, Role.ENGINEER) for p in people.holders(role, engagement.pk)]
    tell(row, found, occasion, subject, text, at)


def tell_client(row: Rca | Action, domain_id: int | None, occasion: str, subject: str, text: str, at: datetime) -> None:
    """The owner in office of the domain, else the service owners."""
    people = offices.directory(row.engagement.tenant, at)
    tell(row, people.holders(Role.SERVICE_OWNER, row.engagement_id, domain_id=domain_id), occasion, subject, text, at)


def tell(row: Rca | Action, people: Iterable[Person], occasion: str, subject: str, text: str, at: datetime) -> None:
    engagement: Engagement = row.engagement
    key, path = f"{row.public_id}/{occasion}", path_of(engagement.tenant, row)
    notes = [NewNote(person, KIND, key, subject[:250], text, path) for person in dict.fromkeys(people)]
    mail.tell(engagement.tenant, notes, at=at)
