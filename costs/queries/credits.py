"""Credits as both sides read them: by state with totals, against the cap, and one with its reasons and its ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.db import models
from django.shortcuts import get_object_or_404
from django.utils import timezone

from contracts.calc.credits import MonthCredits
from costs.calc.ageing import StageLine, ageing
from costs.models import Answer, Claim, ClaimLine, Credit, LedgerEntry
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import shown
from mspgov.tenancy.models import Engagement

from .account import Account, account
from .review import ReviewPage, ages_of, review_page

TWELVE: Final = 12
GROUPS: Final = {
    "disputed": ("Disputed", (Credit.State.DISPUTED,)),
    "proposed": ("Proposed", (Credit.State.PROPOSED,)),
    "due": ("Due", Credit.DUE),
    "applied": ("Applied", (Credit.State.APPLIED,)),
    "waived": ("Waived", (Credit.State.WAIVED,)),
}
NOTHING_LEFT: Final = "settled"
"""The group of credits of which nothing is left: judged again to nothing, or earned back."""


@dataclass(frozen=True)
class CreditLine:
    """A credit in a list. `amount` is what is left of it, `before_cap` and `earned_back` how it got there; `capped`
    where the month's cap cut it; `attainment` in percent, None when nothing is measured any more. `stage` is where it
    stands on its way and `days` for how long; deadlines are those of a wait that is open."""

    id: str
    number: str
    engagement: str
    engagement_name: str
    service_level: str
    service_level_name: str
    month: Month
    attainment: Decimal | None
    cause: str
    amount: Money
    before_cap: Money
    earned_back: Money
    capped: bool
    state: str
    state_label: str
    group: str
    stage: str = "proposed"
    days: int = 0
    reached: Mapping[str, datetime] = field(default_factory=dict)
    answer_due_at: datetime | None = None
    decide_due_at: datetime | None = None
    claim: str = ""


@dataclass(frozen=True)
class Group:
    """Credits of one state with their sum, in the currency of the contract."""

    key: str
    label: str
    amount: Money
    lines: tuple[CreditLine, ...]

    @property
    def count(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class MonthBar:
    """A month against its cap: what is credited, how much of it is disputed, and what beside it was waived. `cap` and
    `charges` are None where there are none."""

    month: Month
    amount: Money
    disputed: Money
    waived: Money
    before_cap: Money
    cap: Money | None
    capped: bool
    charges: Money | None
    sealed_at: datetime | None
    ramp_up: bool


@dataclass(frozen=True)
class ContractYear:
    """A contract year so far: what was earned in it and not waived, how much of that is merely proposed or disputed, what
    was at risk in its measured months (None without a cap) and which service levels would earn their credits back at
    today's means, on `earn_back_on` (None when the terms have none)."""

    number: int
    first: Month
    last: Month
    amount: Money
    proposed: Money
    disputed: Money
    waived: Money
    at_risk: Money | None
    earn_back_on: date | None
    earning_back: tuple[str, ...]

    @property
    def share(self) -> Decimal | None:
        """Credits in percent of what was at risk, one decimal; None when nothing was."""
        if not self.at_risk:
            return None
        return Decimal(shown(Fraction(100 * self.amount.units, self.at_risk.units), 1))


@dataclass(frozen=True)
class CreditsView:
    """The credits of an engagement: groups that have some, most pressing first, months against the cap, the contract
    year. `without_credit` counts service levels that earned none in the year."""

    currency: str
    groups: tuple[Group, ...]
    bars: tuple[MonthBar, ...]
    year: ContractYear | None
    without_credit: int
    ramp_up_until: date | None
    charges_missing: tuple[Month, ...]
    ageing: tuple[StageLine, ...] = ()

    @property
    def sentence(self) -> str:
        """`EUR 4,210.00 disputed, EUR 3,157.50 proposed, EUR 8,841.00 due.`"""
        told = [f"{g.amount} {g.label.lower()}" for g in self.groups if g.key in {"disputed", "proposed", "due"}]
        return f"{', '.join(told)}." if told else "No credit is open."

    def total(self, key: str) -> Money:
        """The sum of a group; zero when it has none."""
        return next((group.amount for group in self.groups if group.key == key), Money.zero(self.currency))


