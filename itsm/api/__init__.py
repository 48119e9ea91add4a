"""Collections of itsm: tickets with their clocks, results, reported values."""

from .reported import Reported
from .results import Results
from .tickets import Tickets

__all__ = ["Reported", "Results", "Tickets"]
