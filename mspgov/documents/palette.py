"""The tokens of static/css/tokens.css for what cannot read CSS: charts and drawn marks. Paper is the light theme on white."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"


@cache
def paper_colours() -> Mapping[str, str]:
    """Token name (without dashes in front) → "#rrggbb" of the light theme; the surface is white, as paper is."""
    light = TOKENS.read_text().split("}", 1)[0]
    return MappingProxyType({**dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", light)), "surface": "#ffffff"})


@cache
def screen_colours() -> Mapping[str, str]:
    """Token name → `var(--token)`: SVG presentation attributes that follow the page's theme."""
    return MappingProxyType({name: f"var(--{name})" for name in paper_colours()})
