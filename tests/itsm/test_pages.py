"""Pages of performance, months and tickets: what they say first, to whom, and in how many queries."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contracts.importers.working_time import reply
from itsm.models import MonthSeal, Ticket
from itsm.queries.level_month import level_month
from mspgov.kernel.period import Month
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, Role
from tests.itsm.measured import AS_OF, MONDAY, at, measured, signed_in, ticket, words
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return measured()


@pytest.fixture
def ada(town: Town) -> Client:
    return signed_in(town, Role.SERVICE_OWNER)


def month(town: Town, level: str = "p3-resolve", text: str = "2016-04", query: str = "") -> str:
    return at(town, "itsm:level_month", town.engagement.slug, level, text, query=query)


def test_performance_says_what_was_missed_and_shows_every_month(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "itsm:performance"))
    assert "1 of 3 service levels missed in April 2016" in page
    assert "P3 resolution, April 2016: 50.00 %, missed, 2 of 4 in time" in page
    assert "Up, April 2016: 99.70 %, met, reported" in page
    assert "Reported by Cobalt, no tickets behind it" in page
    assert "day 18" in page
    assert "Where May is heading" in page
    assert page.count("Sealed, ") == 1


def test_a_cell_opens_a_drawer_with_the_late_tickets_nearest_first(town: Town, ada: Client) -> None:
    query = "month=2016-04&level=p3-resolve"
    page = words(ada, at(town, "itsm:performance", query=query))
    assert 'id="drawer"' in page
    assert "One more ticket in time and April meets its minimum: 3 of 4 is 75.00 %." in page
    assert page.index(">INC2<") < page.index(">INC4<")
    assert 'id="drawer"' not in words(ada, at(town, "itsm:performance"))


@pytest.mark.parametrize("view", ["trend", "distribution"])
def test_trend_and_distribution_draw_the_same_months(town: Town, ada: Client, view: str) -> None:
    assert "P3 resolution" in words(ada, at(town, "itsm:performance", query=f"view={view}"))


def test_a_month_lists_its_tickets_by_outcome(town: Town, ada: Client) -> None:
    late, met = words(ada, month(town)), words(ada, month(town, query="outcome=met"))
    assert "50.00 %: missed, 2 of 4 in time." in late
    assert "Missed by 2 h" in late
    assert "Missed by 10 h" in late
    assert "INC1" in met
    assert "INC4" not in met


@pytest.mark.parametrize(
    "path",
    ["performance/cobalt-services/p3-resolve/2016-13/", "performance/cobalt-services/none/2016-04/",
     "performance/cobalt-services/p3-resolve/2011-04/", "performance/nobody/p3-resolve/2016-04/", "performance/?engagement=nobody",
     "performance/?month=x&level=p3-resolve", "tickets/INC99/", "tickets/?month=2016", "tickets/%00/", "performance/cobalt-services/%00/2016-04/"],
)  # fmt: skip
def test_what_is_not_there_is_404(town: Town, ada: Client, path: str) -> None:
    assert ada.get(f"/o/{town.tenant.slug}/{path}").status_code == 404


def test_a_ticket_says_by_how_much_it_was_late_and_how_that_comes_about(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "itsm:ticket", "INC2"))
    assert "Resolution missed by 2 h; response met with 30 min to spare." in page
    assert "It alone decides the month: in time, April 2016 would stand at 75.00 % and meet its minimum." in page
    for said in ("Closed in between", "Waiting for the caller stops the clock", "Counted; due Tue 5 Apr 17:00", "§2.2"):
        assert said in page
    with enter(town.tenant.pk):
        row = Ticket.objects.get(number="INC2")
    assert words(ada, at(town, "itsm:ticket", row.public_id)).count("Resolution missed by 2 h") == 1


def test_the_question_of_a_clock_is_answered_by_the_calculator_alike(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "itsm:ticket", "INC2", query="recompute=1"))
    assert "It answers 36000 seconds" in page
    answer = ada.get(at(town, "itsm:question", "INC2"))
    given = json.loads(reply(answer.content).answers[0])
    assert given["answers"][0]["seconds"] == 36000
    assert answer["Content-Disposition"] == 'attachment; filename="INC2-p3-resolve.json"'


def test_a_ticket_that_no_service_level_measures_has_a_page_and_no_question(town: Town, ada: Client) -> None:
    with enter(town.tenant.pk):
        ticket(town.engagement, "INC7", MONDAY, 4, priority=1).save()
    assert ada.get(at(town, "itsm:ticket", "INC7")).status_code == 200
    assert ada.get(at(town, "itsm:question", "INC7")).status_code == 404
    assert ada.get(at(town, "itsm:question", "INC1")).status_code == 200


def test_an_unfinished_ticket_runs_up_to_the_latest_measurement(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "itsm:ticket", "INC5"))
    assert "Resolution missed by 3 h so far" in page
    assert "still open, 3 h late" in page


def test_the_clock_can_be_read_as_a_table(town: Town, ada: Client) -> None:
    page = words(ada, at(town, "itsm:ticket", "INC2", query="view=table"))
    assert "Counted so far" in page
    assert "Waiting for the caller" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"INC1", "INC2", "INC3", "INC4", "INC5", "INC6"}),
        ("outcome=missed&month=2016-04", {"INC2", "INC4"}),
        ("outcome=met&level=p3-resolve&month=2016-04", {"INC1", "INC3"}),
        ("outcome=open", {"INC5"}),
        ("outcome=excluded", set()),
        ("priority=P1", set()),
        ("priority=P9", set()),
        ("q=inc6", {"INC6"}),
        ("q=c6", {"INC6"}),
        ("q=6", {"INC6"}),
        ("q=mai", {"INC1", "INC3", "INC4", "INC5", "INC6"}),
        ("q=%3D1", {"INC2"}),
        ("q=ail", set()),
        ("q=%25", set()),
        ("level=none", set()),
    ],
)
def test_the_list_is_narrowed_by_its_address(town: Town, ada: Client, query: str, found: set[str]) -> None:
    page = words(ada, at(town, "itsm:tickets", query=query))
    assert {n for n in ("INC1", "INC2", "INC3", "INC4", "INC5", "INC6") if f">{n}</a>" in page} == found
    assert ("No ticket is like this." in page) == (not found)


def test_a_long_list_is_counted_exactly() -> None:
    town = measured(more=1100)
    page = words(signed_in(town, Role.SERVICE_OWNER), at(town, "itsm:tickets"))
    assert "1,106 tickets" in page
    assert "1 to 50 of 1,106" in page
    assert at(town, "itsm:export-new") in page


def test_the_list_is_sorted_both_ways(town: Town, ada: Client) -> None:
    down, up = (words(ada, at(town, "itsm:tickets", query=f"sort={sort}")) for sort in ("-number", "number"))
    assert down.index(">INC6<") < down.index(">INC1<")
    assert up.index(">INC1<") < up.index(">INC6<")
    assert ">INC1<" in words(ada, at(town, "itsm:tickets", query="sort=nonsense&page=zero"))


def test_exports_defuse_formulas_and_say_the_same_as_the_page(town: Town, ada: Client) -> None:
    tickets = ada.get(at(town, "itsm:tickets-export", query="outcome=missed")).content.decode()
    rows = list(csv.DictReader(io.StringIO(tickets)))
    assert {row["number"] for row in rows} == {"INC2", "INC4", "INC5"}
    assert next(row for row in rows if row["number"] == "INC2")["category"] == "'=1+1"
    clocks = ada.get(
        at(town, "itsm:level_month-export", town.engagement.slug, "p3-resolve", "2016-04")
    ).content.decode()
    assert "'=1+1" in clocks
    heat = list(csv.DictReader(io.StringIO(ada.get(at(town, "itsm:performance-export")).content.decode())))
    april = next(row for row in heat if row["month"] == "2016-04" and row["service_level"] == "p3-resolve")
    assert (april["total"], april["met"], april["attainment"], april["state"]) == ("4", "2", "50.0000", "sealed")


@pytest.mark.parametrize("role", sorted([*CLIENT, Role.BOARD_MEMBER]))
def test_every_role_of_the_client_reads_performance_and_tickets(town: Town, role: Role) -> None:
    client = signed_in(town, role)
    for address in (
        at(town, "itsm:performance"),
        month(town),
        at(town, "itsm:tickets"),
        at(town, "itsm:ticket", "INC2"),
    ):
        assert client.get(address).status_code == 200


def test_another_provider_and_another_tenant_see_nothing_of_it(town: Town) -> None:
    dune = signed_in(town, Role.ENGINEER, "dune")
    assert signed_in(town, Role.ENGINEER, "cobalt").get(month(town)).status_code == 200
    for address in (
        month(town),
        at(town, "itsm:ticket", "INC2"),
        at(town, "itsm:performance", query="engagement=cobalt-services"),
    ):
        assert dune.get(address).status_code == 404
    assert "INC" not in words(dune, at(town, "itsm:tickets"))
    other = build_town("borealis")
    foreign = signed_in(other, Role.SERVICE_OWNER)
    assert foreign.get(at(town, "itsm:performance")).status_code == 404
    assert foreign.get("/o/borealis/tickets/INC2/").status_code == 404


def test_an_engagement_without_tickets_says_so_and_what_to_do() -> None:
    town = build_town("aurora")
    client = signed_in(town, Role.SERVICE_OWNER)
    assert "is measured yet" in words(client, at(town, "itsm:performance"))
    assert "has no tickets yet" in words(client, at(town, "itsm:tickets"))


@pytest.mark.slow
def test_pages_ask_as_often_for_ten_tickets_as_for_a_thousand() -> None:
    counts: dict[str, list[int]] = {}
    for slug, more in (("aurora", 4), ("borealis", 1000)):
        town = measured(slug, more)
        client = signed_in(town, Role.SERVICE_OWNER)
        for address in (
            at(town, "itsm:tickets"), at(town, "itsm:performance", query="month=2016-04&level=p3-resolve"), month(town),
            at(town, "itsm:ticket", "INC2"), f"/o/{slug}/api/v1/tickets/", f"/o/{slug}/api/v1/results/",
        ):  # fmt: skip
            client.get(address)
            counts.setdefault(address.replace(slug, "x"), []).append(asked(client, address))
    assert all(abs(few - many) <= 1 for few, many in counts.values()), counts
    assert max(many for _, many in counts.values()) <= 22, counts
    assert counts["/o/x/tickets/"][1] <= 12, counts  # one of them for the saved views
    assert counts["/o/x/tickets/INC2/"][1] <= 19, counts


def asked(client: Client, address: str) -> int:
    """How many queries a page asks."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_a_month_that_another_engagement_sealed_is_open_here(town: Town) -> None:
    with enter(town.tenant.pk):
        MonthSeal.objects.create(engagement=town.engagements["dune"], month="2016-05", digest="0" * 64, at=AS_OF)
        sealed = [level_month(town.engagement, "p3-resolve", Month(text)).sealed_at for text in ("2016-04", "2016-05")]
        assert sealed[0] is not None and sealed[1] is None


def test_without_an_engagement_there_are_no_tickets_to_export() -> None:
    town = build_town("borealis", providers=())
    assert signed_in(town, Role.SERVICE_OWNER).get(at(town, "itsm:tickets-export")).status_code == 404
