"""The public holidays of the `holidays` library by name, and the countries and subdivisions that it knows."""

import re
import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType


@lru_cache(maxsize=256)
def named_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a year with their names in English, as they fall and as they are observed.

    LookupError when the library does not know the country or the subdivision.
    """
    import holidays

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = holidays.country_holidays(country, subdiv=subdivision, years=range(max(year - 1, 1), year + 2))
        except (NotImplementedError, TypeError, AttributeError) as problem:
            raise LookupError(country) from problem
    named = {day: str(name).replace(";", ",") for day, name in found.items() if day.year == year}
    return MappingProxyType(named)


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """Code and name of each country with known public holidays, by name."""
    from holidays.registry import COUNTRIES

    named = ((entity[1], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entity[0])) for entity in COUNTRIES.values())
    return tuple(sorted(named, key=lambda pair: pair[1]))


@lru_cache(maxsize=1)
def subdivisions() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """By country the codes of its subdivisions with their names, by code; countries without any are left out."""
    import holidays

    found = {}
    for country, codes in holidays.list_supported_countries(include_aliases=False).items():
        names = _names_by_code(country)
        if codes:
            found[country] = tuple((code, names.get(code, code)) for code in sorted(codes))
    return MappingProxyType(found)


def _names_by_code(country: str) -> dict[str, str]:
    import holidays

    aliases = getattr(getattr(holidays, country, None), "subdivisions_aliases", None) or {}
    return {code: name for name, code in aliases.items()}
