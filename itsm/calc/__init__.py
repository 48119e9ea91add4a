"""Tickets, waits and targets in, outcomes out: numpy arrays of int64 microseconds, no database and no clock."""

from typing import Final

RULES: Final = "1.0"
"""The version of the rules of measurement; stored with every result."""
