"""A person sees and ends what is theirs: devices, tokens, calendar addresses; says who they are and how they are told."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mspgov.mail import services as mail
from mspgov.mail.models import Mail, Note
from mspgov.mail.services import NewNote
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Feed, Person, Session, Token
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import create_token
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db
PAGE = "/o/aurora/account/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def on(agent: str, role: Role = Role.SERVICE_OWNER) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"login": f"{role}@aurora.example", "password": PASSWORD})
    return client


def ada_of(town: Town) -> Person:
    return town.member(Role.SERVICE_OWNER).person


def ends(client: Client) -> list[str]:
    return re.findall(r'action="(/o/aurora/account/sessions/[^"]+)"', client.get(PAGE).content.decode())


def test_devices_are_listed_and_one_or_all_others_are_signed_out(town: Town) -> None:
    desk, phone, third, stranger = on(FIREFOX), on(PHONE), on("curl/8"), on(FIREFOX, Role.AUDITOR)
    for client in (desk, phone, third):
        assert client.get(PAGE).status_code == 200
    page = desk.get(PAGE).content.decode()
    assert "Firefox on Windows" in page and "Safari on iPhone" in page and "this device" in page
    ends_of_ada = ends(desk)
    assert len(ends_of_ada) == 3 and ends_of_ada[-1].endswith("end-others/")
    assert {stranger.post(address).status_code for address in ends_of_ada[:2]} == {404}
    assert phone.get(PAGE).status_code == third.get(PAGE).status_code == 200
    assert desk.post(ends_of_ada[0]).status_code == 302
    assert sorted([phone.get(PAGE).status_code, third.get(PAGE).status_code]) == [200, 302]
    assert desk.post(f"{PAGE}sessions/end-others/").status_code == 302
    assert desk.get(PAGE).status_code == 200 and stranger.get(PAGE).status_code == 200
    assert Session.objects.filter(person=ada_of(town)).count() == 1


def test_a_page_shows_no_key_of_a_session(town: Town) -> None:
    client = on(FIREFOX)
    page = client.get(PAGE).content.decode()
    assert all(key not in page for key in Session.objects.values_list("session_key", flat=True))


def test_when_a_device_was_used_is_noted_now_and_then(town: Town, django_assert_num_queries: Any) -> None:
    client = on(FIREFOX)
    client.get("/o/aurora/")
    before = Session.objects.get(person=ada_of(town)).seen_at
    client.get("/o/aurora/")
    assert Session.objects.get(person=ada_of(town)).seen_at == before
    assert timezone.now() - before < timedelta(minutes=1)


def test_changing_the_password_signs_other_devices_out(town: Town) -> None:
    desk, phone = on(FIREFOX), on(PHONE)
    new = "a quite different password"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert desk.post("/accounts/password/change/", form).status_code == 302
    assert desk.get(PAGE).status_code == 200 and phone.get(PAGE).status_code == 302


def test_a_calendar_address_is_shown_once_read_and_ended_by_its_owner(town: Town) -> None:
    client, stranger = on(FIREFOX), on(FIREFOX, Role.AUDITOR)
    assert client.post(f"{PAGE}feeds/new/", {"name": "Phone"}).status_code == 302
    page = client.get(PAGE).content.decode()
    found = re.search(r'id="feed">http://testserver(/feeds/\S+\.ics)<', page)
    assert found is not None
    assert 'id="feed"' not in client.get(PAGE).content.decode()
    assert Client().get(found[1]).status_code == 200
    with enter(town.tenant.pk):
        row = Feed.objects.get()
        assert row.secret_hash not in page and row.read_at is not None
    assert stranger.post(f"{PAGE}feeds/{row.public_id}/end/").status_code == 404
    assert Client().get(found[1]).status_code == 200
    assert f"feeds/{row.public_id}/end/" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}feeds/{row.public_id}/end/").status_code == 302
    assert Client().get(found[1]).status_code == 404
    assert f"feeds/{row.public_id}/end/" not in client.get(PAGE).content.decode()


def test_of_several_tokens_the_one_that_is_named_ends(town: Town) -> None:
    client, person = on(FIREFOX), ada_of(town)
    with enter(town.tenant.pk):
        for name in ("first", "second", "third"):
            create_token(person=person, name=name, scope="read", days=9, at=timezone.now())
        tokens = {token.name: token for token in Token.objects.filter(person=person)}
    assert client.post(f"{PAGE}tokens/{tokens['second'].public_id}/revoke/").status_code == 302
    with enter(town.tenant.pk):
        assert [t.name for t in Token.objects.filter(revoked_at=None).order_by("name")] == ["first", "third"]


def test_name_and_zone_change_and_are_sealed(town: Town) -> None:
    client = on(FIREFOX)
    form = {"name": "Ada L.", "time_zone": "America/Sao_Paulo"}
    assert client.post(f"{PAGE}details/", form).status_code == 302
    assert client.get(PAGE).context["frame"].clock.endswith("São Paulo")
    assert "valid choice" in client.post(f"{PAGE}details/", {**form, "time_zone": "Mars/Base"}).content.decode()
    person = Person.objects.get(pk=ada_of(town).pk)
    assert (person.name, person.time_zone) == ("Ada L.", "America/Sao_Paulo")
    with enter(town.tenant.pk):
        assert (verified().links, verified().breaks) == (1, ())


def test_how_one_is_told_is_chosen_by_kind_and_holds(town: Town) -> None:
    client, ada = on(FIREFOX), ada_of(town)
    ways = client.get(f"{PAGE}e-mail/").context["form"]
    chosen = {name: "never" if kind == "obligations.reminder" else "daily" for name, kind in ways.kinds.items()}
    assert client.post(f"{PAGE}e-mail/", chosen).status_code == 302
    assert "Not by e-mail" in client.get(PAGE).content.decode()
    with enter(town.tenant.pk):
        notes = [NewNote(ada, f"obligations.{kind}", kind, kind, kind) for kind in ("reminder", "breach")]
        mail.tell(town.tenant, notes, at=timezone.now())
        assert not Mail.objects.exists()
        assert dict(Note.objects.values_list("kind", "settled")) == {
            "obligations.reminder": True,
            "obligations.breach": False,
        }
        Note.objects.create(person=ada, kind="obligations.older", key="x", subject="x", text="x", at=timezone.now(), settled=True)  # fmt: skip
    assert "obligations.older" in client.get(f"{PAGE}e-mail/").context["form"].kinds.values()
    other = on(FIREFOX, Role.AUDITOR).get(f"{PAGE}e-mail/").context["form"]
    assert {field.initial for field in other.fields.values()} == {"at_once"}
    assert "obligations.older" not in other.kinds.values(), "a kind that only somebody else was told of"


def test_an_msps_person_makes_an_address_and_says_who_they_are_and_the_chain_keeps_it(town: Town) -> None:
    drew = town.member(Role.ENGINEER, "cobalt").person
    client = Client()
    client.force_login(drew)
    assert client.post(f"{PAGE}feeds/new/", {"name": "Phone"}).status_code == 302
    with enter(town.tenant.pk):
        assert Feed.objects.get().person == drew
        assert verified().is_whole
