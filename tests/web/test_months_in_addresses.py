"""A part of an address that names a month: read where it is one that pages have dates around, not found else."""

import pytest
from django.http import Http404

from mspgov.kernel.period import Month
from mspgov.web.addresses import month_of


@pytest.mark.parametrize("text", ["1990-01", "2026-06", "2200-12"])
def test_a_month_is_read(text: str) -> None:
    assert month_of(text) == Month(text)


@pytest.mark.parametrize("text", ["1989-12", "2201-01", "9999-12", "0001-01", "2026-13", "june", ""])
def test_what_is_none_or_too_far_away_is_not_found(text: str) -> None:
    with pytest.raises(Http404):
        month_of(text)
