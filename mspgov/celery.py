"""The worker's and the scheduler's application."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
app = Celery("mspgov")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["mspgov.jobs"])


@worker_init.connect
@beat_init.connect
def check_roles(**kwargs: Any) -> None:
    from mspgov.tenancy.roles import require_roles

    require_roles("default", "system")
