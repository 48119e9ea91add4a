"""Saved views: a person finds a list again as it was filtered; shared ones stay on one side and inside an engagement."""

import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from mspgov.tenancy.context import enter
from mspgov.tenancy.models import MembershipEngagement
from mspgov.tenancy.policy import Role
from mspgov.web.models import FirstView, SavedView
from mspgov.web.saved_views import save_view
from tests.web.shelf import LIST, signed_in, vendor
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
NEW = "/o/aurora/views/new/"


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def save(client: Client, query: str, name: str, page: str = "engagements:vendors", **form: Any) -> Any:
    return client.post(
        f"{NEW}?page={page}&query={query.replace('&', '%26').replace('=', '%3D')}", {"name": name, **form}
    )


def tabs(client: Client, query: str = "view=all", url: str = LIST) -> dict[str, str]:
    """Name → count of the tabs of a list."""
    shown = client.get(f"{url}?{query}").context["saved"].tabs
    return {tab.label: tab.count for tab in shown.tabs}


def view_of(town: Town, name: str, person_id: int) -> SavedView:
    with enter(town.tenant.pk, person=person_id):
        found: SavedView = SavedView.objects.get(name=name)
        return found


def test_a_view_is_a_tab_with_its_count_and_opens_as_it_was_saved(town: Town) -> None:
    for number in range(3):
        vendor(town, f"Client {number}", party="client")
    vendor(town, "Provider", party="provider")
    client = signed_in(town)
    assert "Save this view" in client.get(f"{LIST}?party=client").content.decode()
    saved = save(client, "party=client&sort=-name&page=2", "Ours")
    assert saved.status_code == 302 and saved["Location"] == f"{LIST}?party=client&sort=-name"
    assert tabs(client) == {"All": "4", "Ours": "3"}
    page = client.get(saved["Location"])
    current = [tab.label for tab in page.context["saved"].tabs.tabs if tab.current]
    assert current == ["Ours"] and "About this view" in page.content.decode()
    assert tabs(client, "sort=-name&party=client")["Ours"] == "3"  # in whatever order the address says it


def test_a_private_view_is_nobody_elses(town: Town) -> None:
    ada, ben = signed_in(town), signed_in(town, Role.CONTRACT_MANAGER)
    save(ada, "party=client", "Ours")
    view = view_of(town, "Ours", town.member(Role.SERVICE_OWNER).person_id)
    assert "Ours" not in tabs(ben)
    assert ben.get(f"/o/aurora/views/{view.public_id}/").status_code == 404
    assert ben.post(f"/o/aurora/views/{view.public_id}/delete/").status_code == 404
    assert "Ours" in tabs(ada)


def test_a_shared_view_is_seen_on_its_side_only(town: Town) -> None:
    ada, ben = signed_in(town), signed_in(town, Role.CONTRACT_MANAGER)
    save(ada, "engagement=cobalt-services", "Secret plan", shared="on")
    assert "Secret plan" in tabs(ben)
    view = view_of(town, "Secret plan", town.member(Role.SERVICE_OWNER).person_id)
    for provider in ("cobalt", "dune"):
        drew = signed_in(town, Role.ENGINEER, provider)
        assert "Secret plan" not in drew.get(LIST).content.decode()
        assert drew.get(f"/o/aurora/views/{view.public_id}/").status_code == 404
    page = ben.get(f"/o/aurora/views/{view.public_id}/")
    assert "Delete view" not in page.content.decode() and [f.name for f in page.context["form"]] == ["opens"]
    assert ben.post(f"/o/aurora/views/{view.public_id}/", {"name": "Mine now", "shared": ""}).status_code == 302
    assert view_of(town, "Secret plan", town.member(Role.SERVICE_OWNER).person_id).shared
    assert ben.post(f"/o/aurora/views/{view.public_id}/delete/").status_code == 404


def test_what_a_providers_person_shares_stays_in_its_engagement(town: Town) -> None:
    cleo, drew = town.member(Role.ACCOUNT_MANAGER, "cobalt"), town.member(Role.ENGINEER, "cobalt")
    with enter(town.tenant.pk):
        from mspgov.tenancy.services import ensure_engagement

        other = ensure_engagement(slug="cobalt-other", provider=town.engagement.provider)
        MembershipEngagement.objects.create(membership=cleo, engagement=other)
    hers, his = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.ENGINEER, "cobalt")
    assert drew.provider_id == cleo.provider_id
    unnamed = save(hers, "party=client", "Everywhere", shared="on")
    assert unnamed.status_code == 200 and "Choose one engagement" in unnamed.content.decode()
    save(hers, "engagement=cobalt-other", "Other place", shared="on")
    save(hers, "engagement=cobalt-services", "Here", shared="on")
    assert set(tabs(his)) == {"All", "Here"}
    assert "Here" not in tabs(signed_in(town))  # nor does the client see how the provider works
    assert "Here" not in tabs(signed_in(town, Role.ENGINEER, "dune"))


def test_a_list_opens_with_the_view_that_a_person_chose(town: Town) -> None:
    ada, ben = signed_in(town), signed_in(town, Role.CONTRACT_MANAGER)
    save(ada, "party=client", "Ours", shared="on", opens="on")
    opened = ada.get(LIST)
    assert opened.status_code == 302 and opened["Location"] == f"{LIST}?party=client"
    assert ada.get(f"{LIST}?view=all").status_code == 200
    assert ben.get(LIST).status_code == 200
    view = view_of(town, "Ours", town.member(Role.SERVICE_OWNER).person_id)
    ben.post(f"/o/aurora/views/{view.public_id}/", {"opens": "on"})
    assert ben.get(LIST).status_code == 302
    ada.post(f"/o/aurora/views/{view.public_id}/delete/")
    assert ben.get(LIST).status_code == ada.get(LIST).status_code == 200
    with enter(town.tenant.pk):
        assert FirstView.objects.count() == 0


