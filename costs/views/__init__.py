"""Doors to money: credits, their review and claims, the ledger, the months of an engagement, fragments for below."""

from . import accepting, claims, deciding, review
from .credits import credit, credits, credits_export
from .fragments import month_money, ticket_cost, why_default
from .ledger import ledger, ledger_export
from .month_forms import charges, correct, report_value, seal
from .months import measure, months
from .records import of_record

__all__ = [
    "accepting",
    "charges",
    "claims",
    "correct",
    "credit",
    "credits",
    "credits_export",
    "deciding",
    "ledger",
    "ledger_export",
    "measure",
    "month_money",
    "months",
    "of_record",
    "report_value",
    "review",
    "seal",
    "ticket_cost",
    "why_default",
]
