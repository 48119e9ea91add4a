"""Marks name requirements that exist."""

import re
from pathlib import Path

MODULES = {1: 6, 2: 6, 3: 6, 4: 6, 5: 6, 6: 6, 7: 6, 8: 6}


def test_every_mark_names_one_of_the_requirements() -> None:
    named = {
        found
        for file in Path(__file__).parents[1].rglob("test_*.py")
        for found in re.findall(r'mark\.requirement\("([^"]+)"\)', file.read_text())
    }
    known = {f"R{module}.{number}" for module, count in MODULES.items() for number in range(1, count + 1)}
    assert named
    assert named <= known
