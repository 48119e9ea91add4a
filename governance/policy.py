"""Who may read board packs and root causes, who has them made, who answers and who decides."""

from mspgov.tenancy.policy import EVERYONE, PROVIDER, Permission, Role

READ_PACKS = Permission("packs.read", EVERYONE - {Role.ENGINEER})  # packs show credits
MAKE_PACKS = Permission("packs.make", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))  # the client's own paper
READ_RCAS = Permission("rcas.read", EVERYONE)
DEMAND_RCAS = Permission("rcas.demand", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
WRITE_RCAS = Permission("rcas.write", PROVIDER)
REVIEW_RCAS = Permission("rcas.review", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
DISCUSS_RCAS = Permission("rcas.discuss", WRITE_RCAS.roles | REVIEW_RCAS.roles)
READ_REQUESTS = Permission("requests.read", PROVIDER)
