"""Collections of tickets and results: shapes, filters, pages, refusals."""

import pytest
from django.test import Client

from mspgov.tenancy.policy import Role
from tests.itsm.measured import measured, signed_in
from tests.world import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return measured()


@pytest.fixture
def ada(town: Town) -> Client:
    return signed_in(town, Role.SERVICE_OWNER)


def rows(client: Client, path: str, slug: str = "aurora") -> list[dict[str, object]]:
    answer = client.get(f"/o/{slug}/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_a_ticket_carries_the_clock_of_each_service_level(ada: Client) -> None:
    late = next(row for row in rows(ada, "tickets/") if row["number"] == "INC2")
    clock = next(c for c in late["clocks"] if c["service_level"] == "p3-resolve")
    assert clock == {
        "service_level": "p3-resolve", "month": "2016-04", "start": "2016-04-05T08:00:00Z", "end": "2016-04-06T09:00:00Z",
        "due": "2016-04-05T17:00:00Z", "elapsed_seconds": 36000, "target_seconds": 28800, "paused_seconds": 3600,
        "met": False, "excluded": None,
    }  # fmt: skip
    assert ada.get(f"/o/aurora/api/v1/tickets/{late['id']}/").json() == late


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("month=2016-04&service_level=p3-resolve&outcome=missed", {"INC2", "INC4"}),
        ("engagement=cobalt-services&priority=P3&state=active", {"INC5"}),
        ("engagement=dune-services", set()),
        ("priority=P2", set()),
        ("number=INC1", {"INC1"}),
        ("engagement=cobalt-services&number=INC1", {"INC1"}),
        ("engagement=cobalt-services&number=INC", set()),
    ],
)
def test_tickets_are_filtered(ada: Client, query: str, found: set[str]) -> None:
    assert {row["number"] for row in rows(ada, f"tickets/?{query}")} == found


def test_pages_of_tickets_join_without_gap(ada: Client) -> None:
    seen, url = [], "/o/aurora/api/v1/tickets/?page_size=4"
    while url:
        answer = ada.get(url).json()
        seen += [row["number"] for row in answer["results"]]
        url = answer["next"]
    assert sorted(seen) == ["INC1", "INC2", "INC3", "INC4", "INC5", "INC6"]


def test_results_carry_the_keys_of_a_measure_line(ada: Client) -> None:
    april = rows(ada, "results/?engagement=cobalt-services&month=2016-04&service_level=p3-resolve")
    assert [(r["total"], r["met"], r["attainment"], r["excluded"], r["state"], r["version"]) for r in april] == [
        (4, 2, "50.0000", 0, "sealed", 1)
    ]
    states = {(r["month"], r["state"]) for r in rows(ada, "results/")}
    assert states == {("2016-04", "sealed"), ("2016-05", "open")}
    assert {r["month"] for r in rows(ada, "results/?state=open")} == {"2016-05"}
    assert next(r for r in rows(ada, "results/?service_level=uptime&month=2016-04"))["reported"] is True
    assert next(r for r in rows(ada, "results/?service_level=uptime&month=2016-05"))["attainment"] is None


@pytest.mark.parametrize("query", ["tickets/?month=2016", "tickets/?engagement=nobody", "results/?month=13-2016"])
def test_a_bad_filter_is_named(ada: Client, query: str) -> None:
    answer = ada.get(f"/o/aurora/api/v1/{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in ("month", "engagement")


def test_a_provider_reads_its_own_tickets_only(town: Town) -> None:
    assert rows(signed_in(town, Role.ENGINEER, "dune"), "tickets/") == []
    assert rows(signed_in(town, Role.ENGINEER, "dune"), "results/") == []
    assert len(rows(signed_in(town, Role.ENGINEER, "cobalt"), "tickets/")) == 6
