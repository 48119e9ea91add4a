"""Who may read what an engagement is about, and who keeps it."""

from mspgov.tenancy.policy import EVERYONE, Permission, Role

KEEPERS = frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.TENANT_ADMINISTRATOR})

READ_SERVICES = Permission("services.read", EVERYONE)
WRITE_SERVICES = Permission("services.write", KEEPERS)
READ_VENDORS = Permission("vendors.read", EVERYONE)
WRITE_VENDORS = Permission("vendors.write", KEEPERS)
READ_LOCATIONS = Permission("locations.read", EVERYONE)
WRITE_LOCATIONS = Permission("locations.write", KEEPERS)
READ_SETTINGS = Permission("settings.read", EVERYONE - {Role.BOARD_MEMBER})
WRITE_SETTINGS = Permission("settings.write", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
