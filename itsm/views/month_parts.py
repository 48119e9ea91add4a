"""Parts of one month of a service level, for the drawer and for its own page."""

from collections.abc import Sequence

from itsm.queries.current import ResultLine
from itsm.queries.level_month import EXCLUDED_FOR, ClockLine, LevelMonth
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action, Cell, Column, DataTable, GaugeLine, Link, Phrase, Row, SectionHead, Status
from mspgov.web.doors import Request

from .sayings import exact, month_name, percent, place, said_at, said_day, scale_of, short, spelled, state_of, status_of


def month_context(request: Request, shown: LevelMonth) -> dict[str, object]:
    """Everything that the drawer draws."""
    line = shown.line
    return {
        "title": line.level_name,
        "eyebrow": eyebrow(shown),
        "value": percent(line.attainment),
        "status": status_of(line),
        "in_time": in_time(request, shown),
        "gauge": gauge(line),
        "callout": callout(shown),
        "late": late_table(request, shown, shown.late),
        "more": more(request, shown),
        "why_url": why_url(request, shown),
        "why_head": SectionHead("Why it is a default"),
        "actions": actions(request, shown),
        "source": source(shown),
    }


def eyebrow(shown: LevelMonth) -> str:
    so_far = ", so far" if shown.is_running else ""
    return f"{shown.month.name}{so_far}, {place(shown.zone)} time"


def in_time(request: Request, shown: LevelMonth) -> Phrase:
    """124 of 146 in time, as a link to these tickets."""
    line = shown.line
    if not line.total:
        return f"reported by {line.reported_by}" if line.is_reported else ""
    return (Link(f"{words.number(line.met)} of {words.number(line.total)}", page_address(request, shown)), " in time")


def page_address(request: Request, shown: LevelMonth, **asked: str) -> str:
    return here(request, "itsm:level_month", shown.engagement.slug, shown.level.key, shown.month, **asked)


def gauge(line: ResultLine, *, labelled: bool = True) -> GaugeLine:
    low = scale_of([line.attainment, line.minimum, line.expected], line.measure)
    return GaugeLine(
        None if line.attainment is None else float(line.attainment), None if line.minimum is None else float(line.minimum),
        float(line.expected), state_of(line), low, 100, f"{line.level_name}, {line.month.name}", labelled=labelled,
    )  # fmt: skip


