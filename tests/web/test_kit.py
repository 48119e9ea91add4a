"""Plain records from a declaration: list, filter, sort, page, columns, export, form, history, API."""

import csv
import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from engagements.models import Service, Vendor
from mspgov.records.models import Seal
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def make(town: Town, name: str, provider: str = "cobalt", **fields: Any) -> Vendor:
    with enter(town.tenant.pk):
        vendor = Vendor.objects.create(engagement=town.engagements[provider], name=name, **fields)
        vendor.refresh_from_db()
        return vendor


def count(town: Town, model: Any = Vendor) -> int:
    with enter(town.tenant.pk):
        return int(model.objects.count())


def test_a_list_shows_filters_sorts_searches_and_chooses_columns(town: Town) -> None:
    make(town, "Oracle", party="client")
    make(town, "Bravo", party="provider")
    make(town, "Zeta", "dune")
    client = signed_in(town)
    page = client.get("/o/aurora/vendors/").content.decode()
    assert page.index("Bravo") < page.index("Oracle") < page.index("Zeta")
    page = client.get("/o/aurora/vendors/?sort=-name").content.decode()
    assert page.index("Zeta") < page.index("Oracle") < page.index("Bravo")
    page = client.get("/o/aurora/vendors/?engagement=cobalt-services&party=client").content.decode()
    assert "Oracle" in page and "Bravo" not in page and "Zeta" not in page
    page = client.get("/o/aurora/vendors/?q=rav").content.decode()
    assert "Bravo" in page and "Oracle" not in page
    table = client.get("/o/aurora/vendors/?columns=name").content.decode().partition("<thead")[2]
    assert "Name" in table and "Provider&#x27;s" not in table


def test_a_list_of_fifty_rows_asks_as_often_as_one_of_five(town: Town, django_assert_max_num_queries: Any) -> None:
    client = signed_in(town)
    for number in range(60):
        make(town, f"Vendor {number:02}")
    with django_assert_max_num_queries(18):
        page = client.get("/o/aurora/vendors/")
    assert "1 to 50 of 60" in page.content.decode()
    assert "51 to 60 of 60" in client.get("/o/aurora/vendors/?page=2").content.decode()
    assert client.get("/o/aurora/vendors/?page=3").status_code == 404


def test_an_export_defuses_formulas_and_follows_the_lists_filters(town: Town) -> None:
    make(town, "=1+1", party="client", delivers="@SUM(A1)")
    make(town, "Other", party="provider")
    answer = signed_in(town).get("/o/aurora/vendors.csv?party=client&columns=name,delivers")
    assert list(csv.reader(io.StringIO(answer.content.decode()))) == [["Name", "Delivers"], ["'=1+1", "'@SUM(A1)"]]


def test_a_record_is_made_changed_and_its_history_says_who_and_what(town: Town) -> None:
    client = signed_in(town)
    assert client.get("/o/aurora/vendors/new/").status_code == 200
    form = {"engagement": "cobalt-services", "name": "Oracle", "party": "unknown"}
    made = client.post("/o/aurora/vendors/new/", form)
    assert made.status_code == 302
    assert client.get(made["Location"]).status_code == 200
    edit = made["Location"] + "edit/"
    version = client.get(edit).context["version"]
    changed = client.post(edit, {"name": "Oracle", "party": "client", "version": version})
    assert changed.status_code == 302
    history = client.get(made["Location"] + "history/").content.decode()
    assert "Party: Not decided → Client&#x27;s" in history
    assert "Ada Lindqvist" in history
    with enter(town.tenant.pk):
        assert [s.what for s in Seal.objects.order_by("position")][-2:] == ["vendor.create", "vendor.change"]


def test_a_duplicate_is_an_error_at_its_field_and_keeps_nothing(town: Town) -> None:
    make(town, "Oracle")
    answer = signed_in(town).post("/o/aurora/vendors/new/", {"engagement": "cobalt-services", "name": "Oracle", "party": "client"})  # fmt: skip
    assert answer.status_code == 200
    assert "There is already a vendor with this name." in answer.content.decode()
    assert count(town) == 1


def test_a_form_changed_by_somebody_else_is_a_conflict(town: Town) -> None:
    vendor = make(town, "Oracle")
    client = signed_in(town)
    edit = f"/o/aurora/vendors/{vendor.public_id}/edit/"
    version = client.get(edit).context["version"]
    client.post(edit, {"name": "Oracle A", "party": "client", "version": version})
    late = client.post(edit, {"name": "Oracle B", "party": "provider", "version": version})
    assert late.status_code == 409
    with enter(town.tenant.pk):
        assert Vendor.objects.get().name == "Oracle A"


def test_a_late_form_keeps_what_was_typed_says_who_changed_what_and_replaces_it_when_sent_again(town: Town) -> None:
    vendor, client = make(town, "Oracle"), signed_in(town)
    bea = signed_in(town, Role.CONTRACT_MANAGER)
    edit = f"/o/aurora/vendors/{vendor.public_id}/edit/"
    version = client.get(edit).context["version"]
    bea.post(edit, {"name": "Oracle", "party": "client", "version": version})
    bea.post(edit, {"name": "Oracle A", "party": "client", "version": bea.get(edit).context["version"]})
    late = client.post(edit, {"name": "Oracle B", "party": "provider", "delivers": "Databases", "version": version})
    page = late.content.decode()
    assert late.status_code == 409
    assert 'value="Oracle B"' in page and "Databases" in page
    who = town.member(Role.CONTRACT_MANAGER).person.name
    assert page.count(who) == 2
    assert "Party: Not decided → Client&#x27;s" in page and "Name: Oracle → Oracle A" in page
    assert "<h1" in page and "Edit Oracle A" in page
    with enter(town.tenant.pk):
        assert (Vendor.objects.get().name, Vendor.history.count()) == ("Oracle A", 3)
    again = client.post(
        edit, {"name": "Oracle B", "party": "provider", "delivers": "Databases", "version": late.context["version"]}
    )
    assert again.status_code == 302
    with enter(town.tenant.pk):
        assert Vendor.objects.get().name == "Oracle B"


