# ruff: noqa: S608 - SQL is made of column names of this app only; values are bound
"""The months that derived tickets touch: where they open, are answered, end or count; where they counted before."""

import numpy as np
from django.db import connection

from engagements import queries as engagements
from itsm.calc.measurement import NEVER, judge
from itsm.queries.arrays import read_tickets_from
from itsm.queries.rules import Contract, span_of
from mspgov.kernel.period import Month, month_edges_us
from mspgov.tenancy.models import Engagement

from . import staging


def months_of_derived(engagement: Engagement, now_us: int, *, had_tickets: bool) -> list[str]:
    """The months that the tickets staged as derived touch, in the zone of the contract; a clock that still runs counts
    as it stands `now_us`."""
    contract = Contract(engagement)
    found = _months_of_instants(contract.zone) | _months_counted(engagement, contract, now_us)
    return sorted(found | (_months_before(engagement) if had_tickets else set()))


def _months_of_instants(zone: str) -> set[str]:
    with connection.cursor() as c:
        c.execute(
            f"select distinct to_char({staging.instant('x.at')} at time zone %s, 'YYYY-MM') from itsm_derived d, "
            "lateral (values (d.opened_at), (d.answered_at), (d.resolved_at)) x(at) where x.at is not null",
            [zone],
        )
        return {month for (month,) in c}


def _months_counted(engagement: Engagement, contract: Contract, now_us: int) -> set[str]:
    """Where a clock counts by the terms: one that is missed may count in the month in which it was due."""
    if not contract.versions:
        return set()
    numbered = "(select *, row_number() over (order by number) as id from itsm_derived)"
    at = {c: staging.instant(f"d.{c}") for c in ("opened_at", "answered_at", "resolved_at")}
    instants = ", ".join(f"{sql} as {c}" for c, sql in at.items())
    texts = ", ".join(
        f"d.{c}" for c in staging.TICKET_COLUMNS if c not in at and c != "updated_at"
    )  # the columns that a selection may name are among them
    arrays = read_tickets_from(
        f"(select d.id, {instants}, {texts} from {numbered} d)",
        f"(select d.id as ticket_id, {staging.instant('w.started_at')} as started_at, "
        f"{staging.instant('w.ended_at')} as ended_at, w.kind, w.vendor, w.party "
        f"from {numbered} d join itsm_derived_wait w on w.number = d.number)",
        contract.selections(), engagements.vendor_parties(engagement),
    )  # fmt: skip
    if not len(arrays.ids):
        return set()
    span, found = span_of(now_us, int(arrays.tickets.opened.min())), set()
    for key in contract.levels:
        for rules in contract.rules(key, span):
            at_us = judge(arrays.tickets, rules, now_us).counts_at
            at_us = at_us[at_us != NEVER]
            if len(at_us):
                first, last = (Month.at(int(edge), contract.zone) for edge in (at_us.min(), at_us.max()))
                edges = month_edges_us(first, last, contract.zone)
                places = np.unique(np.searchsorted(edges, at_us, side="right") - 1)
                found |= {(first + int(place)).text for place in places}
    return found


def _months_before(engagement: Engagement) -> set[str]:
    """Where tickets that are derived anew counted up to now."""
    staging.run("analyze itsm_derived")
    with connection.cursor() as c:
        c.execute(
            "select distinct r.month from itsm_derived d join itsm_ticket t on t.number = d.number and t.engagement_id "
            "= %s join itsm_outcome o on o.ticket_id = t.id join itsm_result r on r.id = o.result_id",
            [engagement.pk],
        )
        return {month for (month,) in c}
