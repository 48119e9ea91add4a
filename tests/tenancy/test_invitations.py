"""Somebody is invited by e-mail, joins once by the link, and a link that is over says nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from mspgov.records.queries import verified
from mspgov.tenancy import leaving
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Invitation, Membership, MembershipEngagement, Person
from mspgov.tenancy.policy import Role
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db(transaction=True)
GONE = "This link no longer works"
NEW = {"name": "Kim Sato", "password": "governed by invitation", "again": "governed by invitation"}


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def signed_in(town: Town, role: Role = Role.TENANT_ADMINISTRATOR, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def invited(town: Town, **changed: Any) -> str:
    """The path of the link in the letter that went out."""
    form = {"email": "Kim@aurora.example", "name": "Kim Sato", "provider": "", "roles": ["auditor"], **changed}
    answer = signed_in(town).post("/o/aurora/people/invite/", form)
    assert answer.status_code == 302, answer.content.decode()
    return link_of(outbox.outbox[-1])


def link_of(letter: Any) -> str:
    found = re.search(r"http://localhost:\d+(/invitations/\S+/)", letter.body)
    assert found is not None
    return found[1]


def members(town: Town) -> int:
    with enter(town.tenant.pk):
        return Membership.objects.count()


def test_who_is_invited_gets_a_letter_in_text_and_html_and_joins(town: Town) -> None:
    path = invited(town)
    letter: Any = outbox.outbox[-1]
    assert letter.to == ["kim@aurora.example"] and "as auditor" in letter.body
    assert path in letter.alternatives[0][0] and letter.alternatives[0][1] == "text/html"
    kim = Client()
    assert "Join Aurora" in kim.get(path).content.decode()
    assert kim.post(path, NEW)["Location"] == "/o/aurora/"
    assert kim.get("/o/aurora/").status_code == 200
    with enter(town.tenant.pk):
        member = Membership.objects.select_related("person").get(person__email="kim@aurora.example")
        assert (member.roles, member.active, member.person.name) == (["auditor"], True, "Kim Sato")
        assert [i.sent_at is not None for i in Invitation.objects.all()] == [True]
        assert (verified().links, verified().breaks) == (2, ())
    again = Client()
    assert (
        again.post("/accounts/login/", {"login": "kim@aurora.example", "password": NEW["password"]}).status_code == 302
    )


def test_the_store_keeps_no_secret(town: Town) -> None:
    secret = invited(town).split("/")[2]
    with enter(town.tenant.pk):
        assert secret not in str(Invitation.objects.values().get())


def test_people_of_an_msp_see_the_engagements_that_they_were_invited_to(town: Town) -> None:
    path = invited(town, provider="cobalt", roles=["engineer"], engagements=["cobalt-services"])
    Client().post(path, NEW)
    with enter(town.tenant.pk):
        seen = MembershipEngagement.objects.filter(membership__person__email="kim@aurora.example")
        assert list(seen.values_list("engagement__slug", flat=True)) == ["cobalt-services"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"roles": ["engineer"]}, "needs a provider"),
        ({"provider": "cobalt", "roles": ["auditor"], "engagements": ["cobalt-services"]}, "client&#x27;s side"),
        ({"provider": "cobalt", "roles": ["engineer"]}, "Choose at least one"),
        ({"provider": "cobalt", "roles": ["engineer"], "engagements": ["dune-services"]}, "not an engagement of this"),
        ({"email": "service_owner@aurora.example"}, "is a member already"),
        ({"email": "nobody"}, "valid e"),
        ({"roles": []}, "required"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused_with_what_was_typed(town: Town, changed: Any, why: str) -> None:
    form = {"email": "kim@aurora.example", "name": "Kim Sato", "provider": "", "roles": ["auditor"], **changed}
    page = signed_in(town).post("/o/aurora/people/invite/", form)
    assert page.status_code == 200 and why in page.content.decode() and "Kim Sato" in page.content.decode()
    with enter(town.tenant.pk):
        assert not Invitation.objects.exists()
    assert outbox.outbox == []


def test_nobody_but_administrators_and_account_managers_invites(town: Town) -> None:
    for role, provider in [(Role.SERVICE_OWNER, None), (Role.ENGINEER, "cobalt")]:
        assert signed_in(town, role, provider).post("/o/aurora/people/invite/", {}).status_code == 404


def offered(town: Town, **changed: Any) -> Any:
    """An account manager's form, sent."""
    form = {"email": "new@cobalt.example", "name": "New Engineer", "engagements": ["cobalt-services"], **changed}
    return signed_in(town, Role.ACCOUNT_MANAGER, "cobalt").post("/o/aurora/people/invite/", form)