@dataclass(frozen=True)
class LedgerLine:
    """An entry of the ledger. `replaces` is the version it replaces and `before` its amount; `in_force` where no later
    one replaces it. `cause` says in words what made it another amount than before."""

    id: str
    credit: str
    credit_id: str
    engagement: str
    service_level: str
    service_level_name: str
    month: Month
    version: int
    kind: str
    kind_label: str
    amount: Money
    replaces: int | None
    before: Money | None
    in_force: bool
    reason: str
    terms_version: int
    result_version: int | None
    rules_version: str
    by: str
    at: datetime
    cause: str = ""

    @property
    def number(self) -> str:
        """`CR-2016-05-02/1`."""
        return f"{self.credit}/{self.version}"


@dataclass(frozen=True)
class StepLine:
    """A numbered step of a derivation."""

    number: int
    label: str
    detail: str
    value: str
    clause: str
    note: str


@dataclass(frozen=True)
class PathStep:
    """A stop on a credit's way: `state` is done, now or ahead; who and when where it is done."""

    label: str
    state: str
    at: datetime | None = None
    by: str = ""
    due_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class CreditPage:
    """One credit: its line, the reasons of its present amount, its way, its ledger (latest first) and its month."""

    line: CreditLine
    steps: tuple[StepLine, ...]
    path: tuple[PathStep, ...]
    ledger: tuple[LedgerLine, ...]
    month: MonthBar | None
    siblings: tuple[CreditLine, ...]
    review: ReviewPage
    row: Mapping[str, Any] = field(default_factory=dict)


def credits_of(engagement: Engagement | None = None) -> "models.QuerySet[Credit]":
    """The credits that the reader sees, of one engagement or of all, latest month first, in order of their numbers."""
    claims = ClaimLine.objects.filter(credit=models.OuterRef("pk")).exclude(claim__state=Claim.State.WITHDRAWN)
    disputes = Answer.objects.filter(credit=models.OuterRef("pk"), kind=Answer.Kind.DISPUTE)
    rows: models.QuerySet[Credit] = Credit.objects.select_related(
        "record", "service_level", "engagement", "contract"
    ).annotate(
        claim_number=models.Subquery(claims.order_by("-pk").values("claim__record__number")[:1]),
        disputed_at=models.Subquery(disputes.order_by("-pk").values("at")[:1]),
    )
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-month", "record__number")


def ledger_of(engagement: Engagement | None = None) -> "models.QuerySet[LedgerEntry]":
    """The entries that the reader sees, the latest first, with all that `ledger_line` shows; `is_replaced` tells
    whether a later one replaces it."""
    rows: models.QuerySet[LedgerEntry] = LedgerEntry.objects.select_related(
        "credit__record",
        "credit__service_level",
        "engagement",
        "replaces",
        "terms_version",
        "result",
        "by",
        "charges__by",
        "replaces__charges",
        "replaces__result",
        "replaces__terms_version",
    ).annotate(is_replaced=models.Exists(LedgerEntry.objects.filter(replaces=models.OuterRef("pk"))))
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-pk")


