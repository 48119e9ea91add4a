"""Open obligations swept: 10,000 deadlines that have passed fire, are told and sealed; and a sweep with nothing to do.

The floor is one UPDATE that marks the same alarms.
"""

import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

import owed

MANY, FEW, RUNS = 10_000, 100, 3
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SPREAD = timedelta(days=2)


def queries_of(act) -> int:
    """How many statements an act sends over both connections that a sweep uses."""
    from contextlib import ExitStack

    from django.db import connections

    asked = []

    def note(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in ("default", "system"):
            stack.enter_context(connections[alias].execute_wrapper(note))
        act()
    return len(asked)


def floor(tenant) -> float:
    from django.db import transaction
    from django.utils import timezone

    from mspgov.obligations.models import Alarm
    from mspgov.tenancy.context import enter

    with enter(tenant.pk):
        begun = time.perf_counter()
        Alarm.objects.filter(fired_at=None).update(fired_at=timezone.now())
        taken = time.perf_counter() - begun
        transaction.set_rollback(True)
    return taken


def main() -> None:
    owed.begin()
    from mspgov.mail.models import Note
    from mspgov.obligations import services
    from mspgov.obligations.models import Obligation
    from mspgov.tenancy.context import enter

    taken, floors, idle, counts, equal = [], [], [], [], True
    after = START + SPREAD
    for _ in range(RUNS):
        for many in (FEW, MANY):
            tenant, _, _ = owed.place(many, start=START, spread=SPREAD, alarms=True)
            floors.append(floor(tenant))
            begun = time.perf_counter()
            counts.append(queries_of(lambda: services.sweep(after)))
            spent = time.perf_counter() - begun
            with enter(tenant.pk):
                told = Note.objects.count()
                equal = equal and Obligation.objects.filter(breached_at__isnull=False).count() == many
                equal = equal and told == many + many // 2  # the debtor of each, and who accepts half of them
        taken.append(spent)
        begun = time.perf_counter()
        again = services.sweep(after)
        idle.append(time.perf_counter() - begun)
        equal = equal and again == services.Swept()
        print(f"{MANY} deadlines {taken[-1]:.2f} s, nothing due {idle[-1] * 1000:.1f} ms", file=sys.stderr)
    seconds, bare = statistics.median(taken), statistics.median(floors[1::2])
    print(
        json.dumps(
            {
                "bench": "sweep",
                "rows": MANY,
                "seconds": round(seconds, 2),
                "floor": "one UPDATE of the same alarms",
                "floor_seconds": round(bare, 2),
                "ratio_to_floor": round(seconds / bare, 1),
                "idle_ms": round(1000 * statistics.median(idle), 1),
                "queries": counts[-1],
                "queries_at_100": counts[-2],
                "runs": RUNS,
                "equal": equal,
            }
        )
    )


if __name__ == "__main__":
    main()
