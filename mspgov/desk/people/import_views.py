"""Doors to an import of people: the file, what is wrong with it or whom it invites, what came of it, undo."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mspgov.kernel.refusals import Refused
from mspgov.tenancy.policy import WRITE_PEOPLE, Role
from mspgov.web import record_import, words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Cell, Column, DataTable, Empty, PageHead, Row
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.kit_import_views import FileForm, fault_table, plan_table
from mspgov.web.list_files import list_file
from mspgov.web.models import RecordImport, Work
from mspgov.web.record_files import UTF_8
from mspgov.web.record_reading import RowFault

from . import importing as imports
from . import reading

HELP = (
    f"Columns: {', '.join(reading.HEADS.values())}. Several roles or engagements are divided by commas or semicolons. Provider and "
    "Engagements stay empty for the client's own people. Whoever is in the file gets a letter with a link, once you have "
    f"seen the preview; at most {reading.MOST} at once."
)


class PeopleForm(FileForm):
    file = forms.FileField(help_text=f"CSV or XLSX, at most {reading.MOST} people. The first row names the columns.")


@may(WRITE_PEOPLE)
def people_import(request: Request) -> HttpResponse:
    """The file; one with faults is shown with all of them and invites nobody."""
    form = PeopleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, at = form.cleaned_data["file"], timezone.now()
        try:
            checked = reading.check(
                reading.known_now(at), name=file.name, size=file.size, stream=file.file,
                encoding=form.cleaned_data["encoding"] or UTF_8,
            )  # fmt: skip
        except Refused as no:
            form.add_error("file", str(no))
            return file_page(request, form)
        if checked.faults:
            return file_page(request, PeopleForm(), checked.faults, file.name)
        row = record_import.keep(imports.PAGE, checked, name=file.name, by=request.user, at=at)
        return redirect(here(request, "desk:people-importing", row.public_id))
    return file_page(request, form)


def file_page(
    request: Request, form: PeopleForm, faults: tuple[RowFault, ...] = (), name: str = ""
) -> HttpResponse:  # fmt: skip
    back = here(request, "desk:people")
    stand(request, ("People", back), "Import")
    lead, sentence = "Nobody is invited before you have seen whom.", ""
    if faults:
        rows = words.counted(len({fault.row for fault in faults}), "row")
        lead = f"{words.counted(len(faults), 'fault')} in {rows} of {name}; nobody was invited."
        sentence = "Correct them in the file and choose it again."
    template = Action("Template", here(request, "desk:people-import-template"), icon="download")
    context = {
        "page_head": PageHead("Import people", lead, sentence, actions=(template,)),
        "form": form, "submit": "Check file", "cancel_href": back, "help": HELP,
        "faults": fault_table(faults) if faults else None, "more_faults": 0,
    }  # fmt: skip
    return render(request, "records/import.html", context)


@require_safe
@may(WRITE_PEOPLE)
def template(request: Request) -> HttpResponse:
    """A workbook with the heads and two examples, which must be overwritten: their addresses reach nobody."""
    lines = [
        ["Kim Sato", "kim@example.com", Role.AUDITOR.label, "", ""],
        ["Drew Moss", "drew@example.com", Role.ENGINEER.label, "Name of the MSP", "Name of an engagement"],
    ]
    heads = list(reading.HEADS.values())
    return list_file("xlsx", "people-template", heads, lines, title="People to invite", at=timezone.now())


def import_of(work: UUID) -> RecordImport:
    return get_object_or_404(RecordImport.objects.all(), public_id=work, page=imports.PAGE)


@may(WRITE_PEOPLE)
def importing(request: Request, work: UUID) -> HttpResponse:
    """Whom a file invites; after it was confirmed, what came of it."""
    row = import_of(work)
    if request.method == "POST":
        imports.confirm(row, tenant=request.tenant, by=request.user, at=timezone.now())
        return redirect(request.path)
    stand(request, ("People", here(request, "desk:people")), ("Import", here(request, "desk:people-import")), row.name)
    return previewed(request, row) if row.state == Work.PREVIEWED else done(request, row)


def people(count: int) -> str:
    return words.counted(count, "person", "people")


def previewed(request: Request, row: RecordImport) -> HttpResponse:
    planned = record_import.planned_of(row)
    new, replaced = (sum(plan.what == what for plan in planned) for what in ("new", "changed"))
    write = Action(f"Invite {people(new + replaced)}", "", "filled", post=True)
    rest = len(planned) - new - replaced
    told = (
        [f"{people(replaced)} {'was' if replaced == 1 else 'were'} invited before: that link will be dead"]
        if replaced
        else []
    )
    told += [f"{people(rest)} {'waits' if rest == 1 else 'wait'} for an answer already"] if rest else []
    context = {
        "page_head": PageHead(
            f"Preview of {row.name}", f"{people(new + replaced)} would get a letter.",
            f"{'; '.join(told)}. Nobody is invited yet." if told else "Nobody is invited yet; afterwards it can be undone.",
            actions=(*((write,) if new + replaced else ()), Action("Leave it", here(request, "desk:people"))),
        ),
        "table": plan_table(planned, "Person"),
    }  # fmt: skip
    return render(request, "records/list.html", context)


def done(request: Request, row: RecordImport) -> HttpResponse:
    result, undone = row.result, row.state == Work.UNDONE
    left = result["kept"] if undone else result["refused"]
    back = Action("Invitations", here(request, "desk:invitations"), "filled")
    take_back = Action("Undo import", here(request, "desk:people-import-undo", row.public_id), "danger")
    count = result["undone"] if undone else result["new"] + result["changed"]
    sentence = f"{words.counted(len(left), 'row')} {'stays' if len(left) == 1 else 'stay'}." if left else ""
    rows = tuple(Row((Cell(label or str(which), head=True), Cell(why))) for which, label, why in left)
    context = {
        "page_head": PageHead(
            row.name, f"{words.counted(count, 'invitation')} withdrawn." if undone else f"{people(count)} invited.", sentence,
            eyebrow="Import", actions=(back,) if undone or not row.written else (back, take_back),
        ),
        "table": DataTable("Rows that stay", (Column("Person"), Column("Why")), rows) if rows else None,
        "empty": Empty("Taken back as a whole." if undone else "Everybody in the file is invited."),
    }  # fmt: skip
    return render(request, "records/list.html", context)


@may(WRITE_PEOPLE)
def undo(request: Request, work: UUID) -> HttpResponse:
    """Asks once more, then withdraws what nobody has taken up."""
    row, back = import_of(work), here(request, "desk:people-importing", work)
    if request.method == "POST":
        after = imports.undo(row, by=request.user, at=timezone.now())
        if not after.result["kept"]:
            messages.success(request, f"Undone: {row.name}.")
        return redirect(back)
    if row.state != Work.DONE:
        return redirect(back)
    stand(request, ("People", here(request, "desk:people")), (row.name, back), "Undo")
    context = {
        "page_head": PageHead(f"Undo the import of {row.name}"),
        "what": f"{words.counted(len(row.written), 'invitation')} that it made {'is' if len(row.written) == 1 else 'are'} withdrawn: the "
        "links are dead. Whoever has joined meanwhile stays and is named. Invitations that it replaced do not come back.",
        "cancel_href": back, "submit": "Undo import",
    }  # fmt: skip
    return render(request, "records/delete.html", context)
