"""Who may see long work, and check the proof. Who may end it or try it again stands with its kind, in the apps' runs.py."""

from mspgov.tenancy.policy import EVERYONE, Permission, Role

READ_RUNS = Permission("runs.read", EVERYONE - {Role.BOARD_MEMBER, Role.ENGINEER})  # a run of money says amounts
READ_CHAIN = Permission(
    "chain.read",
    frozenset(
        {Role.AUDITOR, Role.TENANT_ADMINISTRATOR, Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.FINANCE_CONTROLLER}
    ),
)
READ_DELIVERIES = Permission("deliveries.read", frozenset({Role.TENANT_ADMINISTRATOR}))
SEND_AGAIN = Permission("deliveries.send-again", frozenset({Role.TENANT_ADMINISTRATOR}))
