"""A file of tickets: kept, checked, imported, withdrawn. The whole file is read and checked before a row is written."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import IO, Any
from uuid import uuid4

from django.db import connection, transaction

from itsm.importers import mapped_csv, servicenow_audit
from itsm.importers.instants import Wall
from itsm.importers.mapping import read_mapping
from itsm.importers.preview import Glance
from itsm.importers.records import Event, Rejected
from itsm.importers.table import Counted, Table, stream
from itsm.models import Import, MonthSeal, TicketEvent
from itsm.queries.imports import sealed_month_touched
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import to_micros
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.records.models import File
from mspgov.tenancy.context import tenant_id
from mspgov.tenancy.models import Engagement, Person

from . import staging
from .measuring import LOCK
from .samples import samples
from .touched import months_of_derived

STEP_BYTES = 8 * 2**20
MOST_TICKS = 200
PARTIES = ("", "client", "provider")
RESULT = ("read", "tickets", "created", "updated", "unchanged", "rejected")


@transaction.atomic
def keep_import(
    *, engagement: Engagement, name: str, content: IO[bytes], format: str, time_zone: str, at: datetime,
    by: Person | None = None, vendor_party: str = "", mapping: object = None, strict: bool = False,
) -> Import:  # fmt: skip
    """Keep a file to be imported; the same bytes are kept once. Fault for an unknown zone, format, party or mapping."""
    options = checked_options(format=format, time_zone=time_zone, vendor_party=vendor_party, mapping=mapping)
    kept = _known_file(engagement, content)
    if kept is None:
        kept = records.keep_file(name=name, media_type="text/csv", stream=content, at=at, by=by, engagement=engagement)
    row: Import = Import.objects.create(engagement=engagement, file=kept, strict=strict, by=by, asked_at=at, **options)
    return row


def checked_options(*, format: str, time_zone: str, vendor_party: str = "", mapping: object = None) -> dict[str, Any]:
    """How a file is to be read, as Import keeps it; Fault with the path to what is wrong."""
    if format not in Import.Format.values:
        raise Fault("format", f"{format!r} is not one of {', '.join(Import.Format.values)}")
    if vendor_party not in PARTIES:
        raise Fault("vendor_party", f"{vendor_party!r} is neither client nor provider")
    Wall(time_zone)
    if format == Import.Format.CSV and mapping is None:
        raise Fault("mapping", "is missing: the format csv needs one")
    if format != Import.Format.CSV and mapping is not None:
        raise Fault("mapping", f"the format {format} takes none")
    document = None if mapping is None else read_mapping(mapping).document()
    return {"format": format, "time_zone": time_zone, "vendor_party": vendor_party, "mapping": document}


@transaction.atomic
def set_options(
    row: Import, *, format: str, time_zone: str, vendor_party: str = "", mapping: object = None, strict: bool = False
) -> Import:
    """Read a kept file otherwise. Refuses one that is imported already."""
    row = records.locked(Import.objects, pk=row.pk)
    if row.state not in (Import.State.KEPT, Import.State.CHECKED):
        raise Refused("the file is imported already")
    options = checked_options(format=format, time_zone=time_zone, vendor_party=vendor_party, mapping=mapping)
    for name, value in {**options, "strict": strict, "state": Import.State.KEPT, "preview": None}.items():
        setattr(row, name, value)
    row.save()
    return row


def start_check(row: Import, *, by: Person | None) -> Run:
    """Check the whole file as a run: what would be written, and every fault. Writes no ticket."""
    return jobs.start(
        "itsm.check_import", key=f"{row.public_id}/{uuid4()}", title=f"Check {row.file.name}", by=by,
        engagement=row.engagement, import_id=row.pk,
    )  # fmt: skip


def start_import(row: Import, *, by: Person | None) -> Run:
    """Import a kept file as a run; asked again it is the same run."""
    return jobs.start(
        "itsm.import_tickets", key=str(row.public_id), title=f"Import {row.file.name}", by=by,
        engagement=row.engagement, import_id=row.pk,
    )  # fmt: skip


def imported_before(
    *, engagement: Engagement, content: IO[bytes], strict: bool = False, mapping: object = None, **options: Any
) -> Import | None:
    """The finished import of the same bytes, read in the same way, that holds; Fault for options that make no sense."""
    same = checked_options(mapping=mapping, **options)
    if (kept := _known_file(engagement, content)) is None:
        return None
    done = Import.objects.filter(engagement=engagement, file=kept, strict=strict, state=Import.State.DONE)
    read = done.filter(**{name: value for name, value in same.items() if name != "mapping"}).order_by("-pk")
    return next((row for row in read if row.mapping == same["mapping"]), None)


def start_again(row: Import, *, by: Person | None) -> Run:
    """Import the file of a finished import anew, as a run of its own; the import keeps what it came to."""
    return jobs.start(
        "itsm.import_tickets", key=f"{row.public_id}/{uuid4()}", title=f"Import {row.file.name} again", by=by,
        engagement=row.engagement, import_id=row.pk, again=True,
    )  # fmt: skip


def _known_file(engagement: Engagement, content: IO[bytes]) -> File | None:
    """The file with these bytes that the engagement has already."""
    start = content.tell()
    digest = hashlib.sha256()
    while piece := content.read(2**20):
        digest.update(piece)
    content.seek(start)
    known: File | None = File.objects.filter(engagement=engagement, sha256=digest.hexdigest()).first()
    return known


@dataclass(eq=False)
class Reading:
    """A file being read into the session's temporary tables, step by step."""

    row: Import
    taken: Counted
    table: Table
    rows: Iterator[Event | list[Rejected]]
    glance: Glance | None
    token: str = field(default_factory=lambda: str(uuid4()))
    step: int = 0
    read: int = 0
    rejections: staging.Rejections = field(default_factory=staging.Rejections)

    def close(self) -> None:
        """Let go of the file and of what was read of it."""
        self.table.close()

    @property
    def steps(self) -> int:
        """The steps that read; one that writes follows."""
        return -(-self.row.file.size // STEP_BYTES) or 1

    @property
    def is_complete(self) -> bool:
        return self.step >= self.steps

    @property
    def fault_rows(self) -> list[int]:
        """The first rows that cannot be used, as far as they are told apart on a bar of progress."""
        return sorted({each.row for each in self.rejections.listed[:MOST_TICKS]})


_readings: dict[tuple[str, int], Reading] = {}  # one at most: a worker takes one run at a time


def resumed(run: str, done: int, import_id: int) -> Reading | None:
    """The reading that this session has brought as far as `done` steps; None when it must begin again."""
    reading = _readings.get((run, import_id))
    return reading if reading is not None and done and reading.step == done and _is_staged(reading) else None


def read_on(run: str, done: int, import_id: int, *, glancing: bool = False) -> Reading:
    """Read the next part of the file. Begins at the beginning when this session has not read the parts before."""
    reading = resumed(run, done, import_id)
    for left in [each for each in _readings.values() if each is not reading]:
        left.close()
    _readings.clear()
    reading = reading or _open(import_id, glancing)
    last = reading.step + 1 >= reading.steps
    goal = (reading.step + 1) * STEP_BYTES
    while True:
        got = staging.stage(reading.row.format, islice(reading.rows, staging.BATCH), reading.rejections)
        reading.read += got
        if got < staging.BATCH or (not last and reading.taken.taken >= goal):
            break
    reading.step += 1
    _remember(reading)
    _readings[run, import_id] = reading
    return reading


def forget(run: str, import_id: int) -> None:
    """Let go of a reading that has been used."""
    if (reading := _readings.pop((run, import_id), None)) is not None:
        reading.close()


def _open(import_id: int, glancing: bool) -> Reading:
    row = Import.objects.select_related("file", "engagement").get(pk=import_id)
    binary, taken = stream(records.read_file(row.file))
    mapping = None if row.mapping is None else read_mapping(row.mapping)
    encoding, delimiter = ("utf-8", ",") if mapping is None else (mapping.encoding, mapping.delimiter)
    table = Table(binary, encoding=encoding, delimiter=delimiter)
    glance = Glance(table.header) if glancing else None
    source = table.rows() if glance is None else glance.through(table.rows())
    options: dict[str, Any] = {"time_zone": row.time_zone, "vendor_party": row.vendor_party, "rows": source}
    if mapping is None:
        rows = servicenow_audit.read(table, **options)
    else:
        mapped_csv.columns_of(table.header, mapping)
        rows = mapped_csv.read(table, mapping, **options)
    if glance is not None:
        rows = glance.results(rows)
    staging.begin(row.format)
    return Reading(row, taken, table, rows, glance)


def _remember(reading: Reading) -> None:
    """Leave a mark in the session that goes with the staged rows, or is rolled back with them."""
    staging.make_table("itsm_reading", {"token": "text", "step": "int"}, kept=True)
    staging.run("insert into itsm_reading values (%s, %s)", [reading.token, reading.step])


def _is_staged(reading: Reading) -> bool:
    if staging.value("select to_regclass('pg_temp.itsm_reading') is null"):
        return False
    return bool(
        staging.value(
            "select count(*) from pg_temp.itsm_reading where token = %s and step = %s", [reading.token, reading.step]
        )
    )


def write_import(reading: Reading, *, at: datetime, again: bool = False) -> dict[str, Any]:
    """Write what was read, all of it in this transaction, and say what came of it. Fault under strict with a bad row.

    `again`: a finished import is read anew; of its row only the months grow.
    """
    row = records.locked(Import.objects.select_related("engagement"), pk=reading.row.pk)
    if row.state not in ((Import.State.DONE,) if again else (Import.State.KEPT, Import.State.CHECKED)):
        raise Refused("the import was withdrawn meanwhile" if again else "the file is imported already")
    engagement = row.engagement
    staging.run("select pg_advisory_xact_lock(%s, %s)", [LOCK, engagement.pk])
    outcome = _derive(reading, engagement)
    if row.strict and reading.rejections.count:
        first = min(reading.rejections.listed)
        more = f" (and {reading.rejections.count - 1:,} more)" if reading.rejections.count > 1 else ""
        raise Fault(f"row {first.row}", f"{first.field}: {first.why}{more}")
    staging.write_tickets(tenant_id(), engagement.pk, had_tickets=outcome.had_tickets)
    staging.write_events(tenant_id(), engagement.pk, row.pk, had_tickets=outcome.had_tickets)
    result = outcome.document(reading)
    months = months_of_derived(engagement, to_micros(at), had_tickets=outcome.had_tickets)
    row.months = sorted({*row.months, *months})
    if not again:
        row.state, row.done_at = Import.State.DONE, at
        row.rejected_count = reading.rejections.count
        for name in RESULT:
            setattr(row, name, result[name])
    row.save()
    staging.end()
    return result


def import_result(row: Import) -> dict[str, Any]:
    """What `write_import` said, as the import keeps it."""
    more = row.rejected_count - len(row.rejected)
    return {name: getattr(row, name) for name in RESULT} | ({"rejected_not_listed": more} if more else {})


def is_done(import_id: int) -> bool:
    """Are its rows written?"""
    return bool(Import.objects.filter(pk=import_id, state=Import.State.DONE).exists())


def finish_import(import_id: int) -> dict[str, Any]:
    """After the rows are in: statistics for the planner, in a transaction of their own. Says what the import came to."""
    row = Import.objects.get(pk=import_id)
    staging.refresh_statistics("tickets", row.created + row.updated)
    return import_result(row)


@dataclass(frozen=True)
class _Outcome:
    created: int
    updated: int
    unchanged: int
    had_tickets: bool

    def document(self, reading: Reading) -> dict[str, Any]:
        rejections = reading.rejections
        more = rejections.count - len(rejections.listed)
        return {
            "read": reading.read,
            "tickets": self.created + self.updated + self.unchanged,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": rejections.documents(),
            **({"rejected_not_listed": more} if more else {}),
        }


def _derive(reading: Reading, engagement: Engagement) -> _Outcome:
    _reject_repeated(reading)
    merged = staging.merge(engagement.pk)
    count = staging.derive_staged(reading.rejections, only_changed=merged.had_tickets)
    created = staging.count_new(engagement.pk) if merged.had_tickets else count
    return _Outcome(created, count - created, merged.unchanged, merged.had_tickets)


def _reject_repeated(reading: Reading) -> None:
    """A CSV has one row per ticket: one that stands there twice is left out."""
    if reading.row.format != Import.Format.CSV:
        return
    with connection.cursor() as c:
        c.execute(
            "select i.row, i.number, f.first from itsm_incoming i join (select number, min(row) as first from "
            "itsm_incoming group by number having count(*) > 1) f on f.number = i.number and i.row > f.first "
            "order by i.row"
        )
        repeated = [
            Rejected(row, "number", f"{number} stands in row {first} already", number) for row, number, first in c
        ]
    reading.rejections.add(repeated)
    staging.copy_in("itsm_unusable", {"number": "text"}, ((r.number,) for r in repeated))


def check_report(reading: Reading, *, at: datetime) -> dict[str, Any]:
    """What the import would do, as counts, columns and sample rows; kept with the import. Writes no ticket."""
    row = records.locked(Import.objects.select_related("engagement"), pk=reading.row.pk)
    outcome = _derive(reading, row.engagement)
    result = outcome.document(reading)
    events = int(staging.value("select count(*) from itsm_merged m join itsm_derived d using (number) where m.fresh"))
    sealed = set(MonthSeal.objects.filter(engagement=row.engagement).values_list("month", flat=True))
    months = months_of_derived(row.engagement, to_micros(at), had_tickets=outcome.had_tickets)
    preview = {
        **{k: v for k, v in result.items() if k != "rejected"},
        "rejected": reading.rejections.count,
        "events": events,
        "months_open": [m for m in months if m not in sealed],
        "months_sealed": [m for m in months if m in sealed],
        "samples": samples(row.engagement_id, had_tickets=outcome.had_tickets),
        **(reading.glance.document(reading.rejections.listed) if reading.glance else {}),
    }
    row.preview = preview
    row.rejected = result["rejected"]
    row.rejected_count = reading.rejections.count
    row.read = reading.read
    if row.state == Import.State.KEPT:
        row.state = Import.State.CHECKED
    row.save()
    staging.end()
    return {k: v for k, v in preview.items() if k not in ("columns", "rows", "neighbours", "warned", "samples")}


@transaction.atomic
def withdraw_import(row: Import, *, by: Person | None, why: str, at: datetime) -> int:
    """Let an import's events count no more; how many tickets changed. Refuses once a month it touches is sealed.

    Nothing is deleted: tickets are derived again from the events that remain, one without any does not count.
    """
    row = records.locked(Import.objects.select_related("engagement", "file"), pk=row.pk)
    if row.state != Import.State.DONE:
        raise Refused("only a finished import can be withdrawn")
    engagement = row.engagement
    staging.run("select pg_advisory_xact_lock(%s, %s)", [LOCK, engagement.pk])
    touched = list(TicketEvent.objects.filter(source=row).values_list("ticket_id", flat=True).distinct())
    if (sealed := sealed_month_touched(row)) is not None:
        raise Refused(f"{sealed.month.name} is sealed and has tickets of this import")
    row.state, row.withdrawn_at, row.withdrawn_by, row.withdrawn_why = Import.State.WITHDRAWN, at, by, why
    row.save()
    staging.take_existing(engagement.pk, touched)
    staging.derive_staged(staging.Rejections())
    staging.write_tickets(tenant_id(), engagement.pk)
    staging.run(
        "update itsm_ticket t set counted = false where t.engagement_id = %s and t.id = any(%s) "
        "and not exists (select from itsm_derived d where d.number = t.number)",
        [engagement.pk, touched],
    )
    records.seal(
        None, what="withdraw import", before={"state": Import.State.DONE},
        after={"state": Import.State.WITHDRAWN, "import": str(row.public_id), "why": why}, by=by, at=at,
        engagement_id=engagement.pk,
    )  # fmt: skip
    return len(touched)
