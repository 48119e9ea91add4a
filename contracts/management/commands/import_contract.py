"""`manage.py import_contract --tenant acme --engagement workplace --provider cobalt [--effective 2026-07-01] terms.yaml`."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone

from contracts import services
from contracts.calc.terms import Terms
from contracts.importers.terms import read_terms
from contracts.importers.terms_text import in_file, read_text
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import read_day
from mspgov.tenancy import commands
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Tenant
from mspgov.tenancy.queries import tenant_by_slug


class Command(commands.Command):
    help = "Makes a terms file (YAML) the terms of an engagement; creates what is missing, safe to repeat."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--engagement", required=True, metavar="SLUG")
        parser.add_argument("--provider", required=True, metavar="SLUG")
        parser.add_argument("--effective", metavar="DATE", help="first day of an amendment, the first of a month")
        parser.add_argument("terms", metavar="TERMS")

    def work(self, **options: Any) -> Any:
        for name in ("tenant", "engagement", "provider"):
            check_slug(options[name], f"--{name}")
        effective = None if options["effective"] is None else read_day(options["effective"], "--effective")
        with in_file(options["terms"]):
            text = read_text(content(options["terms"]))
            terms = read_terms(text, for_import=True)
        with transaction.atomic():
            return self.imported(options, text, terms, effective)

    def imported(self, options: dict[str, Any], text: str, terms: Terms, effective: date | None) -> dict[str, Any]:
        frame = terms.contract
        tenant = tenant_by_slug(options["tenant"]) or made_tenant(options["tenant"], terms)
        with enter(tenant.pk):
            engagement = tenancy.ensure_engagement(
                slug=options["engagement"],
                provider=tenancy.ensure_provider(slug=options["provider"]),
                time_zone=frame.time_zone,
            )
            done = services.import_terms(
                engagement=engagement, text=text, effective=effective, by=None, at=timezone.now()
            )
            return {
                "contract": done.contract.reference,
                "version": done.version.version,
                "effective": done.version.effective_on.isoformat(),
                "created": done.created,
            }


def made_tenant(slug: str, terms: Terms) -> Tenant:
    frame = terms.contract
    return tenancy.create_tenant(
        slug=slug, name=tenancy.title_of(slug), currency=frame.currency, time_zone=frame.time_zone
    )


def check_slug(slug: str, path: str) -> None:
    try:
        validate_slug(slug)
    except ValidationError:
        raise Fault(path, f"{slug[:60]!a} may hold letters, digits, - and _ only") from None


def content(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as problem:
        raise Fault("", problem.strerror or "cannot be read") from None
