"""The terms of a contract as frozen values: what `contracts.importers.terms` reads and everything else relies on.

Percents are decimals as written (95 is 95 %), durations whole seconds, months whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar, Final

from mspgov.kernel.calendar import CalendarTerms
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month

MEASURES: Final = ("respond", "resolve", "availability", "percentage")
CLOCKED: Final = frozenset({"respond", "resolve"})
PRIORITIES: Final = ("P1", "P2", "P3", "P4")
SELECTABLE: Final = (
    "priority",
    "category",
    "subcategory",
    "symptom",
    "assignment_group",
    "service",
    "location",
    "ci",
)
STOPS: Final = ("customer", "client_vendor", "problem", "resolved", "planned")
PRIORITY_RULES: Final = ("last", "worst", "first")
COUNTS_IN: Final = ("decided", "ended", "opened")
SILENCES: Final = ("accepts", "stays_open")
DECIDERS: Final = ("service_owner", "contract_manager", "finance_controller")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """The frame of the contract; its term counts in whole months, from that of `starts` to that of `ends`."""

    reference: str
    currency: str
    starts: date
    ends: date
    time_zone: str = "UTC"
    monthly_charges: Money | None = None

    @property
    def first_month(self) -> Month:
        return Month.of(self.starts)

    @property
    def last_month(self) -> Month:
        return Month.of(self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPromise:
    """A calendar of the contract and the clause behind it."""

    terms: CalendarTerms
    clause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LowVolume:
    """Fewer than `below` counted, and no more than `allowed_failures` failed: the month is forgiven."""

    below: int
    allowed_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelTerms:
    """One service level. Targets are whole seconds of working time; either `target` or `targets` by priority."""

    key: str
    name: str
    measure: str
    expected: Decimal
    minimum: Decimal | None = None
    select: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendar: str | None = None
    target_seconds: int | None = None
    targets_seconds: Mapping[str, int] = field(default_factory=dict)
    stops: tuple[str, ...] = ()
    priority_rule: str = "last"
    counts_in: str = "decided"
    low_volume: LowVolume | None = None
    clause: str = ""

    @property
    def is_clocked(self) -> bool:
        """Is it measured from the clocks of tickets?"""
        return self.measure in CLOCKED

    def seconds_for(self, priority: str) -> int | None:
        """The target of a ticket with this priority; None when the level has none for it: it is not in the level."""
        return self.targets_seconds.get(priority) if self.targets_seconds else self.target_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedMiss:
    """The `misses`-th miss of expected within `in_months` months, and each later one, is a default."""

    misses: int
    in_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnBack:
    """Credits of a contract year return when the mean of its months is at least expected."""

    period: str = "contract_year"
    when: str = "mean_at_least_expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What the kinds of credit regime share."""

    kind: ClassVar[str]

    cap_percent: Decimal | None = None
    ramp_up_until: date | None = None
    ramp_up_counts: bool = False
    earn_back: EarnBack | None = None
    clause: str = ""
    clauses: Mapping[str, str] = field(default_factory=dict)

    @property
    def monthly_cap_percent(self) -> Decimal | None:
        """The most of a month's charges that all credits together may be; None when there is no cap."""
        return self.cap_percent

    def clause_for(self, rule: str) -> str:
        """The clause behind a rule (`cap`, `continued`, …), else that of the whole regime."""
        return self.clauses.get(rule) or self.clause

    def is_ramp_up(self, month: Month) -> bool:
        return self.ramp_up_until is not None and month.last_day <= self.ramp_up_until


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk(Regime):
    """A part of the charges is at risk; each service level has an allocation of it."""

    kind: ClassVar[str] = "at_risk"

    at_risk_percent: Decimal
    pool_percent: Decimal = Decimal(100)
    allocations: Mapping[str, Decimal] = field(default_factory=dict)
    below_minimum: bool = False
    below_expected: RepeatedMiss | None = None
    continued: tuple[Decimal, ...] = (Decimal(1),)

    @property
    def monthly_cap_percent(self) -> Decimal | None:
        return self.at_risk_percent if self.cap_percent is None else min(self.cap_percent, self.at_risk_percent)


@dataclass(frozen=True, slots=True)
class Tier:
    """An attainment below `below` earns `percent` of the charges."""

    below: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers(Regime):
    """Each service level has its own tiers, the shallowest first."""

    kind: ClassVar[str] = "tiers"

    tiers: Mapping[str, tuple[Tier, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointBands:
    """Points of a month below expected: minor, or those of the worst bound that it is also below."""

    minor: int
    serious_below: Decimal | None = None
    serious: int = 0
    severe_below: Decimal | None = None
    severe: int = 0
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """From so many points in a month on, so many percent of its charges."""

    points: int
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Points(Regime):
    """Service levels earn points, a month's points earn a percent of its charges."""

    kind: ClassVar[str] = "points"

    points: Mapping[str, PointBands] = field(default_factory=dict)
    schedule: tuple[ScheduleRow, ...] = ()


CreditRegime = AtRisk | Tiers | Points


@dataclass(frozen=True, slots=True)
class LadderStep:
    """A step of the way a disputed credit goes up, whose office decides there, and how many days it may take."""

    name: str
    days: int
    role: str = "service_owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """How long the provider may answer a proposed credit, what silence means, who decides a dispute, and whether the
    client may bill a credit itself."""

    answer_days: int | None = None
    silence: str = "stays_open"
    decide_days: int | None = None
    self_billed: bool = False
    ladder: tuple[LadderStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything that a terms file promises."""

    contract: ContractTerms
    calendars: Mapping[str, CalendarPromise] = field(default_factory=dict)
    service_levels: tuple[ServiceLevelTerms, ...] = ()
    credit_regime: CreditRegime | None = None
    review: Review | None = None

    def service_level(self, key: str) -> ServiceLevelTerms:
        """The service level with this key; LookupError when there is none."""
        for level in self.service_levels:
            if level.key == key:
                return level
        raise LookupError(key)
