"""Who may see and do what with money. What concerns months and their results is said by itsm."""

from itsm.policy import CORRECT_MONTHS, MEASURE, REPORT_VALUES, SEAL_MONTHS
from mspgov.obligations.policy import read_with
from mspgov.tenancy.policy import CLIENT, Permission, Role

ANSWER, DECIDE = "credit.answer", "credit.decide"  # kinds of what is owed about a credit

READ_CREDITS = Permission("credits.read", CLIENT | {Role.ACCOUNT_MANAGER, Role.BOARD_MEMBER})
SET_CHARGES = Permission("charges.set", frozenset({Role.FINANCE_CONTROLLER, Role.CONTRACT_MANAGER}))
ANSWER_CREDITS = Permission("credits.answer", frozenset({Role.ACCOUNT_MANAGER}))
DECIDE_CREDITS = Permission(
    "credits.decide", frozenset({Role.CONTRACT_MANAGER, Role.SERVICE_OWNER, Role.FINANCE_CONTROLLER})
)
WAIVE_CREDITS = Permission("credits.waive", DECIDE_CREDITS.roles)
APPROVE_WAIVERS = Permission("credits.approve-waiver", frozenset({Role.SERVICE_OWNER, Role.FINANCE_CONTROLLER}))
CLAIM_CREDITS = Permission("credits.claim", frozenset({Role.FINANCE_CONTROLLER, Role.CONTRACT_MANAGER}))
HAND_IN_NOTES = Permission("credit-notes.hand-in", CLAIM_CREDITS.roles | {Role.ACCOUNT_MANAGER})
DISCUSS_CREDITS = Permission("credits.discuss", DECIDE_CREDITS.roles | {Role.ACCOUNT_MANAGER})

read_with(READ_CREDITS, ANSWER, DECIDE)

__all__ = [
    "ANSWER",
    "ANSWER_CREDITS",
    "APPROVE_WAIVERS",
    "CLAIM_CREDITS",
    "CORRECT_MONTHS",
    "DECIDE",
    "DECIDE_CREDITS",
    "DISCUSS_CREDITS",
    "HAND_IN_NOTES",
    "MEASURE",
    "READ_CREDITS",
    "REPORT_VALUES",
    "SEAL_MONTHS",
    "SET_CHARGES",
    "WAIVE_CREDITS",
]
