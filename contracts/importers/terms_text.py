"""YAML 1.2 and JSON as plain values: numbers with a point are decimals, dates stay text, no key stands twice."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import yaml

from mspgov.kernel.calendar_terms import below
from mspgov.kernel.faults import Fault
from mspgov.kernel.written import WrittenDecimal, WrittenInt

INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
TRUE: Final = frozenset({"true", "True", "TRUE"})
FALSE: Final = frozenset({"false", "False", "FALSE"})
NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
TAG: Final = "tag:yaml.org,2002:"
MOST_NODES: Final = 20_000
MOST_DEPTH: Final = 50
MOST_YAML_BYTES: Final = 256_000
MOST_CHARACTERS: Final = 2_000_000
LONGEST_NUMBER: Final = 60
DEEP: Final = "exceeded maximum nesting depth"
"""What libyaml says of a thousand levels, which it looks ahead for."""

if TYPE_CHECKING:
    from yaml import SafeLoader as FastestLoader
else:
    FastestLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CoreLoader(FastestLoader):
    """Composes nodes by YAML 1.2: `18:00`, `NO`, `on` and `2026-01-01` are text, `0123` too."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _name, _pattern in (
    ("bool", re.compile("true|True|TRUE|false|False|FALSE")),
    ("null", re.compile("~|null|Null|NULL|")),
    ("int", INTEGER),
    ("float", FLOAT),
):
    CoreLoader.add_implicit_resolver(TAG + _name, re.compile(f"(?:{_pattern.pattern})$"), None)


@contextmanager
def in_file(name: str) -> Iterator[None]:
    """A fault inside names the file too: `terms.yaml: service_levels[2].key: is required`."""
    try:
        yield
    except Fault as fault:
        raise Fault(f"{name}: {fault.path}" if fault.path else name, fault.why) from None


def read_text(content: bytes) -> str:
    """UTF-8 with or without a byte order mark; Fault for any other encoding."""
    if len(content) > 4 * MOST_CHARACTERS:
        raise Fault("", f"is longer than {MOST_CHARACTERS:,} characters")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise Fault("", f"line {line}: is not text in UTF-8") from None


def read_yaml(text: str) -> Any:
    """The one document of a YAML 1.2 text; Fault names the line, or the path of a key that stands twice."""
    _check_yaml_length(text)
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            return read_json(text)
        except Fault as fault:
            if fault.path:
                raise
    node = compose(text)
    return None if node is None else _Building().value(node, "", ())


def compose(text: str) -> yaml.Node | None:
    """The nodes of a YAML text, None for an empty one. Fault with the line for what is no YAML, and before anything is
    composed for more than MOST_NODES values or MOST_DEPTH levels: time is bounded by the limits, not by the text."""
    _check_yaml_length(text)
    try:
        _check_events(yaml.parse(text, Loader=CoreLoader))
        node: yaml.Node | None = yaml.compose(text, Loader=CoreLoader)
    except yaml.YAMLError as problem:
        raise Fault("", _yaml_problem(problem, text)) from None
    except UnicodeEncodeError:
        raise Fault("", "has a character that UTF-8 does not know") from None
    return node


def _check_events(events: Iterable[yaml.Event]) -> None:
    """Takes events until one is beyond the limits; then Fault with its line."""
    values = depth = 0
    for event in events:
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1 if event.start_mark else 1
        if values > MOST_NODES:
            raise Fault("", f"line {line}: has too many values, more than {MOST_NODES:,}")
        if depth > MOST_DEPTH:
            raise Fault("", f"line {line}: is nested too deeply, more than {MOST_DEPTH} levels")


def _yaml_problem(problem: yaml.YAMLError, text: str) -> str:
    if isinstance(problem, yaml.MarkedYAMLError) and problem.problem_mark is not None:
        mark, last = problem.problem_mark, text.rstrip("\r\n").count("\n")
        if problem.problem == DEEP:
            return f"line {mark.line + 1}: is nested too deeply"
        return f"line {min(mark.line, last) + 1}, column {mark.column + 1}: {problem.problem or 'cannot be read'}"
    return f"cannot be read as YAML: {' '.join(str(problem).split())}"