def credit_line(credit: Credit, now: datetime | None = None) -> CreditLine:
    """A credit of `credits_of` as a line, its age as of `now` or today."""
    ages, now = ages_of(credit), now or timezone.now()
    waits = credit.silent_at is not None or credit.state == Credit.State.DISPUTED
    row = credit.row
    before_cap = Money(Decimal(row["before_cap"]), credit.currency) if "before_cap" in row else credit.money
    attainment = row.get("attainment")
    return CreditLine(
        id=str(credit.public_id),
        number=credit.record.number,
        engagement=credit.engagement.slug,
        engagement_name=credit.engagement.name,
        service_level=credit.service_level.key,
        service_level_name=credit.service_level.name,
        month=credit.period,
        attainment=None if attainment is None else Decimal(attainment),
        cause=row.get("cause") or "",
        amount=credit.balance,
        before_cap=before_cap,
        earned_back=credit.money_earned_back,
        capped=before_cap != credit.money,
        state=credit.state,
        state_label=credit.get_state_display(),
        group=group_of(credit),
        stage=ages.stage,
        days=ages.days(now, credit.contract.time_zone)[ages.stage],
        reached=dict(ages.reached()),
        answer_due_at=credit.answer_due_at if credit.state == Credit.State.PROPOSED and not waits else None,
        decide_due_at=credit.decide_due_at if waits and credit.state in {"proposed", "disputed"} else None,
        claim=getattr(credit, "claim_number", "") or "",
    )


def group_of(credit: Credit) -> str:
    """Where a credit stands in the list: that of its state, or settled when nothing of it is left."""
    if not credit.balance and credit.state != Credit.State.APPLIED:
        return NOTHING_LEFT
    return next(key for key, (_, states) in GROUPS.items() if credit.state in states)


def ledger_line(entry: LedgerEntry) -> LedgerLine:
    """An entry of `ledger_of` as a line."""
    credit, replaced = entry.credit, entry.replaces
    return LedgerLine(
        id=str(entry.public_id),
        credit=credit.record.number,
        credit_id=str(credit.public_id),
        engagement=entry.engagement.slug,
        service_level=credit.service_level.key,
        service_level_name=credit.service_level.name,
        month=credit.period,
        version=entry.version,
        kind=entry.kind,
        kind_label=entry.get_kind_display(),
        amount=entry.money,
        replaces=replaced.version if replaced else None,
        before=replaced.money if replaced else None,
        in_force=not entry.is_replaced,  # type: ignore[attr-defined]
        reason=entry.reason,
        terms_version=entry.terms_version.version,
        result_version=entry.result.version if entry.result else None,
        rules_version=entry.rules_version,
        by=entry.by.name if entry.by else "",
        at=entry.at,
        cause=cause_of(entry, replaced) if replaced else "",
    )


def cause_of(entry: LedgerEntry, before: LedgerEntry) -> str:
    """What differs between an entry and the one that it replaces, in words; the correction's reason stands by itself."""
    told, charges, result = [], entry.charges, entry.result
    if charges is not None and charges.pk != before.charges_id:
        who = f" by {charges.by.name}" if charges.by else ""
        told.append(f"charges set to {charges.money}{who} on {charges.at:%-d %B %Y}")
    if result is not None and result.pk != before.result_id:
        told.append(f"month measured again on {result.computed_at:%-d %B %Y}, version {result.version}")
    if entry.terms_version_id != before.terms_version_id:
        told.append(f"terms version {entry.terms_version.version}")
    return ", ".join(told) or "another month changed, or the rules"


def credits_view(engagement: Engagement, *, as_of: datetime) -> CreditsView:
    """Everything on an engagement's page of credits. Raises Http404 when it has no contract."""
    judged = account(engagement, as_of=as_of)
    rows = list(credits_of(engagement))
    lines = [credit_line(credit, as_of) for credit in rows]
    latest = judged.months[-1] if judged.months else None
    year = contract_year(judged, lines, latest) if latest else None
    regime = judged.terms.credit_regime
    in_year = {line.service_level for line in lines if year and year.first <= line.month and line.amount}
    return CreditsView(
        currency=judged.currency,
        groups=grouped(lines, judged.currency),
        bars=month_bars(judged, lines),
        year=year,
        without_credit=len([level for level in judged.terms.service_levels if level.key not in in_year]),
        ramp_up_until=regime.ramp_up_until if regime else None,
        charges_missing=judged.charges_missing,
        ageing=ageing(
            ((ages_of(row), row.balance) for row in rows if row.balance and row.state != Credit.State.WAIVED),
            as_of, judged.contract.time_zone, judged.currency,
        ),
    )  # fmt: skip


