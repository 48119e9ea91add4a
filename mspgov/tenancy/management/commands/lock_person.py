"""`manage.py lock_person`: closes an account in every tenant at once, or opens it again."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from mspgov.kernel.faults import Fault
from mspgov.tenancy import commands, leaving
from mspgov.tenancy.models import Person


class Command(commands.Command):
    help = "Closes a person's account everywhere: sessions, tokens, addresses and links end. --undo opens it again."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--undo", action="store_true")

    def work(self, *, email: str, undo: bool, **options: Any) -> Any:
        person = Person.objects.filter(email=email.lower()).first()
        if person is None:
            raise Fault("--email", f"nobody has the address {email!r}")
        if undo:
            leaving.unlock_person(person=person)
        else:
            leaving.lock_person(person=person, at=timezone.now())
        return {"email": person.email, "active": person.is_active, "locked": person.locked_at is not None}
