"""Pages of itsm: performance, months, tickets."""

from .months import level_month, level_month_export, level_months
from .performance import performance, performance_export
from .tickets import question, ticket, tickets, tickets_export

__all__ = [
    "level_month",
    "level_month_export",
    "level_months",
    "performance",
    "performance_export",
    "question",
    "ticket",
    "tickets",
    "tickets_export",
]
