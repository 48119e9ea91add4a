"""Every list of the product can be saved as a view and fetched as a file, whoever wrote it."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import PUBLIC, Role
from mspgov.web.components import DataTable
from mspgov.web.doors import permission_of
from mspgov.web.models import SavedView
from tests.conftest import empty_every_table
from tests.house.furnished import furnished
from tests.house.matrix import routes
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
    "costs:claims": ("claims/", ""),
    "obligations:obligations": ("obligations/all/", ""),
    "governance:home": ("governance/", ""),
    "governance:rcas": ("governance/rcas/", ""),
    "governance:actions": ("governance/actions/", ""),
    "governance:requests": ("requests/", ""),
    "governance:submissions": ("submissions/", ""),
    "desk:runs": ("runs/", ""),
    "desk:people": ("people/", ""),
    "desk:absences": ("absences/", ""),
    "desk:deliveries": ("deliveries/", ""),
    "desk:service-domains": ("service-domains/", "service-domains.xlsx"),
    "engagements:engagement-settings": ("engagement-settings/", "engagement-settings.xlsx"),
}
NO_LISTS = {  # pages with a table whose rows are not kept as a view or fetched as a file, and why
    "desk:home": "the first of several lists, each of which has its page",
    "desk:engagements": "a line for each engagement with its figures of the day, as the home page has them",
    "desk:account": "the reader's own settings",
    "desk:invitations": "those that are open, until they are answered or end",
    "desk:providers": "a handful; their people are the list",
    "desk:owners": "who is accountable today follows from offices; their rows are the API's, the domains are a list",
    "obligations:inbox": "what waits for the reader: a part of the list of all obligations",
    "obligations:recurring": "rules, a handful in an engagement; what they raise is in the list of all obligations",
    "costs:credits": "the statement of one engagement; it has a CSV file of its own, the ledger is the list",
    "costs:months": "a line for each month of one engagement, to be sealed",
    "governance:recurrences": "what recurs in one engagement as it is now; it has a CSV file of its own",
}


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[Town]:
    with django_db_blocker.unblock():
        yield furnished("aurora", ("cobalt", "dune"))
        empty_every_table()


def reader_of(name: str) -> tuple[Role, str | None]:
    """Somebody who may open a page: of the client's side where one of these may."""
    needed = permission_of(next(route for route in routes() if route.name == name).callback)
    assert needed is not None
    client = next((role for role in (Role.TENANT_ADMINISTRATOR, Role.SERVICE_OWNER) if role in needed.roles), None)
    if client is not None:
        return client, None
    return Role.ENGINEER if Role.ENGINEER in needed.roles else Role.ACCOUNT_MANAGER, "cobalt"


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
    client = signed_in(town, *reader_of(route))
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
    owner = town.member(*reader_of(route))
    client, page = signed_in(town, *reader_of(route)), addresses()[route][0].partition("?")[0]
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


def shows_rows(context: Any) -> bool:
    found = [value for layer in context or () for each in layer.dicts for value in each.values()]
    return any(isinstance(each, DataTable) and each.rows for each in found)


def test_every_page_of_rows_is_a_list_or_says_why_not(town: Town) -> None:
    """Of all pages that the resolver knows and that need no id, those that show a table or are made as lists are."""
    found = set()
    for route in routes():
        if route.in_tenant and not route.is_api and not route.parameters and route.callback.may is not PUBLIC:
            answer = signed_in(town, *reader_of(route.name)).get(route.address("aurora"))
            made_as_list = any(template.name == "records/list.html" for template in answer.templates)
            if answer.status_code == 200 and (made_as_list or shows_rows(answer.context)):
                found.add(route.name)
    strange = sorted(found - set(LISTS) - set(NO_LISTS))
    told = [f"{name}: call list_page, or say in NO_LISTS why it is none" for name in strange]
    told += [f"{name}: shows no table, so NO_LISTS need not name it" for name in sorted(set(NO_LISTS) - found)]
    assert not told, "; ".join(told)
