"""Root causes are demanded: each recurrence, each major incident and whatever somebody asks for, once."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from engagements.models import EngagementSettings
from governance.calc.working_days import due_after
from governance.models import Rca, RcaTicket
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

from .telling import tell_provider

KIND, PREFIX = "rca", "RCA"
REMINDERS = (timedelta(days=2), timedelta(days=1))


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


@transaction.atomic
def demand_rca(rules: Rules, demand: Demand, *, by: Person | None, at: datetime) -> tuple[Rca, bool]:
    """Ask for a root cause; whether it is new. What was asked for already, by key or because a recurrence has grown
    since, is given the tickets that it lacks. The engagement's lock orders those who ask."""
    engagement: Engagement = records.locked(Engagement.objects, pk=rules.engagement.pk)
    if (known := known_rca(engagement, demand)) is not None:
        add_tickets(known, demand.tickets, at)
        return known, False
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
    return rca, True


def escalation(terms: EngagementSettings) -> tuple[Step, Step]:
    """Who is told that it is late: the owner in office of the domain, then the contract manager."""
    return (
        Step("Owner in office", Role.SERVICE_OWNER, timedelta(days=terms.escalate_owner_days)),
        Step("Contract manager", Role.CONTRACT_MANAGER, timedelta(days=terms.escalate_manager_days)),
    )


def known_rca(engagement: Engagement, demand: Demand) -> Rca | None:
    """The root cause that was asked for on this occasion, or of an earlier part of this recurrence."""
    mine = Rca.objects.filter(engagement=engagement).select_related("record", "engagement")
    if found := mine.filter(key=demand.key).first():
        return found
    if demand.origin != Rca.Origin.RECURRENCE:
        return None
    grown = mine.filter(alike=demand.alike, tickets__ticket__in=demand.tickets).exclude(origin=Rca.Origin.INCIDENT)
    return grown.order_by("-pk").first()


def add_tickets(rca: Rca, tickets: Iterable[int], at: datetime) -> int:
    """Those that it lacks; how many they were."""
    known = set(RcaTicket.objects.filter(rca=rca).values_list("ticket_id", flat=True))
    new = [pk for pk in dict.fromkeys(tickets) if pk not in known]
    RcaTicket.objects.bulk_create(
        RcaTicket(engagement_id=rca.engagement_id, rca=rca, ticket_id=pk, at=at) for pk in new
    )
    return len(new)


@transaction.atomic
def withdraw_rca(*, rca: Rca, reason: str, by: Person, at: datetime) -> Rca:
    """It is not asked for any more. Raises Refused without a reason, Conflict when it is decided."""
    if not reason.strip():
        raise Refused("say why it is not asked for any more")
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement", "obligation"), pk=rca.pk)
    for owed in obligations.living_about(row.record):
        obligations.withdraw(obligation=owed, reason=reason, by=by, at=at)
    with records.move(row, "withdraw", by=by, at=at):
        row.decision, row.decided_by, row.decided_at = reason, by, at
    tell_provider(row, "withdrawn", f"{row.record.number} is not asked for any more", reason, at)
    return row
