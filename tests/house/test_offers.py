"""Pages offer each reader only what opens to them, and a page of one engagement shows nothing of another."""

from collections.abc import Iterator
from typing import Any

import pytest

from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, EITHER, PROVIDER, Role
from tests.conftest import empty_every_table
from tests.house import matrix
from tests.house.furnished import furnished
from tests.house.offers import mixture_faults, offer_faults
from tests.world import Town

pytestmark = [pytest.mark.django_db(databases=["default", "backup"]), pytest.mark.timeout(900)]
QUICK = {"service_owner", "account_manager@cobalt"}
READERS = [*sorted(CLIENT | EITHER), *(f"{role}@cobalt" for role in sorted(PROVIDER))]


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock():
        yield furnished("aurora", ("cobalt", "dune"))
        empty_every_table()


@pytest.mark.parametrize(
    "reader", [r if r in QUICK else pytest.param(r, marks=pytest.mark.slow) for r in map(str, READERS)]
)
def test_a_page_offers_what_its_reader_may_open_and_shows_no_other_engagement(town: Town, reader: str) -> None:
    with matrix.quiet():
        faults = offer_faults(town, reader, matrix.routes())
    assert not faults, "\n".join(["", *faults])


def test_a_page_of_one_engagement_says_the_same_to_who_sees_the_others_too(town: Town) -> None:
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        owner.roles = sorted(CLIENT)
        owner.save()
    with matrix.quiet():
        faults = mixture_faults(town, "service_owner", matrix.routes())
    assert not faults, "\n".join(["", *faults])
