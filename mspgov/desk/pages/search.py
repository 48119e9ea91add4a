"""Search: a line to type in, and what it finds by kind."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contracts.policy import READ_TERMS
from costs.policy import READ_CREDITS
from engagements.policy import READ_LOCATIONS, READ_SERVICES, READ_VENDORS
from governance.policy import READ_PACKS, READ_RCAS
from mspgov.desk.queries.search import Found, FoundGroup
from mspgov.desk.queries.search import search as find
from mspgov.obligations.policy import READ_OBLIGATIONS
from mspgov.tenancy.policy import MEMBER, READ_PEOPLE
from mspgov.web import words
from mspgov.web.addresses import elsewhere
from mspgov.web.components import Cell, Column, DataTable, Empty, PageHead, Row, SectionHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

ROUTES = {
    "ticket": "itsm:ticket",
    "engagement": "desk:hub",
    "level": "contracts:service-level",
    "record:credit": "costs:credit",
    "record:credit claim": "costs:claim",
    "record:credit note": "costs:claim",
    "record:contract": "contracts:contract",
    "record:amendment": "contracts:contract",
    "record:pack": "governance:pack",
    "record:rca": "governance:rca",
    "record:action": "governance:action",
    "record:obligation": "obligations:obligation",
    "service": "engagements:services-detail",
    "vendor": "engagements:vendors-detail",
    "location": "engagements:locations-detail",
}
OPENED_BY = {  # a kind that is not named here is not found
    "credit": READ_CREDITS,
    "credit claim": READ_CREDITS,
    "credit note": READ_CREDITS,
    "pack": READ_PACKS,
    "rca": READ_RCAS,
    "action": READ_RCAS,
    "obligation": READ_OBLIGATIONS,
    "contract": READ_TERMS,
    "amendment": READ_TERMS,
    "service": READ_SERVICES,
    "vendor": READ_VENDORS,
    "location": READ_LOCATIONS,
    "person": READ_PEOPLE,
}


@require_safe
@may(MEMBER)
def search(request: Request) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:100]
    opened = [kind for kind, permission in OPENED_BY.items() if request.member.holds(permission)]
    groups = find(text, opened=opened, reader=request.member)
    stand(request, "Search")
    hits = sum(len(group.hits) for group in groups)
    lead = f"{words.counted(hits, 'hit')}." if hits else "Nothing found." if len(text) > 1 else ""
    context = {
        "head": PageHead("Search", lead, "" if hits or len(text) > 1 else "Ticket numbers, engagements, contracts, credits, root causes, packs, service levels, services, vendors, locations and people."),
        "q": text,
        "groups": [(SectionHead(group.label, note=note(group)), table(request, group)) for group in groups],
        "empty": None if hits or len(text) < 2 else Empty(f"Nothing that you can see matches “{text}”. A ticket is found by the beginning of its number."),
    }  # fmt: skip
    return render(request, "desk/search.html", context)


def note(group: FoundGroup) -> str:
    return f"the first {len(group.hits)}" if group.more else str(len(group.hits))


def table(request: Request, group: FoundGroup) -> DataTable:
    rows = []
    for hit in group.hits:
        address = page_of(request, hit)
        ident = hit.kind == "ticket" or hit.kind.startswith("record")
        rows.append(Row((Cell(hit.title, href=address, head=True, ident=ident), Cell(hit.sub, quiet=True)), address))
    return DataTable(group.label, (Column("Hit", width="l"), Column("What")), tuple(rows), headless=True, keys=True)


def page_of(request: Request, hit: Found) -> str:
    """Where a hit is opened; empty where the reader may not."""
    if hit.kind == "person":
        return elsewhere(request, "desk:people")
    route = ROUTES.get(hit.kind, "")
    return elsewhere(request, route, hit.id) if route and hit.id else ""
