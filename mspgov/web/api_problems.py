"""Errors of the API as application/problem+json (RFC 9457)."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused

MEDIA_TYPE = "application/problem+json"


MET = "somebody wrote to the same things at the same moment; nothing of yours was kept, do it again"


def met_another(error: OperationalError) -> bool:
    """Whether the database ended a transaction because two waited for each other."""
    return getattr(error.__cause__, "pgcode", "") in {"40P01", "40001"}


class Outdated(exceptions.APIException):
    """The row has changed since the caller read it."""

    status_code = 412
    default_detail = "the row has changed since you read it"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error of a view; None for what nobody expected, which becomes a 500. Whoever holds the
    transaction rolls it back, as for every status of 400 or more."""
    headers: dict[str, str] = {}
    match error:
        case exceptions.ValidationError():
            return answer(400, "a field is wrong", errors=list(faults(error.detail)))
        case Fault():
            return answer(400, str(error), errors=[{"field": error.path, "why": error.why}])
        case DjangoValidationError():
            return answer(400, "a field is wrong", errors=list(faults(error.message_dict if hasattr(error, "error_dict") else error.messages)))  # fmt: skip
        case Http404():
            return answer(404, "there is nothing here that you can see")
        case Conflict():
            return answer(409, str(error))
        case Refused():
            return answer(422, str(error))
        case OperationalError() if met_another(error):
            return answer(409, MET)
        case DjangoPermissionDenied():
            return answer(403, str(error) or "forbidden")
        case exceptions.APIException():
            if header := getattr(error, "auth_header", None):
                headers["WWW-Authenticate"] = header
            if wait := getattr(error, "wait", None):
                headers["Retry-After"] = str(int(wait))
            return answer(error.status_code, str(error.detail), headers=headers)
    return None


def answer(status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return Response(document(status, detail, **more), status=status, content_type=MEDIA_TYPE, headers=headers)


def document(status: int, detail: str, **more: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}


def faults(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Every wrong field with its reason, nested ones by their path: lines[2].amount."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            plain = name in ("non_field_errors", "__all__")
            yield from faults(inner, field if plain else f"{field}.{name}" if field else str(name))
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict)
            yield from faults(inner, f"{field}[{place}]" if nested and field else field)
    else:
        yield {"field": field, "why": str(detail)}
