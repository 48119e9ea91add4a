"""`/o/<tenant>/…`: enter the tenant for its members, sign-in for the signed out, 404 for all others."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from . import credentials, queries, services
from .context import enter, narrow

Answer = Callable[[HttpRequest], HttpResponseBase]


class TenantMiddleware:
    """After authentication, before everything that touches tenant data."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        slug = tenant_in(request.path_info)
        if slug is None:
            return self.get_response(request)
        person, token = request.user, None
        if key := bearer(request):
            token = queries.token_by_key(key)
            if token is None:
                return unauthorised("the token is unknown, expired or revoked")
            person = token.person
        if not person.is_authenticated or not person.is_active:
            if is_api(request):
                return unauthorised("sign in, or send a bearer token")
            return redirect_to_login(request.get_full_path())
        tenant = queries.tenant_by_slug(slug)
        if tenant is None or (token is not None and token.tenant_id != tenant.pk):
            raise Http404
        with enter(tenant.pk, person=person.pk):
            memberships = queries.memberships_of(person.pk)
            member = next((m for m in memberships if m.tenant_id == tenant.pk), None)
            if member is None:
                raise Http404
            if credentials.lacks_second_factor(tenant, person):
                return ask_for_second_factor(request)
            if member.is_provider_side:
                narrow(queries.engagement_ids(member.pk))
            request.member, request.tenant, request.token = member, tenant, token  # type: ignore[attr-defined]
            request.memberships = memberships  # type: ignore[attr-defined]
            request.user = person  # read now: a template may not
            response = self.get_response(request)
            refused = response.status_code >= 400
            if refused:  # Django made the exception into this answer: nobody else would roll back
                transaction.set_rollback(True)
            now = timezone.now()
            due = not is_api(request) and services.is_due(member, at=now)
            if due and not refused:
                services.note_visit(member, at=now)
        if due and refused:  # who is refused was here all the same
            with enter(tenant.pk, person=person.pk):
                services.note_visit(member, at=now)
        return unkept(response)


def unkept(response: HttpResponseBase) -> HttpResponseBase:
    """No browser and no proxy keeps what a tenant's member saw: it must not come back after signing out."""
    if not response.has_header("Cache-Control"):
        add_never_cache_headers(response)
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response


def tenant_in(path: str) -> str | None:
    """'aurora' of '/o/aurora/credits/'; None elsewhere."""
    return path.removeprefix("/o/").partition("/")[0] or None if path.startswith("/o/") else None


def is_api(request: HttpRequest) -> bool:
    return request.path_info.removeprefix("/o/").partition("/")[2].startswith("api/")


def bearer(request: HttpRequest) -> str | None:
    """The key of an Authorization header; pages know no tokens."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" and is_api(request) else None


def ask_for_second_factor(request: HttpRequest) -> HttpResponse:
    """The tenant demands one: pages lead to where it is set up; the API says so, by session and by token alike."""
    if not is_api(request):
        return redirect("mfa_activate_totp")
    why = "this organisation demands a second factor: set it up under Account first"
    body = f'{{"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "{why}"}}'
    return HttpResponse(body, status=403, content_type="application/problem+json")


def unauthorised(why: str) -> HttpResponse:
    body = f'{{"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "{why}"}}'
    return HttpResponse(
        body, status=401, content_type="application/problem+json", headers={"WWW-Authenticate": "Bearer"}
    )
