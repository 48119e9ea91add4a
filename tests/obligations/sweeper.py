"""Sweeps obligations as of one instant, again and again, so that it can be killed in the middle:
`sweeper.py INSTANT ALARMS-IN-ONE-TRANSACTION`. It ends by itself when nothing is due any more."""

import os
import sys
from datetime import datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
django.setup()

from mspgov.obligations import ringing, services  # noqa: E402

ringing.AT_ONCE = int(sys.argv[2])
print("at work", flush=True)  # noqa: T201
while services.sweep(datetime.fromisoformat(sys.argv[1])) != services.Swept():
    pass
