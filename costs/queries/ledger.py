"""The ledger as both sides read it: every amount of a credit that was ever entered, and why it became another."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from costs.calc.totals import stands
from costs.models import LedgerEntry
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .claims import claimed_of, difference_of, noted_of


@dataclass(frozen=True)
class LedgerLine:
    """An entry of the ledger. `replaces` is the version it replaces and `before` its amount; `in_force` where no later
    one replaces it; its credit `stands` unless it was waived. `cause` says in words what made it another amount than before;
    `difference` by how much the entry in force is more, or below zero less, than the claims that were noted of its
    credit."""

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
    stands: bool
    reason: str
    terms_version: int
    result_version: int | None
    rules_version: str
    by: str
    at: datetime
    cause: str = ""
    difference: Money | None = None

    @property
    def number(self) -> str:
        """`CR-2016-05-02/1`."""
        return f"{self.credit}/{self.version}"

    @property
    def standing(self) -> str:
        """What has become of the amount: it is in force, was replaced, or its credit was waived."""
        if not self.in_force:
            return "replaced"
        return "in force" if self.stands else "waived"


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
    ).annotate(
        is_replaced=models.Exists(LedgerEntry.objects.filter(replaces=models.OuterRef("pk"))),
        claimed=claimed_of("credit"),
        noted=noted_of("credit"),
    )
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-pk")


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
        stands=stands(credit.state),
        reason=entry.reason,
        terms_version=entry.terms_version.version,
        result_version=entry.result.version if entry.result else None,
        rules_version=entry.rules_version,
        by=entry.by.name if entry.by else "",
        at=entry.at,
        cause=cause_of(entry, replaced) if replaced else "",
        difference=unclaimed(entry),
    )


def unclaimed(entry: LedgerEntry) -> Money | None:
    """By how much an entry in force differs from what was claimed and noted of its credit; None where it does not."""
    if entry.is_replaced or entry.kind == LedgerEntry.Kind.EARN_BACK:  # type: ignore[attr-defined]
        return None
    entry.credit.claimed, entry.credit.noted = entry.claimed, entry.noted  # type: ignore[attr-defined]
    return difference_of(entry.credit)


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


def ledger_list(engagement: Engagement | None = None) -> tuple[LedgerLine, ...]:
    """All entries that the reader sees, the latest first."""
    return tuple(ledger_line(entry) for entry in ledger_of(engagement))
