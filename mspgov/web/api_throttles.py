"""How often one caller may ask: counted by the minute in Valkey, per token or person; reading and writing apart.

When Valkey is away nobody is turned away, and the log says so once a minute.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

MINUTE = 60
log = logging.getLogger("mspgov.web")


class Steady(BaseThrottle):
    """At most API_READS_A_MINUTE and API_WRITES_A_MINUTE; 0 counts nothing. Who is not signed in got a 401 before."""

    left = MINUTE
    _silent_until = 0.0

    def allow_request(self, request: Any, view: Any) -> bool:
        kind = "read" if request.method in SAFE_METHODS else "write"
        most = settings.API_READS_A_MINUTE if kind == "read" else settings.API_WRITES_A_MINUTE
        if not most or not getattr(request.user, "pk", None):
            return True
        who = f"t{request.auth.pk}" if request.auth is not None else f"p{request.user.pk}"
        now = time.time()
        key, self.left = f"throttle:{who}:{kind}:{int(now // MINUTE)}", MINUTE - int(now % MINUTE)
        try:
            cache.add(key, 0, MINUTE + 5)
            return bool(cache.incr(key) <= most)
        except Exception as error:  # of the client, of the socket, or a key that went meanwhile: the API goes on
            if now > Steady._silent_until:
                Steady._silent_until = now + MINUTE
                log.warning("nothing is throttled: the cache does not answer (%s)", type(error).__name__)
            return True

    def wait(self) -> float:
        return self.left
