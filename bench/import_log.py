"""The whole real log into the database, beside csv.reader and COPY of the same rows into a table without any keys."""

import csv
import io
import json
import os
import resource
import statistics
import sys
import time
import zipfile
from itertools import islice
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")

LOG = ROOT / "mspgov" / "desk" / "demo" / "incident_event_log.zip"
RUNS = 3
BATCH = 5_000
ZONE = "America/Sao_Paulo"


def floor(content: bytes) -> int:
    """Every row read by csv.reader and copied, in one transaction; how many arrived."""
    from django.db import connection, transaction

    rows = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    columns = ", ".join(f'"{name}" text' for name in next(rows))
    with transaction.atomic(), connection.cursor() as c:
        c.execute(f"create temp table bare ({columns}) on commit drop")
        while batch := list(islice(rows, BATCH)):
            text = io.StringIO(newline="")
            csv.writer(text).writerows(batch)
            text.seek(0)
            c.copy_expert("copy bare from stdin (format csv)", text)
        c.execute("select count(*) from bare")
        return int(c.fetchone()[0])


def engagement():
    """A tenant of its own with one engagement."""
    from mspgov.tenancy import services
    from mspgov.tenancy.context import enter

    tenant = services.create_tenant(slug=f"bench-{uuid4().hex[:12]}", name="Bench", currency="EUR")
    with enter(tenant.pk):
        provider = services.ensure_provider(slug="cobalt", name="Cobalt")
        return services.ensure_engagement(slug="workplace", provider=provider, name="Workplace")


def import_log(content: bytes, engagement):
    """Keep the file and do the run, as the command does; the run as it ended."""
    from django.utils import timezone

    from itsm import services
    from mspgov.jobs import services as jobs
    from mspgov.tenancy.context import enter

    with enter(engagement.tenant_id):
        row = services.keep_import(
            engagement=engagement, name="incident_event_log.csv", content=io.BytesIO(content), at=timezone.now(),
            format="servicenow-audit", time_zone=ZONE,
        )  # fmt: skip
        run = services.start_import(row, by=None)
    return jobs.work_here(run)


def stored(engagement) -> tuple[int, int]:
    """Tickets and events of an engagement in the database."""
    from itsm.models import Ticket, TicketEvent
    from mspgov.tenancy.context import enter

    with enter(engagement.tenant_id):
        return (
            Ticket.objects.filter(engagement=engagement).count(),
            TicketEvent.objects.filter(engagement=engagement).count(),
        )


def begin() -> bytes:
    """A database that is up to date, and the log's bytes."""
    import django
    from django.conf import settings

    django.setup()
    if settings.EMBEDDED:
        from mspgov import embedded
        from mspgov.tenancy.schema import bring_up_to_date

        embedded.start(settings.HOME)
        bring_up_to_date(settings.HOME / "migrated")
    with zipfile.ZipFile(LOG) as archive:
        return archive.read(archive.namelist()[0])


def main() -> None:
    content = begin()
    floors, ours, again, results = [], [], [], []
    for _ in range(RUNS):
        begun = time.perf_counter()
        rows = floor(content)
        floors.append(time.perf_counter() - begun)
        place = engagement()
        begun = time.perf_counter()
        results.append((import_log(content, place).result, stored(place)))
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        second = import_log(content, place).result
        again.append(time.perf_counter() - begun)
        unchanged = second["created"] == second["updated"] == 0 and second["unchanged"] == second["tickets"]
        results[-1] = (*results[-1], unchanged and stored(place) == results[-1][1])
        print(f"floor {floors[-1]:.2f} s, import {ours[-1]:.2f} s, again {again[-1]:.2f} s", file=sys.stderr)
    first, counts, _ = results[0]
    rejected = {r["row"] for r in first["rejected"]}
    equal = all(r == first and c == counts and same for r, c, same in results) and first["read"] == rows
    equal = equal and counts[0] == first["tickets"] and len(rejected) == 1
    seconds, bare = statistics.median(ours), statistics.median(floors)
    print(
        json.dumps(
            {
                "bench": "import_log",
                "rows": rows,
                "seconds": round(seconds, 2),
                "floor": "csv.reader and COPY of the same rows",
                "floor_seconds": round(bare, 2),
                "ratio_to_floor": round(seconds / bare, 2),
                "again_seconds": round(statistics.median(again), 2),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "runs": RUNS,
                "equal": equal,
            }
        )
    )


if __name__ == "__main__":
    main()
