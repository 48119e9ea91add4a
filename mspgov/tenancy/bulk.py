"""Tens of thousands of rows in one statement, without a model for each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL

from .context import tenant_id


def among(ids: Iterable[int]) -> RawSQL:
    """For `pk__in`: many keys as one parameter, so that the statement does not grow with them."""
    return RawSQL("select unnest(%s::bigint[])", [list(ids)])


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows of the entered tenant, each the values of the columns `names` in order, of types that the driver knows.
    What is not named is left to the database. Returns how many."""
    columns = list(zip(*rows, strict=True))
    if not columns:
        return 0
    fields: list[models.Field[Any, Any]] = [model._meta.get_field(name) for name in names]  # type: ignore[misc]
    arrays = ", ".join(f"%s::{str(field.db_type(connection)).split('(')[0]}[]" for field in fields)
    into = ", ".join(_quoted(["tenant_id", *(str(field.column) for field in fields)]))
    return _run(
        f"insert into {_table(model)} ({into}) select %s, given.* from unnest({arrays}) as given",  # noqa: S608
        [tenant_id(), *map(list, columns)],
    )


def update_with_history(model: type[models.Model], ids: Iterable[int], *, change: str, where: str, at: datetime) -> int:
    """Change rows of the entered tenant by a constant SQL assignment where a constant SQL condition holds, and write the
    history of those that it changed, as nobody's act. Returns how many."""
    history = model.history.model  # type: ignore[attr-defined]
    columns = ", ".join(_quoted(field.column for field in history.tracked_fields))
    return _run(
        f"with changed as (update {_table(model)} set {change} "  # noqa: S608
        f"where tenant_id = %s and id = any(%s) and {where} returning *) "
        f"insert into {_table(history)} ({columns}, history_date, history_type) select {columns}, %s, '~' from changed",
        [tenant_id(), list(ids), at],
    )


def _quoted(columns: Iterable[str]) -> list[str]:
    return [connection.ops.quote_name(column) for column in columns]


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _run(sql: str, values: list[Any]) -> int:
    with connection.cursor() as c:
        c.execute(sql, values)
        return int(c.rowcount)
