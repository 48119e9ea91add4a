"""Parts of the performance page: heat table, trend, forecast, and the sentence of state."""

from collections.abc import Sequence
from fractions import Fraction
from urllib.parse import urlencode

from itsm.calc.forecast import Heading
from itsm.queries.current import ResultLine
from itsm.queries.performance import HeatMonthFacts, HeatRowFacts, PerformancePage
from mspgov.documents.workbook import Cell as Value
from mspgov.kernel.period import Month
from mspgov.kernel.ratio import plain
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import (
    Cell,
    Column,
    DataTable,
    ForecastLine,
    HeatCell,
    HeatForecast,
    HeatGroup,
    HeatMonth,
    HeatRow,
    HeatTable,
    Row,
    SectionHead,
    State,
    Status,
    Trend,
    TrendPoint,
)
from mspgov.web.doors import Request

from .sayings import exact, figure, month_name, percent, scale_of, short, spelled, state_of

VERDICTS: dict[str, tuple[State, str]] = {
    "meet": ("met", "to meet"),
    "at_risk": ("risk", "at risk"),
    "miss": ("missed", "to miss"),
}


def state_sentence(page: PerformancePage) -> tuple[str, str]:
    """(first clause, the rest): how many were missed in the latest month that is over, and where the running one heads."""
    over = page.latest_over
    if over is None:
        return "No month is over yet", f"{heading_sentence(page)}".strip()
    measured, missed, risk = page.lines_of(over), page.missed(over), page.at_risk(over)
    if not missed:
        lead = f"None of {words.counted(len(measured), 'service level')} missed in {month_name(over)}"
    else:
        lead = f"{len(missed)} of {words.counted(len(measured), 'service level')} missed in {month_name(over)}"
    return lead, f", {len(risk)} at risk" if risk else ""


def heading_sentence(page: PerformancePage) -> str:
    """In June two are set to miss; empty without a running month."""
    running = page.running
    if running is None or not any(row.heading and row.heading.verdict in VERDICTS for row in page.rows):
        return ""
    count = len(page.headed("miss"))
    if not count:
        return f"In {month_name(running)} none is set to miss."
    return f"In {month_name(running)} {spelled(count)} {'is' if count == 1 else 'are'} set to miss."


def heat_table(request: Request, page: PerformancePage, chosen: tuple[str, Month] | None) -> HeatTable:
    groups = {
        label: tuple(heat_row(request, page, row, chosen) for row in page.rows if row.group == label)
        for label in dict.fromkeys(row.group for row in page.rows)
    }
    running = page.running
    return HeatTable(
        f"Service levels of {page.engagement.name} by month, {page.months[0].month.name} to {page.last.name}",
        tuple(heat_month(request, page, month) for month in page.months),
        tuple(HeatGroup(label, rows) for label, rows in groups.items()),
        f"{running.month_name} forecast" if running else "",
        short(page.reported_by or page.engagement.provider.name),
    )


def heat_month(request: Request, page: PerformancePage, shown: HeatMonthFacts) -> HeatMonth:
    month = shown.month
    first = month in (page.months[0].month, Month(f"{month.year}-01"))
    return HeatMonth(
        month.month_name[:3],
        f"day {shown.day}" if shown.is_running else str(month.year) if first else "",
        "" if not shown.is_measured or shown.is_running else "sealed" if shown.sealed_at else "open",
        here(request, "itsm:tickets", engagement=page.engagement.slug, month=month) if shown.is_measured else "",
    )


def heat_row(request: Request, page: PerformancePage, row: HeatRowFacts, chosen: tuple[str, Month] | None) -> HeatRow:
    base = here(request, "itsm:performance", engagement=page.engagement.slug, until=until_of(page))
    cells = tuple(heat_cell(base, row, month, line, chosen) for month, line in zip(page.months, row.lines, strict=True))
    return HeatRow(row.name, row.promise, cells, level_address(request, page, row), heat_forecast(row.heading))


def level_address(request: Request, page: PerformancePage, row: HeatRowFacts) -> str:
    """The promise behind a row; without that page, its latest month."""
    latest = next((line.month for line in reversed(row.lines) if line is not None), page.last)
    return elsewhere(request, "contracts:service-level", row.public_id) or here(
        request, "itsm:level_month", page.engagement.slug, row.level, latest
    )


