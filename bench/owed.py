"""A tenant of a bench with people on both sides and as many open obligations as wanted."""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent))

import import_log as log  # puts the project on the path


def begin() -> None:
    log.begin()


def place(many: int, *, start: datetime, spread: timedelta, alarms: bool):
    """(tenant, the client's member, the provider's member) of a new tenant in which `many` obligations are open, due one
    after another over `spread` from `start` on, half owed by each side. With alarms each has a reminder an hour before
    and its breach."""
    from mspgov.obligations.models import Alarm, Obligation, Side
    from mspgov.records.models import Record
    from mspgov.tenancy import services
    from mspgov.tenancy.context import enter
    from mspgov.tenancy.policy import Role

    tenant = services.create_tenant(slug=f"bench-{uuid4().hex[:12]}", name="Bench", currency="EUR")
    with enter(tenant.pk):
        provider = services.ensure_provider(slug="cobalt", name="Cobalt")
        engagement = services.ensure_engagement(slug="workplace", provider=provider, name="Workplace")
        owner, _ = services.create_person(
            email=f"ada@{tenant.slug}.example", name="Ada Lindqvist", roles=[Role.SERVICE_OWNER], password="x" * 20
        )
        manager, _ = services.create_person(
            email=f"cleo@{tenant.slug}.example", name="Cleo Marchetti", roles=[Role.ACCOUNT_MANAGER], provider=provider,
            engagements=[engagement], password="x" * 20,
        )  # fmt: skip
        records = Record.objects.bulk_create(
            (Record(kind="obligation", number=f"OB-{n}", title=f"Service report {n}", state="open", engagement=engagement,
                    opened_at=start) for n in range(many)),
            batch_size=2000,
        )  # fmt: skip
        sides = [(Side.CLIENT, Role.SERVICE_OWNER, ""), (Side.PROVIDER, Role.ACCOUNT_MANAGER, Role.SERVICE_OWNER)]
        rows = []
        for n, record in enumerate(records):
            (side, role, accepted_by), due = sides[n % 2], start + spread * n / many
            rows.append(
                Obligation(record=record, key=f"k{n}", engagement=engagement, owed_by=side, role=role,
                           accepted_by=accepted_by, raised_at=start, due_at=due, first_due_at=due)
            )  # fmt: skip
        Obligation.objects.bulk_create(rows, batch_size=2000)
        if alarms:
            Alarm.objects.bulk_create(
                (Alarm(engagement=engagement, obligation=row, kind=kind, at=row.due_at - before)
                 for row in rows for kind, before in (("reminder", timedelta(hours=1)), ("breach", timedelta(0)))),
                batch_size=2000,
            )  # fmt: skip
    analyse()
    return tenant, owner, manager


def analyse() -> None:
    """Statistics of what was written, as the database's own maintenance would have them by now."""
    from django.db import connections

    with connections["owner"].cursor() as c:
        c.execute("analyze records_record, obligations_obligation, obligations_alarm")