def test_a_view_is_renamed_and_a_name_of_ones_own_is_not_taken_twice(town: Town) -> None:
    client, ada = signed_in(town), town.member(Role.SERVICE_OWNER).person_id
    save(client, "party=client", "Ours")
    save(client, "party=provider", "Theirs")
    ours = view_of(town, "Ours", ada)
    taken = client.post(f"/o/aurora/views/{ours.public_id}/", {"name": "Theirs"})
    assert taken.status_code == 200 and "Another of your views is called Theirs" in taken.content.decode()
    assert client.post(f"/o/aurora/views/{ours.public_id}/", {"name": "Our own"}).status_code == 302
    assert set(tabs(client)) == {"All", "Our own", "Theirs"}


def test_a_name_that_a_view_has_is_given_to_another_only_when_asked_to_replace_it(town: Town) -> None:
    client, ada = signed_in(town), town.member(Role.SERVICE_OWNER).person_id
    assert "replace" not in client.get(f"{NEW}?page=engagements:vendors&query=party=client").context["form"].fields
    save(client, "party=client", "Ours", shared="on")
    taken = save(client, "party=unknown", " Ours", opens="on")
    assert taken.status_code == 200 and "You have a view called Ours already" in taken.content.decode()
    form = taken.context["form"]
    assert (form["opens"].value(), form["replace"].value()) == (True, False)
    kept = view_of(town, "Ours", ada)
    assert (kept.query, kept.shared) == ("party=client", True)
    assert save(client, "party=unknown", "Ours", replace="on").status_code == 302
    kept = view_of(town, "Ours", ada)
    assert (kept.query, kept.shared) == ("party=unknown", False)
    assert save(client, "party=unknown", "Ours").status_code == 302  # as it is: nothing to ask
    assert set(tabs(client)) == {"All", "Ours"}


def test_deleting_asks_first(town: Town) -> None:
    client = signed_in(town)
    save(client, "party=client", "Ours")
    save(client, "party=provider", "Theirs")
    view = view_of(town, "Ours", town.member(Role.SERVICE_OWNER).person_id)
    assert "stay as they are" in client.get(f"/o/aurora/views/{view.public_id}/delete/").content.decode()
    assert "Ours" in tabs(client)
    client.post(f"/o/aurora/views/{view.public_id}/delete/")
    assert "Ours" not in tabs(client) and "Theirs" in tabs(client)
    assert client.post(f"/o/aurora/views/{view.public_id}/delete/").status_code == 404 and "Theirs" in tabs(client)


def test_a_view_says_what_its_list_can_no_longer_do(town: Town) -> None:
    client = signed_in(town)
    save(client, "party=client&colour=red", "Old")
    page = client.get(f"{LIST}?colour=red&party=client").content.decode()
    assert "filters by “colour”, which the list no longer has" in page
    save(client, "engagement=long-gone", "Gone")
    page = client.get(f"{LIST}?engagement=long-gone").content.decode()
    assert "wants of “engagement” is not there any more" in page
    assert "no longer" not in client.get(f"{LIST}?party=client").content.decode()


def test_a_view_of_a_page_that_is_none_or_not_ones_own_is_not_saved(town: Town) -> None:
    client = signed_in(town, Role.ENGINEER, "cobalt")
    for page in ("nowhere:at-all", "obligations:recurring", "engagements:vendors-detail"):
        assert save(client, "a=b", "X", page).status_code == 404
    with enter(town.tenant.pk):
        assert SavedView.objects.count() == 0


def test_views_cost_one_query_and_one_for_each_number(town: Town, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        vendor(town, f"Vendor {number:02}", party="client")
    client = signed_in(town)
    for name in ("One", "Two"):
        save(client, f"q={name}", name)
    with django_assert_max_num_queries(22):
        client.get(f"{LIST}?view=all")


def test_an_address_is_kept_whole_or_not_at_all(town: Town) -> None:
    client = signed_in(town)
    for text, kept in (("x" * 1998, 1), ("x" * 1999, 0), ("ü" * 500, 0)):
        query = urlencode({"q": text})
        saved = client.post(f"{NEW}?{urlencode({'page': 'engagements:vendors', 'query': query})}", {"name": text[:3]})
        assert saved.status_code == (302 if kept else 200)
        assert kept or "more than a view can keep" in saved.content.decode()
        with enter(town.tenant.pk, person=town.member(Role.SERVICE_OWNER).person_id):
            assert [view.query for view in SavedView.objects.filter(query=query)] == [query] * kept
            assert SavedView.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_views_saved_at_once_the_second_answers_like_the_first() -> None:
    town = build_town("aurora")
    ada, saved = town.member(Role.SERVICE_OWNER), threading.Event()

    def first() -> None:
        with enter(town.tenant.pk, person=ada.person_id):
            save_view(
                page="engagements:vendors", name="Ours", query="party=client", shared=False, opens=True, member=ada,
                at=timezone.now(),
            )  # fmt: skip
            saved.set()
            time.sleep(1)  # the second waits for what is not committed yet
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert saved.wait(20)
    answer = save(signed_in(town), "party=client", "Ours", opens="on")
    thread.join(20)
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?party=client")
    with enter(town.tenant.pk, person=ada.person_id):
        assert (SavedView.objects.get().name, FirstView.objects.get().view) == ("Ours", SavedView.objects.get())
