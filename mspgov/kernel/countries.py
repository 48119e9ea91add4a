"""The countries of ISO 3166 by their two letters, and the nearest country or time zone to what somebody wrote."""

import difflib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from zoneinfo import available_timezones

from mspgov.kernel.zones import zone_named

CLOSE = 0.6


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, str]:
    """Two letters → name in English, as the time zone database of IANA lists them."""
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8").splitlines()
    return MappingProxyType(dict(line.split("\t", 1) for line in lines if line and not line.startswith("#")))


def country_meant(text: str) -> str:
    """The letters of the country that is written there in another way or by its name; empty where none is near."""
    names = {name.lower(): code for code, name in country_names().items()}
    asked = text.strip().lower()
    if asked.upper() in country_names():
        return asked.upper()
    return names.get(_near(asked, names), "")


def zone_meant(text: str) -> str:
    """The time zone that is nearest to what is written there, by its whole name or by its city; empty where none is."""
    asked = text.strip().lower().replace(" ", "_")
    zones = {name.lower(): name for name in sorted(available_timezones()) if _is_zone(name)}
    if asked in zones:
        return zones[asked]
    cities = {lower.rpartition("/")[2]: name for lower, name in zones.items()}
    return zones.get(_near(asked, zones), "") if "/" in asked else cities.get(_near(asked, cities), "")


def _is_zone(name: str) -> bool:
    try:
        zone_named(name)
    except ValueError:
        return False
    return "/" in name


def _near(text: str, allowed: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(text, list(allowed), 1, CLOSE)), "")
