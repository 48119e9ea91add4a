"""Doors to one month of a service level, and to the months of a level as a fragment."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from itsm import policy
from itsm.queries import level_month as queries
from itsm.queries.level_month import ClockLine, ClockPage, LevelMonth
from mspgov.documents.workbook import csv_lines
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import here, month_of, page_asked
from mspgov.web.components import (
    Cell,
    Column,
    DataTable,
    Empty,
    Figure,
    Figures,
    ListPages,
    PageHead,
    Row,
    SectionHead,
    Tab,
    Tabs,
    Trend,
    TrendPoint,
)
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import month_parts as parts
from .heat import said
from .performance import csv_answer
from .sayings import exact, percent, scale_of, state_of, status_of

OUTCOMES = {"": "All", "missed": "Late", "met": "In time", "excluded": "Excluded"}


@require_safe
@may(policy.READ_PERFORMANCE)
def level_month(request: Request, engagement: str, level: str, month: str) -> HttpResponse:
    shown = found(engagement, level, month)
    asked = request.GET.get("outcome", "missed" if shown.line.late else "")
    outcome = asked if asked in OUTCOMES else ""
    sort = request.GET.get("sort", "late")
    clocks = queries.month_clocks(shown, outcome, sort, page_asked(request))
    back = here(request, "itsm:performance", engagement=shown.engagement.slug)
    stand(request, (shown.engagement.name, back), parts.month_title(shown))
    lead, sentence = parts.state_sentence(shown)
    context = {
        "head": PageHead(parts.month_title(shown), lead, sentence, actions=parts.actions(request, shown)[:-1]),
        "figures": month_figures(request, shown),
        "tabs": tabs_of(request, shown, outcome),
        "table": clock_table(request, shown, clocks, outcome, sort),
        "pages": pages_of(request, shown, clocks, outcome, sort),
        "empty": Empty("No ticket of this kind counts in the month."),
        "has_clocks": bool(shown.line.total or shown.line.excluded),
        "export_url": here(
            request, "itsm:level_month-export", shown.engagement.slug, level, shown.month, outcome=outcome
        ),
        "why_url": parts.why_url(request, shown),
        "source": parts.source(shown),
    }
    return render(request, "itsm/level_month.html", context)


def found(engagement: str, level: str, month: str) -> LevelMonth:
    if "\x00" in level:
        raise Http404
    rows = Engagement.objects.select_related("provider")
    return queries.level_month(get_object_or_404(rows, slug=engagement), level, month_of(month))


def month_figures(request: Request, shown: LevelMonth) -> Figures:
    line = shown.line
    figures = [
        Figure("Attainment", percent(line.attainment), status=status_of(line), size=28),
        Figure(f"{parts.gauge(line).low:.0f} to 100 %", "", gauge=parts.gauge(line, labelled=False), wide=True),
        Figure("Expected", exact(line.expected), sub=f"minimum {exact(line.minimum)}"),
    ]
    if line.total:
        href = parts.page_address(request, shown, outcome="missed")
        figures.append(Figure("Late", words.number(line.late), href, f"of {words.number(line.total)}"))
    if line.excluded:
        href = parts.page_address(request, shown, outcome="excluded")
        figures.append(Figure("Excluded by decision", words.number(line.excluded), href))
    seal = "sealed" if shown.sealed_at else "running" if shown.is_running else "measured, open"
    figures.append(Figure("Month", shown.month.name, sub=seal))
    return Figures(tuple(figures))


def tabs_of(request: Request, shown: LevelMonth, outcome: str) -> Tabs:
    line = shown.line
    counts = {"": line.total + line.excluded, "missed": line.late, "met": line.met, "excluded": line.excluded}
    tabs = tuple(
        Tab(label, parts.page_address(request, shown, outcome=key or "all"), key == outcome, words.number(counts[key]))
        for key, label in OUTCOMES.items()
        if counts[key] or key in ("", "missed", "met")
    )
    return Tabs(tabs, "Tickets of the month")


def clock_table(request: Request, shown: LevelMonth, clocks: ClockPage, outcome: str, sort: str) -> DataTable:
    def column(label: str, key: str, numeric: bool = False, on_phone: bool = True) -> Column:
        here_sorted = sort.lstrip("-") == key
        turned = f"-{key}" if here_sorted and not sort.startswith("-") else key
        href = parts.page_address(request, shown, outcome=outcome or "all", sort=turned)
        return Column(
            label, numeric, href, ("down" if sort.startswith("-") else "up") if here_sorted else "", on_phone=on_phone
        )

    columns = (
        column("Ticket", "number"),
        column("Opened", "opened", on_phone=False),
        column("Outcome", "late"),
        column("Time taken", "elapsed", numeric=True),
        column("Paused", "paused", numeric=True, on_phone=False),
        Column("Held longest by"),
        Column("Category", on_phone=False),
    )
    rows = tuple(clock_row(request, shown, each) for each in clocks.lines)
    return DataTable(f"Tickets of {parts.month_title(shown)}", columns, rows, keys=True)


def clock_row(request: Request, shown: LevelMonth, each: ClockLine) -> Row:
    href = here(request, "itsm:ticket", each.public_id)
    started = each.started_at
    return Row(
        (
            Cell(each.number, href=href, ident=True),
            Cell(words.moment(started, *today_in(shown)), quiet=True),
            Cell(status=parts.outcome_status(each), sub="" if each.ended_at else "still open"),
            Cell(words.duration_columns(each.elapsed_us)),
            Cell(words.duration_columns(each.paused_us), quiet=True),
            Cell(parts.party_name(shown, each.held_by, request.tenant.name)),
            Cell(each.category, quiet=True),
        ),
        href=href,
    )


def today_in(shown: LevelMonth) -> tuple[date, ZoneInfo]:
    zone = ZoneInfo(shown.zone)
    return timezone.localdate(timezone=zone), zone


def pages_of(request: Request, shown: LevelMonth, clocks: ClockPage, outcome: str, sort: str) -> ListPages | None:
    if not clocks.lines:
        return None
    first = (clocks.page - 1) * queries.PAGE_TICKETS + 1
    last = first + len(clocks.lines) - 1

    def address(page: int) -> str:
        return parts.page_address(request, shown, outcome=outcome or "all", sort=sort, page=str(page))

    return ListPages(
        f"{words.number(first)} to {words.number(last)} of {words.number(clocks.total)}",
        f"working time, {shown.promised.calendar} calendar" if shown.promised and shown.promised.calendar else "",
        address(clocks.page - 1) if clocks.page > 1 else "",
        address(clocks.page + 1) if clocks.has_more else "",
    )


HEADS = ("number", "priority", "category", "start", "end", "due", "elapsed_seconds", "target_seconds", "paused_seconds", "met", "excluded")  # fmt: skip


@require_safe
@may(policy.READ_PERFORMANCE)
def level_month_export(request: Request, engagement: str, level: str, month: str) -> HttpResponse:
    """The clocks of a month as CSV."""
    shown = found(engagement, level, month)
    rows = [
        (
            each.number, f"P{each.priority}", each.category, each.started_at, each.ended_at, each.due_at,
            each.elapsed_us // 1_000_000, each.target_us // 1_000_000, each.paused_us // 1_000_000,
            "true" if each.met else "false", each.excluded_for,
        )
        for each in queries.all_clocks(shown, request.GET.get("outcome", ""))
    ]  # fmt: skip
    return csv_answer("".join(csv_lines(HEADS, rows)), f"{engagement}-{level}-{month}")


@require_safe
@may(policy.READ_PERFORMANCE)
def level_months(request: Request, level_id: UUID) -> HttpResponse:
    """The measured months of a service level, as a fragment for its page."""
    page = queries.level_months(level_id)
    measured = [line for line in page.lines if line.attainment is not None]
    latest = measured[-1] if measured else None
    slug = page.level.engagement.slug
    context: dict[str, object] = {
        "head": SectionHead("Measured months", f"{page.level.engagement.name}, twelve months at most"),
        "figures": None,
        "trend": None,
        "table": None,
        "empty": Empty("Nothing is measured yet."),
    }
    if latest is not None:
        href = here(request, "itsm:level_month", slug, page.level.key, latest.month)
        context |= {
            "figures": Figures(
                (
                    Figure(latest.month.name, percent(latest.attainment), href, status=status_of(latest)),
                    Figure(f"{parts.gauge(latest).low:.0f} to 100 %", "", gauge=parts.gauge(latest, labelled=False), wide=True),
                    Figure(
                        "Missed", str(sum(line.standing == "missed" for line in measured)), "", f"of {words.counted(len(measured), 'month')}"
                    ),
                )
            ),
            "trend": Trend(
                f"{page.level.name} by month, percent",
                tuple(
                    TrendPoint(
                        line.month.month_name[:3], None if line.attainment is None else float(line.attainment), state_of(line),
                        line.is_reported, here(request, "itsm:level_month", slug, page.level.key, line.month),
                        f"{line.month.name}: {said(line)}",
                    )
                    for line in page.lines
                ),
                None if latest.minimum is None else float(latest.minimum), float(latest.expected),
                scale_of([*(line.attainment for line in page.lines), latest.minimum], latest.measure),
            ),
        }  # fmt: skip
    return render(request, "itsm/level_months.html", context)
