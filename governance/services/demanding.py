"""Root causes are demanded: each recurrence, each major incident and whatever somebody asks for, once."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction

from engagements.models import EngagementSettings
from governance.calc.effect import Stretch
from governance.calc.working_days import due_after
from governance.models import Rca, RcaTicket
from governance.queries.effects import stretch, tickets_after
from governance.queries.rca_rules import Rules
from governance.queries.same_cause import CauseAgain, recurring_causes
from itsm.models import Ticket
from itsm.queries.recurrences import Recurrence, key_of, major_incidents, recurrences_of
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Side
from mspgov.obligations.services import Step
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role

from .owed import lock_owed
from .telling import tell_provider

KIND, PREFIX = "rca", "RCA"
REMINDERS = (timedelta(days=2), timedelta(days=1))
GO_ON = (Rca.Origin.RECURRENCE, Rca.Origin.SAME_CAUSE)  # occasions to which tickets are added; others are over


class Did(Enum):
    """What came of a demand."""

    NEW = "asked for"
    GROWN = "given the tickets that it lacked"
    NOTHING = "known already"


@dataclass(frozen=True)
class Demand:
    """What a root cause is asked for: `key` names the occasion, `tickets` are those behind it."""

    key: str
    origin: str
    title: str
    reason: str
    alike: dict[str, str]
    tickets: tuple[int, ...]
    priority: int
    previous: Rca | None = None


def demands_of(rules: Rules, at: datetime) -> list[Demand]:
    """What is to be asked for now: recurrences that went on, and major incidents that opened, within the days that the
    engagement looks back; for a financial entity also one cause twice in six months."""
    engagement, terms = rules.engagement, rules.settings
    since = at - timedelta(days=terms.look_back_days)
    found = [
        of_recurrence(one, terms)
        for one in recurrences_of(
            engagement, by=terms.recurrence_key, window_days=terms.window_days, threshold=terms.threshold
        )
        if one.latest >= since
    ]
    priorities = [int(each[1:]) for each in terms.major_priorities]
    found += [of_incident(ticket, terms) for ticket in major_incidents(engagement, priorities, since)]
    if engagement.tenant.financial_entity:
        found += [of_same_cause(each) for each in recurring_causes(engagement, since)]
    return found


@dataclass(frozen=True)
class Looked:
    """What is to be asked for and is not yet, how many stand already, and how many recurrences ended before the `days`
    that the engagement looks back and have no root cause."""

    fresh: tuple[Demand, ...]
    known: int
    too_old: int
    days: int


def would_demand(rules: Rules, at: datetime) -> Looked:
    """What `demands_of` comes to at this instant, with a number of queries that does not grow with it."""
    engagement, terms = rules.engagement, rules.settings
    demands = demands_of(rules, at)
    mine = Rca.objects.filter(engagement=engagement)
    keys = set(mine.values_list("key", flat=True))
    behind = RcaTicket.objects.filter(engagement=engagement).exclude(rca__origin=Rca.Origin.INCIDENT)
    tickets = set(behind.values_list("ticket_id", flat=True))
    fresh = tuple(
        each for each in demands
        if each.key not in keys and not (each.origin == Rca.Origin.RECURRENCE and tickets & set(each.tickets))
    )  # fmt: skip
    since = at - timedelta(days=terms.look_back_days)
    old = [
        one
        for one in recurrences_of(
            engagement, by=terms.recurrence_key, window_days=terms.window_days, threshold=terms.threshold
        )
        if one.latest < since and not tickets & {ticket.pk for ticket in one.tickets}
    ]
    return Looked(fresh, len(demands) - len(fresh), len(old), terms.look_back_days)


def standing_of(engagement: Engagement, demands: Sequence[Demand]) -> dict[str, str]:
    """Of the demands of which nothing would come, by their key the number of the root cause that stands for them: it has
    all their tickets, or is decided and not found effective. The number of queries does not grow with them; `ask` says
    the same of one, with a lock."""
    rows = Rca.objects.filter(engagement=engagement).select_related("record").order_by("pk")
    rcas = {row.pk: row for row in rows}
    behind: dict[int, set[int]] = {pk: set() for pk in rcas}
    of_ticket: dict[int, set[int]] = {}
    for rca, ticket in RcaTicket.objects.filter(engagement=engagement).values_list("rca_id", "ticket_id"):
        behind[rca].add(ticket)
        of_ticket.setdefault(ticket, set()).add(rca)
    by_key = {row.key: row.pk for row in rcas.values()}
    following = {row.previous_id: row.pk for row in rcas.values() if row.previous_id}
    found = {}
    for demand in demands:
        known = {by_key[demand.key]} if demand.key in by_key else set()
        if demand.origin == Rca.Origin.RECURRENCE:
            near = {rca for ticket in demand.tickets for rca in of_ticket.get(ticket, ())}
            known |= {pk for pk in near if rcas[pk].alike == demand.alike and rcas[pk].origin != Rca.Origin.INCIDENT}
        if not known:
            continue
        latest = max(known)
        while demand.origin in GO_ON and latest in following:
            latest = following[latest]
        row = rcas[latest]
        back = demand.origin in GO_ON and row.state == Rca.State.EFFECTIVE
        if not back and (row.state not in Rca.OPEN or behind[latest].issuperset(demand.tickets)):
            found[demand.key] = row.record.number
    return found


def of_recurrence(found: Recurrence, terms: EngagementSettings) -> Demand:
    said = ", ".join(found.key.values())
    names = [EngagementSettings.Key(name).label.lower() for name in found.key]
    fields = " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
    return Demand(
        key=f"recurrence/{digest(found.key)}/{found.tickets[0].number}"[:200],
        origin=Rca.Origin.RECURRENCE,
        title=f"Root cause: {said}, again and again"[:300],
        reason=f"{len(found.tickets)} tickets of the same {fields}, at least {terms.threshold} of them within {terms.window_days} days",
        alike=dict(found.key),
        tickets=tuple(ticket.pk for ticket in found.tickets),
        priority=found.worst,
    )


def of_incident(ticket: Ticket, terms: EngagementSettings) -> Demand:
    said = ", ".join(key_of(ticket, terms.recurrence_key).values())
    return Demand(
        key=f"incident/{ticket.public_id}",
        origin=Rca.Origin.INCIDENT,
        title=f"Root cause: {ticket.number}{f', {said}' if said else ''}"[:300],
        reason=f"{ticket.number}, P{ticket.priority_worst}, a major incident",
        alike=key_of(ticket, terms.recurrence_key),
        tickets=(ticket.pk,),
        priority=ticket.priority_worst,
    )


def of_same_cause(found: CauseAgain) -> Demand:
    names = " and ".join(found.names)
    return Demand(
        key=f"same-cause/{found.cause}/{found.names[0]}",
        origin=Rca.Origin.SAME_CAUSE,
        title=f"Root cause: {found.label}, twice within six months"[:300],
        reason=f"{names} have the same apparent root cause, {found.label.lower()}; {found.impact_in_words} together",
        alike={"cause": found.cause},
        tickets=found.tickets,
        priority=found.priority,
    )


def digest(key: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]


@transaction.atomic
def demand_by_person(
    *, engagement: Engagement, tickets: Sequence[Ticket], title: str, reason: str, by: Person, at: datetime
) -> tuple[Rca, bool]:
    """Somebody asks for the root cause of some tickets; the same first ticket is asked for once. Raises Refused without
    a ticket, without a reason and for a ticket of another engagement."""
    if not tickets:
        raise Refused("name at least one ticket")
    if not reason.strip():
        raise Refused("say why it is asked for")
    if any(ticket.engagement_id != engagement.pk for ticket in tickets):
        raise Refused("a ticket belongs to another engagement")
    rules, first = Rules(engagement), min(tickets, key=lambda ticket: (ticket.opened_at, ticket.number))
    alike = key_of(first, rules.settings.recurrence_key)
    demand = Demand(
        key=f"incident/{first.public_id}",
        origin=Rca.Origin.PERSON,
        title=f"Root cause: {title.strip() or first.number}"[:300],
        reason=reason.strip(),
        alike=alike,
        tickets=tuple(ticket.pk for ticket in tickets),
        priority=min(ticket.priority_worst for ticket in tickets),
    )
    return demand_rca(rules, demand, by=by, at=at)


def demand_rca(rules: Rules, demand: Demand, *, by: Person | None, at: datetime) -> tuple[Rca, bool]:
    """Ask for a root cause, once; whether it is new."""
    rca, did = ask(rules, demand, by=by, at=at)
    return rca, did == Did.NEW


@transaction.atomic
def ask(rules: Rules, demand: Demand, *, by: Person | None, at: datetime) -> tuple[Rca, Did]:
    """Ask for a root cause; what came of it. What was asked for already, by key or because a recurrence has grown
    since, is given the tickets that it lacks while it is open. What has come back after one that was found effective is
    asked for anew. The engagement's lock orders those who ask."""
    engagement = lock_engagement(rules.engagement.pk)
    if (known := known_rca(engagement, demand)) is not None:
        back = come_back(known, rules, at) if demand.origin in GO_ON else None
        if back is None:
            return known, Did.GROWN if grow(known, demand.tickets, by, at) else Did.NOTHING
        demand = back
    terms = rules.settings
    record = records.open_record(
        kind=KIND, prefix=PREFIX, title=demand.title, engagement=engagement, state=Rca.State.DEMANDED, at=at
    )
    owed = obligations.raise_obligation(
        key=f"rca/{record.number}", title=demand.title, text=demand.reason, about=record, engagement=engagement,
        due_at=due_after(at, terms.due_days(demand.priority), rules.zone), owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER,
        accepted_by=Role.SERVICE_OWNER, domain=rules.domain, kind=KIND, reminders=REMINDERS, escalation=escalation(terms),
        by=by, at=at,
    )  # fmt: skip
    rca = Rca(
        engagement=engagement, record=record, obligation=owed, key=demand.key, origin=demand.origin, alike=demand.alike,
        reason=demand.reason, clause=terms.clause, priority=demand.priority, previous=demand.previous, demanded_at=at,
        demanded_by=by,
    )  # fmt: skip
    rca._history_user = by
    rca.save()
    add_tickets(rca, demand.tickets, at)
    due = f"{owed.due_at:%-d %B %Y, %H:%M}"
    tell_provider(rca, "demanded", f"{record.number} is asked for: {demand.title}", f"{demand.reason}. Due {due}.", at)
    after = {**records.snapshot(rca), "tickets": list(demand.tickets)}
    records.seal(record.pk, what="demand", before={}, after=after, by=by, at=at, engagement_id=engagement.pk)
    return rca, Did.NEW


