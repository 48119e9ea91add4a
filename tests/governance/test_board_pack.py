"""board_pack as one types it: a small town's quarter, from the log to the file and back to the cents."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pikepdf
import pytest
from django.core.management import call_command
from django.db import connection

from contracts.calc.credits import credits
from contracts.importers.results import read_results
from contracts.importers.terms import read_terms
from contracts.importers.terms_text import read_json
from contracts.services import import_terms
from costs import queries as costs
from costs import services as costs_services
from governance import services
from governance.calc.facts import fingerprint, read_facts
from governance.models import Pack
from governance.queries import pack_list
from itsm import services as itsm
from mspgov.documents.press import Printed
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month, Quarter
from mspgov.records.errors import Conflict
from mspgov.records.models import File, Record
from mspgov.tenancy.context import enter
from tests.world import Town, build_town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.1"),
    pytest.mark.slow,
]

AT = datetime(2026, 8, 5, 9, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-01, ends: 2028-12-31, monthly_charges: "84200.00"}
calendars: {always: {always: true, time_zone: UTC}}
service_levels:
  - {key: p2-resolve, name: P2 resolution, measure: resolve, select: {priority: [P2]}, calendar: always,
     target: {hours: 8}, expected: 90, minimum: 60, clause: Schedule 4 §2.2}
  - {key: uptime, name: ERP up, measure: availability, expected: 99.9, minimum: 99.5}
credit_regime:
  {kind: at_risk, at_risk_percent: 10, allocations: {p2-resolve: 40, uptime: 60}, below_minimum: 1}
"""
TICKETS = """number,opened,answered,resolved,priority
INC10,2026-01-12T08:00:00Z,2026-01-12T08:10:00Z,2026-01-12T10:00:00Z,P2
INC2,2026-01-13T08:00:00Z,2026-01-13T08:10:00Z,2026-01-13T20:00:00Z,P2
INC3,2026-01-14T08:00:00Z,,,P2
INC4,2026-02-01T00:00:00Z,2026-02-01T00:10:00Z,2026-02-01T01:00:00Z,P2
INC5,2026-02-30T00:00:00Z,,,P2
"""
MAPPING = {
    "columns": {
        "number": "number", "opened_at": "opened", "answered_at": "answered", "resolved_at": "resolved",
        "priority": "priority",
    }
}  # fmt: skip
PLACE = ("--tenant", "aurora", "--engagement", "cobalt-services")


@pytest.fixture
def town() -> Town:
    town = build_town()
    with enter(town.tenant.pk):
        import_terms(engagement=town.engagement, text=TERMS, by=None, at=AT)
        row = itsm.keep_import(
            engagement=town.engagement, name="tickets.csv", content=BytesIO(TICKETS.encode()), format="csv",
            time_zone="UTC", mapping=MAPPING, at=AT,
        )  # fmt: skip
        run = itsm.start_import(row, by=None)
    assert jobs.work_here(run).state == Run.State.DONE
    with enter(town.tenant.pk):
        costs_services.measure(
            engagement=town.engagement, first=Month("2026-01"), last=Month("2026-03"), as_of=AT, at=AT, by=None
        )
    connection.close()  # the session's own tables, which the application may truncate, end with it
    return town


def seal(town: Town) -> None:
    with enter(town.tenant.pk):
        for month in ("2026-01", "2026-02", "2026-03"):
            costs_services.seal_month(engagement=town.engagement, month=Month(month), by=None, at=AT)


def made(output: Path, *arguments: str) -> dict[str, object]:
    out = StringIO()
    call_command(
        "board_pack", *PLACE, "--quarter", "2026-Q1", "--output", str(output), *arguments, stdout=out, stderr=StringIO()
    )
    answer: dict[str, object] = json.loads(out.getvalue())
    return answer


def refused(*arguments: str) -> str:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("board_pack", *PLACE, *arguments, stdout=out, stderr=err)
    assert exit_.value.code == 2
    assert out.getvalue() == ""
    return err.getvalue()


