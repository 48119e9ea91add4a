"""One link of a tenant's hash chain."""

import hashlib
import json
from datetime import datetime
from typing import Any


def link(previous: str, record: str | None, what: str, before: Any, after: Any, by: str | None, at: datetime) -> str:
    """The hash of a link: SHA-256 over the canonical JSON of the link before it and all that it says."""
    body = [previous, record, what, before, after, by, at.isoformat()]
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
