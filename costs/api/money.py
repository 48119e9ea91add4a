"""Collections of money: credits with their reasons, the ledger, charges; and what can be done to a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.queries import contract_of
from costs import policy, queries, services
from costs.models import Credit, LedgerEntry, MonthlyCharges
from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money, read_money
from mspgov.kernel.period import Month, read_month
from mspgov.tenancy.models import Engagement, Person
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of
from mspgov.web.api_runs import RunRow, run_row


def caller(request: Request) -> Person:
    """Who asks: no collection is open to the signed out."""
    return cast(Person, request.user)


@dataclass(frozen=True)
class StepRow:
    """A step of a derivation."""

    label: str
    detail: str
    value: str
    clause: str
    note: str


@dataclass(frozen=True)
class CreditRow:
    """A credit: the row of the calculator, and the amount that is left of it."""

    id: UUID
    number: str
    engagement: str
    month: str
    service_level: str
    attainment: str | None
    default: bool
    cause: str | None
    consecutive: int | None
    multiplier: str | None
    points: int | None
    amount: str
    before_cap: str
    earned_back: str
    currency: str
    state: str
    stage: str
    days_at_stage: int
    answer_due_at: datetime | None
    decide_due_at: datetime | None
    agreed_at: datetime | None
    claimed_at: datetime | None
    documented_at: datetime | None
    applied_at: datetime | None
    claim: str | None
    derivation: tuple[StepRow, ...]


def credit_row(credit: Credit) -> CreditRow:
    row, line = credit.row, queries.credit_line(credit)
    return CreditRow(
        id=credit.public_id,
        number=credit.record.number,
        engagement=credit.engagement.slug,
        month=credit.month,
        service_level=credit.service_level.key,
        attainment=row.get("attainment"),
        default=bool(row.get("default")),
        cause=row.get("cause"),
        consecutive=row.get("consecutive"),
        multiplier=row.get("multiplier"),
        points=row.get("points"),
        amount=credit.money.text,
        before_cap=row.get("before_cap", credit.money.text),
        earned_back=credit.money_earned_back.text,
        currency=credit.currency,
        state=credit.state,
        stage=line.stage,
        days_at_stage=line.days,
        answer_due_at=line.answer_due_at,
        decide_due_at=line.decide_due_at,
        agreed_at=credit.agreed_at,
        claimed_at=credit.claimed_at,
        documented_at=credit.documented_at,
        applied_at=credit.applied_at,
        claim=line.claim or None,
        derivation=tuple(
            StepRow(step["label"], step["detail"], step["value"], step.get("clause", ""), step.get("note", ""))
            for step in credit.derivation
        ),
    )


class Credits(Collection):
    """Service credits as the ledger has them, with the reasons of each amount."""

    may = policy.READ_CREDITS
    row = CreditRow
    filters = ("engagement", "month", "service_level", "state")
    ordering = ("-month", "-public_id")

    def rows(self, **asked: Any) -> Any:
        return narrowed(queries.credits_of(asked.pop("engagement", None)), "", asked)

    def documents(self, found: list[Any]) -> Iterable[CreditRow]:
        return map(credit_row, found)


def narrowed(rows: Any, prefix: str, asked: dict[str, Any]) -> Any:
    """Rows of one month, service level and state of the credit. Raises Fault for a state that no credit has."""
    if asked.get("state", Credit.State.PROPOSED) not in Credit.State.values:
        raise Fault("state", f"must be one of {', '.join(Credit.State.values)}")
    columns = {"month": "month", "service_level": "service_level__key", "state": "state"}
    return rows.filter(**{f"{prefix}{columns[name]}": str(value) for name, value in asked.items()})


@dataclass(frozen=True)
class LedgerRow:
    """An entry of the ledger; `replaces` is the number of the one before it, `in_force` until another replaces it;
    what `stands` counts in a total, what was waived does not. `difference` is by how much a correction made it
    more, or below zero less, than the claims that were noted of its credit: more is claimed by itself, less owed back."""

    id: UUID
    number: str
    credit: UUID
    engagement: str
    month: str
    service_level: str
    kind: str
    amount: str
    currency: str
    replaces: str | None
    before: str | None
    in_force: bool
    stands: bool
    difference: str | None
    reason: str
    terms_version: int
    result_version: int | None
    rules_version: str
    by: str
    at: datetime
    derivation: tuple[StepRow, ...]


def ledger_row(entry: LedgerEntry) -> LedgerRow:
    line = queries.ledger_line(entry)
    return LedgerRow(
        id=entry.public_id,
        number=line.number,
        credit=entry.credit.public_id,
        engagement=line.engagement,
        month=str(line.month),
        service_level=line.service_level,
        kind=line.kind,
        amount=line.amount.text,
        currency=line.amount.currency,
        replaces=f"{line.credit}/{line.replaces}" if line.replaces else None,
        before=line.before.text if line.before else None,
        in_force=line.in_force,
        stands=line.stands,
        difference=line.difference.text if line.difference else None,
        reason=line.reason,
        terms_version=line.terms_version,
        result_version=line.result_version,
        rules_version=line.rules_version,
        by=line.by,
        at=line.at,
        derivation=tuple(
            StepRow(step["label"], step["detail"], step["value"], step.get("clause", ""), step.get("note", ""))
            for step in entry.derivation
        ),
    )


class Ledger(Collection):
    """Every amount that was ever entered, the latest first. Entries are added, never changed."""

    may = policy.READ_CREDITS
    row = LedgerRow
    filters = ("engagement", "month", "service_level", "state")

    def rows(self, **asked: Any) -> Any:
        return narrowed(queries.ledger_of(asked.pop("engagement", None)), "credit__", asked)

    def documents(self, found: list[Any]) -> Iterable[LedgerRow]:
        return map(ledger_row, found)


@dataclass(frozen=True)
class ChargesRow:
    """What a month was charged; of several of one month the latest counts."""

    id: UUID
    engagement: str
    month: str
    amount: str
    currency: str
    origin: str
    by: str
    at: datetime


def charges_row(row: MonthlyCharges) -> ChargesRow:
    return ChargesRow(
        id=row.public_id,
        engagement=row.engagement.slug,
        month=row.month,
        amount=row.money.text,
        currency=row.currency,
        origin=row.origin,
        by=row.by.name if row.by else "",
        at=row.at,
    )


class ChargesBody(api_filters.MonthBody):
    """Charges of a month in the contract's currency; money is text."""

    amount = serializers.CharField(help_text="Such as 84200.00.")


