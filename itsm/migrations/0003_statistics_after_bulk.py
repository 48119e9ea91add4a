"""Lets the application refresh the planner's statistics of tables that it has just filled in bulk.

Until autovacuum comes by, a fresh table's rows per tenant are guessed at one, and joins under row security take minutes.
Only an owner may ANALYZE; the function does so for these tables and nothing else.
"""

from django.db import migrations

TABLES = {
    "tickets": (
        "itsm_ticket",
        "itsm_ticketevent (tenant_id, engagement_id, ticket_id, source_id)",
        "itsm_wait (tenant_id, engagement_id, ticket_id)",
        "itsm_prioritychange (tenant_id, engagement_id, ticket_id)",
    ),
    "results": ("itsm_result", "itsm_outcome (tenant_id, engagement_id, result_id, ticket_id, met)"),
}


class Migration(migrations.Migration):
    dependencies = [("itsm", "0002_parents_checked_by_statement")]

    operations = [
        migrations.RunSQL(
            f"create function itsm_refresh_{name}() returns void language sql security definer "
            f"set search_path = public, pg_temp as $$ analyze {', '.join(tables)} $$",
            f"drop function itsm_refresh_{name}",
        )
        for name, tables in TABLES.items()
    ]
