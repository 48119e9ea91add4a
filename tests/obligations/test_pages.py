"""Both sides see what is owed and do their part of it on the page; nobody does the other side's."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Calendar as HoursCalendar
from mspgov.obligations import services
from mspgov.obligations.calc.schedule import upcoming
from mspgov.obligations.forms import choice_of, rule_of, words_of
from mspgov.obligations.models import Extension, Obligation, Recurring, Side
from mspgov.obligations.shown import distance
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role
from tests.world import PASSWORD, Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.2")]


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def signed_in(town: Town, role: Role, provider: str | None = None) -> Client:
    client = Client()
    assert client.login(email=town.member(role, provider).person.email, password=PASSWORD)
    return client


def owe(town: Town, key: str = "report", *, days: int = 9, evidence: bool = True) -> Obligation:
    with enter(town.tenant.pk):
        return services.raise_obligation(
            key=key, title=f"Service report {key}", due_at=timezone.now() + timedelta(days=days), owed_by=Side.PROVIDER,
            role=Role.ACCOUNT_MANAGER, accepted_by=Role.SERVICE_OWNER, engagement=town.engagements["cobalt"],
            needs_evidence=evidence, at=timezone.now(), text="The report of the month, as §7 asks.",
        )  # fmt: skip


def page(client: Client, path: str) -> str:
    answer = client.get(f"/o/aurora/obligations/{path}")
    assert answer.status_code == 200, path
    return unescape(answer.content.decode()).replace("\u00a0", " ")


def state(town: Town, row: Obligation) -> str:
    with enter(town.tenant.pk):
        return Obligation.objects.get(pk=row.pk).state


def test_the_inbox_holds_what_the_reader_has_to_do(town: Town) -> None:
    row = owe(town)
    cleo, ada, dune = (
        signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.SERVICE_OWNER),
        signed_in(town, Role.ACCOUNT_MANAGER, "dune"),
    )  # fmt: skip
    assert "1 thing for you" in page(cleo, "")
    for other in (ada, dune):
        assert "Nothing waits for you" in page(other, "")
    assert "Service report" in page(ada, "all/?owed_by=provider&q=report")
    assert "No obligation fits" in page(ada, "all/?state=done")
    assert "Service report" not in page(dune, "all/")
    assert dune.get(f"/o/aurora/obligations/{row.public_id}/").status_code == 404


def test_the_provider_hands_in_evidence_and_the_client_returns_and_accepts_it(town: Town) -> None:
    row = owe(town)
    cleo, ada = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.SERVICE_OWNER)
    here = f"/o/aurora/obligations/{row.public_id}/"
    assert "Hand in" in page(cleo, f"{row.public_id}/")
    assert "Hand in" not in page(ada, f"{row.public_id}/")
    without = cleo.post(f"{here}hand-in/", {"note": "All of April, with the annex."})
    assert (without.status_code, state(town, row)) == (200, "open")
    assert "All of April, with the annex." in without.content.decode()
    lying = SimpleUploadedFile("report.pdf", b"MZ not a pdf", "application/pdf")
    refused = unescape(cleo.post(f"{here}hand-in/", {"note": "April", "evidence": lying}).content.decode())
    assert "of a kind that is not taken" in refused
    assert state(town, row) == "open"
    good = SimpleUploadedFile("report.pdf", b"%PDF-1.7 april", "application/pdf")
    assert cleo.post(f"{here}hand-in/", {"note": "April", "evidence": good}).status_code == 302
    assert state(town, row) == "submitted"
    assert "1 thing for you" in page(ada, "")
    shown = page(ada, f"{row.public_id}/")
    assert "report.pdf" in shown
    assert (ada.post(f"{here}return/", {"reason": ""}).status_code, state(town, row)) == (200, "submitted")
    assert (ada.post(f"{here}return/", {"reason": "The annex is missing."}).status_code, state(town, row)) == (
        302,
        "returned",
    )
    assert "The annex is missing." in page(cleo, f"{row.public_id}/")
    better = SimpleUploadedFile("annex.pdf", b"%PDF-1.7 annex", "application/pdf")
    assert cleo.post(f"{here}hand-in/", {"note": "With annex", "evidence": better}).status_code == 302
    assert (ada.post(f"{here}accept/").status_code, state(town, row)) == (302, "done")
    late = ada.post(f"{here}accept/")
    assert (late.status_code, state(town, row)) == (409, "done")


def test_a_file_of_evidence_is_an_attachment_for_whoever_sees_the_obligation(town: Town) -> None:
    row = owe(town)
    cleo, dune = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.ACCOUNT_MANAGER, "dune")
    file = SimpleUploadedFile("rapport ü.txt", b"<script>alert(1)</script>", "text/html")
    cleo.post(f"/o/aurora/obligations/{row.public_id}/hand-in/", {"note": "April", "evidence": file})
    with enter(town.tenant.pk):
        address = f"/o/aurora/obligations/evidence/{row.record.evidence.get().public_id}/"
    answer = cleo.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain")
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert dune.get(address).status_code == 404


def test_more_time_is_asked_for_and_granted(town: Town) -> None:
    row = owe(town)
    cleo, ada = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.SERVICE_OWNER)
    here = f"/o/aurora/obligations/{row.public_id}/"
    early = (timezone.now() + timedelta(days=2)).date().isoformat()
    later = (timezone.now() + timedelta(days=20)).date().isoformat()
    assert (
        "later than the present one"
        in cleo.post(f"{here}more-time/", {"until": early, "reason": "parts"}).content.decode()
    )
    assert cleo.post(f"{here}more-time/", {"until": later, "reason": "parts"}).status_code == 302
    for path in ("", "all/"):
        assert "more time is asked for" in page(ada, path)
    assert "1 thing for you" in page(ada, "")
    assert ada.post(f"{here}more-time/answer/", {"decision": "grant"}).status_code == 302
    assert "more time is asked for" not in page(ada, "all/")
    assert "Nothing waits for you" in page(ada, "")
    with enter(town.tenant.pk):
        assert Obligation.objects.get().due_at > row.due_at
    facts = page(ada, f"{row.public_id}/")
    assert 'href="first' not in facts
    assert "first " in facts


def test_neither_side_does_the_others_part(town: Town) -> None:
    row = owe(town, evidence=False)
    here = f"/o/aurora/obligations/{row.public_id}/"
    cleo, drew = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.ENGINEER, "cobalt")
    ada, ben, auditor = (signed_in(town, r) for r in (Role.SERVICE_OWNER, Role.CONTRACT_MANAGER, Role.AUDITOR))
    for client, verb in [
        (cleo, "accept"), (cleo, "waive"), (drew, "hand-in"), (ada, "hand-in"), (ada, "acknowledge"), (ben, "accept"),
        (ben, "waive"), (auditor, "hand-in"), (auditor, "accept"),
    ]:  # fmt: skip
        assert client.post(f"{here}{verb}/", {"note": "x", "reason": "x"}).status_code == 404, verb
    assert state(town, row) == "open"
    assert cleo.post(f"{here}acknowledge/").status_code == 302
    assert ada.post(f"{here}waive/", {"reason": "The service ends."}).status_code == 302
    assert state(town, row) == "waived"


def test_home_names_what_is_due_within_a_week(town: Town) -> None:
    owe(town, "soon", days=3)
    owe(town, "later", days=30)
    cleo, ada = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), signed_in(town, Role.SERVICE_OWNER)
    shown = unescape(cleo.get("/o/aurora/").content.decode())
    assert "Service report soon" in shown
    assert "Service report later" not in shown
    assert "Service report" not in ada.get("/o/aurora/").content.decode()


def test_the_inbox_asks_as_much_for_one_as_for_many(town: Town) -> None:
    counts = []
    for many in (1, 30):
        for n in range(many):
            owe(town, f"{many}-{n}")
        cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
        page(cleo, "")
        with CaptureQueriesContext(connection) as asked:
            page(cleo, "")
        counts.append(len(asked))
    assert counts[0] == counts[1]


TYPED = {
    "engagement": "cobalt-services", "title": "Monthly service report", "text": "Figures and what is being done.",
    "owed": "provider/account_manager", "accepted_by": "service_owner", "needs_evidence": "on", "repeats": "monthly",
    "first_on": f"{timezone.now():%Y}-01-05", "due_time": "17:00", "lead_days": "14", "reminder_days": "7, 2",
    "escalate_to": "contract_manager", "escalate_days": "5",
}  # fmt: skip


def test_a_schedule_is_written_in_words_changed_and_paused(town: Town) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    assert "Nothing recurs yet" in page(ada, "recurring/")
    assert ada.post("/o/aurora/obligations/recurring/new/", TYPED).status_code == 302
    with enter(town.tenant.pk):
        row = Recurring.objects.get()
    assert (row.rule, row.lead_days, row.reminder_days, row.next_raise_at is not None) == (
        "FREQ=MONTHLY;BYMONTHDAY=5",
        14,
        [7, 2],
        True,
    )
    assert row.escalation == [{"name": "Contract manager", "role": "contract_manager", "days": 5}]
    shown = page(ada, f"recurring/{row.public_id}/")
    assert 'value="7, 2"' in shown
    assert "17:00 UTC" in shown
    assert (
        ada.post(f"/o/aurora/obligations/recurring/{row.public_id}/", {**TYPED, "repeats": "month-end"}).status_code
        == 302
    )
    assert ada.post(f"/o/aurora/obligations/recurring/{row.public_id}/turn/").status_code == 302
    with enter(town.tenant.pk):
        row.refresh_from_db()
    assert (row.rule, row.active) == ("FREQ=MONTHLY;BYMONTHDAY=-1", False)
    assert "paused" in page(ada, "recurring/")


def test_a_schedule_of_which_nobody_else_is_told_is_kept_as_the_form_proposes_it(town: Town) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    answer = ada.post("/o/aurora/obligations/recurring/new/", {**TYPED, "escalate_to": "", "escalate_days": ""})
    assert answer.status_code == 302
    with enter(town.tenant.pk):
        assert Recurring.objects.get().escalation == []


def test_a_schedule_on_the_31st_is_due_on_the_last_day_of_shorter_months_and_says_so(town: Town) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    typed = {**TYPED, "first_on": f"{timezone.now():%Y}-01-31"}
    assert ada.post("/o/aurora/obligations/recurring/new/", typed).status_code == 302
    with enter(town.tenant.pk):
        row = Recurring.objects.get()
    assert row.rule == "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"
    year = row.first.year
    dates = [o.wall.date() for o in upcoming(row.schedule, datetime(year, 1, 1, tzinfo=UTC), 12)]
    assert dates == [date(year, month, monthrange(year, month)[1]) for month in range(1, 13)]
    assert "Every month, on day 31, or the last where a month lacks it" in page(ada, "recurring/")
    assert '<option value="monthly" selected>' in page(ada, f"recurring/{row.public_id}/")


@pytest.mark.parametrize(
    ("repeats", "first", "rule", "said"),
    [
        ("monthly", date(2026, 1, 28), "FREQ=MONTHLY;BYMONTHDAY=28", "Every month, on day 28"),
        ("monthly", date(2026, 1, 29), "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1", "Every month, on day 29, or the last where a month lacks it"),
        ("quarterly", date(2026, 1, 30), "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28,29,30;BYSETPOS=-1", "Every three months, on day 30, or the last where a month lacks it"),
        ("yearly", date(2028, 2, 29), "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1", "Every year, on 29 February, or the day before"),
        ("yearly", date(2026, 1, 31), "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31", "Every year, on 31 January"),
        ("weekly", date(2026, 1, 5), "FREQ=WEEKLY;BYDAY=MO", "Every week, on Monday"),
        ("month-end", date(2026, 1, 31), "FREQ=MONTHLY;BYMONTHDAY=-1", "Every month, on its last day"),
    ],
)  # fmt: skip
def test_a_choice_is_a_rule_that_falls_in_each_of_its_months(repeats: str, first: date, rule: str, said: str) -> None:
    row = Recurring(
        tenant_id=1, rule=rule_of(repeats, first), first=datetime.combine(first, time(17), UTC), time_zone="UTC"
    )
    assert (row.rule, choice_of(row), words_of(row)) == (rule, repeats, said)
    before = row.first - timedelta(days=1)
    first_two = [o.wall.date() for o in upcoming(row.schedule, before, 2)]
    months = {"monthly": 1, "month-end": 1, "quarterly": 3, "yearly": 12}.get(repeats)
    assert first_two[0] == first
    if months:
        year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
        assert (first_two[1].year, first_two[1].month) == (year, month + 1)


def test_a_schedule_that_began_long_ago_may_still_be_changed(town: Town) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    assert ada.post("/o/aurora/obligations/recurring/new/", TYPED).status_code == 302
    with enter(town.tenant.pk):
        row = Recurring.objects.get()
        row.first = datetime(2020, 1, 5, 17, tzinfo=UTC)
        row.save()
    typed = {**TYPED, "first_on": "2020-01-05", "lead_days": "20"}
    assert ada.post(f"/o/aurora/obligations/recurring/{row.public_id}/", typed).status_code == 302
    with enter(town.tenant.pk):
        assert Recurring.objects.get().lead_days == 20


def test_more_time_is_not_offered_once_it_is_late(town: Town) -> None:
    row = owe(town)
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    assert "Ask for more time" in page(cleo, f"{row.public_id}/")
    with enter(town.tenant.pk):
        Obligation.objects.update(due_at=timezone.now() - timedelta(minutes=5))
    late = page(cleo, f"{row.public_id}/")
    assert "Hand in" in late and "Ask for more time" not in late


def test_what_came_back_and_is_late_says_both(town: Town) -> None:
    row = owe(town, evidence=False)
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        by, now = town.member(Role.SERVICE_OWNER).person, timezone.now()
        services.hand_in(obligation=row, note="April", by=town.member(Role.ACCOUNT_MANAGER, "cobalt").person, at=now)
        services.send_back(obligation=row, reason="The annex is missing.", by=by, at=now)
        Obligation.objects.update(due_at=now - timedelta(minutes=5))
    assert "Returned, late" in page(cleo, "all/") and "Returned, late" in page(cleo, f"{row.public_id}/")


def test_what_was_handed_in_a_moment_ago_is_said_so() -> None:
    assert distance(timedelta(seconds=-20)) == distance(timedelta(0)) == "just now"
    assert distance(timedelta(minutes=-1)).endswith("01 min ago")
    assert distance(timedelta(seconds=20)).startswith("in ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"repeats": "rule", "rule": "FREQ=HOURLY"}, ">FREQ must be one of"),
        ({"repeats": "rule", "rule": "monthly"}, ">Must read like FREQ=MONTHLY"),
        ({"repeats": "rule", "rule": ""}, "Write the rule"),
        ({"reminder_days": "soon"}, "Write days between 1 and 180"),
        ({"escalate_days": ""}, "Say whom to tell"),
        ({"first_on": "2026-02-30"}, "Enter a valid date"),
        ({"first_on": "9999-12-31"}, ">Give a day within the next three years"),
        ({"first_on": "1900-01-01"}, ">Give a day of the past year or a later one"),
        ({"engagement": "other"}, "is not one of the available choices"),
    ],
)
def test_a_schedule_that_means_nothing_is_said_at_its_field_and_what_was_typed_stays(
    town: Town, changed: dict[str, str], said: str
) -> None:
    ada = signed_in(town, Role.SERVICE_OWNER)
    answer = ada.post("/o/aurora/obligations/recurring/new/", {**TYPED, **changed})
    shown = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert said in shown
    assert "Figures and what is being done." in shown
    with enter(town.tenant.pk):
        assert not Recurring.objects.exists()


def test_schedules_are_the_clients_to_keep(town: Town) -> None:
    for role, provider in ((Role.ACCOUNT_MANAGER, "cobalt"), (Role.AUDITOR, None)):
        client = signed_in(town, role, provider)
        assert client.get("/o/aurora/obligations/recurring/").status_code == 404
        assert client.post("/o/aurora/obligations/recurring/new/", TYPED).status_code == 404


def test_the_calendar_counts_what_is_still_to_do_and_says_what_has_ended(town: Town) -> None:
    rows = [owe(town, "one", days=1), owe(town, "two", days=1)]
    ada, month = signed_in(town, Role.SERVICE_OWNER), f"calendar/?month={rows[0].due_at:%Y-%m}"
    assert "2 things are due." in page(ada, month)
    with enter(town.tenant.pk):
        by = town.member(Role.SERVICE_OWNER).person
        services.waive(obligation=rows[0], reason="Not needed.", by=by, at=timezone.now())
    shown = page(ada, month)
    assert "1 thing is due." in shown and "1 more has ended." in shown


def test_what_is_due_at_midnight_stands_on_the_day_that_ends_with_it(town: Town) -> None:
    with enter(town.tenant.pk):
        Person.objects.update(time_zone="Europe/Berlin")
        for key, due in (
            ("midnight", datetime(2031, 12, 31, 23, tzinfo=UTC)),
            ("later", datetime(2031, 12, 31, 23, 1, tzinfo=UTC)),
        ):
            services.raise_obligation(
                key=key, title=f"Report at {key}", due_at=due, owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER,
                engagement=town.engagements["cobalt"], at=timezone.now(),
            )  # fmt: skip
    ada = signed_in(town, Role.SERVICE_OWNER)
    december, january = page(ada, "calendar/?month=2031-12"), page(ada, "calendar/?month=2032-01")
    assert "1 thing is due." in december and "1 thing is due." in january
    listed = december.partition('class="month-list"')[2]
    assert "Wed 31 Dec 2031" in listed and "Report at midnight" in listed and "end of day" in listed
    listed = january.partition('class="month-list"')[2]
    assert "Report at later" in listed and "00:01" in listed and "Report at midnight" not in listed


def test_the_list_of_all_begins_with_what_is_still_to_do(town: Town) -> None:
    rows = {name: owe(town, name, days=days) for name, days in (("ended", 1), ("later", 4), ("sooner", 2), ("over", 3))}
    with enter(town.tenant.pk):
        by = town.member(Role.SERVICE_OWNER).person
        for name in ("ended", "over"):
            services.waive(obligation=rows[name], reason="Not needed.", by=by, at=timezone.now())
    shown = page(signed_in(town, Role.SERVICE_OWNER), "all/")
    places = [shown.index(f"Service report {name}") for name in ("sooner", "later", "over", "ended")]
    assert places == sorted(places)


def test_a_month_that_no_calendar_reaches_is_not_found(town: Town) -> None:
    with enter(town.tenant.pk):
        hours = HoursCalendar.objects.create(name="Always", document={"always": True, "time_zone": "UTC"})
    ada = signed_in(town, Role.SERVICE_OWNER)
    for month in ("0001-01", "1989-12", "2201-01", "9999-12"):
        assert ada.get(f"/o/aurora/obligations/calendar/?month={month}").status_code == 404
        assert ada.get(f"/o/aurora/performance/?until={month}").status_code == 404
        assert ada.get(f"/o/aurora/calendars/{hours.public_id}/?month={month}").status_code == 200  # this month instead
    for month in ("1990-01", "2200-12"):
        assert ada.get(f"/o/aurora/obligations/calendar/?month={month}").status_code == 200


def test_more_time_than_a_year_is_refused_at_its_field_and_the_page_lives_on(town: Town) -> None:
    row = owe(town)
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    form = f"/o/aurora/obligations/{row.public_id}/more-time/"
    shown = unescape(cleo.post(form, {"until": "9999-12-31", "reason": "long"}).content.decode())
    assert "within the next three years" in shown and "long" in shown
    later = (timezone.localdate() + timedelta(days=400)).isoformat()
    assert "At most a year more" in unescape(cleo.post(form, {"until": later, "reason": "long"}).content.decode())
    assert "asked for more time" not in page(cleo, f"{row.public_id}/")


def test_more_time_lasts_to_the_end_of_the_day_in_the_engagements_zone_whoever_asks(town: Town) -> None:
    row, cleo = owe(town), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    form = f"/o/aurora/obligations/{row.public_id}/more-time/"
    with enter(town.tenant.pk):
        Engagement.objects.filter(slug="cobalt-services").update(time_zone="America/Sao_Paulo")
        Person.objects.update(time_zone="Asia/Tokyo")
    assert "To the end of this day, São Paulo time." in unescape(cleo.get(form).content.decode())
    day = (timezone.now() + timedelta(days=20)).date()
    assert "within the next three years" in cleo.post(form, {"until": "0001-01-01", "reason": "x"}).content.decode()
    assert cleo.post(form, {"until": day.isoformat(), "reason": "parts"}).status_code == 302
    with enter(town.tenant.pk):
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo("America/Sao_Paulo"))
        assert Extension.objects.get().until == midnight


def test_what_is_handed_in_with_a_file_locks_the_obligation_before_the_chain(town: Town) -> None:
    """As answers in bulk and the sweep do, or each would wait for the other."""
    row, cleo = owe(town), signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    file = SimpleUploadedFile("report.txt", b"april", "text/plain")
    with CaptureQueriesContext(connection) as asked:
        answer = cleo.post(f"/o/aurora/obligations/{row.public_id}/hand-in/", {"note": "April", "evidence": file})
    assert (answer.status_code, state(town, row)) == (302, "submitted")
    locks = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    order = [name for sql in locks for name in ("obligations_obligation", "records_head") if f'FROM "{name}"' in sql]
    assert order == ["obligations_obligation", "records_head"]


def test_who_may_not_answer_is_offered_no_verb_of_what_they_owe_by_name(town: Town) -> None:
    audit, mei = town.member(Role.AUDITOR), town.member(Role.CHANGE_MANAGER)
    for member, offered in ((mei, True), (audit, False)):
        with enter(town.tenant.pk):
            row = services.raise_obligation(
                key=f"by-name-{offered}", title="Read the policy", due_at=timezone.now() + timedelta(days=9),
                owed_by=Side.CLIENT, role=member.roles[0], person=member.person, engagement=town.engagements["cobalt"],
                at=timezone.now(),
            )  # fmt: skip
        client = signed_in(town, Role(member.roles[0]))
        assert ("Hand in" in page(client, f"{row.public_id}/")) is offered
        sent = client.post(f"/o/aurora/obligations/{row.public_id}/hand-in/", {"note": "Read."})
        assert (sent.status_code, state(town, row)) == ((302, "done") if offered else (404, "open")), member.roles


def test_the_form_of_what_cannot_be_done_any_more_is_not_opened(town: Town) -> None:
    late, handed = owe(town, "late"), owe(town, "handed", evidence=False)
    with enter(town.tenant.pk):
        Obligation.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=1))
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    cleo.post(f"/o/aurora/obligations/{handed.public_id}/hand-in/", {"note": "April"})
    for row, verb in ((late, "more-time"), (handed, "more-time"), (handed, "hand-in")):
        own = f"/o/aurora/obligations/{row.public_id}/"
        opened = cleo.get(f"{own}{verb}/")
        assert (opened.status_code, opened["Location"]) == (302, own), verb
        assert "this cannot be done any more" in cleo.get(own).content.decode()
    assert cleo.get(f"/o/aurora/obligations/{late.public_id}/hand-in/").status_code == 200
