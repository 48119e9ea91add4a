"""A root cause as both sides read it: its answer, where it stands, what was decided, its tickets, actions and effect."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from governance import policy
from governance.calc.causes import FULL
from governance.calc.effect import sentence, uncompared
from governance.calc.rca_content import Content, read_date
from governance.models import Action as CorrectiveAction
from governance.models import Rca
from governance.queries.effects import lacking
from governance.queries.rca_rules import Rules
from governance.queries.rcas import RcaPage, names_of
from mspgov.jobs.models import Run
from mspgov.obligations.models import Obligation
from mspgov.obligations.shown import distance
from mspgov.records.models import Evidence
from mspgov.web import words
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Figure,
    Figures,
    PageHead,
    PathPoint,
    Progress,
    Row,
    SectionHead,
    StatePath,
    Status,
    Thread,
)
from mspgov.web.doors import Request
from mspgov.web.talk import thread_of

from .addresses import elsewhere, here
from .pack_parts import RunBox

TITLES = {"what": "1 What happened", "timeline": "2 Timeline", "cause": "3 Cause", "actions": "4 Corrective actions", "evidence": "5 Evidence"}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """A section of the answer: paragraphs under labels, tables, and what was said about it."""

    key: str
    head: SectionHead
    paragraphs: tuple[tuple[str, str], ...] = ()
    whys: tuple[str, ...] = ()
    table: DataTable | None = None
    thread: Thread | None = None


def shown(
    request: Request, page: RcaPage, content: Content, rules: Rules, evidence: Iterable[Evidence]
) -> tuple[Section, ...]:
    """The sections of this content with these files, each with its comments."""
    names, currency = names_of(content), request.tenant.currency
    causes = named(content)
    figures = [("People affected", content.people), (f"Cost, {currency}", content.cost)]
    made = (
        Section("what", head_of("what"), (("Summary", content.summary), ("Impact", content.impact), *figures)),
        Section("timeline", head_of("timeline", words.zone_name(rules.zone)), table=timeline(content)),
        Section(
            "cause", head_of("cause"),
            (("Category", causes), ("Next step to find out", content.next_step), ("Contributing factors", content.factors)),
            tuple(why for why in content.whys if why.strip()),
        ),
        Section("actions", head_of("actions"), table=planned(content, names)),
        Section("evidence", head_of("evidence"), table=files(request, evidence)),
    )  # fmt: skip
    return tuple(
        Section(
            each.key, each.head, tuple((label, text) for label, text in each.paragraphs if text.strip()), each.whys,
            each.table if each.table and each.table.rows else None, said_of(request, page, each.key),
        )
        for each in made
    )  # fmt: skip


def named(content: Content) -> str:
    """The causes in words, each as exactly as it was chosen."""
    finer = {key.partition(".")[0] for key in content.causes if "." in key}
    return "; ".join(FULL[key] for key in content.causes if key not in finer)


def head_of(key: str, note: str = "") -> SectionHead:
    return SectionHead(TITLES[key], note, id=key)


def said_of(request: Request, page: RcaPage, key: str) -> Thread | None:
    lines = [line for line in page.comments if line.section == key]
    return thread_of(lines, lambda file: here(request, "governance:rca-file", file)) if lines else None


def timeline(content: Content) -> DataTable:
    columns = (Column("When", width="l"), Column("Who", width="m"), Column("What happened"))
    rows = tuple(Row((Cell(e.when, head=True), Cell(e.who, quiet=True), Cell(e.what))) for e in content.timeline if not e.is_empty)  # fmt: skip
    return DataTable("Timeline", columns, rows, density="close")


def planned(content: Content, names: dict[str, str]) -> DataTable:
    columns = (Column("What will be done"), Column("Owner", width="m"), Column("Due", width="s"), Column("Success measure, evidence", width="l"))  # fmt: skip
    today = timezone.localdate()

    def due(text: str) -> str:
        day = read_date(text)
        return words.day(day, today) if day else text

    rows = tuple(
        Row((Cell(each.what, head=True), Cell(names.get(each.owner, "–")), Cell(due(each.due)), Cell(each.measure, sub=each.evidence)))
        for each in content.actions if not each.is_empty
    )  # fmt: skip
    return DataTable("Corrective actions", columns, rows, density="roomy")


def files(request: Request, evidence: Iterable[Evidence]) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    rows = tuple(
        Row(
            (
                Cell(each.file.name, sub=f"{words.size(each.file.size)}, SHA-256 {each.file.sha256[:12]}…",
                     href=here(request, "governance:rca-file", each.public_id), head=True),
                Cell(str(each.by)), Cell(words.moment(each.at, today, zone)),
            )
        )
        for each in evidence
    )  # fmt: skip
    return DataTable("Evidence", (Column("File"), Column("By", width="m"), Column("Added", width="m")), rows)


def status(rca: Rca, now: datetime) -> Status:
    """Word and shape: late before anything else while the answer is owed."""
    due = rca.obligation.due_at if rca.obligation else None
    if rca.is_owed and due is not None and due <= now:
        return Status("missed", "Returned, late" if rca.state == Rca.State.RETURNED else "Late")
    if rca.state == Rca.State.RECURRED:
        return Status("missed", "Recurred")
    if rca.state in (Rca.State.ACCEPTED, Rca.State.EFFECTIVE):
        return Status("met", rca.get_state_display())
    if rca.state == Rca.State.RETURNED:
        return Status("risk", "Returned")
    return Status("none", rca.get_state_display())


def action_status(row: CorrectiveAction, now: datetime) -> Status:
    if row.state in CorrectiveAction.OWED and row.obligation.due_at <= now:
        return Status("missed", "Returned, overdue" if row.state == CorrectiveAction.State.RETURNED else "Overdue")
    if row.state == CorrectiveAction.State.ACCEPTED:
        return Status("missed", "Accepted, late") if row.obligation.breached_at else Status("met", "Accepted")
    return Status("risk" if row.state == CorrectiveAction.State.RETURNED else "none", row.get_state_display())


def head(request: Request, page: RcaPage, rules: Rules, now: datetime) -> PageHead:
    lacks = lacking(page.row, rules, now) if page.row.state == Rca.State.ACCEPTED else ()
    row, holds = page.row, request.member.holds
    state, due = status(row, now), page.due_at
    zone, today = timezone.get_current_timezone(), timezone.localdate(now)
    actions: list[Action] = []
    if holds(policy.WRITE_RCAS) and row.is_owed:
        actions.append(Action(f"Write {'version ' + str(row.version + 1) if row.version else 'answer'}", here(request, "governance:rca-write", row.public_id), "filled"))  # fmt: skip
    if holds(policy.REVIEW_RCAS) and row.state == Rca.State.SUBMITTED:
        actions.append(Action("Decide", f"{here(request, 'governance:rca-decide', row.public_id)}", "filled"))
    if holds(policy.REVIEW_RCAS) and row.state == Rca.State.ACCEPTED:
        judge = Action("Say whether it worked", here(request, "governance:rca-judge", row.public_id))
        check = Action("Check effect now", here(request, "governance:rca-check", row.public_id), post=True)
        actions.append(judge if lacks else check)
    if page.shown is not None:
        version = page.shown.version
        actions.append(
            Action("PDF", here(request, "governance:rca-pdf", row.public_id, version=version), icon="download")
        )
    if holds(policy.DEMAND_RCAS) and row.state in Rca.OPEN:
        actions.append(Action("Withdraw", here(request, "governance:rca-withdraw", row.public_id), "text"))
    rest = {
        Rca.State.SUBMITTED: waits(request, page, now),
        Rca.State.ACCEPTED: f"Its effect {uncompared(lacks)}." if lacks else f"Its effect is checked {words.day_sentence(row.check_at, today, zone)}." if row.check_at else "",
        Rca.State.WITHDRAWN: row.decision,
    }.get(Rca.State(row.state), f"{sentence(row.effect)}" if row.effect else f"Due {words.due(due, today, zone)}, {distance(due - now)}.")  # fmt: skip
    return PageHead(row.record.title, f"{state.words}.", rest, eyebrow=row.record.number, actions=tuple(actions))


def waits(request: Request, page: RcaPage, now: datetime) -> str:
    """Which version waits for a decision, and until when: of the reader who decides, else of the client."""
    version, owed = f"Version {page.row.version}", page.deciding
    if owed is None:
        return f"{version}."
    if request.member.holds(policy.REVIEW_RCAS):
        return f"{version}; decide {distance(owed.due_at - now)}."
    zone, today = timezone.get_current_timezone(), timezone.localdate(now)
    return f"{version}; {request.tenant.name} {'decides' if owed.due_at > now else 'was to decide'} by {words.moment(owed.due_at, today, zone)}."


def decided(row: Rca) -> str:
    """What the latest decision was about: a returned version keeps its reason while the next one waits."""
    return {
        Rca.State.SUBMITTED: f"Why version {row.version - 1} was returned",
        Rca.State.RETURNED: f"Why version {row.version} was returned",
        Rca.State.WITHDRAWN: "Why it was withdrawn",
    }.get(Rca.State(row.state), "What was said when it was accepted")


def path(page: RcaPage) -> StatePath:
    """Demanded, submitted, returned and submitted again where it came back, accepted, its effect checked: each with its day."""
    row, zone, today = page.row, timezone.get_current_timezone(), timezone.localdate()
    state, dates = Rca.State(row.state), [each.at for each in reversed(page.versions)]

    def day(at: datetime | None) -> str:
        return words.day(at, today, zone) if at else ""

    checked = datetime.fromisoformat(row.effect["checked_at"]) if row.effect else None
    came_back = state == Rca.State.RETURNED or (state == Rca.State.SUBMITTED and row.decided_at is not None)
    been = [("Demanded", day(row.demanded_at)), *([("Submitted", day(dates[-1]))] if dates else [])]
    if came_back:
        first = dates[-1] if state == Rca.State.RETURNED else dates[-2]
        been = [been[0], ("Submitted", day(first)), ("Returned", day(row.decided_at))]
    if came_back and state == Rca.State.SUBMITTED:
        been.append(("Submitted again", day(dates[-1])))
    ends = {
        Rca.State.WITHDRAWN: [("Withdrawn", day(row.decided_at))],
        Rca.State.ACCEPTED: [("Accepted", day(row.decided_at))],
        Rca.State.EFFECTIVE: [("Accepted", day(row.decided_at)), ("Effective", day(checked))],
        Rca.State.RECURRED: [("Accepted", day(row.decided_at)), ("Recurred", day(checked))],
    }.get(state, [])
    been += ends
    ahead = [("Submitted", ""), ("Accepted", ""), ("Effective", day(row.check_at))]
    coming = {
        Rca.State.DEMANDED: ahead, Rca.State.SUBMITTED: ahead[1:], Rca.State.RETURNED: [("Submitted again", ""), *ahead[1:]],
        Rca.State.ACCEPTED: ahead[2:],
    }.get(state, [])  # fmt: skip
    ended = state in (Rca.State.EFFECTIVE, Rca.State.RECURRED, Rca.State.WITHDRAWN)
    latest = len(been) - 1
    return StatePath(
        (
            *(PathPoint(*each, "now" if n == latest and not ended else "done") for n, each in enumerate(been)),
            *(PathPoint(*each) for each in coming),
        )
    )


def tickets(request: Request, page: RcaPage) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    rows = tuple(
        Row(
            (
                Cell(each.number, href=here(request, "itsm:ticket", each.public_id), head=True, ident=True),
                Cell(f"P{each.priority_worst}"), Cell(words.moment(each.opened_at, today, zone)),
                Cell(", ".join(filter(None, (each.category, each.subcategory))), quiet=True),
            ),
            href=here(request, "itsm:ticket", each.public_id),
        )
        for each in page.tickets[:200]
    )  # fmt: skip
    columns = (Column("Ticket"), Column("Priority", width="s"), Column("Opened", width="m"), Column("Category"))
    return DataTable("Tickets behind it", columns, rows, density="close")


def action_table(request: Request, rows: Iterable[CorrectiveAction], now: datetime) -> DataTable:
    zone, today = timezone.get_current_timezone(), timezone.localdate(now)
    columns = (
        Column("Action"), Column("Owner", width="m"), Column("Due", width="m"), Column("State", width="m"),
        Column("Root cause", width="s", on_phone=False),
    )  # fmt: skip
    made = []
    for each in rows:
        href, owed = here(request, "governance:action", each.public_id), each.obligation
        moved = (
            f"first {words.due(owed.first_due_at, today, zone, brief=True)}" if owed.first_due_at != owed.due_at else ""
        )
        cells = (
            Cell(each.what, sub=each.record.number, href=href, head=True),
            Cell(str(owed.person or "Account manager")),
            Cell(words.due(owed.due_at, today, zone, brief=True), sub=moved or (distance(owed.due_at - now) if owed.is_living else "")),
            Cell(status=action_status(each, now)),
            Cell(each.rca.record.number, href=here(request, "governance:rca", each.rca.public_id), ident=True),
        )  # fmt: skip
        made.append(Row(cells, href=href, key=str(each.public_id)))
    return DataTable("Corrective actions", columns, tuple(made), density="roomy", keys=True)


def versions(request: Request, page: RcaPage) -> DataTable | None:
    """Each version with its hash; from the second on what it changed."""
    if not page.versions:
        return None
    zone, today, row = timezone.get_current_timezone(), timezone.localdate(), page.row
    lines = []
    for each in page.versions:
        href = here(request, "governance:rca", row.public_id, version=each.version)
        compare = Action("Compare", here(request, "governance:rca-compare", row.public_id, first=each.version - 1, second=each.version), small=True)  # fmt: skip
        cells = (
            Cell(f"Version {each.version}", sub=f"SHA-256 {each.sha256[:16]}…", href=href, head=True),
            Cell(str(each.by)),
            Cell(words.moment(each.at, today, zone)),
            Cell(action=compare if each.version > 1 else None),
        )
        lines.append(Row(cells, selected=page.shown is not None and each.pk == page.shown.pk))
    columns = (Column("Version"), Column("By", width="m"), Column("Submitted", width="m"), Column("Compare", hidden_label=True, width="fit"))  # fmt: skip
    return DataTable("Versions", columns, tuple(lines))


def effect(page: RcaPage) -> Figures | None:
    """The check of effect in numbers."""
    found: dict[str, Any] | None = page.row.effect
    if not found:
        return None
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    figures = []
    for name, label in (("before", "Before"), ("after", "After")) if "before" in found else ():
        one = found[name]
        span = " to ".join(words.day(datetime.fromisoformat(one[end]), today, zone) for end in ("from", "until"))
        alike = "like ticket" if one["tickets"] == 1 else "like tickets"
        figures.append(Figure(label, str(one["tickets"]), of=alike, sub=f"{words.counted(one['recurrences'], 'recurrence')}; {span}"))  # fmt: skip
    verdict = found["verdict"]
    said = Status("missed", "Recurred") if verdict == "recurred" else Status("met", "Effective")
    return Figures((Figure("Verdict", "", status=said), *figures))


def effect_note(row: Rca) -> str:
    """How it was judged."""
    if row.effect and "lacks" in row.effect:
        return "as somebody said who looked: nothing could be compared"
    return "the same detection over as long a time before as after"


def receipt(page: RcaPage) -> tuple[tuple[str, str], ...]:
    """What whoever submitted can show: instant, version, hash."""
    latest = page.versions[0]
    zone = timezone.get_current_timezone()
    return (
        ("Received", words.exactly(latest.at, zone)), ("Version", str(latest.version)), ("By", str(latest.by)),
        ("SHA-256 of the content", latest.sha256),
    )  # fmt: skip


def print_box(request: Request, page: RcaPage, run: Run) -> RunBox | None:
    """How far the paper is; None when its run has ended."""
    if not run.is_open or page.shown is None:
        return None
    lead = "Printing." if run.state == Run.State.RUNNING else "Asked for."
    address = here(request, "governance:rca-pdf", page.row.public_id, version=page.shown.version)
    return RunBox(Progress(lead, "It takes some seconds and opens here when it is done.", 0.05), address)


def print_head(request: Request, page: RcaPage, run: Run) -> PageHead:
    row, version = page.row, page.shown.version if page.shown else 0
    if run.is_open:
        return PageHead(row.record.title, f"Version {version} is being printed.", eyebrow=row.record.number)
    again = Action("Print it again", here(request, "governance:rca-pdf", row.public_id, version=version, again=1), "filled")  # fmt: skip
    why = f"{run.error[:1].upper()}{run.error[1:].rstrip('.')}." if run.error else ""
    return PageHead(row.record.title, "It was not printed.", why, eyebrow=row.record.number, actions=(again,))


def differences(
    before: Content, after: Content, names: dict[str, str], heads: tuple[str, str] = ("Was", "Is")
) -> DataTable:
    """What another version says otherwise, field by field."""
    was, now = told(before, names), told(after, names)
    labels = list(dict.fromkeys([*was, *now]))
    rows = tuple(
        Row((Cell(label, head=True), Cell(was.get(label) or "–", quiet=True), Cell(now.get(label) or "–")))
        for label in labels if was.get(label, "") != now.get(label, "")
    )  # fmt: skip
    return DataTable("Differences", (Column("Field", width="m"), *map(Column, heads)), rows)


def told(content: Content, names: dict[str, str]) -> dict[str, str]:
    """Every field with its text, by its label."""
    found = {
        "Summary": content.summary, "Impact": content.impact, "People affected": content.people, "Cost": content.cost,
        "Category": named(content), "Next step": content.next_step,
        "Contributing factors": content.factors,
    }  # fmt: skip
    found |= {f"Entry {n}": f"{e.when}, {e.who}: {e.what}" for n, e in enumerate(content.timeline, 1)}
    found |= {f"Why {n}": why for n, why in enumerate(content.whys, 1)}
    found |= {
        f"Action {n}": f"{a.what} ({names.get(a.owner, 'nobody')}, {a.due}; {a.measure}; {a.evidence})"
        for n, a in enumerate(content.actions, 1)
    }
    return found


def owed_link(request: Request, owed: Obligation) -> str:
    """Where an obligation about a root cause or an action is answered; else its own page."""
    if owed.about is not None and owed.about.kind in ("rca", "action"):
        return here(request, "governance:of-record", owed.about.public_id)
    return elsewhere(request, "obligations:obligation", owed.public_id)
