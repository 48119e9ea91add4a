"""HTML to PDF/UA-1 in a child of its own: no environment, no connections, limits on memory, time and size, and only known assets."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from .assets import BASE_URL, known_assets

CHILD = Path(__file__).with_name("press_child.py")


class PressFailed(RuntimeError):
    """The child gave no document: it met a limit or could not lay the pages out."""


@dataclass(frozen=True)
class Limits:
    """What one document may use: bytes of address space, seconds of processor and of clock, bytes of the file."""

    memory: int = 1536 * 2**20
    cpu_seconds: int = 120
    seconds: int = 240
    file_bytes: int = 64 * 2**20


@dataclass(frozen=True)
class Enclosure:
    """A file that travels inside the PDF; `relationship` as in ISO 32000-2, 7.11.3 (Source, Data, Supplement)."""

    name: str
    description: str
    content: bytes
    relationship: str = "Data"


@dataclass(frozen=True)
class Printed:
    """A PDF with its number of pages, the seconds that laying out took, and the addresses it asked for in vain."""

    pdf: bytes
    pages: int
    seconds: float
    refused: tuple[str, ...]


class Press:
    """A child that is started early, so that it warms up while the HTML is being written, and prints one document.

    >>> with Press() as press:
    ...     printed = press.print(html, at=facts.frozen_at, identifier=facts.sha256)
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    def __enter__(self) -> Self:
        limits = (self.limits.memory, self.limits.cpu_seconds, self.limits.file_bytes)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "XDG_CACHE_HOME") if name in os.environ}
        self._errors = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(CHILD), *map(str, limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**kept, "HOME": tempfile.gettempdir()},
            cwd="/",
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.communicate()
        self._errors.close()

    def print(
        self, html: str, *, at: datetime, identifier: str, enclosures: Callable[[], Sequence[Enclosure]] = tuple
    ) -> Printed:
        """The document's bytes depend on the arguments and the assets only: `at` dates it, `identifier` is its PDF id. What travels
        inside is made by `enclosures` while the child lays the pages out.

        Raises PressFailed when the child ends without a document, by a limit or a fault of its own.
        """
        request = {
            "html": html,
            "base_url": BASE_URL,
            "assets": known_assets(),
            "at": at.astimezone(UTC).isoformat(),
            "identifier": identifier,
        }
        try:
            self._send(json.dumps(request).encode() + b"\n")
            output, _ = self._child.communicate(_packed(enclosures()), timeout=self.limits.seconds)
        except subprocess.TimeoutExpired as error:
            self._child.kill()
            raise PressFailed(f"no document within {self.limits.seconds} seconds") from error
        if self._child.returncode != 0:
            raise PressFailed(self._why())
        head, _, pdf = output.partition(b"\n")
        answer = json.loads(head)
        if len(pdf) != answer["size"]:
            raise PressFailed("the document is cut short")
        return Printed(pdf, answer["pages"], answer["seconds"], tuple(answer["refused"]))

    def _send(self, line: bytes) -> None:
        assert self._child.stdin is not None  # it is a pipe
        try:
            self._child.stdin.write(line)
            self._child.stdin.flush()
        except BrokenPipeError:
            self._child.wait(self.limits.seconds)
            raise PressFailed(self._why()) from None

    def _why(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines() or ["no message"]
        return f"the press ended with {self._child.returncode}: {lines[-1][:300]}"


def _packed(enclosures: Sequence[Enclosure]) -> bytes:
    """One line that describes them, then their contents one after the other."""
    heads = [
        {"name": one.name, "description": one.description, "relationship": one.relationship, "size": len(one.content)}
        for one in enclosures
    ]
    return json.dumps(heads).encode() + b"\n" + b"".join(one.content for one in enclosures)
