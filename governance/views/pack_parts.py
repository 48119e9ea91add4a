"""A board pack's page and its making, as components."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from governance import policy
from governance.calc import messages
from governance.calc.facts import LevelFacts, MonthFacts, PackFacts
from governance.calc.wording import bound, span
from governance.documents.annex import planned
from governance.documents.front import partly, summary
from governance.documents.pack import PAPERS
from governance.documents.shapes import Summary
from governance.models import Pack
from governance.queries.pack_pages import PackPage
from mspgov.jobs.queries import RunLine
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Figure,
    Figures,
    GaugeLine,
    PageHead,
    Progress,
    Row,
    SectionHead,
    State,
    Status,
)
from mspgov.web.doors import Request

from .addresses import elsewhere, here

STATES: dict[str, State] = {"met": "met", "risk": "risk", "missed": "missed"}
MEDIA = {"yaml": "application/yaml; charset=utf-8", "json": "application/json; charset=utf-8"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class RunBox:
    """A run at work, and the address that is asked for it each second."""

    progress: Progress
    poll_url: str


def media_type(name: str) -> str:
    return MEDIA.get(name.rpartition(".")[2], WORKBOOK)


def run_box(request: Request, run: RunLine) -> RunBox | None:
    """How far the pack is; None when the run has ended."""
    if not run.is_open:
        return None
    doing = run.result.get("doing", "") if isinstance(run.result, dict) else ""
    said = (
        f"{doing}." if doing else "Reading the quarter's figures." if run.state == "running" else "Wait for a worker."
    )
    stop = Action("Stop", here(request, "governance:pack-making-stop", run.id), "text", post=True)
    lead = "Making the pack." if run.state == "running" else "Asked for."
    progress = Progress(lead, f"{said} It takes some seconds. You can leave, it goes on.", run.share or 0.05, stop=stop)
    return RunBox(progress, here(request, "governance:pack-making-progress", run.id))


def making_head(request: Request, run: RunLine, engagement: Engagement) -> PageHead:
    if run.is_open:
        return PageHead(run.title, "The pack is being made.", "It opens here when it is done.")
    again = Action("Make pack", here(request, "governance:pack-new", engagement=engagement.slug), "filled")
    why = f"{run.error.lstrip('-')}. " if run.error else ""
    lead = "It was stopped." if run.state == "cancelled" else "No pack was made."
    return PageHead(run.title, lead, f"{why}What was frozen before stays as it was.", actions=(again,))


def pack_context(request: Request, page: PackPage) -> dict[str, Any]:
    facts = page.facts
    shown = summary(facts)
    return {
        "head": pack_head(request, page),
        "figures": figures(request, page),
        "says_head": SectionHead("What it says", ruled=False),
        "heading": shown.heading,
        "paragraphs": shown.paragraphs,
        "gauge_head": gauge_head(facts),
        "gauge": gauge(facts),
        "decisions_head": SectionHead("What the board must decide", ruled=False),
        "decisions": decisions(shown),
        "sealed_head": SectionHead("What is sealed", sealed_note(facts), ruled=False),
        "sealed": sealed_table(request, page),
        "files_head": SectionHead("Files", ruled=False),
        "files": files_table(request, page),
        "check_head": SectionHead("Check it anywhere"),
        "recomputes": facts.contract.recomputes,
        "facts_sha256": spaced(page.pack.facts_sha256),
        "file_sha256": [(paper, spaced(file.sha256)) for paper, file in page.files.items()],
        "source": shown.source,
    }


def pack_head(request: Request, page: PackPage) -> PageHead:
    pack, facts = page.pack, page.facts
    months = span(messages.quarter(facts))
    lead = f"{facts.engagement}, {months}."
    zone = ZoneInfo(request.user.time_zone or request.tenant.time_zone)
    made = words.moment(pack.frozen_at, timezone.localdate(timezone=zone), zone)
    rest = f"Made {made}{f' by {pack.by.name}' if pack.by else ''}."
    if note := partly(facts):
        rest = f"{note}. {rest}"
    if page.replaced_by:
        rest += f" {page.replaced_by} is newer."
    actions: list[Action] = []
    if page.files:
        paper = next(iter(page.files))
        pdf = here(request, "governance:pack-pdf", pack.public_id, paper=paper)
        actions = [
            Action("Open PDF", pdf, "filled"),
            Action(
                "Download",
                here(request, "governance:pack-pdf", pack.public_id, paper=paper, download=1),
                icon="download",
            ),
        ]
    if request.member.holds(policy.MAKE_PACKS):
        again = here(request, "governance:pack-new", engagement=pack.engagement.slug, quarter=pack.quarter)
        actions.append(Action("Make anew", again))
    status = Status("met" if pack.state == Pack.State.FROZEN else "none", pack.get_state_display())
    return PageHead(
        f"Board pack {pack.quarter}", lead, rest, ident=pack.record.number, status=status, actions=tuple(actions)
    )


def figures(request: Request, page: PackPage) -> Figures:
    """The strip of the summary; each figure leads to what it is made of."""
    engagement, months = page.pack.engagement.slug, page.facts.quarter_months
    heat = elsewhere(request, "itsm:performance", engagement=engagement, to=months[-1].month)
    money = elsewhere(request, "costs:credits", engagement=engagement)
    addresses = (heat, heat, money, "#sealed")
    strip = summary(page.facts).strip
    made = [
        Figure(each.label, each.value, href=href, sub=each.line) for each, href in zip(strip, addresses, strict=False)
    ]
    return Figures(
        (*made, Figure("Pages", str(page.pack.pages or "–"), sub=", ".join(page.files) or "not printed yet"))
    )


def gauge_head(facts: PackFacts) -> SectionHead | None:
    level = messages.worst_level(facts)
    if level is None or latest(facts, level) is None:
        return None
    return SectionHead(level.name, f"on the cover, {months_of(facts, level)}", ruled=False)


def latest(facts: PackFacts, level: LevelFacts) -> Any:
    found = [r for r in messages.in_months(level, messages.quarter(facts)) if r.attainment is not None]
    return found[-1] if found else None


def months_of(facts: PackFacts, level: LevelFacts) -> str:
    """April 81.65, May 84.93."""
    found = [r for r in messages.in_months(level, messages.quarter(facts)) if r.attainment is not None]
    return ", ".join(f"{Month(r.month).month_name} {messages.shown(level, r)}" for r in found)


def gauge(facts: PackFacts) -> GaugeLine | None:
    """The cover's level in its latest measured month."""
    level = messages.worst_level(facts)
    result = latest(facts, level) if level is not None else None
    if level is None or result is None:
        return None
    values = [float(level.expected), float(result.attainment), float(level.minimum or level.expected)]
    low = next(scale for scale in (99.0, 97.0, 94.0, 70.0, 40.0, 0.0) if min(values) >= scale)
    name = f"{level.name}: {messages.shown(level, result)} in {Month(result.month).name}, expected {bound(level.expected)} %"
    minimum = None if level.minimum is None else float(level.minimum)
    return GaugeLine(
        float(result.attainment), minimum, float(level.expected), STATES.get(result.state, "none"), low, 100, name,
        labelled=True,
    )  # fmt: skip