def escalation(terms: EngagementSettings) -> tuple[Step, Step]:
    """Who is told that it is late: the owner in office of the domain, then the contract manager."""
    return (
        Step("Owner in office", Role.SERVICE_OWNER, timedelta(days=terms.escalate_owner_days)),
        Step("Contract manager", Role.CONTRACT_MANAGER, timedelta(days=terms.escalate_manager_days)),
    )


def lock_engagement(pk: int) -> Engagement:
    """The engagement, for one who asks at a time; rows that only point to it are written meanwhile."""
    found: Engagement = Engagement.objects.select_for_update(no_key=True).get(pk=pk)
    return found


def known_rca(engagement: Engagement, demand: Demand) -> Rca | None:
    """The latest root cause that was asked for on this occasion, of an earlier part of this recurrence, or because it
    had come back since."""
    mine = Rca.objects.filter(engagement=engagement)
    known = set(mine.filter(key=demand.key).values_list("pk", flat=True))
    if demand.origin == Rca.Origin.RECURRENCE:
        grown = mine.filter(alike=demand.alike, tickets__ticket__in=demand.tickets).exclude(origin=Rca.Origin.INCIDENT)
        known.update(grown.values_list("pk", flat=True))
    latest = mine.filter(pk__in=known).select_related("record", "engagement__tenant").order_by("-pk").first()
    while (
        latest is not None
        and demand.origin in GO_ON
        and (later := latest.next.select_related("record", "engagement__tenant").first())
    ):
        latest = later
    return latest


