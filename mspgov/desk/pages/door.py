"""The way in: the tenant of a person who has one; for who has several a choice, and what needs them in each."""

from copy import copy
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs.policy import READ_CREDITS
from mspgov.desk.queries.standing import standings
from mspgov.tenancy import queries as tenancy
from mspgov.tenancy.policy import SIGNED_IN
from mspgov.tenancy.queries import Place
from mspgov.tenancy.seats import seated
from mspgov.web.components import HomeSection
from mspgov.web.doors import Request, may
from mspgov.web.frame import crest
from mspgov.web.words import counted

from .home_needs import needs, sections

MOST = 10


@dataclass(frozen=True)
class Waiting:
    """A tenant and what needs the person there, as home counts it. Each tenant is read by
    itself: nothing of one is ever joined with another's."""

    place: Place
    crest: str
    count: int
    section: HomeSection | None

    @property
    def note(self) -> str:
        told = [f"{counted(self.count, 'thing needs', 'things need')} you"] if self.count else []
        return ", ".join([*told, *(["demo data"] if self.place.is_demo else [])])


@require_safe
@may(SIGNED_IN)
def door(request: Request) -> HttpResponse:
    places = tenancy.places_of(request.user.pk)
    if len(places) == 1:
        return redirect(f"/o/{places[0].slug}/")
    now = timezone.now()
    found = [waiting(request, place, now) for place in places]
    return render(request, "desk/door.html", {"places": found, "sections": [w.section for w in found if w.section]})


def waiting(request: Request, place: Place, now: datetime) -> Waiting:
    """What home would say there, without what the person only may know of."""
    tenant = tenancy.tenant_by_slug(place.slug)
    if tenant is None:
        return Waiting(place, crest(place.name), 0, None)
    with seated(request.user, tenant) as member:
        if member is None:
            return Waiting(place, crest(place.name), 0, None)
        inside = copy(request)
        inside.tenant, inside.member = tenant, member
        seen = standings(tenancy.engagements(), at=now, money=member.holds(READ_CREDITS))
        with timezone.override(ZoneInfo(request.user.time_zone or tenant.time_zone)):  # no tenant set it for this page
            mine = [need for need in needs(inside, seen, now, forecasts=False) if need.mine]
    rows = tuple(row for section in sections(mine) for row in section.rows)
    return Waiting(place, crest(place.name), len(mine), HomeSection(place.name, rows[:MOST]) if rows else None)
