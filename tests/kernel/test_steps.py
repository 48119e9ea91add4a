"""The table of buckets counts exactly as halving does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mspgov.kernel.steps import Steps

pytestmark = pytest.mark.requirement("R2.2")


@given(
    st.lists(st.integers(-(2**55), 2**55) | st.integers(-50, 50), unique=True, max_size=40).map(sorted),
    st.lists(st.integers(-(2**56), 2**56) | st.integers(-60, 60), max_size=40),
)
def test_steps_at_or_before_a_value_are_counted(numbers, values):
    steps = np.array(numbers, dtype=np.int64)
    asked = np.array(values + [each + near for each in numbers for near in (-1, 0, 1)], dtype=np.int64)
    kept = asked.copy()
    assert np.array_equal(Steps(steps).at_or_before(asked), np.searchsorted(steps, asked, side="right"))
    assert np.array_equal(asked, kept)
