"""What is owed, as inbox, list, page, calendar feed and API show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, DateTimeField, IntegerField, Q, QuerySet, Value, When
from django.shortcuts import get_object_or_404

from mspgov.records.models import Evidence, File
from mspgov.tenancy.models import Membership, Tenant
from mspgov.tenancy.offices import Reach, directory

from .models import Extension, Obligation, Recurring, Side
from .policy import kinds_closed_to


def path_of(tenant: Tenant, public_id: UUID) -> str:
    return f"/o/{tenant.slug}/obligations/{public_id}/"


def obligations(reader: Membership) -> "QuerySet[Obligation]":
    """All that the reader sees, with what a line shows: not what is owed about records that they may not open."""
    closed = kinds_closed_to(reader)
    return _joined().exclude(kind__in=closed) if closed else _joined()


def _joined() -> "QuerySet[Obligation]":
    return Obligation.objects.select_related("record", "about", "engagement", "person", "domain")


def side_of(member: Membership) -> Side:
    return Side.PROVIDER if member.is_provider_side else Side.CLIENT


def owed_by(side: Side, reach: Reach) -> Q:
    """What comes to a person to be handed in: by name, by their domain, else by an office of theirs. The same as
    `Directory.holders` says of one obligation."""
    office = Q(owed_by=side, role__in=reach.roles)
    if side == Side.CLIENT:
        office = (office & ~Q(domain__in=reach.others)) | Q(owed_by=side, domain__in=reach.domains)
    return Q(state__in=Obligation.OWED) & (Q(person__in=reach.people) | (~Q(person__in=reach.active) & office))


def awaited_from(side: Side, reach: Reach) -> Q:
    """What waits for a person's office: to be accepted, or for an answer about more time."""
    office = Q(accepted_by__in=reach.roles)
    if side == Side.CLIENT:
        others = Q(owed_by=Side.PROVIDER, domain__in=reach.others)
        office = (office & ~others) | (Q(owed_by=Side.PROVIDER, domain__in=reach.domains) & ~Q(accepted_by=""))
    asked = Extension.objects.filter(state=Extension.State.ASKED).values("obligation")
    return office & (Q(state=Obligation.State.SUBMITTED) | Q(state__in=Obligation.OWED, pk__in=asked))


def inbox(member: Membership, at: datetime) -> "QuerySet[Obligation]":
    """What needs this member: the late first, then by due instant."""
    side, reach = side_of(member), reach_of(member, at)
    mine = owed_by(side, reach) | awaited_from(side, reach)
    return in_order(obligations(member).filter(mine, state__in=Obligation.LIVING))


def in_order(rows: "QuerySet[Obligation]") -> "QuerySet[Obligation]":
    """The late first, then by due instant."""
    late_first = Case(When(breached_at=None, then=Value(1)), default=Value(0), output_field=IntegerField())
    return rows.order_by(late_first, "due_at", "pk")


def living_first(rows: "QuerySet[Obligation]") -> "QuerySet[Obligation]":
    """What still has to be done by due instant, then what has ended, the latest due first."""
    due_while_living = Case(When(state__in=Obligation.LIVING, then="due_at"), output_field=DateTimeField())
    return rows.order_by(due_while_living.asc(nulls_last=True), "-due_at", "pk")


def with_keys(keys: Iterable[int]) -> list[Obligation]:
    """A page of the inbox, in its order: what a line shows is joined to these rows only."""
    return list(in_order(_joined().filter(pk__in=list(keys))))


def more_time_asked(rows: Iterable[Obligation]) -> set[int]:
    """Which of a page's obligations have a request for more time that waits for an answer, by key."""
    asked = Extension.objects.filter(state=Extension.State.ASKED, obligation__in=[row.pk for row in rows])
    return set(asked.values_list("obligation_id", flat=True))


def reach_of(member: Membership, at: datetime) -> Reach:
    """What comes to a member on this day."""
    return directory(member.tenant, at).reach(member.person_id)


@dataclass(frozen=True)
class Rights:
    """What one member may do with one obligation now."""

    acknowledge: bool = False
    hand_in: bool = False
    ask_extension: bool = False
    decide_extension: bool = False
    accept: bool = False
    waive: bool = False


@dataclass(frozen=True)
class ObligationPage:
    """An obligation with its alarms, its requests for more time and what it rests on."""

    row: Obligation
    extensions: tuple[Extension, ...]
    asked: Extension | None
    alarms: tuple[tuple[str, str, datetime, datetime | None], ...]
    evidence: tuple[Evidence, ...]


