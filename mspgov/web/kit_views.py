"""The pages of plain records: Django's generic views."""

import csv
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic import CreateView, DetailView, UpdateView
from django_filters.views import FilterView

from mspgov.kernel.refusals import Conflict
from mspgov.records import services as records

from . import kit_shown as shown
from . import words
from .api import etag
from .components import Action, Cell, DataTable, Empty, ListPages, PageHead, Row
from .frame import stand
from .kit_forms import keep, read_choices


class InKit:
    kit: Any = None
    page = ""
    slug_field, slug_url_kwarg = "public_id", "id"
    request: Any
    object: Any

    def get_template_names(self) -> list[str]:
        return [f"records/{self.page}.html"]

    def url(self, name: str = "", *args: Any) -> str:
        route = f"{self.kit.slug()}-{name}".removesuffix("-")
        return reverse(f"{self.request.resolver_match.namespace}:{route}", args=[self.request.tenant.slug, *args])

    def may_write(self) -> bool:
        return bool(self.request.member.holds(self.kit.may_write))

    def word(self, count: int = 1) -> str:
        meta = self.kit.model._meta
        return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)

    def title(self) -> str:
        return self.word(2).capitalize()

    def chosen(self) -> list[str]:
        """The columns that the address asks for, or all that stand there by default."""
        asked = self.request.GET.get("columns", "").split(",")
        return [c for c in (*self.kit.columns, *self.kit.more_columns) if c in asked] or list(self.kit.columns)


class List(InKit, FilterView):
    page, paginate_by = "list", 50

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context, asked, kit = super().get_context_data(**kwargs), self.request.GET, self.kit
        stand(self.request, self.title())
        pages, count = context["page_obj"], context["paginator"].count
        actions = [Action("Export CSV", f"{self.url('export')}?{asked.urlencode()}", icon="download")]
        if self.may_write():
            actions.insert(0, Action(f"New {self.word()}", self.url("new"), kind="filled", icon="plus"))
        return {
            "page_head": PageHead(self.title(), f"{words.counted(count, self.word(), self.word(2))}.", actions=tuple(actions)),
            "search": {"name": "q", "value": asked.get("q", ""), "label": f"Find {self.word(2)}", "kept": shown.kept(asked, "q")} if kit.search else None,
            "filters": [*shown.filters(context["filter"], kit.filters, asked), shown.column_filter(kit.model, (*kit.columns, *kit.more_columns), self.chosen(), asked)],
            "table": DataTable(self.title(), shown.columns(kit.model, self.chosen(), asked), tuple(map(self.line, context["object_list"])), keys=True),
            "pages": ListPages(f"{pages.start_index()} to {pages.end_index()} of {count}",
                before_href=f"{shown.address(asked)}&page={pages.number - 1}" if pages.has_previous() else "",
                after_href=f"{shown.address(asked)}&page={pages.number + 1}" if pages.has_next() else ""),
            "empty": Empty(f"No {self.word()} fits." if asked else f"There is no {self.word()} yet."),
        }  # fmt: skip

    def line(self, row: Any) -> Row:
        first, *others = self.chosen()
        url = self.url("detail", row.public_id)
        cells = [Cell(shown.value(row, first), href=url, head=True), *(Cell(shown.value(row, c)) for c in others)]
        return Row(tuple(cells), href=url, key=str(row.public_id))


class Export(InKit, FilterView):
    """All rows of the list as CSV, built before the tenant is left."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        disposition = f'attachment; filename="{self.kit.slug()}.csv"'
        response = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})
        writer, names = csv.writer(response), self.chosen()
        writer.writerow([shown.label(self.kit.model, c) for c in names])
        writer.writerows([defused(shown.value(row, c)) for c in names] for row in self.object_list)
        return response


class Detail(InKit, DetailView):  # type: ignore[type-arg]
    page = "detail"
    changes_shown = 5

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.object
        stand(self.request, (self.title(), self.url()), str(row))
        edit = Action("Edit", self.url("edit", row.public_id), kind="filled")
        return super().get_context_data(
            page_head=PageHead(str(row), eyebrow=self.word().capitalize(), actions=(edit,) if self.may_write() else ()),
            pairs=[(shown.label(self.kit.model, f), Cell(shown.value(row, f) or "–")) for f in self.kit.fields],
            history=shown.changes(row, self.kit.fields, self.changes_shown),
            history_href=self.url("history", row.public_id),
            **kwargs,
        )


class History(Detail):
    page = "history"
    changes_shown = 500

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        row = self.object
        stand(self.request, (self.title(), self.url()), (str(row), self.url("detail", row.public_id)), "History")
        return {**context, "page_head": PageHead(f"History of {row}"), "empty": Empty("Nothing has changed yet.")}


class Form(InKit):
    page = "form"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row: Any = self.object
        title = f"Edit {row}" if row else f"New {self.word()}"
        stand(self.request, (self.title(), self.url()), title)
        back = self.url("detail", row.public_id) if row else self.url()
        context = super().get_context_data(page_head=PageHead(title), cancel_href=back, **kwargs)  # type: ignore[misc]
        read_choices(context["form"])
        return {"version": etag(records.snapshot(row)) if row else "", **context}

    def form_valid(self, form: Any) -> HttpResponse:
        keep(form.instance, by=self.request.user, at=timezone.now())
        return HttpResponseRedirect(self.url("detail", form.instance.public_id))


class New(Form, CreateView):  # type: ignore[type-arg]
    def get_initial(self) -> dict[str, Any]:
        return {**super().get_initial(), "engagement": self.request.GET.get("engagement")}


class Edit(Form, UpdateView):  # type: ignore[type-arg]
    def get_object(self, queryset: Any = None) -> Any:
        """The row; locked when it is to be changed. Raises Conflict when somebody changed it since the form was read."""
        if self.request.method != "POST":
            return super().get_object(queryset)
        row = records.locked(self.get_queryset(), public_id=self.kwargs["id"])
        if self.request.POST.get("version", etag(records.snapshot(row))) != etag(records.snapshot(row)):
            raise Conflict(f"this {self.word()} was changed while you had it open")
        return row


def defused(value: str) -> str:
    """A cell that a spreadsheet will not run."""
    return f"'{value}" if value[:1] in tuple("=+-@\t\r\n") else value
