"""`manage.py create_tenant acme --name "ACME Ltd" --currency EUR`."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_slug

from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands, services


class Command(commands.Command):
    help = "Creates a tenant when it is missing; safe to repeat."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--currency", required=True)
        parser.add_argument("--time-zone", default="UTC")

    def work(self, *, slug: str, name: str, currency: str, time_zone: str, **options: Any) -> Any:
        try:
            validate_slug(slug)
        except ValidationError:
            raise Fault("slug", f"{slug!r} may hold letters, digits, - and _ only") from None
        tenant = services.create_tenant(slug=slug, name=name, currency=currency, time_zone=time_zone)
        return {"tenant": tenant.slug, "name": tenant.name, "currency": tenant.currency, "time_zone": tenant.time_zone}
