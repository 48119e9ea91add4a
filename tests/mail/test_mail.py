"""People are told by e-mail once, at once or in a digest; what a dead worker left is doubtful, never sent twice."""

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mspgov.kernel.refusals import Conflict
from mspgov.mail import services
from mspgov.mail.models import Mail, Note, Preference
from mspgov.mail.queries import preferences_of
from mspgov.mail.services import NewNote
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Membership, Person
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
everything = pytest.mark.django_db(transaction=True, databases=["default", "system"])


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def ada_of(town: Town) -> Person:
    return town.member(Role.SERVICE_OWNER).person


def tell(town: Town, *keys: str, at: datetime = NOW) -> int:
    notes = [
        NewNote(ada_of(town), "late", key, f"{key} is late", "Open since Monday.\n<b>", "/o/aurora/") for key in keys
    ]
    with enter(town.tenant.pk):
        return services.tell(town.tenant, notes, at=at)


def states(town: Town) -> list[str]:
    with enter(town.tenant.pk):
        return list(Mail.objects.order_by("pk").values_list("state", flat=True))


@everything
def test_a_note_becomes_one_email_in_text_and_html(town: Town) -> None:
    assert [tell(town, "report"), tell(town, "report")] == [1, 0]
    assert [services.sweep(), services.sweep()] == [1, 0]
    (sent,) = outbox.outbox
    html = sent.alternatives[0]  # type: ignore[attr-defined]
    assert sent.to == ["service_owner@aurora.example"]
    assert sent.subject == "Aurora canary-aurora: report is late"
    assert "http://localhost:8000/o/aurora/" in sent.body
    assert ("<b>" in sent.body, "<b>" in html.content, "&lt;b&gt;" in html.content) == (True, False, True)
    with enter(town.tenant.pk):
        assert sent.extra_headers["Message-ID"] == Mail.objects.get().message_id
    assert states(town) == ["sent"]


@everything
def test_an_email_says_for_whom_its_reader_works_and_whose_matter_it_is(town: Town) -> None:
    readers = [ada_of(town), town.member(Role.ACCOUNT_MANAGER, "cobalt").person]
    with enter(town.tenant.pk):
        services.tell(town.tenant, [NewNote(each, "late", "k", "late", "Since Monday.") for each in readers], at=NOW)
        own, provider = Mail.objects.order_by("pk")
        provider_name = town.engagements["cobalt"].provider.name
    assert f"You get this as {own.person.name} of {town.tenant.name}." in own.text
    assert f"You get this as {provider.person.name} of {provider_name}, for {town.tenant.name}." in provider.text


@everything
def test_a_digest_waits_for_seven_on_the_readers_clock_and_joins_the_days_notes(town: Town) -> None:
    ada = ada_of(town)
    Person.objects.filter(pk=ada.pk).update(time_zone="America/Sao_Paulo")
    with enter(town.tenant.pk):
        services.prefer(person=ada, kind="late", way="daily", at=NOW)
    tell(town, "one", "two")
    seven = datetime(2026, 3, 2, 10, tzinfo=UTC)  # 07:00 in São Paulo
    with enter(town.tenant.pk):
        assert services.gather_digests(town.tenant, at=seven - timedelta(seconds=1)) == 0
        assert services.gather_digests(town.tenant, at=seven) == 1
        assert services.gather_digests(town.tenant, at=seven) == 0
        mail = Mail.objects.get()
        assert mail.subject == "Aurora canary-aurora: 2 messages"
        assert "one is late" in mail.text
        assert "two is late" in mail.html


@everything
def test_who_wants_no_email_gets_none_and_the_note_is_kept(town: Town) -> None:
    with enter(town.tenant.pk):
        services.prefer(person=ada_of(town), kind="late", way="never", at=NOW)
    tell(town, "report")
    assert services.sweep() == 0
    with enter(town.tenant.pk):
        assert (Mail.objects.count(), Note.objects.count()) == (0, 1)


