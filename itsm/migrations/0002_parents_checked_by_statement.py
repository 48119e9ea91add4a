"""Parents of rows that are written in bulk, checked once a statement: same tenant, same engagement, or refused.

A row-wise foreign key costs one query a row and key, each under row security. The check runs as whoever writes, so a
parent that the writer may not see does not count. Parents cannot be deleted while the tables are there.
"""

from django.db import migrations

FUNCTIONS = """
create function itsm_check_parents() returns trigger language plpgsql as $$
declare
    orphan bigint;
begin
    select f.engagement_id into orphan from fresh f where not exists (
        select from tenancy_engagement e where e.tenant_id = f.tenant_id and e.id = f.engagement_id) limit 1;
    if orphan is not null then
        raise foreign_key_violation using message = format('%s: no engagement %s in this tenant', tg_table_name, orphan);
    end if;
    for i in 0 .. tg_nargs - 1 by 2 loop
        execute format(
            'select f.%1$I from fresh f where not exists (select from %2$I p where p.tenant_id = f.tenant_id '
            'and p.engagement_id = f.engagement_id and p.id = f.%1$I) limit 1', tg_argv[i], tg_argv[i + 1]
        ) into orphan;
        if orphan is not null then
            raise foreign_key_violation using message =
                format('%s: no %s %s in this tenant and engagement', tg_table_name, tg_argv[i + 1], orphan);
        end if;
    end loop;
    return null;
end $$;
create function itsm_keep_parents() returns trigger language plpgsql as $$
begin
    if exists (select from gone) then
        raise foreign_key_violation using message = format('%s: rows are never deleted', tg_table_name);
    end if;
    return null;
end $$;
"""
CHILDREN = (
    ("itsm_ticket", ()),
    ("itsm_ticketevent", ("ticket_id", "itsm_ticket", "source_id", "itsm_import")),
    ("itsm_wait", ("ticket_id", "itsm_ticket")),
    ("itsm_prioritychange", ("ticket_id", "itsm_ticket")),
    ("itsm_outcome", ("result_id", "itsm_result", "ticket_id", "itsm_ticket")),
)
PARENTS = ("itsm_ticket", "itsm_import", "itsm_result")


def trigger(table: str, event: str, function: str, rows: str, arguments: tuple[str, ...] = ()) -> str:
    named = ", ".join(f"'{a}'" for a in arguments)
    return (
        f"create trigger {table}_{event} after {event} on {table} referencing {rows} "
        f"for each statement execute function {function}({named})"
    )


class Migration(migrations.Migration):
    dependencies = [("itsm", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, "drop function itsm_check_parents; drop function itsm_keep_parents"),
        *(
            migrations.RunSQL(
                trigger(table, event, "itsm_check_parents", "new table as fresh", arguments),
                f"drop trigger {table}_{event} on {table}",
            )
            for table, arguments in CHILDREN
            for event in ("insert", "update")
        ),
        *(
            migrations.RunSQL(
                trigger(table, "delete", "itsm_keep_parents", "old table as gone"),
                f"drop trigger {table}_delete on {table}",
            )
            for table in PARENTS
        ),
    ]
