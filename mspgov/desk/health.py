"""Whether this process can serve: database, migrations, broker, workers."""

from collections.abc import Callable
from functools import cache

from django.core.cache import cache as broker
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from redis.exceptions import RedisError

from mspgov.jobs.tasks import SEEN


def readiness() -> dict[str, bool]:
    """By part, whether it answers. Never says why not: the answer is read by strangers."""
    return {name: _holds(check) for name, check in CHECKS.items()}


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, RedisError, OSError):
        return False


def _database() -> bool:
    with connection.cursor() as c:
        c.execute("select 1")
        return bool(c.fetchone() == (1,))


def _migrations() -> bool:
    return _wanted() <= set(MigrationRecorder(connection).applied_migrations())


@cache
def _wanted() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _broker() -> bool:
    broker.set("mspgov:ready", 1, 5)
    return bool(broker.get("mspgov:ready") == 1)


def _workers() -> bool:
    return broker.get(SEEN) is not None


CHECKS = {"database": _database, "migrations": _migrations, "broker": _broker, "workers": _workers}
