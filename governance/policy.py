"""Who may read board packs, and who may have them made."""

from mspgov.tenancy.policy import EVERYONE, Permission, Role

READ_PACKS = Permission("packs.read", EVERYONE - {Role.ENGINEER})  # packs show credits
MAKE_PACKS = Permission("packs.make", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.ACCOUNT_MANAGER}))
