"""`manage.py create_token --tenant acme --email … --name reporting --scope read --days 90`: prints the key once."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands, services
from mspgov.tenancy.models import Membership


class Command(commands.Command):
    help = "Makes a key to the API for a member of a tenant."
    tenant_wanted = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--scope", default="read")
        parser.add_argument("--days", type=int, default=90)

    def work(self, *, email: str, name: str, scope: str, days: int, **options: Any) -> Any:
        member = Membership.objects.filter(person__email__iexact=email, active=True).select_related("person").first()
        if member is None:
            raise Fault("--email", f"{email!r} is no active member of this tenant")
        key = services.create_token(person=member.person, name=name, scope=scope, days=days, at=timezone.now())
        return {"token": key}
