"""Long work on plain records: many rows changed or imported, some hundred a step."""

from typing import Any

from django.utils import timezone

from mspgov.jobs.services import kind
from mspgov.tenancy.policy import Permission, Role

from . import bulk_change, record_import

KEEP_RECORDS = Permission(
    "records.keep", frozenset({Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.TENANT_ADMINISTRATOR})
)


@kind(bulk_change.RUN, may=KEEP_RECORDS)
def change_records(done: int, *, kit: str, change_id: int) -> tuple[int, int, dict[str, Any]]:
    """Write the next rows of a change that was confirmed."""
    parts, result = bulk_change.write_part(kit, change_id, done, at=timezone.now())
    return done + 1, parts, result


@kind(record_import.RUN, may=KEEP_RECORDS)
def import_records(done: int, *, kit: str, import_id: int) -> tuple[int, int, dict[str, Any]]:
    """Write the next rows of a file that was confirmed."""
    parts, result = record_import.write_part(kit, import_id, done, at=timezone.now())
    return done + 1, parts, result


@kind(record_import.RUN_UNDO, may=KEEP_RECORDS)
def take_back_records(done: int, *, kit: str, import_id: int) -> tuple[int, int, dict[str, Any]]:
    """Take back the next rows of an import that is undone."""
    parts, result = record_import.take_back_part(kit, import_id, done, at=timezone.now())
    return done + 1, parts, result
