"""What is done with tickets and results: import, withdraw, measure, seal, correct, report, exclude."""

from .exports import STEP_TICKETS, finish_export, is_read, start_export, stop_export, write_part
from .imports import (
    check_report,
    checked_options,
    finish_import,
    forget,
    imported_before,
    is_done,
    keep_import,
    read_on,
    resumed,
    set_options,
    start_again,
    start_check,
    start_import,
    withdraw_import,
    write_import,
)
from .measuring import MeasuredMonth, measure
from .sealing import correct_month, exclude_ticket, report_value, seal_month

__all__ = [
    "STEP_TICKETS",
    "MeasuredMonth",
    "check_report",
    "checked_options",
    "correct_month",
    "exclude_ticket",
    "finish_export",
    "finish_import",
    "forget",
    "imported_before",
    "is_done",
    "is_read",
    "keep_import",
    "measure",
    "read_on",
    "report_value",
    "resumed",
    "seal_month",
    "set_options",
    "start_again",
    "start_check",
    "start_export",
    "start_import",
    "stop_export",
    "withdraw_import",
    "write_import",
    "write_part",
]
