"""Many rows get the same new value: previewed row by row, written whole or not at all, each with its history, one seal."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from engagements.models import Vendor
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records.models import Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from mspgov.web.models import BulkChange
from tests.web.shelf import LIST, as_often, count, signed_in, vendor, vendors
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Iterator[Town]:
    yield build_town("aurora")


def text_of(answer: Any) -> str:
    """A page with its unbroken spaces as plain ones."""
    return str(answer.content.decode().replace("\u00a0", " "))


def change(client: Client, rows: list[Vendor], query: str = "", **form: Any) -> Any:
    chosen = "&".join([f"selected={row.public_id}" for row in rows] or ["all=1"])
    return client.post(f"{LIST}change/?{chosen}&{query}", {f"set_{name}": "on" for name in form} | form)


def test_a_list_offers_its_rows_and_the_form_its_plain_fields_only(town: Town) -> None:
    one = vendor(town, "One")
    client = signed_in(town)
    page = client.get(LIST).content.decode()
    assert f'name="selected" value="{one.public_id}"' in page and f'formaction="{LIST}change/"' in page
    form = client.get(f"{LIST}change/?selected={one.public_id}").context["form"]
    assert set(form.fields) == {"set_party", "party", "set_delivers", "delivers"}  # neither engagement nor name
    assert client.get(f"{LIST}change/").status_code == 302


def test_a_preview_shows_each_row_before_and_after_and_writes_nothing(town: Town) -> None:
    rows = [vendor(town, "One"), vendor(town, "Two", party="client")]
    client = signed_in(town)
    asked = change(client, rows, party="client")
    assert asked.status_code == 302
    page = text_of(client.get(asked["Location"]))
    assert "Not decided → Client&#x27;s" in page and "Will change" in page and "Stays" in page
    assert "1 vendor would change" in page and "1 stay as they are" in page
    assert vendors(town) == {"One": "unknown", "Two": "client"} and count(town, Seal) == 0


def test_confirmed_each_row_has_its_history_and_the_chain_one_link(town: Town) -> None:
    rows = [vendor(town, f"Vendor {n}") for n in range(5)]
    client = signed_in(town)
    preview = change(client, rows, party="client", delivers="Databases")["Location"]
    done = client.post(preview)
    assert done.status_code == 302 and done["Location"] == LIST
    assert set(vendors(town).values()) == {"client"}
    with enter(town.tenant.pk):
        assert Vendor.history.filter(history_type="~", history_user=town.member(Role.SERVICE_OWNER).person).count() == 5
        seals = list(Seal.objects.filter(what="vendor.change-many"))
        assert len(seals) == 1 and len(seals[0].after) == 5 and seals[0].engagement_id == town.engagement.pk
        assert verified().is_whole
    assert client.post(preview).status_code == 409
    assert count(town, Seal) == 1


def test_all_that_fit_the_filter_are_chosen_at_once(town: Town) -> None:
    for number in range(3):
        vendor(town, f"Vendor {number}", party="provider")
    vendor(town, "Other")
    client = signed_in(town)
    client.post(change(client, [], "party=provider", party="client")["Location"])
    assert vendors(town) == {"Other": "unknown", "Vendor 0": "client", "Vendor 1": "client", "Vendor 2": "client"}


def test_a_row_that_somebody_changed_meanwhile_stays_and_is_named(town: Town) -> None:
    rows = [vendor(town, "One"), vendor(town, "Two"), vendor(town, "Three")]
    client = signed_in(town)
    preview = change(client, rows, party="client")["Location"]
    with enter(town.tenant.pk):
        late = Vendor.objects.get(name="Two")
        late.delivers = "Something else"
        late.save()
    assert "Somebody changed it after the preview" in text_of(client.get(preview))
    done = client.post(preview)
    assert done["Location"] == preview
    page = text_of(client.get(preview))
    assert "2 vendors changed." in page and "Somebody changed it after the preview" in page
    assert vendors(town) == {"One": "client", "Three": "client", "Two": "unknown"}


def test_a_row_that_the_rules_refuse_is_told_in_the_preview(town: Town) -> None:
    from contracts.models import Calendar, CalendarException

    with enter(town.tenant.pk):
        calendar = Calendar.objects.create(name="Office", document={"always": True, "time_zone": "UTC"})
        row = CalendarException.objects.create(calendar=calendar, on="2026-12-24")
        row.refresh_from_db()
    client = signed_in(town)
    url = f"/o/aurora/calendar-exceptions/change/?selected={row.public_id}"
    wrong = client.post(url, {"set_hours": "on", "hours": "nonsense"})
    assert wrong.status_code == 200 and "hours" in wrong.context["form"].errors
    assert count(town, BulkChange) == 0


def test_nothing_chosen_and_nothing_ticked_are_told_at_the_form(town: Town) -> None:
    one, client = vendor(town, "One"), signed_in(town)
    answer = client.post(f"{LIST}change/?selected={one.public_id}", {"party": "client"})
    assert "Tick at least one field" in answer.content.decode()
    answer = client.post(f"{LIST}change/?selected=nothing", {"set_party": "on", "party": "client"})
    assert "No row is chosen" in answer.content.decode()
    answer = client.post(f"{LIST}change/?selected={one.public_id}", {"set_party": "on", "party": "mine"})
    assert "party" in answer.context["form"].errors
    assert count(town, BulkChange) == 0 and vendors(town) == {"One": "unknown"}


def test_no_forged_field_and_no_foreign_row_gets_through(town: Town) -> None:
    mine, client = vendor(town, "Mine"), signed_in(town)
    other = build_town("borealis", providers=("erg",))
    foreign = vendor(other, "Foreign", "erg")
    answer = change(client, [mine, foreign], party="client", name="Forged", engagement="dune-services", tenant="1")
    client.post(answer["Location"])
    assert vendors(town) == {"Mine": "client"} and vendors(other) == {"Foreign": "unknown"}
    with enter(town.tenant.pk):
        assert Vendor.objects.get().engagement_id == town.engagement.pk


def test_only_who_may_write_changes_and_a_preview_is_its_makers_alone(town: Town) -> None:
    one = vendor(town, "One")
    for role, provider in ((Role.AUDITOR, None), (Role.ENGINEER, "cobalt")):
        client = signed_in(town, role, provider)
        assert client.get(f"{LIST}change/?selected={one.public_id}").status_code == 404
        assert change(client, [one], party="client").status_code == 404
        assert "change/" not in client.get(LIST).content.decode()
    preview = change(signed_in(town), [one], party="client")["Location"]
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    assert ben.get(preview).status_code == ben.post(preview).status_code == 404
    assert vendors(town) == {"One": "unknown"}


def test_a_preview_asks_as_often_for_sixty_rows_as_for_two(town: Town) -> None:
    rows = [vendor(town, f"Vendor {number:02}") for number in range(60)]
    client, counts = signed_in(town), []
    change(client, rows[:1], party="client")  # the visit is noted once
    for some in (rows[:2], rows):
        with as_often() as made:
            preview = change(client, some, party="client")["Location"]
        with as_often() as shown:
            client.get(preview)
        counts.append((made, shown))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_many_rows_are_changed_by_a_run_that_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mspgov.web.bulk_change.STEP", 20)
    town = build_town("aurora")
    rows = [vendor(town, f"Vendor {number:02}") for number in range(50)]
    client = signed_in(town)
    preview = change(client, rows, party="client")["Location"]
    with enter(town.tenant.pk):
        late = Vendor.objects.get(name="Vendor 30")
        late.delivers = "Something else"
        late.save()
    assert client.post(preview)["Location"] == preview
    assert re.search(r"Not begun yet|parts done", text_of(client.get(preview)))
    with enter(town.tenant.pk):
        run = Run.objects.get()
    run = jobs.work_here(run)
    assert (run.state, run.done_steps, run.result) == ("done", 3, {"changed": 49, "refused": 1})
    page = text_of(client.get(preview))
    assert "49 vendors changed." in page and "Vendor 30" in page
    with enter(town.tenant.pk):
        assert Vendor.objects.filter(party="client").count() == 49 and verified().is_whole
        assert Seal.objects.filter(what="vendor.change-many").count() == 3
