"""What the OpenAPI document says beyond the views: the two ways to sign in, and the errors that every address may give."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). Bad fields are listed in `errors`.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "why"],
                "properties": {"field": {"type": "string"}, "why": {"type": "string"}},
            },
        },
    },
}
READING = {
    "400": "A field is wrong.",
    "401": "Nobody is signed in.",
    "403": "The token's scope does not open this.",
    "404": "Absent, or not for you.",
    "429": "Asked too often; `Retry-After` says in how many seconds to go on.",
}
WRITING = {
    **READING,
    "403": "The token's scope does not open this, or the CSRF token is missing.",
    "409": "Somebody was faster, or the first request with this Idempotency-Key is still being worked on.",
    "412": "The If-Match is outdated.",
    "415": "A media type that is not read here.",
    "422": "A rule refuses, or this Idempotency-Key was used for another request.",
}


KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Makes it safe to send this again: for 24 hours the same key and body get the same answer.",
}
MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The `ETag` of the row as it was read; 412 when it has changed since.",
}
WAIT = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
TAG = {"ETag": {"schema": {"type": "string"}, "description": "The version of the row, for `If-Match`."}}


class SignedScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "mspgov.web.api_sign_in.Signed"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [{"type": "http", "scheme": "bearer"}, {"type": "apiKey", "in": "cookie", "name": "sessionid"}]


def with_problems(result: dict[str, Any], generator: Any, request: Any, public: Any) -> dict[str, Any]:
    """Adds the problem answers to every operation of a document."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for address, methods in result.get("paths", {}).items():
        for method, operation in methods.items():
            _add_headers(operation, method, of_one_row="{id}" in address)
            for status, why in (READING if method == "get" else WRITING).items():
                told: dict[str, Any] = {"description": why, "content": content}
                waits = {"headers": WAIT} if status == "429" or (status == "409" and method == "post") else {}
                operation["responses"].setdefault(status, {**told, **waits})
    return result


def _add_headers(operation: dict[str, Any], method: str, *, of_one_row: bool) -> None:
    """What a caller may send, and which version comes back."""
    sent = [*([KEY] if method == "post" else []), *([MATCH] if method != "get" and of_one_row else [])]
    if sent:
        operation.setdefault("parameters", []).extend(sent)
    for status, answer in operation["responses"].items():
        if of_one_row and status in ("200", "201"):
            answer["headers"] = TAG
