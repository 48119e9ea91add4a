"""Numbers that remember how a document writes them, for a code may look like a number: `1e3`, `.5`, `+95`."""

from decimal import Decimal
from typing import Self


class WrittenInt(int):
    """A whole number with its text."""

    written: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.written = text
        return made

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.written,)


class WrittenDecimal(Decimal):
    """A decimal number with its text."""

    written: str

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.written = text
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.written,)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def as_written(value: object) -> object:
    """The text of a number, as the document writes it where that is known; any other value as it is."""
    if isinstance(value, WrittenInt | WrittenDecimal):
        return value.written
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value
