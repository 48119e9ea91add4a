"""The cache that counts: where Valkey does not answer, nobody is kept from signing in or asking for it."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger("mspgov.cache")


class OpenCache(RedisCache):
    """Reads what is not there and keeps nothing while the server is away; the log says so once a minute."""

    _silent_until = 0.0

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._tried(super().add, True, *args, **kwargs))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._tried(super().get, default, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._tried(super().set, None, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._tried(super().delete, False, *args, **kwargs))

    def _tried(self, method: Callable[..., Any], otherwise: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except (RedisError, OSError) as error:
            if (now := time.monotonic()) > OpenCache._silent_until:
                OpenCache._silent_until = now + 60
                log.warning(
                    "the cache does not answer (%s): limits on asking and signing in rest", type(error).__name__
                )
            return otherwise
