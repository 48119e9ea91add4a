"""The wall clock of a zone against the standard library's own zones."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest

from mspgov.kernel.zones import LocalClock, _offset_changes, zone_named

pytestmark = pytest.mark.requirement("R2.2")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR_ZONES = (
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Asia/Gaza",
    "Asia/Tokyo",
)


def offset_at(zone: ZoneInfo, second: int) -> int:
    return int((EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset().total_seconds())


def day_in(year: int) -> int:
    return (EPOCH.replace(year=year) - EPOCH).days


@pytest.mark.parametrize("name", sorted(available_timezones())[::30] + list(FAR_ZONES))
def test_every_change_of_a_zone_is_found_to_the_second(name):
    zone = ZoneInfo(name)
    changes = _offset_changes(name, day_in(1825), day_in(2040))
    for (_, before), (second, after) in pairwise(changes):
        assert (offset_at(zone, second - 1), offset_at(zone, second)) == (before, after)
    seconds = np.array([second for second, _ in changes])
    for second in range(day_in(1826) * 86_400, day_in(2039) * 86_400, 5 * 86_400 + 3607):
        assert changes[int(np.searchsorted(seconds, second, side="right")) - 1][1] == offset_at(zone, second)


@pytest.mark.parametrize("name", FAR_ZONES)
@pytest.mark.parametrize("year", [2, 1799, 1800, 2199, 2200, 2599, 2600, 2601, 3004, 9998])
def test_far_years_have_the_changes_of_the_zone_itself(name, year):
    changes = _offset_changes(name, day_in(year), day_in(year) + 364)
    seconds = np.array([second for second, _ in changes])
    for second in range(day_in(year) * 86_400, (day_in(year) + 364) * 86_400, 3 * 3600):
        found = changes[max(int(np.searchsorted(seconds, second, side="right")) - 1, 0)][1]
        assert found == offset_at(ZoneInfo(name), second)


@pytest.mark.parametrize(
    ("name", "wall", "first", "last"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:30"),
        ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00", "2026-10-25T01:00"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00", "2026-10-25T02:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00", "2011-12-30T10:00"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00", "2018-11-04T03:00"),
    ],
)
def test_a_missing_time_is_the_jump_and_a_repeated_one_has_two_instants(name, wall, first, last):
    def micros(text: str) -> int:
        return (datetime.fromisoformat(text + "Z") - EPOCH) // timedelta(microseconds=1)

    clock = LocalClock(name, micros(wall) // 86_400_000_000 - 2, micros(wall) // 86_400_000_000 + 2)
    walls = np.array([micros(wall)])
    assert (clock.first(walls)[0], clock.last(walls)[0]) == (micros(first), micros(last))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Nowhere",
        "Europe",
        "../etc/passwd",
        "/etc/localtime",
        "localtime",
        "right/UTC",
        "a\0b",
        "\ud800",
        "x" * 5000,
    ],
)
def test_what_is_not_the_name_of_a_zone_is_refused(name):
    with pytest.raises(ValueError):
        zone_named(name)


def test_every_zone_of_the_database_is_known():
    names = files("tzdata").joinpath("zones").read_text().split()
    assert all(zone_named(name) for name in names)
