"""The kit for plain records: a declaration in; list, filter, sort, page, columns, views, export, bulk change,
import, detail, form, history and API out.

    class Vendors(Kit):                                    # engagements/kits.py
        model = Vendor
        may, may_write = policy.READ_VENDORS, policy.WRITE_VENDORS
        columns = ("name", "party", "engagement")          # list, CSV, sorting; relations are joined
        fields = ("engagement", "name", "party")           # form, detail, history, API
        filters = ("engagement", "party")
        search = ("name",)

    urlpatterns = [*kits.Vendors.urls()]                   # engagements/urls.py
    api_urlpatterns = [*kits.Vendors.api_urls()]

Each route is a class of Django, django-filter or DRF. A record that needs more overrides one name (`queryset`, `form`,
`filterset`); one that needs two leaves the kit for plain views, which the kit's parts serve as well. Nothing is deleted.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import URLPattern, path

from mspgov.tenancy.policy import Permission

from .api_records import routes_of
from .doors import may
from .kit_change_views import Change, ChangePreview
from .kit_import_views import Import, ImportPreview, ImportUndo, Template
from .kit_views import Detail, Edit, Export, History, List, New
from .lists import filterset_of, relation
from .record_forms import form_of


class Kit:
    model: ClassVar[Any]
    may: ClassVar[Permission]
    may_write: ClassVar[Permission]
    columns: ClassVar[tuple[str, ...]]
    more_columns: ClassVar[tuple[str, ...]] = ()  # may be chosen in the list, and stand in the CSV when they are
    fields: ClassVar[tuple[str, ...]]
    filters: ClassVar[tuple[str, ...]] = ()
    search: ClassVar[tuple[str, ...]] = ()
    ordering: ClassVar[str] = "name"
    widths: ClassVar[dict[str, str]] = {}

    @classmethod
    def urls(cls) -> list[URLPattern]:
        one = {"kit": cls, "queryset": cls.queryset()}
        many = {**one, "filterset_class": cls.filterset(), "ordering": cls.ordering}
        read, write, name = may(cls.may), may(cls.may_write), cls.slug()
        return [
            path(f"{name}/", read(List.as_view(**many)), name=name),
            path(f"{name}.csv", read(Export.as_view(**many)), name=f"{name}-export"),
            path(f"{name}.xlsx", read(Export.as_view(**many, kind="xlsx")), name=f"{name}-workbook"),
            path(f"{name}/change/", write(Change.as_view(**many)), name=f"{name}-change"),
            path(f"{name}/change/<uuid:work>/", write(ChangePreview.as_view(kit=cls)), name=f"{name}-changing"),
            path(f"{name}/import/", write(Import.as_view(kit=cls)), name=f"{name}-import"),
            path(f"{name}/import/template/", write(Template.as_view(kit=cls)), name=f"{name}-template"),
            path(f"{name}/import/<uuid:work>/", write(ImportPreview.as_view(kit=cls)), name=f"{name}-importing"),
            path(f"{name}/import/<uuid:work>/undo/", write(ImportUndo.as_view(kit=cls)), name=f"{name}-undo"),
            path(f"{name}/new/", write(New.as_view(**one, form_class=cls.form(new=True))), name=f"{name}-new"),
            path(f"{name}/<uuid:id>/", read(Detail.as_view(**one)), name=f"{name}-detail"),
            path(f"{name}/<uuid:id>/edit/", write(Edit.as_view(**one, form_class=cls.form())), name=f"{name}-edit"),
            path(f"{name}/<uuid:id>/history/", read(History.as_view(**one)), name=f"{name}-history"),
        ]

    @classmethod
    def api_urls(cls) -> list[URLPattern]:
        return routes_of(cls.slug(), cls.queryset(), cls.fields, cls.filterset(), cls.may, cls.may_write)

    @classmethod
    def slug(cls) -> str:
        return str(cls.model._meta.verbose_name_plural).replace(" ", "-")

    @classmethod
    def queryset(cls) -> QuerySet[Any]:
        """Built at import: the tenant is looked up when it runs."""
        joined = [f for f in {*cls.columns, *cls.more_columns, *cls.fields} if relation(cls.model, f)]
        return cls.model.objects.select_related(*joined or [None])  # type: ignore

    @classmethod
    def form(cls, *, new: bool = False) -> Any:
        return form_of(cls.model, cls.fields, cls.widths, new=new)

    @classmethod
    def filterset(cls) -> Any:
        return filterset_of(cls.model, cls.filters, search=cls.search, sorts=(*cls.columns, *cls.more_columns))
