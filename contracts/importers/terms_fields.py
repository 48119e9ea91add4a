"""Fields of a document read one by one, each fault with its path."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from mspgov.kernel.calendar_terms import below
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import read_day, shown
from mspgov.kernel.ratio import plain
from mspgov.kernel.written import as_written

T = TypeVar("T")

HUNDRED: Final = Decimal(100)
MOST_DIGITS: Final = 18
MOST_COUNT: Final = 10**12
LONGEST_TEXT: Final = 500
MISSING: Final = object()


class Fields:
    """The fields of one mapping; Fault when it is none, or has a key outside `known`."""

    def __init__(self, document: object, path: str, known: Iterable[str]) -> None:
        self.path = path
        self.values = mapping(document, path)
        self.read = frozenset(known)
        for key in self.values:
            if key not in self.read:
                raise Fault(below(path, key), "unknown key")

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def at(self, key: str) -> str:
        """The path of a field."""
        return below(self.path, key)

    def required(self, key: str, read: Callable[[object, str], T]) -> T:
        """The field, read; Fault when it is missing."""
        if key not in self.values:
            raise Fault(self.at(key), "is required")
        return read(self.values[key], self.at(key))

    def optional(self, key: str, read: Callable[[object, str], T], otherwise: T) -> T:
        """The field, read, or what stands for it when it is missing."""
        return read(self.values[key], self.at(key)) if key in self.values else otherwise

    def maybe(self, key: str, read: Callable[[object, str], T]) -> T | None:
        """The field, read, or None when it is missing."""
        return read(self.values[key], self.at(key)) if key in self.values else None


def mapping(value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault(path, "must be a mapping of keys to values")
    for key in value:
        if not isinstance(key, str):
            raise Fault(path, f"has a key that is not text: {shown(key)}")
    return value


def entries(value: object, path: str) -> Iterator[tuple[str, object, str]]:
    """(key, value, path) of each entry of a mapping with free keys."""
    for key, inner in mapping(value, path).items():
        yield key, inner, below(path, key)


def items(value: object, path: str) -> Iterator[tuple[object, str]]:
    """(value, path) of each item of a list."""
    if not isinstance(value, list | tuple):
        raise Fault(path, "must be a list")
    for place, inner in enumerate(value):
        yield inner, f"{path}[{place}]"


def text(value: object, path: str) -> str:
    """One line of text that is not empty. A code that looks like a number (`1e3`) needs no quotes and stays as the
    document writes it."""
    value = as_written(value)
    if isinstance(value, bool) or value is None:
        raise Fault(path, "must be text; true, false, null and an empty value are text in quotes only")
    if not isinstance(value, str):
        raise Fault(path, "must be text")
    if not value.strip():
        raise Fault(path, "must not be empty")
    if not value.isprintable():
        raise Fault(path, "must be one line of text without control characters")
    if len(value) > LONGEST_TEXT:
        raise Fault(path, f"must have at most {LONGEST_TEXT} characters")
    return value


def short_text(most: int) -> Callable[[object, str], str]:
    """A reader of text with at most so many characters."""

    def read(value: object, path: str) -> str:
        line = text(value, path)
        if len(line) > most:
            raise Fault(path, f"must have at most {most} characters")
        return line

    return read


def yes_or_no(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise Fault(path, "must be true or false")
    return value


def one_of(*words: str) -> Callable[[object, str], str]:
    """A reader of one of these words."""

    def read(value: object, path: str) -> str:
        if value not in words:
            raise Fault(path, f"must be one of {', '.join(words)}" if len(words) > 1 else f"must be {words[0]}")
        return str(value)

    return read


def day(value: object, path: str) -> date:
    return read_day(value, path)


def count(least: int = 0, most: int = MOST_COUNT) -> Callable[[object, str], int]:
    """A reader of a whole number of at least `least`."""

    def read(value: object, path: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Fault(path, "must be a whole number")
        if value < least:
            raise Fault(path, f"must be at least {least}")
        if value > most:
            raise Fault(path, f"must be at most {most}")
        return int(value)

    return read


def decimal(value: object, path: str) -> Decimal:
    """A number exactly as written, as number or text; its decimal has no needless zeros."""
    number = _decimal(value)
    if number is None:
        raise Fault(path, "must be a number")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() > MOST_DIGITS or exponent < -2 * MOST_DIGITS:
        raise Fault(path, "has too many digits")
    return Decimal(plain(number)) if number else Decimal(0)


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < 10 ** (MOST_DIGITS + 1) else Decimal("Infinity")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str) and len(value) <= 2 * MOST_DIGITS + 2 and value.isascii():
        whole, dot, decimals = value.removeprefix("-").partition(".")
        if whole.isdigit() and (decimals.isdigit() or not dot):
            return Decimal(value)
    return None


def number(least: Decimal = Decimal(0), most: Decimal | None = None) -> Callable[[object, str], Decimal]:
    """A reader of a number from `least` to `most`."""

    def read(value: object, path: str) -> Decimal:
        read_number = decimal(value, path)
        if read_number < least:
            raise Fault(path, f"must be at least {plain(least)}")
        if most is not None and read_number > most:
            raise Fault(path, f"must be at most {plain(most)}")
        return read_number

    return read


percent = number(most=HUNDRED)
"""A reader of a percentage from 0 to 100."""


def listed(read: Callable[[object, str], T]) -> Callable[[object, str], tuple[T, ...]]:
    """A reader of a list, each item by `read`."""

    def read_all(value: object, path: str) -> tuple[T, ...]:
        return tuple(read(inner, inner_path) for inner, inner_path in items(value, path))

    return read_all
