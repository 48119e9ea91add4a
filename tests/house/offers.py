"""What pages show and offer to each reader: every link and every form leads where the reader may go, and a page that
names one engagement shows nothing of another one."""

import re
from collections.abc import Iterable, Iterator
from difflib import unified_diff
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.test import override_settings
from django.urls import Resolver404, resolve

from mspgov.tenancy.context import narrow
from mspgov.tenancy.walls import engagement_column
from mspgov.web.doors import permission_of
from tests.house import matrix
from tests.house.furnished import own
from tests.house.matrix import Caller, Route
from tests.world import Town

CLOCK = re.compile(r"\d\d:\d\d")


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
        for address in matrix.samples(route, town, first, narrowed=bool(who.provider)):
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


class OneEngagement:
    """The innermost middleware: from here on the request sees one engagement only."""

    only: int | None = None

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if OneEngagement.only is not None:
            narrow([OneEngagement.only])
        return self.get_response(request)


def mixture_faults(town: Town, label: str, found: Iterable[Route]) -> list[str]:
    """Pages of one engagement that say something else to who sees the others too. What chooses among engagements and the
    time of day are left out."""
    who, first = matrix.caller(town, label, town.members[label]), next(iter(town.engagements))
    ways, faults = {"Engagement", *(each.name for each in town.engagements.values())}, []
    with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, "tests.house.offers.OneEngagement"]):
        for route in (r for r in found if _is_page_for(r, who) and _names_one_engagement(r)):
            for address in matrix.samples(route, town, first):
                texts = []
                for OneEngagement.only in (None, town.engagements[first].pk):
                    answer = who.client.get(address.replace("TENANT", town.tenant.slug))
                    said = _said(answer) if answer.status_code == 200 else [str(answer.status_code)]
                    texts.append([line for line in said if line not in ways and not CLOCK.fullmatch(line)])
                OneEngagement.only = None
                more = list(unified_diff(texts[1], texts[0], lineterm="", n=0))[2:]
                faults += [f"{route.name}: {more[:6]}"] if more else []
    return faults


def _said(answer: Any) -> list[str]:
    """The words of a page's main part, or of a file."""
    if answer.streaming or not answer["Content-Type"].startswith("text/"):
        return []
    page = re.sub(r"(?s)<select.*?</select>|<script.*?</script>", "", answer.content.decode())
    main = re.search(r"(?s)<main.*</main>", page)
    text = re.sub(r"<[^>]+>", "\n", main[0] if main else page)
    return [line.strip() for line in text.splitlines() if line.strip()]
