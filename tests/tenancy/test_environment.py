"""What the environment may say, and what stops a process from starting."""

from pathlib import Path

import pytest

from mspgov.environment import BadEnvironment, Post, post

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def test_without_an_address_each_email_becomes_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert post("EMAIL_URL", tmp_path) == Post("django.core.mail.backends.filebased.EmailBackend", str(tmp_path))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp+tls://ada:s%40fe@mail.example", Post(SMTP, None, "mail.example", 587, "ada", "s@fe", True, False)),
        ("smtps://mail.example:2465", Post(SMTP, None, "mail.example", 2465, "", "", False, True)),
        ("smtp://relay/", Post(SMTP, None, "relay", 25, "", "", False, False)),
    ],
)
def test_an_address_says_how_email_leaves(monkeypatch: pytest.MonkeyPatch, url: str, expected: Post) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    assert post("EMAIL_URL", Path("mail")) == expected


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://mail.example:many", "smtp://mail.example/?tls=1"])  # fmt: skip
def test_an_address_that_means_nothing_stops_the_process(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(BadEnvironment, match="EMAIL_URL"):
        post("EMAIL_URL", Path("mail"))


def test_the_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("smtp://relay\n")
    monkeypatch.delenv("EMAIL_URL", raising=False)
    monkeypatch.setenv("EMAIL_URL_FILE", str(tmp_path / "url"))
    assert post("EMAIL_URL", Path("mail")).host == "relay"
