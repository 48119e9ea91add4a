"""Credits and ledger as files for a spreadsheet (what it would take for a formula is defused), and a claim as a PDF."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string

from contracts.models import Contract
from costs.queries import CreditLine, LedgerLine
from costs.queries.claims import ClaimPage, ClaimRow
from mspgov.documents.press import Press
from mspgov.documents.workbook import Cell, csv_lines

CREDIT_COLUMNS = (
    "number", "engagement", "service_level", "name", "month", "attainment", "cause", "before_cap", "amount",
    "earned_back", "currency", "capped", "state", "stage", "days_at_stage", "answer_due", "decide_due", "agreed_at",
    "claimed_at", "documented_at", "applied_at", "claim",
)  # fmt: skip
CLAIM_COLUMNS = (
    "number", "engagement", "state", "amount", "currency", "issued_on", "credits", "settled_as", "settled_reference",
    "settled_on", "paid_back", "at",
)  # fmt: skip
LEDGER_COLUMNS = (
    "entry", "kind", "engagement", "service_level", "name", "month", "amount", "currency", "replaces", "before",
    "in_force", "stands", "reason", "terms_version", "result_version", "rules_version", "by", "at",
)  # fmt: skip


def credits_csv(lines: Iterable[CreditLine]) -> Iterator[str]:
    """One row a credit, in the order given."""
    return csv_lines(CREDIT_COLUMNS, credit_rows(lines))


def credit_rows(lines: Iterable[CreditLine]) -> Iterator[tuple[Cell, ...]]:
    for line in lines:
        yield (
            line.number, line.engagement, line.service_level, line.service_level_name, str(line.month),
            line.attainment, line.cause, line.before_cap.amount, line.amount.amount, line.earned_back.amount,
            line.amount.currency, yes(line.capped), line.state, line.stage, line.days, line.answer_due_at,
            line.decide_due_at, *(line.reached.get(stage) for stage in ("agreed", "claimed", "documented", "applied")),
            line.claim,
        )  # fmt: skip


def ledger_csv(lines: Iterable[LedgerLine]) -> Iterator[str]:
    """One row an entry, in the order given; instants in UTC."""
    return csv_lines(LEDGER_COLUMNS, ledger_rows(lines))


def ledger_rows(lines: Iterable[LedgerLine]) -> Iterator[tuple[Cell, ...]]:
    for line in lines:
        yield (
            line.number, line.kind, line.engagement, line.service_level, line.service_level_name, str(line.month),
            line.amount.amount, line.amount.currency, f"{line.credit}/{line.replaces}" if line.replaces else "",
            line.before.amount if line.before else None, yes(line.in_force), yes(line.stands), line.reason, line.terms_version,
            line.result_version, line.rules_version, line.by, line.at,
        )  # fmt: skip


def claim_lines(rows: Iterable[ClaimRow]) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        yield (
            row.number, row.engagement, row.state, Decimal(row.amount), row.currency, row.issued_on,
            ", ".join(row.credits), row.settled_as, row.settled_reference, row.settled_on,
            Decimal(row.paid_back), row.at,
        )  # fmt: skip


def yes(value: bool) -> str:
    return "true" if value else "false"


@dataclass(frozen=True)
class ClaimPaper:
    """A claim as it is printed."""

    title: str
    parties: str
    created: str
    paper: str
    head: str
    foot: str
    draft: str
    number: str
    client: str
    provider: str
    reference: str
    engagement: str
    issued_on: str
    by: str
    currency: str
    rows: tuple[tuple[str, str, str, str, str], ...]
    total: str


def claim_paper(page: ClaimPage, *, paper: str = "A4") -> ClaimPaper:
    """All that the document says: who claims what of whom, credit by credit."""
    claim = page.claim
    client, provider = claim.engagement.tenant.name, claim.engagement.provider.name
    contract = Contract.objects.get(engagement=claim.engagement_id)
    issued = f"{claim.issued_on:%-d %B %Y}"
    return ClaimPaper(
        title=f"Credit claim {claim.record.number}",
        parties=f"{client} with {provider}",
        created=claim.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        paper=paper,
        head=f"{claim.engagement.name}, {contract.reference}",
        foot=f"Credit claim {claim.record.number}, {issued}" + (", demonstration data" if claim.engagement.tenant.is_demo else ""),
        draft="",
        number=claim.record.number,
        client=client,
        provider=provider,
        reference=contract.reference,
        engagement=claim.engagement.name,
        issued_on=issued,
        by=claim.by.name,
        currency=claim.currency,
        rows=tuple(
            (
                line.credit.record.number, line.credit.service_level.name, line.credit.period.name,
                line.agreed_words, line.money.grouped,
            )
            for line in page.lines
        ),
        total=claim.money.grouped,
    )  # fmt: skip


def print_claim(page: ClaimPage) -> bytes:
    """The PDF of a claim; the same claim gives the same bytes."""
    html = render_to_string("costs/claim_paper.html", {"pages": claim_paper(page)})
    identifier = hashlib.sha256(html.encode()).hexdigest()[:32]
    with Press() as press:
        return press.print(html, at=page.claim.at, identifier=identifier).pdf
