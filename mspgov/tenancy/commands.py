"""The base of commands: JSON out, one line for a fault, a tenant entered for those that need one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.http import Http404

from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused

from . import queries
from .context import enter
from .models import Engagement, Tenant
from .roles import require_roles


class Command(BaseCommand):
    """Subclasses write `arguments(parser)` and `work(**options)`; a Fault becomes one line and exit 2.

    `tenant_wanted` adds --tenant and enters it around `work`, which is given `tenant`; `engagement_wanted` adds
    --engagement and gives `engagement`. What `work` returns is printed as one JSON document.
    """

    tenant_wanted = False
    engagement_wanted = False
    database_wanted = True
    stays_entered = True  # False: `work` enters by itself, step by step (long runs)
    requires_system_checks: Any = []

    def add_arguments(self, parser: CommandParser) -> None:
        if self.tenant_wanted or self.engagement_wanted:
            parser.add_argument("--tenant", required=True, metavar="SLUG")
        if self.engagement_wanted:
            parser.add_argument("--engagement", required=True, metavar="SLUG")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """The command's own arguments."""

    def work(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        if self.database_wanted:
            require_roles("default")
        try:
            with self.entered(options):
                answer = self.work(**options)
        except Fault as fault:
            self.refuse(str(fault))
        except Http404 as absent:
            self.refuse(str(absent) or "not found")
        except (Conflict, Refused) as no:
            self.refuse(str(no))
        else:
            if answer is not None:
                self.print_json(answer)

    @contextmanager
    def entered(self, options: dict[str, Any]) -> Iterator[None]:
        """In the tenant and the engagement that were named, both put into the options in place of their names."""
        if not (self.tenant_wanted or self.engagement_wanted):
            yield
            return
        tenant = self.tenant_named(options["tenant"])
        with enter(tenant.pk):
            options["tenant"] = tenant
            if self.engagement_wanted:
                options["engagement"] = self.engagement_named(options["engagement"])
            if self.stays_entered:
                yield
        if not self.stays_entered:
            yield

    def tenant_named(self, slug: str) -> Tenant:
        if (tenant := queries.tenant_by_slug(slug)) is None:
            raise Fault("--tenant", f"there is no tenant {slug!r}")
        return tenant

    def engagement_named(self, slug: str) -> Engagement:
        if (engagement := queries.engagement_by_slug(slug)) is None:
            raise Fault("--engagement", f"there is no engagement {slug!r}")
        return engagement

    def print_json(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))

    def say(self, line: str) -> None:
        """Progress and remarks, on standard error."""
        self.stderr.write(line, style_func=str)

    def refuse(self, why: str) -> None:
        self.say(" ".join(why.split()))
        raise SystemExit(2)
