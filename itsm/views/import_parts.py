"""What the steps of an import share: where one stands, the run, the columns and what was found in them."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.forms import BoundField

from itsm import policy
from itsm.forms import FIELD_NAMES, MappingForm
from itsm.importers.first_look import Look
from itsm.importers.servicenow_audit import COLUMNS as AUDIT_COLUMNS
from itsm.models import Import
from itsm.queries.imports import CHECK, ImportPage
from mspgov.jobs.queries import RunLine
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Progress,
    Row,
    SectionHead,
    Status,
    Wizard,
    WizardStep,
)
from mspgov.web.doors import Request

SHOWN_COLUMNS = 40
LOOK_COLUMNS = ("number", "opened_at", "resolved_at", "priority", "state", "category")
CLOCK_FIELDS = ("number", "mod_count", "at", "opened_at", "answered_at", "resolved_at", "priority", "state", "vendor")
AUDIT_NAMES = {**FIELD_NAMES, "mod_count": "Event order", "at": "Event time"}


@dataclass(frozen=True)
class Failure:
    """A run that ended without doing its work."""

    title: str
    text: str
    again: Action | None


@dataclass(frozen=True)
class RunBox:
    """A run at work, and the address that is asked for it each second."""

    progress: Progress
    poll_url: str


@dataclass(frozen=True)
class ColumnLine:
    """A column of the file: a sample, what it becomes (said, or chosen in `field`), what was found in it."""

    name: str
    sample: str
    becomes: str
    field: BoundField | None
    found: Status | None
    words: str


def first_steps() -> Wizard:
    return Wizard((WizardStep("File", current=True), *(WizardStep(n) for n in ("Mapping", "Preview", "Import"))))


def steps(request: Request, page: ImportPage, current: str) -> Wizard:
    """The four steps; those that can be opened are links."""
    row, preview = page.row, page.preview
    mapped = columns_of(row)
    note = f"{len(mapped)} of {len(preview['columns'])} columns" if preview.get("columns") else ""
    looked = f"{words.counted(row.rejected_count, 'row')} left out" if row.rejected_count else "every row can be read"
    can_map = request.member.holds(policy.IMPORT_TICKETS) and not page.is_written
    return Wizard(
        (
            WizardStep("File", f"{row.file.name}, {words.size(row.file.size)}", done=True),
            WizardStep(
                "Mapping", note, here(request, "itsm:import-mapping", row.public_id) if can_map else "",
                current == "mapping", done=current in ("preview", "import"),
            ),
            WizardStep(
                "Preview", looked if preview else "",
                here(request, "itsm:import-preview", row.public_id) if mapped and not page.is_written else "",
                current == "preview", done=current == "import",
            ),
            WizardStep("Import", current=current == "import", done=page.is_written),
        )
    )  # fmt: skip


def columns_of(row: Import) -> dict[str, str]:
    """Ticket field → column of the file; empty while nothing is mapped."""
    if row.format == Import.Format.AUDIT:
        return dict(AUDIT_COLUMNS)
    return dict(row.mapping["columns"]) if row.mapping else {}


def run_box(request: Request, page: ImportPage) -> RunBox | None:
    """How far the open run is; None when none is at work."""
    run = page.running
    if run is None:
        return None
    stop = None
    if request.member.holds(policy.IMPORT_TICKETS):
        stop = Action("Stop", here(request, "itsm:import-stop", page.row.public_id), "text", post=True)
    lead = "Checking rows" if run.kind == CHECK else "Importing rows"
    return RunBox(
        Progress(lead, run_sentence(run), run.share or 0, fault_places(run), stop),
        here(request, "itsm:import-progress", page.row.public_id),
    )


def rows_in_all(result: dict[str, Any]) -> float:
    """How many rows the file has, by the bytes that were read of it."""
    return float(result["read"] * result["size"] / max(result["bytes"], 1))


def fault_places(run: RunLine) -> tuple[float, ...]:
    """Where in the file rows cannot be used, 0 to 1; places that would lie over each other once."""
    result = run.result if isinstance(run.result, dict) else {}
    if not result.get("fault_rows") or not result.get("size"):
        return ()
    whole = max(rows_in_all(result), result["fault_rows"][-1])
    return tuple(dict.fromkeys(round(row / whole, 3) for row in result["fault_rows"]))


def run_sentence(run: RunLine) -> str:
    if run.state == "waiting":
        return "wait for a worker. You can leave, it goes on."
    read = run.result.get("read", 0) if isinstance(run.result, dict) else 0
    if not read:
        return "from the first on. You can leave, it goes on."
    said = f"{read:,}"
    if run.share and run.result.get("size"):
        whole = round(rows_in_all(run.result), -2)
        last = run.done + 1 >= run.total
        said = f"{read:,}; writing" if last and run.kind != CHECK else f"{read:,} of about {max(read, int(whole)):,}"
    left = run.seconds_left
    later = f"; about {words.duration(int(left * 1_000_000))} left" if left is not None and left >= 1 else ""
    return f"{said}{later}. You can leave, it goes on."


def failure(page: ImportPage) -> Failure | None:
    """The latest run when it ended without doing its work."""
    run = page.work or page.check
    if page.running is not None or page.is_written or run is None or run.state not in ("failed", "cancelled"):
        return None
    what = "The check" if run.kind == CHECK else "The import"
    if run.state == "cancelled":
        return Failure(f"{what} was stopped", "Nothing was written.", None)
    error = run.error.partition(": ")
    text = f"{error[0].capitalize()}: {error[2]}" if error[2] and error[0].startswith(("row", "line")) else run.error
    return Failure(f"{what} ended: the file cannot be read as it is", f"{text}. Nothing was written.", None)


def mapping_sentence(row: Import, form: Any) -> tuple[str, str]:
    """(first clause, rest) over the mapping."""
    if row.format == Import.Format.AUDIT:
        return "The columns of this format are known.", "Say whose zone its dates are in and whose vendors it names."
    count = len(form.columns)
    more = len(form.look.columns) - count
    lead = f"{words.counted(count, 'column')} found."
    rest = "Say what each one becomes; what you say is offered again for the next file."
    return lead, f"{rest} {more:,} more are not offered here; the API takes them." if more else rest


def mapping_context(request: Request, page: ImportPage, form: Any, look: Look | None = None) -> dict[str, Any]:
    """The columns with what they become, as selects where they can be chosen; samples from a look while none is kept."""
    row = page.row
    is_form = isinstance(form, MappingForm)
    becomes = {column: name for name, column in columns_of(row).items()}
    found = {c["column"]: c for c in page.preview.get("columns", [])}
    look = form.look if is_form else look
    names = list(form.columns) if is_form else list(found) or (list(look.columns) if look else list(becomes))
    lines = [
        ColumnLine(
            name,
            sample_of(name, look, found),
            AUDIT_NAMES.get(becomes.get(name, ""), "Not imported"),
            form[f"c{place}"] if is_form else None,
            *found_in(page, becomes.get(name, ""), found.get(name)),
        )
        for place, name in enumerate(names)
        if name
    ]
    mapped = [line for line in lines if line.name in becomes]
    if not is_form and request.GET.get("columns") != "all":
        lines = mapped
    return {
        "mapping_head": mapping_head(request, page, len(mapped), len(names), is_form=is_form),
        "columns": lines[:SHOWN_COLUMNS],
        "more_columns": lines[SHOWN_COLUMNS:],
        **(form_context(form) if is_form else {}),
    }


def mapping_head(request: Request, page: ImportPage, mapped: int, total: int, *, is_form: bool) -> SectionHead:
    note = f"{mapped} mapped, {total - mapped} left out" if mapped and total > mapped else ""
    if is_form or total == mapped:
        return SectionHead("Mapping", note, ruled=False)
    everything = request.GET.get("columns") == "all"
    own = {k: v for k, v in request.GET.items() if k != "columns"}
    href = here(request, "itsm:import-preview", page.row.public_id, **own, columns="" if everything else "all")
    if page.is_written:
        href = ""
    return SectionHead("Mapping", note, "Show mapped only" if everything else f"Show all {total}", href, ruled=False)


def form_context(form: MappingForm) -> dict[str, Any]:
    """The rest of the mapping's form: how texts are read, priorities, waits."""
    options = [form[name] for name in form.field_order]
    priorities = [(text, form[f"p{i}"], f"q{i}") for i, text in enumerate(form.priority_values)]
    waits = [tuple(form[f"w{i}-{part}"] for part in ("from", "to", "kind")) for i in form.waits]
    return {
        "options": options,
        "priorities": priorities,
        "priority_column": form.priority_column,
        "waits": waits,
        "hidden": [*options, *(field for _, field, _ in priorities), *(field for wait in waits for field in wait)],
    }