def come_back(known: Rca, rules: Rules, at: datetime) -> Demand | None:
    """What is to be asked for where the rule holds again after a root cause was found effective."""
    if known.state != Rca.State.EFFECTIVE or known.decided_at is None:
        return None
    after = stretch(known, rules, known.decided_at, at)
    return again(known, rules, after) if after.recurrences else None


def again(row: Rca, rules: Rules, after: Stretch) -> Demand:
    """A new root cause of what came back."""
    tickets = tickets_after(row, rules, after.first, after.until)
    said = row.record.title.removeprefix("Root cause: ").removesuffix(", again and again")
    return Demand(
        key=f"recurred/{row.public_id}",
        origin=Rca.Origin.RECURRED,
        title=f"Root cause: {said}, again after {row.record.number}"[:300],
        reason=f"{after.tickets} like {'ticket' if after.tickets == 1 else 'tickets'} since {row.record.number} was accepted: its actions did not prevent it",
        alike=row.alike,
        tickets=tuple(ticket.pk for ticket in tickets),
        priority=min((ticket.priority_worst for ticket in tickets), default=row.priority),
        previous=row,
    )


def grow(rca: Rca, tickets: Iterable[int], by: Person | None, at: datetime) -> bool:
    """Add the tickets that an open root cause lacks, and seal which; whether there were any. One that is decided stays as it was decided, and
    one of what came back is given none from before."""
    row: Rca = records.locked(Rca.objects.select_related("previous"), pk=rca.pk)
    if row.state not in Rca.OPEN:
        return False
    if row.previous is not None and row.previous.decided_at is not None:
        since = Ticket.objects.filter(pk__in=tickets, opened_at__gte=row.previous.decided_at)
        tickets = since.order_by("opened_at", "number").values_list("pk", flat=True)
    if not (new := add_tickets(row, tickets, at)):
        return False
    after = {"tickets": new}
    records.seal(
        row.record_id, what="tickets added", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id
    )
    return True


def add_tickets(rca: Rca, tickets: Iterable[int], at: datetime) -> list[int]:
    """Those that it lacks."""
    known = set(RcaTicket.objects.filter(rca=rca).values_list("ticket_id", flat=True))
    new = [pk for pk in dict.fromkeys(tickets) if pk not in known]
    RcaTicket.objects.bulk_create(
        RcaTicket(engagement_id=rca.engagement_id, rca=rca, ticket_id=pk, at=at) for pk in new
    )
    return new


@transaction.atomic
def withdraw_rca(*, rca: Rca, reason: str, by: Person, at: datetime) -> Rca:
    """It is not asked for any more. Raises Refused without a reason, Conflict when it is decided."""
    if not reason.strip():
        raise Refused("say why it is not asked for any more")
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement", "obligation"), pk=rca.pk)
    for owed in lock_owed(row.record):
        obligations.withdraw(obligation=owed, reason=reason, by=by, at=at)
    with records.move(row, "withdraw", by=by, at=at):
        row.decision, row.decided_by, row.decided_at = reason, by, at
    tell_provider(row, "withdrawn", f"{row.record.number} is not asked for any more", reason, at)
    return row
