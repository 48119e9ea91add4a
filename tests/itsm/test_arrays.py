"""Tickets as arrays: what is read out of the database for few of them."""

import pytest

from itsm.models import Ticket
from itsm.queries import arrays
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.itsm.measured import at, measured, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R5.2")]


def test_the_page_of_a_ticket_reads_its_own_waits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    town, read = measured(), []
    with enter(town.tenant.pk):
        ids = dict(Ticket.objects.values_list("number", "public_id"))

    def watched(*given: object) -> arrays.Records:
        found = copy_out(*given)  # type: ignore[arg-type]
        read.append(len(found))
        return found

    copy_out = arrays.copy_out
    monkeypatch.setattr(arrays, "copy_out", watched)
    ada = signed_in(town, Role.SERVICE_OWNER)
    for number, rows in (("INC1", [1, 0]), ("INC2", [1, 1])):
        read.clear()
        assert ada.get(at(town, "itsm:ticket", ids[number])).status_code == 200
        assert read[:2] == rows


def test_few_tickets_and_many_have_the_same_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    town = measured()
    with enter(town.tenant.pk):
        few = arrays.read_tickets(town.engagement.pk, [], {})
        monkeypatch.setattr(arrays, "FEW", 0)
        many = arrays.read_tickets(town.engagement.pk, [], {})
    assert few.tickets.wait_row.tolist() == many.tickets.wait_row.tolist() == [1]
    assert few.tickets.wait_starts.tolist() == many.tickets.wait_starts.tolist()
