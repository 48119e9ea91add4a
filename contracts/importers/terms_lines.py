"""Where in a terms file the fault stands: the line of a path."""

import re

import yaml

from mspgov.kernel.faults import Fault

from .terms_text import compose

STEP = re.compile(r"\[([0-9]+)\]|\[([^\]]*)\]|([^.\[\]]+)")
LINE = re.compile(r"line ([0-9]+)")


def line_of(text: str, path: str, why: str = "") -> int | None:
    """The line (from 1) of the deepest part of the path that the text has; None when there is nothing to show.

    A text that is no YAML has the line that the reason names.
    """
    named = LINE.search(path) or LINE.search(why)
    if named:
        return int(named[1])
    try:
        node = compose(text.removeprefix("\ufeff"))
    except Fault:
        return None
    if node is None:
        return None
    line = node.start_mark.line + 1
    for step in STEP.finditer(path):
        found = _below(node, step)
        if found is None:
            return line
        line, node = found
    return line


def _below(node: yaml.Node, step: re.Match[str]) -> tuple[int, yaml.Node] | None:
    index, quoted, name = step.groups()
    if isinstance(node, yaml.SequenceNode):
        place = int(index) if index is not None else -1
        if not 0 <= place < len(node.value):
            return None
        inner = node.value[place]
        return inner.start_mark.line + 1, inner
    if isinstance(node, yaml.MappingNode):
        wanted = name if name is not None else (quoted or index or "").strip("'\"")
        for key, value in node.value:
            if getattr(key, "value", None) == wanted:
                return key.start_mark.line + 1, value
    return None
