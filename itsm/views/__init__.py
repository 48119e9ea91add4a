"""Pages of itsm: performance, months, tickets."""

from .exports import export, export_file, export_progress, new_export, stop_export, tickets_export
from .months import level_month, level_month_export, level_months
from .performance import performance, performance_export
from .tickets import question, ticket, tickets

__all__ = [
    "export",
    "export_file",
    "export_progress",
    "level_month",
    "level_month_export",
    "level_months",
    "new_export",
    "performance",
    "performance_export",
    "question",
    "stop_export",
    "ticket",
    "tickets",
    "tickets_export",
]
