"""Pages of an import of plain records: the file, what is wrong with it or what it would do, what came of it, undo."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.generic import View

from mspgov.kernel.refusals import Refused

from . import list_files, lists, record_import, record_reading, words
from .components import Action, Cell, Column, DataTable, Empty, PageHead, Phrase, Row, Status
from .in_kit import InKit
from .kit_change_views import anew, is_polled, running_page
from .models import RecordImport, Work
from .record_files import ENCODINGS, UTF_8

PER_PAGE = 100
FAULTS_SHOWN = 1000
LOOKS = {"new": Status("met", "New"), "changed": Status("risk", "Changes"), "unchanged": Status("none", "As it is")}


class FileForm(forms.Form):
    file = forms.FileField(help_text="CSV or XLSX, at most 5,000 rows. The first row names the columns.")
    encoding = forms.ChoiceField(
        label="Encoding of a CSV", choices=ENCODINGS, required=False, help_text="Other than UTF-8 only for a file that is not in UTF-8."
    )  # fmt: skip


class Import(InKit, View):
    """The file; one with faults is shown with all of them and writes nothing."""

    def get(self, request: Any) -> HttpResponse:
        return self.page(FileForm())

    def post(self, request: Any) -> HttpResponse:
        form = FileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.page(form)
        file = form.cleaned_data["file"]
        try:
            checked = record_reading.check(
                self.kit, name=file.name, size=file.size, stream=file.file, encoding=form.cleaned_data["encoding"] or UTF_8
            )  # fmt: skip
        except Refused as no:
            form.add_error("file", str(no))
            return self.page(form)
        if checked.faults:
            return self.page(FileForm(), checked.faults, file.name)
        row = record_import.keep(self.url_name(), checked, name=file.name, by=request.user, at=timezone.now())
        return redirect(self.url("importing", row.public_id))

    def page(self, form: FileForm, faults: tuple[record_reading.RowFault, ...] = (), name: str = "") -> HttpResponse:
        self.stand("Import")
        lead, sentence = "Nothing is written before you have seen what becomes of it.", ""
        if faults:
            rows = len({fault.row for fault in faults})
            lead = (
                f"{words.counted(len(faults), 'fault')} in {words.counted(rows, 'row')} of {name}; nothing was written."
            )
            sentence = "Correct them in the file and choose it again."
        template = Action("Template", self.url("template"), icon="download")
        context = {
            "page_head": PageHead(f"Import {self.word(2)}", lead, sentence, actions=(template,)),
            "form": form, "submit": "Check file", "cancel_href": self.url(), "help": self.help(),
            "faults": fault_table(faults[:FAULTS_SHOWN]) if faults else None,
            "more_faults": len(faults) - FAULTS_SHOWN,
        }  # fmt: skip
        return render(self.request, "records/import.html", context)

    def help(self) -> Phrase:
        labels = [lists.label(self.kit.model, name) for name in self.kit.fields]
        key = [lists.label(self.kit.model, name).lower() for name in record_reading.natural_key(self.kit.model)]
        return (
            f"Columns: {', '.join(labels)}. A row is known again by its {' and '.join(key)}: known rows are changed, others "
            "are made, none is removed. A column that is not in the file leaves known rows as they are there."
        )


class Template(InKit, View):
    """A workbook with the heads of an import, and the rows that there are."""

    def get(self, request: Any) -> HttpResponse:
        heads = [lists.label(self.kit.model, name) for name in self.kit.fields]
        rows = self.kit.queryset().order_by("pk")[: list_files.MOST_ROWS]
        lines = ([lists.raw(row, name) for name in self.kit.fields] for row in rows)
        title = f"{self.word(2).capitalize()} to import"
        return list_files.list_file("xlsx", f"{self.kit.slug()}-template", heads, lines, title=title, at=timezone.now())


class ImportPreview(InKit, View):
    """What a file would do; after it was confirmed, what came of it."""

    def get(self, request: Any, work: UUID) -> HttpResponse:
        row = self.row(work)
        self.stand(("Import", self.url("import")), row.name)
        if row.state == Work.RUNNING:
            verb = "Taking back" if "undone" in row.result else "Importing"
            return running_page(self.request, row.run, f"{verb} {row.name}", "Import", self.url())
        if is_polled(request):
            return anew()
        return self.previewed(row) if row.state == Work.PREVIEWED else self.done(row)

    def post(self, request: Any, work: UUID) -> HttpResponse:
        record_import.confirm(self.kit, self.row(work), by=request.user, at=timezone.now())
        return redirect(self.url("importing", work))

    def row(self, work: UUID) -> RecordImport:
        rows = RecordImport.objects.select_related("run", "run__started_by")
        return get_object_or_404(rows, public_id=work, page=self.url_name())

    def previewed(self, row: RecordImport) -> HttpResponse:
        planned = record_import.planned_of(row)
        counts = {what: sum(p.what == what for p in planned) for what in LOOKS}
        writes = counts["new"] + counts["changed"]
        write = Action(f"Import {words.counted(writes, self.word(), self.word(2))}", "", "filled", post=True)
        page = Paginator(planned, PER_PAGE).get_page(self.request.GET.get("page"))
        context = {
            "page_head": PageHead(
                f"Preview of {row.name}", f"{counts['new']} new, {counts['changed']} changed,",
                f"{counts['unchanged']} as they are. Nothing is written yet; afterwards it can be undone.",
                actions=(*((write,) if writes else ()), Action("Leave it", self.url())),
            ),
            "table": plan_table(page, self.word().capitalize()),
            "pages": lists.pages(page, self.request.GET),
        }  # fmt: skip
        return render(self.request, "records/list.html", context)

    def done(self, row: RecordImport) -> HttpResponse:
        result, undone = row.result, row.state == Work.UNDONE
        left = result["kept"] if undone else result["refused"]
        back = Action("Back to the list", self.url(), "filled")
        undo = Action("Undo import", self.url("undo", row.public_id), "danger")
        if undone:
            lead, sentence = f"{words.counted(result['undone'], self.word(), self.word(2))} taken back.", ""
        else:
            lead = f"{result['new']} made, {result['changed']} changed."
            sentence = f"{result['unchanged']} stayed as they were."
        sentence += (
            f" {words.counted(len(left), 'row')} could not be {'taken back' if undone else 'written'}." if left else ""
        )
        rows = tuple(Row((Cell(label or str(which), head=True), Cell(why))) for which, label, why in left)
        context = {
            "page_head": PageHead(row.name, lead, sentence.strip(), eyebrow="Import", actions=(back,) if undone or not row.written else (back, undo)),
            "table": DataTable("Rows that stay", (Column(self.word().capitalize()), Column("Why")), rows) if rows else None,
            "empty": Empty("Taken back as a whole." if undone else "Every row was taken. The history of each names this import's person."),
        }  # fmt: skip
        return render(self.request, "records/list.html", context)


class ImportUndo(ImportPreview):
    """Asks once more, then takes an import back."""

    def get(self, request: Any, work: UUID) -> HttpResponse:
        row = self.row(work)
        if row.state != Work.DONE:
            return redirect(self.url("importing", work))
        self.stand(("Import", self.url("import")), (row.name, self.url("importing", work)), "Undo")
        made, former, stay = record_import.would_take_back(self.kit, row)
        changed = (
            f" {words.counted(stay, 'row was', 'rows were')} changed or removed since and cannot be taken back."
            if stay
            else ""
        )
        what = (
            f"{words.counted(made, self.word(), self.word(2))} that it made {'is' if made == 1 else 'are'} removed, "
            f"{former} {'gets its former value' if former == 1 else 'get their former values'}.{changed} "
            "Rows that are used by others stay too; all that stay are named."
        )
        context = {
            "page_head": PageHead(f"Undo the import of {row.name}"),
            "what": what, "cancel_href": self.url("importing", work), "submit": "Undo import",
        }  # fmt: skip
        return render(request, "records/delete.html", context)

    def post(self, request: Any, work: UUID) -> HttpResponse:
        row = record_import.undo(self.kit, self.row(work), by=request.user, at=timezone.now())
        if row.state == Work.UNDONE and not row.result["kept"]:
            messages.success(request, f"Undone: {row.name}.")
        return redirect(self.url("importing", work))


def fault_table(faults: tuple[record_reading.RowFault, ...]) -> DataTable:
    rows = tuple(
        Row(
            (Cell(words.number(f.row), head=True), Cell(f.column), Cell(f.value, wrong=bool(f.value)), Cell(f.why), Cell(f.suggestion, strong=True))
        )
        for f in faults
    )  # fmt: skip
    columns = (Column("Row", width="fit"), Column("Column"), Column("In the file"), Column("What is wrong"), Column("Meant, perhaps"))  # fmt: skip
    return DataTable("Faults", columns, rows, density="close")


def told(change: list[str], *, is_new: bool) -> str:
    label, old, new = (text or "empty" for text in change)
    return f"{label}: {new}" if is_new else f"{label}: {old} → {new}"


def plan_table(planned: Any, word: str) -> DataTable:
    rows = tuple(
        Row((
            Cell(words.number(p.row), quiet=True), Cell(p.label, head=True), Cell(status=LOOKS[p.what]),
            Cell("; ".join(told(change, is_new=not p.id) for change in p.changes)),
        ))
        for p in planned
    )  # fmt: skip
    columns = (Column("Row", width="fit"), Column(word), Column("What happens"), Column("Values"))
    return DataTable("What each row does", columns, rows, density="close")
