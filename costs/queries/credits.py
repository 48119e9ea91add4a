"""Credits as both sides read them in a list: each with its amount, its age and the group of its state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import models
from django.utils import timezone

from costs.calc.totals import Total, stands, total_of
from costs.models import Answer, Claim, ClaimLine, Credit
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .claims import claimed_of, noted_of, owed_back, waiver_asked
from .review import ages_of

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
    stands on its way and `days` for how long; deadlines are those of a wait that is open. `owed_back` is what a correction
    took off it after its claim was noted; `waiver_asked` where a request to give it up waits;
    one accepted under reservation can be disputed, and is not claimed, before `disputable_until`."""

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
    owed_back: Money | None = None
    waiver_asked: bool = False
    disputable_until: datetime | None = None

    @property
    def noted(self) -> Money:
        """The amount, with what of the credit notes is owed back."""
        return self.amount + self.owed_back if self.owed_back else self.amount


def credits_of(engagement: Engagement | None = None) -> "models.QuerySet[Credit]":
    """The credits that the reader sees, of one engagement or of all, latest month first, in order of their numbers."""
    claims = ClaimLine.objects.filter(credit=models.OuterRef("pk")).exclude(claim__state=Claim.State.WITHDRAWN)
    disputes = Answer.objects.filter(credit=models.OuterRef("pk"), kind=Answer.Kind.DISPUTE)
    rows: models.QuerySet[Credit] = Credit.objects.select_related(
        "record", "service_level", "engagement", "contract"
    ).annotate(
        claim_number=models.Subquery(claims.order_by("-pk").values("claim__record__number")[:1]),
        disputed_at=models.Subquery(disputes.order_by("-pk").values("at")[:1]),
        claimed=claimed_of("pk"),
        noted=noted_of("pk"),
        waiver_asked=waiver_asked(),
    )
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-month", "record__number")


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
        disputable_until=credit.answer_due_at if credit.state == Credit.State.RESERVED else None,
        waiver_asked=getattr(credit, "waiver_asked", False),
        owed_back=(owed_back(credit) or None) if hasattr(credit, "noted") else None,
    )


def group_of(credit: Credit) -> str:
    """Where a credit stands in the list: that of its state, or settled when nothing of it is left."""
    if not credit.balance and credit.state != Credit.State.APPLIED:
        return NOTHING_LEFT
    return next(key for key, (_, states) in GROUPS.items() if credit.state in states)


def credit_list(engagement: Engagement | None = None, *, now: datetime | None = None) -> tuple[CreditLine, ...]:
    """All credits that the reader sees, latest month first."""
    return tuple(credit_line(credit, now) for credit in credits_of(engagement))


def summed(lines: Iterable[CreditLine], currency: str) -> Money:
    return Money.of_units(sum(line.amount.units for line in lines), currency)


def owed_back_of(lines: Iterable[CreditLine], currency: str) -> Money:
    return Money.of_units(sum(line.owed_back.units for line in lines if line.owed_back), currency)


def earned(lines: Iterable[CreditLine]) -> list[CreditLine]:
    """Those that were not given up."""
    return [line for line in lines if stands(line.state)]


def total(lines: Iterable[CreditLine], currency: str) -> Total:
    """What stands of them, and what was waived."""
    return total_of(((line.state, line.amount) for line in lines), currency)


def of_group(lines: Iterable[CreditLine], key: str) -> list[CreditLine]:
    return [line for line in lines if line.group == key]


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
