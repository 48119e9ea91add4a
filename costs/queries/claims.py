"""Claims and credit notes as both sides read them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404

from costs.models import Claim, ClaimLine, Credit, CreditNote, Repayment
from mspgov.kernel.money import Money
from mspgov.records.models import Approval, File
from mspgov.tenancy.models import Engagement

from .review import WAIVER


@dataclass(frozen=True)
class ClaimPage:
    """A claim with its credits and its notes, the latest note first. `nows` says for each line, by its credit, what the
    credit comes to today, less what other claims hold of it, with what was paid back of it: another amount than the
    line's where a month was corrected since. `later` are the claims that hold such differences, `repayments` what was
    paid back of this claim, the first first, and `owed_back` what is still to be."""

    claim: Claim
    lines: tuple[ClaimLine, ...]
    notes: tuple[CreditNote, ...]
    nows: Mapping[int, Money]
    later: tuple[Claim, ...] = ()
    repayments: tuple[Repayment, ...] = ()
    owed_back: Money | None = None

    @property
    def now(self) -> Money:
        """What the claim would be of today."""
        return Money.of_units(sum(money.units for money in self.nows.values()), self.claim.currency)

    @property
    def differing(self) -> tuple[ClaimLine, ...]:
        """The lines whose credit comes to another amount today."""
        return tuple(line for line in self.lines if self.nows[line.credit_id] != line.money)

    @property
    def note(self) -> CreditNote | None:
        """The note that is matched."""
        return self.notes[0] if self.notes else None


def claims_of(engagement: Engagement | None = None) -> "models.QuerySet[Claim]":
    """The claims that the reader sees, the latest first."""
    rows: models.QuerySet[Claim] = Claim.objects.select_related(
        "record", "engagement__tenant", "engagement__provider", "by", "file", "settled_by"
    )
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-pk")


def notes_of(engagement: Engagement | None = None) -> "models.QuerySet[CreditNote]":
    """The credit notes that the reader sees, the latest first."""
    rows: models.QuerySet[CreditNote] = CreditNote.objects.select_related(
        "record", "engagement", "claim__record", "claim__engagement__tenant", "by", "file"
    )
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-pk")


def claim_page(public_id: object) -> ClaimPage:
    """Raises Http404 for a claim that the reader does not see."""
    claim = get_object_or_404(claims_of(), public_id=public_id)
    lines = ClaimLine.objects.filter(claim=claim).select_related(
        "claim", "credit__record", "credit__service_level", "entry"
    )
    found = tuple(lines.order_by("credit__month", "credit__record__number"))
    credits = [line.credit_id for line in found]
    held = ClaimLine.objects.filter(credit__in=credits).exclude(claim=claim)
    others = list(held.exclude(claim__state=Claim.State.WITHDRAWN).select_related("claim__record").order_by("claim_id"))
    repaid = Repayment.objects.filter(credit__in=credits).select_related("credit__record", "by").order_by("pk")
    nows = {line.credit_id: _now_of(line, others, repaid) for line in found}
    later = {other.claim_id: other.claim for other in others if other.claim_id > claim.pk}
    mine = tuple(back for back in repaid if back.claim_id == claim.pk)
    owed = owed_back_by_claim(claim.engagement).get(claim.pk)
    return ClaimPage(claim, found, tuple(notes_of().filter(claim=claim)), nows, tuple(later.values()), mine, owed)


def _now_of(line: ClaimLine, others: Iterable[ClaimLine], repaid: Iterable[Repayment]) -> Money:
    """What of a line's credit its claim would hold today. What was noted comes first: claims without a note share what is
    above it, and hold nothing where nothing is."""
    zero, noted, issued = Money.zero(line.currency), line.credit.balance, Money.zero(line.currency)
    for back in repaid:
        noted += back.money if back.credit_id == line.credit_id else zero
    for other in (each for each in others if each.credit_id == line.credit_id):
        if other.claim.state in Claim.NOTED:
            noted -= other.money
        else:
            issued += other.money
    if line.claim.state in Claim.NOTED:
        return noted - min(issued, max(noted - line.money, zero))
    return max(noted - issued, zero)


def note_named(public_id: object) -> CreditNote:
    """Raises Http404 for a note that the reader does not see."""
    return get_object_or_404(notes_of(), public_id=public_id)


def claimable(engagement: Engagement, now: datetime) -> "models.QuerySet[Credit]":
    """Credits of which something can be claimed now, the earliest month first: agreed ones, and those whose claim was
    noted before a correction made them more. Those with nothing left, and those accepted under reservation that can
    still be disputed, are not among them. `left_of` says how much; one whose `waiver_asked` waits for an answer is not
    claimed before that."""
    left = models.F("amount") - models.F("earned_back") - models.F("claimed")
    rows: models.QuerySet[Credit] = (
        Credit.objects.select_related("record", "service_level")
        .annotate(claimed=claimed_of("pk"), waiver_asked=waiver_asked())
        .filter(engagement=engagement, state__in=(*Credit.ANSWERED, *Credit.NOTED))
        .alias(left=left)
        .filter(left__gt=0)
    )
    return rows.exclude(state=Credit.State.RESERVED, answer_due_at__gt=now).order_by("month", "record__number")


def waiver_asked() -> models.Exists:
    """Does somebody ask to give the credit up, and wait for an answer? An annotation."""
    asked = Approval.objects.filter(record=models.OuterRef("record"), what=WAIVER, state=Approval.State.ASKED)
    return models.Exists(asked)


def claimed_of(credit: str) -> models.expressions.Combinable:
    """What claims that were not withdrawn hold of the credit that this field names, less what was paid back of it: an
    annotation."""
    living = ClaimLine.objects.filter(credit=models.OuterRef(credit)).exclude(claim__state=Claim.State.WITHDRAWN)
    return _sum_of(living) - _repaid_of(credit)


def noted_of(credit: str) -> models.expressions.Combinable:
    """What credit notes gave of the credit that this field names, less what was paid back of it: an annotation."""
    noted = ClaimLine.objects.filter(credit=models.OuterRef(credit), claim__state__in=Claim.NOTED)
    return _sum_of(noted) - _repaid_of(credit)


def _repaid_of(credit: str) -> Coalesce:
    return _sum_of(Repayment.objects.filter(credit=models.OuterRef(credit)))


def _sum_of(rows: "models.QuerySet[Any]") -> Coalesce:
    """The amounts of rows of one credit together: an annotation."""
    together = rows.order_by().values("credit").annotate(together=models.Sum("amount")).values("together")
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    return Coalesce(models.Subquery(together), Decimal(0), output_field=amount)


def left_of(credit: Credit) -> Money:
    """What of a credit, annotated with what is `claimed_of` it, no claim holds; below zero where claims hold more."""
    return credit.balance - Money(credit.claimed, credit.currency)  # type: ignore[attr-defined]


def difference_of(credit: Credit) -> Money | None:
    """Of a credit whose claim was noted, annotated with what is `claimed_of` and `noted_of` it: how much more a correction
    made it than its claims, or below zero how much of the notes is owed back."""
    if credit.state not in Credit.NOTED:
        return None
    return max(left_of(credit), Money.zero(credit.currency)) or -owed_back(credit) or None


def owed_back(credit: Credit) -> Money:
    """By how much what was noted of a credit is more than it is since a correction; zero where it is not."""
    zero = Money.zero(credit.currency)
    if credit.state not in Credit.NOTED:
        return zero
    return max(Money(credit.noted, credit.currency) - credit.balance, zero)  # type: ignore[attr-defined]


def owed_back_lines(engagement: Engagement) -> dict[int, dict[int, Money]]:
    """What is owed back of each credit, by the latest claim of it that was noted; both by their primary keys. Two queries,
    however many."""
    rows = Credit.objects.filter(engagement=engagement, state__in=Credit.NOTED).annotate(noted=noted_of("pk"))
    owed = {row.pk: money for row in rows if (money := owed_back(row)).units}
    lines = ClaimLine.objects.filter(credit__in=owed, claim__state__in=Claim.NOTED)
    latest = dict(lines.order_by("pk").values_list("credit_id", "claim_id"))
    found: dict[int, dict[int, Money]] = {}
    for credit_id, claim_id in latest.items():
        found.setdefault(claim_id, {})[credit_id] = owed[credit_id]
    return found


def owed_back_by_claim(engagement: Engagement) -> dict[int, Money]:
    """What is owed back, by the latest claim of each credit, by its primary key. Two queries, however many."""
    return {claim: together(owed.values()) for claim, owed in owed_back_lines(engagement).items()}


def together(sums: Iterable[Money]) -> Money:
    """Amounts of one currency, at least one of them."""
    first, *others = sums
    return sum(others, start=first)


def claims_with(engagement: Engagement, credits: Iterable[str]) -> tuple[ClaimLine, ...]:
    """Where some of these credits, named by their ids, are claimed by now; what is no id is passed over."""
    named = {each for each in credits if is_id(each)}
    lines = ClaimLine.objects.filter(engagement=engagement, credit__public_id__in=named)
    living = lines.exclude(claim__state=Claim.State.WITHDRAWN)
    return tuple(living.select_related("claim__record", "credit__record").order_by("credit__record__number"))


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def claim_file(public_id: object) -> File | None:
    """The printed claim; None until it is printed. Raises Http404."""
    return get_object_or_404(claims_of(), public_id=public_id).file


@dataclass(frozen=True)
class ClaimRow:
    """A claim as the API shows it."""

    id: UUID
    number: str
    engagement: str
    state: str
    amount: str
    currency: str
    issued_on: date
    credits: tuple[str, ...]
    printed: bool
    settled_as: str
    settled_reference: str
    settled_on: date | None
    paid_back: str
    at: datetime


def claim_rows(claims: Sequence[Claim]) -> "Iterator[ClaimRow]":
    """Claims as the API shows them; two queries, however many."""
    lines = ClaimLine.objects.filter(claim__in=claims).order_by("pk").values_list("claim_id", "credit__record__number")
    credits: defaultdict[int, list[str]] = defaultdict(list)
    for claim_id, number in lines:
        credits[claim_id].append(number)
    repaid = {claim.pk: Money.zero(claim.currency) for claim in claims}
    for back in Repayment.objects.filter(claim__in=claims):
        repaid[back.claim_id] += back.money
    return (claim_row(claim, credits[claim.pk], repaid[claim.pk]) for claim in claims)


def claim_row(claim: Claim, credits: Sequence[str], paid_back: Money) -> ClaimRow:
    return ClaimRow(
        id=claim.public_id,
        number=claim.record.number,
        engagement=claim.engagement.slug,
        state=claim.state,
        amount=claim.money.text,
        currency=claim.currency,
        issued_on=claim.issued_on,
        credits=tuple(credits),
        printed=claim.file_id is not None,
        settled_as=claim.settled_as,
        settled_reference=claim.settled_reference,
        settled_on=claim.settled_on,
        paid_back=paid_back.text,
        at=claim.at,
    )


@dataclass(frozen=True)
class NoteRow:
    """A credit note as the API shows it."""

    id: UUID
    number: str
    engagement: str
    claim: str
    claim_id: UUID
    type_code: str
    issued_on: date
    amount: str
    currency: str
    at: datetime


def note_row(note: CreditNote) -> NoteRow:
    return NoteRow(
        id=note.public_id,
        number=note.number,
        engagement=note.engagement.slug,
        claim=note.claim.record.number,
        claim_id=note.claim.public_id,
        type_code=note.type_code,
        issued_on=note.issued_on,
        amount=note.money.text,
        currency=note.currency,
        at=note.at,
    )
