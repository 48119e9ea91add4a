"""Obligations in components: lines of lists, the page's head and facts, what can be done."""

from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from mspgov.tenancy.policy import Role
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import (
    Action,
    Cell,
    Changes,
    Column,
    DataTable,
    Figure,
    Figures,
    PageHead,
    Row,
    Said,
    Status,
    Thread,
)
from mspgov.web.doors import Request
from mspgov.web.timeline import changes

from .calc.schedule import upcoming
from .forms import words_of
from .models import Extension, Obligation, Recurring, Side
from .queries import ObligationPage, Rights

SOON = timedelta(days=7)


def status(row: Obligation, now: datetime) -> Status:
    """Word and shape: late before anything else, while it is owed."""
    if row.state in Obligation.OWED and row.due_at <= now:
        return Status("missed", "Returned, late" if row.state == Obligation.State.RETURNED else "Late")
    if row.state in Obligation.OWED and row.due_at <= now + SOON:
        return Status("risk", f"{row.get_state_display()}, due soon")
    if row.state == Obligation.State.DONE:
        return Status("missed", "Done late") if row.breached_at else Status("met", "Done")
    return Status("none", row.get_state_display())


def who(row: Obligation) -> str:
    """Whoever owes it: a person, a domain's owner, or an office."""
    if row.person is not None:
        return str(row.person)
    if row.domain is not None and row.owed_by == Side.CLIENT:
        return f"Owner of {row.domain}"
    return f"{Role(row.role).label}, {Side(row.owed_by).label.lower()}"


def due(row: Obligation, now: datetime) -> Cell:
    zone, today = timezone.get_current_timezone(), timezone.localdate(now)
    return Cell(words.due(row.due_at, today, zone, brief=True), sub=distance(row.due_at - now) if row.is_living else "")


def distance(left: timedelta) -> str:
    """In 3 days, 5 h ago, just now."""
    span = abs(left)
    if timedelta(0) <= -left < timedelta(minutes=1):
        return "just now"
    said = (
        words.counted(span.days, "day", "days")
        if span.days
        else f"{span.seconds // 3600} h {span.seconds % 3600 // 60:02d} min"
    )
    return f"in {said}" if left > timedelta(0) else f"{said} ago"


def when_owed(row: Obligation, now: datetime) -> tuple[str, str]:
    """(word, distance) of what needs a person: late only while it is not handed in."""
    if row.state == Obligation.State.SUBMITTED and row.submitted_at is not None:
        return "Yours", f"handed in {distance(row.submitted_at - now)}"
    return ("Late" if row.due_at <= now else "Due"), distance(row.due_at - now)


def table(
    request: Request, rows: "list[Obligation]", caption: str, now: datetime, *, asked: Container[int],
    selectable: bool = False,
) -> DataTable:  # fmt: skip
    """Lines of a page; those `asked` wait for an answer about more time."""
    columns = (
        Column("What is owed"), Column("Owed by", width="m"), Column("Due", width="m"), Column("State", width="s"),
        Column("Engagement", width="m", on_phone=False),
    )  # fmt: skip
    lines = tuple(line(request, row, now, asked=row.pk in asked) for row in rows)
    return DataTable(caption, columns, lines, density="roomy", selectable=selectable, keys=True)


def line(request: Request, row: Obligation, now: datetime, *, asked: bool) -> Row:
    href = here(request, "obligations:obligation", row.public_id)
    cells = (
        Cell(row.record.title, sub=row.record.number, href=href, head=True),
        Cell(who(row)),
        due(row, now),
        Cell(status=status(row, now), sub="more time is asked for" if asked else ""),
        Cell(row.engagement.name if row.engagement else "All"),
    )
    return Row(cells, href=href, key=str(row.public_id))


