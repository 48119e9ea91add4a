"""A town whose tickets are measured: rows laid directly, so that a test has as many as it wants."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.test import Client
from django.urls import reverse

from contracts.models import ServiceLevel
from contracts.services import import_terms
from itsm import services
from itsm.models import Ticket, Wait
from mspgov.kernel.period import Month
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AS_OF = datetime(2016, 5, 18, 9, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2016-01-01, ends: 2018-12-31, monthly_charges: "100000.00"}
calendars:
  office: {time_zone: UTC, week: {mon: [["08:00","18:00"]], tue: [["08:00","18:00"]], wed: [["08:00","18:00"]],
                                  thu: [["08:00","18:00"]], fri: [["08:00","18:00"]]}}
service_levels:
  - {key: p3-respond, name: P3 response, measure: respond, select: {priority: [P3]}, calendar: office,
     target: {hours: 1}, expected: 90, minimum: 80, clause: §2.1}
  - {key: p3-resolve, name: P3 resolution, measure: resolve, select: {priority: [P3]}, calendar: office,
     target: {hours: 8}, stops: [customer, client_vendor], expected: 90, minimum: 75, clause: §2.2}
  - {key: uptime, name: Up, measure: availability, expected: 99.5, clause: §2.5}
"""
MONDAY = datetime(2016, 4, 4, 8, tzinfo=UTC)


def ticket(engagement: Engagement, number: str, opened: datetime, hours: float | None, **other: object) -> Ticket:
    """Answered after half an hour; resolved so many hours after its opening, or still open."""
    resolved = None if hours is None else opened + timedelta(hours=hours)
    given = {
        "answered_at": opened + timedelta(minutes=30), "priority": 3, "state": "Closed" if resolved else "Active",
        "category": "Mail", "subcategory": "Rules", **other,
    }  # fmt: skip
    texts = dict.fromkeys(("symptom", "assignment_group", "location", "service", "ci", "vendor"), "")
    return Ticket(
        engagement=engagement, number=number, opened_at=opened, resolved_at=resolved, events=1,
        priority_worst=given["priority"], priority_first=given["priority"], updated_at=resolved or opened,
        **{**texts, **given},
    )  # fmt: skip


def measured(slug: str = "aurora", more: int = 0) -> Town:
    """April: INC1 in time, INC2 late by two hours after a wait of one, INC3 in time, INC4 late, and `more` in time; May runs."""
    town = build_town(slug)
    engagement = town.engagement
    with enter(town.tenant.pk):
        import_terms(engagement=engagement, text=TERMS, effective=None, by=None, at=AS_OF)
        rows = [
            ticket(engagement, "INC1", MONDAY, 4),
            ticket(engagement, "INC2", MONDAY + timedelta(days=1), 25, category="=1+1"),
            ticket(engagement, "INC3", MONDAY + timedelta(days=2), 2),
            ticket(engagement, "INC4", MONDAY + timedelta(days=3), 32),
            ticket(engagement, "INC5", datetime(2016, 5, 17, 8, tzinfo=UTC), None),
            ticket(engagement, "INC6", datetime(2016, 5, 3, 8, tzinfo=UTC), 3),
            *(ticket(engagement, f"MORE{n}", MONDAY + timedelta(days=n % 5, minutes=n % 60), 2) for n in range(more)),
        ]
        made = {row.number: row for row in Ticket.objects.bulk_create(rows)}
        start = made["INC2"].opened_at + timedelta(hours=3)
        Wait.objects.create(
            engagement=engagement, ticket=made["INC2"], kind="customer", started_at=start,
            ended_at=start + timedelta(hours=1), vendor="", party="",
        )  # fmt: skip
        uptime = ServiceLevel.objects.get(engagement=engagement, key="uptime")
        services.report_value(
            service_level=uptime, month=Month("2016-04"), value=Decimal("99.7"), source="Cobalt", by=None, at=AS_OF
        )
        services.measure(engagement=engagement, first=Month("2016-04"), last=Month("2016-05"), as_of=AS_OF)
        services.seal_month(engagement=engagement, month=Month("2016-04"), by=None, at=AS_OF)
    return town


def signed_in(town: Town, role: Role, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def at(town: Town, route: str, *which: object, query: str = "") -> str:
    return reverse(route, args=[town.tenant.slug, *which]) + (f"?{query}" if query else "")


def words(client: Client, address: str) -> str:
    """The page's text as a person reads it, with plain spaces."""
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return answer.content.decode().replace("\u00a0", " ")
