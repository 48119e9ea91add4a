"""Doors to imports: the list, and the four steps of one: file, mapping, preview, import."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from itsm import forms, policy, services
from itsm.importers.first_look import Look, guess_columns, guess_dates
from itsm.models import Import
from itsm.queries import imports as queries
from itsm.services import uploads
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.csv_lines import defused
from mspgov.kernel.faults import Fault
from mspgov.tenancy.queries import engagements
from mspgov.web.addresses import elsewhere, engagement_asked, here, page_asked
from mspgov.web.components import PageHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page

from . import import_list_parts as list_parts
from . import import_parts as parts
from . import import_preview_parts as preview_parts

NOT_WRITTEN = "Nothing is written before you start the import; afterwards it can be undone as a whole until a month that it touches is sealed."  # fmt: skip


def way(request: Request, row: Import | None, *labels: str) -> None:
    """Say where the page stands: engagement, imports, file."""
    crumbs: list[Any] = []
    if row is not None:
        crumbs.append((row.engagement.name, elsewhere(request, "desk:hub", row.engagement.slug)))
    crumbs.append(("Imports", here(request, "itsm:imports")) if row is not None or labels else "Imports")
    stand(request, *crumbs, *labels, place="Engagements")


@require_safe
@may(policy.READ_IMPORTS)
def import_list(request: Request) -> HttpResponse:
    engagement, seen = engagement_asked(request)
    chosen = engagement if request.GET.get("engagement") else None
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "-asked")
    unknown, state = (state, "") if state not in {"", *queries.STATES} else ("", state)
    found = Paginator(queries.imports(chosen, state, sort), queries.PAGE)
    page = found.get_page(page_asked(request))
    asked = {"engagement": chosen.slug if chosen else "", "state": state, "sort": "" if sort == "-asked" else sort}
    way(request, None)
    context = list_parts.list_context(request, queries.import_lines(list(page)), page, seen, asked, unknown=unknown)
    every = queries.imports(chosen, state, sort)
    return list_page(
        request, "records/list.html", context, name="imports", reads=("engagement", "state"),
        rows=lambda: list_parts.file_of(queries.import_lines(list(every))),
    )  # fmt: skip


@may(policy.IMPORT_TICKETS)
def new_import(request: Request) -> HttpResponse:
    seen = engagements()
    wanted = request.GET.get("engagement", seen[0].slug if seen else "")
    zone = next((e.time_zone for e in seen if e.slug == wanted), "") or request.tenant.time_zone
    form = forms.UploadForm(
        request.POST or None,
        request.FILES or None,
        engagements=seen,
        initial={"engagement": wanted, "time_zone": zone},
    )
    if form.is_valid():
        with faults(form):
            row = kept_upload(request, form.cleaned_data)
            if row.format == Import.Format.CSV:
                return redirect(here(request, "itsm:import-mapping", row.public_id))
            services.start_check(row, by=request.user)
            return redirect(here(request, "itsm:import-preview", row.public_id))
    way(request, None, "New")
    head = PageHead("Import tickets", "Choose the file.", NOT_WRITTEN)
    context = {"head": head, "steps": parts.first_steps(), "form": form, "back": here(request, "itsm:imports")}
    return render(request, "itsm/imports/upload.html", context)


def kept_upload(request: Request, asked: dict[str, Any]) -> Import:
    """The file, looked at and kept. Fault at the field that keeps it from being read."""
    file, format = asked["file"], asked["format"]
    look = uploads.look_at(file, size=file.size, format=format or Import.Format.CSV)
    if not format:
        format = Import.Format.AUDIT if look.is_audit and look.encoding == "utf-8" else Import.Format.CSV
    return uploads.keep_upload(
        engagement=asked["engagement"], name=file.name, content=file, format=format, time_zone=asked["time_zone"],
        vendor_party=asked["vendor_party"], mapping=None, by=request.user, at=timezone.now(), look=look,
    )  # fmt: skip


@contextmanager
def faults(form: Any) -> Iterator[None]:
    """Bad input and rules that say no become errors of the form."""
    try:
        with refusals(form):
            yield
    except Fault as fault:
        form.refuse(fault)


@may(policy.IMPORT_TICKETS)
def import_mapping(request: Request, import_id: UUID) -> HttpResponse:
    page = queries.import_page(import_id)
    row = page.row
    if page.is_written:
        return redirect(here(request, "itsm:import", row.public_id))
    if row.format == Import.Format.CSV:
        form: Any = mapping_form(request, row)
    else:
        form = forms.ReadingForm(request.POST or None, initial=reading_options(row))
    if form.is_valid():
        with faults(form):
            if run := queries.run_of(import_id):
                jobs.cancel(run)
            mapping = form.mapping if row.format == Import.Format.CSV else None
            services.set_options(
                row, format=row.format, mapping=mapping, strict=row.strict, time_zone=form.cleaned_data["time_zone"],
                vendor_party=form.cleaned_data["vendor_party"],
            )  # fmt: skip
            services.start_check(row, by=request.user)
            return redirect(here(request, "itsm:import-preview", row.public_id))
    way(request, row, row.file.name)
    head = PageHead("Import tickets", *parts.mapping_sentence(row, form), actions=())
    context = {
        "head": head,
        "steps": parts.steps(request, page, "mapping"),
        "form": form,
        "look_head": parts.look_head(),
        "look": parts.look_table(form),
        **parts.mapping_context(request, page, form),
        "back": here(request, "itsm:imports"),
    }
    return render(request, "itsm/imports/mapping.html", context)


def reading_options(row: Import) -> dict[str, Any]:
    return {"time_zone": row.time_zone, "vendor_party": row.vendor_party}


def mapping_form(request: Request, row: Import, *, bound: bool = True) -> forms.MappingForm:
    """The form with what is known: the mapping of this import, else the engagement's latest, else guesses.

    The file is read with the encoding and delimiter that were sent; where that cannot be, the form says so.
    """
    look, mapping = known_mapping(row)
    data, wrong = request.POST if bound and request.method == "POST" else None, None
    if data is not None:
        try:
            sent = {"encoding": data.get("encoding") or look.encoding, "delimiter": data.get("delimiter") or ","}
            if (sent["encoding"], sent["delimiter"]) != (look.encoding, look.delimiter):
                look = uploads.look_again(row, **sent)
        except Fault as fault:
            wrong = fault
    form = forms.MappingForm(data, look=look, mapping=mapping, initial=reading_options(row))
    if wrong is not None and not form.errors.get("encoding"):
        form.add_error("encoding", forms.with_stop(str(wrong).split(";")[0]))
    return form


def known_mapping(row: Import) -> tuple[Look, dict[str, Any]]:
    if row.mapping is not None:
        look = uploads.look_again(row, encoding=row.mapping["encoding"], delimiter=row.mapping["delimiter"])
        return look, dict(row.mapping)
    look = uploads.look_closely(row)
    if (latest := queries.latest_mapping(row.engagement, look.columns)) is not None:
        return look, latest
    columns = guess_columns(look.columns)
    texts = [t for name in ("opened_at", "resolved_at", "answered_at") for t in look.values(columns.get(name, ""))]
    return look, {"columns": columns, "dates": guess_dates(texts)}


@require_safe
@may(policy.READ_IMPORTS)
def import_preview(request: Request, import_id: UUID) -> HttpResponse:
    page = queries.import_page(import_id)
    row = page.row
    if page.is_written or (page.work is not None and page.work.is_open):
        return redirect(here(request, "itsm:import", row.public_id))
    if row.format == Import.Format.CSV and row.mapping is None:
        return redirect(here(request, "itsm:import-mapping", row.public_id))
    may_import = request.member.holds(policy.IMPORT_TICKETS)
    form = None
    if row.format == Import.Format.CSV and may_import:
        form = mapping_form(request, row, bound=False)
    look = None
    if form is None and not page.preview:
        read = row.mapping or {"encoding": "utf-8", "delimiter": ","}
        look = uploads.look_again(row, encoding=read["encoding"], delimiter=read["delimiter"])
    way(request, row, row.file.name)
    context = {
        "head": preview_parts.preview_head(request, page, NOT_WRITTEN, may_import=may_import),
        "steps": parts.steps(request, page, "preview"),
        "run": parts.run_box(request, page),
        "failed": parts.failure(page),
        "form": form,
        "import_id": row.public_id,
        **parts.mapping_context(request, page, form, look),
        **preview_parts.preview_context(request, page),
    }
    return render(request, "itsm/imports/preview.html", context)


@require_POST
@may(policy.IMPORT_TICKETS)
def check_import(request: Request, import_id: UUID) -> HttpResponse:
    page = queries.import_page(import_id)
    if page.row.format == Import.Format.CSV and page.row.mapping is None:
        return redirect(here(request, "itsm:import-mapping", import_id))
    if page.running is None and not page.is_written:
        services.start_check(page.row, by=request.user)
    return redirect(here(request, "itsm:import-preview", import_id))


@require_POST
@may(policy.IMPORT_TICKETS)
def start_import(request: Request, import_id: UUID) -> HttpResponse:
    """Import a checked file; one that was stopped or failed goes on."""
    page = queries.import_page(import_id)
    if page.row.state != Import.State.CHECKED or page.running is not None:
        return redirect(here(request, "itsm:import-preview", import_id))
    run = services.start_import(page.row, by=request.user)
    if run.state in (Run.State.FAILED, Run.State.CANCELLED):
        jobs.try_again(run)
    return redirect(here(request, "itsm:import", import_id))


@require_POST
@may(policy.IMPORT_TICKETS)
def stop_import(request: Request, import_id: UUID) -> HttpResponse:
    if (run := queries.run_of(import_id)) is not None:
        jobs.cancel(run)
        messages.info(request, "Stopped. Nothing was written.")
    return redirect(here(request, "itsm:import-preview", import_id))


@require_safe
@never_cache
@may(policy.READ_IMPORTS)
def import_progress(request: Request, import_id: UUID) -> HttpResponse:
    """The fragment that the page asks for each second; once the run has ended, the browser loads the page anew."""
    page = queries.import_page(import_id)
    box = parts.run_box(request, page)
    headers = {"HX-Refresh": "true"} if box is None else None
    return HttpResponse(render(request, "itsm/imports/run.html", {"run": box}).content, headers=headers)


@require_safe
@may(policy.READ_IMPORTS)
def import_result(request: Request, import_id: UUID) -> HttpResponse:
    """What came of an import; one that is not that far shows the step where it stands."""
    page = queries.import_page(import_id)
    if not page.is_written and page.work is None:
        return redirect(here(request, "itsm:import-preview", import_id))
    way(request, page.row, page.row.file.name)
    context = {
        "head": preview_parts.result_head(request, page),
        "steps": parts.steps(request, page, "import"),
        "run": parts.run_box(request, page),
        "failed": parts.failure(page),
        **preview_parts.result_context(request, page),
    }
    return render(request, "itsm/imports/result.html", context)


@require_safe
@may(policy.READ_IMPORTS)
def import_report(request: Request, import_id: UUID) -> HttpResponse:
    """Every row that was left out, as CSV."""
    page = queries.import_page(import_id)
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in page.row.file.name.rpartition(".")[0]) or "import"
    disposition = f'attachment; filename="{name}-report.csv"'
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})
    writer = csv.writer(answer)
    writer.writerow(["row", "field", "why"])
    writer.writerows([each.row, defused(each.field), defused(each.why)] for each in page.rejected)
    return answer


@may(policy.WITHDRAW_IMPORTS)
def withdraw_import(request: Request, import_id: UUID) -> HttpResponse:
    page = queries.import_page(import_id)
    row = page.row
    form = forms.WithdrawForm(request.POST or None)
    sealed = queries.sealed_month_touched(page.row)
    own = here(request, "itsm:import", row.public_id)
    if form.is_valid():
        with refusals(form):
            count = services.withdraw_import(
                row, by=request.user, why=form.cleaned_data["why"], at=timezone.now()
            )  # fmt: skip
            messages.success(request, f"{row.file.name} is withdrawn; {count:,} tickets were derived again.")
            return redirect(own)
    way(request, row, "Withdraw")
    context = {
        "head": preview_parts.withdraw_head(request, page, sealed), "form": form, "back": own,
        "open": row.state == Import.State.DONE and sealed is None,
        "empty": preview_parts.not_withdrawn(request, page, sealed),
    }  # fmt: skip
    return render(request, "itsm/imports/withdraw.html", context)
