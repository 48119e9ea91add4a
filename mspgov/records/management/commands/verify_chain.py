"""`manage.py verify_chain --tenant acme [--heads heads.jsonl]`: whether the tenant's hash chain still says what it said."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from mspgov.kernel.faults import Fault
from mspgov.records import queries
from mspgov.records.calc.verification import Mark
from mspgov.records.heads import head_document, read_head
from mspgov.tenancy import commands
from mspgov.tenancy.models import Tenant


class Command(commands.Command):
    help = (
        "Walks the tenant's hash chain and prints whether it is intact, where it breaks, and its head. Keep that line"
        " elsewhere: given back by --heads (one JSON document a line) it shows what was rewritten or cut since."
    )
    tenant_wanted = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--heads", metavar="FILE", help="heads that were printed before, one JSON document a line")

    def work(self, *, tenant: Tenant, heads: str | None, **options: Any) -> Any:
        marks = read_heads(heads, tenant) if heads else []
        walked = queries.verified(marks)
        self.print_json(
            {
                **head_document(tenant, queries.head()),
                "links": walked.links,
                "intact": walked.is_whole,
                "heads_compared": len(marks),
                "breaks": [{"first": b.first, "last": b.last, "why": b.why} for b in walked.breaks],
            }
        )
        if walked.breaks:
            self.refuse(f"the chain of {tenant.slug} is broken at {walked.breaks[0]}")


def read_heads(name: str, tenant: Tenant) -> list[Mark]:
    """The heads of a file; a Fault names the line that is none of this tenant's."""
    try:
        lines = Path(name).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as why:
        raise Fault("--heads", f"cannot be read: {why}") from None
    return [read_head(text, tenant, f"{name}: line {n}") for n, text in enumerate(lines, 1) if text.strip()]
