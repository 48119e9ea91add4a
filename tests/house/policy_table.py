"""Who may open which address: every route with its permission, and the model whose rows its ids name.

`"app:route": "permission"`, of the API also `"api:route METHOD"` for each method that writes. A route with ids names the
model: `("permission", "app.Model")`; other parameters get an example: `("permission", "app.Model", {"month": "2026-04"})`.
An `engagement` in the address needs none. A route that is not here fails the matrix.
"""

from typing import Any

Line = str | tuple[str, str] | tuple[str, str, dict[str, Any]]


def kit(app: str, name: str, permission: str, model: str) -> dict[str, Line]:
    """The routes of a plain record."""
    read, write = (f"{permission}.read", model), (f"{permission}.write", model)
    return {
        f"{app}:{name}": read[0],
        f"{app}:{name}-export": read[0],
        f"{app}:{name}-new": write[0],
        f"{app}:{name}-detail": read,
        f"{app}:{name}-edit": write,
        f"{app}:{name}-history": read,
        f"api:{name}": read[0],
        f"api:{name} POST": write[0],
        f"api:{name}-detail": read,
        f"api:{name}-detail PATCH": write,
    }


POLICY: dict[str, Line] = {
    "door": "signed-in",
    "healthz": "public",
    "readyz": "public",
    "schema": "public",
    "reference": "public",
    "account_login": "public",
    "account_logout": "public",
    "account_inactive": "public",
    "account_signup": "public",
    "account_reauthenticate": "public",
    "account_change_password": "public",
    "account_reset_password": "public",
    "account_reset_password_done": "public",
    "account_reset_password_from_key": "public",
    "account_reset_password_from_key_done": "public",
    # desk
    "desk:runs": "runs.read",
    "desk:run": ("runs.read", "jobs.Run"),
    "desk:run-progress": ("runs.read", "jobs.Run"),
    "desk:run-cancel": ("runs.handle", "jobs.Run"),
    "desk:run-again": ("runs.handle", "jobs.Run"),
    "desk:people": "people.read",
    "desk:tokens": "tokens.own",
    "desk:token-revoke": ("tokens.own", "tenancy.Token"),
    "api:runs": "runs.read",
    "api:runs-detail": ("runs.read", "jobs.Run"),
    "api:runs-cancel POST": ("runs.handle", "jobs.Run"),
    "api:runs-again POST": ("runs.handle", "jobs.Run"),
    "api:people": "people.read",
    "api:people-detail": ("people.read", "tenancy.Membership"),
    # engagements
    **kit("engagements", "services", "services", "engagements.Service"),
    **kit("engagements", "vendors", "vendors", "engagements.Vendor"),
    **kit("engagements", "locations", "locations", "engagements.Location"),
    # contracts
    "contracts:contracts": "terms.read",
    "contracts:import": "terms.import",
    "contracts:contract": ("terms.read", "contracts.Contract"),
    "contracts:amend": ("terms.import", "contracts.Contract"),
    "contracts:compare": ("terms.read", "contracts.Contract"),
    "contracts:terms": ("terms.read", "contracts.Contract"),
    "contracts:service-level": ("terms.read", "contracts.ServiceLevel"),
    "contracts:calendars": "calendars.read",
    "contracts:calendar-new": "calendars.write",
    "contracts:calendar": ("calendars.read", "contracts.Calendar"),
    "contracts:calendar-edit": ("calendars.write", "contracts.Calendar"),
    "contracts:calendar-history": ("calendars.read", "contracts.Calendar"),
    "contracts:due": "calendars.read",
    "api:contracts": "terms.read",
    "api:contracts POST": "terms.import",
    "api:contracts-detail": ("terms.read", "contracts.Contract"),
    "api:contracts-terms": ("terms.read", "contracts.Contract"),
    "api:service-levels": "terms.read",
    "api:service-levels-detail": ("terms.read", "contracts.ServiceLevel"),
    "api:calendars": "calendars.read",
    "api:calendars POST": "calendars.write",
    "api:calendars-detail": ("calendars.read", "contracts.Calendar"),
    "api:calendars-detail PATCH": ("calendars.write", "contracts.Calendar"),
    **kit("contracts", "calendar-exceptions", "calendars", "contracts.CalendarException"),
}
