"""Addresses of pages inside the entered tenant, and what an address asks for: an engagement, a month, a page number."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import Http404
from django.urls import NoReverseMatch, resolve, reverse

from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month, read_month
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.queries import engagements

from .doors import Request, permission_of

FIRST_YEAR, LAST_YEAR = 1990, 2200


def here(request: Request, route: str, *which: Any, **asked: Any) -> str:
    """The address of a page of this tenant; what is None or '' is left out of the query."""
    return reverse(route, args=[request.tenant.slug, *which]) + query(asked)


def reached_by(model: type[Model]) -> str:
    """The field that names a row to the outside: never its number."""
    return "slug" if model is Engagement else "public_id"


def query(asked: dict[str, Any]) -> str:
    kept = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    return f"?{urlencode(kept)}" if kept else ""


def elsewhere(request: Request, route: str, *which: Any, **asked: Any) -> str:
    """The address of a page of another part; empty when there is no such page or the reader may not open it."""
    try:
        address = reverse(route, args=[request.tenant.slug, *which])
    except NoReverseMatch:
        return ""
    needed = permission_of(resolve(address).func)
    return address + query(asked) if needed is not None and request.member.holds(needed) else ""


def engagement_asked(request: Request) -> tuple[Engagement | None, list[Engagement]]:
    """The engagement that the address names, else the first, and all that the reader sees. Http404 for an unknown one."""
    seen = engagements()
    wanted = request.GET.get("engagement", "")
    if wanted and wanted not in {each.slug for each in seen}:
        raise Http404
    return next((each for each in seen if wanted in ("", each.slug)), None), seen


def engagement_named(request: Request) -> Engagement:
    """The engagement that the address names. Http404 for none and for an unknown one."""
    found = engagement_asked(request)[0] if request.GET.get("engagement") else None
    if found is None:
        raise Http404
    return found


def month_named(request: Request) -> Month:
    """The month that the address names. Http404 for none and for what is no month."""
    return month_of(request.GET.get("month", ""))


def month_asked(request: Request, name: str = "month") -> Month | None:
    """The month in the address, None where it names none. Http404 for what is no month."""
    text = request.GET.get(name, "")
    return month_of(text) if text else None


def month_of(text: str) -> Month:
    """The month that a part of the address says. Http404 for what is none, and for one so far away that a page with the
    months around it has no dates to show."""
    try:
        month = read_month(text, "month")
    except Fault:
        raise Http404 from None
    if not FIRST_YEAR <= month.first_day.year <= LAST_YEAR:
        raise Http404
    return month


def page_asked(request: Request) -> int:
    """The page number in the address, 1 for anything else."""
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else 1
