"""Doors to what was promised: contracts, service levels, calendars, and when something is due."""

from .calendars import calendar, calendar_history, calendars, edit_calendar, new_calendar
from .contracts import amend, compare, contract, contracts, import_terms, terms
from .due import due
from .levels import service_level

__all__ = [
    "amend",
    "calendar",
    "calendar_history",
    "calendars",
    "compare",
    "contract",
    "contracts",
    "due",
    "edit_calendar",
    "import_terms",
    "new_calendar",
    "service_level",
    "terms",
]
