"""Does one run and stops in the middle of its writing, so that it can be killed there: `slow_worker.py TENANT RUN`."""

import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
django.setup()

from costs.services import correcting  # noqa: E402
from mspgov.jobs import services as jobs  # noqa: E402

proceed = correcting.judged


def judged(*given: Any, **named: Any) -> Any:
    found = proceed(*given, **named)
    print("entries written", flush=True)  # noqa: T201
    time.sleep(120)
    return found


correcting.judged = judged
jobs.work(int(sys.argv[1]), int(sys.argv[2]))
