"""Requests per second and p95 of pages, beside a page that is the layout alone, all from one web process.

The floor is the page of one's own API keys: sign-in, tenant, layout, a short form; it reads no domain tables.
"""

import html
import http.client
import json
import re
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from instance import running_demo

ROUNDS = 5
REQUESTS = 30  # a page and round, shared by the clients
CLIENTS = 2
TENANT, ENGAGEMENT, PERSON = "aurora", "workplace", "ada@aurora.example"
FLOOR = "account tokens (layout, no domain queries)"


@dataclass
class Page:
    """An address, what its answer must hold, and what was measured of it. `right` gets the body's text."""

    name: str
    path: str
    right: Callable[[str], bool]
    queries: int = 0
    equal: bool = True
    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    @property
    def p95_ms(self) -> float:
        return 1000 * statistics.quantiles(self.seconds, n=20)[-1]


def pages() -> list[Page]:
    """The floor first. What each must show is read from the tables here, not through the queries of the pages."""
    from itsm.models import Outcome, Result, Ticket
    from mspgov.tenancy.context import enter
    from mspgov.tenancy.queries import tenant_by_slug

    tenant = tenant_by_slug(TENANT)
    assert tenant is not None
    with enter(tenant.pk):
        tickets = Ticket.objects.filter(engagement__slug=ENGAGEMENT, counted=True)
        latest = list(tickets.order_by("-opened_at", "-pk").values_list("number", flat=True)[:50])
        newest = list(tickets.order_by("-public_id").values_list("number", flat=True)[:100])
        late = Outcome.objects.filter(
            met=False, excluded_for="", paused_us__gt=0, result__service_level__measure="resolve"
        )
        missed = late.select_related("ticket").order_by("-started_at", "-pk").first()
        assert missed is not None
        months = sorted(Result.objects.values_list("month", flat=True).distinct())[-12:]
        held = Result.objects.filter(month__in=months, attainment__isnull=False).order_by(
            "service_level", "month", "-version"
        )
        cells = list(held.distinct("service_level", "month").values_list("service_level__name", "month", "attainment"))
    base = f"/o/{TENANT}"
    return [
        Page(FLOOR, f"{base}/account/tokens/", lambda text: PERSON in text),
        Page("ticket list", f"{base}/tickets/", lambda text: listed(text) == latest),
        Page("ticket", f"{base}/tickets/{missed.ticket.public_id}/", lambda text: missed.ticket.number in text and "Missed" in text),
        Page("heat table", f"{base}/performance/", lambda text: shows(text, cells)),
        Page("API list", f"{base}/api/v1/tickets/", lambda text: [r["number"] for r in json.loads(text)["results"]] == newest),
    ]  # fmt: skip


def listed(text: str) -> list[str]:
    """Ticket numbers of the list page, from top to bottom."""
    return re.findall(r'data-label="Ticket"><a [^>]*>([^<]+)<', text)


def shows(text: str, cells: list[tuple[str, str, Any]]) -> bool:
    """Does each result stand in the heat table, by its service level and with its one or two decimals?"""
    from mspgov.kernel.period import Month

    said = html.unescape(text)
    wanted = [(name, Month(month).name, f"{value:.1f}", f"{value:.2f}") for name, month, value in cells]
    labels = re.findall(r'aria-label="([^"]+)"', said)
    return bool(cells) and all(
        any(name in label and month in label and (one in label or two in label) for label in labels)
        for name, month, one, two in wanted
    )


def signed_in() -> Any:
    """A client of this process with a session of the person."""
    from django.test import Client

    from mspgov.tenancy.models import Person

    client = Client()
    client.force_login(Person.objects.get(email=PERSON))
    return client


def count_queries(client: Any, page: Page) -> None:
    """Statements of one answer, the second one, on all connections: sign-in, tenant and page."""
    from contextlib import ExitStack

    from django.db import connections

    client.get(page.path)
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for connection in connections.all():
            stack.enter_context(connection.execute_wrapper(note))
        client.get(page.path)
    page.queries = len(asked)


def ask(address: str, cookie: str, page: Page, times: int) -> tuple[list[float], bool]:
    """So many answers over one connection: the seconds of each, and whether all were right."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    taken, right, seen = [], True, ""
    for _ in range(times):
        begun = time.perf_counter()
        connection.request("GET", page.path, headers={"Cookie": cookie, "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        body = answer.read().decode()
        taken.append(time.perf_counter() - begun)
        right = right and answer.status == 200
        seen = body
    connection.close()
    return taken, right and page.right(seen)


def measure(address: str, cookie: str, page: Page) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        begun = time.perf_counter()
        asked = [pool.submit(ask, address, cookie, page, REQUESTS // CLIENTS) for _ in range(CLIENTS)]
        answers = [each.result() for each in asked]
        page.rates.append(REQUESTS / (time.perf_counter() - begun))
    for taken, right in answers:
        page.seconds += taken
        page.equal = page.equal and right


def line(page: Page, floor: Page) -> dict[str, Any]:
    rate, bare = statistics.median(page.rates), statistics.median(floor.rates)
    return {
        "bench": "pages",
        "page": page.name,
        "p95_ms": round(page.p95_ms, 1),
        "requests_per_second": round(rate, 1),
        "queries": page.queries,
        **({} if page is floor else {"floor": floor.name, "ratio_to_floor": round(rate / bare, 2)}),
        "equal": page.equal,
        "runs": ROUNDS,
    }


def main() -> None:
    with running_demo(processes=1) as address:
        import django

        django.setup()
        client, found = signed_in(), pages()
        cookie = f"sessionid={client.cookies['sessionid'].value}"
        for page in found:
            count_queries(client, page)
            ask(address, cookie, page, 5)  # warm
        for number in range(ROUNDS):
            for page in found:
                measure(address, cookie, page)
            rates = ", ".join(f"{page.name} {page.rates[-1]:.0f}/s" for page in found)
            print(f"round {number + 1}: {rates}", file=sys.stderr)
        for page in found:
            print(json.dumps(line(page, found[0])), flush=True)


if __name__ == "__main__":
    main()
