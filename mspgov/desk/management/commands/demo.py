"""`manage.py demo`: loads the demo, starts web server, worker and scheduler, and stops all of it at Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import Any
from urllib.error import URLError

from django.conf import settings
from django.core.management import call_command

from mspgov import embedded
from mspgov.desk.demo.people import demo_people
from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands

STOP_SECONDS = 10


class Command(commands.Command):
    help = "Runs the product with its demo on this machine."

    def work(self, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise Fault("DATABASE_URL", "is set; the demo runs on the embedded services only")
        if answers(f"http://127.0.0.1:{settings.PORT}/healthz"):
            raise Fault("MSPGOV_PORT", f"port {settings.PORT} is taken; set another one")
        call_command("load_demo", stdout=self.stdout, stderr=self.stderr)
        processes = self.start_all()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored for background jobs
        try:
            self.wait_until_up(processes)
            self.welcome()
            while all(p.poll() is None for p in processes):
                time.sleep(0.5)
            self.say("A process ended by itself; stopping the others.")
        except KeyboardInterrupt:
            self.say("")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.say("Stopping …")
            stop_all(processes)
            embedded.stop(settings.HOME)
            self.say("Stopped. Data stay; `make demo` goes on, `make demo-reset` forgets them.")

    def start_all(self) -> list["subprocess.Popen[bytes]"]:
        """Web server, worker and scheduler, each in a session of its own, so that Ctrl-C reaches only us."""
        celery = [sys.executable, "-m", "celery", "-A", "mspgov.celery"]
        beat = settings.HOME / "beat"
        lines = [
            [sys.executable, "-m", "gunicorn", "mspgov.wsgi", f"--bind=127.0.0.1:{settings.PORT}", "--workers=2",
             "--threads=4", "--preload", "--log-level=warning", "--timeout=60"],
            [*celery, "worker", "--loglevel=WARNING", "--concurrency=2"],
            [*celery, "beat", "--loglevel=WARNING", f"--schedule={beat}"],
        ]  # fmt: skip
        environment = {**os.environ, "MSPGOV_HOME": str(settings.HOME)}
        log = (settings.HOME / "demo.log").open("ab")
        return [
            subprocess.Popen(
                line, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            for line in lines
        ]

    def wait_until_up(self, processes: list["subprocess.Popen[bytes]"]) -> None:
        deadline = time.monotonic() + 60
        while not answers(f"http://127.0.0.1:{settings.PORT}/healthz"):
            if time.monotonic() > deadline or any(p.poll() is not None for p in processes):
                raise Fault("demo", f"the server does not start; see {settings.HOME / 'demo.log'}")
            time.sleep(0.1)

    def welcome(self) -> None:
        people = demo_people()
        width = max(len(p["email"]) for p in people)
        self.stdout.write(f"\nmspgov is at http://localhost:{settings.PORT}/   (demo data)\n\nSign in as\n")
        for p in people:
            side = p["provider"] or "client"
            self.stdout.write(
                f"  {p['email']:{width}}  {p['password']}  {p['tenant']:9} {side:7} {p['role'].replace('_', ' ')}"
            )
        pack = settings.HOME / "packs" / "aurora-2016-Q1.pdf"
        self.stdout.write(f"\nThe first board pack lies at {pack}\nCtrl-C stops everything.\n")
        self.stdout.flush()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  (our own address)
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def stop_all(processes: list["subprocess.Popen[bytes]"]) -> None:
    """Ask politely, wait, then end the groups that are left."""
    for p in processes:
        if p.poll() is None:
            p.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for p in processes:
        try:
            p.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
