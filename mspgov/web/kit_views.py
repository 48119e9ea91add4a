"""The pages of plain records: Django's generic views."""

from functools import partial
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import CreateView, DetailView, UpdateView
from django_filters.views import FilterView

from . import list_files, lists, timeline, words
from .bulk_change import editable
from .components import Action, Cell, Empty, PageHead
from .frame import stand
from .in_kit import InKit
from .record_forms import KeepsRecord
from .saved_views import views_of


class List(InKit, FilterView):
    template_name, paginate_by = "records/list.html", 50

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context, asked, kit = super().get_context_data(**kwargs), self.request.GET, self.kit
        title, every, chosen = self.word(2).capitalize(), (*kit.columns, *kit.more_columns), self.chosen()
        stand(self.request, title)
        saved = views_of(
            self.request, reads=(*kit.filters, "q", "sort", "columns"), count=self.count,
            total=context["paginator"].count, wrong=context["filter"].form.errors, always=True,
        )  # fmt: skip
        files = {
            kind: f"{self.url(route)}?{asked.urlencode()}" for kind, route in (("CSV", "export"), ("XLSX", "workbook"))
        }
        actions = [Action("Export", files["XLSX"], icon="download")]
        keeps = self.request.member.holds(kit.may_write)
        if keeps:
            actions.insert(0, Action("Import", self.url("import")))
            actions.insert(0, Action(f"New {self.word()}", self.url("new"), kind="filled", icon="plus"))
        on_selected = [Action("Export", self.url("workbook"), icon="download", small=True)]
        if keeps and editable(kit):
            on_selected.insert(0, Action("Change", self.url("change"), small=True))
        is_all = context["page_obj"].has_other_pages()
        lead = f"{words.counted(context['paginator'].count, self.word(), self.word(2))}."
        return {
            "page_head": PageHead(title, lead, actions=tuple(actions)),
            "search": lists.search(asked, f"Find {self.word(2)}") if kit.search else None,
            "filters": [
                *lists.filters(context["filter"], kit.filters, asked),
                lists.column_filter(kit.model, every, chosen, asked),
            ],
            "more": [Action("CSV", files["CSV"], "text", icon="download", small=True)],
            "table": lists.table(
                title, kit.model, chosen, context["object_list"], asked, partial(self.url, "detail"), selectable=True
            ),
            "saved": saved,
            "selection_actions": on_selected,
            "selection_kept": lists.kept(asked),
            "select_all": words.counted(context["paginator"].count, self.word(), self.word(2)) if is_all else "",
            "pages": lists.pages(context["page_obj"], asked),
            "empty": Empty(f"No {self.word()} fits." if asked else f"There is no {self.word()} yet."),
        }

    def count(self, asked: QueryDict) -> int:
        """How many rows a view has, as far as its tab says it."""
        return int(self.rows_asked(asked)[:1000].count())

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        opens = context["saved"].opens
        return redirect(f"{self.request.path}{opens}") if opens else super().render_to_response(context, **kwargs)


class Export(InKit, FilterView):
    """All rows of the list, or those selected, as CSV or XLSX."""

    kind = "csv"

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = self.rows_asked(request.GET)
        if not rows.ordered:
            rows = rows.order_by(self.kit.ordering, "pk")
        heads = [lists.label(self.kit.model, c) for c in self.chosen()]
        cell = lists.raw if self.kind == "xlsx" else lists.value
        lines = ([cell(row, c) for c in self.chosen()] for row in rows)
        return list_files.list_file(
            self.kind, self.kit.slug(), heads, lines, title=self.word(2).capitalize(), at=timezone.now()
        )


class Detail(InKit, DetailView):  # type: ignore[type-arg]
    template_name, changes_shown = "records/detail.html", 5

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row, kit = self.object, self.kit
        self.stand(str(row))
        edit = Action("Edit", self.url("edit", row.public_id), kind="filled")
        actions = (edit,) if self.request.member.holds(kit.may_write) else ()
        return super().get_context_data(
            page_head=PageHead(str(row), eyebrow=self.word().capitalize(), actions=actions),
            pairs=[(lists.label(kit.model, f), Cell(lists.value(row, f) or "–")) for f in kit.fields],
            history=timeline.changes(row, kit.fields, self.changes_shown),
            history_href=self.url("history", row.public_id),
            **kwargs,
        )


class History(Detail):
    template_name, changes_shown = "records/history.html", 500

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        self.stand((str(self.object), self.get_success_url()), "History")
        return {**context, "page_head": PageHead(f"History of {self.object}"), "empty": Empty("Nothing changed yet.")}


class New(InKit, KeepsRecord, CreateView):  # type: ignore[type-arg]
    template_name = "records/form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.stand(title := f"New {self.word()}")
        return super().get_context_data(page_head=PageHead(title), cancel_href=self.url(), **kwargs)


class Edit(InKit, KeepsRecord, UpdateView):  # type: ignore[type-arg]
    template_name = "records/form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        row = self.get_queryset().get(pk=self.object.pk) if self.request.method == "POST" else self.object
        self.stand((str(row), self.get_success_url()), "Edit")
        head, back = PageHead(f"Edit {row}"), self.get_success_url()
        return super().get_context_data(page_head=head, cancel_href=back, **kwargs)
