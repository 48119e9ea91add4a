"""The pages of plain records: Django's generic views."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.generic import CreateView, DetailView, UpdateView
from django_filters.views import FilterView

from mspgov.kernel.csv_lines import csv_lines

from . import lists, timeline, words
from .components import Action, Cell, Empty, PageHead
from .frame import stand
from .record_forms import KeepsRecord


class InKit:
    kit: Any = None
    slug_field, slug_url_kwarg = "public_id", "id"
    request: Any
    object: Any

    def url(self, name: str = "", *which: Any) -> str:
        route = f"{self.kit.slug()}-{name}".removesuffix("-")
        return reverse(f"{self.request.resolver_match.namespace}:{route}", args=[self.request.tenant.slug, *which])

    def get_success_url(self) -> str:
        return self.url("detail", self.object.public_id)

    def word(self, count: int = 1) -> str:
        meta = self.kit.model._meta
        return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)

    def stand(self, *crumbs: Any) -> None:
        stand(self.request, (self.word(2).capitalize(), self.url()), *crumbs)

    def chosen(self) -> list[str]:
        return lists.chosen(self.request.GET, self.kit.columns, self.kit.more_columns)


class List(InKit, FilterView):
    template_name, paginate_by = "records/list.html", 50

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context, asked, kit = super().get_context_data(**kwargs), self.request.GET, self.kit
        title, every, chosen = self.word(2).capitalize(), (*kit.columns, *kit.more_columns), self.chosen()
        stand(self.request, title)
        actions = [Action("Export CSV", f"{self.url('export')}?{asked.urlencode()}", icon="download")]
        if self.request.member.holds(kit.may_write):
            actions.insert(0, Action(f"New {self.word()}", self.url("new"), kind="filled", icon="plus"))
        lead = f"{words.counted(context['paginator'].count, self.word(), self.word(2))}."
        return {
            "page_head": PageHead(title, lead, actions=tuple(actions)),
            "search": lists.search(asked, f"Find {self.word(2)}") if kit.search else None,
            "filters": [
                *lists.filters(context["filter"], kit.filters, asked),
                lists.column_filter(kit.model, every, chosen, asked),
            ],
            "table": lists.table(title, kit.model, chosen, context["object_list"], asked, partial(self.url, "detail")),
            "pages": lists.pages(context["page_obj"], asked),
            "empty": Empty(f"No {self.word()} fits." if asked else f"There is no {self.word()} yet."),
        }


class Export(InKit, FilterView):
    """All rows of the list as CSV, built before the tenant is left."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        heads = [lists.label(self.kit.model, c) for c in self.chosen()]
        rows = ([lists.value(row, c) for c in self.chosen()] for row in self.object_list)
        saved = {"Content-Disposition": f'attachment; filename="{self.kit.slug()}.csv"'}
        return HttpResponse(csv_lines(heads, rows), content_type="text/csv; charset=utf-8", headers=saved)


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
