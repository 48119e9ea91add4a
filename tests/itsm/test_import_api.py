"""Imports by the API: a file in, the run as answer, the report afterwards; bad input by field."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from itsm.models import Import, Ticket
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.contracts.promises import at, signed_in
from tests.itsm.test_import_pages import AUDIT
from tests.world import Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R2.1")]

CSV = "Ticket,Created,Prio\nINC1,2016-04-04T08:00:00Z,High\nINC2,2016-04-31T08:00:00Z,High\n"
MAPPING = {"columns": {"number": "Ticket", "opened_at": "Created", "priority": "Prio"}, "priorities": {"High": "P2"}}


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def send(town: Town, client: Client, content: str | bytes = CSV, **more: Any) -> Any:
    body = content.encode() if isinstance(content, str) else content
    asked = {
        "engagement": "cobalt-services", "format": "csv", "time_zone": "UTC", "mapping": json.dumps(MAPPING), **more
    }  # fmt: skip
    file = SimpleUploadedFile("tickets.csv", body)
    return client.post(at(town, "api:imports"), {**{k: v for k, v in asked.items() if v is not None}, "file": file})


def rows(town: Town) -> tuple[int, int]:
    with enter(town.tenant.pk):
        return Import.objects.count(), Run.objects.count()


def test_a_file_is_answered_with_its_run_and_then_has_a_report(town: Town) -> None:
    mei = signed_in(town, Role.CHANGE_MANAGER)
    answer = send(town, mei)
    assert answer.status_code == 202, answer.content
    assert answer.json()["state"] == "waiting"
    assert answer.json()["engagement"] == "cobalt-services"
    with enter(town.tenant.pk):
        run = Run.objects.get(public_id=answer.json()["id"])
    assert jobs.work_here(run).state == Run.State.DONE
    shown = mei.get(answer.headers["Location"]).json()
    assert shown["created"] == 1
    assert shown["rejected"] == [
        {"row": 3, "field": "opened_at", "why": "'2016-04-31T08:00:00Z' is no ISO 8601 date and time"}
    ]
    assert shown["state"] == "done"
    listed = mei.get(at(town, "api:imports") + "?engagement=cobalt-services&state=done").json()["results"]
    assert [each["id"] for each in listed] == [shown["id"]]
    with enter(town.tenant.pk):
        assert Ticket.objects.get().number == "INC1"


def test_a_mapping_may_be_yaml_and_an_audit_log_takes_none(town: Town) -> None:
    mei = signed_in(town, Role.CHANGE_MANAGER)
    yaml = "columns: {number: Ticket, opened_at: Created, priority: Prio}\npriorities: {High: P2}\n"
    assert send(town, mei, mapping=yaml).status_code == 202
    assert send(town, mei, AUDIT, format="servicenow-audit", mapping=None).status_code == 202


@pytest.mark.parametrize(
    ("content", "more", "field"),
    [
        (CSV, {"engagement": "nowhere"}, "engagement"),
        (CSV, {"format": "jira"}, "format"),
        (CSV, {"time_zone": "Mars/Base"}, "time_zone"),
        (CSV, {"mapping": None}, "mapping"),
        (CSV, {"mapping": "{"}, "mapping"),
        (CSV, {"mapping": "columns: {number: Ticket, opened_at: Created}"}, "mapping.columns.priority"),
        (CSV, {"vendor_party": "nobody"}, "vendor_party"),
        ("", {}, "file"),
        (b"Ticket,Created,Prio\nINC\xe9,2016-04-04T08:00:00Z,High\n", {}, "file"),
        ("Ticket,Prio\nINC1,High\n", {}, "file"),
        (",".join(f"c{i}" for i in range(200_000)) + "\n1\n", {}, "file"),
    ],
)
def test_bad_input_names_its_field_and_nothing_is_written(
    town: Town, content: str | bytes, more: dict[str, Any], field: str
) -> None:
    answer = send(town, signed_in(town, Role.CHANGE_MANAGER), content, **more)
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert rows(town) == (0, 0)


def test_who_may_not_import_is_told_nothing_and_a_reading_token_writes_nothing(town: Town) -> None:
    for reader in (signed_in(town, Role.AUDITOR), signed_in(town, Role.ENGINEER, "cobalt")):
        assert send(town, reader).status_code == 404
        assert reader.get(at(town, "api:imports")).status_code == 200
    mei = town.member(Role.CHANGE_MANAGER)
    with enter(town.tenant.pk):
        key = tenancy.create_token(person=mei.person, name="r", scope="read", days=1, at=timezone.now())
    assert send(town, Client(headers={"Authorization": f"Bearer {key}"})).status_code == 403
    assert send(town, Client()).status_code == 401
    assert rows(town) == (0, 0)
    assert send(town, signed_in(town, Role.CHANGE_MANAGER)).status_code == 202
    with enter(town.tenant.pk):
        row = Import.objects.get()
    own, other = signed_in(town, Role.ENGINEER, "cobalt"), signed_in(town, Role.ENGINEER, "dune")
    detail = at(town, "api:imports-detail", row.public_id)
    assert own.get(detail).status_code == 200
    assert other.get(detail).status_code == 404
    assert other.get(at(town, "api:imports")).json()["results"] == []


def test_an_unknown_state_or_outcome_is_said_not_passed_over(town: Town) -> None:
    mei = signed_in(town, Role.CHANGE_MANAGER)
    for route, asked in (("imports", "state=lost"), ("tickets", "outcome=lost")):
        answer = mei.get(f"{at(town, f'api:{route}')}?{asked}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == asked.partition("=")[0]
