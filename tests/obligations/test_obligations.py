"""What is owed is raised once, reminded once, breached once; answered, extended and waived by rules."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mspgov.kernel.faults import Fault
from mspgov.mail import services as mail
from mspgov.mail.models import Mail, Note
from mspgov.obligations import queries, services
from mspgov.obligations.models import Alarm, Extension, Obligation, Recurring, Side
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Evidence, File, Record, Seal
from mspgov.records.services import open_record
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Membership, Person
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DUE = MONDAY + timedelta(days=10)
everything = pytest.mark.django_db(transaction=True, databases=["default", "system"])


def owe(town: Town, **changed: Any) -> Obligation:
    wanted = {
        "key": "rca/1", "title": "Root cause analysis of P1", "due_at": DUE, "owed_by": Side.PROVIDER,
        "role": Role.ACCOUNT_MANAGER, "engagement": town.engagements["cobalt"], "accepted_by": Role.SERVICE_OWNER,
        "at": MONDAY, "escalation": [services.Step("Executives", Role.CONTRACT_MANAGER, timedelta(days=3))], **changed,
    }  # fmt: skip
    return services.raise_obligation(**wanted)


def person(town: Town, role: Role, provider: str | None = None) -> Person:
    return town.member(role, provider).person


@everything
@pytest.mark.requirement("R4.2", "R4.3")
def test_an_event_raises_what_is_owed_once() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        first, again = owe(town), owe(town, title="another title", due_at=DUE + timedelta(days=1))
        assert again.pk == first.pk
        assert (again.state, again.due_at, again.record.number) == ("open", DUE, "OB-2026-0001")
        assert [a.kind for a in first.alarms.order_by("at")] == ["reminder", "reminder", "breach", "escalation"]
        assert Seal.objects.filter(what="raise").count() == Record.objects.filter(kind="obligation").count() == 1


@everything
def test_what_would_be_due_before_it_is_raised_is_refused() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match="due before it is raised"):
            owe(town, due_at=MONDAY)
        with pytest.raises(Refused, match="within an engagement"):
            owe(town, engagement=None)
        assert not Obligation.objects.exists()
        assert not Record.objects.exists()


@everything
@pytest.mark.requirement("R4.2")
def test_reminders_breach_and_escalation_each_fire_once_and_tell_the_right_people() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        owe(town)
    cleo, ada, ben = (
        person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER), person(town, Role.CONTRACT_MANAGER),
    )  # fmt: skip
    expected = [
        (MONDAY + timedelta(days=2), None, []),
        (DUE - timedelta(days=7), Alarm.Kind.REMINDER, [cleo]),
        (DUE - timedelta(days=2), Alarm.Kind.REMINDER, [cleo]),
        (DUE - timedelta(microseconds=1), None, []),
        (DUE, Alarm.Kind.BREACH, [ada, cleo]),
        (DUE + timedelta(days=3), Alarm.Kind.ESCALATION, [ben]),
        (DUE + timedelta(days=30), None, []),
    ]
    for now, kind, people in expected:
        told = services.sweep(now).told
        assert services.sweep(now) == services.Swept()
        assert told == len(people), now
        with enter(town.tenant.pk):
            latest = Note.objects.filter(at=now).select_related("person")
            assert {n.person for n in latest} == set(people)
            assert {n.kind for n in latest} == ({f"obligations.{kind}"} if kind else set())
    with enter(town.tenant.pk):
        row = Obligation.objects.get()
        assert (row.state, row.breached_at) == ("open", DUE)
        assert [h.breached_at for h in row.history.order_by("history_id")] == [None, DUE]
        assert Seal.objects.get(what="obligations late").after == {"OB-2026-0001": f"due {DUE.isoformat()}"}
        assert Mail.objects.count() == 5


@everything
def test_a_sweeper_that_was_away_catches_up_once() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        owe(town)
    assert services.sweep(DUE + timedelta(days=60)).fired == 4
    assert services.sweep(DUE + timedelta(days=61)) == services.Swept()
    with enter(town.tenant.pk):
        assert Obligation.objects.get().breached_at == DUE


@everything
def test_what_is_handed_in_alarms_no_more_until_it_is_sent_back() -> None:
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row = owe(town)
        services.acknowledge(obligation=row, by=cleo, at=MONDAY)
        row = services.hand_in(obligation=row, note="here", by=cleo, at=DUE - timedelta(seconds=1))
        assert (row.state, row.breached_at) == ("submitted", None)
    assert services.sweep(DUE) == services.Swept()
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match="what is missing"):
            services.send_back(obligation=row, reason=" ", by=ada, at=DUE)
        services.send_back(obligation=row, reason="the timeline ends too early", by=ada, at=DUE)
    assert services.sweep(DUE).fired == 3
    with enter(town.tenant.pk):
        row = services.hand_in(obligation=row, note="again", by=cleo, at=DUE + timedelta(hours=1))
        row = services.accept(obligation=row, by=ada, at=DUE + timedelta(hours=2))
        assert (row.state, row.breached_at, row.ended_at) == ("done", DUE, DUE + timedelta(hours=2))
        assert not row.alarms.filter(fired_at=None).exists()
        with pytest.raises(Conflict, match="already done"):
            services.hand_in(obligation=row, note="", by=cleo, at=DUE)


@everything
def test_what_comes_at_the_due_instant_is_late_even_when_nobody_swept() -> None:
    town = build_town()
    cleo = person(town, Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        late = services.hand_in(obligation=owe(town, accepted_by=""), note="", by=cleo, at=DUE)
        early = owe(town, key="rca/2", accepted_by="")
        early = services.hand_in(obligation=early, note="", by=cleo, at=DUE - timedelta(microseconds=1))
        assert (late.state, late.breached_at, early.state, early.breached_at) == ("done", DUE, "done", None)


@everything
def test_evidence_that_is_needed_must_be_there() -> None:
    town = build_town()
    cleo = person(town, Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        row = owe(town, needs_evidence=True)
        with pytest.raises(Refused, match="evidence is needed"):
            services.hand_in(obligation=row, note="done", by=cleo, at=MONDAY)
        assert Obligation.objects.get().state == "open"
        assert services.hand_in(obligation=row, note="", by=cleo, at=MONDAY, has_evidence=True).state == "submitted"


@everything
def test_an_extension_moves_what_was_to_alarm() -> None:
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row = owe(town)
        for until, reason, why in [(DUE, "x", "later than"), (DUE + timedelta(days=5), "", "why more time")]:
            with pytest.raises(Refused, match=why):
                services.ask_extension(obligation=row, until=until, reason=reason, by=cleo, at=MONDAY)
        asked = services.ask_extension(
            obligation=row, until=DUE + timedelta(days=5), reason="parts", by=cleo, at=MONDAY
        )
        with pytest.raises(Refused, match="waits for an answer"):
            services.ask_extension(obligation=row, until=DUE + timedelta(days=9), reason="more", by=cleo, at=MONDAY)
    services.sweep(DUE - timedelta(days=7))
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match="why not"):
            services.decide_extension(extension=asked, grant=False, answer="", by=ada, at=MONDAY)
        at = DUE - timedelta(days=6)
        row = services.decide_extension(extension=asked, grant=True, answer="", by=ada, at=at)
        assert (row.due_at, row.first_due_at) == (DUE + timedelta(days=5), DUE)
        with pytest.raises(Conflict, match="already granted"):
            services.decide_extension(extension=asked, grant=True, answer="", by=ada, at=at)
        waiting = row.alarms.filter(fired_at=None).order_by("at").values_list("kind", "at")
        assert list(waiting) == [
            ("reminder", DUE - timedelta(days=2)), ("reminder", DUE + timedelta(days=3)), ("breach", DUE + timedelta(days=5)),
            ("escalation", DUE + timedelta(days=8)),
        ]  # fmt: skip
    services.sweep(DUE)
    with enter(town.tenant.pk):
        assert Obligation.objects.get().breached_at is None
        with pytest.raises(Refused, match="late already"):
            services.ask_extension(
                obligation=row, until=DUE + timedelta(days=50), reason="x", by=cleo, at=DUE + timedelta(days=6)
            )
        assert Extension.objects.count() == 1


@everything
def test_a_waiver_has_its_reason_and_ends_the_alarms() -> None:
    town = build_town()
    ada = person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row = owe(town)
        with pytest.raises(Refused, match="needs its reason"):
            services.waive(obligation=row, reason="", by=ada, at=MONDAY)
        assert services.waive(obligation=row, reason="the service ends", by=ada, at=MONDAY).state == "waived"
    assert services.sweep(DUE + timedelta(days=9)) == services.Swept()


def recurring(town: Town, **changed: Any) -> Recurring:
    values = {
        "engagement": town.engagements["cobalt"], "title": "Monthly service report", "owed_by": Side.PROVIDER,
        "role": Role.ACCOUNT_MANAGER, "accepted_by": Role.SERVICE_OWNER, "rule": "FREQ=MONTHLY;BYMONTHDAY=5",
        "first": datetime(2026, 1, 5, 17, tzinfo=UTC), "lead_days": 10, "reminder_days": [2],
        "escalation": [{"name": "Contract manager", "role": "contract_manager", "days": 5}], **changed,
    }  # fmt: skip
    Engagement.objects.update(time_zone="Europe/Berlin")
    values["engagement"].refresh_from_db()
    return services.schedule(Recurring(), **values, by=person(town, Role.SERVICE_OWNER), at=MONDAY)


@everything
@pytest.mark.requirement("R4.2")
def test_a_schedule_raises_each_occurrence_once_at_its_wall_clock_time() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        assert recurring(town).next_raise_at == datetime(2026, 2, 23, 16, tzinfo=UTC)
    for now in (MONDAY, MONDAY, MONDAY + timedelta(days=60)):
        services.sweep(now)
    with enter(town.tenant.pk):
        found = Obligation.objects.order_by("due_at").select_related("record")
        assert [(o.record.title, o.due_at.isoformat()) for o in found] == [
            ("Monthly service report, 5 March 2026", "2026-03-05T16:00:00+00:00"),
            ("Monthly service report, 5 April 2026", "2026-04-05T15:00:00+00:00"),
            ("Monthly service report, 5 May 2026", "2026-05-05T15:00:00+00:00"),
        ]
        assert [o.breached_at is not None for o in found] == [True, True, False]
        assert Recurring.objects.get().next_raise_at == datetime(2026, 5, 26, 15, tzinfo=UTC)


@everything
def test_a_schedule_that_cannot_be_read_is_not_kept() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        with pytest.raises(Fault, match="rule: FREQ"):
            recurring(town, rule="FREQ=HOURLY")
        assert not Recurring.objects.exists()


@everything
def test_one_tenant_is_swept_without_a_word_to_another() -> None:
    one, other = build_town("aurora"), build_town("borealis")
    with enter(one.tenant.pk):
        owe(one)
    services.sweep(DUE)
    mail.sweep()
    with enter(other.tenant.pk):
        assert not Note.objects.exists()
        assert not Mail.objects.exists()
    assert outbox.outbox
    assert all("canary-borealis" not in m.body + m.subject for m in outbox.outbox)


@everything
def test_a_leaver_is_told_nothing_and_the_office_is_told_in_their_place() -> None:
    town = build_town()
    cleo, drew = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.ENGINEER, "cobalt")
    with enter(town.tenant.pk):
        owe(town, person=drew)
        Membership.objects.filter(person=drew).update(active=False)
    services.sweep(DUE - timedelta(days=7))
    with enter(town.tenant.pk):
        assert [n.person for n in Note.objects.select_related("person")] == [cleo]


@everything
def test_the_queries_of_a_sweep_do_not_grow_with_what_is_due() -> None:
    counts = []
    for slug, many in (("aurora", 3), ("borealis", 40)):
        town = build_town(slug)
        with enter(town.tenant.pk):
            for n in range(many):
                owe(town, key=f"k{n}")
        with CaptureQueriesContext(connection) as asked:
            assert services.sweep(DUE).fired == 3 * many
        counts.append(len(asked))
    assert counts[0] == counts[1]


@everything
def test_what_belongs_to_another_record_is_not_waived_by_itself() -> None:
    town = build_town()
    ada = person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        about = open_record(
            kind="rca", prefix="RCA", title="Mail", engagement=town.engagements["cobalt"], state="demanded", at=MONDAY
        )
        row, own = owe(town, about=about), owe(town, key="rca/2")
        sealed = Seal.objects.count()
        with pytest.raises(Conflict, match="belongs to RCA-2026-0001: it is ended there"):
            services.waive(obligation=row, reason="not needed", by=ada, at=MONDAY)
        row.refresh_from_db()
        assert (row.state, row.alarms.count(), Seal.objects.count()) == ("open", 4, sealed)
        assert services.waive(obligation=own, reason="not needed", by=ada, at=MONDAY).state == "waived"
        assert services.withdraw(obligation=row, reason="it does not stand", by=ada, at=MONDAY).state == "withdrawn"


@everything
@pytest.mark.parametrize("days", [3, 5])
def test_a_grant_that_gives_no_more_time_is_refused_and_changes_nothing(days: int) -> None:
    """At the instant that was asked for, or once the due one lies there already."""
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)
    until = DUE + timedelta(days=3)
    with enter(town.tenant.pk):
        row = owe(town)
        asked = services.ask_extension(obligation=row, until=until, reason="parts", by=cleo, at=MONDAY)
        if days == 5:
            Obligation.objects.filter(pk=row.pk).update(due_at=DUE + timedelta(days=days))
        due, at, sealed = Obligation.objects.get().due_at, until if days == 3 else MONDAY, Seal.objects.count()
        alarms = list(row.alarms.order_by("pk").values_list("kind", "at", "fired_at"))
        with pytest.raises(Conflict, match="is over" if days == 3 else "no later than the present due date"):
            services.decide_extension(extension=asked, grant=True, answer="", by=ada, at=at)
        assert (Obligation.objects.get().due_at, Extension.objects.get().state) == (due, "asked")
        assert list(row.alarms.order_by("pk").values_list("kind", "at", "fired_at")) == alarms
        assert Seal.objects.count() == sealed
        services.decide_extension(extension=asked, grant=False, answer="ask anew", by=ada, at=at)
        assert Extension.objects.get().state == "refused"


@everything
@pytest.mark.parametrize("grant", [True, False])
def test_whoever_answers_is_told_that_more_time_is_asked_for_and_whoever_asked_of_the_answer(grant: bool) -> None:
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row = owe(town, due_at=datetime(2026, 3, 13, tzinfo=UTC))
        until = datetime(2026, 3, 18, tzinfo=UTC)
        asked = services.ask_extension(obligation=row, until=until, reason="parts are late", by=cleo, at=MONDAY)
        note = Note.objects.get()
        assert (note.person, note.kind, note.subject) == (
            ada, "obligations.extension", "Root cause analysis of P1: more time is asked for",
        )  # fmt: skip
        assert note.path == f"/o/aurora/obligations/{row.public_id}/"
        said = note.text.replace("\u00a0", " ")
        assert "Cleo" in said and "until the end of Tue 17 Mar. parts are late" in said
        assert "due by the end of Thu 12 Mar until" in said
        with pytest.raises(Refused):
            services.ask_extension(obligation=row, until=until, reason="again", by=cleo, at=MONDAY)
        assert Note.objects.count() == 1
        at = MONDAY + timedelta(days=1)
        services.decide_extension(extension=asked, grant=grant, answer="as agreed", by=ada, at=at)
        answer = Note.objects.get(at=at)
        assert (answer.person, answer.kind) == (cleo, "obligations.extension")
        assert answer.subject.endswith("more time is granted" if grant else "more time is refused")
        said = answer.text.replace("\u00a0", " ")
        assert (
            "now due by the end of Tue 17 Mar. as agreed" if grant else "still due by the end of Thu 12 Mar. as agreed"
        ) in said
        with pytest.raises(Conflict):
            services.decide_extension(extension=asked, grant=grant, answer="again", by=ada, at=at)
        assert Note.objects.count() == 2


@everything
def test_a_request_for_more_time_is_overtaken_when_it_is_handed_in() -> None:
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        row = owe(town)
        asked = services.ask_extension(
            obligation=row, until=DUE + timedelta(days=2), reason="parts", by=cleo, at=MONDAY
        )
        row = services.hand_in(obligation=row, note="done after all", by=cleo, at=MONDAY)
        asked.refresh_from_db()
        assert (asked.state, asked.decided_by, asked.answer) == ("lapsed", cleo, "It was handed in.")
        assert [each.state for each in asked.history.order_by("history_id")] == ["asked", "lapsed"]
        assert Seal.objects.get(what="submit").after["extension"] == "lapsed"
        until = DUE + timedelta(days=9)
        row = services.send_back(obligation=row, reason="not all of it", by=ada, at=MONDAY, until=until)
        with pytest.raises(Conflict, match="already overtaken"):
            services.decide_extension(extension=asked, grant=True, answer="", by=ada, at=MONDAY)
        assert Obligation.objects.get().due_at == until
        assert not queries.inbox(town.member(Role.SERVICE_OWNER), MONDAY).exists()
        later = until + timedelta(days=1)
        services.ask_extension(obligation=row, until=later, reason="more parts", by=cleo, at=MONDAY)
        assert queries.inbox(town.member(Role.SERVICE_OWNER), MONDAY).get() == row


@everything
def test_more_time_takes_a_breach_away_only_where_it_was_asked_for_before_the_breach() -> None:
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)
    later = DUE + timedelta(days=5)
    with enter(town.tenant.pk):
        early, late = owe(town), owe(town, key="rca/2")
        before = services.ask_extension(obligation=early, until=later, reason="parts", by=cleo, at=MONDAY)
    services.sweep(DUE)
    with enter(town.tenant.pk):
        assert set(Obligation.objects.values_list("breached_at", flat=True)) == {DUE}
        early = services.decide_extension(extension=before, grant=True, answer="", by=ada, at=DUE + timedelta(hours=1))
        assert (early.breached_at, early.due_at) == (None, later)
        assert [a.at for a in early.alarms.filter(kind=Alarm.Kind.BREACH, fired_at=None)] == [later]
        at = DUE + timedelta(hours=2)
        late = services.hand_in(obligation=late, note="at last", by=cleo, at=at)
        late = services.send_back(obligation=late, reason="not all of it", by=ada, at=at, until=later)
        after = services.ask_extension(obligation=late, until=later + timedelta(days=1), reason="parts", by=cleo, at=at)
        late = services.decide_extension(extension=after, grant=True, answer="", by=ada, at=at)
        assert (late.breached_at, late.due_at) == (DUE, later + timedelta(days=1))


@everything
def test_what_is_handed_in_with_a_file_is_one_seal_and_what_is_refused_keeps_none() -> None:
    town = build_town()
    cleo, ada = person(town, Role.ACCOUNT_MANAGER, "cobalt"), person(town, Role.SERVICE_OWNER)

    def report(name: str = "report.txt", content: bytes = b"april") -> tuple[str, int, BytesIO]:
        return name, len(content), BytesIO(content)

    with enter(town.tenant.pk):
        row, done = owe(town, needs_evidence=True), owe(town, key="rca/2", accepted_by="")
        services.hand_in(obligation=done, note="", by=cleo, at=MONDAY)
        sealed = Seal.objects.count()
        with pytest.raises(Refused, match="of a kind that is not taken"):
            services.hand_in(obligation=row, note="", files=[report("a.pdf", b"MZ no pdf")], by=cleo, at=MONDAY)
        with pytest.raises(Conflict, match="already done"):
            services.hand_in(obligation=done, note="", files=[report()], by=cleo, at=MONDAY)
        assert (Evidence.objects.count(), File.objects.count(), Seal.objects.count()) == (0, 0, sealed)
        row = services.hand_in(obligation=row, note="April", files=[report()], by=cleo, at=MONDAY)
        assert Seal.objects.count() == sealed + 1
        assert File.objects.get().sha256 in Seal.objects.get(what="submit").after["file 1"]
        row = services.send_back(obligation=row, reason="unsigned", by=ada, at=MONDAY + timedelta(hours=1))
        services.hand_in(obligation=row, note="It is", files=[report()], by=cleo, at=MONDAY + timedelta(hours=2))
        found = row.record.evidence.order_by("pk").values_list("at", "file")
        assert list(found) == [(MONDAY + timedelta(hours=n), File.objects.get().pk) for n in (0, 2)]


@everything
def test_a_schedule_that_fails_silences_neither_the_others_nor_what_is_due(caplog: pytest.LogCaptureFixture) -> None:
    town = build_town()
    with enter(town.tenant.pk):
        faulty, good = recurring(town), recurring(town, title="Access review")
        Recurring.objects.filter(pk=faulty.pk).update(escalation=[{"name": "nobody", "role": "", "days": "soon"}])
        owe(town)
    swept = services.sweep(DUE)
    assert swept.raised == 1 and swept.fired >= 3
    assert f"the schedule {faulty.public_id} was not raised" in caplog.text
    with enter(town.tenant.pk):
        titles = set(Obligation.objects.filter(key__startswith="recurring/").values_list("record__title", flat=True))
        assert titles == {"Access review, 5 March 2026"}
        assert Obligation.objects.get(key="rca/1").breached_at == DUE
        assert Recurring.objects.get(pk=faulty.pk).next_raise_at == faulty.next_raise_at
        assert Recurring.objects.get(pk=good.pk).raised_until > good.raised_until
