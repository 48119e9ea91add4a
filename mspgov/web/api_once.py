"""Idempotency-Key: a POST that is sent again gets the answer that it got, and its work is done once.

The answer is a row of the work's own transaction, so a request that failed or died leaves no key behind; a lock that ends
with the transaction says that the first one is still at work.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from mspgov.kernel.refusals import Refused
from mspgov.tenancy.context import across, tenant_id

from .models import Answer

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
LOCKS = 7002


class StillRunning(exceptions.APIException):
    """The first request with this key has not been answered yet."""

    status_code = 409
    default_detail = "the first request with this key is still being worked on"
    wait = 1


def once(handler: Callable[..., Any], request: Any, *args: Any, **kwargs: Any) -> Any:
    """The handler's answer, or the one that was given before to the same key and body.

    Raises ValidationError for a key that cannot be one, Refused for a key that was used for another request, StillRunning.
    """
    key = request.headers[HEADER]
    if not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise exceptions.ValidationError({HEADER: "must be 1 to 255 visible ASCII characters"})
    caller = f"token {request.auth.pk}" if request.auth is not None else "session"
    mine, now = {"person": request.user, "caller": caller, "key": key}, timezone.now()
    if not _alone(f"{tenant_id()} {request.user.pk} {caller} {key}"):
        raise StillRunning
    digest = digest_of(request)
    Answer.objects.filter(person=request.user, at__lt=now - KEPT).delete()
    if (known := Answer.objects.filter(**mine).first()) is not None:
        if known.digest != digest:
            raise Refused("this Idempotency-Key was used for another request; a new request needs a new key")
        return HttpResponse(bytes(known.body), status=known.status, headers={**known.headers, "Idempotent-Replayed": "true"})  # fmt: skip
    answer = handler(request, *args, **kwargs)
    if answer.status_code < 400:  # what is refused is rolled back, and may be tried again with the same key
        drawn = isinstance(answer, Response)
        body = JSONRenderer().render(answer.data) if drawn else answer.content
        headers = {name: answer[name] for name in KEPT_HEADERS if answer.has_header(name)}
        headers |= {"Content-Type": JSONRenderer.media_type} if drawn else {}
        Answer.objects.create(
            **mine, digest=digest, status=answer.status_code, headers=headers, body=body or b"", at=now
        )
    return answer


def digest_of(request: Any) -> str:
    """Of method, address and what was sent: fields in any order, files by name and content."""
    hashed = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for piece in _pieces(request.data):
        hashed.update(piece)
    return hashed.hexdigest()


def _pieces(data: Any) -> Iterator[bytes]:
    if not hasattr(data, "lists"):
        yield json.dumps(data, sort_keys=True, cls=JSONEncoder).encode()
        return
    for name, values in sorted(data.lists()):
        for value in values:
            is_file = isinstance(value, UploadedFile)
            yield json.dumps([name, value.name if is_file else value]).encode()
            if is_file:
                yield from value.chunks()
                value.seek(0)


def _alone(who: str) -> bool:
    """Whether nobody else works on this key, until this transaction ends."""
    number = int.from_bytes(hashlib.sha256(who.encode()).digest()[:4], "big", signed=True)
    with connection.cursor() as c:
        c.execute("select pg_try_advisory_xact_lock(%s, %s)", [LOCKS, number])
        return bool(c.fetchone()[0])


def sweep() -> int:
    """Forget answers that are older than a day, of every tenant. Returns how many."""
    old = across(Answer, reason="answers are kept for a day").filter(at__lt=timezone.now() - KEPT)
    return int(old.delete()[0])
