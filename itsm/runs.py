"""Long work on tickets: checking, importing and exporting a file, one part of some seconds a step."""

from typing import Any

from django.utils import timezone

from itsm.queries.ticket_export import RUN
from mspgov.jobs.services import kind

from . import policy, services

Step = tuple[int, int, dict[str, Any]]


@kind("itsm.check_import", may=policy.IMPORT_TICKETS)
def check_import(done: int, *, import_id: int) -> Step:
    """Read the whole file and say what an import would do; writes no ticket."""
    reading = services.resumed("check", done, import_id)
    if reading is not None and reading.is_complete:
        services.forget("check", import_id)
        return done + 1, done + 1, services.check_report(reading, at=timezone.now())
    return _read_on("check", done, import_id, then=1, glancing=True)


@kind("itsm.import_tickets", may=policy.IMPORT_TICKETS)
def import_tickets(done: int, *, import_id: int, again: bool = False) -> Step:
    """Read and check the whole file, write it in one step, then let the planner know; `again` changes next to nothing."""
    reading = services.resumed("import", done, import_id)
    if reading is not None and reading.is_complete:
        services.forget("import", import_id)
        result = services.write_import(reading, at=timezone.now(), again=again)
        return done + 1, done + (1 if again else 2), result
    if done and not again and services.is_done(import_id):
        return done + 1, done + 1, services.finish_import(import_id)
    return _read_on("import", done, import_id, then=1 if again else 2)


@kind(RUN, may=policy.READ_TICKETS)
def export_tickets(done: int, *, export_id: int) -> Step:
    """Write the next part of the list, then the file."""
    if done and services.is_read(export_id, done):
        return done + 1, done + 1, services.finish_export(export_id, at=timezone.now())
    row, part = services.write_part(export_id, done)
    parts = max(-(-row.total // services.STEP_TICKETS), 1)
    steps = done + 2 if part.after is None else max(parts + 1, done + 3)
    return done + 1, steps, {"tickets": part.tickets, "total": row.total, "rows": part.rows}


def _read_on(run: str, done: int, import_id: int, *, then: int, glancing: bool = False) -> Step:
    """One part of the file; `then` says how many steps follow the last part."""
    reading = services.read_on(run, done, import_id, glancing=glancing)
    progress: dict[str, Any] = {
        "read": reading.read,
        "rejected": reading.rejections.count,
        "bytes": reading.taken.taken,
    }
    progress |= {"size": reading.row.file.size, "fault_rows": reading.fault_rows}
    return reading.step, reading.steps + then, progress
