"""Which tables the database's roles may touch besides the walled ones, each with its reason: data for the walls."""

READ_WRITE = "select, insert, update, delete"
APPEND = "select, insert"
SHARED = {  # table: (what the application may, why it has no tenant)
    "django_migrations": ("select", "start-up check"),
    "django_content_type": ("select", "Django's list of models"),
    "tenancy_session": (READ_WRITE, "read before a tenant is entered"),
    "tenancy_tenant": ("select, insert, update", "read before a tenant is entered"),
    "tenancy_person": ("select, insert, update", "a person may belong to several tenants"),
    "account_emailaddress": (READ_WRITE, "sign-in addresses of people, who may belong to several tenants"),
    "account_emailconfirmation": (READ_WRITE, "of the same"),
    "mfa_authenticator": (READ_WRITE, "second factors of people, asked for before a tenant is entered"),
}
SYSTEM = {  # what the sweepers may see of all tenants
    "costs_credit": "select",
    "jobs_run": "select, update",
    "mail_mail": "select",
    "mail_note": "select",
    "web_answer": "select, delete",
    "obligations_alarm": "select",
    "obligations_recurring": "select",
    "governance_rca": "select",
}
CLOSED = {
    "django_session": "sessions are kept with their person",
    "auth_group": "unused",
    "auth_permission": "unused",
    "auth_group_permissions": "unused",
}
