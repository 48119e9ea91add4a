"""How each engagement stands: its contract, its latest full month, its money, what it lacks. Reads all at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import models

from contracts.queries import ContractLine, contract_lines
from costs.calc.totals import stands
from costs.models import MonthlyCharges
from costs.queries import CreditLine, credit_line, credits_of
from engagements.models import Vendor
from itsm.calc.judgement import AT_RISK, BELOW, MET
from itsm.models import Import, MonthSeal, Result
from itsm.queries.current import ResultLine, result_lines
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.zones import zone_named
from mspgov.tenancy.models import Engagement, Membership, MembershipEngagement
from mspgov.tenancy.policy import Role

REPORTED_MEASURES = ("availability", "percentage")
BACK = 24


@dataclass(frozen=True)
class SealedMonth:
    """A month that was sealed: when, and by whom."""

    month: Month
    at: datetime
    by: str


@dataclass(frozen=True)
class Standing:
    """An engagement at an instant. `results` are those in force by month, at most two years of them; `charged` the months
    that somebody set charges for; `owner` is the client's service owner. Months count by the contract's zone."""

    engagement: Engagement
    at: datetime
    contract: ContractLine | None
    results: Mapping[Month, tuple[ResultLine, ...]]
    seals: Mapping[Month, SealedMonth]
    credits: tuple[CreditLine, ...]
    charged: frozenset[Month]
    vendors_undecided: tuple[str, ...]
    tickets_imported: bool
    owner: str

    @property
    def zone(self) -> str:
        return self.contract.contract.time_zone if self.contract else self.engagement.time_zone

    @property
    def months_over(self) -> tuple[Month, ...]:
        """Measured months that are over, the earliest first."""
        return tuple(month for month in sorted(self.results) if month.is_over(self.at, self.zone))

    @property
    def latest_over(self) -> Month | None:
        return self.months_over[-1] if self.months_over else None

    @property
    def running(self) -> Month | None:
        """The running month, where it was measured."""
        latest = max(self.results, default=None)
        return latest if latest is not None and not latest.is_over(self.at, self.zone) else None

    @property
    def unsealed(self) -> tuple[Month, ...]:
        return tuple(month for month in self.months_over if month not in self.seals)

    @property
    def unmeasured(self) -> Month | None:
        """The month before the running one, when it lies in the term and was not measured although tickets come in."""
        if self.contract is None or not self.results:
            return None
        before = Month.of(self.at.astimezone(zone_named(self.zone))).previous
        inside = self.contract.contract.first_month <= before <= self.contract.contract.last_month
        return before if inside and before not in self.results and before == max(self.results).next else None

    @property
    def charges_missing(self) -> tuple[Month, ...]:
        """Measured months that are over, not sealed, and charged by nobody: neither the contract nor a person."""
        if self.contract is None or self.contract.in_force.terms.contract.monthly_charges is not None:
            return ()
        return tuple(month for month in self.unsealed if month not in self.charged)

    def values_missing(self, month: Month) -> tuple[ResultLine, ...]:
        return tuple(
            line
            for line in self.results.get(month, ())
            if line.measure in REPORTED_MEASURES and line.reported_id is None
        )

    def measured(self, month: Month | None) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.results.get(month, ()) if line.attainment is not None) if month else ()

    def missed(self, month: Month | None) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.measured(month) if line.standing == BELOW)

    def at_risk(self, month: Month | None) -> tuple[ResultLine, ...]:
        return tuple(line for line in self.measured(month) if line.standing == AT_RISK)

    def lowest(self, month: Month | None) -> ResultLine | None:
        """The level whose attainment lies lowest against its minimum (its expected where it has none)."""
        measured = self.measured(month)
        return min(measured, key=margin) if measured else None

    @property
    def health(self) -> str:
        """missed, at_risk, met or not_measured: of the latest full month."""
        month = self.latest_over
        if not self.measured(month):
            return "not_measured"
        return BELOW if self.missed(month) else AT_RISK if self.at_risk(month) else MET

    def defaults_in_a_row(self, level: str) -> int:
        """For how many full months on end this level was missed, up to the latest."""
        count = 0
        for month in reversed(self.months_over):
            line = next((line for line in self.measured(month) if line.level == level), None)
            if line is None:
                continue
            if line.standing != BELOW:
                break
            count += 1
        return count

    def credits_in(self, month: Month | None) -> tuple[CreditLine, ...]:
        """Those of a month that were not waived."""
        return tuple(line for line in self.earned if line.month == month)

    @property
    def earned(self) -> tuple[CreditLine, ...]:
        """Credits that were not waived, agreed on or not."""
        return tuple(line for line in self.credits if stands(line.state))

    @property
    def disputed(self) -> tuple[CreditLine, ...]:
        return tuple(line for line in self.credits if line.group == "disputed")

    @property
    def proposed(self) -> tuple[CreditLine, ...]:
        """Credits that wait for an answer, the largest first."""
        waiting = [line for line in self.credits if line.group == "proposed"]
        return tuple(sorted(waiting, key=lambda line: -line.amount.units))

    @property
    def currency(self) -> str:
        return self.contract.contract.currency if self.contract else ""

    def sum_of(self, lines: Iterable[CreditLine]) -> Money | None:
        """Their sum; None before there is a contract, whose currency it is."""
        return Money.of_units(sum(line.amount.units for line in lines), self.currency) if self.contract else None


def margin(line: ResultLine) -> Decimal:
    """How far above its minimum (or expected) a measured level is, in points, as a share of what may go wrong."""
    bound = line.expected if line.minimum is None else line.minimum
    room = Decimal(100) - bound
    return ((line.attainment or Decimal(0)) - bound) / (room or Decimal("0.01"))


def standings(engagements: Sequence[Engagement], *, at: datetime, money: bool = True) -> tuple[Standing, ...]:
    """How these engagements stand at an instant, in their order; without `money` no credit is read."""
    if not engagements:
        return ()
    oldest = Month.of(at.date()) + -BACK
    contracts = {line.contract.engagement_id: line for line in contract_lines(at.date())}
    results = results_by_month(engagements, oldest)
    seals = seals_by_engagement(engagements)
    credits = credits_by_engagement(engagements) if money else {}
    charged = charged_months(engagements)
    vendors = names_by(Vendor.objects.filter(engagement__in=engagements, party=Vendor.Party.UNKNOWN))
    imported = set(
        Import.objects.filter(engagement__in=engagements, state=Import.State.DONE).values_list(
            "engagement_id", flat=True
        )
    )
    owners = service_owners(engagements)
    return tuple(
        Standing(
            engagement=each,
            at=at,
            contract=contracts.get(each.pk),
            results={month: tuple(lines) for month, lines in results.get(each.slug, {}).items()},
            seals=seals.get(each.pk, {}),
            credits=tuple(credits.get(each.slug, ())),
            charged=frozenset(charged.get(each.pk, ())),
            vendors_undecided=tuple(vendors.get(each.pk, ())),
            tickets_imported=each.pk in imported,
            owner=owners.get(each.pk, ""),
        )
        for each in engagements
    )


def results_by_month(
    engagements: Sequence[Engagement], oldest: Month
) -> Mapping[str, Mapping[Month, list[ResultLine]]]:
    """Slug → month → results in force; of an engagement whose log ended long ago, its latest two years."""
    latest = Result.objects.filter(engagement__in=engagements).values("engagement_id")
    latest = latest.annotate(last=models.Max("month")).values_list("engagement_id", "last")
    wanted = models.Q(pk__in=[])
    for engagement, last in latest:
        wanted |= models.Q(engagement_id=engagement, month__gte=str(min(oldest, Month(last) + -BACK)))
    found: dict[str, dict[Month, list[ResultLine]]] = defaultdict(lambda: defaultdict(list))
    for line in result_lines(Result.objects.filter(wanted)):
        found[line.engagement][line.month].append(line)
    return found


def seals_by_engagement(engagements: Sequence[Engagement]) -> Mapping[int, dict[Month, SealedMonth]]:
    found: dict[int, dict[Month, SealedMonth]] = defaultdict(dict)
    rows = MonthSeal.objects.filter(engagement__in=engagements)
    for engagement, text, at, by in rows.values_list("engagement_id", "month", "at", "by__name"):
        found[engagement][Month(text)] = SealedMonth(Month(text), at, by or "")
    return found


def credits_by_engagement(engagements: Sequence[Engagement]) -> Mapping[str, list[CreditLine]]:
    found: dict[str, list[CreditLine]] = defaultdict(list)
    for credit in credits_of().filter(engagement__in=engagements):
        found[credit.engagement.slug].append(credit_line(credit))
    return found


def charged_months(engagements: Sequence[Engagement]) -> Mapping[int, set[Month]]:
    found: dict[int, set[Month]] = defaultdict(set)
    rows = MonthlyCharges.objects.filter(engagement__in=engagements)
    for engagement, month in rows.values_list("engagement_id", "month").distinct():
        found[engagement].add(Month(month))
    return found


def names_by(rows: "models.QuerySet[Vendor]") -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for engagement, name in rows.order_by("name").values_list("engagement_id", "name"):
        found[engagement].append(name)
    return found


def service_owners(engagements: Sequence[Engagement]) -> Mapping[int, str]:
    """Who owns each on the client's side: a service owner named for it, else the client's first one."""
    rows = Membership.objects.filter(active=True, provider=None, roles__contains=[Role.SERVICE_OWNER])
    owners = list(rows.order_by("person__name").values_list("pk", "person__name"))
    if not owners:
        return {}
    scopes = MembershipEngagement.objects.filter(membership_id__in=[pk for pk, _ in owners])
    named = {engagement: dict(owners)[pk] for pk, engagement in scopes.values_list("membership_id", "engagement_id")}
    return {each.pk: named.get(each.pk, owners[0][1]) for each in engagements}
