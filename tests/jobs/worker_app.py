"""The product's worker with one more kind of run, for the tests of runs: each step writes one row and takes its time."""

import os
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
django.setup()
from mspgov.celery import app  # noqa: E402, F401
from mspgov.jobs.services import kind  # noqa: E402
from mspgov.tenancy.policy import MEMBER  # noqa: E402

STEPS = 40


@kind("rehearsal", may=MEMBER)
def rehearse(done: int, *, pace: float = 0.05, fail_at: int = -1) -> tuple[int, int, Any]:
    from mspgov.records.models import Counter

    if done == fail_at:
        raise ValueError("step went wrong")
    Counter.objects.create(prefix="step", year=done)
    time.sleep(pace)
    return done + 1, STEPS, {"steps": done + 1}
