"""Who may see and do what with money. What concerns months and their results is said by itsm."""

from itsm.policy import CORRECT_MONTHS, MEASURE, REPORT_VALUES, SEAL_MONTHS
from mspgov.tenancy.policy import CLIENT, Permission, Role

READ_CREDITS = Permission("credits.read", CLIENT | {Role.ACCOUNT_MANAGER, Role.BOARD_MEMBER})
SET_CHARGES = Permission("charges.set", frozenset({Role.FINANCE_CONTROLLER, Role.CONTRACT_MANAGER}))

__all__ = ["CORRECT_MONTHS", "MEASURE", "READ_CREDITS", "REPORT_VALUES", "SEAL_MONTHS", "SET_CHARGES"]
