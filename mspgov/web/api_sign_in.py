"""Who calls the API: the person of the session or of the token, whom the tenant's middleware has already found."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request


class Signed(BaseAuthentication):
    """A session that writes must bring its CSRF token; a bearer token needs none."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        asked = request._request
        if not hasattr(asked, "member"):
            return None
        token = asked.token  # type: ignore[attr-defined]
        if token is None:
            check = CSRFCheck(lambda r: None)  # type: ignore[arg-type]
            check.process_request(asked)
            if why := check.process_view(asked, None, (), {}):  # type: ignore[arg-type]
                raise PermissionDenied(f"CSRF failed: {why}")
        return asked.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
