"""Services and vendors come into being when terms or tickets name them."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.db import models, transaction
from django.utils.text import slugify

from mspgov.tenancy.models import Engagement, Person

from .models import Service, Vendor

R = TypeVar("R", bound=models.Model)


@transaction.atomic
def ensure_services(engagement: Engagement, names: Iterable[str], *, by: Person | None = None) -> list[Service]:
    """The services with these names, in order; those that are missing are made. Safe to repeat."""
    wanted = list(dict.fromkeys(names))
    known = {service.name: service for service in Service.objects.filter(engagement=engagement)}
    keys = {service.key for service in known.values()}
    for name in wanted:
        if name not in known:
            key = free_key(name, keys)
            keys.add(key)
            known[name] = saved(Service(engagement=engagement, key=key, name=name), by)
    return [known[name] for name in wanted]


def free_key(name: str, taken: Iterable[str]) -> str:
    """A key made of the name, with a number when another service has it."""
    wanted = slugify(name)[:90] or "service"
    taken = set(taken)
    if wanted not in taken:
        return wanted
    return next(key for key in (f"{wanted}-{number}" for number in range(2, len(taken) + 3)) if key not in taken)


@transaction.atomic
def ensure_vendors(engagement: Engagement, names: Iterable[str], *, by: Person | None = None) -> list[Vendor]:
    """The vendors with these names; a new one's party is not decided. Safe to repeat."""
    return name_vendors(engagement, dict.fromkeys(names, Vendor.Party.UNKNOWN), by=by)


@transaction.atomic
def name_vendors(engagement: Engagement, parties: Mapping[str, str], *, by: Person | None = None) -> list[Vendor]:
    """The vendors with these names; the party is only given to those that are new."""
    known = {vendor.name: vendor for vendor in Vendor.objects.filter(engagement=engagement)}
    for name, party in parties.items():
        if name not in known:
            known[name] = saved(Vendor(engagement=engagement, name=name, party=party), by)
    return [known[name] for name in parties]


def saved(row: R, by: Person | None) -> R:
    """The row, written; its history names the person."""
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    return row
