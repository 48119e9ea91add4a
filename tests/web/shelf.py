"""A town with vendors, and people at their lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagements.models import Vendor
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town

LIST = "/o/aurora/vendors/"


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def vendor(town: Town, name: str, provider: str = "cobalt", **fields: Any) -> Vendor:
    with enter(town.tenant.pk):
        row: Vendor = Vendor.objects.create(engagement=town.engagements[provider], name=name, **fields)
        row.refresh_from_db()
        return row


def vendors(town: Town) -> dict[str, str]:
    """Name → party of all vendors."""
    with enter(town.tenant.pk):
        return dict(Vendor.objects.order_by("name").values_list("name", "party"))


@contextmanager
def as_often() -> Iterator[list[int]]:
    """Collects how many queries each block asks: `with as_often() as seen, …`; the number is added at its end."""
    seen: list[int] = []
    with CaptureQueriesContext(connection) as asked:
        yield seen
    seen.append(len(asked))


def count(town: Town, model: Any) -> int:
    with enter(town.tenant.pk):
        return int(model.objects.count())