def grouped(lines: Sequence[CreditLine], currency: str) -> tuple[Group, ...]:
    """The groups that have credits, disputed first."""
    labels = {key: label for key, (label, _) in GROUPS.items()} | {NOTHING_LEFT: "Nothing left"}
    found = [(key, label, tuple(line for line in lines if line.group == key)) for key, label in labels.items()]
    return tuple(Group(key, label, summed(inside, currency), inside) for key, label, inside in found if inside)


def summed(lines: Iterable[CreditLine], currency: str) -> Money:
    return Money.of_units(sum(line.amount.units for line in lines), currency)


def earned(lines: Iterable[CreditLine]) -> list[CreditLine]:
    """Those that were not given up."""
    return [line for line in lines if line.state != Credit.State.WAIVED]


def of_group(lines: Iterable[CreditLine], key: str) -> list[CreditLine]:
    return [line for line in lines if line.group == key]


def month_bars(judged: Account, lines: Sequence[CreditLine], months: int = TWELVE) -> tuple[MonthBar, ...]:
    """The latest measured months that are over, in order."""
    return tuple(month_bar(judged, found, lines) for found in judged.calculated.months[-months:])


def month_bar(judged: Account, found: MonthCredits, lines: Sequence[CreditLine]) -> MonthBar:
    """A month as the ledger has it, its cap as calculated from its charges."""
    inside = [line for line in lines if line.month == found.month]
    charges = judged.charges.get(found.month)
    return MonthBar(
        month=found.month,
        amount=summed(earned(inside), judged.currency),
        disputed=summed(of_group(inside, "disputed"), judged.currency),
        waived=summed(of_group(inside, "waived"), judged.currency),
        before_cap=Money.of_units(sum(line.before_cap.units for line in inside), judged.currency),
        cap=found.cap,
        capped=any(line.capped for line in earned(inside)),
        charges=charges.money if charges else None,
        sealed_at=judged.seals.get(found.month),
        ramp_up=found.ramp_up,
    )


def contract_year(judged: Account, lines: Sequence[CreditLine], latest: Month) -> ContractYear:
    """The contract year that holds a month, up to it."""
    first, last = judged.year_of(latest)
    months = [found for found in judged.calculated.months if first <= found.month <= latest]
    caps = [found.cap for found in months if found.cap is not None]
    regime = judged.terms.credit_regime
    inside = [line for line in lines if first <= line.month <= latest]
    earn_back = regime.earn_back if regime else None
    credited = {line.service_level: line.service_level_name for line in earned(inside) if line.amount}
    return ContractYear(
        number=(latest - judged.first_month) // TWELVE + 1,
        first=first,
        last=last,
        amount=summed(earned(inside), judged.currency),
        proposed=summed(of_group(inside, "proposed"), judged.currency),
        disputed=summed(of_group(inside, "disputed"), judged.currency),
        waived=summed(of_group(inside, "waived"), judged.currency),
        at_risk=Money.of_units(sum(cap.units for cap in caps), judged.currency) if caps else None,
        earn_back_on=last.last_day if earn_back else None,
        earning_back=tuple(credited[key] for key in earning_back(judged, months) if key in credited)
        if earn_back
        else (),
    )


def earning_back(judged: Account, months: Sequence[MonthCredits]) -> list[str]:
    """The service levels whose mean attainment over these months is at least expected."""
    found = []
    for level in judged.terms.service_levels:
        measured = [row.attainment for month in months for row in month.credits if row.service_level == level.key]
        if measured and sum(measured, Fraction(0)) / len(measured) >= Fraction(level.expected):
            found.append(level.key)
    return found


