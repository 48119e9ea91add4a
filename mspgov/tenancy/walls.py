"""The database's half of isolation, laid after every migrate: no wall, no grant.

A migration makes a table that the application role cannot touch. This step walls it and only then grants it. A table
with neither a tenant column nor a reason in SHARED or CLOSED stops the migration and stays closed. Rules that a model
adds: `append_only` (SELECT, INSERT), `wall_column` (which column the engagement wall reads), `also_visible` (a further
condition under which a row may be read), `also_within` (rows that are an MSP's though they are of no engagement) and
`also_required` (a further condition that must hold).
"""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connections, models, transaction

from .columns import TenantField
from .grants import APPEND, CLOSED, READ_WRITE, SHARED, SYSTEM

TENANT = "tenant_id = (select nullif(current_setting('app.tenant', true), '')::bigint)"
ENGAGEMENT = (
    "(select current_setting('app.engagements', true)) = '*' or {column} = any((select string_to_array("
    "nullif(nullif(current_setting('app.engagements', true), ''), '*'), ','))::bigint[])"
)


class Unwalled(RuntimeError):
    """A table has neither a tenant column nor a reason in SHARED or CLOSED."""


def is_tenants(model: type[models.Model]) -> bool:
    return any(isinstance(f, TenantField) for f in model._meta.local_fields)


def is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "instance_type")


def rule(model: type[models.Model], name: str) -> Any:
    """A rule of the model, and for a history table that of the model it follows (conditions name their own table)."""
    value = getattr(getattr(model, "instance_type", model), name, None)
    if isinstance(value, str) and is_history(model):
        return value.replace(f"{model.instance_type._meta.db_table}.", f"{model._meta.db_table}.")  # type: ignore[attr-defined]
    return value


def engagement_column(model: type[models.Model]) -> str | None:
    columns = {f.column for f in model._meta.local_concrete_fields}
    return rule(model, "wall_column") or ("engagement_id" if "engagement_id" in columns else None)


def grants(model: type[models.Model]) -> str:
    return APPEND if is_history(model) or getattr(model, "append_only", False) else READ_WRITE


def statements(model: type[models.Model]) -> list[str]:
    """Everything the database must know about one tenant-owned table, in order."""
    table = model._meta.db_table
    sql = [f"alter table {table} enable row level security, force row level security"]
    sql += [f"drop policy if exists {name} on {table}" for name in ("tenant", "seen", "engagement", "required")]
    sql.append(f"create policy tenant on {table} using ({TENANT}) with check ({TENANT})")
    if (seen := rule(model, "also_visible")) and not is_history(model):
        sql.append(f"create policy seen on {table} for select using ({seen})")
    if column := engagement_column(model):
        wall = ENGAGEMENT.format(column=column)
        if (within := rule(model, "also_within")) and not is_history(model):
            wall = f"({wall}) or ({within})"
        sql.append(f"create policy engagement on {table} as restrictive using ({wall}) with check ({wall})")
    if required := rule(model, "also_required"):
        sql.append(f"create policy required on {table} as restrictive for select using ({required})")
    return [*sql, f"revoke all on {table} from mspgov_app", f"grant {grants(model)} on {table} to mspgov_app"]


def keys(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """(name, definition) of the keys that hold rows inside one tenant and one engagement. History needs none."""
    table = model._meta.db_table
    if is_history(model):
        return
    yield f"{table}_in_tenant"[:63], f"unique (tenant_id, {model._meta.pk.column})"
    if any(f.column == "public_id" for f in model._meta.local_concrete_fields):
        yield f"{table}_public"[:63], "unique (tenant_id, public_id)"
    if has_engagement(model):
        yield f"{table}_in_engagement"[:63], f"unique (tenant_id, engagement_id, {model._meta.pk.column})"
    for f in model._meta.local_fields:
        if (
            not isinstance(f, models.ForeignKey)
            or not getattr(f, "db_constraint", True)
            or not is_tenants(f.related_model)
        ):
            continue
        other = f.related_model._meta.db_table
        yield f"{table}_{f.column}_same"[:63], f"foreign key (tenant_id, {f.column}) references {other} (tenant_id, id)"
        if has_engagement(model) and has_engagement(f.related_model):
            yield (
                f"{table}_{f.column}_near"[:63],
                f"foreign key (tenant_id, engagement_id, {f.column}) references {other} (tenant_id, engagement_id, id)",
            )


def has_engagement(model: type[models.Model]) -> bool:
    return any(f.column == "engagement_id" for f in model._meta.local_concrete_fields)


def tenant_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models(include_auto_created=True) if is_tenants(m)]


def lay(using: str, **kwargs: object) -> None:
    """Connected to post_migrate. Touches only tables whose rules changed: their digest is the policy's comment."""
    with transaction.atomic(using=using), connections[using].cursor() as c:
        c.execute("select tablename from pg_tables where schemaname = 'public'")
        present = {name for (name,) in c.fetchall()}
        walled = [m for m in tenant_models() if m._meta.db_table in present]
        if stray := present - set(SHARED) - set(CLOSED) - {m._meta.db_table for m in walled}:
            raise Unwalled(f"{', '.join(sorted(stray))}: give it a TenantField or a line in SHARED")
        given = {t: may for t, (may, _) in SHARED.items()}
        for role, table_grants in [("mspgov_app", given), ("mspgov_system", SYSTEM)]:
            for table in sorted(present & set(table_grants)):
                c.execute(f"grant {table_grants[table]} on {table} to {role}")
        c.execute("grant usage on all sequences in schema public to mspgov_app")
        c.execute("select conname from pg_constraint")
        have = {name for (name,) in c.fetchall()}
        wanted = [(m, name, definition) for m in walled for name, definition in keys(m) if name not in have]
        for kind in ("unique", "foreign"):  # every unique key before the first key that needs it
            for m, name, definition in wanted:
                if definition.startswith(kind):
                    c.execute(f"alter table {m._meta.db_table} add constraint {name} {definition}")
        for m in walled:
            _lay_policies(c, m)


def _lay_policies(c: Any, model: type[models.Model]) -> None:
    sql, table = statements(model), model._meta.db_table
    digest = hashlib.sha256("".join(sql).encode()).hexdigest()
    c.execute(
        "select obj_description(oid, 'pg_policy') from pg_policy where polrelid = %s::regclass and polname = 'tenant'",
        [table],
    )
    if (c.fetchone() or [None])[0] != digest:
        for s in [*sql, f"comment on policy tenant on {table} is '{digest}'"]:
            c.execute(s)
