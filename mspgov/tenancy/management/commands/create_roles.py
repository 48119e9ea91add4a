"""`manage.py create_roles --admin-url …`: makes the four database roles and the database on a server of one's own."""

import os
from typing import Any

import psycopg2
from django.core.management.base import CommandParser
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, parse_dsn

from mspgov.embedded import ROLES
from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands
from mspgov.tenancy.roles import VARIABLES

ALIASES = {"mspgov_owner": "owner", "mspgov_app": "default", "mspgov_system": "system", "mspgov_backup": "backup"}


class Command(commands.Command):
    help = "Makes the database roles that the product needs, with the passwords of the DATABASE_*URL variables."
    database_wanted = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--admin-url", required=True, help="a superuser's URL of the server")

    def work(self, *, admin_url: str, **options: Any) -> Any:
        urls = {role: os.environ.get(VARIABLES[alias], "") for role, alias in ALIASES.items()}
        if missing := [VARIABLES[ALIASES[role]] for role, url in urls.items() if not url]:
            raise Fault(missing[0], "is not set")
        name = parse_dsn(urls["mspgov_app"])["dbname"]
        try:
            connection = psycopg2.connect(admin_url)
        except psycopg2.OperationalError as error:
            raise Fault("--admin-url", str(error).strip().splitlines()[0]) from None
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        made = []
        with connection.cursor() as c:
            for role, rights in ROLES.items():
                user, password = parse_dsn(urls[role]).get("user", role), parse_dsn(urls[role]).get("password")
                if user != role:
                    raise Fault(VARIABLES[ALIASES[role]], f"the user must be {role}, not {user}")
                c.execute("select from pg_roles where rolname = %s", [role])
                if c.fetchone() is None:
                    c.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
                    made.append(role)
                c.execute(sql.SQL("alter role {} " + rights).format(sql.Identifier(role)))
                if password:
                    c.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))
            c.execute("grant pg_read_all_data to mspgov_backup")
            c.execute("select from pg_database where datname = %s", [name])
            if c.fetchone() is None:
                c.execute(sql.SQL("create database {} owner mspgov_owner").format(sql.Identifier(name)))
                made.append(f"database {name}")
        connection.close()
        return {"made": made}
