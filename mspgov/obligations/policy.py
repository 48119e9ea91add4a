"""Who may see what is owed, answer it, and decide about it. Which obligations are theirs follows from side and office."""

from mspgov.tenancy.models import Membership
from mspgov.tenancy.policy import CLIENT, EVERYONE, Permission, Role

READ_OBLIGATIONS = Permission("obligations.read", EVERYONE - {Role.BOARD_MEMBER})
ANSWER_OBLIGATIONS = Permission("obligations.answer", (CLIENT - {Role.AUDITOR}) | {Role.ACCOUNT_MANAGER, Role.ENGINEER})
DECIDE_OBLIGATIONS = Permission(
    "obligations.decide", (CLIENT - {Role.AUDITOR, Role.TENANT_ADMINISTRATOR}) | {Role.ACCOUNT_MANAGER}
)
KEEP_RECURRING = Permission("obligations.schedule", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER}))
OWN_FEED = Permission("obligations.feed", EVERYONE - {Role.BOARD_MEMBER})

READ_WITH: dict[str, Permission] = {}  # kind → what opens the records that obligations of this kind are about


def read_with(permission: Permission, *kinds: str) -> None:
    """Obligations of these kinds are read by whoever also holds this permission: said in the policy of the app that
    raises them. Of a kind that nobody named, all are read that stand within the reader's wall."""
    READ_WITH.update(dict.fromkeys(kinds, permission))


def kinds_closed_to(reader: Membership) -> list[str]:
    """The kinds about records that this member may not open."""
    return sorted(kind for kind, permission in READ_WITH.items() if not reader.holds(permission))
