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
READING = {"400": "A field is wrong.", "401": "Nobody is signed in.", "404": "Absent, or not for you."}
WRITING = {
    **READING,
    "403": "The token may only read, or the CSRF token is missing.",
    "409": "Somebody was faster.",
    "412": "The If-Match is outdated.",
    "415": "A media type that is not read here.",
    "422": "A rule refuses.",
}


class SignedScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "mspgov.web.api_sign_in.Signed"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [{"type": "http", "scheme": "bearer"}, {"type": "apiKey", "in": "cookie", "name": "sessionid"}]


def with_problems(result: dict[str, Any], generator: Any, request: Any, public: Any) -> dict[str, Any]:
    """Adds the problem answers to every operation of a document."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in result.get("paths", {}).values():
        for method, operation in methods.items():
            for status, why in (READING if method == "get" else WRITING).items():
                operation["responses"].setdefault(status, {"description": why, "content": content})
    return result