class ChargesOfMonths(Collection):
    """What was ever set, the latest first; months without a row are charged by contract."""

    may = policy.READ_CREDITS
    writes = {"create": policy.SET_CHARGES}
    row = ChargesRow
    filters = ("engagement", "month")

    def rows(self, **asked: Any) -> Any:
        return narrowed(queries.charges_rows(asked.pop("engagement", None)), "", asked)

    def documents(self, found: list[Any]) -> Iterable[ChargesRow]:
        return map(charges_row, found)

    @extend_schema(request=ChargesBody, responses={201: serializer_of(ChargesRow)})
    def create(self, request: Request) -> Response:
        """Set what a month is charged; open months are judged again at once."""
        body = ChargesBody(data=request.data)
        body.is_valid(raise_exception=True)
        engagement, month = api_filters.place_of(body.validated_data)
        amount = money_of(engagement, body.validated_data["amount"], "amount")
        services.charge_month(engagement=engagement, month=month, amount=amount, by=caller(request), at=timezone.now())
        row = queries.charges_rows(engagement).filter(month=str(month)).first()
        return Response(plain(charges_row(row)), status=201)  # type: ignore[arg-type]


def money_of(engagement: Engagement, text: str, path: str) -> Money:
    """An amount in the contract's currency. Raises Fault without a contract."""
    contract = contract_of(engagement)
    if contract is None:
        raise Fault("engagement", "has no contract")
    amount = read_money(text, contract.currency, path)
    if amount.units < 0:
        raise Fault(path, "must not be negative")
    return amount


@dataclass(frozen=True)
class MonthRow:
    """A month after it was sealed: what stands of its credits and what beside it was waived, the entries that were
    written, and sealed months that would differ."""

    engagement: str
    month: str
    sealed_at: datetime | None
    total: str
    waived: str
    currency: str
    entries: tuple[str, ...]
    differences: tuple[str, ...]


class CorrectionBody(Body):
    """Why a sealed month is measured again, and with what charges where they differ."""

    reason = serializers.CharField()
    charges = serializers.CharField(required=False, help_text="Such as 84200.00; without it they stay.")


class Months(Collection):
    """What can be done to a month of an engagement."""

    may = policy.READ_CREDITS
    writes = {"measure": policy.MEASURE, "seal": policy.SEAL_MONTHS, "correct": policy.CORRECT_MONTHS}

    @extend_schema(request=None, responses={202: serializer_of(RunRow)})
    def measure(self, request: Request, engagement: str, month: str) -> Response:
        """Measure the month as it stands now and propose what all measured months earn."""
        of, this = api_filters.engagement(engagement, "engagement"), read_month(month, "month")
        contract = contract_of(of)
        if contract is None:
            raise Fault("engagement", "has no contract")
        if not contract.first_month <= this <= contract.last_month:
            raise Fault("month", f"lies outside the contract's term, {contract.first_month} to {contract.last_month}")
        run = services.start_measuring(engagement=of, first=this, last=this, by=caller(request), at=timezone.now())
        return Response(plain(run_row(run)), status=202)

    @extend_schema(request=None, responses=serializer_of(MonthRow))
    def seal(self, request: Request, engagement: str, month: str) -> Response:
        """Seal the month: from here on it changes by a correction only. Safe to repeat."""
        of, this = api_filters.engagement(engagement, "engagement"), read_month(month, "month")
        done = services.seal_month(engagement=of, month=this, by=caller(request), at=timezone.now())
        return Response(plain(month_row(of, this, done)))

    @extend_schema(request=CorrectionBody, responses={202: serializer_of(RunRow)})
    def correct(self, request: Request, engagement: str, month: str) -> Response:
        """Measure a sealed month again: what differs becomes a new version, with the reason."""
        of, this = api_filters.engagement(engagement, "engagement"), read_month(month, "month")
        body = CorrectionBody(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data.get("charges")
        run = services.start_correction(
            engagement=of,
            month=this,
            reason=body.validated_data["reason"],
            charges=money_of(of, given, "charges") if given else None,
            by=caller(request),
            at=timezone.now(),
        )
        return Response(plain(run_row(run)), status=202)


def month_row(engagement: Engagement, month: Month, done: services.Proposed) -> MonthRow:
    found = queries.month_money(engagement, month)
    return MonthRow(
        engagement=engagement.slug,
        month=str(month),
        sealed_at=queries.seals_of(engagement).get(month),
        total=found.total.text,
        waived=found.waived.text,
        currency=found.total.currency,
        entries=tuple(f"{entry.credit.record.number}/{entry.version}" for entry in done.entries),
        differences=tuple(map(str, done.differences)),
    )