def invitation_rows(town: Town) -> list[tuple[str, list[str], str | None]]:
    with enter(town.tenant.pk):
        rows = Invitation.objects.filter(withdrawn_at=None).select_related("provider").order_by("email")
        return [(row.email, row.roles, row.provider.slug if row.provider else None) for row in rows]


def test_an_account_manager_invites_engineers_of_their_own_firm_to_engagements_of_theirs(town: Town) -> None:
    assert offered(town).status_code == 302
    assert invitation_rows(town) == [("new@cobalt.example", ["engineer"], "cobalt")]
    Client().post(link_of(outbox.outbox[-1]), NEW)
    with enter(town.tenant.pk):
        seen = MembershipEngagement.objects.filter(membership__person__email="new@cobalt.example")
        assert list(seen.values_list("engagement__slug", flat=True)) == ["cobalt-services"]
        assert verified().is_whole


def test_an_account_manager_gives_no_other_role_provider_or_engagement(town: Town) -> None:
    forged = offered(town, roles=["tenant_administrator", "account_manager"], provider="dune")
    assert forged.status_code == 302  # neither field is one of the form
    assert invitation_rows(town) == [("new@cobalt.example", ["engineer"], "cobalt")]
    assert "engagements" in offered(town, email="two@x.example", engagements=["dune-services"]).context["form"].errors
    assert "engagements" in offered(town, email="two@x.example", engagements=[]).context["form"].errors
    assert len(invitation_rows(town)) == 1


def test_an_account_manager_takes_nobody_from_another_firm_and_no_offer_of_anybody_else(town: Town) -> None:
    invited(town)
    before = invitation_rows(town)
    engineer = town.member(Role.ENGINEER, "dune").person.email
    for email in (engineer, "kim@aurora.example", "service_owner@aurora.example"):
        answer = offered(town, email=email, replace="on")
        assert answer.status_code == 200 and "administrator can invite them" in answer.content.decode()
        assert "Kim" not in answer.content.decode()  # whose it is is not said
    assert invitation_rows(town) == before
    cleo = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    assert "kim@aurora.example" not in cleo.get("/o/aurora/people/invitations/").content.decode()
    with enter(town.tenant.pk):
        row = Invitation.objects.get()
    for verb in ("again", "withdraw"):
        assert cleo.post(f"/o/aurora/people/invitations/{row.public_id}/{verb}/").status_code == 404


def test_a_second_invitation_asks_before_it_replaces_the_first_and_says_so_after(town: Town) -> None:
    first = invited(town)
    tom = signed_in(town)
    form = {"email": "kim@aurora.example", "name": "Kim Sato", "provider": "", "roles": ["service_owner"]}
    asked = tom.post("/o/aurora/people/invite/", form)
    assert asked.status_code == 200
    assert "was invited at this address" in asked.content.decode() and 'name="replace"' in asked.content.decode()
    assert invitation_rows(town) == [("kim@aurora.example", ["auditor"], None)]
    assert Client().get(first).status_code == 200 and "Join Aurora" in Client().get(first).content.decode()
    done = tom.post("/o/aurora/people/invite/", {**form, "replace": "on"}, follow=True)
    assert "is replaced: its link is dead." in done.content.decode()
    assert invitation_rows(town) == [("kim@aurora.example", ["service_owner"], None)]
    assert GONE in Client().get(first).content.decode()