def callout(shown: LevelMonth) -> str:
    """The one sentence that matters: what would have changed the month."""
    line, month = shown.line, shown.month.month_name
    if shown.reported is not None:
        evidence = f" {shown.reported.evidence.rstrip('.')}." if shown.reported.evidence else ""
        return f"A value reported by {shown.reported.source}; no tickets stand behind it.{evidence}"
    if line.attainment is None:
        return f"No ticket counts in {shown.month.name}, so nothing was measured."
    if line.is_forgiven:
        return f"Forgiven: a month of {words.counted(line.total, 'ticket')} with {spelled(line.late)} late is too small to judge."
    if shown.to_minimum:
        return reached(shown, shown.to_minimum, "meets its minimum")
    if shown.to_expected:
        return reached(shown, shown.to_expected, "meets what is expected")
    spare = line.met - -(-line.total * line.expected // 100)
    if spare <= 0:
        return f"No slack: with one more late ticket {month} falls under {exact(line.expected)}."
    return f"{spelled(int(spare)).capitalize()} more {'ticket' if spare == 1 else 'tickets'} could have been late, and {month} would still meet {exact(line.expected)}."  # fmt: skip


def reached(shown: LevelMonth, more: int, what: str) -> str:
    line = shown.line
    met = line.met + more
    tickets = "ticket" if more == 1 else "tickets"
    return (
        f"{spelled(more).capitalize()} more {tickets} in time and {shown.month.month_name} {what}: "
        f"{words.number(met)} of {words.number(line.total)} is {words.percent(met / line.total)}."
    )


def party_name(shown: LevelMonth, party: str, client: str) -> str:
    provider = short(shown.engagement.provider.name)
    return {"provider": provider, "subcontractor": "Subcontractor", "client": short(client)}.get(party, "")


def late_table(request: Request, shown: LevelMonth, lines: Sequence[ClockLine]) -> DataTable | None:
    """The late tickets nearest to their target."""
    if not lines:
        return None
    columns = (
        Column("Late ticket"), Column("Late by", numeric=True, sorted="up"), Column("Held longest by"),
        Column("Paused", numeric=True, on_phone=False),
    )  # fmt: skip
    rows = tuple(
        Row(
            (
                Cell(each.number, href=here(request, "itsm:ticket", each.public_id), ident=True),
                Cell(words.duration_columns(each.late_us)),
                Cell(party_name(shown, each.held_by, request.tenant.name), sub="" if each.ended_at else "still open"),
                Cell(words.duration_columns(each.paused_us), quiet=True),
            ),
            href=here(request, "itsm:ticket", each.public_id),
        )
        for each in lines
    )
    return DataTable(f"Late tickets of {shown.line.level_name}, {shown.month.name}", columns, rows)


def more(request: Request, shown: LevelMonth) -> Phrase:
    """14 more, up to 61:02 late and 124 in time."""
    line = shown.line
    if not line.total:
        return ""
    rest = line.late - len(shown.late)
    met = Link(f"{words.number(line.met)} in time", page_address(request, shown, outcome="met"), "text")
    said: list[str | Link] = []
    if rest > 0:
        late = f"{words.number(rest)} more, up to {words.duration_columns(shown.latest_us)} late"
        said += [Link(late, page_address(request, shown, outcome="missed"), "text"), " and "]
    said.append(met)
    if line.excluded:
        excluded = f"{words.number(line.excluded)} excluded"
        said += ["; ", Link(excluded, page_address(request, shown, outcome="excluded"), "text")]
    return tuple(said)


def why_url(request: Request, shown: LevelMonth) -> str:
    """The reasons of the credit, which stand above this floor; only where a month is over."""
    if shown.is_running or shown.line.attainment is None or state_of(shown.line) == "met":
        return ""
    return elsewhere(
        request, "costs:why_default", engagement=shown.engagement.slug, month=shown.month, level=shown.level.key
    )


def actions(request: Request, shown: LevelMonth) -> tuple[Action, ...]:
    level = elsewhere(request, "contracts:service-level", shown.level.public_id)
    found = (Action("Open service level", level),) if level else ()
    return (*found, Action("All tickets of the month", page_address(request, shown), "text"))


def source(shown: LevelMonth) -> str:
    """Terms MSA-2015-114 version 1, in force from 1 Oct 2015. Measured 1 Jun 2016, 06:14 São Paulo. Rules 1.0."""
    line = shown.line
    said = [f"Terms {shown.reference} version {shown.terms_version}, in force from {said_day(shown.terms_from)}."]
    said.append(f"Measured {said_at(line.as_of, shown.zone)}. Rules {line.rules_version}.")
    if shown.sealed_at is not None:
        said.append(f"Sealed {said_at(shown.sealed_at, shown.zone)}.")
    if line.is_corrected:
        said.append(f"Corrected after sealing, version {line.version}: {line.reason.rstrip('.')}.")
    return " ".join(said)


def outcome_status(each: ClockLine) -> Status:
    if each.excluded_for:
        return Status("none", EXCLUDED_FOR.get(each.excluded_for, "Excluded"))
    if each.met:
        return Status("met", f"Met, {words.duration(-each.late_us)} to spare" if each.late_us else "Met to the minute")
    return Status("missed", f"Missed by {words.duration(each.late_us)}")


def month_title(shown: LevelMonth) -> str:
    return f"{shown.line.level_name}, {shown.month.name}"


def state_sentence(shown: LevelMonth) -> tuple[str, str]:
    """(first clause, the rest) for the page of a month."""
    line = shown.line
    if line.attainment is None:
        return f"Not measured in {month_name(shown.month)}.", callout(shown)
    state = {"met": "met", "risk": "at risk", "missed": "missed", "none": ""}[state_of(line)]
    so_far = " so far" if shown.is_running else ""
    of = f", {words.number(line.met)} of {words.number(line.total)} in time" if line.total else ""
    return f"{percent(line.attainment)}{so_far}: {state}{of}.", callout(shown)