def file_of(rows: "QuerySet[Obligation]") -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Heads and rows of the list as a file; instants in UTC."""
    heads = ("Number", "What is owed", "Owed by", "Side", "Due (UTC)", "First due (UTC)", "State", "Ended (UTC)", "Engagement")  # fmt: skip
    return heads, (
        (
            row.record.number, row.record.title, who(row), row.get_owed_by_display(), row.due_at, row.first_due_at,
            row.get_state_display(), row.ended_at, row.engagement.name if row.engagement else "",
        )
        for row in rows
    )  # fmt: skip


def head(request: Request, page: ObligationPage, may: Rights, now: datetime) -> PageHead:
    row = page.row
    state = status(row, now)
    return PageHead(
        row.record.title,
        f"{state.word}, {'due' if row.due_at > now else 'was due'} {distance(row.due_at - now)}."
        if row.is_living
        else f"{state.word}.",
        row.text,
        eyebrow=row.record.number,
        actions=(*of_record(request, row), *actions(request, row, may)),
    )


ABOUT = {  # where what is owed of a kind of record is done
    "rca": "governance:of-record",
    "action": "governance:of-record",
    "credit": "costs:of-record",
    "credit claim": "costs:of-record",
    "credit note": "costs:of-record",
}


def of_record(request: Request, row: Obligation) -> "list[Action]":
    """The way to the page of what it is about, where the reader may open it."""
    route = ABOUT.get(row.about.kind) if row.about else None
    href = elsewhere(request, route, row.about.public_id) if route and row.about else ""
    return [Action(f"Open {row.about.number}", href, "filled")] if href and row.about else []


def actions(request: Request, row: Obligation, may: Rights) -> "list[Action]":
    """The first is what is asked most of this reader now."""
    found = [
        ("Hand in", "hand-in", may.hand_in, False),
        ("Accept", "accept", may.accept, True),
        ("Return", "return", may.accept, False),
        ("Answer the request", "answer-extension", may.decide_extension, False),
        ("Acknowledge", "acknowledge", may.acknowledge, True),
        ("Ask for more time", "extension", may.ask_extension, False),
        ("Waive", "waive", may.waive, False),
    ]
    shown = [(label, verb, post) for label, verb, allowed, post in found if allowed]
    return [
        Action(
            label,
            here(request, f"obligations:{verb}", row.public_id),
            kind="filled" if place == 0 else "outlined",
            post=post,
        )
        for place, (label, verb, post) in enumerate(shown)
    ]


def figures(page: ObligationPage) -> Figures:
    row, zone, today = page.row, timezone.get_current_timezone(), timezone.localdate()
    moved = f"first {words.due(row.first_due_at, today, zone, brief=True)}" if row.first_due_at != row.due_at else ""
    accepting = Role(row.accepted_by).label if row.accepted_by else "nobody: handing in ends it"
    return Figures(
        (
            Figure("Owed by", who(row)),
            Figure("Due", words.due(row.due_at, today, zone, brief=True), sub=moved),
            Figure("Accepted by", accepting),
            Figure("Raised", words.moment(row.raised_at, today, zone)),
        ),
        plain=True,
    )


def alarms(page: ObligationPage) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    columns = (Column("Alarm"), Column("At", width="l"), Column("Told", width="m"))
    owed = page.row.state in Obligation.OWED
    rows = tuple(
        Row((Cell(f"{kind}: {step}" if step else kind), Cell(words.moment(at, today, zone)), Cell(words.moment(fired, today, zone) if fired else "not yet" if owed else "fell away")))
        for kind, step, at, fired in page.alarms
    )  # fmt: skip
    return DataTable("Reminders and escalation", columns, rows)


def requests(page: ObligationPage) -> Thread | None:
    """Requests for more time and what was answered."""
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    said: list[Said] = []
    for each in page.extensions:
        said.append(
            Said(str(each.asked_by), "asked for more time", words.moment(each.asked_at, today, zone),
                 (f"Until {words.due(each.until, today, zone)}: {each.reason}",))
        )  # fmt: skip
        if each.state != Extension.State.ASKED and each.decided_at is not None:
            said.append(
                Said(
                    str(each.decided_by or "–"),
                    each.get_state_display().lower(),
                    words.moment(each.decided_at, today, zone),
                    (each.answer or "–",),
                )
            )
    return Thread(tuple(said)) if said else None


def evidence(request: Request, page: ObligationPage) -> DataTable | None:
    """Files that were handed in, each a link to download it."""
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    columns = (Column("File"), Column("By", width="m"), Column("Added", width="m"))
    rows = tuple(
        Row(
            (
                Cell(each.file.name, sub=f"{words.number(each.file.size)} bytes, SHA-256 {each.file.sha256[:12]}…",
                     href=here(request, "obligations:evidence", each.public_id), head=True),
                Cell(str(each.by)),
                Cell(words.moment(each.at, today, zone)),
            )
        )
        for each in page.evidence
    )  # fmt: skip
    return DataTable("Evidence", columns, rows) if rows else None


def history(page: ObligationPage) -> Changes:
    return changes(page.row, ("state", "due_at", "person", "breached_at", "note"), 30)


RECURRING_HELP = (
    "An occurrence is raised as an obligation in time, once. Whoever owes it is reminded before it is due; both sides are "
    "told when it is late. The time of day is that of the engagement's zone, through clock changes too."
)


def recurring_table(request: Request, rows: list[Recurring], now: datetime) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate(now)
    columns = (
        Column("What is owed"), Column("Owed by", width="m"), Column("Next raised", width="m"), Column("Engagement", width="m", on_phone=False),
        Column("Pause", hidden_label=True, width="fit"),
    )  # fmt: skip
    lines = []
    for row in rows:
        href = here(request, "obligations:recurring-edit", row.public_id)
        turn = Action(
            "Pause" if row.active else "Go on",
            here(request, "obligations:recurring-turn", row.public_id),
            post=True,
            small=True,
        )
        raised = words.moment(row.next_raise_at, today, zone) if row.active and row.next_raise_at else "–"
        cells = (
            Cell(row.title, sub=words_of(row) if row.active else "paused", href=href, head=True),
            Cell(f"{Role(row.role).label}, {Side(row.owed_by).label.lower()}"),
            Cell(raised),
            Cell(row.engagement.name if row.engagement else ""),
            Cell(action=turn),
        )
        lines.append(Row(cells, href=href, key=str(row.public_id)))
    return DataTable("Recurring obligations", columns, tuple(lines), density="roomy", keys=True)


def next_due(row: Recurring, now: datetime) -> DataTable:
    """The next five due instants, in the zone of the schedule."""
    found = upcoming(row.schedule, now, 5)
    rows = tuple(Row((Cell(f"{o.wall:%A %-d %B %Y, %H:%M}"), Cell(f"{o.at:%H:%M} UTC"))) for o in found)
    return DataTable("Next due", (Column(f"Next due, {row.time_zone}"), Column("UTC", width="s")), rows)
