"""The kit for plain records: a declaration in; list, filter, sort, page, columns, export, detail, form, history and API out.

    class Vendors(Kit):                                    # engagements/kits.py
        model = Vendor
        may, may_write = policy.READ_VENDORS, policy.WRITE_VENDORS
        columns = ("name", "party", "engagement")          # list, CSV, sorting; relations are joined
        fields = ("engagement", "name", "party")           # form, detail, history, API
        filters = ("engagement", "party")
        search = ("name",)

    urlpatterns = [*kits.Vendors.urls()]                   # engagements/urls.py
    api_urlpatterns = [*kits.Vendors.api_urls()]

Each route is a class of Django, django-filter or DRF. A record that needs more overrides one name (`queryset`,
`form_class`, `filterset`); one that needs two leaves the kit for plain views. Nothing is deleted.
"""

from functools import reduce
from operator import or_
from typing import Any, ClassVar

import django_filters
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.forms import modelform_factory
from django.urls import URLPattern, path

from mspgov.tenancy.policy import Permission

from .doors import may
from .kit_api import RecordApi, serializer_of
from .kit_forms import PlacedForm, RecordForm, reached_by
from .kit_views import Detail, Edit, Export, History, List, New


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
    form_class: ClassVar[Any] = None

    @classmethod
    def urls(cls) -> list[URLPattern]:
        one = {"kit": cls, "queryset": cls.queryset()}
        many = {**one, "filterset_class": cls.filterset(), "ordering": cls.ordering}
        read, write, name = may(cls.may), may(cls.may_write), cls.slug()
        return [
            path(f"{name}/", read(List.as_view(**many)), name=name),
            path(f"{name}.csv", read(Export.as_view(**many)), name=f"{name}-export"),
            path(f"{name}/new/", write(New.as_view(**one, form_class=cls.form(new=True))), name=f"{name}-new"),
            path(f"{name}/<uuid:id>/", read(Detail.as_view(**one)), name=f"{name}-detail"),
            path(f"{name}/<uuid:id>/edit/", write(Edit.as_view(**one, form_class=cls.form())), name=f"{name}-edit"),
            path(f"{name}/<uuid:id>/history/", read(History.as_view(**one)), name=f"{name}-history"),
        ]

    @classmethod
    def api_urls(cls) -> list[URLPattern]:
        api, name = cls.api(), cls.slug()
        many: Any = {"get": "list", "post": "create"}
        one: Any = {"get": "retrieve", "patch": "partial_update"}
        return [
            path(f"{name}/", api.as_view(many), name=name),
            path(f"{name}/<uuid:id>/", api.as_view(one), name=f"{name}-detail"),
        ]

    @classmethod
    def slug(cls) -> str:
        return str(cls.model._meta.verbose_name_plural).replace(" ", "-")

    @classmethod
    def queryset(cls) -> QuerySet[Any]:
        """Built at import: the tenant is looked up when it runs."""
        joined = [f for f in dict.fromkeys((*cls.columns, *cls.more_columns, *cls.fields)) if cls.relation(f)]
        return cls.model.objects.select_related(*joined or [None])  # type: ignore

    @classmethod
    def relation(cls, name: str) -> type[Model] | None:
        """The model that a field points to, if it points."""
        field = cls.model._meta.get_field(name)
        return field.related_model if isinstance(field, ForeignKey) else None

    @classmethod
    def form(cls, *, new: bool = False) -> Any:
        """The engagement is chosen once, when the record is made."""
        base = PlacedForm if new and "engagement" in cls.fields else RecordForm
        fields = [f for f in cls.fields if f != "engagement"]
        made = cls.form_class or modelform_factory(cls.model, form=base, fields=fields)
        return type(made.__name__, (made,), {"widths": cls.widths})

    @classmethod
    def filterset(cls) -> type[django_filters.FilterSet]:
        def find(self: Any, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
            return rows.filter(reduce(or_, (Q(**{f"{field}__icontains": value}) for field in cls.search)))

        sorts = {f"{c}__name" if cls.relation(c) else c: c for c in (*cls.columns, *cls.more_columns)}
        parts: dict[str, Any] = {
            "Meta": type("Meta", (), {"model": cls.model, "fields": [f for f in cls.filters if not cls.relation(f)]}),
            "sort": django_filters.OrderingFilter(fields=sorts),
            **{f: _related(related) for f in cls.filters if (related := cls.relation(f))},
        }
        if cls.search:
            parts |= {"find": find, "q": django_filters.CharFilter(method="find", label="Search")}
        return type(f"{cls.model.__name__}Filters", (django_filters.FilterSet,), parts)

    @classmethod
    def api(cls) -> type[RecordApi]:
        parts = {
            "queryset": cls.queryset(),
            "filterset_class": cls.filterset(),
            "may": cls.may,
            "writes": {"create": cls.may_write, "partial_update": cls.may_write},
            "serializer_class": serializer_of(cls.model, cls.fields),
            "__doc__": cls.model.__doc__,
        }
        return type(f"{cls.model.__name__}Api", (RecordApi,), parts)


def _related(model: Any) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        queryset=model.objects.order_by("name"), to_field_name=reached_by(model), empty_label="All"
    )
