"""Frozen facts are canonical: read back they are the same, and no float gets in."""

import json
from dataclasses import replace

import pytest

from governance.calc.facts import canonical, fingerprint, read_facts
from tests.governance.sample_facts import sample_facts


def test_facts_read_back_are_the_same_text() -> None:
    text = canonical(sample_facts())
    assert canonical(read_facts(text)) == text
    assert read_facts(text) == sample_facts()


def test_canonical_text_is_sorted_without_spaces_and_floats() -> None:
    text = canonical(sample_facts())
    assert text == json.dumps(
        json.loads(text, parse_float=pytest.fail), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    assert len(fingerprint(text)) == 64


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        canonical(replace(sample_facts(), form=1.5))  # type: ignore[arg-type]
