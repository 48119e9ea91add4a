"""Doors of the desk: the way in, runs, people, own tokens, health and the API's reference."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from drf_spectacular.views import SpectacularAPIView

import mspgov.web.api_schema  # noqa: F401 - names the ways to sign in
from mspgov.jobs import queries as job_queries
from mspgov.jobs import services as job_services
from mspgov.jobs.models import Run
from mspgov.records.tenant_settings import change_tenant
from mspgov.tenancy import queries as tenancy_queries
from mspgov.tenancy import services as tenancy_services
from mspgov.tenancy.policy import KEEP_TENANT, OWN_TOKENS, PUBLIC
from mspgov.web.addresses import here
from mspgov.web.components import Action, Empty, ListPages, PageHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import forms, health, policy, reference_pages, shown

PER_PAGE = 50
HANDED_OVER = "made"
HANDED_OVER_IN_SECONDS = 60
HOOKS = ["drf_spectacular.hooks.postprocess_schema_enums", "mspgov.web.api_schema.with_problems"]


@require_safe
@may(policy.READ_RUNS)
def runs(request: Request) -> HttpResponse:
    stand(request, "Runs")
    pages = Paginator(job_services.runs_for(request.member), PER_PAGE).get_page(request.GET.get("page"))
    lines = [job_queries.run_line(run) for run in pages]
    before = f"?page={pages.previous_page_number()}" if pages.has_previous() else ""
    after = f"?page={pages.next_page_number()}" if pages.has_next() else ""
    still = sum(line.is_open for line in lines)
    context = {
        "page_head": PageHead("Runs", f"{still or 'None'} at work.", "Imports, measurements and packs, the latest first."),
        "views": shown.settings_tabs(request, "runs"),
        "table": shown.runs_table(lines, request.tenant),
        "pages": ListPages(f"{pages.start_index()} to {pages.end_index()} of {pages.paginator.count}", before_href=before, after_href=after),
        "empty": Empty("Nothing was asked for yet. Imports, measurements and packs appear here."),
    }  # fmt: skip
    return list_page(
        request,
        "records/list.html",
        context,
        name="runs",
        reads=(),
        rows=lambda: shown.runs_file(job_services.runs_for(request.member)),
    )


@require_safe
@may(policy.READ_RUNS)
def run(request: Request, run_id: UUID) -> HttpResponse:
    line = job_queries.run_line(get_object_or_404(job_services.runs_for(request.member), public_id=run_id))
    stand(request, ("Runs", f"/o/{request.tenant.slug}/runs/"), line.title)
    handles = job_services.may_handle(request.member, line.kind)
    lead, sentence = shown.run_sentence(line)
    context = {
        "page_head": PageHead(line.title, lead, sentence, actions=actions_of(request, line) if handles else ()),
        "progress": shown.progress(line, request.tenant, may_cancel=handles),
        "pairs": shown.run_pairs(line),
        "tables": shown.run_tables(line),
    }  # fmt: skip
    return render(request, "desk/run.html", context)


def actions_of(request: Request, line: job_queries.RunLine) -> tuple[Action, ...]:
    """What can be done about a run that did not get to its end."""
    again = Action("Try again", here(request, "desk:run-again", line.id), "filled", post=True)
    aside = Action("Set aside", here(request, "desk:run-cancel", line.id), "text", post=True)
    return {"failed": (again, aside), "cancelled": (again,)}.get(line.state, ())


@require_safe
@never_cache
@may(policy.READ_RUNS)
def run_progress(request: Request, run_id: UUID) -> HttpResponse:
    """The fragment that a run's page asks for while it works; once it has ended, the browser loads the page anew."""
    line = job_queries.run_line(get_object_or_404(job_services.runs_for(request.member), public_id=run_id))
    progress = shown.progress(line, request.tenant, may_cancel=job_services.may_handle(request.member, line.kind))
    headers = None if line.is_open else {"HX-Refresh": "true"}
    return HttpResponse(render(request, "desk/run_progress.html", {"progress": progress}).content, headers=headers)


