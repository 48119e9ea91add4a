"""Everything a printed document may load, by address; the press refuses the rest."""

from functools import cache
from pathlib import Path

from .palette import paper_colours

BASE_URL = "https://paper.invalid/"
STATIC = Path(__file__).resolve().parents[2] / "static"
STYLES = ("css/tokens.css", "css/paper.css")
CUTS = ("Regular", "Medium", "SemiBold", "Italic")

# Drawings on a grid of 12 by 12 (hatch: 6 by 6); {name} is a token.
DRAWINGS = {
    "met": '<circle cx="6" cy="6" r="5.5" fill="{met}"/><path d="M3.3 6.2 5.3 8.2 8.8 4.2" {white}/>',
    "risk": '<path d="M6 .8 11.6 11.2H.4Z" fill="{risk-mark}"/><path d="M6 4.6V7.4M6 9v.8" fill="none" stroke="{ink}" stroke-width="1.3"/>',
    "risk-plain": '<path d="M6 1.5 11.2 10.8H.8Z" fill="{risk}"/>',
    "missed": '<path d="M.5.5h11v11H.5Z" fill="{missed-solid}"/><path d="M3.3 3.3 8.7 8.7M8.7 3.3 3.3 8.7" {white}/>',
    "cross-white": '<path d="M1.8 1.8 10.2 10.2M10.2 1.8 1.8 10.2" fill="none" stroke="{on-missed}" stroke-width="2.6"/>',
    "cross": '<path d="M1.8 1.8 10.2 10.2M10.2 1.8 1.8 10.2" fill="none" stroke="{missed-solid}" stroke-width="2.6"/>',
    "none": '<circle cx="6" cy="6" r="5" fill="none" stroke="{none}" stroke-width="1.2" stroke-dasharray="2.2 1.7"/>',
    "sealed": '<path d="M6 .4 7.3 1.5 9 1.2 9.6 2.8 11.2 3.4 10.9 5.1 11.8 6.5 10.7 7.8 10.8 9.5 9.1 9.9 8.3 11.4 6.6 11 5.1 11.8 '
    '4 10.5 2.3 10.3 2 8.6.6 7.6 1.2 6 .5 4.4 2 3.5 2.2 1.8 4 1.7Z" fill="none" stroke="{accent}" stroke-width="1"/>'
    '<path d="M3.7 6.2 5.4 7.8 8.3 4.5" fill="none" stroke="{accent}" stroke-width="1.2"/>',
    "open": '<circle cx="6" cy="6" r="4.8" fill="none" stroke="{edge}" stroke-width="1.1" stroke-dasharray="2 1.6"/>',
    "corrected": '<path d="M0 0H12V12Z" fill="{ink}"/>',
    "hatch": '<path d="M-1 1 1-1M0 6 6 0M5 7 7 5" fill="none" stroke="{hatch}" stroke-width="1"/>',
    "stripes": '<path d="M-1 1 1-1M0 6 6 0M5 7 7 5" fill="none" stroke="{held-client}" stroke-width=".6"/>',
}


def drawing(name: str) -> str:
    """One drawing as an SVG document in the colours of paper."""
    colours = paper_colours()
    body = DRAWINGS[name].replace("{white}", f'fill="none" stroke="{colours["on-missed"]}" stroke-width="1.5"')
    for token, colour in colours.items():
        body = body.replace(f"{{{token}}}", colour)
    side = 6 if name in {"hatch", "stripes"} else 12
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {side} {side}">{body}</svg>'


@cache
def known_assets() -> dict[str, dict[str, str]]:
    """Address → {path or text, media_type}: style sheets, the four cuts of the face, the drawings."""
    known = {f"{BASE_URL}{name}": {"path": str(STATIC / name), "media_type": "text/css"} for name in STYLES}
    for cut in CUTS:
        name = f"fonts/IBMPlexSans-{cut}.ttf"
        known[f"{BASE_URL}{name}"] = {"path": str(STATIC / name), "media_type": "font/ttf"}
    for name in DRAWINGS:
        known[f"{BASE_URL}marks/{name}.svg"] = {"text": drawing(name), "media_type": "image/svg+xml"}
    return known
