"""What a caller may do: the permission of the view to read, that of the action to write; a token opens what its scope names."""

from typing import Any

from django.http import Http404
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from mspgov.tenancy.policy import PUBLIC


class May(BasePermission):
    """Reads `may` and `writes` ({action: Permission}) of a view. Absent and forbidden are the same 404."""

    def has_permission(self, request: Any, view: Any) -> bool:
        reads = request.method in SAFE_METHODS
        if view.may is PUBLIC:
            return True
        if (member := getattr(request._request, "member", None)) is None:
            return False
        if getattr(view, "action", None) is None:
            return True  # there is no such method here: 405
        needed = view.may if reads else getattr(view, "writes", {}).get(view.action)
        if needed is None or not member.holds(needed):
            raise Http404
        if request.auth is not None and not request.auth.opens(needed, writes=not reads):
            raise PermissionDenied(f"the token's scope ({request.auth.scope}) does not open this")
        return True
