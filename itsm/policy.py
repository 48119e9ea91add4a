"""Who may read tickets and results, and who may change them."""

from mspgov.tenancy.policy import EVERYONE, Permission, Role

READ_PERFORMANCE = Permission("performance.read", EVERYONE)
READ_TICKETS = Permission("tickets.read", EVERYONE)
READ_IMPORTS = Permission("imports.read", EVERYONE - {Role.BOARD_MEMBER})
IMPORT_TICKETS = Permission(
    "tickets.import", frozenset({Role.SERVICE_OWNER, Role.CHANGE_MANAGER, Role.TENANT_ADMINISTRATOR})
)
WITHDRAW_IMPORTS = Permission("imports.withdraw", frozenset({Role.SERVICE_OWNER, Role.CHANGE_MANAGER}))
MEASURE = Permission("performance.measure", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
REPORT_VALUES = Permission(
    "reported-values.write", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.ACCOUNT_MANAGER})
)
EXCLUDE_TICKETS = Permission("tickets.exclude", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
SEAL_MONTHS = Permission("months.seal", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
CORRECT_MONTHS = Permission("months.correct", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