@everything
def test_what_comes_in_numbers_at_once_comes_in_one_email_that_lists_the_first_fifty(town: Town) -> None:
    tell(town, *(f"duty-{n}" for n in range(60)))
    tell(town, *(f"other-{n}" for n in range(5)))
    with enter(town.tenant.pk):
        together, *single = Mail.objects.order_by("pk")
        assert (together.subject, len(single)) == ("Aurora canary-aurora: 60 messages", 5)
        assert together.notes.count() == 60
        assert "duty-49 is late" in together.text and "duty-50 is late" not in together.text
        assert "And 10 more: http://localhost:8000/o/aurora/" in together.text


@everything
@pytest.mark.parametrize("ended", ["place", "sign-in"])
def test_a_leaver_is_sent_nothing(town: Town, ended: str) -> None:
    tell(town, "report")
    with enter(town.tenant.pk):
        if ended == "place":
            Membership.objects.filter(person=ada_of(town)).update(active=False)
        else:
            Person.objects.filter(pk=ada_of(town).pk).update(is_active=False)
    assert services.sweep() == 0
    assert states(town) == ["dropped"] and not outbox.outbox


@everything
def test_a_server_that_refuses_is_asked_again_later_and_given_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(mail: Any) -> None:
        raise smtplib.SMTPServerDisconnected("bye")

    monkeypatch.setattr(services, "_send", refuse)
    tell(town, "report")
    for tries in range(1, services.ATTEMPTS + 1):
        assert services.sweep() == 0
        with enter(town.tenant.pk):
            assert Mail.objects.get().attempts == tries
            Mail.objects.update(send_at=NOW)
    assert states(town) == ["failed"]


@everything
def test_what_a_dead_worker_claimed_is_doubtful_and_waits_for_a_person(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(mail: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(services, "_send", die)
        tell(town, "report")
        with pytest.raises(KeyboardInterrupt):
            services.sweep()
    assert (states(town), services.sweep()) == (["claimed"], 0)
    with enter(town.tenant.pk):
        Mail.objects.update(claimed_at=NOW)
    assert (services.sweep(), states(town)) == (0, ["doubtful"])
    with enter(town.tenant.pk):
        services.send_again(mail=Mail.objects.get(), by=ada_of(town), at=NOW)
        with pytest.raises(Conflict, match="failed or is doubtful"):
            services.send_again(mail=Mail.objects.get(), by=ada_of(town), at=NOW)
    assert (services.sweep(), states(town), len(outbox.outbox)) == (1, ["sent"], 1)


@everything
def test_notes_that_are_not_due_are_neither_read_nor_locked(town: Town) -> None:
    ada, cleo = ada_of(town), town.member(Role.ACCOUNT_MANAGER, "cobalt").person
    Person.objects.filter(pk=ada.pk).update(time_zone="America/Sao_Paulo")
    Person.objects.filter(pk=cleo.pk).update(time_zone="Asia/Tokyo")
    tokyo, brazil = datetime(2026, 3, 2, 22, tzinfo=UTC), datetime(2026, 3, 3, 10, tzinfo=UTC)
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with enter(town.tenant.pk):
        for each in (ada, cleo):
            services.prefer(person=each, kind="late", way="daily", at=NOW)
        services.tell(town.tenant, [NewNote(each, "late", "k", "late", "Why") for each in (ada, cleo)], at=at)
        with CaptureQueriesContext(connection) as asked:
            assert services.gather_digests(town.tenant, at=tokyo - timedelta(seconds=1)) == 0
        assert not any("FOR UPDATE" in query["sql"] for query in asked)
        assert services.gather_digests(town.tenant, at=tokyo) == 1
        assert list(Note.objects.filter(settled=True).values_list("person", flat=True)) == [cleo.pk]
        assert services.gather_digests(town.tenant, at=brazil) == 1
        assert not Note.objects.filter(settled=False).exists()


@everything
def test_a_preference_is_that_of_one_person(town: Town) -> None:
    with enter(town.tenant.pk):
        Preference.objects.create(person=ada_of(town), kind="late", way=Preference.Way.NEVER)
        assert preferences_of(ada_of(town).pk) == {"late": "never"}
        assert preferences_of(town.member(Role.AUDITOR).person_id) == {}