def credit_page(public_id: object, *, as_of: datetime) -> CreditPage:
    """One credit with its reasons. Raises Http404 when the reader sees no such credit."""
    credit = get_object_or_404(credits_of(), public_id=public_id)
    ledger = tuple(ledger_line(entry) for entry in ledger_of().filter(credit=credit))
    judged = account(credit.engagement, as_of=as_of)
    lines = [credit_line(other, as_of) for other in credits_of(credit.engagement).filter(month=credit.month)]
    found = judged.month(credit.period)
    line, review = next(line for line in lines if line.id == str(credit.public_id)), review_page(credit)
    result = judged.rows.get((credit.period, credit.service_level.key))
    return CreditPage(
        line=line,
        steps=step_lines(credit.derivation),
        path=path_of(credit, ledger, result.computed_at if result else None, review),
        ledger=ledger,
        month=month_bar(judged, found, lines) if found else None,
        siblings=tuple(other for other in lines if other.id != line.id),
        review=review,
        row=credit.row,
    )


def step_lines(derivation: Sequence[Mapping[str, Any]]) -> tuple[StepLine, ...]:
    return tuple(
        StepLine(place, step["label"], step["detail"], step["value"], step.get("clause", ""), step.get("note", ""))
        for place, step in enumerate(derivation, 1)
    )


def path_of(
    credit: Credit, ledger: Sequence[LedgerLine], measured_at: datetime | None, review: ReviewPage
) -> tuple[PathStep, ...]:
    """Measured, proposed, answered, decided where it is disputed, claimed, documented, applied: those behind it with
    who and when, the one it is at with its deadline, those ahead."""
    first, answer, decision = ledger[-1], review.answer, review.decision
    waived = credit.state == Credit.State.WAIVED
    steps = [PathStep("Measured", "done", measured_at), PathStep("Proposed", "done", first.at, first.by)]
    if answer is not None:
        steps.append(PathStep(answer.get_kind_display(), "done", answer.at, answer.by.name if answer.by else ""))
    elif decision is None and not waived and credit.agreed_at is None:
        steps.append(PathStep("Answer", "now", due_at=credit.answer_due_at))
    decided = decision is not None and (answer is None or decision.at >= answer.at)
    if decided and decision is not None:
        steps.append(PathStep("Granted" if decision.granted else "Refused", "done", decision.at, decision.by.name))
    elif review.is_to_decide:
        steps.append(PathStep("Decision", "now", due_at=credit.decide_due_at, note=review.step if credit.step else ""))
    if waived:
        given_up = review.waived
        at, by = (given_up.decided_at, given_up.decided_by) if given_up else (None, None)
        return (*steps, PathStep("Waived", "done", at, by.name if by else ""))
    claim = review.claim
    ahead = [
        ("Claim", "Claimed", credit.claimed_at, claim.claim.record.number if claim else ""),
        ("Credit note", "Credit note", credit.documented_at, ""),
        ("Applied", "Applied", credit.applied_at, claim.claim.settled_reference if claim else ""),
    ]
    waiting = any(step.state == "now" for step in steps) or not credit.balance
    for label, done, at, note in ahead:
        if at is not None:
            steps.append(PathStep(done, "done", at, note=note))
        else:
            steps.append(PathStep(label, "ahead" if waiting else "now"))
            waiting = True
    return tuple(steps)


def ledger_list(engagement: Engagement | None = None) -> tuple[LedgerLine, ...]:
    """All entries that the reader sees, the latest first."""
    return tuple(ledger_line(entry) for entry in ledger_of(engagement))


def credit_list(engagement: Engagement | None = None, *, now: datetime | None = None) -> tuple[CreditLine, ...]:
    """All credits that the reader sees, latest month first."""
    return tuple(credit_line(credit, now) for credit in credits_of(engagement))


def money_sentence(engagement: Engagement | None = None) -> str:
    """What is open, for the home page: `EUR 7,367.50 proposed in 3 credits`; empty when nothing is."""
    told = []
    lines = credit_list(engagement)
    for key in ("disputed", "proposed", "due"):
        inside = [line for line in lines if line.group == key]
        for currency in sorted({line.amount.currency for line in inside}):
            ours = [line for line in inside if line.amount.currency == currency]
            plural = "credit" if len(ours) == 1 else "credits"
            told.append(f"{summed(ours, currency)} {GROUPS[key][0].lower()} in {len(ours)} {plural}")
    return "; ".join(told)
