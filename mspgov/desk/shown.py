"""What the desk's pages show of runs, people and tokens, as components."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from mspgov.jobs import queries as job_queries
from mspgov.jobs.models import Run
from mspgov.jobs.queries import RunLine
from mspgov.tenancy.models import Tenant, Token
from mspgov.web import words
from mspgov.web.components import Action, Cell, Column, DataTable, Progress, Row, State, Status, Tab, Tabs
from mspgov.web.doors import Request
from mspgov.web.frame import opens

MARKS: dict[str, State] = {"done": "met", "failed": "missed"}


def moment(at: datetime | None) -> str:
    return "" if at is None else words.moment(at, timezone.localdate(), timezone.get_current_timezone())


SIBLINGS = {
    "account": "Account", "tokens": "Tokens", "people": "People", "invitations": "Invitations", "providers": "MSPs", "owners": "Owners",
    "deliveries": "E-mails", "runs": "Runs", "organisation": "Organisation", "proof": "Proof",
}  # fmt: skip


def settings_tabs(request: Request, current: str) -> Tabs:
    """The siblings of the account, as far as the reader may open them."""
    addresses = {name: reverse(f"desk:{name}", args=[request.tenant.slug]) for name in SIBLINGS}
    return Tabs(
        tuple(Tab(SIBLINGS[n], url, current == n) for n, url in addresses.items() if opens(request.member, url)),
        label="Account and organisation",
    )


def run_status(run: RunLine) -> Status:
    return Status(MARKS.get(run.state, "none"), run.state_label)


def runs_table(runs: Iterable[RunLine], tenant: Tenant) -> DataTable:
    columns = ("What", "State", "Done", "Asked", "Ended", "By")
    rows = tuple(
        Row(
            (
                Cell(run.title, href=(url := reverse("desk:run", args=[tenant.slug, run.id])), head=True),
                Cell(status=run_status(run)),
                Cell(f"{run.done} of {run.total}" if run.total else ""),
                Cell(moment(run.asked_at)),
                Cell(moment(run.ended_at)),
                Cell(run.by, quiet=True),
            ),
            href=url,
        )
        for run in runs
    )
    return DataTable("Runs", tuple(Column(c, numeric=c == "Done") for c in columns), rows, keys=True)


def runs_file(found: "QuerySet[Run]") -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
    """These runs as rows of a file."""
    heads = ("What", "Kind", "State", "Done", "Of", "Asked (UTC)", "Began (UTC)", "Ended (UTC)", "By", "Error")
    lines = map(job_queries.run_line, found.iterator(chunk_size=1000))
    return heads, (
        (r.title, r.kind, r.state_label, r.done, r.total, r.asked_at, r.began_at, r.ended_at, r.by, r.error)
        for r in lines
    )


def progress(run: RunLine, tenant: Tenant, *, may_cancel: bool) -> Progress | None:
    """How far an open run is; it asks again by itself. None for one that has ended."""
    if not run.is_open:
        return None
    left = run.seconds_left
    sentence = f"{run.done} of {run.total} steps done." if run.total else "Not begun yet."
    if left is not None:
        sentence += f" About {words.duration(int(left * 1_000_000))} left."
    stop = Action("Cancel", reverse("desk:run-cancel", args=[tenant.slug, run.id]), post=True, small=True)
    return Progress(
        f"{run.state_label}.",
        f"{sentence} You can leave this page.",
        run.share or 0,
        stop=stop if may_cancel else None,
        poll_url=reverse("desk:run-progress", args=[tenant.slug, run.id]),
    )


def run_sentence(run: RunLine) -> tuple[str, str]:
    """(lead, sentence) of a run's page."""
    asked, why = f"Asked {moment(run.asked_at)}{f' by {run.by}' if run.by else ''}.", f"{run.error.rstrip('.')}."
    match run.state:
        case "done":
            return f"Done {moment(run.ended_at)}.", asked
        case "failed":
            return "Failed.", f"{why} {asked}"
        case "cancelled":
            return ("Set aside.", f"{why} {asked}") if run.error else (f"Cancelled {moment(run.ended_at)}.", asked)
    return f"{run.state_label}.", asked


def run_pairs(run: RunLine) -> list[tuple[str, Cell]]:
    """The single values of a run's result by their names, and how it was worked on."""
    values = run.result if isinstance(run.result, Mapping) else {}
    own = [(_label(k), Cell(_text(v))) for k, v in values.items() if not isinstance(v, (list, dict))]
    return [*own, ("Attempts", Cell(str(run.attempt))), ("Began", Cell(moment(run.began_at) or "not yet"))]


def run_tables(run: RunLine) -> list[DataTable]:
    """The lists of a run's result, at most 200 rows of each."""
    values = run.result if isinstance(run.result, Mapping) else {}
    return [_table(name, rows[:200]) for name, rows in values.items() if _is_table(rows)]


def _is_table(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, Mapping) for row in rows)


def _table(name: str, rows: list[Mapping[str, Any]]) -> DataTable:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    lines = tuple(Row(tuple(Cell(_text(row.get(key, ""))) for key in keys)) for row in rows)
    return DataTable(_label(name), tuple(Column(_label(key)) for key in keys), lines, density="close")


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return words.number(value) if isinstance(value, int) else str(value)


def tokens_table(tokens: Iterable[Token], tenant: Tenant, at: datetime) -> DataTable:
    rows = tuple(
        Row(
            (
                Cell(t.name, head=True),
                Cell(t.scope_label),
                Cell(moment(t.created_at)),
                Cell(moment(t.expires_at)),
                Cell(status=_token_status(t, at)),
                Cell(action=_revoke(t, tenant) if t.revoked_at is None and t.expires_at > at else None),
            )
        )
        for t in tokens
    )
    columns = (Column("Name"), Column("May"), Column("Made"), Column("Ends"), Column("State"))
    return DataTable("Tokens", (*columns, Column("Action", hidden_label=True)), rows)


def _token_status(token: Token, at: datetime) -> Status:
    if token.revoked_at is not None:
        return Status("none", "Revoked")
    return Status("met", "Works") if token.expires_at > at else Status("none", "Ended")


def _revoke(token: Token, tenant: Tenant) -> Action:
    url = reverse("desk:token-revoke", args=[tenant.slug, token.public_id])
    return Action("Revoke", url, kind="danger", post=True, small=True)
