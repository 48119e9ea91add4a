"""Every clock of the real log measured and stored, beside COPY of the same rows out and back.

Back means through a temporary table into the walled one: row security refuses COPY straight into it.
"""

import json
import resource
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent))

import import_log as log

RUNS = 5
FIRST, LAST = "2016-02", "2017-03"
AS_OF = datetime(2017, 6, 1, tzinfo=UTC)
OFFICE = '{time_zone: America/Sao_Paulo, week: {mon: [["08:00","18:00"]], tue: [["08:00","18:00"]], wed: [["08:00","18:00"]], thu: [["08:00","18:00"]], fri: [["08:00","18:00"]]}}'
HOURS = {"P1": ("0.25", "4"), "P2": ("0.5", "8"), "P3": ("4", "24"), "P4": ("8", "40")}
TERMS = f"""
contract: {{reference: BENCH, currency: EUR, starts: 2016-01-01, ends: 2018-12-31, time_zone: America/Sao_Paulo}}
calendars: {{office: {OFFICE}, always: {{always: true, time_zone: UTC}}}}
service_levels:
""" + "".join(
    f"  - {{key: {p.lower()}-{measure}, name: {p} {measure}, measure: {measure}, select: {{priority: [{p}]}}, "
    f"calendar: {'always' if p == 'P1' else 'office'}, target: {{hours: {hours}}}, stops: [customer], expected: 90, minimum: 80}}\n"
    for measure, place in (("respond", 0), ("resolve", 1))
    for p, hours in ((p, both[place]) for p, both in HOURS.items())
)


def place_with_log(content: bytes):
    """An engagement with terms and the whole log."""
    from contracts.services import import_terms
    from mspgov.tenancy.context import enter

    place = log.engagement()
    with enter(place.tenant_id):
        import_terms(engagement=place, text=TERMS, effective=None, by=None, at=AS_OF)
    log.import_log(content, place)
    return place


def measure(place) -> list:
    from itsm import services
    from mspgov.kernel.period import Month
    from mspgov.tenancy.context import enter

    with enter(place.tenant_id):
        return services.measure(engagement=place, first=Month(FIRST), last=Month(LAST), as_of=AS_OF)


def forget(place) -> None:
    """Take the results away, so that the next run stores all of them again."""
    from django.db import connections

    with connections["owner"].cursor() as c:
        for table in ("itsm_outcome", "itsm_result"):
            c.execute(f"alter table {table} disable trigger user; alter table {table} no force row level security")
            c.execute(f"delete from {table} where engagement_id = %s", [place.pk])
            c.execute(f"alter table {table} enable trigger user; alter table {table} force row level security")


def floor(place) -> tuple[float, int]:
    """Tickets and waits out, the outcomes that are stored out of the way and back again; seconds and rows."""
    import io

    from django.db import connection, transaction

    from mspgov.tenancy.context import enter

    columns = (
        "tenant_id, engagement_id, result_id, ticket_id, started_at, ended_at, due_at, elapsed_us, paused_us, target_us, "
        "met, excluded_for"
    )
    with enter(place.tenant_id), connection.cursor() as c:
        kept = io.BytesIO()
        c.copy_expert(f"copy (select {columns} from itsm_outcome) to stdout (format binary)", kept)
        kept.seek(0)
        c.execute("delete from itsm_outcome")
        begun = time.perf_counter()
        for sql in (
            "select id, number, opened_at, answered_at, resolved_at, priority, priority_worst, priority_first from itsm_ticket",
            "select ticket_id, kind, started_at, ended_at, vendor, party from itsm_wait",
        ):
            c.copy_expert(f"copy ({sql}) to stdout (format binary)", io.BytesIO())
        c.execute(f"create temp table bare on commit drop as select {columns} from itsm_outcome limit 0")
        c.copy_expert("copy bare from stdin (format binary)", kept)
        c.execute(f"insert into itsm_outcome ({columns}) select {columns} from bare")
        rows = int(c.rowcount)
        seconds = time.perf_counter() - begun
        transaction.set_rollback(True)
    return seconds, rows


def sample_is_equal(content: bytes, place) -> bool:
    """Every 300th outcome, walked from minute to minute by plain Python."""
    from itsm.models import Outcome
    from mspgov.tenancy.context import enter
    from tests.itsm.slow_oracle import Office, judge, read_cases

    cases = read_cases(content.decode().splitlines(keepends=True), log.ZONE)
    office = Office(log.ZONE, {day: [(480, 1080)] for day in range(5)})
    always = Office("UTC", {}, always=True)
    with enter(place.tenant_id):
        rows = list(Outcome.objects.select_related("result__service_level", "ticket").order_by("pk"))[::300]
    compared = 0
    for row in rows:
        case, level = cases[row.ticket.number], row.result.service_level
        end = case.answered if level.measure == "respond" else case.resolved
        if end is None or end - case.opened > timedelta(days=20):
            continue
        where = always if level.key.startswith("p1") else office
        slow = judge(case, end, where, row.target_us // 60_000_000, {"customer"}, AS_OF)
        month = (end if slow.met else slow.due).astimezone(ZoneInfo(log.ZONE)).strftime("%Y-%m")
        if (slow.elapsed * 60_000_000, slow.met, slow.due, month) != (
            row.elapsed_us,
            row.met,
            row.due_at,
            row.result.month,
        ):
            print(f"{row.ticket.number} {level.key} differs", file=sys.stderr)
            return False
        compared += 1
    return compared > 100


def main() -> None:
    content = log.begin()
    place = place_with_log(content)
    ours, again, floors = [], [], []
    first: list = []
    rows = 0
    for run in range(RUNS):
        forget(place)
        begun = time.perf_counter()
        lines = [line.document() for line in measure(place)]
        ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        repeated = [line.document() for line in measure(place)]
        again.append(time.perf_counter() - begun)
        seconds, rows = floor(place)
        floors.append(seconds)
        first = first or lines
        if lines != first or repeated != first:
            raise SystemExit("measuring again gave other figures")
        print(f"run {run}: floor {seconds:.2f} s, measure {ours[-1]:.2f} s, again {again[-1]:.2f} s", file=sys.stderr)
    seconds, bare = statistics.median(ours), statistics.median(floors)
    print(
        json.dumps(
            {
                "bench": "measure_log",
                "rows": log.stored(place)[0],
                "outcomes": rows,
                "seconds": round(seconds, 3),
                "floor": "COPY out and back",
                "floor_seconds": round(bare, 3),
                "ratio_to_floor": round(seconds / bare, 2),
                "again_seconds": round(statistics.median(again), 3),
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "runs": RUNS,
                "equal": sample_is_equal(content, place),
            }
        )
    )


if __name__ == "__main__":
    main()
