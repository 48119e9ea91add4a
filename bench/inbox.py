"""The inbox of a person to whom half of 50,000 open obligations come, page by page, in one process."""

import json
import statistics
import sys
import time
from contextlib import ExitStack
from datetime import timedelta

import owed

MANY, FEW, REQUESTS, RUNS = 50_000, 500, 40, 3


def client_of(member):
    from django.test import Client

    client = Client()
    client.force_login(member.person)
    return client


def queries_of(client, path: str) -> int:
    from django.db import connections

    asked = []

    def note(execute, sql, params, many, context):
        asked.append(sql)
        return execute(sql, params, many, context)

    client.get(path)
    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(note))
        client.get(path)
    return len(asked)


def main() -> None:
    owed.begin()
    from django.conf import settings
    from django.utils import timezone

    settings.ALLOWED_HOSTS = ["testserver"]
    start, spread = timezone.now() - timedelta(days=10), timedelta(days=60)
    counts, taken, equal = [], [], True
    for many in (FEW, MANY):
        tenant, owner, _ = owed.place(many, start=start, spread=spread, alarms=False)
        client, path = client_of(owner), f"/o/{tenant.slug}/obligations/"
        counts.append(queries_of(client, path))
    for number in range(RUNS):
        for page in range(REQUESTS):
            asked = path if page % 2 else f"{path}?page={1 + page * 10}"
            begun = time.perf_counter()
            answer = client.get(asked)
            taken.append(time.perf_counter() - begun)
            shown = answer.content.decode().count("Service report ")
            equal = equal and answer.status_code == 200 and shown >= 50
        print(f"round {number + 1}: median {statistics.median(taken) * 1000:.0f} ms", file=sys.stderr)
    print(
        json.dumps(
            {
                "bench": "inbox",
                "rows": MANY,
                "seconds": round(statistics.median(taken), 4),
                "p95_ms": round(1000 * statistics.quantiles(taken, n=20)[-1], 1),
                "queries": counts[1],
                "queries_at_500": counts[0],
                "runs": RUNS,
                "equal": equal,
            }
        )
    )


if __name__ == "__main__":
    main()
