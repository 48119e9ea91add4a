"""The two ways in which a rule says no, under the names that services use."""

from mspgov.kernel.refusals import Conflict, Refused

__all__ = ["Conflict", "Refused"]
