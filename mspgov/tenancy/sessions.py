"""Sessions that know whose they are, on which device they began and when they were used lately."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

NOTED = timedelta(minutes=5)


class SessionStore(DatabaseStore):
    """Django's, in a table with a person: a session is found, listed and ended by whose it is."""

    @classmethod
    def get_model_class(cls) -> Any:
        from .models import Session

        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.person_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.device = data.get("device", "")[:200]
        for name in ("began_at", "seen_at"):
            if name in data:
                setattr(row, name, datetime.fromisoformat(data[name]))
        return row


class SeenMiddleware:
    """Notes device and time in the session of who is signed in, at most once in NOTED."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        session, now = request.session, timezone.now()
        if (
            SESSION_KEY in session
            and now - datetime.fromisoformat(session.get("seen_at", "2000-01-01T00:00:00Z")) >= NOTED
        ):
            session["seen_at"] = now.isoformat()
            session.setdefault("began_at", session["seen_at"])
            session["device"] = device_of(request.headers.get("User-Agent", ""))
        return self.get_response(request)


SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))


def device_of(agent: str) -> str:
    """'Firefox on Windows' of what a browser says of itself; a program by its own name."""
    system = next((name for part, name in SYSTEMS if part in agent), "")
    browser = next((name for part, name in BROWSERS if part in agent), agent.partition("/")[0].strip()[:60])
    return f"{browser or 'Unknown browser'} on {system}" if system else browser or "Unknown device"
