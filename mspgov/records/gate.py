"""The one gate for evidence: what a file is by its content, whether that is taken, and whether its name says the same."""

import io
import zipfile
from pathlib import PurePath
from typing import IO

from mspgov.kernel.refusals import Refused

MOST_BYTES = 50 * 2**20
HEAD = 8192
OFFICE = {
    "word/": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/": ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
SIGNED = {  # first bytes: (endings, media type)
    b"%PDF-": (("pdf",), "application/pdf"),
    b"\x89PNG\r\n\x1a\n": (("png",), "image/png"),
    b"\xff\xd8\xff": (("jpg", "jpeg"), "image/jpeg"),
}
TEXT = {"txt": "text/plain", "log": "text/plain", "csv": "text/csv", "json": "application/json", "md": "text/plain"}
TAKEN = "PDF, PNG, JPEG, Word, Excel, PowerPoint, and text (txt, log, csv, json, md)"


def media_type_of(name: str, size: int, stream: IO[bytes], *, taken: str = TAKEN) -> str:
    """The media type of a file that may come in; the stream is left at its beginning. Raises Refused, saying why, for
    one that is empty or too large, is of no kind that is taken, or bears the name of another kind; `taken` says what the
    caller reads."""
    if size > MOST_BYTES:
        raise Refused(f"{name} has {size / 2**20:.0f} MB; at most {MOST_BYTES // 2**20} MB are taken")
    stream.seek(0)
    head = stream.read(HEAD)
    stream.seek(0)
    if not head:
        raise Refused(f"{name} is empty")
    ending = PurePath(name).suffix.removeprefix(".").lower()
    endings, media_type = _kind(head, ending, stream)
    if media_type is None:
        raise Refused(f"{name} is of a kind that is not taken; taken are {taken}")
    if ending not in endings:
        raise Refused(f"{name} is in truth a {endings[0].upper()} file; give it its own name")
    return media_type


def _kind(head: bytes, ending: str, stream: IO[bytes]) -> tuple[tuple[str, ...], str | None]:
    for signature, kind in SIGNED.items():
        if head.startswith(signature):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _office(stream)
    if ending in TEXT and _is_text(head):
        return (ending,), TEXT[ending]
    return (), None


def _office(stream: IO[bytes]) -> tuple[tuple[str, ...], str | None]:
    """An office document without macros; any other archive is not taken."""
    try:
        names = zipfile.ZipFile(stream).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        names = []
    finally:
        stream.seek(0)
    if "[Content_Types].xml" in names and not any(n.endswith("vbaProject.bin") for n in names):
        for folder, (ending, media_type) in OFFICE.items():
            if any(n.startswith(folder) for n in names):
                return (ending,), media_type
    return (), None


def _is_text(head: bytes) -> bool:
    reader = io.TextIOWrapper(io.BytesIO(head[:-4] if len(head) == HEAD else head), encoding="utf-8-sig")
    try:
        return "\x00" not in reader.read()
    except UnicodeDecodeError:
        return False
