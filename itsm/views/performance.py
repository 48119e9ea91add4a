"""Doors to performance: the heat table of an engagement with its drawer, trend, distribution, forecast, export."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from itsm import policy
from itsm.queries import performance as queries
from itsm.queries.distribution import distribution
from itsm.queries.level_month import level_month
from itsm.queries.performance import PerformancePage
from mspgov.documents.workbook import csv_lines
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement
from mspgov.web.addresses import elsewhere, engagement_asked, here, month_asked
from mspgov.web.components import Action, Distribution, Empty, Filter, FilterChoice, PageHead, SectionHead, Tab, Tabs
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import heat, month_parts
from .sayings import said_at

VIEWS = {"heat": "Heat table", "trend": "Trend", "distribution": "Distribution"}


@require_safe
@may(policy.READ_PERFORMANCE)
def performance(request: Request) -> HttpResponse:
    engagement, seen = engagement_asked(request)
    page = None if engagement is None else queries.performance_page(engagement, month_asked(request, "until"))
    if engagement is not None:
        stand(request, engagement.name)
    if engagement is None or page is None:
        return render(request, "itsm/performance.html", nothing(request, engagement, seen))
    view = request.GET.get("view", "heat")
    view = view if view in VIEWS else "heat"
    month, level = month_asked(request), request.GET.get("level", "").replace("\x00", "")
    chosen = (level, month) if month is not None and level and view == "heat" else None
    context = {
        "head": PageHead("Performance", actions=actions_of(request, engagement)),
        "sentence": sentence_of(request, page),
        "tabs": tabs_of(request, page, view),
        "filters": filters_of(request, page, seen, view),
        "export_url": here(request, "itsm:performance-export", engagement=engagement.slug, until=heat.until_of(page)),
        **parts_of(request, page, view, chosen),
    }
    if chosen is not None:
        shown = level_month(engagement, chosen[0], chosen[1])
        close = here(request, "itsm:performance", engagement=engagement.slug, until=heat.until_of(page))
        context |= {"month": month_parts.month_context(request, shown), "close": close}
    return render(request, "itsm/performance.html", context)


def nothing(request: Request, engagement: Engagement | None, seen: list[Engagement]) -> dict[str, object]:
    """What the page says before anything was measured."""
    if engagement is None:
        empty = Empty("No engagement yet: performance is measured from the tickets of one.")
        return {"head": PageHead("Performance"), "empty": empty}
    way = elsewhere(request, "itsm:imports", engagement=engagement.slug)
    empty = Empty(
        f"Nothing of {engagement.name} is measured yet: import its tickets, then measure a month.",
        Action("Import tickets", way) if way else None,
    )
    return {"head": PageHead("Performance"), "empty": empty, "filters": [engagement_filter(request, engagement, seen)]}


def sentence_of(request: Request, page: PerformancePage) -> dict[str, str]:
    """The sentence of state in pieces; the money of the month stands above this floor and comes as a fragment."""
    lead, rest = heat.state_sentence(page)
    over = page.latest_over
    money = elsewhere(request, "costs:month_money", engagement=page.engagement.slug, month=over) if over else ""
    return {"lead": lead, "rest": rest, "money_url": money, "after": heat.heading_sentence(page)}


def actions_of(request: Request, engagement: Engagement) -> tuple[Action, ...]:
    """Measuring and sealing write money and stand above: the way there."""
    months = elsewhere(request, "costs:months", engagement=engagement.slug)
    return (Action("Measure and seal months", months),) if months and request.member.holds(policy.MEASURE) else ()


def tabs_of(request: Request, page: PerformancePage, view: str) -> Tabs:
    slug = page.engagement.slug
    views = tuple(
        Tab(
            label,
            here(request, "itsm:performance", engagement=slug, view="" if key == "heat" else key),
            key == view,
        )
        for key, label in VIEWS.items()
    )
    tickets = elsewhere(request, "itsm:tickets", engagement=slug, month=page.latest_over)
    return Tabs((*views, *((Tab("Tickets", tickets),) if tickets else ())), "Performance")


def engagement_filter(request: Request, engagement: Engagement, seen: list[Engagement], view: str = "") -> Filter:
    kept = "" if view == "heat" else view
    choices = tuple(
        FilterChoice(
            each.name, here(request, "itsm:performance", engagement=each.slug, view=kept), each.pk == engagement.pk
        )
        for each in seen
    )
    return Filter("Engagement", engagement.name, set=True, choices=choices)


def filters_of(request: Request, page: PerformancePage, seen: list[Engagement], view: str) -> list[Filter]:
    engagement = page.engagement
    ends = [page.latest + -12 * n for n in range((page.latest - page.first) // 12 + 1)]
    shown = page.months[-1].month
    choices = tuple(
        FilterChoice(
            span(end),
            here(
                request, "itsm:performance", engagement=engagement.slug, view="" if view == "heat" else view,
                until=None if end == page.latest else end,
            ),
            end == shown,
        )
        for end in dict.fromkeys([*ends, shown])
    )  # fmt: skip
    return [engagement_filter(request, engagement, seen, view), Filter("Months", span(shown), choices=choices)]


def span(last: Month) -> str:
    """Jul 2015 to Jun 2016."""
    first = last + -11
    return f"{first.month_name[:3]} {first.year} to {last.month_name[:3]} {last.year}"


def parts_of(request: Request, page: PerformancePage, view: str, chosen: tuple[str, Month] | None) -> dict[str, object]:
    if view == "trend":
        return {"view": view, "pairs": pairs_of(heat.trends(request, page))}
    if view == "distribution":
        return {"view": view, "pairs": pairs_of(distributions(page))}
    return {
        "view": view,
        "heat": heat.heat_table(request, page, chosen),
        "heading_head": heat.heading_head(page),
        "heading": heat.heading_table(request, page),
        "measured": f"Measured {said_at(page.known_at, page.zone)}.",
    }


def pairs_of(charts: Sequence[tuple[SectionHead, object]]) -> list[Sequence[tuple[SectionHead, object]]]:
    """Charts two by two, as they stand beside each other."""
    return [charts[place : place + 2] for place in range(0, len(charts), 2)]


def distributions(page: PerformancePage) -> list[tuple[SectionHead, Distribution]]:
    """How long tickets of the latest month took, in quarters of their target."""
    month = page.latest_over or page.last
    made = []
    for found in distribution(page, month):
        labels = tuple("" if place % 4 else f"{place // 4} ×" if place else "0" for place in range(len(found.counts)))
        head = SectionHead(found.name, f"{month.name}, {found.promise}; the last bar is all beyond", ruled=False)
        title = f"{found.name}, {month.name}: tickets by time taken, in quarters of the target"
        made.append((head, Distribution(title, found.counts, labels, 4, "target")))
    return made


@require_safe
@may(policy.READ_PERFORMANCE)
def performance_export(request: Request) -> HttpResponse:
    """The heat table as CSV."""
    engagement, _ = engagement_asked(request)
    page = None if engagement is None else queries.performance_page(engagement, month_asked(request, "until"))
    rows = [] if page is None else heat.export_rows(page)
    return csv_answer(
        "".join(csv_lines(heat.EXPORT_HEADS, rows)), f"performance-{engagement.slug if engagement else ''}"
    )


def csv_answer(text: str, name: str) -> HttpResponse:
    """A CSV file to download, dated today."""
    headers = {"Content-Disposition": f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)
