"""Addresses of pages inside the entered tenant."""

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, resolve, reverse

from mspgov.web.doors import Request, permission_of


def here(request: Request, route: str, *which: Any, **asked: Any) -> str:
    """The address of a page of this tenant; what is None or '' is left out of the query."""
    kept = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    return reverse(route, args=[request.tenant.slug, *which]) + (f"?{urlencode(kept)}" if kept else "")


def elsewhere(request: Request, route: str, *which: Any, **asked: Any) -> str:
    """The address of a page of another part; empty when there is no such page or the reader may not open it."""
    try:
        address = here(request, route, *which)
    except NoReverseMatch:
        return ""
    needed = permission_of(resolve(address).func)
    allowed = needed is not None and request.member.holds(needed)
    return here(request, route, *which, **asked) if allowed else ""
