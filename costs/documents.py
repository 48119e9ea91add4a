"""Credits and ledger as files for a spreadsheet: what it would take for a formula is defused."""

from collections.abc import Iterable, Iterator

from costs.queries import CreditLine, LedgerLine
from mspgov.documents.workbook import csv_lines

CREDIT_COLUMNS = (
    "number", "engagement", "service_level", "name", "month", "attainment", "cause", "before_cap", "amount",
    "earned_back", "currency", "capped", "state",
)  # fmt: skip
LEDGER_COLUMNS = (
    "entry", "kind", "engagement", "service_level", "name", "month", "amount", "currency", "replaces", "before",
    "in_force", "reason", "terms_version", "result_version", "rules_version", "by", "at",
)  # fmt: skip


def credits_csv(lines: Iterable[CreditLine]) -> Iterator[str]:
    """One row a credit, in the order given."""
    return csv_lines(
        CREDIT_COLUMNS,
        (
            (
                line.number, line.engagement, line.service_level, line.service_level_name, str(line.month),
                line.attainment, line.cause, line.before_cap.amount, line.amount.amount, line.earned_back.amount,
                line.amount.currency, yes(line.capped), line.state,
            )
            for line in lines
        ),
    )  # fmt: skip


def ledger_csv(lines: Iterable[LedgerLine]) -> Iterator[str]:
    """One row an entry, in the order given; instants in UTC."""
    return csv_lines(
        LEDGER_COLUMNS,
        (
            (
                line.number, line.kind, line.engagement, line.service_level, line.service_level_name, str(line.month),
                line.amount.amount, line.amount.currency, f"{line.credit}/{line.replaces}" if line.replaces else "",
                line.before.amount if line.before else None, yes(line.in_force), line.reason, line.terms_version,
                line.result_version, line.rules_version, line.by,
                line.at,
            )
            for line in lines
        ),
    )  # fmt: skip


def yes(value: bool) -> str:
    return "true" if value else "false"
