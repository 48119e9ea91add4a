#!/usr/bin/env python3
"""Runs a command. One that needs the database first starts the embedded services and, when they are new, migrates."""

import os
import sys

PURE = {"working_time", "credits", "services", "create_roles", "build_fonts", "makemigrations", "help", "check",
        "collectstatic", "compilemessages", "spectacular", "version", "--version", "--help"}  # fmt: skip


def prepare(command: str) -> None:
    from django.conf import settings

    if command in PURE or not settings.EMBEDDED:
        return
    from mspgov import embedded

    embedded.start(settings.HOME)
    marker = settings.HOME / "migrated"
    if command != "migrate":
        import django

        django.setup()
        from mspgov.tenancy.schema import bring_up_to_date

        bring_up_to_date(marker)


AT_ONCE = {"working_time"}  # pure, and asked by the thousand: it needs neither the apps nor a database


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
    if len(sys.argv) > 1 and sys.argv[1] in AT_ONCE:
        from django.core.management import load_command_class

        load_command_class("contracts", sys.argv[1]).run_from_argv(sys.argv)
        return
    from django.core.management import execute_from_command_line

    if len(sys.argv) > 1 and not {"-h", "--help"} & set(sys.argv):
        prepare(sys.argv[1])
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