def decisions(shown: Summary) -> DataTable | None:
    rows = tuple(Row((Cell(each.question, head=True), Cell(each.why, quiet=True))) for each in shown.decisions)
    columns = (Column("Decision", width="xl"), Column("Why"))
    return DataTable("What the board must decide", columns, rows, headless=True) if rows else None


def sealed_note(facts: PackFacts) -> str:
    return "a month is open, so each page says draft" if facts.is_draft else "all three months, for good"


def sealed_table(request: Request, page: PackPage) -> DataTable:
    facts = page.facts
    rows = tuple(sealed_row(request, page, month) for month in facts.quarter_months)
    columns = (
        Column("Month"),
        Column("Sealed"),
        Column(f"Charges, {facts.currency}", numeric=True),
        Column(f"Credits, {facts.currency}", numeric=True),
    )
    return DataTable("Months of the quarter", columns, rows)


def sealed_row(request: Request, page: PackPage, month: MonthFacts) -> Row:
    facts, named = page.facts, Month(month.month)
    zone = ZoneInfo(facts.time_zone)
    href = elsewhere(request, "itsm:performance", engagement=page.pack.engagement.slug, to=month.month)
    sealed = "not sealed"
    if month.sealed_at is not None:
        on = month.sealed_at.astimezone(zone)
        sealed = f"{on.day} {on:%B %Y}"
    return Row(
        (
            Cell(named.name, href=href, head=True),
            Cell(status=Status("met", sealed, quiet=True) if month.sealed_at else Status("none", sealed)),
            Cell(words.money(month.charges) if month.charges is not None else "missing"),
            Cell(words.money(month.credits), f"{words.money(month.waived)} waived" if month.waived else ""),
        )
    )


def files_table(request: Request, page: PackPage) -> DataTable:
    rows = [
        Row(
            (
                Cell(f"Board pack, {paper}", href=here(request, "governance:pack-pdf", page.pack.public_id, paper=paper), head=True),
                Cell("PDF, tagged, with the files below inside", quiet=True),
                Cell(words.size(page.files[paper].size)),
            )
        )
        for paper in PAPERS
        if paper in page.files
    ]  # fmt: skip
    rows += [
        Row(
            (
                Cell(each.name, href=here(request, "governance:pack-file", page.pack.public_id, each.name), head=True),
                Cell(each.description, quiet=True),
                Cell(""),
            )
        )
        for each in planned(page.facts)
    ]
    columns = (Column("File"), Column("What it is"), Column("Size", numeric=True))
    return DataTable("Files of the pack", columns, tuple(rows), headless=True)


def spaced(digest: str) -> str:
    """A digest in groups of eight, so that two can be compared by eye."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
