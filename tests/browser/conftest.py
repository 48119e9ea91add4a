"""A real site for the browser: web server, worker and scheduler as processes of their own, on this run's database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from mspgov.tenancy.models import Person
from tests.conftest import empty_every_table
from tests.world import PASSWORD

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
ROOT = Path(__file__).parents[2]
expect.set_options(timeout=60_000)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": "/usr/bin/chromium", "args": FLAGS}


@dataclass(frozen=True)
class Site:
    """Where the site answers."""

    address: str

    def sign_in(self, page: Page, email: str) -> None:
        page.goto(f"{self.address}/accounts/login/")
        page.fill("[name=login]", email)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{self.address}/o/**")


def let_in(*emails: str) -> None:
    """Give these people a password as production keeps it: the tests' quick hash is unknown to the site."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"]):
        Person.objects.filter(email__in=emails).update(password=make_password(PASSWORD))


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    """Serves whatever the module's own fixtures put into the database; empties it at the end."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    port = free_port()
    celery = [sys.executable, "-m", "celery", "-A", "mspgov.celery"]
    lines = [
        [sys.executable, "-m", "gunicorn", "mspgov.wsgi", f"--bind=127.0.0.1:{port}", "--workers=1", "--threads=4",
         "--log-level=warning", "--timeout=120"],
        [*celery, "worker", "-c", "1", "-l", "ERROR"],
        [*celery, "beat", "-l", "ERROR", f"--schedule={settings.HOME / f'beat-{port}'}"],
    ]  # fmt: skip
    with django_db_blocker.unblock():
        processes = [subprocess.Popen(line, cwd=ROOT, start_new_session=True) for line in lines]
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield Site(f"http://127.0.0.1:{port}")
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGTERM)
            for process in processes:
                process.wait(20)
            empty_every_table()


def wait_for(url: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A page of 1440 in light; whatever the console says as an error fails the test."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    page, said = context.new_page(), []
    page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: said.append(str(e)))
    yield page
    context.close()
    assert said == []
