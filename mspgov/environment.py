"""Strict reading of the environment: `NAME_FILE` for secrets, and an unknown `MSPGOV_*` variable is an error."""

import os
from pathlib import Path

KNOWN = {
    "MSPGOV_HOME", "MSPGOV_PORT", "MSPGOV_DEBUG", "MSPGOV_SECRET_KEY", "MSPGOV_ALLOWED_HOSTS",
    "MSPGOV_TRUSTED_ORIGINS", "MSPGOV_HTTPS", "MSPGOV_EMAIL_URL", "MSPGOV_EMAIL_FROM",
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


def words(name: str, default: str = "") -> list[str]:
    return text(name, default).replace(",", " ").split()
