"""Contracts come into being by a terms file and change by amendment."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.http import Http404

from contracts import queries, services
from contracts.importers.terms import read_terms
from contracts.models import Calendar, CalendarException, Contract, ServiceLevel, TermsVersion
from engagements.models import Service
from mspgov.kernel.faults import Fault
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Record, Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Tenant
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
TERMS = """
contract: {reference: MSA-7, currency: EUR, starts: 2026-01-15, ends: 2028-12-31, time_zone: Europe/Berlin}
calendars:
  office: {time_zone: Europe/Berlin, week: {mon: [[08:00, 18:00]]}, clause: §3}
service_levels:
- {key: p1, name: P1 resolution, measure: resolve, calendar: office, target: {hours: 4}, expected: 95,
   select: {service: [E-mail, Desktop]}}
- {key: up, name: Uptime, measure: availability, expected: 99.5}
"""
CHANGED = TERMS.replace("expected: 95", "expected: 97.5").replace("Desktop", "Printing")


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def imported(town: Town, text: str = TERMS, effective: date | None = None) -> services.ImportedTerms:
    ben = town.member(Role.CONTRACT_MANAGER).person
    return services.import_terms(engagement=town.engagement, text=text, effective=effective, by=ben, at=AT)


def rows() -> dict[str, int]:
    models = (Contract, TermsVersion, ServiceLevel, Calendar, Service, Record, Seal)
    return {model.__name__: model.objects.count() for model in models}


@pytest.mark.django_db
@pytest.mark.requirement("R2.1")
def test_the_first_file_is_the_contract_from_the_month_of_its_start(town: Town) -> None:
    with enter(town.tenant.pk):
        done = imported(town)
        assert (done.created, done.version.version, done.version.effective_on) == (True, 1, date(2026, 1, 1))
        assert [level.key for level in queries.service_levels(town.engagement)] == ["p1", "up"]
        assert sorted(Service.objects.values_list("name", flat=True)) == ["Desktop", "E-mail"]
        page = queries.contract_page(done.contract.public_id, date(2026, 6, 1))
        assert page.contract.record.number == "CON-2026-0001"
        assert [calendar.name for calendar in page.calendars] == ["office"]
        assert read_terms(page.text) == read_terms(TERMS)
        assert verified().is_whole


@pytest.mark.django_db
def test_equal_terms_write_nothing_however_they_are_written(town: Town) -> None:
    with enter(town.tenant.pk):
        imported(town)
        before = rows()
        again = imported(town, "# a remark\n" + TERMS.replace("expected: 95,", "expected: 95.0,"))
        assert (again.created, again.version.version, rows()) == (False, 1, before)
        assert not imported(town, effective=date(2026, 9, 1)).created
        assert rows() == before


@pytest.mark.django_db
@pytest.mark.requirement("R2.4")
def test_an_amendment_is_in_force_from_its_first_day_and_not_before(town: Town) -> None:
    with enter(town.tenant.pk):
        imported(town)
        done = imported(town, CHANGED, date(2026, 7, 1))
        assert (done.created, done.version.version) == (True, 2)
        expected = [
            queries.terms_on(town.engagement, day).terms.service_level("p1").expected
            for day in (date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2030, 1, 1))
        ]
        assert [str(value) for value in expected] == ["95", "95", "97.5", "97.5"]
        page = queries.contract_page(done.contract.public_id, date(2026, 6, 1))
        assert page.upcoming == done.version
        assert page.terms.service_level("p1").expected == 95
        assert [line.number for line in page.versions] == ["AMD-2026-0001", "CON-2026-0001"]
        changed = {change.path: (change.before, change.after) for change in page.versions[0].changes}
        assert changed["service_levels.p1.expected"] == ("95", "97.5")
        assert (Contract.objects.count(), Seal.objects.count(), verified().is_whole) == (1, 2, True)
        assert Contract.history.count() == 2


@pytest.mark.django_db
def test_importing_both_files_again_in_order_writes_nothing(town: Town) -> None:
    with enter(town.tenant.pk):
        imported(town)
        imported(town, CHANGED, date(2026, 7, 1))
        before = rows()
        assert [imported(town).version.version, imported(town, CHANGED, date(2026, 7, 1)).version.version] == [1, 2]
        assert rows() == before


@pytest.mark.django_db
def test_an_amendment_may_go_back_to_earlier_terms(town: Town) -> None:
    with enter(town.tenant.pk):
        imported(town)
        imported(town, CHANGED, date(2026, 7, 1))
        assert imported(town, TERMS, date(2026, 10, 1)).version.version == 3
        assert queries.terms_on(town.engagement, date(2026, 10, 1)).terms == read_terms(TERMS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "effective", "message"),
    [
        (CHANGED, None, "effective: the terms differ"),
        (CHANGED, date(2026, 8, 2), "effective: an amendment begins on the first"),
        (CHANGED, date(2026, 3, 1), "effective: there is a later amendment"),
        (CHANGED, date(2025, 12, 1), "effective: 2025-12-01 lies outside"),
        (CHANGED.replace("97.5", "98"), date(2029, 1, 1), "effective: 2029-01-01 lies outside"),
        (CHANGED.replace("EUR", "USD"), date(2026, 8, 1), "contract.currency: an amendment cannot"),
        (CHANGED.replace("2026-01-15", "2026-02-01"), date(2026, 8, 1), "contract.starts: an amendment cannot"),
        (CHANGED.replace("time_zone: Europe/Berlin}", "time_zone: UTC}"), date(2026, 8, 1), "contract.time_zone: an"),
        (CHANGED.replace("hours: 4", "hours: 0"), date(2026, 8, 1), "service_levels[0].target.hours: must be greater"),
    ],
)
def test_an_amendment_that_cannot_be_is_refused_and_nothing_is_written(
    town: Town, text: str, effective: date | None, message: str
) -> None:
    with enter(town.tenant.pk):
        imported(town)
        imported(town, TERMS.replace("expected: 95", "expected: 96"), date(2026, 4, 1))
        before = rows()
        with pytest.raises(Fault) as caught, transaction.atomic():
            imported(town, text, effective)
        assert str(caught.value).startswith(message)
        assert rows() == before


@pytest.mark.django_db
def test_the_database_refuses_to_change_or_delete_a_version(town: Town) -> None:
    with enter(town.tenant.pk):
        version = imported(town).version
        for change in (
            lambda: TermsVersion.objects.filter(pk=version.pk).update(version=9),
            lambda: TermsVersion.objects.filter(pk=version.pk).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert TermsVersion.objects.get().version == 1


@pytest.mark.django_db
def test_a_provider_sees_only_the_contract_of_its_own_engagement() -> None:
    town = build_town("aurora", providers=("cobalt", "dune"))
    with enter(town.tenant.pk):
        done = imported(town)
    with enter(town.tenant.pk, engagements=[town.engagements["dune"].pk]):
        assert rows() == dict.fromkeys(rows(), 0)
        with pytest.raises(Http404):
            queries.contract_page(done.contract.public_id, date(2026, 6, 1))
    with enter(town.tenant.pk, engagements=[town.engagements["cobalt"].pk]):
        assert queries.contract_page(done.contract.public_id, date(2026, 6, 1)).contract == done.contract
        assert Calendar.objects.count() == 1


@pytest.mark.django_db
def test_an_engagement_without_a_contract_has_no_terms() -> None:
    town = build_town("aurora", providers=("cobalt", "dune"))
    with enter(town.tenant.pk):
        theirs = services.import_terms(engagement=town.engagements["dune"], text=TERMS, by=None, at=AT)
        assert queries.contract_of(town.engagements["dune"]) == theirs.contract
        assert queries.service_levels(town.engagement) == [] != queries.service_levels(town.engagements["dune"])
        assert queries.terms_history(town.engagement) == []
        assert queries.contract_of(town.engagement) is None
        with pytest.raises(Http404):
            queries.terms_on(town.engagement, date(2026, 1, 1))


WEEK = {"time_zone": "Europe/Berlin", "week": {"mon": [["08:00", "18:00"]]}}


@pytest.mark.django_db
def test_own_calendars_change_and_promised_ones_do_not(town: Town) -> None:
    tom = town.member(Role.TENANT_ADMINISTRATOR).person
    with enter(town.tenant.pk):
        imported(town)
        own = services.create_calendar(name="Help desk", document=WEEK, by=tom, at=AT)
        longer = {"time_zone": "Europe/Berlin", "week": {"mon": [["07:00", "19:00"]]}}
        assert (
            services.change_calendar(own.public_id, name="Help desk", document=longer, by=tom, at=AT).document == longer
        )
        promised = Calendar.objects.get(name="office")
        with pytest.raises(Refused):
            services.change_calendar(promised.public_id, name="office", document=longer, by=tom, at=AT)
        with pytest.raises(Conflict):
            services.create_calendar(name="Help desk", document=WEEK, by=tom, at=AT)
        with pytest.raises(Fault, match="time_zone: unknown time zone"):
            services.create_calendar(name="Other", document=WEEK | {"time_zone": "Mars"}, by=tom, at=AT)
        with pytest.raises(ValidationError):
            CalendarException(calendar=promised, on=date(2026, 5, 4)).full_clean()
        assert [calendar.name for calendar in queries.own_calendars()] == ["Help desk"]
        assert [calendar.name for calendar in queries.calendar_rows()] == ["Help desk", "office"]


@pytest.mark.django_db
def test_exceptions_close_a_day_or_open_it_at_other_hours(town: Town) -> None:
    tom = town.member(Role.TENANT_ADMINISTRATOR).person
    with enter(town.tenant.pk):
        own = services.create_calendar(name="Help desk", document=WEEK, by=tom, at=AT)
        CalendarException.objects.create(calendar=own, on=date(2026, 5, 4), name="Bridge day")
        CalendarException.objects.create(calendar=own, on=date(2026, 12, 24), hours="8:00-12:00, 13:00 – 14:00")
        terms = queries.calendar_terms(own)
        assert terms.holidays == {date(2026, 5, 4)}
        assert terms.extra == ((date(2026, 12, 24), ((480, 720), (780, 840))),)
        with pytest.raises(ValidationError):
            CalendarException(calendar=own, on=date(2026, 5, 5), hours="morning").full_clean()


def command(*arguments: str) -> tuple[int, Any, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_contract", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), None, err.getvalue()
    return 0, json.loads(out.getvalue()), err.getvalue()


@pytest.mark.django_db
def test_the_command_makes_what_is_missing_and_is_safe_to_repeat(tmp_path: Path) -> None:
    file, changed = tmp_path / "terms.yaml", tmp_path / "changed.yaml"
    file.write_text(TERMS)
    changed.write_text(CHANGED)
    where = ("--tenant", "acme", "--engagement", "workplace", "--provider", "cobalt")
    first = {"contract": "MSA-7", "version": 1, "effective": "2026-01-01"}
    assert command(*where, str(file)) == (0, first | {"created": True}, "")
    assert command(*where, str(file)) == (0, first | {"created": False}, "")
    code, _, line = command(*where, str(changed))
    assert (code, line.count("\n")) == (2, 1)
    second = {"contract": "MSA-7", "version": 2, "effective": "2026-07-01", "created": True}
    assert command(*where, "--effective", "2026-07-01", str(changed)) == (0, second, "")
    code, _, line = command(*where[:5], "dune", str(file))
    assert (code, line) == (2, "provider: the engagement workplace belongs to another provider\n")


@pytest.mark.django_db
def test_a_bad_file_makes_no_tenant(tmp_path: Path) -> None:
    file = tmp_path / "terms.yaml"
    file.write_text(TERMS.replace("hours: 4", "hours: 0"))
    code, _, line = command("--tenant", "acme", "--engagement", "w", "--provider", "c", str(file))
    assert (code, line) == (2, f"{file}: service_levels[0].target.hours: must be greater than 0\n")
    assert not Tenant.objects.filter(slug="acme").exists()


@pytest.mark.django_db
def test_pages_read_in_a_few_queries(town: Town, django_assert_max_num_queries: Any) -> None:
    with enter(town.tenant.pk):
        done = imported(town)
        imported(town, CHANGED, date(2026, 7, 1))
        engagement = Engagement.objects.get(pk=town.engagement.pk)
        with django_assert_max_num_queries(1):
            queries.terms_history(engagement)
        with django_assert_max_num_queries(4):
            queries.contract_page(done.contract.public_id, date(2026, 6, 1))
