"""Lets the application refresh the planner's statistics of tables that it has just filled in bulk.

Until autovacuum comes by, a fresh table's rows per tenant are guessed at one, and joins under row security take minutes.
Only an owner may ANALYZE; the function does so for these tables and nothing else.
"""

from django.db import migrations

TABLES = {
    "tickets": ("itsm_ticket", "itsm_ticketevent", "itsm_wait", "itsm_prioritychange"),
    "results": ("itsm_result", "itsm_outcome"),
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
