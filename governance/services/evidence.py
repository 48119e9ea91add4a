"""Files of an answer that is being written: kept together, and told to the chain in one seal."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from governance.models import Rca
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.services import NewFile
from mspgov.tenancy.models import Person


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
    if after := records.keep_files(record=row.record, files=given, by=by, at=at):
        records.seal(
            row.record_id, what="evidence", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id
        )
