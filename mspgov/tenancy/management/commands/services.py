"""`manage.py services start|stop|status`: the embedded PostgreSQL and Valkey of this home."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from mspgov import embedded
from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands
from mspgov.tenancy.schema import bring_up_to_date


class Command(commands.Command):
    help = "Starts, stops or shows the embedded services."
    database_wanted = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status", "remove"])

    def work(self, *, action: str, **options: Any) -> Any:
        if not settings.EMBEDDED:
            raise Fault("services", "DATABASE_URL is set, so there are no embedded services")
        if action == "start":
            embedded.start(settings.HOME)
            bring_up_to_date(settings.HOME / "migrated")
        elif action == "stop":
            embedded.stop(settings.HOME)
        elif action == "remove":
            embedded.remove(settings.HOME)
            return {"removed": True}
        return embedded.running(settings.HOME)
