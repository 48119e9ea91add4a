"""Strict reading of the environment: `NAME_FILE` for secrets, and an unknown `MSPGOV_*` variable is an error."""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

KNOWN = {
    "MSPGOV_HOME", "MSPGOV_PORT", "MSPGOV_DEBUG", "MSPGOV_SECRET_KEY", "MSPGOV_ALLOWED_HOSTS",
    "MSPGOV_TRUSTED_ORIGINS", "MSPGOV_HTTPS", "MSPGOV_ADDRESS", "MSPGOV_EMAIL_FROM", "MSPGOV_API_READS_A_MINUTE", "MSPGOV_API_WRITES_A_MINUTE",
    "MSPGOV_FAILED_SIGN_INS",
}  # fmt: skip


class BadEnvironment(SystemExit):
    """The process does not start with this environment."""

    def __init__(self, why: str) -> None:
        super().__init__(f"mspgov: {why}")


def check_known() -> None:
    """Raises BadEnvironment for a variable that begins with MSPGOV_ and means nothing, so that a slip is found."""
    names = {name.removesuffix("_FILE") for name in os.environ if name.startswith("MSPGOV_")}
    if unknown := sorted(names - KNOWN):
        raise BadEnvironment(f"unknown variable {unknown[0]}; known are {', '.join(sorted(KNOWN))}")


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that NAME_FILE names. Raises BadEnvironment when neither is there."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    value = os.environ.get(name, default)
    if value is None:
        raise BadEnvironment(f"{name} is not set")
    return value


def flag(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise BadEnvironment(f"{name} must be 0 or 1, not {value!r}")
    return value == "1"


def whole(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isascii() or not value.isdecimal() or len(value) > 9:
        raise BadEnvironment(f"{name} must be a whole number, not {value!r}")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return text(name, default).replace(",", " ").split()


class Post(NamedTuple):
    """How e-mail leaves, in Django's settings of the same names."""

    backend: str
    folder: str | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False


def post(name: str, folder: Path) -> Post:
    """Read from an address such as smtp+tls://user:secret@mail.example:587 (smtps:// for TLS from the first byte,
    smtp:// for none). Without the variable each e-mail becomes a file of the folder. Raises BadEnvironment."""
    url = urlsplit(text(name, ""))
    if not url.geturl():
        return Post("django.core.mail.backends.filebased.EmailBackend", str(folder))
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    try:
        port = url.port
    except ValueError:
        raise BadEnvironment(f"{name}: the port is no number") from None
    if url.scheme not in ports or not url.hostname or url.path.strip("/") or url.query:
        raise BadEnvironment(f"{name} must read smtp://, smtp+tls:// or smtps:// with user:secret@host:port")
    return Post(
        "django.core.mail.backends.smtp.EmailBackend", None, url.hostname, port or ports[url.scheme],
        unquote(url.username or ""), unquote(url.password or ""), url.scheme == "smtp+tls", url.scheme == "smtps",
    )  # fmt: skip
