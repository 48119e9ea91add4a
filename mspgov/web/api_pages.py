"""Cursor pages: `{"results": […], "next": "<url>" | null, "previous": …}`, stable while rows are added."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as FieldFault
from django.db.models import QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

LONGEST = 500


class CursorPages(CursorPagination):
    """Pages of a queryset by the position of its rows, of a list by the number of its rows."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = LONGEST
    ordering = "-public_id"
    _links: tuple[str | None, str | None] | None = None

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        if not isinstance(queryset, QuerySet):
            return self._paginate_list(queryset, request)
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, FieldFault) as fault:  # a position that is no value of its field
            if self.cursor_query_param not in request.query_params:
                raise
            raise ValidationError({"cursor": "not a cursor of this list"}) from fault

    def get_page_size(self, request: Any) -> int:
        """As asked for, up to the most that a page holds."""
        asked = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (asked.isascii() and asked.isdecimal() and 0 < len(asked) < 10 and int(asked)):
            raise ValidationError({"page_size": f"must be a whole number from 1 to {LONGEST}"})
        return min(int(asked), LONGEST)

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        ordering = getattr(view, "ordering", None) or self.ordering
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)

    def _paginate_list(self, rows: Sequence[Any], request: Any) -> list[Any]:
        size, start = self.get_page_size(request), _position(request)
        url = request.build_absolute_uri()

        def link(at: int) -> str:
            if at <= 0:
                return str(remove_query_param(url, self.cursor_query_param))
            return str(replace_query_param(url, self.cursor_query_param, base64.urlsafe_b64encode(f"n={at}".encode()).decode()))  # fmt: skip

        self._links = (
            link(start + size) if start + size < len(rows) else None,
            link(start - size) if start > 0 else None,
        )
        return list(rows[start : start + size])

    def get_next_link(self) -> str | None:
        return self._links[0] if self._links else super().get_next_link()

    def get_previous_link(self) -> str | None:
        return self._links[1] if self._links else super().get_previous_link()

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


def _position(request: Any) -> int:
    text = request.query_params.get(CursorPages.cursor_query_param)
    if text is None:
        return 0
    try:
        name, _, number = base64.urlsafe_b64decode(text.encode()).decode().partition("=")
        if name != "n" or not number.isascii() or not number.isdecimal() or len(number) > 9:
            raise ValueError
    except (ValueError, binascii.Error):
        raise ValidationError({"cursor": "not a cursor of this list"}) from None
    return int(number)
