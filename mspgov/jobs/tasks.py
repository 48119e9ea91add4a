"""The only two Celery tasks. The broker carries ids; what is to be done stands in PostgreSQL."""

from django.core.cache import cache
from django.utils import timezone

from mspgov.celery import app

from . import services

SEEN = "mspgov:worker-seen"


@app.task(name="mspgov.work_on")
def work_on(tenant: int, run_id: int) -> None:
    services.work(tenant, run_id)


@app.task(name="mspgov.sweep")
def sweep() -> None:
    cache.set(SEEN, timezone.now().isoformat(), 60)
    services.sweep()
