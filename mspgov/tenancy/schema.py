"""Brings the embedded database up to date before a command needs it."""

from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from mspgov import embedded


def known_migrations() -> str:
    """One line per migration file in the project: what the marker must hold for nothing to be done."""
    loader = MigrationExecutor(connections["owner"]).loader
    assert loader.graph is not None
    return "\n".join(sorted(f"{app}.{name}" for app, name in loader.graph.nodes))


def bring_up_to_date(marker: Path) -> None:
    """Migrate when the marker file says that something is new; many processes may call it at once."""
    wanted = known_migrations()
    if marker.exists() and marker.read_text() == wanted:
        return
    with embedded.only_one(marker.with_suffix(".lock")):
        if marker.exists() and marker.read_text() == wanted:
            return
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        marker.write_text(wanted)
    for connection in connections.all(initialized_only=True):
        connection.close()
