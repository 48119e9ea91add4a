"""Database roles: what each must be, checked before a process does any work."""

import sys

from django.conf import settings
from django.db import DatabaseError, connections

VARIABLES = {
    "default": "DATABASE_URL",
    "owner": "DATABASE_OWNER_URL",
    "system": "DATABASE_SYSTEM_URL",
    "backup": "DATABASE_BACKUP_URL",
}
MINIMUM = 180000


def fault_of(alias: str) -> str | None:
    """What is wrong with the role behind a database alias, in one line that names its variable; None if nothing."""
    variable = VARIABLES[alias]
    if settings.DATABASES[alias].get("ABSENT"):
        return f"{variable} is not set"
    try:
        with connections[alias].cursor() as c:
            c.execute(
                "select current_user, rolsuper, rolbypassrls, current_setting('server_version_num')::int, "
                "exists (select from pg_class where relowner = r.oid and relnamespace = 'public'::regnamespace), "
                "exists (select from information_schema.role_table_grants where grantee = current_user "
                "and table_schema = 'public' and privilege_type = 'TRUNCATE') from pg_roles r where rolname = current_user"
            )
            name, is_super, bypasses, server, owns, truncates = c.fetchone()
    except DatabaseError as error:
        return f"{variable}: {str(error).strip().splitlines()[0]}"
    if server < MINIMUM:
        return f"{variable}: PostgreSQL 18 or later is needed, the server has version {server // 10000}"
    if alias == "default" and (is_super or bypasses or owns or truncates):
        what = (
            "is a superuser"
            if is_super
            else "bypasses row security"
            if bypasses
            else "owns tables"
            if owns
            else "may TRUNCATE"
        )
        return f"{variable}: the application's role {name} {what}"
    if alias == "owner" and (is_super or bypasses):
        return f"{variable}: the owner's role {name} must not {'be a superuser' if is_super else 'bypass row security'}"
    if alias in {"system", "backup"} and (is_super or not bypasses or owns):
        return f"{variable}: the role {name} must bypass row security, own nothing and not be a superuser"
    return None


def require_roles(*aliases: str) -> None:
    """End the process (exit 2) with one line when a role is missing or has the wrong rights."""
    for alias in aliases:
        if why := fault_of(alias):
            print(f"mspgov: {why}", file=sys.stderr)  # noqa: T201
            raise SystemExit(2)