def obligation_page(public_id: UUID, reader: Membership) -> ObligationPage:
    """Raises Http404 for one that the reader does not see."""
    row = get_object_or_404(obligations(reader), public_id=public_id)
    extensions = tuple(row.extensions.select_related("asked_by", "decided_by").order_by("-pk"))
    asked = next((e for e in extensions if e.state == Extension.State.ASKED), None)
    alarms = tuple((a.get_kind_display(), a.step, a.at, a.fired_at) for a in row.alarms.order_by("at", "pk"))
    evidence = tuple(row.record.evidence.select_related("file", "by").order_by("pk"))
    return ObligationPage(row, extensions, asked, alarms, evidence)


def rights(
    member: Membership, page: ObligationPage, reach: Reach, at: datetime, *, answers: bool, decides: bool
) -> Rights:
    """What the member, to whom so much comes, may do in the present state. More time is asked for before it is late."""
    row, office = page.row, rights_of_office(member, page, reach, answers=answers, decides=decides)
    owed, asked = row.state in Obligation.OWED, page.asked is not None
    return Rights(
        acknowledge=office.acknowledge and row.state == Obligation.State.OPEN,
        hand_in=office.hand_in and owed,
        ask_extension=office.ask_extension and owed and not asked and at < row.due_at,
        decide_extension=office.decide_extension and asked and owed,
        accept=office.accept and row.state == Obligation.State.SUBMITTED,
        waive=office.waive and row.is_living,
    )


def rights_of_office(member: Membership, page: ObligationPage, reach: Reach, *, answers: bool, decides: bool) -> Rights:
    """What the member may do with it in some state: whoever owes it answers, whoever accepts it decides, and so does
    whoever is accountable for its domain or stands in for one of them. What belongs to another record is handed in,
    accepted and ended there. What one person owes by name is acknowledged by nobody else of their office while they are here."""
    row, own, side = page.row, page.row.about_id is None, side_of(member)
    domain = side == Side.CLIENT and row.domain_id in reach.domains
    mine = row.person_id in reach.people or (row.owed_by == side and (row.role in reach.roles or domain))
    accepts = row.accepted_by in reach.roles or (domain and row.owed_by == Side.PROVIDER and bool(row.accepted_by))
    mine, accepts = answers and mine, decides and accepts
    return Rights(
        acknowledge=mine and (row.person_id in reach.people or row.person_id not in reach.active),
        hand_in=mine and own,
        ask_extension=mine and bool(row.accepted_by),
        decide_extension=accepts and bool(page.extensions),
        accept=accepts and own,
        waive=accepts and own,
    )


def evidence_file(public_id: UUID, reader: Membership) -> File:
    """Raises Http404 for a file that is no evidence of an obligation that the reader sees."""
    mine = Evidence.objects.filter(record__in=obligations(reader).values("record"))
    return get_object_or_404(mine.select_related("file"), public_id=public_id).file


def recurring() -> "QuerySet[Recurring]":
    return Recurring.objects.select_related("engagement", "person", "domain")


@dataclass(frozen=True)
class ObligationRow:
    """An obligation as the API shows it. `about` is the number of the record that it belongs to."""

    id: UUID
    number: str
    title: str
    kind: str
    engagement: str | None
    about: str | None
    owed_by: str
    role: str
    person: str | None
    accepted_by: str | None
    state: str
    raised_at: datetime
    due_at: datetime
    first_due_at: datetime
    submitted_at: datetime | None
    ended_at: datetime | None
    breached_at: datetime | None
    needs_evidence: bool
    text: str
    note: str


def obligation_row(row: Obligation) -> ObligationRow:
    return ObligationRow(
        id=row.public_id,
        number=row.record.number,
        title=row.record.title,
        kind=row.kind,
        engagement=row.engagement.slug if row.engagement else None,
        about=row.about.number if row.about else None,
        owed_by=row.owed_by,
        role=row.role,
        person=row.person.name if row.person else None,
        accepted_by=row.accepted_by or None,
        state=row.state,
        raised_at=row.raised_at,
        due_at=row.due_at,
        first_due_at=row.first_due_at,
        submitted_at=row.submitted_at,
        ended_at=row.ended_at,
        breached_at=row.breached_at,
        needs_evidence=row.needs_evidence,
        text=row.text,
        note=row.note,
    )
