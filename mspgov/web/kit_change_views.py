"""Pages on which many plain records get the same new values: which fields, what each row becomes, what came of it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.generic import View

from mspgov.jobs.queries import run_line

from . import bulk_change, lists, words
from .components import Action, Cell, Column, DataTable, Empty, PageHead, Progress, Row, Status
from .doors import refusals
from .in_kit import InKit
from .models import BulkChange, Work
from .record_forms import RecordForm, read_choices

PER_PAGE = 100


class ChangeForm(forms.Form):
    """For each field that many rows may share: whether it is to be changed, and into what."""

    def __init__(self, kit: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = kit.model
        self.names = bulk_change.editable(kit)
        self.widths: dict[str, str] = {}
        own = forms.modelform_factory(kit.model, form=RecordForm, fields=self.names)().fields
        for name in self.names:
            field = own[name]
            field.must = field.required  # type: ignore[attr-defined]
            field.required = False
            said = lists.label(kit.model, name)
            self.fields[f"set_{name}"] = forms.BooleanField(required=False, label=f"Change {said.lower()}")
            self.fields[name] = field
            self.widths |= {f"set_{name}": "third", name: "half"}
        read_choices(self)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        chosen = [name for name in self.names if given.get(f"set_{name}")]
        for name in set(self.names) - set(chosen):
            self.errors.pop(name, None)  # what is not to be changed may be anything
        for name in chosen:
            if name not in self.errors and given.get(name) not in (None, ""):
                self.validate(name, given[name])
            elif name not in self.errors and self.fields[name].must:  # type: ignore[attr-defined]
                self.add_error(name, "This field must not be empty.")
        if not chosen:
            self.add_error(None, "Tick at least one field to change.")
        return {name: given.get(name) for name in chosen if name not in self.errors}

    def validate(self, name: str, value: Any) -> None:
        """By the model field's own rules, which a form's field does not know."""
        if lists.relation(self.model, name) is None:
            try:
                self.model._meta.get_field(name).run_validators(value)
            except ValidationError as error:
                self.add_error(name, error)


class Change(InKit, View):
    """Which fields of the selected rows get which values."""

    queryset: Any = None
    filterset_class: Any = None
    ordering = ""

    def get_queryset(self) -> Any:
        return self.queryset.all()

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not ({"selected", "all"} & set(request.GET)) or not bulk_change.editable(self.kit):
            messages.info(request, f"Tick the {self.word(2)} that are to be changed.")
            return redirect(self.url())
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Any) -> HttpResponse:
        return self.page(ChangeForm(self.kit))

    def post(self, request: Any) -> HttpResponse:
        form = ChangeForm(self.kit, request.POST)
        if form.is_valid():
            rows = self.rows_asked(request.GET)
            with refusals(form):
                change = bulk_change.preview(
                    self.kit, self.url_name(), rows, form.cleaned_data, by=request.user, at=timezone.now()
                )
                return redirect(self.url("changing", change.public_id))
        return self.page(form)

    def page(self, form: ChangeForm) -> HttpResponse:
        count = self.rows_asked(self.request.GET).count()
        title = f"Change {words.counted(count, self.word(), self.word(2))}"
        self.stand("Change")
        context = {
            "page_head": PageHead(title, "Nothing is written yet:", "first you see what each row becomes."),
            "form": form, "submit": "Preview", "cancel_href": f"{self.url()}?{self.list_query()}",
        }  # fmt: skip
        return render(self.request, "records/form.html", context)

    def list_query(self) -> str:
        return lists.address(self.request.GET, selected=None, all=None).removeprefix("?")


class ChangePreview(InKit, View):
    """Row by row what a change does; after it was confirmed, what came of it."""

    def get(self, request: Any, work: UUID) -> HttpResponse:
        change = self.change(work)
        self.stand("Change")
        if change.state == Work.RUNNING:
            return self.running(change)
        if is_polled(request):
            return anew()
        return self.done(change) if change.state == Work.DONE else self.previewed(change)

    def post(self, request: Any, work: UUID) -> HttpResponse:
        change = bulk_change.confirm(self.kit, self.change(work), by=request.user, at=timezone.now())
        if change.state == Work.DONE and not change.result["refused"]:
            messages.success(request, f"Changed {self.counted(change.result['changed'])}.")
            return redirect(self.url())
        return redirect(self.url("changing", work))

    def change(self, work: UUID) -> BulkChange:
        rows = BulkChange.objects.select_related("run", "run__started_by")
        return get_object_or_404(rows, public_id=work, page=self.url_name())

    def counted(self, count: int) -> str:
        return words.counted(count, self.word(), self.word(2))

    def previewed(self, change: BulkChange) -> HttpResponse:
        lines = [line for line, _ in bulk_change.lines_of(self.kit, change)]
        changed = sum(line.is_changed for line in lines)
        refused = sum(bool(line.refused) for line in lines)
        rest = [f"{len(lines) - changed - refused} stay as they are"] if len(lines) > changed + refused else []
        rest += [f"{refused} cannot be changed"] if refused else []
        write = Action(f"Change {self.counted(changed)}", "", "filled", post=True)
        page = Paginator(lines, PER_PAGE).get_page(self.request.GET.get("page"))
        context = {
            "page_head": PageHead(
                "Preview of the change", f"{self.counted(changed)} would change{'; ' if rest else '.'}",
                f"{' and '.join(rest)}." if rest else "Nothing is written yet.",
                actions=(*((write,) if changed else ()), Action("Leave it", self.url())),
            ),
            "table": preview_table(self.kit, change, page),
            "pages": lists.pages(page, self.request.GET),
            "empty": Empty("No row is chosen.", Action("Back to the list", self.url())),
        }  # fmt: skip
        return render(self.request, "records/list.html", context)

    def running(self, change: BulkChange) -> HttpResponse:
        return running_page(self.request, change.run, "Changing", "Change", self.url())

    def done(self, change: BulkChange) -> HttpResponse:
        refused = change.result["refused"]
        context = {
            "page_head": PageHead(
                "Change", f"{self.counted(change.result['changed'])} changed.",
                f"{len(refused)} stay as they were." if refused else "Each has it in its history.",
                actions=(Action("Back to the list", self.url(), "filled"),),
            ),
            "table": stays_table("Rows that stay", self.word().capitalize(), refused),
            "empty": Empty("Every row was changed."),
        }  # fmt: skip
        return render(self.request, "records/list.html", context)


def preview_table(kit: Any, change: BulkChange, lines: Any) -> DataTable:
    names = list(change.values)
    rows = []
    for line in lines:
        told = {name: (old or "empty", new or "empty") for name, old, new in line.changes}
        cells = [Cell(f"{told[n][0]} → {told[n][1]}" if n in told else "as it is", quiet=n not in told) for n in names]
        status = (
            Status("missed", line.refused) if line.refused
            else Status("met", "Will change") if line.changes else Status("none", "Stays")
        )  # fmt: skip
        rows.append(Row((Cell(line.label or line.id, head=True), *cells, Cell(status=status))))
    columns = (Column("Row"), *(Column(lists.label(kit.model, name)) for name in names), Column("What happens"))
    return DataTable("What each row becomes", columns, tuple(rows))


def stays_table(caption: str, head: str, refused: Any) -> DataTable | None:
    """The rows that stay as they were, each with the reason; None where there are none."""
    rows = tuple(Row((Cell(label or id, head=True), Cell(why))) for id, label, why in refused)
    return DataTable(caption, (Column(head), Column("Why")), rows) if rows else None


def is_polled(request: Any) -> bool:
    """Does the box of a run ask again, rather than a person?"""
    return "HX-Request" in request.headers


def anew() -> HttpResponse:
    """Tells the box that the run has ended: the browser loads the page."""
    return HttpResponse(headers={"HX-Refresh": "true"})


def running_page(
    request: Any, run: Any, verb: str, title: str, back: str, kept: str = "Parts that were written before stay."
) -> HttpResponse:  # fmt: skip
    """How far a run is; it asks again by itself, and the browser loads the page anew once it has ended. `kept` says what
    became of one that failed or was stopped."""
    line = run_line(run)
    if not line.is_open and is_polled(request):
        return anew()
    if not line.is_open:
        lead = f"{line.state_label}."
        sentence = f"{line.error} {kept}".strip()
        context = {"page_head": PageHead(title, lead, sentence, actions=(Action("Back to the list", back, "filled"),))}
        return render(request, "records/running.html", context)
    told = f"{line.done} of {line.total} parts done." if line.total else "Not begun yet."
    box = Progress(f"{verb}.", f"{told} You can leave this page.", line.share or 0, poll_url=request.path)
    if is_polled(request):
        return render(request, "desk/run_progress.html", {"progress": box})
    return render(request, "records/running.html", {"page_head": PageHead(title), "progress": box})
