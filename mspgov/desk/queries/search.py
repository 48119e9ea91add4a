"""What a search finds: tickets by number, engagements, records, service levels, services, vendors, locations, people."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Q, QuerySet

from contracts.models import Contract, ServiceLevel, TermsVersion
from costs.models import Claim, Credit, CreditNote
from engagements.models import Location, Service, Vendor
from governance.models import Action, Pack, Rca
from itsm.models import Ticket
from mspgov.obligations.models import Obligation
from mspgov.obligations.policy import kinds_closed_to
from mspgov.records.models import Record
from mspgov.tenancy.columns import EngagementModel
from mspgov.tenancy.models import Engagement, Membership
from mspgov.tenancy.queries import in_sight_of

MOST = 8
R = TypeVar("R", bound=EngagementModel)


@dataclass(frozen=True)
class Found:
    """A hit: `kind` is ticket, engagement, record:<its kind>, level, service, vendor, location or person; `id` is what
    its page is asked by."""

    kind: str
    id: str
    title: str
    sub: str


@dataclass(frozen=True)
class FoundGroup:
    """The hits of one kind; `more` tells that there are others."""

    label: str
    hits: tuple[Found, ...]
    more: bool


def search(text: str, *, opened: Collection[str], reader: Membership) -> tuple[FoundGroup, ...]:
    """What the reader sees that matches, at most eight of each kind; nothing for less than two characters. `opened`
    are the kinds of records and rows that the reader's roles open: no other record, service, vendor, location or person
    is found. `%` and `_` are what they are."""
    wanted = text.strip()
    if len(wanted) < 2 or "\x00" in wanted:
        return ()
    groups = (
        ("Tickets", tickets(wanted)),
        ("Engagements", engagements(wanted)),
        ("Records", records(wanted, opened, reader)),
        ("Service levels", levels(wanted)),
        ("Services", services(wanted) if "service" in opened else ()),
        ("Vendors", vendors(wanted) if "vendor" in opened else ()),
        ("Locations", locations(wanted) if "location" in opened else ()),
        ("People", people(wanted, reader) if "person" in opened else ()),
    )
    return tuple(FoundGroup(label, tuple(hits[:MOST]), len(hits) > MOST) for label, hits in groups if hits)


def tickets(text: str) -> list[Found]:
    """By their number from its beginning; a bare number also where the letters in front are left out."""
    wanted = Q(number__startswith=text) | Q(number__startswith=text.upper())
    if text.isascii() and text.isdecimal():
        wanted |= Q(number__endswith=text)
    rows = Ticket.objects.filter(wanted, counted=True).order_by("number")[: MOST + 1]
    return [
        Found("ticket", row.number, row.number, ", ".join(filter(None, (f"P{row.priority}", row.category, row.state))))
        for row in rows
    ]


def engagements(text: str) -> list[Found]:
    rows = Engagement.objects.filter(Q(name__icontains=text) | Q(provider__name__icontains=text))
    found = rows.select_related("provider").order_by("name")[: MOST + 1]
    return [Found("engagement", row.slug, row.name, row.provider.name) for row in found]


def records(text: str, opened: Collection[str], reader: Membership) -> list[Found]:
    rows = Record.objects.filter(Q(number__icontains=text) | Q(title__icontains=text))
    if closed := kinds_closed_to(reader):
        rows = rows.exclude(pk__in=Obligation.objects.filter(kind__in=closed).values("record"))
    rows = rows.filter(kind__in=opened).order_by("-opened_at", "-number")
    found = list(rows[: MOST + 1])
    pages = pages_of(found)
    return [
        Found(f"record:{row.kind}", pages.get(row.pk, ""), row.number, f"{row.title}, {row.state.replace('_', ' ')}")
        for row in found
    ]


def pages_of(rows: list[Record]) -> dict[int, str]:
    """Record → public id of what it is the record of; an amendment's is its contract's, a credit note's its claim's."""
    found = {}
    for model, column, target in (
        (Credit, "record", "public_id"),
        (Claim, "record", "public_id"),
        (CreditNote, "record", "claim__public_id"),
        (Contract, "record", "public_id"),
        (TermsVersion, "record", "contract__public_id"),
        (Pack, "record", "public_id"),
        (Rca, "record", "public_id"),
        (Action, "record", "public_id"),
        (Obligation, "record", "public_id"),
    ):
        ids = model.objects.filter(record__in=rows).values_list(column, target)
        found.update({record: str(page) for record, page in ids})
    return found


def levels(text: str) -> list[Found]:
    rows = ServiceLevel.objects.filter(Q(name__icontains=text) | Q(key__icontains=text))
    found = rows.select_related("engagement").order_by("name")[: MOST + 1]
    return [Found("level", str(row.public_id), row.name, row.engagement.name) for row in found]


def services(text: str) -> list[Found]:
    rows = Service.objects.filter(Q(name__icontains=text) | Q(key__icontains=text))
    return [Found("service", str(row.public_id), row.name, row.engagement.name) for row in by_name(rows)]


def vendors(text: str) -> list[Found]:
    rows = Vendor.objects.filter(Q(name__icontains=text) | Q(delivers__icontains=text))
    return [
        Found("vendor", str(row.public_id), row.name, ", ".join(filter(None, (row.delivers, row.engagement.name))))
        for row in by_name(rows)
    ]


def locations(text: str) -> list[Found]:
    rows = Location.objects.filter(name__icontains=text)
    return [
        Found("location", str(row.public_id), row.name, ", ".join(filter(None, (row.country, row.engagement.name))))
        for row in by_name(rows)
    ]


def by_name(rows: "QuerySet[R]") -> "list[R]":
    return list(rows.select_related("engagement").order_by("name", "engagement__name", "pk")[: MOST + 1])


def people(text: str, reader: Membership) -> list[Found]:
    named = Q(person__name__icontains=text) | Q(person__email__icontains=text)
    rows = Membership.objects.filter(in_sight_of(reader), named, active=True)
    found = rows.select_related("person", "provider").order_by("person__name")[: MOST + 1]
    return [
        Found("person", str(row.public_id), row.person.name, row.provider.name if row.provider else "client's side")
        for row in found
    ]
