"""The way in: the tenant of a person who has one; for who has several a choice, and what needs them in each."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mspgov.obligations.policy import READ_OBLIGATIONS
from mspgov.obligations.queries import inbox, path_of
from mspgov.obligations.shown import SOON, when_owed
from mspgov.tenancy import queries as tenancy
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import SIGNED_IN
from mspgov.tenancy.queries import Place
from mspgov.tenancy.seats import seated
from mspgov.web.components import Action, HomeRow, HomeSection
from mspgov.web.doors import Request, may
from mspgov.web.frame import crest
from mspgov.web.words import counted

MOST = 10


@dataclass(frozen=True)
class Waiting:
    """A tenant and what needs the person there within a week, or is late; the latest first. Each tenant is read by
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
    found = [waiting(request.user, place, now) for place in places]
    return render(request, "desk/door.html", {"places": found, "sections": [w.section for w in found if w.section]})


def waiting(person: Person, place: Place, now: datetime) -> Waiting:
    tenant = tenancy.tenant_by_slug(place.slug)
    if tenant is None:
        return Waiting(place, crest(place.name), 0, None)
    with seated(person, tenant) as member:
        if member is None or not member.holds(READ_OBLIGATIONS):
            return Waiting(place, crest(place.name), 0, None)
        mine = inbox(member, now).filter(due_at__lte=now + SOON)
        rows = tuple(
            HomeRow(
                *when_owed(each, now),
                f"{each.record.title}: {each.get_state_display().lower()}",
                each.engagement.name if each.engagement else "",
                (Action("Open", path_of(tenant, each.public_id)),),
            )
            for each in mine[:MOST]
        )
        count = mine.count() if len(rows) == MOST else len(rows)
    return Waiting(place, crest(place.name), count, HomeSection(place.name, rows) if rows else None)
