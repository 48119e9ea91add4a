"""A person changes what belongs to them."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from mspgov.mail.services import prefer
from mspgov.records import services as records
from mspgov.tenancy import feeds
from mspgov.tenancy.models import Person
from mspgov.tenancy.services import check_zone


@transaction.atomic
def change_details(*, person: Person, name: str, time_zone: str, at: datetime) -> None:
    """Name and zone, in every tenant. Raises Fault for an unknown zone."""
    if time_zone:
        check_zone(time_zone)
    before = {"name": person.name, "time_zone": person.time_zone}
    person.name, person.time_zone = name, time_zone
    person.save(update_fields=["name", "time_zone"])
    after = {"name": name, "time_zone": time_zone}
    records.seal(None, what="person.change", before=before, after=after, by=person, at=at)


@transaction.atomic
def choose_ways(*, person: Person, chosen: Mapping[str, str], at: datetime) -> None:
    """How the person wants to be told, by kind."""
    for kind, way in chosen.items():
        prefer(person=person, kind=kind, way=way, at=at)


@transaction.atomic
def make_feed(*, person: Person, name: str, at: datetime) -> str:
    """The secret of a new calendar address. Raises Refused for too many."""
    secret = feeds.make_feed(person=person, name=name, at=at)
    records.seal(None, what="feed.create", before={}, after={"name": name}, by=person, at=at)
    return secret


@transaction.atomic
def end_feed(*, person: Person, public_id: object, at: datetime) -> None:
    """The address is dead. Raises Http404 for one that is not theirs."""
    feeds.end_feed(person=person, public_id=public_id, at=at)
    records.seal(None, what="feed.end", before={"feed": str(public_id)}, after={}, by=person, at=at)
