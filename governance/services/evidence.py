"""Files of an answer or of an action: kept together, and told to the chain in the one seal of what they came with."""

from collections.abc import Iterable
from datetime import datetime
from typing import IO

from django.db import transaction

from governance.models import Rca
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Record
from mspgov.tenancy.models import Person

NewFile = tuple[str, int, IO[bytes]]


@transaction.atomic
def add_rca_evidence(*, rca: Rca, files: Iterable[NewFile], by: Person, at: datetime) -> None:
    """Keep files for the answer that is being written, all or none. Raises Refused without one and for a file that does
    not pass the gate, Conflict when the answer is submitted."""
    row: Rca = records.locked(Rca.objects.select_related("record__engagement"), pk=rca.pk)
    if not row.is_owed:
        raise Conflict("it is submitted; files can be added once it is returned")
    given = list(files)
    if not given:
        raise Refused("choose a file first")
    if after := keep_files(row.record, given, by, at):
        records.seal(
            row.record_id, what="evidence", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id
        )


def keep_files(record: Record, files: Iterable[NewFile], by: Person, at: datetime) -> dict[str, str]:
    """Keep those that are not known yet; what the seal is to say of them."""
    kept = [
        records.keep_evidence(record=record, name=name, size=size, stream=stream, by=by, at=at)
        for name, size, stream in files
    ]
    new = [row.file for row, is_new in kept if is_new]
    return {f"file {place}": str(records.told_of(file)) for place, file in enumerate(new, 1)}
