"""The list of tickets as a file: the same rows at once or by a run, in the order asked for, harmless in a spreadsheet."""

import csv
import gzip
import io
import tracemalloc
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm import services
from itsm.models import Ticket, TicketExport, TicketExportPart
from itsm.queries import ticket_export as queries
from itsm.queries.current import holding_ids
from itsm.queries.ticket_list import SORTS, Asked, order_of, tickets_asked
from itsm.services import exports
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.itsm.measured import AS_OF, MONDAY, at, measured, signed_in, ticket, words
from tests.world import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    return measured(more=30)


def written(town: Town, monkeypatch: pytest.MonkeyPatch, step: int = 7, **asked: Any) -> TicketExport:
    """The export as a run of small steps left it."""
    monkeypatch.setattr(services, "STEP_TICKETS", step)
    monkeypatch.setattr(exports, "STEP_TICKETS", step)
    with enter(town.tenant.pk):
        row, run = services.start_export(Asked(town.engagement, **asked), by=None, at=AS_OF)
    run = jobs.work_here(run)
    assert run.state == Run.State.DONE, run.error
    with enter(town.tenant.pk):
        return TicketExport.objects.select_related("file").get(pk=row.pk)


def text_of(client: Client, town: Town, row: TicketExport, **headers: str) -> str:
    answer = client.get(at(town, "itsm:export-file", row.public_id), headers=headers or {"accept-encoding": "gzip"})
    assert answer.status_code == 200
    return gzip.decompress(answer.content).decode()


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SORTS for sign in ("", "-")])
def test_pages_by_key_are_the_list_in_its_order(town: Town, sort: str) -> None:
    with enter(town.tenant.pk):
        open_one = datetime.fromisoformat("2016-05-16T08:00:00+00:00")
        Ticket.objects.bulk_create([ticket(town.engagement, f"OPEN{n}", open_one, None, priority=2) for n in range(9)])
        asked = Asked(town.engagement, sort=sort)
        whole = list(tickets_asked(asked, {}).order_by(*order_of(sort)).values_list("number", flat=True))
        found, after = [], None
        while True:
            lines, after = queries.lines_after(asked, after, 4, {})
            found += [line.number for line in lines]
            if after is None:
                break
    assert len(whole) == 45
    assert found == whole


def test_a_run_writes_the_same_bytes_as_the_answer_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    at_once = ada.get(at(town, "itsm:tickets-export", query="sort=number")).content.decode()
    row = written(town, monkeypatch, sort="number")
    assert text_of(ada, town, row) == at_once
    assert len(list(csv.DictReader(io.StringIO(at_once)))) == 36 * 2
    with enter(town.tenant.pk):
        assert not TicketExportPart.objects.exists()


def test_the_file_unpacks_on_the_way_or_stays_packed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, row = signed_in(town, Role.SERVICE_OWNER), written(town, monkeypatch)
    address = at(town, "itsm:export-file", row.public_id)
    coded = ada.get(address, headers={"accept-encoding": "gzip, br"})
    assert coded["Content-Encoding"] == "gzip"
    assert coded["Content-Disposition"] == 'attachment; filename="tickets-cobalt-services-2016-05-18.csv"'
    plain = ada.get(address, headers={"accept-encoding": "identity"})
    assert "Content-Encoding" not in plain
    assert plain["Content-Disposition"].endswith('.csv.gz"')
    assert plain.content == coded.content


def test_what_a_person_typed_is_no_formula_in_the_file(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    text = text_of(signed_in(town, Role.SERVICE_OWNER), town, written(town, monkeypatch, number="INC2"))
    assert {row["category"] for row in csv.DictReader(io.StringIO(text))} == {"'=1+1"}


def test_a_list_longer_than_an_answer_is_asked_for_and_watched(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "DIRECT", 10)
    ada = signed_in(town, Role.SERVICE_OWNER)
    ask = at(town, "itsm:export-new", query=f"engagement={town.engagement.slug}&outcome=met")
    answer = ada.get(at(town, "itsm:tickets-export", query="outcome=met"))
    assert (answer.status_code, answer["Location"]) == (302, ask)
    assert "Write file" in words(ada, ask)
    with enter(town.tenant.pk):
        assert not TicketExport.objects.exists()
    page = ada.post(ask)["Location"]
    with enter(town.tenant.pk):
        row = TicketExport.objects.get()
        run = Run.objects.get(kind=queries.RUN)
    assert (row.asked["outcome"], row.by, run.engagement_id) == ("met", run.started_by, town.engagement.pk)
    assert "The file is being written" in words(ada, page)
    assert ada.get(f"{page}tickets.csv").status_code == 404
    jobs.work_here(run)
    assert "Download CSV" in words(ada, page)
    assert ada.get(f"{page}progress/")["HX-Refresh"] == "true"


def test_a_stopped_export_leaves_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row, run = services.start_export(Asked(town.engagement), by=None, at=AS_OF)
        monkeypatch.setattr(exports, "STEP_TICKETS", 7)
        services.write_part(row.pk, 0)
    assert ada.post(at(town, "itsm:export-stop", row.public_id)).status_code == 302
    assert jobs.work_here(run).state == Run.State.CANCELLED
    assert "It was stopped." in words(ada, at(town, "itsm:export", row.public_id))
    with enter(town.tenant.pk):
        assert not TicketExportPart.objects.exists()
    assert ada.post(at(town, "itsm:export-stop", row.public_id)).status_code == 409


def test_the_provider_gets_what_its_list_shows_and_strangers_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = written(town, monkeypatch, outcome="missed")
    mine = text_of(signed_in(town, Role.ENGINEER, "cobalt"), town, row)
    assert {r["number"] for r in csv.DictReader(io.StringIO(mine))} == {"INC2", "INC4", "INC5"}
    other = measured("borealis")
    address = at(town, "itsm:export-file", row.public_id)
    assert signed_in(other, Role.SERVICE_OWNER).get(address).status_code == 404


def test_a_step_takes_as_many_queries_and_as_little_memory_at_any_length(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    with enter(town.tenant.pk):
        rows = (ticket(town.engagement, f"X{n}", MONDAY + timedelta(minutes=n % 9999), 2) for n in range(8000))
        Ticket.objects.bulk_create(rows)
    counts = []
    for step in (1000, 4000):
        monkeypatch.setattr(exports, "STEP_TICKETS", step)
        with enter(town.tenant.pk):
            row, _ = services.start_export(Asked(town.engagement), by=None, at=AS_OF)
            services.write_part(row.pk, 0)
            with CaptureQueriesContext(connection) as asked:
                services.write_part(row.pk, 1)
            counts.append(len(asked))
            assert max(len(q["sql"]) for q in asked if "in_outcome" in q["sql"] or "itsm_outcome" in q["sql"]) < 12_000
    assert counts[1] - counts[0] == 3, counts
    with enter(town.tenant.pk):
        tracemalloc.start()
        services.write_part(row.pk, 2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 40_000_000


def test_keys_name_the_same_place_after_json(town: Town) -> None:
    with enter(town.tenant.pk):
        _, after = queries.lines_after(Asked(town.engagement), None, 2, holding_ids(town.engagement))
    assert after is not None
    assert isinstance(after[0], str)
