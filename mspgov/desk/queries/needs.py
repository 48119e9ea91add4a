"""What needs somebody, beyond how an engagement stands: failed runs, rejected rows, months heading for a miss."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from costs.models import Credit
from costs.queries.review import WAIVER
from governance.models import Rca
from governance.policy import WRITE_RCAS
from itsm.calc.forecast import Heading
from itsm.models import Import
from itsm.queries.current import ResultLine
from itsm.queries.performance import daily_counts, where_heading
from mspgov.jobs.models import Run
from mspgov.jobs.queries import RunLine, run_line
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.zones import zone_named
from mspgov.obligations.models import Obligation
from mspgov.obligations.queries import inbox, obligations
from mspgov.obligations.shown import SOON
from mspgov.records.models import Approval
from mspgov.tenancy.models import Membership, Person

from .standing import Standing

RECENT = timedelta(days=30)
OF_CREDITS, RCA, RCA_DECISION = ("credit.answer", "credit.decide"), "rca", "rca-decision"  # kinds of obligations


@dataclass(frozen=True)
class RejectedRows:
    """An import with rows that could not be read."""

    id: str
    file: str
    engagement: str
    count: int
    read: int
    at: datetime


@dataclass(frozen=True)
class HeadedForAMiss:
    """A service level whose running month is set to end below its minimum at today's pace."""

    slug: str
    level_name: str
    month: Month
    heading: Heading


@dataclass(frozen=True)
class AskedWaiver:
    """A credit that somebody asks to give up, and that a second person answers."""

    credit_id: str
    label: str
    engagement_id: int
    amount: Money
    by: str
    reason: str


def asked_waivers(reader: Person) -> tuple[AskedWaiver, ...]:
    """Waivers that others than the reader ask for, the earliest first. Two queries."""
    rows = Approval.objects.filter(what=WAIVER, state=Approval.State.ASKED).exclude(asked_by=reader)
    asked = {row.record_id: row for row in rows.select_related("asked_by", "record").order_by("pk")}
    credits = {row.record_id: row for row in Credit.objects.filter(record__in=asked)} if asked else {}
    return tuple(
        AskedWaiver(
            str(credit.public_id), f"{row.record.number}, {row.record.title}", credit.engagement_id, credit.balance,
            row.asked_by.name, row.reason,
        )
        for record, row in asked.items()
        if (credit := credits.get(record)) is not None
    )  # fmt: skip


@dataclass(frozen=True)
class Owed:
    """What is owed by the reader, or waits for their acceptance: within a week or late, the late first; and the numbers
    of credits whose answer or decision is theirs, whenever it is due."""

    soon: tuple[Obligation, ...] = ()
    mine: frozenset[str] = frozenset()


def owed_by(member: Membership, at: datetime, *, credits: Collection[str], most: int) -> Owed:
    """What comes to a member, and what was returned of that which they wrote; answers and decisions about `credits`, which
    home shows as money, are told by number only. What is handed in and is to be decided about is one thing: its decision
    stands for both. Two queries, however much is owed."""
    wrote = Q(versions__by=member.person_id) | Q(drafts__by=member.person_id, drafts__set_aside=False)
    returned = Q(about__in=Rca.objects.filter(wrote, state=Rca.State.RETURNED).values("record"), kind=RCA)
    decided = Obligation.objects.filter(about=OuterRef("about"), kind=RCA_DECISION, state__in=Obligation.OWED)
    of_money = Q(kind__in=OF_CREDITS, about__number__in=list(credits))
    rows = inbox(member, at)
    if member.holds(WRITE_RCAS):
        rows |= obligations(member).filter(returned, state__in=Obligation.OWED)
    rows = rows.exclude(Exists(decided), state=Obligation.State.SUBMITTED)
    found = rows.filter(Q(due_at__lte=at + SOON) | of_money | returned)[: most + len(OF_CREDITS) * len(credits)]
    mine = {
        row.pk: row.about.number
        for row in found
        if row.about and row.kind in OF_CREDITS and row.about.number in credits
    }
    return Owed(tuple(row for row in found if row.pk not in mine)[:most], frozenset(mine.values()))


def failed_runs(at: datetime) -> tuple[RunLine, ...]:
    """Runs of the past month that failed and were neither tried again nor set aside since, the latest first."""
    rows = Run.objects.filter(state=Run.State.FAILED, ended_at__gte=at - RECENT)
    return tuple(run_line(run) for run in rows.select_related("started_by").order_by("-ended_at")[:5])


def rejected_rows(at: datetime) -> tuple[RejectedRows, ...]:
    """Imports of the past month with rejected rows, the latest first."""
    rows = Import.objects.filter(state=Import.State.DONE, rejected_count__gt=0, done_at__gte=at - RECENT)
    found = rows.select_related("engagement", "file").defer("rejected", "preview").order_by("-done_at")[:5]
    return tuple(
        RejectedRows(
            str(row.public_id), row.file.name, row.engagement.name, row.rejected_count, row.read, row.done_at or at
        )
        for row in found
    )


def headed_for_a_miss(standings: Sequence[Standing]) -> tuple[HeadedForAMiss, ...]:
    """The forecast of engagements whose running month was measured; others cannot head anywhere. Asks once for each
    zone, however many engagements there are."""
    running = [(each, lines) for each in standings if (lines := lines_of_running(each))]
    days: dict[int, Mapping[date, tuple[int, int]]] = {}
    for zone in sorted({each.zone for each, _ in running}):
        counted = [line for each, lines in running if each.zone == zone for line in lines if line.total]
        days |= daily_counts(tuple(sorted((line.pk, line.digest) for line in counted)), zone)
    found = []
    for each, lines in running:
        month = max(line.month for line in lines)
        today = max(line.as_of for line in lines).astimezone(zone_named(each.zone)).date()
        for here in (line for line in lines if line.month == month and not line.is_reported):
            own = {line.month: line for line in lines if line.level_id == here.level_id}
            heading = where_heading(here, own, days, today)
            if heading.verdict == "miss":
                found.append(HeadedForAMiss(each.engagement.slug, here.level_name, month, heading))
    return tuple(found)


def lines_of_running(standing: Standing) -> tuple[ResultLine, ...]:
    """Results of the running month and the two before it; none when it is over, sealed or was not measured."""
    month = standing.running
    if month is None or month in standing.seals:
        return ()
    known_at = max(line.as_of for line in standing.results[month])
    months = () if month.is_over(known_at, standing.zone) else (month + -2, month + -1, month)
    return tuple(line for each in months for line in standing.results.get(each, ()))
