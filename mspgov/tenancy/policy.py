"""Who may do what: roles, and the permissions that apps declare in their own policy.py."""

from dataclasses import dataclass

from django.db import models


class Role(models.TextChoices):
    SERVICE_OWNER = "service_owner", "Service owner"
    CONTRACT_MANAGER = "contract_manager", "Contract manager"
    SECURITY_OFFICER = "security_officer", "Security officer"
    FINANCE_CONTROLLER = "finance_controller", "Finance controller"
    CHANGE_MANAGER = "change_manager", "Change manager"
    DATA_PROTECTION_OFFICER = "data_protection_officer", "Data protection officer"
    AUDITOR = "auditor", "Auditor"
    TENANT_ADMINISTRATOR = "tenant_administrator", "Tenant administrator"
    ACCOUNT_MANAGER = "account_manager", "Account manager"
    ENGINEER = "engineer", "Engineer"
    BOARD_MEMBER = "board_member", "Board member"


PROVIDER = frozenset({Role.ACCOUNT_MANAGER, Role.ENGINEER})
EITHER = frozenset({Role.BOARD_MEMBER})
CLIENT = frozenset(Role) - PROVIDER - EITHER
EVERYONE = frozenset(Role)


@dataclass(frozen=True)
class Permission:
    """A name and the roles that hold it. PUBLIC is held by everyone, SIGNED_IN by whoever has signed in."""

    name: str
    roles: frozenset[Role]


PUBLIC = Permission("public", frozenset())
SIGNED_IN = Permission("signed-in", EVERYONE)
MEMBER = Permission("member", EVERYONE)

AREAS = {  # what a token's scope may name: the first words of the permissions of the API
    "absences": "Absences", "calendars": "Calendars", "charges": "Charges", "credit-notes": "Credit notes", "credits": "Credits and ledger",
    "imports": "Imports", "locations": "Locations", "months": "Months to seal", "obligations": "Obligations", "offices": "Owners and offices",
    "packs": "Board packs", "people": "People", "performance": "Results", "rcas": "Root causes and actions",
    "reported-values": "Reported values", "runs": "Runs", "services": "Services", "settings": "Engagement settings",
    "terms": "Contracts and terms", "tickets": "Tickets", "vendors": "Vendors",
}  # fmt: skip

READ_PEOPLE = Permission("people.read", EVERYONE)
WRITE_PEOPLE = Permission("people.write", frozenset({Role.TENANT_ADMINISTRATOR}))
INVITE_PEOPLE = Permission("people.invite", frozenset({Role.TENANT_ADMINISTRATOR, Role.ACCOUNT_MANAGER}))
DEACTIVATE_PEOPLE = Permission("people.deactivate", frozenset({Role.TENANT_ADMINISTRATOR, Role.ACCOUNT_MANAGER}))
OWN_TOKENS = Permission("tokens.own", EVERYONE)
KEEP_TENANT = Permission("tenant.settings", frozenset({Role.TENANT_ADMINISTRATOR}))
OWN_ACCOUNT = Permission("account.own", EVERYONE)
READ_OFFICES = Permission("offices.read", EVERYONE)
WRITE_OFFICES = Permission("offices.write", frozenset({Role.TENANT_ADMINISTRATOR, Role.SERVICE_OWNER}))
HAND_OVER = Permission("offices.hand-over", frozenset({Role.TENANT_ADMINISTRATOR, Role.SERVICE_OWNER}))
OWN_ABSENCE = Permission("absences.own", EVERYONE)
