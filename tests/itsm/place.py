"""An engagement with terms, into which logs are imported."""

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from contracts.services import import_terms
from itsm import services
from itsm.models import Import, Ticket, TicketEvent, Wait
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement
from tests.itsm.test_servicenow_audit import HEADER, row
from tests.world import Town, build_town

AT = datetime(2016, 7, 5, 9, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2016-01-01, ends: 2018-12-31, monthly_charges: "100000.00"}
calendars:
  office: {time_zone: UTC, week: {mon: [["08:00","18:00"]], tue: [["08:00","18:00"]], wed: [["08:00","18:00"]],
                                  thu: [["08:00","18:00"]], fri: [["08:00","18:00"]]}}
  round-the-clock: {always: true, time_zone: UTC}
service_levels:
  - {key: p1-resolve, name: P1 resolved, measure: resolve, select: {priority: [P1]}, calendar: round-the-clock,
     target: {hours: 4}, stops: [customer, client_vendor], expected: 95, minimum: 90}
  - {key: p3-resolve, name: P3 resolved, measure: resolve, select: {priority: [P3]}, calendar: office,
     target: {hours: 10}, stops: [customer, client_vendor], expected: 90, minimum: 80}
  - {key: respond, name: Answered, measure: respond, calendar: office, expected: 90,
     targets: {P1: {minutes: 30}, P2: {hours: 1}, P3: {hours: 4}}}
  - {key: mail, name: Mail, measure: resolve, select: {category: [Mail]}, calendar: office, target: {hours: 20}, expected: 90}
  - {key: uptime, name: Up, measure: availability, expected: 99.5}
"""


def log(*rows: str) -> bytes:
    return ("\n".join((HEADER, *rows)) + "\n").encode()


def incident(
    number: str, opened: str, answered: str, resolved: str, priority: str = "3 - Moderate", **other: str
) -> list[str]:
    """Rows of a ticket: new, active, closed."""
    same = {"number": number, "opened_at": opened, "priority": priority, **other}
    rows = [row("New", 0, opened, **same), row("Active", 1, answered, **same)]
    return [*rows, row("Closed", 2, resolved, **same, resolved_at=resolved)] if resolved else rows


@dataclass
class Place:
    town: Town
    engagement: Engagement

    def keep(self, content: bytes, **options: Any) -> Import:
        given = {"format": "servicenow-audit", "time_zone": "UTC", "at": AT, **options}
        return services.keep_import(
            engagement=self.engagement, name="log.csv", content=io.BytesIO(content), by=None, **given
        )

    def run(self, content: bytes, *, check: bool = False, **options: Any) -> Run:
        """Import (or only check) a file as a run, in this process; the run as it ended."""
        with enter(self.town.tenant.pk):
            kept = self.keep(content, **options)
            run = (services.start_check if check else services.start_import)(kept, by=None)
        return jobs.work_here(run)

    def bring(self, *rows: str, **options: Any) -> dict[str, Any]:
        run = self.run(log(*rows), **options)
        assert run.state == Run.State.DONE, run.error
        return run.result

    def measure(self, first: str, last: str = "", as_of: datetime = AT) -> dict[tuple[str, str], dict[str, Any]]:
        with enter(self.town.tenant.pk):
            lines = services.measure(
                engagement=self.engagement, first=Month(first), last=Month(last or first), as_of=as_of
            )
        return {(line.month.text, line.level.key): line.document() for line in lines}

    def counts(self) -> tuple[int, int, int, int]:
        """Tickets that count, tickets, events, waits."""
        with enter(self.town.tenant.pk):
            tickets = Ticket.objects.filter(engagement=self.engagement)
            mine = {"engagement": self.engagement}
            counting = tickets.filter(counted=True).count()
            return (
                counting,
                tickets.count(),
                TicketEvent.objects.filter(**mine).count(),
                Wait.objects.filter(**mine).count(),
            )

    def ticket(self, number: str) -> Ticket:
        with enter(self.town.tenant.pk):
            return Ticket.objects.get(engagement=self.engagement, number=number)


def make_place(terms: str = TERMS, slug: str = "aurora") -> Place:
    town = build_town(slug, providers=("cobalt",))
    with enter(town.tenant.pk):
        import_terms(engagement=town.engagement, text=terms, effective=None, by=None, at=AT)
    return Place(town, town.engagement)


__all__ = ["AT", "TERMS", "Place", "date", "incident", "log", "make_place", "row"]
