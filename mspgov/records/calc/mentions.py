"""Whom a text mentions: an @ and a name or an e-mail address of somebody known."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

AT = re.compile(r"(?<![\w.@])@(?=\S)")
WORD = re.compile(r"[\w.+-]+(?:@[\w.-]+\w)?")


@dataclass(frozen=True)
class Mentions:
    """`known`: the names found, each once, in order of the text; `strangers`: what follows an @ and is nobody."""

    known: tuple[str, ...]
    strangers: tuple[str, ...]


def mentions(text: str, names: Iterable[str]) -> Mentions:
    """Whom `text` mentions out of `names`, which may hold blanks; the longest name that fits counts, in any case.

    An @ inside a word, as of an address in running text, mentions nobody.
    """
    by_length = sorted({name for name in names if name}, key=len, reverse=True)
    known: dict[str, None] = {}
    strangers: dict[str, None] = {}
    for found in AT.finditer(text):
        rest = text[found.end() :]
        name = next((name for name in by_length if _begins(rest, name)), None)
        if name is not None:
            known[name] = None
        elif word := WORD.match(rest):
            strangers[word.group().rstrip(".-+")] = None
    return Mentions(tuple(known), tuple(name for name in strangers if name))


def _begins(rest: str, name: str) -> bool:
    """Whether the text goes on with this name and the name ends there."""
    if rest[: len(name)].casefold() != name.casefold():
        return False
    after = rest[len(name) : len(name) + 1]
    return not (after.isalnum() or after == "_")
