"""Make a quarter's board pack as a PDF."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from governance import services
from governance.documents.pack import PAPERS
from governance.queries import pack_file
from mspgov.jobs.services import work_here
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import read_quarter
from mspgov.records.services import read_file
from mspgov.tenancy.commands import Command as TenantCommand
from mspgov.tenancy.context import enter


class Command(TenantCommand):
    help = "Make the board pack of a quarter that is over, and print its pages, seconds and SHA-256."
    engagement_wanted = True
    stays_entered = False

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quarter", required=True, metavar="2016-Q2")
        parser.add_argument("--output", required=True, type=Path, metavar="PACK.pdf")
        parser.add_argument("--paper", default="A4", choices=PAPERS)

    def work(self, **options: Any) -> dict[str, Any]:
        begun = time.perf_counter()
        output: Path = options["output"]
        quarter = read_quarter(options["quarter"], "--quarter")
        if not output.resolve().parent.is_dir():
            raise Fault("--output", f"there is no folder {output.parent}")
        tenant, at = options["tenant"], timezone.now()
        with enter(tenant.pk):
            run = services.start_pack(
                engagement=options["engagement"], quarter=quarter, paper=options["paper"], by=None, at=at
            )
        run = work_here(run)
        if run.state != run.State.DONE or run.result is None:
            raise Fault("", run.error or f"the run is {run.get_state_display().lower()}")
        with enter(tenant.pk):
            file = pack_file(run.result["pack"], options["paper"])
            with output.open("wb") as target:
                for piece in read_file(file):
                    target.write(piece)
        return {
            "pages": run.result["pages"],
            "seconds": round(time.perf_counter() - begun, 2),
            "sha256": file.sha256,
            "number": run.result["number"],
        }
