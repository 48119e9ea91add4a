"""Collections of itsm: tickets with their clocks, results."""

from .results import Results
from .tickets import Tickets

__all__ = ["Results", "Tickets"]
