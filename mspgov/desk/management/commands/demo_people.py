"""`manage.py demo_people`: the demo's logins."""

from typing import Any

from mspgov.desk.demo.people import demo_people
from mspgov.tenancy import commands


class Command(commands.Command):
    help = "Prints the logins of the demo's tenants."

    def work(self, **options: Any) -> Any:
        return demo_people()
