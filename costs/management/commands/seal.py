"""`manage.py seal --tenant acme --engagement workplace --month 2016-04`: from now on the month changes by correction."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from costs import services
from costs.queries import seals_of
from mspgov.kernel.period import read_month
from mspgov.tenancy import commands
from mspgov.tenancy.models import Engagement


class Command(commands.Command):
    help = "Seals a month; safe to repeat."
    tenant_wanted = engagement_wanted = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True)

    def work(self, *, engagement: Engagement, month: str, **options: Any) -> Any:
        of = read_month(month, "--month")
        proposed = services.seal_month(engagement=engagement, month=of, by=None, at=timezone.now())
        for difference in proposed.differences:
            self.say(str(difference))
        sealed_at = seals_of(engagement)[of]
        return {"month": str(of), "sealed_at": sealed_at.isoformat().replace("+00:00", "Z")}