class _Building:
    """Values from nodes. An alias repeats its anchor's value; the whole may not grow beyond MOST_NODES."""

    def __init__(self) -> None:
        self.made = 0

    def value(self, node: yaml.Node, path: str, above: tuple[yaml.Node, ...]) -> Any:
        self.made += 1
        if self.made > MOST_NODES:
            raise Fault(path, "has too many values")
        if any(node is outer for outer in above):
            raise Fault(path, "contains itself")
        kind = node.tag.removeprefix(TAG)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, path, (*above, node))
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            inner = (*above, node)
            return [self.value(item, f"{path}[{place}]", inner) for place, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(kind, node.value, path)
        raise Fault(path, f"has the tag {kind}, which means nothing here")

    def _mapping(self, node: yaml.MappingNode, path: str, above: tuple[yaml.Node, ...]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise Fault(path, "has a key that is not text")
            key = key_node.value
            if key in made:
                raise Fault(below(path, key), "is given twice")
            made[key] = self.value(value_node, below(path, key), above)
        return made


def _scalar(kind: str, text: str, path: str) -> Any:
    if kind == "str":
        return text
    if kind in {"int", "float"} and len(text) > LONGEST_NUMBER:
        raise Fault(path, "has too many digits")
    if kind == "int" and INTEGER.fullmatch(text):
        return WrittenInt(text)
    if kind == "float" and FLOAT.fullmatch(text):
        return WrittenDecimal(text)
    if kind == "bool" and text in TRUE | FALSE:
        return text in TRUE
    if kind == "null" and text in NULL:
        return None
    raise Fault(path, f"has the tag {kind}, which means nothing here")


class _Doubled(dict[str, Any]):
    """A JSON object in which a key stands twice."""

    key: str = ""


def read_json(text: str) -> Any:
    """The one document of a JSON text, decimals exactly as written; Fault names the line, or the path of a key
    that stands twice."""
    _check_length(text)
    doubled: list[_Doubled] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) == len(pairs):
            return made
        twice = _Doubled(made)
        twice.key = _first_twice(key for key, _ in pairs)
        doubled.append(twice)
        return twice

    try:
        document = json.loads(
            text.removeprefix("\ufeff"),
            parse_float=_number,
            parse_int=_whole_number,
            parse_constant=_no_number,
            object_pairs_hook=mapping,
        )
    except json.JSONDecodeError as problem:
        raise Fault("", f"line {problem.lineno}, column {problem.colno}: {problem.msg}") from None
    except RecursionError:
        raise Fault("", "is nested too deeply") from None
    if doubled:
        _name_doubled(document, "")
    return document


def _first_twice(keys: Iterable[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    raise ValueError("no key stands twice")


def _name_doubled(value: Any, path: str) -> None:
    if isinstance(value, _Doubled):
        raise Fault(below(path, value.key), "is given twice")
    if isinstance(value, dict):
        for key, inner in value.items():
            _name_doubled(inner, below(path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _name_doubled(inner, f"{path}[{place}]")


def _number(text: str) -> WrittenDecimal:
    if len(text) > LONGEST_NUMBER or not FLOAT.fullmatch(text):
        raise Fault("", f"the number {text[:20]}… has too many digits")
    return WrittenDecimal(text)


def _whole_number(text: str) -> WrittenInt:
    if len(text) > LONGEST_NUMBER:
        raise Fault("", f"the number {text[:20]}… has too many digits")
    return WrittenInt(text)


def _no_number(text: str) -> Any:
    raise Fault("", f"{text} is not a number")


def _check_yaml_length(text: str) -> None:
    if len(text) > MOST_YAML_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_YAML_BYTES:
        raise Fault("", f"is larger than {MOST_YAML_BYTES // 1000} kB; terms are a few pages of text")


def _check_length(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise Fault("", f"is longer than {MOST_CHARACTERS:,} characters")
