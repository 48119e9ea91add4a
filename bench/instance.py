"""A running demo for benches and pictures: embedded services, the demo's data, web server and worker; all of it ends.

Without MSPGOV_HOME the demo is loaded into a temporary home and forgotten at the end; with it, the home is used and its
data stay, and so do its services when they ran before.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 90
STOP_SECONDS = 15


@contextmanager
def running_demo(*, processes: int, worker: bool = False) -> Iterator[str]:
    """The address of a demo served by so many web processes of four threads. Sets MSPGOV_HOME and puts the project on
    the path, so that Django can be set up afterwards. Raises RuntimeError when the demo does not start."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
    given = os.environ.get("MSPGOV_HOME")
    home = Path(given or tempfile.mkdtemp(prefix="mspgov-"))
    os.environ["MSPGOV_HOME"] = str(home)
    from mspgov import embedded

    was_up = all(embedded.running(home).values())
    try:
        manage("services", "start")
        if not is_loaded():
            manage("load_demo")
        with served(processes, worker, home / "bench.log") as address:
            yield address
    finally:
        if not given:
            embedded.remove(home)
            shutil.rmtree(home, ignore_errors=True)
        elif not was_up:
            embedded.stop(home)


def manage(*arguments: str) -> None:
    """A command of the project; what it prints goes to standard error."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, check=True, stdout=sys.stderr)


def is_loaded() -> bool:
    """Has this home the people of the demo?"""
    asked = subprocess.run([sys.executable, "manage.py", "demo_people"], cwd=ROOT, capture_output=True, check=False)
    return asked.returncode == 0


@contextmanager
def served(processes: int, worker: bool, log: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    lines = [
        ["gunicorn", "mspgov.wsgi", f"--bind={address}", f"--workers={processes}", "--threads=4", "--keep-alive=30",
         "--log-level=warning", "--timeout=120"],
    ]  # fmt: skip
    if worker:
        lines.append(["celery", "-A", "mspgov.celery", "worker", "--loglevel=WARNING", "--concurrency=1"])
    with log.open("ab") as out:
        started = [
            subprocess.Popen([sys.executable, "-m", *line], cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
            for line in lines
        ]
    try:
        wait_for(f"http://{address}/healthz", started, log)
        yield f"http://{address}"
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(url: str, started: list["subprocess.Popen[bytes]"], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and all(process.poll() is None for process in started):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own address)
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer: {log.read_text()[-2000:]}")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
