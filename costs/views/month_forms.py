"""What can be done to a month: set its charges, report a value, seal it, correct it once sealed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from contracts.models import ServiceLevel
from costs import forms, policy, services
from costs.calc.correction import Correction, read_correction
from costs.queries.changes import REPORTED_MEASURES
from costs.queries.months import MonthLine, MonthsPage, months_page
from itsm import services as itsm
from mspgov.jobs.models import Run
from mspgov.jobs.queries import run_line
from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money
from mspgov.web.addresses import engagement_named, here, month_named
from mspgov.web.components import PageHead, SectionHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand

from . import month_form_parts as parts
from .months import progress
from .parts import asked_run, months_by_name, named


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
    if form.is_valid() and to_confirm(request, line, form.cleaned_data["amount"]):
        return confirm_charges(request, page, line, form)
    if form.is_valid():
        with refusals(form), months_by_name():
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


def to_confirm(request: Request, line: MonthLine, amount: Money) -> bool:
    """Does an amount ask whether it is meant, and was that not said yet?"""
    return not line.is_sealed and parts.is_unlikely(line.charges.amount, amount) and request.POST.get("step") != amount.text  # fmt: skip


def confirm_charges(request: Request, page: MonthsPage, line: MonthLine, form: forms.ChargesForm) -> HttpResponse:
    amount = form.cleaned_data["amount"]
    stand_in(request, page, "Charges")
    context = {
        "head": PageHead(f"Charges of {line.month.name}", f"{amount}: is that meant?", parts.charges_words(line)[0]),
        "figures": parts.month_figures(line, page.currency),
        "warnings": [parts.falls_away(line, amount)],
        "form": form,
        "fields": True,
        "step": amount.text,
        "submit": f"Set charges to {amount}",
        "back": back(request, page),
    }
    return render(request, "costs/month_form.html", context)


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
        with refusals(form), months_by_name():
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
        with refusals(form), months_by_name():
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
        "measure": parts.measure_instead(request, page, line),
    }
    return render(request, "costs/month_form.html", context)


@may(policy.CORRECT_MONTHS)
def correct(request: Request) -> HttpResponse:
    """First a run says what would differ, then another corrects the month; what is typed stays."""
    page, line = month_asked(request)
    run = preview_asked(request, page, line)
    form = correction_form(request, page, run)
    if request.method == "POST" and form.is_valid():
        with refusals(form), months_by_name():
            return redirect(asked_for(request, page, line, run, form.cleaned_data))
    stand_in(request, page, f"Correct {line.month.name}")
    return render(request, "costs/month_form.html", correction_context(request, page, line, run, form))


def preview_asked(request: Request, page: MonthsPage, line: MonthLine) -> Run | None:
    """The run that the address names. Http404 for one that is no preview of this month."""
    about = {"engagement_id": page.engagement.pk, "month": line.month.text}
    return asked_run(request, services.PREVIEW, parameter="preview", **about)


def correction_form(request: Request, page: MonthsPage, run: Run | None) -> forms.CorrectionForm:
    """What is sent, else what the preview was asked with, and why that failed."""
    if request.method == "POST" or run is None:
        return forms.CorrectionForm(request.POST or None, currency=page.currency)
    typed = {name: run.arguments[name] or "" for name in ("reason", "charges")}
    if run.state != Run.State.FAILED:
        return forms.CorrectionForm(initial=typed, currency=page.currency)
    form = forms.CorrectionForm(typed, currency=page.currency)
    if form.is_valid():
        form.add_error(None, named(run.error))
    return form


def asked_for(request: Request, page: MonthsPage, line: MonthLine, run: Run | None, typed: dict[str, Any]) -> str:
    """Start the run that the form asks for, and the address that follows. A correction is confirmed with the charges
    that its preview showed; with others, what differs is shown again."""
    asked = {"engagement": page.engagement, "month": line.month, "by": request.user, "at": timezone.now(), **typed}
    shown = shown_by(run) if request.POST.get("step") == "confirm" else None
    if run is not None and shown is not None and shown.charges == typed["charges"]:
        correcting = services.start_correction(**asked, key=str(run.public_id))
        if correcting.is_open:
            messages.success(request, f"Correcting {line.month.name}.")
        return back(request, page)
    preview = services.start_preview(**asked)
    return here(request, "costs:correct", engagement=page.engagement.slug, month=line.month, preview=preview.public_id)


def shown_by(run: Run | None) -> Correction | None:
    """What a preview found; None before it has."""
    return read_correction(run.result or {}) if run is not None and run.state == Run.State.DONE else None


def correction_context(
    request: Request, page: MonthsPage, line: MonthLine, run: Run | None, form: forms.CorrectionForm
) -> dict[str, Any]:
    preview = shown_by(run)
    return {
        "head": PageHead(
            f"Correct {line.month.name}",
            "A correction adds, it never changes." if line.is_sealed else "The month is not sealed.",
            "The month is measured again as its tickets, values and charges stand now; what differs becomes a new "
            "version with your reason, and the old one stays in the ledger.",
        ),
        "figures": parts.month_figures(line, page.currency),
        "progress": progress(request, run_line(run)) if run is not None else None,
        "results_head": SectionHead("What would differ", ruled=False) if preview else None,
        "results": parts.differing_results(preview) if preview else None,
        "amounts": parts.amounts_table(preview, page.currency) if preview else None,
        "entries": parts.differing_entries(preview, page.currency) if preview else None,
        "nothing": parts.nothing_differs(preview) if preview else "",
        "others": [named(other) for other in preview.others] if preview else (),
        "form": form,
        "fields": True,
        "step": "confirm" if preview else "",
        "submit": f"Correct {line.month.name}" if preview else "Show what differs",
        "back": back(request, page),
    }
