"""The months of an engagement as the people who run them see them: measured, charged, valued, credited, sealed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.shortcuts import get_object_or_404

from contracts.models import Contract
from contracts.queries import in_force_on
from costs.calc.ledger import EARN_BACK, plan
from costs.models import Credit, LedgerEntry
from itsm.calc.judgement import AT_RISK, BELOW
from itsm.models import MonthSeal, Ticket
from itsm.queries.current import ResultLine, lines_between, month_range
from itsm.queries.performance import performance_page
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.zones import zone_named
from mspgov.tenancy.models import Engagement

from .account import Account, account, standing_of
from .changes import REPORTED_MEASURES, Changes, changes
from .charges import ChargesLine, charges_list
from .credits import CreditLine, credit_line, credits_of, earned, total
from .ledger import LedgerLine, ledger_line, ledger_of

VERDICTS = ("meet", "at_risk", "miss")


@dataclass(frozen=True)
class MonthLine:
    """A month of the contract's term. `results` are those in force, `credits` those of its ledger with the
    `total` of what stands and what beside it was `waived`; `is_over` by the
    contract's zone. Of a running month `headings` says for each service level where it is heading (meet, at_risk, miss);
    one that `is_unfinished` is over and not sealed, but was measured while it ran. `changed` says in words what came
    after the measurement of one that is over and not sealed; '' where its figures are those of now."""

    month: Month
    is_over: bool
    charges: ChargesLine
    sealed_by: str
    results: tuple[ResultLine, ...]
    credits: tuple[CreditLine, ...]
    total: Money
    waived: Money
    headings: Mapping[str, str]
    is_unfinished: bool
    changed: str
    corrected_entry: LedgerLine | None

    @property
    def is_sealed(self) -> bool:
        return self.charges.sealed_at is not None

    @property
    def is_measured(self) -> bool:
        return bool(self.results)

    @property
    def can_be_sealed(self) -> bool:
        return self.is_over and self.is_measured and not (self.is_sealed or self.is_unfinished or self.changed)

    @property
    def measured_at(self) -> datetime | None:
        """When a result of it last changed."""
        return max((line.computed_at for line in self.results), default=None)

    @property
    def measured_levels(self) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.results if line.attainment is not None)

    def heading_for(self, verdict: str) -> int:
        """How many service levels of a running month are heading there."""
        return sum(found == verdict for found in self.headings.values())

    @property
    def missed(self) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.measured_levels if line.standing == BELOW)

    @property
    def at_risk(self) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.measured_levels if line.standing == AT_RISK)

    @property
    def values_missing(self) -> tuple[ResultLine, ...]:
        """Service levels whose value somebody has to report and nobody has."""
        return tuple(line for line in self.results if line.measure in REPORTED_MEASURES and line.reported_id is None)

    @property
    def correction(self) -> ResultLine | LedgerLine | None:
        """The latest correction of the month: of a result, or of charges alone an entry of the ledger; of one that wrote
        both the result."""
        result = max(self.corrected, key=lambda line: (line.computed_at, line.version), default=None)
        entry = self.corrected_entry
        if result is None or (entry is not None and entry.at > result.computed_at):
            return entry
        return result

    @property
    def corrected(self) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.results if line.is_corrected)


@dataclass(frozen=True)
class MonthsPage:
    """The months of an engagement's contract up to the running one, the latest first. `first` and `last` bound what may
    be measured; `latest` is the latest month with results, `filled` the latest with results or with tickets that opened."""

    engagement: Engagement
    reference: str
    currency: str
    zone: str
    first: Month
    last: Month
    latest: Month | None
    filled: Month | None
    lines: tuple[MonthLine, ...]

    def line(self, month: Month) -> MonthLine | None:
        return next((line for line in self.lines if line.month == month), None)

    @property
    def open_lines(self) -> tuple[MonthLine, ...]:
        """Months that wait to be sealed, the earliest first."""
        return tuple(line for line in reversed(self.lines) if line.can_be_sealed)

    @property
    def unfinished(self) -> tuple[MonthLine, ...]:
        return tuple(line for line in self.lines if line.is_unfinished)

    @property
    def changed(self) -> tuple[MonthLine, ...]:
        return tuple(line for line in self.lines if line.changed)

    @property
    def charges_missing(self) -> tuple[MonthLine, ...]:
        return tuple(line for line in self.lines if line.charges.missing)

    @property
    def values_missing(self) -> tuple[MonthLine, ...]:
        return tuple(line for line in self.lines if line.is_over and not line.is_sealed and line.values_missing)


def months_page(engagement: Engagement, *, at: datetime) -> MonthsPage:
    """Every month of the contract's term up to the one after the latest with results, at most up to now. Raises Http404
    without a contract."""
    contract = get_object_or_404(Contract, engagement=engagement)
    now = Month.of(at.astimezone(zone_named(contract.time_zone)))
    known = month_range(engagement)
    until = min(now, known[1].next) if known else now
    charges = charges_list(engagement, until=until)
    results = by_month(lines_between(engagement, contract.first_month, until))
    rows = list(credits_of(engagement))
    credits = by_period(rows)
    since = Since(engagement, account(engagement, as_of=at), rows)
    corrections = corrections_of(engagement)
    totals = {line.month: total(credits.get(line.month, ()), contract.currency) for line in charges}
    headings = headings_of(engagement) if until == now and now in results else {}
    sealers = dict(MonthSeal.objects.filter(engagement=engagement).values_list("month", "by__name"))
    lines = tuple(
        MonthLine(
            month=line.month,
            is_over=line.month.is_over(at, contract.time_zone),
            charges=line,
            sealed_by=sealers.get(line.month.text) or "",
            results=tuple(results.get(line.month, ())),
            credits=tuple(credits.get(line.month, ())),
            total=totals[line.month].stands,
            waived=totals[line.month].waived,
            headings=headings if line.month == now else {},
            corrected_entry=corrections.get(line.month),
            is_unfinished=line.month < now
            and line.sealed_at is None
            and not is_measured_whole(results.get(line.month, ()), contract.time_zone),
            changed=since.measured(line.month, results.get(line.month, ()))
            if line.sealed_at is None and line.month.is_over(at, contract.time_zone)
            else "",
        )
        for line in charges
    )
    return MonthsPage(
        engagement=engagement,
        reference=contract.reference,
        currency=contract.currency,
        zone=contract.time_zone,
        first=contract.first_month,
        last=min(now, contract.last_month),
        latest=known[1] if known else None,
        filled=latest_filled(engagement, contract.time_zone, known[1] if known else None),
        lines=lines,
    )


def latest_filled(engagement: Engagement, zone: str, measured: Month | None) -> Month | None:
    """The latest month that has results, or in which a ticket opened."""
    opened = Ticket.objects.filter(engagement=engagement).aggregate(latest=Max("opened_at"))["latest"]
    found = [month for month in (measured, opened and Month.of(opened.astimezone(zone_named(zone)))) if month]
    return max(found, default=None)


def is_measured_whole(lines: Sequence[ResultLine], zone: str) -> bool:
    """Was each of a month's results measured when the month was over? Those of service levels that an amendment took out
    since stand under earlier terms and do not count."""
    newest = max((line.terms_version_id for line in lines), default=0)
    return all(line.month.is_over(line.as_of, zone) for line in lines if line.terms_version_id == newest)


def headings_of(engagement: Engagement) -> dict[str, str]:
    """Where the service levels of the running month are heading, by key; those that cannot be forecast are left out."""
    page = performance_page(engagement)
    headed = {row.level: row.heading.verdict for row in page.rows if row.heading} if page else {}
    return {level: verdict for level, verdict in headed.items() if verdict in VERDICTS}


def by_month(lines: Sequence[ResultLine]) -> Mapping[Month, list[ResultLine]]:
    found: dict[Month, list[ResultLine]] = defaultdict(list)
    for line in lines:
        found[line.month].append(line)
    return found


def corrections_of(engagement: Engagement) -> Mapping[Month, LedgerLine]:
    """The latest entry that a correction of a month wrote, by month."""
    rows = ledger_of(engagement).filter(kind=LedgerEntry.Kind.CORRECTION).order_by("credit__month", "-pk")
    return {Month(row.credit.month): ledger_line(row) for row in rows.distinct("credit__month")}


class Since:
    """What came to an engagement's months after they were measured."""

    def __init__(self, engagement: Engagement, judged: Account, credits: Sequence[Credit]) -> None:
        self.engagement, self.judged = engagement, judged
        self.changes: Changes = changes([engagement])
        planned = plan(judged.calculated, standing_of(credits), first_month=judged.first_month, sealed=judged.seals)
        self.unjudged = {entry.month for entry in planned.entries if entry.kind != EARN_BACK}

    def measured(self, month: Month, lines: Sequence[ResultLine]) -> str:
        """In words, '' where nothing came."""
        if not lines:
            return ""
        promised = in_force_on(list(self.judged.history), month.first_day).version
        if promised.pk != max(line.terms_version_id for line in lines):
            return "the terms were amended"
        if found := self.changes.since(self.engagement.pk, month, lines):
            return found
        return "charges or an earlier month changed" if month in self.unjudged else ""


def by_period(credits: Sequence[Credit]) -> Mapping[Month, list[CreditLine]]:
    found: dict[Month, list[CreditLine]] = defaultdict(list)
    for credit in credits:
        found[credit.period].append(credit_line(credit))
    return found


@dataclass(frozen=True)
class MonthMoney:
    """What follows from a month in money: its credits with the sum of what stands and beside it of what was waived, or that it
    has no charges to take them of."""

    month: Month
    total: Money
    waived: Money
    credits: tuple[CreditLine, ...]
    charges_missing: bool

    @property
    def count(self) -> int:
        return sum(bool(line.amount) for line in earned(self.credits))


def month_money(engagement: Engagement, month: Month) -> MonthMoney:
    """A month's money as the ledger has it. Raises Http404 without a contract."""
    lines = tuple(credit_line(credit) for credit in credits_of(engagement).filter(month=month.text))
    charges = next((line for line in charges_list(engagement, until=month) if line.month == month), None)
    currency = lines[0].amount.currency if lines else Contract.objects.get(engagement=engagement).currency
    found = total(lines, currency)
    return MonthMoney(month, found.stands, found.waived, lines, bool(charges and charges.missing))
