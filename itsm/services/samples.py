# ruff: noqa: S608 - SQL is made of column names of this app only; values are bound
"""Some of the tickets that an import would create, change and leave as they are, as they will stand afterwards."""

from typing import Any

from django.db import connection

from . import staging

EACH = 20
SHOWN = ("number", "state", "priority", "opened_us", "resolved_us")


def samples(engagement_id: int, *, had_tickets: bool) -> dict[str, list[dict[str, Any]]]:
    """The first of each kind by number, with the row of the file where each begins; instants are microseconds."""
    known = "select from itsm_ticket t where t.engagement_id = %s and t.number = d.number and t.counted"
    derived = "select d.number, d.state, d.priority, d.opened_at, d.resolved_at from itsm_derived d where {} exists ({}) order by d.number limit {}"
    found = {"new": _rows(derived.format("not", known, EACH), [engagement_id])}
    if had_tickets:
        found["updated"] = _rows(derived.format("", known, EACH), [engagement_id])
        opened, resolved = staging.microseconds("t.opened_at"), staging.microseconds("t.resolved_at")
        found["unchanged"] = _rows(
            f"select t.number, t.state, t.priority, {opened}, {resolved} from itsm_ticket t join "
            "(select distinct number from itsm_placed except select number from itsm_changed) p on p.number = t.number "
            f"where t.engagement_id = %s order by t.number limit {EACH}",
            [engagement_id],
        )
    begins = _begins([row["number"] for rows in found.values() for row in rows], had_tickets=had_tickets)
    return {kind: [{"row": begins.get(row["number"], 0), **row} for row in rows] for kind, rows in found.items()}


def _rows(sql: str, arguments: list[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as c:
        c.execute(sql, arguments)
        rows = [dict(zip(SHOWN, values, strict=True)) for values in c]
    return [{**row, "priority": f"P{row['priority']}"} for row in rows]


def _begins(numbers: list[str], *, had_tickets: bool) -> dict[str, int]:
    table = "itsm_placed" if had_tickets else "itsm_merged"
    with connection.cursor() as c:
        c.execute(f"select number, min(row) from {table} where number = any(%s) group by number", [numbers])
        return dict(c.fetchall())
