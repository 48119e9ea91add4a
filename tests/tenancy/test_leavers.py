"""Whoever leaves is out within a second by every door; what they wrote keeps its author."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core import mail as outbox
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from mspgov.kernel.refusals import Conflict, Refused
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.tenancy import credentials, feeds, invitations, leaving
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Feed, Invitation, Membership, Person, Session, Token
from mspgov.tenancy.policy import Role
from mspgov.tenancy.queries import places_of
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db(transaction=True)
Door = Callable[[], bool]


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def opens(path: str, **headers: str) -> bool:
    return Client().get(path, headers=headers).status_code == 200


def doors(town: Town, person: Person) -> dict[str, Door]:
    """One of each kind of what lets this person in, as it is used for real: name of the kind → does it open."""
    now = timezone.now()
    with enter(town.tenant.pk):
        key = tenancy.create_token(person=person, name="t", scope="read", days=9, at=now)
        feed = feeds.make_feed(person=person, name="phone", at=now)
    client = Client()
    assert client.post("/accounts/login/", {"login": person.email, "password": PASSWORD}).status_code == 302
    assert Client().post("/accounts/password/reset/", {"email": person.email}).status_code == 302
    reset = re.search(r"http://localhost:\d+(/accounts/password/reset/key/\S+)", str(outbox.outbox[-1].body))
    assert reset is not None
    return {
        "sessions": lambda: client.get("/o/aurora/account/").status_code == 200,
        "API tokens": lambda: opens("/o/aurora/api/v1/people/", Authorization=f"Bearer {key}"),
        "calendar addresses": lambda: opens(f"/feeds/{feed}.ics"),
        "password links": lambda: Client().get(reset[1]).status_code == 302,
        "signing in": lambda: (
            Client().post("/accounts/login/", {"login": person.email, "password": PASSWORD}).get("Location") == "/"
        ),
    }


def ada_of(town: Town) -> Membership:
    return town.member(Role.SERVICE_OWNER)


def as_administrator(town: Town) -> Client:
    client = Client()
    client.force_login(town.member(Role.TENANT_ADMINISTRATOR).person)
    return client


def all_shut(found: dict[str, Door]) -> None:
    began = time.monotonic()
    assert {name for name, opens in found.items() if opens()} == set()
    assert time.monotonic() - began < 5  # of all together; each is asked anew


def test_a_membership_that_ends_shuts_every_door_at_once(town: Town) -> None:
    found = doors(town, ada_of(town).person)
    assert {name for name, opens in found.items() if not opens()} == set()
    address = f"/o/aurora/people/{ada_of(town).public_id}/deactivate/"
    page = as_administrator(town).get(address).content.decode()
    assert "tokens, their calendar addresses" in page
    assert as_administrator(town).post(address).status_code == 302
    all_shut(found)
    assert Session.objects.filter(person=ada_of(town).person).count() == 0


def test_who_belongs_to_another_organisation_loses_this_one_only(town: Town) -> None:
    other, ada = build_town("borealis"), ada_of(town)
    with enter(other.tenant.pk):
        tenancy.create_person(email=ada.person.email, name=ada.person.name, roles=["auditor"])
        key = tenancy.create_token(person=ada.person, name="t", scope="read", days=9, at=timezone.now())
    client = Client()
    client.force_login(ada.person)  # before the link is asked for: signing in ends it
    found = doors(town, ada.person)
    with enter(town.tenant.pk):
        leaving.end_membership(membership=ada, by=None, at=timezone.now())
    assert {name for name, opens in found.items() if opens()} == {"password links", "signing in"}
    assert client.get("/o/aurora/").status_code == 404 and client.get("/o/borealis/").status_code == 200
    assert opens("/o/borealis/api/v1/people/", Authorization=f"Bearer {key}")


def test_an_msp_that_is_deactivated_takes_its_people_out_and_brings_them_back(town: Town) -> None:
    drew, cleo = town.member(Role.ENGINEER, "cobalt"), town.member(Role.ACCOUNT_MANAGER, "cobalt")
    with enter(town.tenant.pk):
        leaving.end_membership(membership=cleo, by=None, at=timezone.now())
    found, dune = doors(town, drew.person), doors(town, town.member(Role.ENGINEER, "dune").person)
    provider = town.engagements["cobalt"].provider
    address = f"/o/aurora/providers/{provider.public_id}"
    admin = as_administrator(town)
    assert "1\xa0person will no longer" in admin.get(f"{address}/deactivate/").content.decode()
    assert admin.post(f"{address}/deactivate/").status_code == 302
    all_shut(found)
    assert {name for name, opens in dune.items() if not opens()} == set()
    assert admin.post(f"{address}/deactivate/").status_code == 409
    form = {"email": "x@y.example", "name": "X", "provider": "cobalt", "roles": ["engineer"], "engagements": ["cobalt-services"]}  # fmt: skip
    assert "Select a valid choice" in admin.post("/o/aurora/people/invite/", form).content.decode()
    assert admin.post(f"/o/aurora/people/{drew.public_id}/reactivate/").status_code == 422
    assert admin.post(f"{address}/reactivate/").status_code == 302
    assert {name for name, opens in found.items() if opens()} == {"signing in"}
    with enter(town.tenant.pk):
        drew.refresh_from_db()
        cleo.refresh_from_db()
        assert (drew.active, cleo.active) == (True, False)


def test_the_operator_locks_an_account_everywhere_and_no_tenant_opens_it(town: Town) -> None:
    ada = ada_of(town)
    found, out = doors(town, ada.person), StringIO()
    call_command("lock_person", "--email", ada.person.email, stdout=out)
    all_shut(found)
    with enter(town.tenant.pk):
        leaving.end_membership(membership=ada, by=None, at=timezone.now())
    assert as_administrator(town).post(f"/o/aurora/people/{ada.public_id}/reactivate/").status_code == 422
    call_command("lock_person", "--email", ada.person.email, "--undo", stdout=out)
    assert not found["signing in"]()
    assert as_administrator(town).post(f"/o/aurora/people/{ada.public_id}/reactivate/").status_code == 302
    assert {name for name, opens in found.items() if opens()} == {"signing in"}


def test_records_of_a_leaver_keep_their_author(town: Town) -> None:
    ada, now = ada_of(town), timezone.now()
    with enter(town.tenant.pk):
        row = obligations.raise_obligation(
            key="k", title="Report", due_at=now + timedelta(days=9), owed_by=Side.CLIENT, role=Role.SERVICE_OWNER, at=now,
        )  # fmt: skip
        obligations.hand_in(obligation=row, note="Done", by=ada.person, at=now)
        leaving.end_membership(membership=ada, by=None, at=now)
        latest = Obligation.objects.get().history.order_by("-history_id").first()
        assert latest is not None and latest.history_user == ada.person


def test_what_cannot_end_is_refused_and_nothing_changes(town: Town) -> None:
    tom = town.member(Role.TENANT_ADMINISTRATOR)
    address = f"/o/aurora/people/{tom.public_id}"
    assert as_administrator(town).post(f"{address}/deactivate/").status_code == 422
    assert "Nobody else administers" in as_administrator(town).post(f"{address}/roles/", {"roles": ["auditor"]}).content.decode()  # fmt: skip
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match="nobody else administers"):
            leaving.end_membership(membership=tom, by=ada_of(town).person, at=timezone.now())
        with pytest.raises(Conflict):
            leaving.restore_membership(membership=tom, by=None)
        tom.refresh_from_db()
        assert tom.active and tom.roles == ["tenant_administrator"]
    for role in (Role.SERVICE_OWNER, Role.AUDITOR):
        client = Client()
        client.force_login(town.member(role).person)
        assert client.post(f"{address}/deactivate/").status_code == 404


def test_an_invitation_that_was_withdrawn_before_keeps_its_day(town: Town) -> None:
    ada, before = ada_of(town), timezone.now() - timedelta(days=9)
    with enter(town.tenant.pk):
        for secret, withdrawn in (("a", before), ("b", None)):
            Invitation.objects.create(
                email=ada.person.email, name="Ada", roles=[Role.AUDITOR], secret_hash=secret * 64, at=before,
                expires_at=before + timedelta(days=30), withdrawn_at=withdrawn, by=ada.person,
            )  # fmt: skip
        leaving.end_membership(membership=ada, by=None, at=timezone.now())
        first, second = Invitation.objects.filter(email=ada.person.email).order_by("secret_hash")
        assert first.withdrawn_at == before and second.withdrawn_at > before


def test_an_administrator_whose_account_is_closed_administers_nothing(town: Town) -> None:
    tom = town.member(Role.TENANT_ADMINISTRATOR)
    with enter(town.tenant.pk):
        other, _ = tenancy.create_person(email="uma@aurora.example", name="Uma", roles=[Role.TENANT_ADMINISTRATOR])
        Person.objects.filter(pk=other.person_id).update(is_active=False)
        with pytest.raises(Refused, match="nobody else administers"):
            leaving.end_membership(membership=tom, by=None, at=timezone.now())
        Person.objects.filter(pk=other.person_id).update(is_active=True)
        leaving.end_membership(membership=tom, by=None, at=timezone.now())
        tom.refresh_from_db()
        assert not tom.active


def test_roles_change_at_once_on_the_same_side(town: Town) -> None:
    ada, drew = ada_of(town), town.member(Role.ENGINEER, "cobalt")
    client = Client()
    client.force_login(ada.person)
    assert client.get("/o/aurora/obligations/recurring/").status_code == 200
    admin = as_administrator(town)
    assert admin.post(f"/o/aurora/people/{ada.public_id}/roles/", {"roles": ["auditor"]}).status_code == 302
    assert client.get("/o/aurora/obligations/recurring/").status_code == 404
    assert "Select a valid choice" in admin.post(f"/o/aurora/people/{ada.public_id}/roles/", {"roles": ["engineer"]}).content.decode()  # fmt: skip
    assert admin.post(f"/o/aurora/people/{drew.public_id}/roles/", {"roles": ["engineer"], "engagements": []}).status_code == 302  # fmt: skip
    with enter(town.tenant.pk):
        assert drew.scopes.count() == 0
    page = admin.get(f"/o/aurora/people/{ada.public_id}/").content.decode()
    assert "service owner → auditor" in page


def test_the_registry_ends_one_of_each_kind(town: Town) -> None:
    ada, now = ada_of(town).person, timezone.now()
    doors(town, ada)
    TOTP.activate(ada, generate_totp_secret())
    with enter(town.tenant.pk):
        invitations.invite(
            email="later@aurora.example", name="x", roles=["auditor"], provider=None, engagements=[], by=ada, at=now
        )
        Person.objects.filter(pk=ada.pk).update(email="later@aurora.example")
        ada.refresh_from_db()
        ended = credentials.end_here(ada, at=now) | credentials.end_account(ada, at=now)
        assert set(ended) == {kind.name for kind in credentials.KINDS}
        assert {name for name, count in ended.items() if count == 0} == {"password links"}
        assert not Token.objects.filter(person=ada, revoked_at=None).exists()
        assert not Feed.objects.filter(person=ada, revoked_at=None).exists()
    assert not Session.objects.filter(person=ada).exists() and not Authenticator.objects.filter(user=ada).exists()


def test_every_table_that_keeps_a_secret_is_in_the_registry() -> None:
    secret = re.compile(r"_hash$|^session_key$|^secret|^key_hash$")
    unrelated = {"tenancy_person", "account_emailconfirmation", "django_session"}
    keeping = {
        m._meta.db_table
        for m in apps.get_models()
        if m._meta.app_label
        in {"tenancy", "mfa", "account", "sessions", "mail", "obligations", "records", "jobs", "web"}
        and not hasattr(m, "instance_type")
        and (m is Authenticator or any(secret.search(f.name) for f in m._meta.local_fields))
    }
    assert keeping - unrelated == {kind.table for kind in credentials.KINDS if kind.table}


@pytest.mark.parametrize("way", ["ends", "changes roles"])
def test_two_administrators_who_take_the_role_from_each_other_at_once_leave_one(town: Town, way: str) -> None:
    tom, ada = town.member(Role.TENANT_ADMINISTRATOR), ada_of(town)
    with enter(town.tenant.pk):
        ada.roles = [Role.TENANT_ADMINISTRATOR]
        ada.save()

    def act() -> str:
        try:
            with enter(town.tenant.pk):
                if way == "ends":
                    leaving.end_membership(membership=tom, by=ada.person, at=timezone.now())
                else:
                    tenancy.change_roles(membership=tom, roles=["auditor"], engagements=[], by=ada.person)
            return "done"
        except Refused as no:
            return str(no)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with enter(town.tenant.pk):
            leaving.end_membership(membership=ada, by=tom.person, at=timezone.now())
            other = pool.submit(act)
            wait([other], timeout=1)
        assert "nobody else administers" in other.result(timeout=30)
    with enter(town.tenant.pk):
        assert list(Membership.objects.filter(roles__contains=["tenant_administrator"], active=True)) == [tom]


def test_a_persons_sessions_are_theirs_alone(town: Town) -> None:
    owner, other = (town.member(role).person for role in (Role.SERVICE_OWNER, Role.AUDITOR))
    for person in (owner, owner, other):
        Client().post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    found = [credentials.sessions_of(person, at=timezone.now()) for person in (owner, other)]
    assert [len(rows) for rows in found] == [2, 1]
    assert {row.person_id for row in found[0]} == {owner.pk}


def test_an_invitation_that_a_leaver_had_accepted_stays_as_it_was(town: Town) -> None:
    member, now = town.member(Role.AUDITOR), timezone.now()
    by, email = town.member(Role.TENANT_ADMINISTRATOR).person, member.person.email
    with enter(town.tenant.pk):
        asked = {"email": email, "name": "A", "roles": [Role.AUDITOR], "by": by, "at": now, "expires_at": now + timedelta(days=14)}  # fmt: skip
        accepted = Invitation.objects.create(secret_hash="a" * 64, accepted_at=now, **asked)
        waiting = Invitation.objects.create(secret_hash="b" * 64, **asked)
        leaving.end_membership(membership=member, by=by, at=now)
        ended = [Invitation.objects.get(pk=row.pk).withdrawn_at for row in (accepted, waiting)]
        assert ended == [None, now]


def test_an_organisation_that_one_has_left_is_no_place_to_go(town: Town) -> None:
    member = town.member(Role.AUDITOR)
    assert [place.slug for place in places_of(member.person_id)] == ["aurora"]
    with enter(town.tenant.pk):
        Membership.objects.filter(pk=member.pk).update(active=False)
    assert places_of(member.person_id) == []
