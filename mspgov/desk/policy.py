"""Who may see long work and end it or try it again."""

from mspgov.tenancy.policy import EVERYONE, Permission, Role

READ_RUNS = Permission("runs.read", EVERYONE - {Role.BOARD_MEMBER, Role.ENGINEER})  # a run of money says amounts
HANDLE_RUNS = Permission(
    "runs.handle",
    frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.CHANGE_MANAGER, Role.TENANT_ADMINISTRATOR}),
)
