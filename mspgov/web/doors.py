"""Doors: plain Django views with a mark, and a middleware that serves nothing unmarked."""

from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy.middleware import is_api
from mspgov.tenancy.models import Membership, Person, Tenant, Token
from mspgov.tenancy.policy import PUBLIC, SIGNED_IN, Permission

from . import refused
from .api_problems import MET, met_another
from .refused import refusals as refusals

View = TypeVar("View", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FOREIGN = {  # views of libraries, by module: what they need
    "allauth.account.views": PUBLIC,
    "allauth.mfa.base.views": PUBLIC,
    "allauth.mfa.recovery_codes.views": PUBLIC,
    "allauth.mfa.totp.views": PUBLIC,
    "django.contrib.staticfiles.views": PUBLIC,
    "django.views.static": PUBLIC,
}


class Request(HttpRequest):
    """What every view gets: for annotations only."""

    user: Person
    member: Membership
    memberships: list[Membership]
    tenant: Tenant
    token: Token | None


def may(permission: Permission) -> Callable[[View], View]:
    """Marks a view with the permission that opens it; without the mark nobody is served."""

    def mark(view: View) -> View:
        view.may = permission  # type: ignore[attr-defined]
        return view

    return mark


def permission_of(callback: Any, method: str = "GET") -> Permission | None:
    """What a route needs. A function carries it, as_view() copies it from the class, DRF names its class `cls`.

    An API view has a permission of its own for each writing action (`writes`); without one nobody may write.
    """
    cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    own: Permission | None = getattr(callback, "may", None) or getattr(cls, "may", None)
    if own is not None and method not in SAFE and (writes := getattr(cls, "writes", None)) is not None:
        return writes.get(getattr(callback, "actions", {}).get(method.lower()))
    return own or FOREIGN.get(getattr(cls or callback, "__module__", ""))


class DoorMiddleware:
    """Serves marked views to whom their permission names: 404 for all others, sign-in where nobody has signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):  # the reader's zone, set below, ends with the request
            answer = self.get_response(request)
            empty = answer.status_code == 405 and not getattr(answer, "content", b"")
            return refused.not_allowed(request, answer) if empty else answer

    def process_view(self, request: Any, callback: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        kwargs.pop("tenant", None)  # the middleware has entered it; no view takes it
        needed = permission_of(callback)
        if needed is None:
            raise ImproperlyConfigured(f"{callback.__module__}.{callback.__qualname__} has no @may(...)")
        signed_in = request.user.is_authenticated  # read now: a template may not
        if needed is PUBLIC:
            return None
        if needed is SIGNED_IN:
            return None if signed_in else redirect_to_login(request.get_full_path())
        if not hasattr(request, "member") or not request.member.holds(needed):
            raise Http404  # absent and forbidden are the same
        if not is_api(request):  # the API speaks UTC
            timezone.activate(ZoneInfo(request.user.time_zone or request.tenant.time_zone))
        return None

    def process_exception(self, request: Any, exception: Exception) -> HttpResponseBase | None:
        """Refusals that no form took: the loser of a race is told so (409), a rule that says no gives its reason (422)."""
        if isinstance(exception, Conflict):
            return refused.no(request, "conflict.html", exception, 409)
        if isinstance(exception, Refused):
            return refused.no(request, "refused.html", exception, 422)
        if isinstance(exception, OperationalError) and met_another(exception):
            return refused.no(request, "conflict.html", Conflict(MET), 409)
        return None
