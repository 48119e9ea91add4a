"""A plugin of pytest that notes for each test which lines of the product it ran: `-p tests.mutation.lines` under coverage."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

spent: dict[str, float] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    measured = coverage.Coverage.current()
    begun = time.monotonic()
    if measured is not None:
        measured.switch_context(item.nodeid)
    yield
    if measured is not None:
        measured.switch_context("")
    spent[item.nodeid] = time.monotonic() - begun


def pytest_sessionfinish() -> None:
    if target := os.environ.get("SECONDS_TO"):
        Path(target).write_text(json.dumps(spent))
