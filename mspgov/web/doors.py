"""Doors: plain Django views with a mark, and a middleware that serves nothing unmarked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render

from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy.models import Membership, Person, Tenant
from mspgov.tenancy.policy import PUBLIC, SIGNED_IN, Permission

View = TypeVar("View", bound=Callable[..., Any])
FOREIGN = {  # views of libraries, by module: what they need
    "allauth.account.views": PUBLIC,
    "django.contrib.staticfiles.views": PUBLIC,
    "django.views.static": PUBLIC,
}


class Request(HttpRequest):
    """What every view gets: for annotations only."""

    user: Person  # type: ignore[assignment]
    member: Membership
    tenant: Tenant


@contextmanager
def refusals(form: BaseForm) -> Iterator[None]:
    """A rule that says no becomes an error of the form: `with refusals(form): services.…; return redirect(…)`."""
    try:
        yield
    except Refused as no:
        form.add_error(None, str(no))


def may(permission: Permission) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.may = permission  # type: ignore[attr-defined]
        return view

    return mark


def permission_of(callback: Any) -> Permission | None:
    """A function carries it; as_view() copies it from the class (`may = …`); DRF names its class `cls`."""
    own = getattr(callback, "may", None)
    cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    return own or getattr(cls, "may", None) or FOREIGN.get(getattr(cls or callback, "__module__", ""))


class DoorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: Any, callback: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        kwargs.pop("tenant", None)  # the middleware has entered it; no view takes it
        needed = permission_of(callback)
        if needed is None:
            raise ImproperlyConfigured(f"{callback.__module__}.{callback.__qualname__} has no @may(...)")
        if needed is PUBLIC:
            return None
        if needed is SIGNED_IN:
            return None if request.user.is_authenticated else redirect_to_login(request.get_full_path())
        if not hasattr(request, "member") or not request.member.holds(needed):
            raise Http404  # absent and forbidden are the same
        return None

    def process_exception(self, request: Any, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, Conflict):
            return render(request, "conflict.html", {"message": str(exception)}, status=409)
        return None
