"""What an amendment changes: two documents of terms compared, path by path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mspgov.kernel.calendar_terms import below


@dataclass(frozen=True, slots=True)
class Change:
    """A place that differs: its path, and what stood and stands there ('' where nothing does)."""

    path: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The differences of two terms documents, in the order of the newer one; service levels are paired by their key."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    paths = [*new, *(path for path in old if path not in new)]
    return [Change(p, old.get(p, ""), new.get(p, "")) for p in paths if old.get(p, "") != new.get(p, "")]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, below(path, key))
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) and "key" in item for item in value):
        for item in value:
            yield from _leaves({k: v for k, v in item.items() if k != "key"}, below(path, item["key"]))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}[{place}]")
    else:
        yield path, ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
