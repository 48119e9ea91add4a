"""Every list of the product can be saved as a view and fetched as a file, whoever wrote it."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.models import SavedView
from tests.conftest import empty_every_table
from tests.house.furnished import furnished
from tests.web.shelf import signed_in
from tests.world import Town

pytestmark = pytest.mark.django_db
LISTS = {  # route → address, and an address of its own whose rows are written as a workbook
    "engagements:services": ("services/", "services.xlsx"),
    "engagements:vendors": ("vendors/", "vendors.xlsx"),
    "engagements:locations": ("locations/", "locations.xlsx"),
    "contracts:calendar-exceptions": ("calendar-exceptions/", "calendar-exceptions.xlsx"),
    "contracts:contracts": ("contracts/", ""),
    "contracts:calendars": ("calendars/", ""),
    "itsm:tickets": ("tickets/?engagement=cobalt-services", "tickets.csv?engagement=cobalt-services&format=xlsx"),
    "itsm:imports": ("imports/", ""),
    "costs:ledger": ("ledger/", ""),
    "obligations:obligations": ("obligations/all/", ""),
    "governance:home": ("governance/", ""),
    "governance:rcas": ("governance/rcas/", ""),
    "governance:actions": ("governance/actions/", ""),
    "governance:requests": ("requests/", ""),
    "governance:submissions": ("submissions/", ""),
    "desk:runs": ("runs/", ""),
    "desk:people": ("people/", ""),
}
READERS: dict[str, tuple[Role, str | None]] = {  # of lists that a tenant administrator does not read
    "governance:home": (Role.SERVICE_OWNER, None),
    "governance:requests": (Role.ENGINEER, "cobalt"),
    "governance:submissions": (Role.ENGINEER, "cobalt"),
}


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock():
        yield furnished("aurora", ("cobalt", "dune"))
        empty_every_table()


def addresses() -> dict[str, tuple[str, str]]:
    """As the resolver has them: the lists above name routes, not paths."""
    from django.urls import reverse

    found = {}
    for route, (own, file) in LISTS.items():
        page = reverse(route, args=["aurora"])
        query = own.partition("?")[2]
        if file:
            workbook = reverse(f"{route}-export" if "tickets" in route else f"{route}-workbook", args=["aurora"])
            workbook += f"?{file.partition('?')[2]}"
        else:
            workbook = f"{page}?format=xlsx"
        found[route] = (f"{page}?{query}" if query else page, workbook)
    return found


@pytest.mark.parametrize("route", sorted(LISTS))
def test_a_list_is_a_workbook_with_a_row_for_each_of_its_rows(town: Town, route: str) -> None:
    client = signed_in(town, *READERS.get(route, (Role.TENANT_ADMINISTRATOR, None)))
    page, workbook = addresses()[route]
    shown = client.get(page)
    assert shown.status_code == 200
    assert "xlsx" in shown.content.decode().lower()
    answer = client.get(workbook)
    assert answer.status_code == 200, answer.content[:300]
    sheet = list(openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0].values)
    assert len(sheet) > 1 and all(sheet[0])
    assert not any(isinstance(cell, str) and cell.startswith("=") for row in sheet for cell in row)


def test_instants_and_amounts_of_hand_made_lists_are_typed(town: Town) -> None:
    client = signed_in(town)
    sheet = list(openpyxl.load_workbook(BytesIO(client.get(f"{addresses()['costs:ledger'][0]}?format=xlsx").content)).worksheets[0].values)  # fmt: skip
    row = dict(zip(sheet[0], sheet[1], strict=True))
    assert isinstance(row["amount"], int | float) and isinstance(row["at"], datetime)


@pytest.mark.parametrize("route", sorted(LISTS))
def test_a_list_shows_its_saved_views_and_opens_with_the_first(town: Town, route: str) -> None:
    reader = READERS.get(route, (Role.SERVICE_OWNER, None))
    owner = town.member(*reader)
    client, page = signed_in(town, *reader), addresses()[route][0].partition("?")[0]
    saved = client.post(f"/o/aurora/views/new/?page={route}&query=q%3Doracle", {"name": "Canary view", "opens": "on"})
    assert saved.status_code == 302 and saved["Location"] == f"{page}?q=oracle"
    assert client.get(page)["Location"] == f"{page}?q=oracle"
    body = client.get(f"{page}?view=all").content.decode()
    assert "Canary view" in body
    with enter(town.tenant.pk, person=owner.person_id):
        view = SavedView.objects.get(page=route, name="Canary view")
    assert client.post(f"/o/aurora/views/{view.public_id}/delete/").status_code == 302
    assert client.get(page).status_code == 200


def test_people_of_a_provider_fetch_nothing_of_another(town: Town) -> None:
    client = signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    for page, workbook in addresses().values():
        answer = client.get(workbook.replace("cobalt-services", "dune-services"))
        if answer.status_code == 200:
            rows = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0].values
            assert "Cobalt services" not in str(list(rows)), page
