"""The only two Celery tasks. The broker carries ids; what is to be done stands in PostgreSQL."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from . import services

SEEN = "mspgov:worker-seen"


@shared_task(name="mspgov.work_on")
def work_on(tenant: int, run_id: int) -> None:
    services.work(tenant, run_id)


@shared_task(name="mspgov.sweep")
def sweep() -> None:
    cache.set(SEEN, timezone.now().isoformat(), 60)
    services.sweep()