def test_a_sealed_quarter_made_twice_is_the_same_file_of_one_pack(town: Town, tmp_path: Path) -> None:
    seal(town)
    first, second = made(tmp_path / "a.pdf"), made(tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert first["sha256"] == second["sha256"] == hashlib.sha256((tmp_path / "a.pdf").read_bytes()).hexdigest()
    assert {"pages", "seconds", "sha256"} <= set(first)
    with enter(town.tenant.pk):
        (line,) = pack_list(town.engagement)
        pack = Pack.objects.get()
        assert (line.state, line.pages, line.file_sha256) == ("frozen", first["pages"], first["sha256"])
        assert line.facts_sha256 == fingerprint(pack.facts)
        assert Record.objects.get(pk=pack.record_id).state == "frozen"
        assert File.objects.filter(media_type="application/pdf").count() == 1


def test_what_is_attached_gives_the_cents_of_the_ledger(town: Town, tmp_path: Path) -> None:
    seal(town)
    made(tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        inside = {
            name: spec.get_file().read_bytes().decode() for name, spec in pdf.attachments.items() if ".xlsx" not in name
        }
    terms = read_terms(inside["terms.yaml"])
    again = credits(terms, read_results(read_json(inside["results.json"]), terms))
    with enter(town.tenant.pk):
        ledger = {
            (line.month, line.service_level): line.amount for line in costs.credit_list(town.engagement) if line.amount
        }
        facts = read_facts(Pack.objects.get().facts)
    assert ledger
    assert {(m.month, row.service_level): row.amount for m in again.months for row in m.credits if row.amount} == ledger
    for name, text in inside.items():
        (tmp_path / name).write_text(text)
    out = StringIO()
    call_command("credits", str(tmp_path / "terms.yaml"), str(tmp_path / "results.json"), stdout=out, stderr=StringIO())
    typed = json.loads(out.getvalue())["months"]
    assert {
        (Month(month["month"]), row["service_level"]): Decimal(row["amount"])
        for month in typed
        for row in month["credits"]
        if Decimal(row.get("amount", 0))
    } == {place: money.amount for place, money in ledger.items()}
    assert facts.contract.recomputes
    assert {(Month(one.month), one.service_level): one.amount for one in facts.credits} == {
        place: money.amount for place, money in ledger.items()
    }


def test_the_facts_tell_what_the_log_holds(town: Town, tmp_path: Path) -> None:
    seal(town)
    made(tmp_path / "a.pdf")
    with enter(town.tenant.pk):
        facts = read_facts(Pack.objects.get().facts)
    assert str(facts.log.begins_on) == "2026-01-12"
    assert [(one.row, one.field) for one in facts.quality.rejected] == [(6, "opened_at")]
    level = next(one for one in facts.levels if one.key == "p2-resolve")
    assert [one.number for one in level.late] == ["INC3", "INC2"]
    assert [one.finished for one in level.late] == [False, True]
    assert [(one.month, one.total, one.met, one.state) for one in level.results if one.state != "none"] == [
        ("2026-01", 3, 1, "missed"),
        ("2026-02", 1, 1, "met"),
    ]
    assert next(one for one in facts.levels if one.key == "uptime").results[-1].attainment is None


def test_an_unsealed_month_makes_a_draft_that_sealing_freezes(town: Town, tmp_path: Path) -> None:
    made(tmp_path / "a.pdf")
    with enter(town.tenant.pk):
        assert [line.state for line in pack_list(town.engagement)] == ["draft"]
        number = Record.objects.get(kind="pack").number
    seal(town)
    made(tmp_path / "b.pdf")
    with enter(town.tenant.pk):
        assert [(line.state, line.number) for line in pack_list(town.engagement)] == [("frozen", number)]
    assert (tmp_path / "a.pdf").read_bytes() != (tmp_path / "b.pdf").read_bytes()


def test_a_print_of_a_draft_that_was_drawn_anew_meanwhile_is_not_kept(town: Town) -> None:
    with enter(town.tenant.pk):
        asked = {"engagement": town.engagement, "quarter": Quarter("2026-Q1"), "by": None, "at": AT}
        first = services.freeze_facts(**asked)
        costs_services.seal_month(engagement=town.engagement, month=Month("2026-01"), by=None, at=AT)
        assert services.freeze_facts(**asked).pk == first.pk
        with pytest.raises(Conflict, match="drawn anew while it was printed"):
            services.keep_print(pack=first, printed=Printed(b"%PDF-1.7", 12, 0.1, ()), paper="A4", by=None, at=AT)
        assert Pack.objects.get().pdf is None
        assert not File.objects.filter(media_type="application/pdf").exists()


def test_a_quarter_that_is_not_over_or_not_one_is_refused_and_leaves_nothing(town: Town, tmp_path: Path) -> None:
    output = tmp_path / "a.pdf"
    assert "--quarter: 2027-Q4 is not over" in refused("--quarter", "2027-Q4", "--output", str(output))
    assert "--quarter: must be a quarter such as 2016-Q2" in refused("--quarter", "2026-Q5", "--output", str(output))
    assert "--output: there is no folder" in refused("--quarter", "2026-Q1", "--output", str(tmp_path / "no" / "a.pdf"))
    assert not output.exists()
    with enter(town.tenant.pk):
        assert not Pack.objects.exists()
        assert not Run.objects.filter(kind="governance.board_pack").exists()


def test_an_engagement_without_contract_has_no_pack(town: Town, tmp_path: Path) -> None:
    place = (
        "--tenant",
        "aurora",
        "--engagement",
        "dune-services",
        "--quarter",
        "2026-Q1",
        "--output",
        str(tmp_path / "a.pdf"),
    )
    err = StringIO()
    with pytest.raises(SystemExit):
        call_command("board_pack", *place, stdout=StringIO(), stderr=err)
    assert "has no contract" in err.getvalue()


def test_letter_is_kept_beside_a4(town: Town, tmp_path: Path) -> None:
    seal(town)
    a4, letter = made(tmp_path / "a.pdf"), made(tmp_path / "b.pdf", "--paper", "Letter")
    assert a4["sha256"] != letter["sha256"]
    with enter(town.tenant.pk):
        assert Pack.objects.get().pdf_letter is not None
