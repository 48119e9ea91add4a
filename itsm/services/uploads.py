"""A file that came through a page: looked at before it is kept, its mapping still to be said."""

from datetime import datetime
from io import BytesIO
from typing import IO, Any, BinaryIO, cast

from django.db import transaction

from itsm.importers import mapped_csv, servicenow_audit
from itsm.importers.first_look import SAMPLE_BYTES, Look, check_signature, guess_delimiter, guess_encoding, look
from itsm.importers.mapping import read_mapping
from itsm.importers.table import stream
from itsm.models import Import
from mspgov.kernel.faults import Fault
from mspgov.records import services as records
from mspgov.tenancy.models import Engagement, Person

from .imports import _known_file, checked_options

MOST_BYTES = 2**30


def look_at(content: IO[bytes], *, size: int, format: str, mapping: object = None) -> Look:
    """The first rows of a file that somebody sends. Fault (path `file`) for what no import could read.

    Without a mapping a CSV is read with the encoding and the delimiter that fit it best.
    """
    if size > MOST_BYTES:
        raise Fault("file", f"has {size / 1e9:.1f} GB, more than the {MOST_BYTES // 2**30} GiB that are taken")
    first = content.read(SAMPLE_BYTES)
    content.seek(0)
    encoding, delimiter = "utf-8", ","
    try:
        check_signature(first)
        if mapping is not None:
            read = read_mapping(mapping)
            encoding, delimiter = read.encoding, read.delimiter
        elif format == Import.Format.CSV:
            encoding = guess_encoding(cast(BinaryIO, content))
            content.seek(0)
            delimiter = guess_delimiter(first, encoding)
        source, _ = stream(iter(lambda: content.read(SAMPLE_BYTES), b""))
        found = look(source, encoding=encoding, delimiter=delimiter)
        if mapping is not None:
            mapped_csv.columns_of(list(found.header), read_mapping(mapping))
        elif format == Import.Format.AUDIT:
            servicenow_audit.columns_of(list(found.header))
    except Fault as fault:
        if fault.path.startswith("mapping"):
            raise
        raise Fault("file", fault.why if fault.path == "file" else str(fault)) from None
    finally:
        content.seek(0)
    return found


def look_again(row: Import, *, encoding: str, delimiter: str) -> Look:
    """The first rows of a kept file, read this way. Fault as Table raises it."""
    source, _ = stream(records.read_file(row.file))
    return look(source, encoding=encoding, delimiter=delimiter)


@transaction.atomic
def keep_upload(
    *, engagement: Engagement, name: str, content: IO[bytes], format: str, time_zone: str, vendor_party: str,
    mapping: object, by: Person | None, at: datetime, look: Look | None = None,
) -> Import:  # fmt: skip
    """Keep a file whose mapping may still be missing, with the encoding and delimiter found by a look at it.

    Fault for an unknown zone, format, party or mapping.
    """
    options: dict[str, Any] = {"format": format, "time_zone": time_zone, "vendor_party": vendor_party}
    if format == Import.Format.CSV and mapping is None:
        options = {**checked_options(**{**options, "format": Import.Format.AUDIT}), "format": format}
    else:
        options = checked_options(**options, mapping=mapping)
    kept = _known_file(engagement, content)
    if kept is None:
        kept = records.keep_file(name=name, media_type="text/csv", stream=content, at=at, by=by, engagement=engagement)
    guessed = {"guessed_encoding": look.encoding, "guessed_delimiter": look.delimiter} if look else {}
    row: Import = Import.objects.create(engagement=engagement, file=kept, by=by, asked_at=at, **options, **guessed)
    return row


def look_closely(row: Import) -> Look:
    """The first rows of a kept CSV, read as was found best when it came; of an older upload, by its first piece."""
    encoding, delimiter = row.guessed_encoding, row.guessed_delimiter
    if not encoding:
        first = next(records.read_file(row.file), b"")
        encoding = guess_encoding(BytesIO(first[: first.rfind(b"\n") + 1] or first))
        delimiter = guess_delimiter(first, encoding)
    return look_again(row, encoding=encoding, delimiter=delimiter)
