"""`manage.py create_person --tenant acme --email … --name … --role service_owner`: prints a one-time password."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_email

from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands, queries, services


class Command(commands.Command):
    help = "Makes a person a member of a tenant; safe to repeat."
    tenant_wanted = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--role", action="append", required=True, dest="roles")
        parser.add_argument("--provider")
        parser.add_argument("--engagement", action="append", default=[], dest="engagements")

    def work(self, **options: Any) -> Any:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise Fault("--email", f"{options['email']!r} is no e-mail address") from None
        provider = None
        if options["provider"] and (provider := queries.provider_by_slug(options["provider"])) is None:
            raise Fault("--provider", f"there is no provider {options['provider']!r}")
        member, password = services.create_person(
            email=options["email"],
            name=options["name"],
            roles=options["roles"],
            provider=provider,
            engagements=[self.engagement_named(slug) for slug in options["engagements"]],
        )
        return {"email": member.person.email, "roles": member.roles, "password": password}