@require_POST
@may(policy.READ_RUNS)
def cancel_run(request: Request, run_id: UUID) -> HttpResponse:
    job_services.cancel(own_run(request, run_id))
    return redirect("desk:run", request.tenant.slug, run_id)


@require_POST
@may(policy.READ_RUNS)
def try_run_again(request: Request, run_id: UUID) -> HttpResponse:
    job_services.try_again(own_run(request, run_id))
    return redirect("desk:run", request.tenant.slug, run_id)


def own_run(request: Request, run_id: UUID) -> Run:
    """A run that the reader may handle. Raises Http404, also for a run of what the reader may not ask for."""
    run = get_object_or_404(Run, public_id=run_id)
    if not job_services.may_handle(request.member, run.kind):
        raise Http404
    return run


@may(KEEP_TENANT)
def organisation(request: Request) -> HttpResponse:
    """What holds for the whole organisation; each change is a link of the chain."""
    stand(request, "Organisation")
    form = forms.TenantForm(request.POST if request.method == "POST" else None, instance=request.tenant)
    if form.is_valid():
        change_tenant(tenant=request.tenant, by=request.user, at=timezone.now(), **form.cleaned_data)
        messages.success(request, "Kept.")
        return redirect("desk:organisation", request.tenant.slug)
    context = {
        "page_head": PageHead("Organisation", f"{request.tenant.name}.", "What holds for every engagement."),
        "views": shown.settings_tabs(request, "organisation"),
        "form": form,
        "submit": "Keep settings",
    }
    return render(request, "records/form.html", context)


@never_cache
@may(OWN_TOKENS)
def tokens(request: Request) -> HttpResponse:
    """One's own keys to the API; a new one is shown once, on the page that follows, which makes none when it is loaded
    again."""
    stand(request, ("Account", f"/o/{request.tenant.slug}/account/"), "Tokens")
    form = forms.NewToken(request.POST or None)
    if form.is_valid():
        key = tenancy_services.create_token(person=request.user, **form.terms(), at=timezone.now())
        return hand_over(redirect("desk:tokens", request.tenant.slug), request, key)
    own = tenancy_queries.tokens_of(request.user.pk)
    context = {
        "page_head": PageHead("Tokens", "Keys to the API.", "A token does what you may do here, and no more."),
        "views": shown.settings_tabs(request, "tokens"),
        "table": shown.tokens_table(own, request.tenant, timezone.now()),
        "form": form,
        "key": request.get_signed_cookie(HANDED_OVER, "", salt=hand_over_salt(request), max_age=HANDED_OVER_IN_SECONDS),
    }
    response = render(request, "desk/tokens.html", context)
    if HANDED_OVER in request.COOKIES:
        response.delete_cookie(HANDED_OVER, path=request.path, samesite="Strict")
    return response


def hand_over(response: HttpResponse, request: Request, key: str) -> HttpResponse:
    """The answer with a new key in a cookie of the next page, for a minute: the server keeps no more than a digest."""
    response.set_signed_cookie(
        HANDED_OVER,
        key,
        salt=hand_over_salt(request),
        max_age=HANDED_OVER_IN_SECONDS,
        path=request.path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )
    return response


def hand_over_salt(request: Request) -> str:
    """Nobody else who signs in to the same browser is shown the key."""
    return f"new token of {request.user.pk}"


@require_POST
@may(OWN_TOKENS)
def revoke_token(request: Request, token_id: UUID) -> HttpResponse:
    tenancy_services.revoke_token(person=request.user, public_id=str(token_id), at=timezone.now())
    return redirect("desk:tokens", request.tenant.slug)


@require_safe
@may(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"alive": True})


@require_safe
@never_cache
@may(PUBLIC)
def readyz(request: HttpRequest) -> HttpResponse:
    parts = health.readiness()
    ready = all(parts.values())
    return JsonResponse({"ready": ready, **parts}, status=200 if ready else 503)


schema = may(PUBLIC)(
    SpectacularAPIView.as_view(
        authentication_classes=[], permission_classes=[], custom_settings={"POSTPROCESSING_HOOKS": HOOKS}
    )
)


@require_safe
@may(PUBLIC)
def reference(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/reference.html", {"groups": reference_pages.groups()})
