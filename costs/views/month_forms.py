"""What can be done to a month: set its charges, report a value, seal it, correct it once sealed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from contracts.models import ServiceLevel
from costs import forms, policy, services
from costs.queries.months import REPORTED_MEASURES, MonthLine, MonthsPage, months_page
from itsm import services as itsm
from mspgov.kernel.faults import Fault
from mspgov.web.addresses import engagement_named, here, month_named
from mspgov.web.components import PageHead, SectionHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand

from . import month_form_parts as parts


def month_asked(request: Request) -> tuple[MonthsPage, MonthLine]:
    """The month that the address names, with its neighbours. Http404 for one outside the contract's term so far."""
    page, month = months_page(engagement_named(request), at=timezone.now()), month_named(request)
    line = page.line(month)
    if line is None:
        raise Http404
    return page, line


def back(request: Request, page: MonthsPage) -> str:
    return here(request, "costs:months", engagement=page.engagement.slug)


def stand_in(request: Request, page: MonthsPage, label: str) -> None:
    stand(request, (page.engagement.name, back(request, page)), label)


@may(policy.SET_CHARGES)
def charges(request: Request) -> HttpResponse:
    page, line = month_asked(request)
    form = forms.ChargesForm(
        request.POST or None,
        currency=page.currency,
        initial={"amount": line.charges.amount.text if line.charges.amount else ""},
    )
    if form.is_valid():
        with refusals(form):
            proposed = services.charge_month(
                engagement=page.engagement,
                month=line.month,
                amount=form.cleaned_data["amount"],
                by=request.user,
                at=timezone.now(),
            )
            messages.success(request, parts.written(f"Charges of {line.month.name} set", proposed.entries))
            return redirect(back(request, page))
    stand_in(request, page, "Charges")
    context = {
        "page_head": PageHead(f"Charges of {line.month.name}", *parts.charges_words(line)),
        "form": form,
        "submit": "Set charges",
        "cancel_href": back(request, page),
        "help": parts.CHARGES_HELP,
    }
    return render(request, "records/form.html", context)


@may(policy.REPORT_VALUES)
def report_value(request: Request) -> HttpResponse:
    page, line = month_asked(request)
    levels = list(
        ServiceLevel.objects.filter(engagement=page.engagement, measure__in=REPORTED_MEASURES).order_by("position")
    )
    missing = {result.level for result in line.values_missing}
    first = next((level.key for level in levels if level.key in missing), "")
    form = forms.ReportForm(
        request.POST or None, levels=[(level.key, level.name) for level in levels], initial={"level": first}
    )
    if form.is_valid() and levels:
        asked = form.cleaned_data
        level = get_object_or_404(ServiceLevel, engagement=page.engagement, key=asked["level"])
        with refusals(form):
            try:
                itsm.report_value(
                    service_level=level, month=line.month, value=asked["value"], source=asked["source"],
                    evidence=asked["evidence"], by=request.user, at=timezone.now(),
                )  # fmt: skip
            except Fault as fault:
                form.add_error(fault.path if fault.path in form.fields else None, fault.why)
            else:
                messages.success(request, parts.reported(level.name, line))
                return redirect(back(request, page))
    stand_in(request, page, "Report a value")
    context = {
        "page_head": PageHead(f"Report a value of {line.month.name}", *parts.report_words(line)),
        "form": form,
        "submit": "Report value",
        "cancel_href": back(request, page),
        "help": parts.REPORT_HELP,
        "related": parts.reported_table(line),
    }
    return render(request, "records/form.html", context)


@may(policy.SEAL_MONTHS)
def seal(request: Request) -> HttpResponse:
    page, line = month_asked(request)
    if line.is_sealed and request.method != "POST":
        return redirect(back(request, page))
    form = forms.SealForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals(form):
            proposed = services.seal_month(
                engagement=page.engagement, month=line.month, by=request.user, at=timezone.now()
            )
            messages.success(request, parts.written(f"{line.month.name} is sealed", proposed.entries))
            return redirect(back(request, page))
    stand_in(request, page, f"Seal {line.month.name}")
    context: dict[str, Any] = {
        "head": PageHead(
            f"Seal {line.month.name}",
            "This cannot be undone.",
            "From here on results, charges and credits of the month change by a correction only, with its reason.",
        ),
        "figures": parts.month_figures(line, page.currency),
        "warnings": parts.seal_warnings(line),
        "results_head": SectionHead("What is sealed", note=f"{len(line.results)} results", ruled=False),
        "results": parts.results_table(request, page, line),
        "form": form,
        "submit": f"Seal {line.month.name}",
        "back": back(request, page),
    }
    return render(request, "costs/month_form.html", context)


@may(policy.CORRECT_MONTHS)
def correct(request: Request) -> HttpResponse:
    """First what would differ, then the correction itself; what is typed stays."""
    page, line = month_asked(request)
    form = forms.CorrectionForm(request.POST or None, currency=page.currency)
    preview: services.Correction | None = None
    if form.is_valid():
        asked = {"engagement": page.engagement, "month": line.month, "charges": form.cleaned_data["charges"]}
        with refusals(form):
            if request.POST.get("step") == "confirm":
                made = services.correct_month(
                    **asked, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
                )
                messages.success(request, parts.written(f"{line.month.name} is corrected", made.entries))
                return redirect(back(request, page))
            preview = services.preview_correction(**asked, at=timezone.now())
    stand_in(request, page, f"Correct {line.month.name}")
    context: dict[str, Any] = {
        "head": PageHead(
            f"Correct {line.month.name}",
            "A correction adds, it never changes." if line.is_sealed else "The month is not sealed.",
            "The month is measured again as its tickets, values and charges stand now; what differs becomes a new "
            "version with your reason, and the old one stays in the ledger.",
        ),
        "figures": parts.month_figures(line, page.currency),
        "results_head": SectionHead("What would differ", ruled=False) if preview else None,
        "results": parts.differing_results(line, preview) if preview else None,
        "entries": parts.differing_entries(preview, page.currency) if preview else None,
        "nothing": parts.nothing_differs(preview) if preview else "",
        "others": [str(each) for each in preview.differences] if preview else [],
        "form": form,
        "fields": True,
        "step": "confirm" if preview else "",
        "submit": f"Correct {line.month.name}" if preview else "Show what differs",
        "back": back(request, page),
    }
    return render(request, "costs/month_form.html", context)
