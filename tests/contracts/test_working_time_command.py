"""`manage.py working_time` as a person runs it: streams and exit codes, without a database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.requirement("R2.2")

ROOT = Path(__file__).parents[2]
QUESTION = {
    "calendar": {"time_zone": "UTC", "always": True},
    "ask": [{"id": "a", "due": {"start": "2026-01-01T00:00:00Z", "seconds": 60}}],
}


def run(text, tmp_path):
    home = tmp_path / "home"
    environment = {**os.environ, "MSPGOV_HOME": str(home)}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "manage.py", "working_time"],
        input=text, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=False,
    )  # fmt: skip
    assert not (home / "postgres").exists(), "the calculator must not start a database"
    return done.returncode, done.stdout, done.stderr


def test_a_question_is_answered_without_a_database(tmp_path):
    code, out, err = run(json.dumps(QUESTION, indent=2), tmp_path)
    assert (code, out, err) == (0, '{"answers": [{"id": "a", "due": "2026-01-01T00:01:00Z"}]}\n', "")


def test_a_bad_calendar_prints_one_line_and_exits_with_2(tmp_path):
    code, out, err = run(json.dumps({**QUESTION, "calendar": {"time_zone": "UTC"}}), tmp_path)
    assert (code, out, err) == (2, "", "calendar: needs week or always\n")


def test_one_bad_line_among_many_leaves_the_others_and_exits_with_2(tmp_path):
    code, out, err = run(f"{json.dumps(QUESTION)}\nnonsense\n", tmp_path)
    assert code == 2
    assert [list(json.loads(line)) for line in out.splitlines()] == [["answers"], ["error"]]
    assert err == ""
