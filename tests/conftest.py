"""The owner makes the test database; everything else runs as the application's role."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from mspgov import embedded

# How long examples take says how busy the machine is, not whether the product is right.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

ALIASES = ("default", "owner", "system", "backup")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """A database of this run, made and migrated by the owner; the environment of child processes points to it."""
    name = f"test_{worker_id}_{os.getpid()}"
    if settings.EMBEDDED:
        embedded.start(settings.HOME, durable=False)
    with django_db_blocker.unblock():
        owner = settings.DATABASES["owner"]
        connect = {"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"], "password": owner["PASSWORD"]}
        server = psycopg2.connect(dbname=owner["NAME"], **{k: v for k, v in connect.items() if v})
        server.autocommit = True
        template = os.environ.get("TEST_TEMPLATE", "")
        with server.cursor() as c:
            drop_idle_databases(c)
            c.execute("select 1 from pg_database where datname = %s", [template])
            cloned = c.fetchone() is not None
            c.execute(f"create database {name} {f'template {template}' if cloned else ''}")
        for alias in ALIASES:
            connections[alias].close()
            settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name
        if not cloned:
            call_command("migrate", database="owner", verbosity=0, interactive=False)
        if template and not cloned:  # tests of the same migrations begin from it: see tests/mutation
            connections["owner"].close()
            with server.cursor() as c:
                c.execute(f"create database {template} template {name}")
        with pytest.MonkeyPatch.context() as patch:
            for variable, alias in VARIABLES.items():
                patch.setenv(variable, url_of(settings.DATABASES[alias]))
            patch.setenv("REDIS_URL", settings.REDIS_URL)
            patch.setenv("MSPGOV_HOME", str(settings.HOME))
            patch.setenv("MSPGOV_SECRET_KEY", settings.SECRET_KEY)
            patch.setenv("MSPGOV_ALLOWED_HOSTS", "localhost 127.0.0.1 testserver")
            yield
        for connection in connections.all():
            connection.close()
        with server.cursor() as c:
            drop_idle_databases(c)
        server.close()


def drop_idle_databases(c: Any) -> None:
    """Remove what earlier runs left; a database in use stays."""
    c.execute("select datname from pg_database d where datname like 'test\\_%' and not exists "
              "(select from pg_stat_activity a where a.datname = d.datname)")  # fmt: skip
    for (name,) in c.fetchall():
        with contextlib.suppress(psycopg2.Error):
            c.execute(f"drop database {name}")


VARIABLES = {
    "DATABASE_URL": "default",
    "DATABASE_OWNER_URL": "owner",
    "DATABASE_SYSTEM_URL": "system",
    "DATABASE_BACKUP_URL": "backup",
}


def url_of(database: dict[str, Any]) -> str:
    secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    if str(database["HOST"]).startswith("/"):
        return f"postgresql://{database['USER']}{secret}@/{database['NAME']}?host={database['HOST']}"
    return f"postgresql://{database['USER']}{secret}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def owner_connection() -> Any:
    """The owner's own connection to this run's database, past Django's watch over tests. Closed by whoever asks."""
    connection = psycopg2.connect(url_of(settings.DATABASES["owner"]))
    connection.autocommit = True
    return connection


@pytest.fixture
def owner() -> Iterator[Any]:
    """A cursor of the owner: for tampering, and for reading the catalogue."""
    connection = owner_connection()
    with connection.cursor() as c:
        yield c
    connection.close()


TRUNCATE_ALL = """
do $$ begin
  execute (select 'truncate ' || string_agg(quote_ident(tablename), ',') || ' restart identity cascade' from pg_tables
           where schemaname = 'public' and tablename not in ('django_migrations', 'django_content_type'));
end $$
"""
DELETE_ALL = """
do $$ declare name text; filled boolean; begin
  set local session_replication_role = replica;
  for name in select tablename from pg_tables where schemaname = 'public'
      and tablename not in ('django_migrations', 'django_content_type') loop
    execute format('select exists (select from %I)', name) into filled;
    if filled then execute format('delete from %I', name); end if;
  end loop;
end $$
"""


def empty_every_table() -> None:
    """The application may not. Where the database is ours its superuser deletes past triggers and walls; elsewhere the
    owner truncates, which for a hundred tables takes ten times as long."""
    if settings.EMBEDDED:
        owner = settings.DATABASES["owner"]
        connection, sql = psycopg2.connect(dbname=owner["NAME"], host=owner["HOST"], user="postgres"), DELETE_ALL
        connection.autocommit = True
    else:
        connection, sql = owner_connection(), TRUNCATE_ALL
    with connection.cursor() as c:
        c.execute(sql)
    connection.close()


def _teardown(self: TransactionTestCase) -> None:
    empty_every_table()


TransactionTestCase._fixture_teardown = _teardown  # type: ignore[method-assign]


@pytest.fixture
def shared_cases() -> Path:
    return Path(__file__).parent / "contracts" / "cases"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive a browser or wipe the database come last, so that quick faults show first."""
    items.sort(key=lambda item: (item.get_closest_marker("browser") is not None,))