def sample_of(name: str, look: Look | None, found: dict[str, Any]) -> str:
    sample = look.sample(name) if look is not None else found.get(name, {}).get("sample", "")
    return str(sample)[:60]


def found_in(page: ImportPage, field: str, column: dict[str, Any] | None) -> tuple[Status | None, str]:
    """What the check found in a column: a state where a clock reads it, words elsewhere."""
    if column is None or not field:
        return None, ""
    bad = page.rejected_by_field[field]
    if bad:
        return Status("missed", f"{bad:,} {'row' if bad == 1 else 'rows'} cannot be read", small=True, quiet=True), ""
    share = column["empty"] / column["rows"] if column["rows"] else 0
    if field in ("resolved_at", "answered_at") and column["empty"]:
        return Status("risk", f"empty in {column['empty']:,} rows", small=True, quiet=True), ""
    distinct = f"more than {column['distinct']}" if column["more_distinct"] else str(column["distinct"])
    noun = "value" if distinct == "1" else "values"
    if field in CLOCK_FIELDS and share < 0.5:
        date = field.endswith("_at") or field == "at"
        return Status("met", dates_words(page.row) if date else f"{distinct} {noun}", small=True, quiet=True), ""
    return None, f"empty in {words.percent(share, 1)}" if share >= 0.5 else f"{distinct} {noun}"


def dates_words(row: Import) -> str:
    """How the dates are read: "day first, São Paulo"."""
    pattern = "%d/" if row.format == Import.Format.AUDIT else (row.mapping or {}).get("dates", "")
    order = "ISO 8601" if not pattern else "day first" if pattern.startswith("%d") else "month first" if pattern.startswith("%m") else pattern  # fmt: skip
    return f"{order}, {zone_words(row.time_zone)}"


def zone_words(name: str) -> str:
    return words.zone_name(ZoneInfo(name))


def look_head() -> SectionHead:
    return SectionHead("First rows", "as they stand in the file", ruled=False)


def look_table(form: Any) -> DataTable | None:
    """The first rows of the file as text, its first columns or those that are mapped."""
    if not isinstance(form, MappingForm):
        return None
    chosen = {form[f"c{i}"].value(): c for i, c in enumerate(form.columns)}
    columns = [chosen[name] for name in LOOK_COLUMNS if name in chosen] or list(form.columns[:6])
    places = [form.look.header.index(column) for column in columns]
    rows = tuple(
        Row((Cell(str(number), quiet=True), *(Cell(cells[p][:60] if p < len(cells) else "") for p in places)))
        for number, cells in enumerate(form.look.rows[:12], 2)
    )
    heads = (Column("Row", numeric=True, width="fit"), *(Column(c) for c in columns))
    return DataTable("First rows", heads, rows, density="dense")
