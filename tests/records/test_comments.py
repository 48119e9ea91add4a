"""Both sides talk about an object: files, sections, mentions; a mention of a stranger warns."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mspgov.mail.models import Mail
from mspgov.records import comments, queries, services
from mspgov.records.calc.mentions import Mentions, mentions
from mspgov.records.errors import Refused
from mspgov.records.models import Comment, Evidence, File, Mention, Record, Seal
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import MEMBER, Role
from tests.world import Town, build_town

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
NAMES = ["Ada Lindqvist", "Ada Lindqvist-Berg", "Ben Okafor", "ben@aurora.example"]


@dataclass
class Place:
    town: Town
    record: Record

    def say(self, text: str, **more: Any) -> comments.Said:
        by = more.pop("by", self.town.member(Role.SERVICE_OWNER).person)
        return comments.add_comment(
            tenant=self.town.tenant, record=self.record, text=text, reads=MEMBER, path="/o/aurora/x/", by=by, at=AT, **more
        )  # fmt: skip


@pytest.fixture
def place() -> Any:
    town = build_town("aurora")
    with enter(town.tenant.pk):
        record = services.open_record(kind="rca", title="Mail bounced", at=AT, engagement=town.engagements["cobalt"])
        yield Place(town, record)


def test_the_longest_name_that_fits_is_mentioned() -> None:
    assert mentions("@Ada Lindqvist-Berg and @ada lindqvist, see @Ben Okafor.", NAMES) == Mentions(
        ("Ada Lindqvist-Berg", "Ada Lindqvist", "Ben Okafor"), ()
    )


def test_an_address_in_running_text_mentions_nobody_and_a_stranger_is_named() -> None:
    assert mentions("mail ben@aurora.example, or @ben@aurora.example", NAMES).known == ("ben@aurora.example",)
    assert mentions("@Carol says, @carol again, @Adam", NAMES) == Mentions((), ("Carol", "carol", "Adam"))


@given(st.text(), st.lists(st.text(min_size=1, max_size=8)))
def test_any_text_is_read_and_only_known_names_are_found(text: str, names: list[str]) -> None:
    found = mentions(text, names)
    assert set(found.known) <= set(names)
    assert all(f"@{name}".casefold() in text.casefold() for name in found.known)


@pytest.mark.django_db
def test_a_comment_keeps_its_files_tells_whom_it_mentions_and_is_sealed_once(place: Place) -> None:
    cleo = place.town.member(Role.ACCOUNT_MANAGER, "cobalt").person
    links = Seal.objects.count()
    said = place.say(f"@{cleo.name}: see the log", section="impact", files=[("log.txt", 5, io.BytesIO(b"lines"))])
    assert said.unreached == ()
    (line,) = queries.thread(place.record)
    assert (line.section, line.person, line.files[0].name) == ("impact", said.comment.by.name, "log.txt")
    assert [m.person for m in Mention.objects.select_related("person")] == [cleo]
    assert list(Mail.objects.values_list("address", flat=True)) == [cleo.email]
    assert Seal.objects.count() == links + 1


@pytest.mark.django_db
def test_a_mention_of_a_person_without_access_warns_and_tells_them_nothing(place: Place) -> None:
    elsewhere = place.town.member(Role.ENGINEER, "dune").person
    said = place.say(f"@{elsewhere.name} and @carol, look")
    assert said.unreached == (elsewhere.name, "carol")
    assert not Mail.objects.exists()
    assert not Mention.objects.exists()
    assert Comment.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "provider"), [(Role.ENGINEER, "cobalt"), (Role.AUDITOR, None)])
def test_a_leaver_is_not_reached(place: Place, role: Role, provider: str | None) -> None:
    member = place.town.member(role, provider)
    member.active = False
    member.save()
    assert place.say(f"@{member.person.name}").unreached == (member.person.name,)
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_nothing_is_kept_of_a_comment_without_words_or_with_a_file_that_lies(place: Place) -> None:
    before = (Comment.objects.count(), Evidence.objects.count(), Seal.objects.count())
    with pytest.raises(Refused):
        place.say("  \n ")
    with pytest.raises(Refused, match="of a kind that is not taken"):
        place.say("see", files=[("a.txt", 4, io.BytesIO(b"fine")), ("b.pdf", 6, io.BytesIO(b"\x7fELF\x00\x01"))])
    assert (Comment.objects.count(), Evidence.objects.count(), Seal.objects.count()) == before


@pytest.mark.django_db
def test_a_thread_is_read_in_as_many_queries_however_long(place: Place, django_assert_num_queries: Any) -> None:
    for n in range(12):
        place.say(f"line {n}", files=[(f"{n}.txt", 1, io.BytesIO(str(n).encode()))])
    with django_assert_num_queries(3):
        assert len(queries.thread(place.record)) == 12


@pytest.mark.django_db
def test_a_provider_reads_no_comment_on_another_engagement(place: Place) -> None:
    place.say("between us")
    dune = place.town.engagements["dune"]
    with enter(place.town.tenant.pk, engagements=[dune.pk]):
        assert queries.thread(place.record) == ()


@pytest.mark.django_db
def test_a_file_that_is_given_again_with_another_comment_is_kept_once_and_shown_with_both(place: Place) -> None:
    def log() -> tuple[str, int, io.BytesIO]:
        return "log.txt", 5, io.BytesIO(b"lines")

    for text in ("See this.", "And again."):
        place.say(text, files=[log(), log()])
    by = place.town.member(Role.ENGINEER, "cobalt").person
    for hours in (0, 1):  # a form that was sent twice
        name, size, stream = log()
        services.add_evidence(
            record=place.record, name=name, size=size, stream=stream, by=by, at=AT + timedelta(hours=hours)
        )
    assert [len(line.files) for line in queries.thread(place.record)] == [1, 1]
    assert (File.objects.count(), Evidence.objects.filter(comment=None).count()) == (1, 1)
    assert Seal.objects.filter(what="evidence").count() == 1
