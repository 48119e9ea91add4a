"""What came before and after a root cause was accepted, by the detection that demanded it."""

from datetime import datetime

from engagements.models import EngagementSettings
from governance.calc.effect import Effect, Stretch
from governance.models import Rca
from itsm.models import Ticket
from itsm.queries.recurrences import like_tickets, recurrences_of

from .rca_rules import Rules
from .same_cause import recurring_causes

NO_TICKET = "any ticket opened since it was accepted"


def effect_of(rca: Rca, rules: Rules, *, latest: datetime, at: datetime) -> Effect:
    """From its decision to `at`, and as long a time up to `latest`, the end of what it was asked for."""
    decided = rca.decided_at or rca.demanded_at
    return Effect(
        stretch(rca, rules, latest - (at - decided), latest),
        stretch(rca, rules, decided, at),
    )


def lacking(rca: Rca, rules: Rules, at: datetime) -> tuple[str, ...]:
    """What is missing to compare before and after. Labels of the fields that make tickets alike here and that its tickets
    do not say, such as "category": without them any ticket is like any other. What was found to recur has them all. Once
    its weeks are over, any ticket of the engagement since it was accepted: without one nobody knows what came after."""
    if rca.check_at is not None and rca.decided_at is not None and at >= rca.check_at:
        known = Ticket.objects.filter(engagement=rca.engagement_id, opened_at__gte=rca.decided_at, opened_at__lt=at)
        if not known.exists():
            return (NO_TICKET,)
    if "cause" in rca.alike or (rca.alike and rca.origin in (Rca.Origin.RECURRENCE, Rca.Origin.RECURRED)):
        return ()
    named = EngagementSettings.Key
    return tuple(named(name).label.lower() for name in rules.settings.recurrence_key if name not in rca.alike)


def stretch(rca: Rca, rules: Rules, first: datetime, until: datetime) -> Stretch:
    """Like tickets in [first, until) and how often the rule that demanded it would have demanded one."""
    if "cause" in rca.alike:
        inside = [one for one in recurring_causes(rca.engagement) if one.cause == rca.alike["cause"]]
        again = [one for one in inside if first <= one.latest < until]
        return Stretch(first, until, sum(len(one.tickets) for one in again), len(again))
    tickets = like_tickets(rca.engagement, rca.alike, first, until)
    count = tickets.count()
    if rca.origin == Rca.Origin.INCIDENT:
        return Stretch(first, until, count, tickets.filter(priority_worst__in=majors(rules)).count())
    terms = rules.settings
    found = recurrences_of(
        rca.engagement, by=list(rca.alike), window_days=terms.window_days, threshold=terms.threshold, since=first,
        until=until,
    )  # fmt: skip
    return Stretch(first, until, count, sum(one.key == rca.alike for one in found))


def tickets_after(rca: Rca, rules: Rules, first: datetime, until: datetime) -> list[Ticket]:
    """The tickets in which it came back."""
    if "cause" in rca.alike:
        behind = {
            pk
            for one in recurring_causes(rca.engagement, first)
            if one.cause == rca.alike["cause"]
            for pk in one.tickets
        }
        return list(Ticket.objects.filter(pk__in=behind).order_by("opened_at", "number"))
    rows = like_tickets(rca.engagement, rca.alike, first, until)
    if rca.origin == Rca.Origin.INCIDENT:
        rows = rows.filter(priority_worst__in=majors(rules))
    return list(rows.order_by("opened_at", "number"))


def majors(rules: Rules) -> list[int]:
    return [int(each[1:]) for each in rules.settings.major_priorities]
