"""How root causes and their actions stand, as the board reads it."""

from datetime import date, datetime
from typing import Any

from governance.calc.facts import ActionFacts, RcaFacts, RootCauseFacts
from governance.models import Action, Rca
from mspgov.tenancy.models import Engagement


def root_causes(engagement: Engagement, *, as_of: datetime, since: date) -> RootCauseFacts:
    """Open ones and overdue actions at `as_of`, and checks of effect since that day."""
    rows = Rca.objects.filter(engagement=engagement).select_related("record", "obligation").order_by("pk")
    checked = rows.filter(state__in=[Rca.State.EFFECTIVE, Rca.State.RECURRED])
    actions = Action.objects.filter(engagement=engagement, state__in=Action.OWED, obligation__due_at__lte=as_of)
    overdue = actions.select_related("record", "rca__record", "obligation__person")
    return RootCauseFacts(
        open=tuple(rca_facts(row, as_of) for row in rows.filter(state__in=Rca.OPEN)),
        checked=tuple(rca_facts(row, as_of) for row in checked if checked_on(row) >= since),
        overdue=tuple(
            ActionFacts(
                row.record.number, row.what, row.obligation.person.name if row.obligation.person else "",
                row.rca.record.number, row.obligation.due_at,
            )
            for row in overdue.order_by("obligation__due_at", "pk")
        ),
    )  # fmt: skip


def checked_on(row: Rca) -> date:
    return datetime.fromisoformat((row.effect or {}).get("checked_at", "1970-01-01T00:00:00+00:00")).date()


def rca_facts(row: Rca, as_of: datetime) -> RcaFacts:
    due, effect = row.obligation.due_at if row.obligation else None, row.effect
    found: dict[str, Any] = {"before": {"tickets": None}, "after": {"tickets": None}, **(effect or {})}
    return RcaFacts(
        row.record.number, row.record.title, row.get_state_display(), row.demanded_at, due if row.is_owed else None,
        bool(row.is_owed and due and due <= as_of), found["before"]["tickets"], found["after"]["tickets"],
    )  # fmt: skip


def standing(engagement: Engagement, at: datetime) -> tuple[int, int, int]:
    """How many root causes are open, how many of those are late, and how many actions are overdue."""
    rows = Rca.objects.filter(engagement=engagement, state__in=Rca.OPEN)
    late = rows.filter(state__in=Rca.OWED, obligation__due_at__lte=at).count()
    overdue = Action.objects.filter(engagement=engagement, state__in=Action.OWED, obligation__due_at__lte=at).count()
    return rows.count(), late, overdue
