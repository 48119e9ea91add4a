"""The head of a tenant's chain as a document that can be kept elsewhere, and read again."""

import json
import re
from typing import Any

from mspgov.kernel.faults import Fault
from mspgov.tenancy.models import Tenant

from .calc.verification import NOTHING, Mark

HASH = re.compile(r"[0-9a-f]{64}")


def head_document(tenant: Tenant, head: Mark | None) -> dict[str, Any]:
    head = head or Mark(0, NOTHING)
    return {"tenant": tenant.slug, "position": head.position, "hash": head.hash}


def read_head(text: str, tenant: Tenant, path: str) -> Mark:
    """A head that was exported before. Raises Fault at `path` for what is none, or is another tenant's."""
    try:
        document = json.loads(text)
    except ValueError:
        raise Fault(path, "is not JSON") from None
    if not isinstance(document, dict):
        raise Fault(path, "must be an object with tenant, position and hash")
    if document.get("tenant") != tenant.slug:
        raise Fault(f"{path}: tenant", f"must be {tenant.slug}")
    position, digest = document.get("position"), document.get("hash")
    if not isinstance(position, int) or isinstance(position, bool) or position < 0:
        raise Fault(f"{path}: position", "must be a whole number")
    if not isinstance(digest, str) or not HASH.fullmatch(digest):
        raise Fault(f"{path}: hash", "must be 64 hexadecimal digits")
    return Mark(position, digest)
