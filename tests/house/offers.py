"""What pages show and offer to each reader: every link and every form leads where the reader may go, and a page that
names one engagement shows nothing of another one."""

from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

from django.urls import Resolver404, resolve

from mspgov.tenancy.walls import engagement_column
from mspgov.web.doors import permission_of
from tests.house import matrix
from tests.house.furnished import own
from tests.house.matrix import Caller, Route
from tests.world import Town


class Offers(HTMLParser):
    """The (method, address) pairs that a page offers: links, forms, buttons that send elsewhere, fragments."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.method = "GET"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.method = given.get("method", "get").upper()
            self.add(self.method, given.get("action", ""))
        elif tag == "a":
            self.add("GET", given.get("href", ""))
        self.add(self.method, given.get("formaction", ""))
        self.add("GET", given.get("hx-get", ""))
        self.add("POST", given.get("hx-post", ""))

    def add(self, method: str, address: str) -> None:
        if address.startswith("/o/"):
            self.found.add((method, address.partition("#")[0].partition("?")[0]))


def offer_faults(town: Town, label: str, found: Iterable[Route]) -> list[str]:
    """What the pages that this member may open offer beyond what the member may open, and show beyond their engagement."""
    who = matrix.caller(town, label, town.members[label])
    first, other = town.engagements
    faults = []
    for route in found:
        if not _is_page_for(route, who):
            continue
        address = matrix.sample(route, town, first, narrowed=bool(who.provider))
        if address is None:
            continue
        answer = who.client.get(address.replace("TENANT", town.tenant.slug))
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        page = answer.content.decode()
        faults += [f"{label}: {route.name} offers {offer}" for offer in sorted(_closed(page, who, town))]
        if _names_one_engagement(route) and own(town, other) in page:
            faults.append(f"{label}: {route.name} of {first} shows what is {other}'s")
    return faults


def _is_page_for(route: Route, who: Caller) -> bool:
    needed = permission_of(route.callback)
    return route.in_tenant and not route.is_api and needed is not None and who.holds(needed)


def _closed(page: str, who: Caller, town: Town) -> Iterator[str]:
    offers = Offers()
    offers.feed(page)
    for method, address in offers.found:
        if not address.startswith(f"/o/{town.tenant.slug}/"):
            yield f"{address}, of another tenant"
            continue
        try:
            match = resolve(address)
        except Resolver404:
            yield f"{address}, which is nowhere"
            continue
        needed = permission_of(match.func, method)
        if needed is None or not who.holds(needed):
            yield f"{method} {match.view_name}, which needs {needed.name if needed else 'what nobody has'}"


def _names_one_engagement(route: Route) -> bool:
    line: Any = route.line("GET")
    given = line[2] if isinstance(line, tuple) and len(line) == 3 else {}
    if "engagement" in route.parameters or "{engagement}" in given.values():
        return True
    model = matrix.model_of(line) if line else None
    return model is not None and engagement_column(model) == "engagement_id"
