"""The API of plain records: a serializer that knows rows with tenants, and a view set that keeps them."""

from copy import copy
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets
from rest_framework.response import Response

from mspgov.records import services as records
from mspgov.records.plain_records import faults_of, keep
from mspgov.tenancy.policy import Permission

from .addresses import reached_by
from .api import Door, etag
from .api_filters import only_known
from .api_rows import Strict


class Pointer(serializers.SlugRelatedField):  # type: ignore[type-arg]
    """A relation by the public name of its row."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.get_queryset().get(  # type: ignore[union-attr]
                **{str(self.slug_field): data}
            )
        except (ObjectDoesNotExist, ValidationError, TypeError, ValueError):
            self.fail("does_not_exist", slug_name=self.slug_field, value=data)


class RecordSerializer(Strict, serializers.ModelSerializer):  # type: ignore[type-arg]
    id = serializers.UUIDField(source="public_id", read_only=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.instance is not None:
            data.pop("engagement", None)  # chosen once, when the record is made
        row: Any = copy(self.instance) or self.Meta.model()  # type: ignore[misc]
        for name, value in data.items():
            setattr(row, name, value)
        try:
            row.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            raise serializers.ValidationError(serializers.as_serializer_error(error)) from error
        if faults := faults_of(row):
            raise serializers.ValidationError(faults)
        return data


def serializer_of(model: Any, fields: tuple[str, ...]) -> type[RecordSerializer]:
    """Shows `id` and the fields of a plain record; relations by the public names of their rows."""
    parts: dict[str, Any] = {"Meta": type("Meta", (), {"model": model, "fields": ["id", *fields]})}
    for name in fields:
        if isinstance(field := model._meta.get_field(name), models.ForeignKey):
            pointed: Any = field.related_model
            rows = pointed.objects.complex_filter(field.get_limit_choices_to())
            parts[name] = Pointer(slug_field=reached_by(pointed), queryset=rows, required=not field.null, allow_null=field.null)  # fmt: skip
    return type(f"{model.__name__}", (RecordSerializer,), parts)


class RecordApi(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):  # type: ignore[type-arg]
    lookup_field, lookup_url_kwarg = "public_id", "id"

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        only_known(request.query_params, self.filterset_class.base_filters)  # type: ignore[attr-defined]
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    def create(self, request: Any) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        row = asked.Meta.model(**asked.validated_data)  # type: ignore[attr-defined]
        keep(row, by=request.user, at=timezone.now())
        return self.answer(row, status=201)

    @transaction.atomic
    def partial_update(self, request: Any, id: UUID) -> Response:
        row = records.locked(self.get_queryset(), public_id=id)
        asked = self.get_serializer(row, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        for name, value in asked.validated_data.items():
            setattr(row, name, value)
        keep(row, by=request.user, at=timezone.now())
        return self.answer(row)

    def shown_locked(self, id: UUID) -> Any:
        return self.get_serializer(records.locked(self.get_queryset(), public_id=id)).data

    def answer(self, row: Any, status: int = 200) -> Response:
        shown = self.get_serializer(row).data
        return Response(shown, status=status, headers={"ETag": etag(shown)})


def routes_of(
    name: str, queryset: "models.QuerySet[Any]", fields: tuple[str, ...], filterset: Any, may: Permission,
    may_write: Permission,
) -> list[URLPattern]:  # fmt: skip
    """The collection of a model's rows: read, made and changed; nothing is deleted."""
    model = queryset.model
    parts = {
        "queryset": queryset,
        "filterset_class": filterset,
        "may": may,
        "writes": {"create": may_write, "partial_update": may_write},
        "serializer_class": serializer_of(model, fields),
        "__doc__": model.__doc__,
    }
    api: Any = type(f"{model.__name__}Api", (RecordApi,), parts)
    return [
        path(f"{name}/", api.as_view({"get": "list", "post": "create"}), name=name),
        path(f"{name}/<uuid:id>/", api.as_view({"get": "retrieve", "patch": "partial_update"}), name=f"{name}-detail"),
    ]
