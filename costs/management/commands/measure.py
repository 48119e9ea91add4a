"""`manage.py measure --tenant acme --engagement workplace --from 2016-03 --to 2016-05`: results, then credit proposals."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.management.base import CommandParser

from costs.queries.clocks import HEADER, clock_rows
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import from_micros, read_instant
from mspgov.kernel.period import read_month
from mspgov.tenancy import commands
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Tenant

KEYS = ("month", "service_level", "total", "met", "attainment", "excluded")


def place_of(key: str) -> tuple[int, str]:
    """Where a key stands in a line; the run's result does not keep their order."""
    return KEYS.index(key) if key in KEYS else len(KEYS), key


class Command(commands.Command):
    help = "Measures months, one JSON line per month and service level, and proposes the credits that follow."
    tenant_wanted = engagement_wanted = True
    stays_entered = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", required=True, metavar="MONTH", dest="first")
        parser.add_argument("--to", required=True, metavar="MONTH", dest="last")
        parser.add_argument("--as-of", metavar="INSTANT", help="what counts as now, for a repeatable answer")
        parser.add_argument("--tickets", metavar="CSV", help="write one row per ticket and service level")

    def work(
        self,
        *,
        tenant: Tenant,
        engagement: Engagement,
        first: str,
        last: str,
        as_of: str | None,
        tickets: str | None,
        **options: Any,
    ) -> None:
        months = read_month(first, "--from"), read_month(last, "--to")
        if months[1] < months[0]:
            raise Fault("--to", "must not lie before --from")
        now = from_micros(read_instant(as_of, "--as-of")) if as_of else datetime.now(UTC)
        if tickets is not None and not Path(tickets).resolve().parent.is_dir():
            raise Fault("--tickets", f"there is no folder {Path(tickets).parent}")
        with enter(tenant.pk):
            run = jobs.start(
                "costs.measure",
                key=f"{engagement.slug} {months[0]} {months[1]} {uuid4()}",
                title=f"Measure {engagement.name}, {months[0]} to {months[1]}",
                engagement=engagement,
                engagement_id=engagement.pk,
                first=str(months[0]),
                last=str(months[1]),
                as_of=now.isoformat(),
            )
        ended = jobs.work_here(run)
        if ended.state != Run.State.DONE or ended.result is None:
            raise Fault("", ended.error or f"the run was {ended.get_state_display().lower()}")
        if tickets is not None:
            with enter(tenant.pk):
                self.write_tickets(tickets, clock_rows(engagement, *months, as_of=now))
        for line in ended.result["lines"]:
            self.print_json({key: line[key] for key in sorted(line, key=place_of)})
        for difference in ended.result["differences"]:
            self.say(difference)
        for month in ended.result["charges_missing"]:
            self.say(f"{month}: charges missing, no credit")

    def write_tickets(self, path: str, rows: Iterable[tuple[str, ...]]) -> None:
        try:
            with Path(path).open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(HEADER)
                writer.writerows(rows)
        except OSError as error:
            raise Fault("--tickets", f"{path} cannot be written: {error.strerror}") from None
