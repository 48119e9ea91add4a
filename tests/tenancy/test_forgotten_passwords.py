"""A forgotten password is chosen anew by a link in a letter, which says to strangers nothing about who has an account."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db
EMAIL = "service_owner@aurora.example"
NEW = "governed by a new password"


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def ask(email: str = EMAIL, **more: Any) -> Any:
    return Client().post("/accounts/password/reset/", {"email": email}, **more)


def link_of(text: str) -> str:
    found = re.search(r"http://localhost:\d+(/accounts/password/reset/key/\S+)", text)
    assert found is not None
    return found[1]


def choose(path: str, password: str = NEW) -> Any:
    client = Client()
    form = client.get(path)
    return (
        client.post(form["Location"], {"password1": password, "password2": password})
        if form.status_code == 302
        else form
    )


def signs_in(password: str) -> bool:
    return bool(Client().post("/accounts/login/", {"login": EMAIL, "password": password}).status_code == 302)


def test_the_letter_has_text_and_html_and_its_link_works_once(town: Town) -> None:
    ask()
    letter: Any = outbox.outbox[-1]
    path = link_of(letter.body)
    assert letter.subject == "mspgov: Choose a new password" and path in letter.alternatives[0][0]
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    ask()
    path = link_of(outbox.outbox[-1].body)
    assert choose(path).status_code == 302
    assert signs_in(NEW) and not signs_in(PASSWORD)
    assert elsewhere.get("/o/aurora/").status_code == 302
    assert "no longer works" in choose(path).content.decode()


def test_strangers_learn_nothing_about_who_has_an_account(town: Town) -> None:
    known, unknown = ask(), ask("nobody@aurora.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [letter.to for letter in outbox.outbox] == [[EMAIL]]
    page = Client().post("/accounts/login/", {"login": EMAIL, "password": "wrong"}).content.decode()
    other = Client().post("/accounts/login/", {"login": "nobody@aurora.example", "password": "wrong"}).content.decode()
    assert re.findall(r"<li>(.*?)</li>", page) == re.findall(r"<li>(.*?)</li>", other) != []


def test_a_letter_that_cannot_leave_says_nothing_either(town: Town, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1", 9  # fmt: skip
    assert ask()["Location"] == ask("nobody@aurora.example")["Location"]


def test_the_link_names_the_products_own_address_whatever_the_request_says(town: Town, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    ask(headers={"host": "evil.example"})
    assert "evil.example" not in outbox.outbox[-1].body and link_of(outbox.outbox[-1].body)


def test_a_link_ends_after_an_hour_and_with_the_account(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    path = link_of(outbox.outbox[-1].body)
    later = timezone.localtime().replace(tzinfo=None) + timedelta(hours=1, minutes=1)
    with monkeypatch.context() as patch:
        patch.setattr("mspgov.tenancy.reset_links.ResetLinks._now", lambda self: later)
        assert "no longer works" in choose(path).content.decode()
    Person.objects.filter(email=EMAIL).update(is_active=False)
    assert "no longer works" in choose(path).content.decode()
    Person.objects.filter(email=EMAIL).update(is_active=True)
    assert choose(path).status_code == 302 and signs_in(NEW)


def test_a_weak_password_is_refused(town: Town) -> None:
    ask()
    assert "at least 12" in choose(link_of(outbox.outbox[-1].body), "short").content.decode()
    assert signs_in(PASSWORD)


def test_without_a_server_the_letter_is_a_file(town: Town, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path)
    ask()
    assert "Choose a new password" in "".join(file.read_text() for file in tmp_path.iterdir())


def test_nobody_is_told_by_a_closed_account(town: Town) -> None:
    Person.objects.filter(email=town.member(Role.SERVICE_OWNER).person.email).update(is_active=False)
    ask()
    assert outbox.outbox == []
