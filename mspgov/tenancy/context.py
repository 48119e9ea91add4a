"""One function enters a tenant; outside of it the managers raise and the database shows nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

from django.db import connection, models, transaction
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

M = TypeVar("M", bound=models.Model)


class NoTenant(RuntimeError):
    """Tenant data was touched before a tenant was entered."""


class Scope(NamedTuple):
    """What the transaction may see: one tenant, who asks, and which engagements ('*' for all)."""

    tenant: str = ""
    engagements: str = ""
    person: str = ""
    token: str = ""


_tenant: ContextVar[int | None] = ContextVar("tenant", default=None)


def tenant_id() -> int:
    if (current := _tenant.get()) is None:
        raise NoTenant("no tenant entered")
    return current


@contextmanager
def enter(tenant: int, *, person: int | None = None, engagements: Iterable[int] | None = None) -> Iterator[None]:
    """Work for one tenant, in one transaction. `engagements` narrows it to an MSP's own; None means all."""
    scope = Scope(str(tenant), "*" if engagements is None else only(engagements), str(person or ""))
    token = _tenant.set(tenant)
    try:
        with _seeing(scope):
            yield
    finally:
        _tenant.reset(token)


@contextmanager
def knowing(*, person: int | None = None, token: str = "") -> Iterator[None]:
    """See, outside any tenant, only the memberships of one person or the one token with this hash."""
    with _seeing(Scope(person=str(person or ""), token=token)):
        yield


def narrow(engagements: Iterable[int]) -> None:
    """From here to the end of the `enter` block, see only these engagements."""
    with connection.cursor() as c:
        c.execute("select set_config('app.engagements', %s, true)", [only(engagements)])


def only(engagements: Iterable[int]) -> str:
    """The list that the walls read. None of them is '0', which no row has: an empty text stands for "in no tenant", and
    there the wall around memberships is open."""
    return ",".join(map(str, engagements)) or "0"


@contextmanager
def _seeing(scope: Scope) -> Iterator[None]:
    with transaction.atomic():
        before = _swap(scope)
        try:
            yield
        finally:
            # After an error there is nothing to restore: the roll-back does it, and the connection takes no statement.
            broken = connection.connection.info.transaction_status == TRANSACTION_STATUS_INERROR
            if not connection.needs_rollback and not broken:
                _swap(before)


def _swap(scope: Scope) -> Scope:
    """Set the scope for this transaction; return what was set before (a select list is evaluated left to right)."""
    read = ", ".join(f"coalesce(current_setting('app.{name}', true), '')" for name in Scope._fields)
    write = ", ".join(f"set_config('app.{name}', %s, true)" for name in Scope._fields)
    with connection.cursor() as c:
        c.execute(f"select {read}, {write}", list(scope))
        return Scope(*c.fetchone()[: len(scope)])


def across(model: type[M], *, reason: str) -> "models.QuerySet[M]":
    """Rows of every tenant, by the system role, which is granted few tables. `reason` is for the reader."""
    assert reason
    return models.QuerySet(model, using="system")
