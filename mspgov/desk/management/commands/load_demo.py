"""`manage.py load_demo`: loads the demo without starting a server; safe to repeat."""

import time
from typing import Any

from django.conf import settings
from django.utils import timezone

from mspgov.desk.demo import aurora, borealis
from mspgov.desk.demo.people import demo_people
from mspgov.tenancy import commands


class Command(commands.Command):
    help = "Loads the two demo tenants; what is there already stays."

    def work(self, **options: Any) -> Any:
        begun, packs = time.monotonic(), settings.HOME / "packs"
        for town in (aurora, borealis):
            town.load(self.say, timezone.now(), packs)
        tenants = sorted({p["tenant"] for p in demo_people()})
        return {"tenants": tenants, "packs": str(packs), "seconds": round(time.monotonic() - begun, 1)}
