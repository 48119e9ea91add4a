"""Who may read what was promised, and who may change it."""

from mspgov.tenancy.policy import EVERYONE, Permission, Role

READ_TERMS = Permission("terms.read", EVERYONE)
IMPORT_TERMS = Permission("terms.import", frozenset({Role.CONTRACT_MANAGER, Role.TENANT_ADMINISTRATOR}))
READ_CALENDARS = Permission("calendars.read", EVERYONE)
WRITE_CALENDARS = Permission(
    "calendars.write", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.TENANT_ADMINISTRATOR})
)