def heat_forecast(heading: Heading | None) -> HeatForecast | None:
    return HeatForecast(*VERDICTS[heading.verdict]) if heading is not None and heading.verdict in VERDICTS else None


def heat_cell(
    base: str, row: HeatRowFacts, month: HeatMonthFacts, line: ResultLine | None, chosen: tuple[str, Month] | None
) -> HeatCell:
    """A cell; `base` is the address of the page as it stands, to which the cell adds itself."""
    state = state_of(line)
    measured = line is not None and line.attainment is not None
    name = f"{row.name}, {month.month.name}: {said(line)}"
    return HeatCell(
        state,
        figure(line) if measured and line is not None else "",
        name,
        f"{base}&{urlencode({'month': month.month, 'level': row.level})}"
        if line is not None and (measured or line.excluded)
        else "",
        reported=measured and line is not None and line.is_reported,
        running=month.is_running and measured,
        set_to_miss=month.is_running and measured and row.heading is not None and row.heading.verdict == "miss",
        selected=chosen == (row.level, month.month),
        corrected=line is not None and line.is_corrected,
        forgiven=line is not None and line.is_forgiven,
    )  # fmt: skip


def until_of(page: PerformancePage) -> Month | None:
    """The end of the window for an address; None for the usual one."""
    return None if page.is_latest else page.last


def said(line: ResultLine | None) -> str:
    """84.93 %, missed, 124 of 146 in time."""
    if line is None or line.attainment is None:
        return "not measured"
    words_of = {"met": "met", "risk": "at risk", "missed": "missed", "none": ""}
    parts = [percent(line.attainment), "met, forgiven" if line.is_forgiven else words_of[state_of(line)]]
    parts += [f"{words.number(line.met)} of {words.number(line.total)} in time"] if line.total else ["reported"]
    return ", ".join([*parts, *(["corrected after sealing"] if line.is_corrected else [])])


def heading_head(page: PerformancePage) -> SectionHead | None:
    running = page.running
    if running is None:
        return None
    day = next(month.day for month in page.months if month.is_running)
    note = f"day {day} of {running.last_day.day}; tick = today’s pace, band = 80 % range from 2,000 resampled months"
    return SectionHead(f"Where {running.month_name} is heading", note)


def heading_table(request: Request, page: PerformancePage) -> DataTable | None:
    """The service levels that are set to miss or at risk, those to miss first."""
    running = page.running
    rows = [*page.headed("miss"), *page.headed("at_risk")]
    if running is None or not rows:
        return None
    columns = (
        Column("Service level", width="m"), Column("To date"), Column("At month end", width="l"), Column("What it takes"),
    )  # fmt: skip
    made = tuple(
        heading_row(request, page, row, row.heading, line)
        for row in rows
        if row.heading is not None and (line := row.lines[-1]) is not None
    )
    return DataTable(f"Where {running.name} is heading", columns, made)


def heading_row(request: Request, page: PerformancePage, row: HeatRowFacts, heading: Heading, line: ResultLine) -> Row:
    running = line.month
    state, verdict = VERDICTS[heading.verdict]
    href = here(request, "itsm:level_month", page.engagement.slug, row.level, running)
    to_date = f"{words.number(heading.met)} of {words.number(heading.total)}" if heading.total else "none yet"
    return Row(
        (
            Cell(row.name, head=True, sub_status=Status(state, verdict, small=True)),
            Cell(to_date, href=href if heading.total else "", sub=percent(line.attainment) if heading.total else ""),
            Cell(forecast=forecast_line(row, heading, state)),
            Cell(what_it_takes(heading, line, running)),
        ),
        href=href,
    )  # fmt: skip


