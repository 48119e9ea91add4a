"""For financial entities: incidents whose answers name the same root cause within six months, with impacts added."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from governance.calc.causes import FULL, apparent
from governance.calc.rca_content import read_content
from governance.calc.rca_faults import read_cost, read_people
from governance.models import Rca, RcaTicket, RcaVersion
from itsm.calc.recurrences import Caused, Impact, same_causes
from mspgov.kernel.figures import number
from mspgov.tenancy.models import Engagement


@dataclass(frozen=True)
class CauseAgain:
    """One apparent root cause behind several incidents that count as one: their numbers, tickets, and impact together."""

    cause: str
    began: datetime
    latest: datetime
    names: tuple[str, ...]
    tickets: tuple[int, ...]
    priority: int
    impact: Impact

    @property
    def label(self) -> str:
        return FULL.get(self.cause, self.cause)

    @property
    def impact_in_words(self) -> str:
        """Tickets and hours, and people and money as far as the answers say so."""
        hours = Decimal(self.impact.seconds) / 3600
        said = [f"{number(self.impact.tickets)} tickets open for {number(hours, 1)} h"]
        said += [f"{number(self.impact.people)} people affected"] if self.impact.people else []
        said += [f"{number(self.impact.cost, 2)} in cost"] if self.impact.cost else []
        return ", ".join(said)


def recurring_causes(engagement: Engagement, since: datetime | None = None) -> list[CauseAgain]:
    """Those whose latest incident began at `since` or later. What was asked for by this very rule is no incident."""
    versions = RcaVersion.objects.filter(rca__engagement=engagement).exclude(
        rca__origin__in=[Rca.Origin.SAME_CAUSE, Rca.Origin.RECURRED]
    )
    latest = {
        row.rca_id: row
        for row in versions.exclude(rca__state=Rca.State.WITHDRAWN).select_related("rca__record").order_by("version")
    }
    tickets: dict[int, list[RcaTicket]] = {}
    for row in RcaTicket.objects.filter(rca__in=latest).select_related("ticket").order_by("ticket__opened_at", "pk"):
        tickets.setdefault(row.rca_id, []).append(row)
    incidents, behind = [], {}
    for pk, version in latest.items():
        if not (mine := tickets.get(pk)):
            continue
        content, name = read_content(version.content), version.rca.record.number
        open_for = sum(
            int((row.ticket.resolved_at - row.ticket.opened_at).total_seconds())
            for row in mine
            if row.ticket.resolved_at
        )
        impact = Impact(
            read_people(content.people) or 0, read_cost(content.cost) or Decimal(0), len(mine), max(open_for, 0)
        )
        behind[name] = (mine, version.rca.priority)
        incidents += [Caused(name, mine[0].ticket.opened_at, cause, impact) for cause in apparent(content.causes)]
    return [
        CauseAgain(
            one.cause, one.began, one.latest, one.names,
            tuple(dict.fromkeys(row.ticket_id for name in one.names for row in behind[name][0])),
            min(behind[name][1] for name in one.names), one.impact,
        )
        for one in same_causes(incidents) if since is None or one.latest >= since
    ]  # fmt: skip