def test_a_form_with_an_error_is_not_late_when_it_is_corrected(town: Town) -> None:
    vendor, client = make(town, "Oracle"), signed_in(town)
    make(town, "Zeta")
    edit = f"/o/aurora/vendors/{vendor.public_id}/edit/"
    version = client.get(edit).context["version"]
    wrong = client.post(edit, {"name": "Zeta", "party": "client", "version": version})
    assert wrong.status_code == 200 and "There is already a vendor" in wrong.content.decode()
    assert "Edit Oracle" in wrong.content.decode() and wrong.context["version"] == version
    right = client.post(edit, {"name": "Oracle", "party": "client", "version": wrong.context["version"]})
    assert right.status_code == 302


def test_an_engagement_that_the_person_does_not_see_is_not_one_of_the_choices(town: Town) -> None:
    other = build_town("borealis", providers=("erg",))
    client = signed_in(town)
    answer = client.post(
        "/o/aurora/vendors/new/", {"engagement": other.engagement.slug, "name": "X", "party": "client"}
    )
    assert answer.status_code == 200 and "not one of the available choices" in answer.content.decode()
    assert count(town) == 0


def test_people_of_a_provider_see_only_their_own_records(town: Town) -> None:
    mine, foreign = make(town, "Oracle"), make(town, "Zeta", "dune")
    client = signed_in(town, Role.ENGINEER, "cobalt")
    page = client.get("/o/aurora/vendors/").content.decode()
    assert "Oracle" in page and "Zeta" not in page and "Dune services" not in page
    assert client.get(f"/o/aurora/vendors/{mine.public_id}/").status_code == 200
    assert client.get(f"/o/aurora/vendors/{foreign.public_id}/").status_code == 404
    assert client.get(f"/o/aurora/api/v1/vendors/{foreign.public_id}/").status_code == 404


def test_the_api_lists_with_cursors_and_shows_public_ids(town: Town) -> None:
    vendors = {str(make(town, f"Vendor {n}").public_id) for n in range(5)}
    client, seen = signed_in(town), []
    url = "/o/aurora/api/v1/vendors/?page_size=2"
    while url:
        page = client.get(url).json()
        assert set(page) == {"results", "next", "previous"}
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == 5 and set(seen) == vendors
    bad = client.get("/o/aurora/api/v1/vendors/?cursor=cD1ub3RhdXVpZA==")
    assert bad.status_code == 400 and bad.json()["errors"] == [{"field": "cursor", "why": "not a cursor of this list"}]


def test_the_api_makes_and_changes_and_answers_problems(town: Town) -> None:
    client = signed_in(town)
    url, row = "/o/aurora/api/v1/vendors/", {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}
    made = client.post(url, row, "application/json")
    assert made.status_code == 201, made.content
    assert made.json() | row == made.json()
    again = client.post(url, row, "application/json")
    assert again.status_code == 400 and again["Content-Type"].startswith("application/problem+json")
    assert again.json()["errors"] == [{"field": "name", "why": "There is already a vendor with this name."}]
    bad = client.post(url, {"name": "X", "engagement": "nowhere"}, "application/json")
    assert bad.status_code == 400 and [e["field"] for e in bad.json()["errors"]] == ["engagement"]
    one = f"{url}{made.json()['id']}/"
    tag = client.get(one)["ETag"]
    assert client.patch(one, {"party": "provider"}, "application/json", headers={"If-Match": tag}).status_code == 200
    outdated = client.patch(one, {"party": "client"}, "application/json", headers={"If-Match": tag})
    assert outdated.status_code == 412
    assert client.get(one).json()["party"] == "provider"
    assert count(town) == 1


def test_a_relation_is_chosen_by_its_public_id(town: Town) -> None:
    from contracts.models import Calendar

    with enter(town.tenant.pk):
        own = Calendar.objects.create(name="Office", document={"always": True, "time_zone": "UTC"})
        own.refresh_from_db()
    client = signed_in(town)
    made = client.post("/o/aurora/calendar-exceptions/new/", {"calendar": own.public_id, "on": "2026-12-24"})
    assert made.status_code == 302, made.content.decode()
    page = client.get(made["Location"] + "edit/").content.decode()
    assert f'value="{own.public_id}" selected' in page
    api = client.get("/o/aurora/api/v1/calendar-exceptions/").json()["results"][0]
    assert api["calendar"] == str(own.public_id) and api["on"] == "2026-12-24"
    page = client.get(f"/o/aurora/calendar-exceptions/?calendar={own.public_id}").content.decode()
    assert "Office" in page
    bad = client.post(
        "/o/aurora/api/v1/calendar-exceptions/", {"calendar": "x", "on": "2026-12-25"}, "application/json"
    )
    assert [e["field"] for e in bad.json()["errors"]] == ["calendar"]


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_inserts_at_once_one_wins_and_the_other_gets_409() -> None:
    town = build_town("aurora")
    barrier, seen = threading.Barrier(4), []

    def post() -> None:
        client = signed_in(town)
        barrier.wait()
        row = {"engagement": "cobalt-services", "key": "mail", "name": "Mail", "criticality": "high"}
        seen.append(client.post("/o/aurora/api/v1/services/", row, "application/json").status_code)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen.count(201) == 1 and set(seen) <= {201, 400, 409}
    assert count(town, Service) == 1
