"""Pages of calendars: week, month, form and history; and "When is this due?"."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from contracts.models import Calendar, CalendarException
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.contracts.promises import at, calendar, promised, signed_in
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
OPEN = {"mon": "08:00-12:00, 13:00-17:30", "tue": "08:00–17:30", "fri": "22:00-06:00"}
TYPED = {"name": "Night desk", "time_zone": "Europe/Berlin", **OPEN, "holiday_country": "DE"}


@pytest.fixture
def town() -> Town:
    town = build_town("aurora")
    promised(town)
    return town


@pytest.fixture
def ada(town: Town) -> Client:
    return signed_in(town, Role.SERVICE_OWNER)


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.content.decode()).replace("\u00a0", " ")


def made(town: Town, client: Client, **changed: Any) -> Calendar:
    answer = client.post(at(town, "contracts:calendar-new"), {**TYPED, **changed})
    assert answer.status_code == 302, answer.content.decode()
    return calendar(town, str({**TYPED, **changed}["name"]))


@pytest.mark.requirement("R2.2")
def test_a_contracts_calendar_shows_its_week_its_month_and_where_it_stands(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "contracts:calendar", calendar(town).public_id) + "?month=2026-03")
    for said in (
        "only an amendment changes it",
        "Monday 08:00–12:00, 13:00–17:30",
        "Sun 8 Mar: closed: Women's Day",
        "clocks go forward, the day has 23 h",
        "closed: every Saturday",
        "Good Friday",
    ):
        assert said in page
    assert "Change calendar" not in page


@pytest.mark.requirement("R2.2")
def test_a_calendar_is_made_changed_and_its_history_told(town: Town, ada: Client) -> None:
    own = made(town, ada)
    assert own.document["week"]["fri"] == [["22:00", "06:00"]]
    changed = {**TYPED, "tue": "", "holiday_subdivision": "BE"}
    assert ada.post(at(town, "contracts:calendar-edit", own.public_id), changed).status_code == 302
    history = words(ada, at(town, "contracts:calendar-history", own.public_id))
    assert "Tuesday: 08:00–17:30 → closed" in history
    assert "Public holidays: public holidays of Germany → public holidays of Germany, BE" in history
    assert "Ada Lindqvist" in history


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def test_a_form_that_somebody_overtook_is_shown_again_with_what_was_typed(town: Town, ada: Client) -> None:
    own = made(town, ada)
    address = at(town, "contracts:calendar-edit", own.public_id)
    read = version_in(ada.get(address).content.decode())
    first = {**TYPED, "name": "Late desk", "version": read}
    assert signed_in(town, Role.CONTRACT_MANAGER).post(address, first).status_code == 302
    late = ada.post(address, {**TYPED, "name": "Early desk", "version": read})
    shown = unescape(late.content.decode()).replace("\u00a0", " ")
    assert late.status_code == 409
    assert "Ben Okafor" in shown
    assert "Night desk → Late desk" in shown
    assert 'value="Early desk"' in shown
    assert calendar(town, "Late desk") == own
    again = version_in(late.content.decode())
    assert ada.post(address, {**TYPED, "name": "Early desk", "version": again}).status_code == 302
    assert calendar(town, "Early desk") == own


def test_exceptions_show_in_the_month_and_in_the_history(town: Town, ada: Client) -> None:
    own = made(town, ada)
    answer = ada.post(
        at(town, "contracts:calendar-exceptions-new"),
        {"calendar": str(own.public_id), "on": "2026-03-03", "name": "Stocktaking", "hours": "09:00-11:00"},
    )
    assert answer.status_code == 302, answer.content.decode()
    page = words(ada, at(town, "contracts:calendar", own.public_id) + "?month=2026-03")
    assert "09:00–11:00: other hours, Stocktaking" in page
    assert "Exception of 3 March 2026" in words(ada, at(town, "contracts:calendar-history", own.public_id))
    with enter(town.tenant.pk):
        assert CalendarException.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"mon": "8 to noon"}, "mon", "is not an interval such as 08:00-12:00"),
        ({"mon": "08:00-12:00, 11:00-13:00"}, "mon", "11:00-13:00 overlaps 08:00-12:00: join them or leave a gap."),
        ({"mon": "08:00-25:00"}, "mon", "is not a time such as 08:00"),
        ({"mon": "24:00-08:00"}, "mon", "24:00 may only end an interval"),
        ({"name": ""}, "name", "This field is required"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone", "Select a valid choice"),
        ({"holiday_subdivision": "XX"}, "holiday_subdivision", "Select a valid choice"),
    ],
)
def test_a_fault_stands_at_its_field_and_what_was_typed_stays(
    town: Town, ada: Client, changed: dict[str, str], field: str, said: str
) -> None:
    answer = ada.post(at(town, "contracts:calendar-new"), {**TYPED, **changed})
    page = unescape(answer.content.decode())
    assert said in page
    assert f'href="#id_{field}"' in page
    assert 'value="22:00-06:00"' in page
    with enter(town.tenant.pk):
        assert not Calendar.objects.filter(terms_version=None).exists()


def test_the_states_of_a_country_are_shown_without_a_word_about_what_is_typed_so_far(town: Town, ada: Client) -> None:
    answer = ada.post(at(town, "contracts:calendar-new"), {"holiday_country": "BR", "mon": "oops", "refresh": "1"})
    page = answer.content.decode()
    assert "São Paulo (SP)" in page
    assert 'value="oops"' in page
    assert "error-summary" not in page


def test_a_name_is_taken_once(town: Town, ada: Client) -> None:
    made(town, ada)
    answer = ada.post(at(town, "contracts:calendar-new"), TYPED)
    assert "There is a calendar named Night desk already." in answer.content.decode()


def test_who_may_not_write_calendars_reads_them(town: Town, ada: Client) -> None:
    own = made(town, ada)
    auditor = signed_in(town, Role.AUDITOR)
    assert "Change calendar" not in words(auditor, at(town, "contracts:calendar", own.public_id))
    for address in (at(town, "contracts:calendar-new"), at(town, "contracts:calendar-edit", own.public_id)):
        assert auditor.get(address).status_code == 404
        assert auditor.post(address, TYPED).status_code == 404


def test_a_contracts_calendar_is_not_changed_by_the_form(town: Town, ada: Client) -> None:
    answer = ada.post(at(town, "contracts:calendar-edit", calendar(town).public_id), TYPED)
    assert "only an amendment changes it" in answer.content.decode()
    assert calendar(town).name == "office"


def test_a_calendar_that_always_runs(town: Town, ada: Client) -> None:
    own = made(town, ada, always="on", name="Always")
    assert own.document == {"time_zone": "Europe/Berlin", "always": True}
    assert "Round the clock." in words(ada, at(town, "contracts:calendar", own.public_id))


def due(town: Town, client: Client, **asked: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in {"calendar": str(calendar(town).public_id), **asked}.items())
    return words(client, at(town, "contracts:due") + "?" + query)


@pytest.mark.requirement("R2.3")
def test_what_is_due_is_explained_and_can_be_recomputed_by_hand(
    town: Town, ada: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = due(
        town, ada, ask="due", start="2026-03-27T15:00", hours="4", minutes="0",
        pauses="2026-03-27 16:00 to 2026-03-27 16:30",
    )  # fmt: skip
    assert "Mon 30 Mar 2026, 10:00" in page
    assert "closed: Saturday and Sunday" in page
    assert "open, paused" in page
    assert "clocks change in between" in page
    found = re.search(r'<pre class="listing-box"[^>]*>(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1])["ask"][0]["due"]["seconds"] == 14400
    import io
    import sys

    stdin = io.TextIOWrapper(io.BytesIO(found[1].encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    call_command("working_time")
    assert '"due": "2026-03-30T08:00:00Z"' in capsys.readouterr().out


def test_elapsed_time_between_two_instants(town: Town, ada: Client) -> None:
    page = due(town, ada, ask="elapsed", start="2026-03-27T15:00", end="2026-03-30T10:00")
    assert "4 h 30 min" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": "2026-03-27T15:00", "ask": "elapsed"}, "Give the end, too."),
        ({"start": "2026-03-27T15:00", "ask": "elapsed", "end": "2026-03-26T10:00"}, "The end is before the start."),
        ({"start": "noon", "ask": "due"}, "“noon” is not a date and time"),
        ({"start": "2026-03-27T15:00", "ask": "due", "hours": "-1"}, "It must be at least 0."),
        ({"start": "2026-03-27T15:00", "ask": "due", "hours": "1", "pauses": "a while"}, "needs a start"),
        ({"start": "2026-03-27T15:00", "ask": "due", "hours": "1", "calendar": "none"}, "Select a valid choice"),
    ],
)
def test_a_bad_question_is_said_at_its_field(town: Town, ada: Client, asked: dict[str, str], said: str) -> None:
    assert said in due(town, ada, **asked)


def test_a_calendar_that_never_opens_is_said(town: Town, ada: Client) -> None:
    own = made(town, ada, name="Shut", mon="", tue="", fri="")
    page = due(town, ada, calendar=str(own.public_id), ask="due", start="2026-03-27T15:00", hours="1")
    assert "never reaches it" in page


def test_an_exception_is_added_to_the_calendar_that_it_was_asked_for_on(town: Town, ada: Client) -> None:
    made(town, ada, name="Another desk")
    own = made(town, ada)
    link = re.search(r'href="([^"]*/new/[^"]*)"', words(ada, at(town, "contracts:calendar", own.public_id)))
    assert link is not None
    chosen = re.findall(r"<option[^>]* selected[^>]*>([^<]*)", words(ada, link[1]))
    assert chosen == ["Night desk"]
