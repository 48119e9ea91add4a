"""A second factor is set up, asked for, stood in for by recovery codes, and demanded by a tenant that wants it."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.utils import timezone

from mspgov.tenancy import feeds
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Session, Tenant
from mspgov.tenancy.policy import Role
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db(transaction=True)
ADA = {"login": "service_owner@aurora.example", "password": PASSWORD}
SET_UP = "/accounts/2fa/totp/activate/"


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def signed_in() -> Client:
    client = Client()
    assert client.post("/accounts/login/", ADA)["Location"] == "/"
    return client


def set_up(client: Client) -> str:
    """Returns the secret that the page shows."""
    assert client.get(SET_UP)["Location"].startswith("/accounts/reauthenticate/")
    assert client.post(f"/accounts/reauthenticate/?next={SET_UP}", {"password": PASSWORD})["Location"] == SET_UP
    page = client.get(SET_UP).content.decode()
    found = re.search(r'id="secret">(\w+)<', page)
    assert found is not None and 'src="data:image/svg+xml;base64,' in page
    answer = client.post(SET_UP, {"code": code_of(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


def demand(town: Town) -> None:
    client = Client()
    client.force_login(town.member(Role.TENANT_ADMINISTRATOR).person)
    answer = client.post("/o/aurora/settings/organisation/", {"two_factor_required": "on"})
    assert answer.status_code == 302 and Tenant.objects.get(slug="aurora").two_factor_required


def test_who_has_one_is_asked_for_it_and_a_wrong_code_lets_nobody_in(town: Town) -> None:
    secret = set_up(signed_in())
    client = Client()
    assert client.post("/accounts/login/", ADA)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/o/aurora/").status_code == 302
    assert "The six figures" in client.get("/accounts/2fa/authenticate/").content.decode()
    assert "Incorrect code" in client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert client.get("/o/aurora/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code in (200, 302)


def test_a_recovery_code_signs_in_once(town: Town) -> None:
    client = signed_in()
    set_up(client)
    page = client.get("/accounts/2fa/recovery-codes/").content.decode()
    code = re.findall(r'<code class="ident">(\w+)</code>', page)[0]
    assert code in client.get("/accounts/2fa/recovery-codes/download/").content.decode()
    for outcome in (302, 200):
        again = Client()
        again.post("/accounts/login/", ADA)
        assert again.post("/accounts/2fa/authenticate/", {"code": code}).status_code == outcome


def test_secrets_are_kept_encrypted(town: Town) -> None:
    secret = set_up(signed_in())
    kept = [str(a.data) for a in Authenticator.objects.all()]
    assert len(kept) == 2 and not any(secret in text for text in kept)


def test_setting_it_up_signs_other_devices_out(town: Town) -> None:
    elsewhere, client = signed_in(), signed_in()
    set_up(client)
    assert elsewhere.get("/o/aurora/").status_code == 302 and client.get("/o/aurora/").status_code == 200
    assert Session.objects.filter(person__email=ADA["login"]).count() == 1


def test_a_tenant_that_demands_it_leads_there_and_lets_nobody_in_without(town: Town) -> None:
    ada, other = town.member(Role.SERVICE_OWNER).person, build_town("borealis", providers=("erg",))
    with enter(other.tenant.pk):
        tenancy.create_person(email=ada.email, name=ada.name, roles=["auditor"])
    with enter(town.tenant.pk):
        token = tenancy.create_token(person=ada, name="t", scope="read", days=9, at=timezone.now())
        feed = feeds.make_feed(person=ada, name="phone", at=timezone.now())
    bearer = {"Authorization": f"Bearer {token}"}

    def status(path: str, **more: Any) -> int:
        return int(client.get(path, **more).status_code)

    client = signed_in()
    assert (status("/o/aurora/"), status(f"/feeds/{feed}.ics")) == (200, 200)
    demand(town)
    for page in ("/o/aurora/", "/o/aurora/people/", "/o/aurora/account/"):
        assert client.get(page)["Location"] == SET_UP
    told = client.get("/o/aurora/api/v1/people/")
    assert told.status_code == 403 and "second factor" in told.json()["detail"]
    assert Client().get("/o/aurora/api/v1/people/", headers=bearer).status_code == 403
    assert status(f"/feeds/{feed}.ics") == 404
    assert status("/o/borealis/") == 200
    set_up(client)
    assert (status("/o/aurora/"), status("/o/aurora/api/v1/people/"), status(f"/feeds/{feed}.ics")) == (200, 200, 200)
    assert Client().get("/o/aurora/api/v1/people/", headers=bearer).status_code == 200


def test_whose_organisation_demands_it_is_told_so_and_may_set_it_up_later_or_sign_out(town: Town) -> None:
    client = signed_in()
    client.post(f"/accounts/reauthenticate/?next={SET_UP}", {"password": PASSWORD})
    page = client.get(SET_UP).content.decode()
    assert "Not now" in page and "demand" not in page
    demand(town)
    page, again = client.get(SET_UP).content.decode(), client.get(SET_UP).content.decode()
    assert f"{town.tenant.name} demands it of everybody who works there" in page
    assert "Not now" not in page and 'href="/accounts/logout/">Sign out' in page
    keys = [re.findall(r'id="secret">(\w+)<', text) for text in (page, again)]
    assert keys[0] == keys[1] and len(keys[0][0]) == 32  # what the phone has read still fits after a reload
    other = build_town("borealis", providers=("erg",))
    with enter(other.tenant.pk):
        person = town.member(Role.SERVICE_OWNER).person
        tenancy.create_person(email=person.email, name=person.name, roles=["auditor"])
    assert 'href="/">Your other organisations' in client.get(SET_UP).content.decode()


def test_turning_it_off_is_confirmed_and_shuts_the_tenant_that_demands_it(town: Town) -> None:
    client = signed_in()
    set_up(client)
    demand(town)
    assert "Turn it off?" in client.get("/accounts/2fa/totp/deactivate/").content.decode()
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.exists()
    assert client.get("/o/aurora/")["Location"] == SET_UP


def test_the_pages_are_for_the_signed_in(town: Town) -> None:
    for path in (SET_UP, "/accounts/2fa/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/totp/deactivate/"):
        assert Client().get(path)["Location"].startswith("/accounts/login/"), path
