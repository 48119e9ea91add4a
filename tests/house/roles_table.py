"""Which roles hold each permission, which tables are append-only, which have rules of their own for the walls: as a person
agreed to it. A change of the code that is meant is made here too."""

EVERY = "every role"

ROLES = {
    "absences.own": EVERY,
    "account.own": EVERY,
    "calendars.read": EVERY,
    "calendars.write": "service_owner contract_manager tenant_administrator",
    "chain.read": "service_owner contract_manager finance_controller auditor tenant_administrator",
    "charges.set": "contract_manager finance_controller",
    "credit-notes.hand-in": "contract_manager finance_controller account_manager",
    "credits.answer": "account_manager",
    "credits.approve-waiver": "service_owner finance_controller",
    "credits.claim": "contract_manager finance_controller",
    "credits.decide": "service_owner contract_manager finance_controller",
    "credits.discuss": "service_owner contract_manager finance_controller account_manager",
    "credits.read": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager board_member"
    ),
    "credits.waive": "service_owner contract_manager finance_controller",
    "deliveries.read": "tenant_administrator",
    "deliveries.send-again": "tenant_administrator",
    "imports.read": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager engineer"
    ),
    "imports.withdraw": "service_owner change_manager",
    "locations.read": EVERY,
    "locations.write": "service_owner contract_manager tenant_administrator",
    "member": EVERY,
    "months.correct": "service_owner contract_manager",
    "months.seal": "service_owner contract_manager",
    "obligations.answer": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer tenant_administrator account_manager engineer"
    ),
    "obligations.decide": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer account_manager"
    ),
    "obligations.feed": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager engineer"
    ),
    "obligations.read": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager engineer"
    ),
    "obligations.schedule": "service_owner contract_manager",
    "offices.hand-over": "service_owner tenant_administrator",
    "offices.read": EVERY,
    "offices.write": "service_owner tenant_administrator",
    "packs.make": "service_owner contract_manager",
    "packs.read": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager board_member"
    ),
    "people.deactivate": "tenant_administrator account_manager",
    "people.invite": "tenant_administrator account_manager",
    "people.read": EVERY,
    "people.write": "tenant_administrator",
    "performance.measure": "service_owner contract_manager",
    "performance.read": EVERY,
    "public": "",
    "rcas.demand": "service_owner contract_manager",
    "rcas.discuss": "service_owner contract_manager account_manager engineer",
    "rcas.read": EVERY,
    "rcas.review": "service_owner contract_manager",
    "rcas.write": "account_manager engineer",
    "reported-values.write": "service_owner contract_manager account_manager",
    "requests.read": "account_manager engineer",
    "runs.read": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager"
    ),
    "services.read": EVERY,
    "services.write": "service_owner contract_manager tenant_administrator",
    "settings.read": (
        "service_owner contract_manager security_officer finance_controller change_manager "
        "data_protection_officer auditor tenant_administrator account_manager engineer"
    ),
    "settings.write": "service_owner contract_manager",
    "signed-in": EVERY,
    "tenant.settings": "tenant_administrator",
    "terms.import": "contract_manager tenant_administrator",
    "terms.read": EVERY,
    "tickets.exclude": "service_owner contract_manager",
    "tickets.import": "service_owner change_manager tenant_administrator",
    "tickets.read": EVERY,
    "tokens.own": EVERY,
    "vendors.read": EVERY,
    "vendors.write": "service_owner contract_manager tenant_administrator",
}

APPEND_ONLY = """
    contracts.TermsVersion costs.Answer costs.ClaimLine costs.DecidedTicket costs.Decision costs.DisputedTicket
    costs.LedgerEntry costs.MonthlyCharges costs.Repayment costs.StepUp governance.RcaTicket governance.RcaVersion
    itsm.Exclusion itsm.MonthSeal itsm.ReportedValue itsm.Result itsm.TicketEvent records.Comment
    records.Evidence records.FilePiece records.Mention records.Seal
"""

WALL_RULES = """
    contracts.CalendarException.also_required records.Seal.also_within tenancy.Absence.also_required
    tenancy.Engagement.wall_column tenancy.Feed.also_visible tenancy.Invitation.also_required
    tenancy.Invitation.also_visible tenancy.Membership.also_required tenancy.Membership.also_visible
    tenancy.Provider.also_required tenancy.Token.also_visible tenancy.Visit.also_required web.Answer.also_required
    web.BulkChange.also_required web.RecordImport.also_required web.SavedView.also_required
"""
