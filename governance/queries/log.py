"""What was imported, and what the figures of a quarter do not show by themselves."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.db.models import Count, Max, Min

from engagements import queries as engagements
from governance.calc.facts import ExcludedFacts, LogFacts, LoweredFacts, QualityFacts, RejectedFacts, UndecidedFacts
from itsm.calc.lowering import lowered_near_due
from itsm.models import Exclusion, Import, Outcome, Result, Ticket
from itsm.queries.arrays import party_sql, read_changes, read_tickets
from itsm.queries.rules import Contract, span_of
from mspgov.kernel.instants import from_micros
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement


def log_facts(engagement: Engagement, rows: Sequence[Result], zone: str) -> LogFacts:
    """The span of the log, its tickets, and how many of them these results count."""
    tickets = Ticket.objects.filter(engagement=engagement, counted=True).aggregate(
        count=Count("pk"), first=Min("opened_at"), last=Max("updated_at")
    )
    decided = Outcome.objects.filter(result__in=[row.pk for row in rows]).values("ticket").distinct().count()
    local = ZoneInfo(zone)
    return LogFacts(
        begins_on=tickets["first"].astimezone(local).date() if tickets["first"] else None,
        ends_on=tickets["last"].astimezone(local).date() if tickets["last"] else None,
        tickets=tickets["count"],
        decided=decided,
        sources=tuple(dict.fromkeys(one.file.name for one in imports_of(engagement))),
    )


def imports_of(engagement: Engagement) -> list[Import]:
    """The imports that count, in order."""
    done = Import.objects.filter(engagement=engagement, state=Import.State.DONE)
    return list(done.select_related("file").order_by("done_at", "pk"))


def quality_facts(
    engagement: Engagement, contract: Contract, rows: Sequence[Result], months: Sequence[Month]
) -> QualityFacts:
    """Rejected rows of all imports; exclusions, undecided vendors and lowered priorities of the quarter."""
    return QualityFacts(
        rejected=rejected_rows(engagement),
        excluded=excluded_tickets(rows),
        undecided=undecided_vendors(engagement, rows),
        lowered=lowered_priorities(engagement, contract, months),
    )


def rejected_rows(engagement: Engagement) -> tuple[RejectedFacts, ...]:
    """Every row that could not be read, once, though its file was imported twice."""
    found = {
        (one.file.name, row["row"], row["field"], row["why"]): None
        for one in imports_of(engagement)
        for row in one.rejected
    }
    return tuple(RejectedFacts(*row) for row in sorted(found))


def excluded_tickets(rows: Sequence[Result]) -> tuple[ExcludedFacts, ...]:
    """The tickets that a decision left out of these results, with its words."""
    by_pk = {row.pk: row for row in rows}
    outcomes = Outcome.objects.filter(result__in=list(by_pk)).exclude(excluded_for="").select_related("ticket")
    reasons = {
        (one.ticket_id, one.kind): one.reason
        for one in Exclusion.objects.filter(ticket__in=[outcome.ticket_id for outcome in outcomes]).order_by("at", "pk")
    }
    labels = dict(Exclusion.Kind.choices)
    found = [
        ExcludedFacts(
            outcome.ticket.number,
            by_pk[outcome.result_id].service_level.key,
            by_pk[outcome.result_id].month,
            f"{labels.get(outcome.excluded_for, outcome.excluded_for)}: {reasons.get((outcome.ticket_id, outcome.excluded_for), '')}".rstrip(
                ": "
            ),
        )
        for outcome in outcomes
    ]
    return tuple(sorted(found, key=lambda one: (one.month, one.service_level, one.number)))


def undecided_vendors(engagement: Engagement, rows: Sequence[Result]) -> tuple[UndecidedFacts, ...]:
    """The tickets of these results that waited for a vendor without a side; seconds by the wall clock, up to the clock's end."""
    case, named = party_sql(engagements.vendor_parties(engagement))
    sql = f"""
        select t.number, coalesce(nullif(u.vendor, ''), 'not named'), count(*)::int,
               sum(greatest(0, extract(epoch from least(coalesce(u.ended_at, u.until), u.until) - u.started_at)))::bigint
        from (select distinct on (w.ticket_id, w.started_at) w.ticket_id, w.vendor, w.started_at, w.ended_at, o.until
              from itsm_wait w
              join (select ticket_id, max(coalesce(o.ended_at, r.as_of)) as until from itsm_outcome o
                    join itsm_result r on r.tenant_id = o.tenant_id and r.id = o.result_id
                    where o.result_id = any(%s) group by ticket_id) o on o.ticket_id = w.ticket_id
              where ({case}) = 'unknown_vendor' order by w.ticket_id, w.started_at) u
        join itsm_ticket t on t.id = u.ticket_id
        group by 1, 2 order by 1, 2"""  # noqa: S608  # column names of ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [[row.pk for row in rows], *cast(list[list[str]], named)])
        return tuple(UndecidedFacts(*row) for row in cursor.fetchall())


def lowered_priorities(engagement: Engagement, contract: Contract, months: Sequence[Month]) -> tuple[LoweredFacts, ...]:
    """The lowerings inside these months after the worse target's due instant, or in the hour before; each once, by its earliest due."""
    if not contract.versions:
        return ()
    begin, end = months[0].span_us(contract.zone)[0], months[-1].span_us(contract.zone)[1]
    arrays = read_tickets(
        engagement.pk,
        contract.selections(),
        engagements.vendor_parties(engagement),
        "exists (select from itsm_prioritychange p where p.ticket_id = t.id and p.after > p.before and p.at >= %s and p.at < %s)",
        [from_micros(begin), from_micros(end)],
    )
    if not len(arrays.ids):
        return ()
    changes = read_changes(engagement.pk, arrays.ids)
    span = span_of(int(arrays.tickets.opened.min()), end)
    found: dict[int, int] = {}
    for key in contract.levels:
        for rules in contract.rules(key, span):
            lowered = lowered_near_due(arrays.tickets, rules, changes, end)
            for change, due in zip(lowered.change.tolist(), lowered.due.tolist(), strict=True):
                found[change] = min(due, found.get(change, due))
    inside = [change for change in found if begin <= int(changes.at[change]) < end]
    numbers = dict(
        Ticket.objects.filter(pk__in=np.unique(arrays.ids[changes.row[inside]]).tolist()).values_list("pk", "number")
    )
    told = [
        LoweredFacts(
            number=numbers[int(arrays.ids[changes.row[change]])],
            month=Month.at(int(changes.at[change]), contract.zone).text,
            before=f"P{changes.before[change]}",
            after=f"P{changes.after[change]}",
            at=from_micros(int(changes.at[change])),
            due_at=from_micros(found[change]),
        )
        for change in inside
    ]
    return tuple(sorted(told, key=lambda one: (one.number, one.at)))


def as_of_latest(rows: Sequence[Result], otherwise: datetime) -> datetime:
    """The instant up to which unfinished clocks of these results were told."""
    return max((row.as_of for row in rows), default=otherwise)
