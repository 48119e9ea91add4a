"""The base of the API's collections: a queryset or a list of rows in, list and detail out, both in the schema.

class Results(Collection):                              # itsm/api.py
    "Attainment by month and service level."
    may = policy.READ_PERFORMANCE
    row = queries.ResultLine                            # a frozen dataclass; its fields are the API's keys, `id` first
    filters = ("engagement", "month", "service_level")  # read by api_filters, given to rows() by name

    def rows(self, **asked): return queries.result_lines(**asked)

api_urlpatterns = [*api.Results.urls("results")]        # itsm/urls.py
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from mspgov.tenancy.policy import Permission

from . import api_filters, api_once
from .api_pages import CursorPages
from .api_problems import Outdated
from .api_rows import plain, serializer_of

BY_THE_CLOCK = frozenset({"days_at_stage"})  # fields that grow older while nobody changes the row


class Door:
    """What every view of the API does: a POST with an Idempotency-Key is done once, a writing request with an If-Match only
    on the version that it names, and the answer about a row carries the row's ETag."""

    own_versions: ClassVar[
        tuple[str, ...]
    ] = ()  # actions whose If-Match names a part of the row: they check it themselves

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        verb = request.method.lower()
        if request.method in SAFE_METHODS or (handler := getattr(self, verb, None)) is None:
            return
        handler = self.versioned(self.matched(handler))
        if request.method == "POST" and api_once.HEADER in request.headers:
            handler = partial(api_once.once, handler)
        setattr(self, verb, handler)

    def matched(self, handler: Any) -> Any:
        """The handler, which works only on the version that the caller's If-Match names."""

        def only_if(request: Any, *args: Any, **kwargs: Any) -> Any:
            asked = "If-Match" in request.headers and getattr(self, "action", "") not in self.own_versions
            if asked and "id" not in kwargs:
                raise ValidationError({"If-Match": "what stands at this address has no version"})
            if asked:
                check_match(request, self.shown_locked(kwargs["id"]))
            return handler(request, *args, **kwargs)

        return only_if

    def versioned(self, handler: Any) -> Any:
        """The handler, whose answer about a row carries its version before it is kept for a request that is sent again."""
        return lambda request, *args, **kwargs: versioned(handler(request, *args, **kwargs), kwargs.get("id"))

    def shown_locked(self, id: UUID) -> Any:
        """The row as it is shown; nobody changes it before this request has ended. Raises Http404."""
        raise NotImplementedError

    def finalize_response(self, request: Any, response: HttpResponseBase, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        return versioned(answer, kwargs.get("id"))


class Collection(Door, viewsets.ViewSet):
    """A collection to read. `writes` names the permission of each writing action that a subclass adds:
    `create` (POST to the list) and `partial_update` (PATCH) are routed by `urls`, others by a path of their own."""

    may: ClassVar[Permission]
    writes: ClassVar[dict[str, Permission]] = {}
    row: ClassVar[type]
    filters: ClassVar[tuple[str, ...]] = ()
    model: ClassVar[Any] = None  # of the rows that verbs change, where `rows` answers a list
    ordering: ClassVar[str | tuple[str, ...]] = "-public_id"  # of a queryset: fields of the model, the latest unique
    pagination_class = CursorPages

    def rows(self, *args: Any, **asked: Any) -> "QuerySet[Any] | Sequence[Any]":
        """What the caller sees, narrowed by the filters that were given (Engagement, Month, text …)."""
        raise NotImplementedError

    def documents(self, found: list[Any]) -> Iterable[Any]:
        """Rows of one page as the API shows them: here those that were found."""
        return found

    def one(self, id: UUID) -> Any:
        """The row with this id. Raises Http404."""
        rows = self.rows()
        if isinstance(rows, QuerySet):
            return next(iter(self.documents([get_object_or_404(rows, public_id=id)])))
        for row in self.documents(list(rows)):
            if str(row.id) == str(id):
                return row
        raise Http404

    def shown_locked(self, id: UUID) -> Any:
        if (model := getattr(self.rows(), "model", self.model)) is not None:
            get_object_or_404(model.objects.select_for_update(), public_id=id)
        return plain(self.one(id))

    def list(self, request: Request) -> Response:
        api_filters.only_known(request.query_params, self.filters)
        asked, pages = api_filters.read(self.filters, request.query_params), CursorPages()
        rows = self.rows(**asked)
        if (model := getattr(rows, "model", self.model)) is not None:
            api_filters.only_choices(model, asked)
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([plain(row) for row in self.documents(found or [])])

    def retrieve(self, request: Request, id: UUID) -> Response:
        shown = plain(self.one(id))
        return Response(shown, headers={"ETag": etag(shown)})

    @classmethod
    def urls(cls, name: str) -> Sequence[URLPattern]:
        """`<name>/` and `<name>/<id>/`, named `<name>` and `<name>-detail`."""
        many: dict[str, Any] = {"get": "list", **({"post": "create"} if "create" in cls.writes else {})}
        one: dict[str, Any] = {
            "get": "retrieve",
            **({"patch": "partial_update"} if "partial_update" in cls.writes else {}),
        }
        return [
            path(f"{name}/", cls.as_view(many), name=name),
            path(f"{name}/<uuid:id>/", cls.as_view(one), name=f"{name}-detail"),
        ]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "row" in cls.__dict__:
            shape, about = serializer_of(cls.row), (cls.__doc__ or "").strip()
            names = [OpenApiParameter(n, str, description=api_filters.KNOWN.get(n, api_filters.TEXT).note) for n in cls.filters]  # fmt: skip
            extend_schema_view(
                list=extend_schema(responses=shape(many=True), parameters=names, description=about),
                retrieve=extend_schema(responses=shape, description=about),
            )(cls)


def versioned(answer: Any, id: UUID | None) -> Any:
    """An answer, with the ETag of the row that it shows where that is the one of the address."""
    shown = getattr(answer, "data", None)
    about_it = id is not None and isinstance(shown, dict) and str(shown.get("id")) == str(id)
    if about_it and not answer.has_header("ETag"):
        answer["ETag"] = etag(shown)
    return answer


def etag(shown: Any) -> str:
    """The version of a document, for If-Match: a digest of what it shows, without what the clock alone changes."""
    if isinstance(shown, dict):
        shown = {name: value for name, value in shown.items() if name not in BY_THE_CLOCK}
    text = json.dumps(shown, cls=JSONEncoder, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def check_match(request: Request, shown: Any) -> None:
    """Raises Outdated (412) when the caller's If-Match names another version than this, of a row locked before."""
    if not names(request.headers.get("If-Match", "*"), etag(shown)):
        raise Outdated


def names(wanted: str, tag: str) -> bool:
    """Whether an If-Match names this version, alone or among others."""
    return wanted.strip() == "*" or tag in {each.strip() for each in wanted.split(",")}