def forecast_line(row: HeatRowFacts, heading: Heading, state: State) -> ForecastLine | None:
    if heading.at_end is None or heading.low is None or heading.high is None:
        return None
    pace, low, high = (round(float(value), 2) for value in (heading.at_end, heading.low, heading.high))
    minimum = None if row.lines[-1] is None or row.lines[-1].minimum is None else float(row.lines[-1].minimum)
    expected = None if row.lines[-1] is None else float(row.lines[-1].expected)
    start = min(75.0, float(int(min(pace, low, minimum or 100) // 5) * 5))
    return ForecastLine(low, high, pace, minimum, expected, state, max(start, 0.0), 100, row.name)


def needed(bound: Fraction, met: int, total: int) -> int:
    """How many of the tickets to come must be in time, so that `total` in the end reach this percent."""
    return max(0, -(-total * bound // 100) - met)


def what_it_takes(heading: Heading, line: ResultLine, running: Month) -> str:
    """What the rest of the month must bring, in figures of tickets."""
    late, total = heading.total - heading.met, heading.total + heading.coming
    in_time = needed(Fraction(heading.bound), heading.met, total)
    bound = "minimum" if line.minimum is not None else "what is expected"
    if heading.verdict == "at_risk" and line.minimum is not None:
        for_expected = needed(Fraction(line.expected), heading.met, total)
        said = (
            f"{words.number(for_expected)} of about {words.number(heading.coming)} to come must be in time to reach {exact(line.expected)}."
            if for_expected <= heading.coming
            else f"{exact(line.expected)} is out of reach."
        )
        spare = heading.slack - heading.late_coming
        room = f", with {words.counted(spare, 'late ticket')} to spare" if spare > 0 else ", just"
        return f"{said} Minimum holds at this pace{room}."
    if in_time > heading.coming:
        best = Fraction(100 * (heading.met + heading.coming), total)
        return (
            f"Out of reach: even with all of about {words.number(heading.coming)} to come in time, {running.month_name} ends "
            f"at {words.percent(float(best) / 100)}, under {bound}."
        )
    if heading.slack <= 12:
        return (
            f"{words.counted(heading.slack, 'more late ticket')} {'uses' if heading.slack == 1 else 'use'} up the allowance "
            f"of {heading.allowance}; at this pace there will be {words.number(late + heading.late_coming)}."
        )
    return f"{words.number(in_time)} of about {words.number(heading.coming)} to come must be in time to reach {exact(heading.bound)}."


def trends(request: Request, page: PerformancePage) -> list[tuple[SectionHead, Trend]]:
    """A chart for each service level that has values, with a table one click away: the heat table."""
    made = []
    for row in page.rows:
        values = [None if line is None else line.attainment for line in row.lines]
        if not any(value is not None for value in values):
            continue
        latest = next(line for line in reversed(row.lines) if line is not None)
        low = scale_of([*values, latest.minimum, latest.expected], row.measure)
        points = tuple(
            trend_point(request, page, row, month, line) for month, line in zip(page.months, row.lines, strict=True)
        )
        head = SectionHead(row.name, f"{row.promise}; axis from {low:.0f} %", ruled=False)
        title = f"{row.name} by month, {page.months[0].month.name} to {page.months[-1].month.name}, percent"
        minimum = None if latest.minimum is None else float(latest.minimum)
        made.append((head, Trend(title, points, minimum, float(latest.expected), low)))
    return made


def trend_point(
    request: Request, page: PerformancePage, row: HeatRowFacts, month: HeatMonthFacts, line: ResultLine | None
) -> TrendPoint:
    label = month.month.month_name[:3]
    if line is None or line.attainment is None:
        return TrendPoint(label, None, "none", name=f"{month.month.name}: not measured")
    href = here(request, "itsm:level_month", page.engagement.slug, row.level, month.month)
    return TrendPoint(
        label, float(line.attainment), state_of(line), line.is_reported, href, f"{row.name}, {month.month.name}: {said(line)}"
    )  # fmt: skip


EXPORT_HEADS = (
    "service_level", "name", "month", "total", "met", "excluded", "attainment", "expected", "minimum", "standing", "reported",
    "state", "version",
)  # fmt: skip


def export_rows(page: PerformancePage) -> Sequence[Sequence[Value]]:
    """The heat table as rows, in the order of the page."""
    sealed = {month.month: month.sealed_at is not None for month in page.months}
    return [
        (
            line.level, line.level_name, line.month.text, line.total, line.met, line.excluded, line.attainment,
            plain(line.expected), None if line.minimum is None else plain(line.minimum), line.standing,
            "true" if line.is_reported else "false", "sealed" if sealed[line.month] else "open", line.version,
        )
        for row in page.rows
        for line in row.lines
        if line is not None
    ]  # fmt: skip
