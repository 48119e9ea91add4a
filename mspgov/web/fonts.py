"""Static cuts of IBM Plex Sans (SIL OFL) from the variable files of the wheel fontpkg-ibm-plex-sans, for screen (WOFF2) and paper (TTF)."""

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.varLib.instancer import instantiateVariableFont

FAMILY = "IBM Plex Sans"
_KEPT_FEATURES = (
    "kern",
    "mark",
    "mkmk",
    "ccmp",
    "locl",
    "liga",
    "zero",
    "frac",
    "sups",
    "subs",
    "tnum",
    "lnum",
    "case",
    "rvrn",
)
_KEPT_CHARACTERS = (
    (0x0020, 0x024F),
    (0x0300, 0x036F),
    (0x0370, 0x0523),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x2070, 0x209F),
    (0x20A0, 0x20BF),
    (0x2100, 0x22FF),
    (0x25A0, 0x25FF),
    (0xFB00, 0xFB06),
)


@dataclass(frozen=True)
class Cut:
    """One static face: file stem, weight (CSS), whether it is italic, and its style name."""

    stem: str
    weight: int
    italic: bool
    style: str


CUTS = (
    Cut("IBMPlexSans-Regular", 400, False, "Regular"),
    Cut("IBMPlexSans-Italic", 400, True, "Italic"),
    Cut("IBMPlexSans-Medium", 500, False, "Medium"),
    Cut("IBMPlexSans-SemiBold", 600, False, "SemiBold"),
)


def missing_cuts(folder: Path) -> list[Cut]:
    """The cuts of which the TTF or the WOFF2 is not in the folder."""
    return [cut for cut in CUTS if not all((folder / f"{cut.stem}{ending}").is_file() for ending in (".ttf", ".woff2"))]


def build_cuts(folder: Path, cuts: list[Cut] | None = None) -> list[Path]:
    """Write the given cuts (all, when None) as TTF and WOFF2; a file appears whole or not at all. Returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = list(CUTS if cuts is None else cuts)
    if not wanted:
        return []
    with ProcessPoolExecutor(max_workers=len(wanted)) as pool:
        return [path for paths in pool.map(_build_cut, [folder] * len(wanted), wanted) for path in paths]


def _build_cut(folder: Path, cut: Cut) -> list[Path]:
    written = []
    plain = folder / f"{cut.stem}.ttf"
    for flavor, target in ((None, plain), ("woff2", folder / f"{cut.stem}.woff2")):
        font = _static_font(cut) if flavor is None else TTFont(plain)
        partial = target.with_suffix(f"{target.suffix}.part")
        font.flavor = flavor
        font.save(partial)
        partial.replace(target)
        written.append(target)
    return written


def _static_font(cut: Cut) -> TTFont:
    name = "IBMPlexSans-Italic[wdth,wght].ttf" if cut.italic else "IBMPlexSans[wdth,wght].ttf"
    source = files("fontpkg_ibm_plex_sans") / "files" / name
    with source.open("rb") as stream:
        font = _subset(TTFont(stream, lazy=False))
    font["name"] = newTable("name")
    font["name"].names = []
    font = instantiateVariableFont(font, {"wght": cut.weight, "wdth": 100}, inplace=True)
    _name_face(font, cut)
    return font


def _subset(font: TTFont) -> TTFont:
    options = Options()
    options.layout_features = list(_KEPT_FEATURES)
    options.drop_tables += ["name", "STAT"]
    options.hinting = True
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[point for first, latest in _KEPT_CHARACTERS for point in range(first, latest + 1)])
    subsetter.subset(font)
    return font


def _name_face(font: TTFont, cut: Cut) -> None:
    """Each cut under the one family name: a renderer then picks it by weight and slope."""
    for identifier, text in {
        0: "Copyright 2017 IBM Corp. with Reserved Font Name Plex. SIL Open Font License 1.1.",
        1: FAMILY if cut.weight == 400 else f"{FAMILY} {cut.style}",
        2: cut.style if cut.weight == 400 else "Regular",
        4: f"{FAMILY} {cut.style}",
        6: f"IBMPlexSans-{cut.style}",
        16: FAMILY,
        17: cut.style,
    }.items():
        font["name"].setName(text, identifier, 3, 1, 0x409)
    font["OS/2"].usWeightClass = cut.weight
