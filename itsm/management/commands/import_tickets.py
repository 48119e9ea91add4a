"""Imports a file of tickets: reads and checks all of it, then writes; prints what came of it as JSON."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from contracts.importers.terms_text import in_file
from itsm import services
from itsm.importers.mapping import LONGEST_MAPPING, read_mapping_text
from itsm.models import Import
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.tenancy.commands import Command as TenantCommand
from mspgov.tenancy.context import enter

RESULT = ("read", "tickets", "created", "updated", "unchanged", "rejected")  # the database forgets the order of keys


class Command(TenantCommand):
    help = __doc__
    engagement_wanted = True
    stays_entered = False

    def arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", required=True, choices=Import.Format.values)
        parser.add_argument("--time-zone", required=True, metavar="ZONE")
        parser.add_argument("--vendor-party", choices=Import.Party.values, default="")
        parser.add_argument("--mapping", type=Path, metavar="YAML")
        parser.add_argument("--strict", action="store_true", help="write nothing when a row is rejected")

    def work(self, **options: Any) -> Any:
        path: Path = options["file"]
        try:
            content = path.open("rb")
        except OSError as error:
            raise Fault(str(path), error.strerror or "cannot be read") from None
        mapping = None if options["mapping"] is None else read_yaml(options["mapping"])
        with content, enter(options["tenant"].pk):
            asked = {
                "engagement": options["engagement"], "content": content, "format": options["format"],
                "time_zone": options["time_zone"], "vendor_party": options["vendor_party"], "mapping": mapping,
                "strict": options["strict"],
            }  # fmt: skip
            if (done := services.imported_before(**asked)) is not None:
                run = services.start_again(done, by=None)
            else:
                row = services.keep_import(**asked, name=path.name, at=timezone.now())
                run = services.start_import(row, by=None)
        run = jobs.work_here(run)
        if run.state != Run.State.DONE:
            raise Fault(path.name, run.error or f"the run was {run.state}")
        result: dict[str, Any] = run.result or {}
        return {name: result[name] for name in (*RESULT, *sorted(set(result) - set(RESULT)))}


def read_yaml(path: Path) -> object:
    """The document of a small YAML or JSON file."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_MAPPING + 1)
    except OSError as error:
        raise Fault(str(path), error.strerror or "cannot be read") from None
    with in_file(path.name):
        return read_mapping_text(content)
