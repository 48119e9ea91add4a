"""Tickets as a file of any length: written a part a step, each part packed, joined at the end. Nothing grows with it."""

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from itsm.importers.table import stream
from itsm.models import TicketExport, TicketExportPart
from itsm.queries import ticket_export as queries
from itsm.queries.current import holding_ids
from itsm.queries.ticket_list import Asked, tickets_asked
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records import services as records
from mspgov.records.errors import Conflict
from mspgov.tenancy.models import Person

STEP_TICKETS = 10_000
GZIP_HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
MEDIA_TYPE = "application/gzip"


@transaction.atomic
def start_export(asked: Asked, *, by: Person | None, at: datetime) -> tuple[TicketExport, Run]:
    """Ask for the list as a file; a run writes it."""
    row: TicketExport = TicketExport.objects.create(
        engagement=asked.engagement, asked=queries.asked_document(asked), by=by, asked_at=at
    )
    run = jobs.start(
        queries.RUN, key=str(row.public_id), title=f"Export tickets of {asked.engagement.name}", by=by,
        engagement=asked.engagement, export_id=row.pk,
    )  # fmt: skip
    return row, run


@transaction.atomic
def stop_export(public_id: object) -> None:
    """End the run of an export and let go of what it wrote. Raises Http404; Conflict when it has ended."""
    if (run := queries.run_of(public_id)) is None:
        raise Conflict("the export has already ended")
    jobs.cancel(run)
    TicketExportPart.objects.filter(export__public_id=public_id).delete()


def write_part(export_id: int, position: int) -> tuple[TicketExport, TicketExportPart]:
    """Read the next tickets and keep them packed. The parts of an export are one gzip stream."""
    row = TicketExport.objects.select_related("engagement").get(pk=export_id)
    asked = queries.asked_of(row.engagement, row.asked)
    holding = holding_ids(row.engagement)
    before = row.parts.filter(position=position - 1).defer("content").first() if position else None
    if before is None:
        row.total = tickets_asked(asked, holding).count()
        row.save()
    lines, after = queries.lines_after(asked, before.after if before else None, STEP_TICKETS, holding)
    text, count = queries.csv_text(lines, holding, heads=before is None)
    content = text.encode()
    part = row.parts.create(
        engagement=row.engagement, position=position, after=after, rows=count + (before.rows if before else 0),
        tickets=len(lines) + (before.tickets if before else 0), content=packed(content, is_last=after is None),
        checksum=zlib.crc32(content, before.checksum if before else 0),
        length=len(content) + (before.length if before else 0),
    )  # fmt: skip
    return row, part


def packed(content: bytes, *, is_last: bool) -> bytes:
    """A stretch of a deflate stream (RFC 1951) that ends at a byte and refers to nothing before it."""
    pack = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return pack.compress(content) + pack.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)


def is_read(export_id: int, position: int) -> bool:
    """Is the list read to its end by the parts before this place?"""
    return bool(
        TicketExportPart.objects.filter(export_id=export_id, position=position - 1, after__isnull=True).exists()
    )


def finish_export(export_id: int, *, at: datetime) -> dict[str, Any]:
    """Join the parts to the file (gzip, RFC 1952) and let go of them; what the run says of it."""
    row = TicketExport.objects.select_related("engagement", "by").get(pk=export_id)
    last = row.parts.defer("content").order_by("-position").first()
    joined, _ = stream(gzip_of(row, last))
    name = f"tickets-{row.engagement.slug}-{row.asked_at:%Y-%m-%d}.csv.gz"
    row.file = records.keep_file(
        name=name, media_type=MEDIA_TYPE, stream=joined, at=at, by=row.by, engagement=row.engagement
    )
    row.save()
    row.parts.all().delete()
    return {"tickets": last.tickets, "rows": last.rows, "size": row.file.size}


def gzip_of(row: TicketExport, last: TicketExportPart) -> Iterator[bytes]:
    yield GZIP_HEAD
    for position in range(last.position + 1):
        yield bytes(row.parts.get(position=position).content)
    yield struct.pack("<II", last.checksum, last.length & 0xFFFFFFFF)
