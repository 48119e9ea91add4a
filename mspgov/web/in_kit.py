"""What every page of a kit knows: its addresses, its words, the rows that an address asks for."""

from typing import Any

from django.http import QueryDict
from django.urls import reverse

from . import lists
from .frame import stand


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

    def url_name(self) -> str:
        """The route of the list, by which its views, changes and imports are kept."""
        return f"{self.request.resolver_match.namespace}:{self.kit.slug()}"

    def word(self, count: int = 1) -> str:
        meta = self.kit.model._meta
        return str(meta.verbose_name if count == 1 else meta.verbose_name_plural)

    def stand(self, *crumbs: Any) -> None:
        stand(self.request, (self.word(2).capitalize(), self.url()), *crumbs)

    def rows_asked(self, asked: QueryDict) -> Any:
        """The rows that an address asks for: those that its filters leave, of them the selected ones where it names some."""
        found = self.filterset_class(asked, queryset=self.get_queryset())  # type: ignore[attr-defined]
        return lists.selected(found.qs if found.is_valid() else found.qs.none(), asked)

    def chosen(self) -> list[str]:
        return lists.chosen(self.request.GET, self.kit.columns, self.kit.more_columns)
