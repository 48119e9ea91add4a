"""The only two Celery tasks: one does a run, one sweeps what is due. The broker carries ids; what is to be done stands in PostgreSQL."""

from django.core.cache import cache
from django.utils import timezone
from django.utils.module_loading import import_string

from mspgov.celery import app

from . import services

SEEN = "mspgov:worker-seen"


@app.task(name="mspgov.work_on")
def work_on(tenant: int, run_id: int) -> None:
    services.work(tenant, run_id)


@app.task(name="mspgov.sweep")
def sweep(what: str) -> None:
    """Do what the schedule names: look for rows that are due. Too often is harmless."""
    cache.set(SEEN, timezone.now().isoformat(), 60)
    if what not in app.conf.beat_schedule:
        raise ValueError(f"{what} is not on the schedule")
    import_string(what)()
