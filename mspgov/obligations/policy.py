"""Who may see what is owed, answer it, and decide about it. Which obligations are theirs follows from side and office."""

from mspgov.tenancy.policy import CLIENT, EVERYONE, Permission, Role

READ_OBLIGATIONS = Permission("obligations.read", EVERYONE - {Role.BOARD_MEMBER})
ANSWER_OBLIGATIONS = Permission("obligations.answer", (CLIENT - {Role.AUDITOR}) | {Role.ACCOUNT_MANAGER, Role.ENGINEER})
DECIDE_OBLIGATIONS = Permission(
    "obligations.decide", (CLIENT - {Role.AUDITOR, Role.TENANT_ADMINISTRATOR}) | {Role.ACCOUNT_MANAGER}
)
KEEP_RECURRING = Permission("obligations.schedule", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
OWN_FEED = Permission("obligations.feed", EVERYONE - {Role.BOARD_MEMBER})