def over(town: Town, how: str) -> str:
    path = invited(town)
    with enter(town.tenant.pk):
        row = Invitation.objects.get()
        if how == "expired":
            Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    address = f"/o/aurora/people/invitations/{row.public_id}"
    if how == "withdrawn":
        assert signed_in(town).post(f"{address}/withdraw/").status_code == 302
    if how == "replaced":
        assert signed_in(town).post(f"{address}/again/").status_code == 302
        assert link_of(outbox.outbox[-1]) != path
    if how == "used":
        assert Client().post(path, NEW).status_code == 302
    return path


@pytest.mark.parametrize("how", ["expired", "withdrawn", "replaced", "used"])
def test_a_link_that_is_over_says_nothing_and_lets_nobody_in(town: Town, how: str) -> None:
    path = over(town, how)
    before = members(town)
    for answer in (Client().get(path), Client().post(path, NEW), Client().get("/invitations/never-was/")):
        page = answer.content.decode()
        assert answer.status_code == 404 and GONE in page
        assert "Aurora" not in page and "kim@" not in page
    assert members(town) == before


def test_a_new_letter_works_where_the_former_does_not(town: Town) -> None:
    over(town, "replaced")
    assert Client().post(link_of(outbox.outbox[-1]), NEW).status_code == 302


def test_who_has_an_account_signs_in_and_joins_and_nobody_else_takes_the_place(town: Town) -> None:
    other = build_town("borealis")
    ines = other.member(Role.SERVICE_OWNER).person
    path = invited(town, email=ines.email)
    before = members(town)
    page = Client().get(path).content.decode()
    assert "You have an account already" in page and 'name="password"' not in page
    assert "sign in as" in Client().post(path, NEW).content.decode()
    stranger = signed_in(town, Role.AUDITOR)
    assert "You are signed in as auditor@aurora.example" in stranger.get(path).content.decode()
    assert "sign in as" in stranger.post(path).content.decode()
    assert members(town) == before
    client = Client()
    client.post("/accounts/login/", {"login": ines.email, "password": PASSWORD})
    assert client.post(path)["Location"] == "/o/aurora/"
    assert client.get("/o/aurora/").status_code == client.get("/o/borealis/").status_code == 200


@pytest.mark.parametrize(("password", "why"), [("short", "at least 12"), ("password1234", "too common")])
def test_a_weak_password_is_refused_and_nothing_is_kept(town: Town, password: str, why: str) -> None:
    path = invited(town)
    page = Client().post(path, {**NEW, "password": password, "again": password}).content.decode()
    assert why in page and "Kim Sato" in page
    assert "differ" in Client().post(path, {**NEW, "again": "another"}).content.decode()
    assert not Person.objects.filter(email="kim@aurora.example").exists()


def test_the_invitation_of_somebody_whose_account_the_operator_locked_is_dead(town: Town) -> None:
    path = invited(town, email="sam@borealis.example")
    sam = Person.objects.create_user("sam@borealis.example", PASSWORD, name="Sam")
    leaving.lock_person(person=sam, at=timezone.now())
    assert Client().get(path).status_code == 404


def test_a_letter_that_does_not_leave_is_told_and_can_be_sent_again(town: Town, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9  # fmt: skip
    form = {"email": "kim@aurora.example", "name": "Kim Sato", "provider": "", "roles": ["auditor"]}
    assert signed_in(town).post("/o/aurora/people/invite/", form).status_code == 302
    assert "Did not leave" in signed_in(town).get("/o/aurora/people/invitations/").content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with enter(town.tenant.pk):
        row = Invitation.objects.get()
    signed_in(town).post(f"/o/aurora/people/invitations/{row.public_id}/again/")
    assert Client().get(link_of(outbox.outbox[-1])).status_code == 200
    assert "Did not leave" not in signed_in(town).get("/o/aurora/people/invitations/").content.decode()
