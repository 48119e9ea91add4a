"""Answers working-time questions from standard input, so that an auditor can recompute any clock by hand."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from contracts.importers.working_time import reply
from mspgov.kernel.faults import Fault


class Command(BaseCommand):
    """`manage.py working_time < question.json`; needs no tenant and no database."""

    help = "Answer working-time questions: JSON on standard input, one document or one a line."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answers; exit code 2 when any question or document was faulty."""
        try:
            answer = reply(sys.stdin.buffer.read())
        except Fault as fault:
            self.stderr.write(str(fault))
            sys.exit(2)
        for line in answer.answers:
            self.stdout.write(line)
        for line in answer.faults:
            self.stderr.write(line)
        if answer.is_faulty:
            sys.exit(2)
