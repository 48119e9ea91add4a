"""The months of an engagement: what each came to, what it lacks, and the start of a measurement."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contracts.queries import contract_of
from costs import forms, policy, services
from costs.queries.months import MonthsPage, months_page
from mspgov.jobs import queries as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month, months_between
from mspgov.tenancy.models import Engagement
from mspgov.web.addresses import elsewhere, engagement_asked, engagement_named, here
from mspgov.web.components import Action, Empty, PageHead, Progress
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import month_parts as parts
from .credits import nothing_yet
from .parts import engagement_filter, siblings


@require_safe
@may(policy.READ_CREDITS)
def months(request: Request) -> HttpResponse:
    engagement, seen = engagement_asked(request)
    context: dict[str, Any] = {
        "tabs": siblings(request, "Months", engagement),
        "filter": engagement_filter(request, "costs:months", seen, engagement),
    }
    stand(request, "Months")
    if engagement is None or contract_of(engagement) is None:
        empty = nothing_yet(request, engagement)
        return render(
            request,
            "costs/months.html",
            context | {"empty": empty["empty"], "head": PageHead("Months", "No month yet.")},
        )
    return render(request, "costs/months.html", context | shown(request, engagement))


def shown(request: Request, engagement: Engagement, form: forms.MeasureForm | None = None) -> dict[str, Any]:
    """The page in components; `form` is a refused one. The run is read before the months that it writes: one that ends
    in between still stands as open, so that the page is read again."""
    run = latest_run(engagement, kinds_seen(request))
    page = months_page(engagement, at=timezone.now())
    measuring = request.member.holds(policy.MEASURE)
    return {
        "head": parts.months_head(request, page),
        "figures": parts.figures(page),
        "table": parts.months_table(request, page) if page.lines else None,
        "progress": progress(request, run) if run else None,
        "finished": parts.finished(run) if run else None,
        "measure_head": parts.measure_head() if measuring else None,
        "form": (form or measure_form(page)) if measuring else None,
        "measure_url": here(request, "costs:measure", engagement=page.engagement.slug),
        "empty": None if page.lines else Empty("The contract has not begun: there is no month to measure yet."),
    }


def measure_form(page: MonthsPage, given: Any = None) -> forms.MeasureForm:
    """The months that can be measured, the earliest first; open ones are proposed."""
    months = list(months_between(page.first, page.last)) if page.first <= page.last else []
    opened = [line.month for line in page.lines if not line.is_sealed]
    start = min(opened, default=page.last)
    running = {line.month for line in page.lines if not line.is_over}
    filled = [month for month in opened if month in running or (page.filled and month <= page.filled)]
    initial = {"first": str(start), "last": str(max(filled, default=start))}
    return forms.MeasureForm(given, months=months, initial=initial)


def kinds_seen(request: Request) -> list[str]:
    """The kinds of run that the reader may ask for."""
    kinds = ((services.MEASURE, policy.MEASURE), (services.CORRECT, policy.CORRECT_MONTHS))
    return [kind for kind, needed in kinds if request.member.holds(needed)]


def latest_run(engagement: Engagement, kinds: Sequence[str]) -> jobs.RunLine | None:
    rows = Run.objects.select_related("started_by").filter(kind__in=kinds, engagement=engagement)
    latest = rows.order_by("-asked_at", "-pk").first() if kinds else None
    return jobs.run_line(latest) if latest else None


def progress(request: Request, run: jobs.RunLine) -> Progress | None:
    """How far an open run is; the page is read anew when it ends."""
    if not run.is_open:
        return None
    poll = elsewhere(request, "desk:run-progress", run.id)
    page = elsewhere(request, "desk:run", run.id)
    stop = Action("Open the run", page, small=True) if page else None
    return Progress(f"{run.title}.", f"{run.state_label}. You can leave this page.", run.share or 0, (), stop, poll)


@require_POST
@may(policy.MEASURE)
def measure(request: Request) -> HttpResponse:
    engagement = engagement_named(request)
    page = months_page(engagement, at=timezone.now())
    form = measure_form(page, request.POST)
    if form.is_valid():
        first, last = (Month(form.cleaned_data[name]) for name in ("first", "last"))
        services.start_measuring(engagement=engagement, first=first, last=last, by=request.user, at=timezone.now())
        messages.success(request, f"Measuring {first.name}{f' to {last.name}' if last != first else ''}.")
        return redirect(here(request, "costs:months", engagement=engagement.slug))
    stand(request, "Months")
    context = {"tabs": siblings(request, "Months", engagement), **shown(request, engagement, form)}
    return render(request, "costs/months.html", context)
