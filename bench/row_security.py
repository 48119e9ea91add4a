"""The queries of the main lists with row security and without it: the same SQL by the application's role, and by the
role for back-ups, which bypasses policies. Alternating, so that both see the same caches."""

import json
import statistics
import sys
import time
from datetime import timedelta

import owed

OBLIGATIONS, ROUNDS = 50_000, 40


def lists(member):
    """(name, a query that the page sends) of the main lists."""
    from django.utils import timezone

    from costs.queries import credits_of
    from itsm.models import Result, Ticket
    from mspgov.obligations.queries import inbox, obligations

    now = timezone.now()
    return [
        ("ticket list", lambda: Ticket.objects.filter(counted=True).order_by("-opened_at", "-pk")[:50]),
        ("tickets counted", lambda: Ticket.objects.filter(counted=True, priority=3)),
        ("results", lambda: Result.objects.order_by("service_level", "month", "-version")),
        ("credits", lambda: credits_of()),
        ("obligations", lambda: obligations(member).order_by("due_at", "pk")[:50]),
        ("inbox", lambda: inbox(member, now)[:50]),
    ]


def asked(query, alias: str, counts: bool) -> tuple[float, object]:
    """Seconds of one answer and what it was, as this role sees it."""
    rows = query().using(alias)
    begun = time.perf_counter()
    found = rows.count() if counts else [row.pk for row in rows]
    return time.perf_counter() - begun, found


def main() -> None:
    import measure_log

    owed.begin()
    from django.db import connections, transaction
    from django.utils import timezone

    from mspgov.tenancy.context import enter

    content = measure_log.log.begin()
    place = measure_log.place_with_log(content)
    measure_log.measure(place)
    tenant, owner, _ = owed.place(
        OBLIGATIONS, start=timezone.now() - timedelta(days=5), spread=timedelta(days=60), alarms=False
    )
    with connections["owner"].cursor() as c:
        c.execute("analyze")
    ratios = []
    for name, query in lists(owner):
        inside = tenant.pk if name in ("obligations", "inbox") else place.tenant_id
        with_walls, without, answers = [], [], []
        with enter(inside), transaction.atomic("backup"):
            for number in range(ROUNDS):
                for alias, kept in (("default", with_walls), ("backup", without))[:: 1 if number % 2 else -1]:
                    taken, found = asked(query, alias, name == "tickets counted")
                    kept.append(taken)
                    answers.append(found)
        equal = all(found == answers[0] for found in answers)
        ours, bare = statistics.median(with_walls[4:]), statistics.median(without[4:])
        ratios.append(ours / bare)
        print(
            json.dumps(
                {
                    "bench": "row_security", "page": name, "seconds": round(ours, 5), "floor": "the same without policies",
                    "floor_seconds": round(bare, 5), "ratio_to_floor": round(ours / bare, 3), "runs": ROUNDS, "equal": equal,
                }
            ),
            flush=True,
        )  # fmt: skip
    print(f"median over the lists: {statistics.median(ratios):.3f}", file=sys.stderr)


if __name__ == "__main__":
    main()
