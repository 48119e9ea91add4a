"""Parts of the pages that write a list of tickets to a file."""

from itsm.queries.ticket_export import DIRECT, ExportPage
from itsm.queries.ticket_list import Asked
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Action, PageHead, Progress
from mspgov.web.doors import Request
from mspgov.web.frame import stand

from . import list_parts
from .import_parts import RunBox


def way(request: Request, asked: Asked) -> None:
    stand(
        request, asked.engagement.name, ("Tickets", list_parts.address(request, asked)), "Export", place="Performance"
    )


def new_head(request: Request, asked: Asked) -> PageHead:
    write = Action("Write file", list_parts.address(request, asked, route="itsm:export-new"), "filled", post=True)
    back = Action("Back to the list", list_parts.address(request, asked))
    return PageHead(
        "Export tickets", f"More than {words.number(DIRECT)} tickets {list_parts.of_what(asked)}.",
        "So long a list is written to a file in the background; you can leave meanwhile.", actions=(write, back),
    )  # fmt: skip


def head(request: Request, page: ExportPage) -> PageHead:
    row, run = page.row, page.run
    back = Action("Back to the list", list_parts.address(request, page.asked))
    if row.file is not None:
        fetch = Action("Download CSV", here(request, "itsm:export-file", row.public_id), "filled", icon="download")
        result = run.result if run is not None and isinstance(run.result, dict) else {}
        lead = f"{words.counted(result.get('tickets', row.total), 'ticket')} {list_parts.of_what(page.asked)}."
        rest = f"{words.counted(result.get('rows', 0), 'row')}, a clock a row; {words.size(row.file.size)} packed. As of {row.file.at:%Y-%m-%d %H:%M} UTC."
        return PageHead("Export tickets", lead, rest, actions=(fetch, back))
    if run is not None and run.is_open:
        return PageHead(
            "Export tickets",
            "The file is being written.",
            f"Tickets {list_parts.of_what(page.asked)}.",
            actions=(back,),
        )
    lead = "It was stopped." if run is not None and run.state == "cancelled" else "No file was written."
    again = Action("Write file", list_parts.address(request, page.asked, route="itsm:export-new"), "filled", post=True)
    why = f"{run.error}. " if run is not None and run.error else ""
    return PageHead("Export tickets", lead, f"{why}Tickets {list_parts.of_what(page.asked)}.", actions=(again, back))


def run_box(request: Request, page: ExportPage) -> RunBox | None:
    """How far the file is; None when the run has ended."""
    run = page.run
    if run is None or not run.is_open:
        return None
    result = run.result if isinstance(run.result, dict) else {}
    said = "wait for a worker" if run.state == "waiting" else "from the first on"
    if result.get("total"):
        said = f"{words.number(result['tickets'])} of {words.number(result['total'])}"
        left = run.seconds_left
        said += f"; about {words.duration(int(left * 1_000_000))} left" if left is not None and left >= 1 else ""
    stop = Action("Stop", here(request, "itsm:export-stop", page.row.public_id), "text", post=True)
    return RunBox(
        Progress("Writing tickets", f"{said}. You can leave, it goes on.", run.share or 0, stop=stop),
        here(request, "itsm:export-progress", page.row.public_id),
    )
