"""Answers to requests that no view answered, and to what a rule refuses: a page, or problem+json where the API was asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.forms import BaseForm, Field
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme

from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy.middleware import is_api, tenant_in

from .api_problems import MEDIA_TYPE, document

UNTYPED = {"csrfmiddlewaretoken", "version", "step"}


def bad_request(request: HttpRequest, exception: object = None) -> HttpResponse:
    return _answer(request, 400, "the request cannot be read")


def forbidden(request: HttpRequest, exception: object = None) -> HttpResponse:
    return _answer(request, 403, "forbidden")


def not_found(request: HttpRequest, exception: object = None) -> HttpResponse:
    return _answer(request, 404, "there is nothing here that you can see")


def too_many(request: HttpRequest) -> HttpResponse:
    answer = _answer(request, 429, "too many attempts; wait a minute")
    answer.headers["Retry-After"] = "60"
    return answer


def broken(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "it broke on our side; nothing of this request was saved")


def not_allowed(request: HttpRequest, answer: HttpResponseBase) -> HttpResponse:
    """Instead of the empty answer to a method that an address does not take: what it takes stays in `Allow`."""
    allow = answer.headers.get("Allow", "")
    if tenant_in(request.path_info) is not None and is_api(request):
        told = document(405, f"the method {request.method} is not allowed here; allowed: {allow or 'none'}")
        page: HttpResponse = JsonResponse(told, status=405, content_type=MEDIA_TYPE)
    else:
        page = render(request, "405.html", {"back_href": way_back(request, allow)}, status=405)
    page.headers["Allow"] = allow
    return page


def way_back(request: HttpRequest, allow: str = "") -> str:
    """The page itself where it can be read, else the nearest one above it that there is."""
    steps = request.path_info.rstrip("/").split("/")
    if "GET" in allow:
        return request.path
    for length in range(len(steps) - 1, 1, -1):
        above = "/".join(steps[:length]) + "/"
        if is_valid_path(above):
            return above
    return "/"


@contextmanager
def refusals(form: BaseForm) -> Iterator[None]:
    """A rule that says no becomes an error of the form: `with refusals(form): services.…; return redirect(…)`. A lost
    race takes along what was typed, in the form's own words."""
    try:
        yield
    except Refused as no:
        form.add_error(None, str(no))
    except Conflict as lost:
        lost.typed = filled(form)
        raise


def no(request: HttpRequest, template: str, why: Exception, status: int) -> HttpResponse:
    """A page that says why nothing was changed, keeps what was typed, and leads back to where that was."""
    kept = getattr(why, "typed", None)
    context = {"why": str(why), "back_href": came_from(request), "typed": typed(request) if kept is None else kept}
    return render(request, template, context, status=status)


def came_from(request: HttpRequest) -> str:
    """The page that sent the form, for the form's own address may be one that nobody can read."""
    page = request.headers.get("Referer", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if own else request.get_full_path()


def filled(form: BaseForm) -> list[tuple[str, str]]:
    """The fields that a person filled, by their labels, choices by their words."""
    found = []
    for bound in form:
        if bound.is_hidden or bound.name not in getattr(form, "cleaned_data", {}):
            continue
        value = form.cleaned_data[bound.name]
        words = choices_of(bound.field)
        values = value if isinstance(value, (list, tuple)) else [value]
        told = ", ".join(words.get(str(each), str(getattr(each, "name", each))) for each in values if each not in (None, ""))  # fmt: skip
        if told and "password" not in bound.name:
            found.append((str(bound.label), told))
    return found


def choices_of(field: Field) -> dict[str, str]:
    """The words of a field's choices by their values."""
    return {
        str(value): str(label) for value, label in getattr(field, "choices", ()) if not isinstance(label, (list, tuple))
    }


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What a person typed into the form that was sent, by the names of its fields."""
    return [
        (name.replace("_", " ").capitalize(), ", ".join(values))
        for name, values in request.POST.lists()
        if any(values) and name not in UNTYPED and "password" not in name
    ]


def _answer(request: HttpRequest, status: int, why: str) -> HttpResponse:
    if tenant_in(request.path_info) is not None and is_api(request):
        return JsonResponse(document(status, why), status=status, content_type=MEDIA_TYPE)
    return render(request, f"{status}.html", status=status)
