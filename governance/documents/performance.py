"""The heat table, and a page per service level."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from django.utils.safestring import mark_safe

from costs.calc.totals import stands
from governance.calc import messages
from governance.calc.facts import LateFacts, LevelFacts, MonthFacts, PackFacts, ResultFacts
from governance.calc.wording import (
    NBSP,
    amount,
    bound,
    capital,
    counted,
    counted_of,
    figure,
    hours_column,
    in_cell,
    listed,
    month_name,
    month_short,
    rounded,
    span,
)
from mspgov.documents.charts import Trend, TrendPoint, trend_chart
from mspgov.documents.palette import paper_colours

from .shapes import Heat, HeatCell, HeatMonth, HeatRow, HeldRow, LateRow, Level, MonthRow
from .sources import source

STATES = {"met": "Met", "risk": "At risk", "missed": "Missed", "none": "Not measured"}
LATE_ROWS = 5
FEW = 5


def heat(facts: PackFacts) -> Heat:
    """Service level by month."""
    years = [month.month[:4] for month in facts.months]
    heads = tuple(
        HeatMonth(
            month_short(one.month),
            years[index] if index == 0 or years[index] != years[index - 1] else "",
            "sealed" if one.sealed_at else ("open" if _measured(facts, one) else ""),
        )
        for index, one in enumerate(facts.months)
    )
    groups = tuple(
        (name, tuple(_heat_row(level) for level in some))
        for name, some in groupby(facts.levels, key=lambda level: level.group)
    )
    stood = messages.standing(facts.levels, messages.quarter(facts))
    by_money = sorted(stood.missed, key=lambda level: -messages.credit_of(facts, level.key))
    return Heat(
        heading=messages.heat_heading(facts),
        eyebrow=f"{capital(counted_of(len(facts.levels), 'service levels'))} by month",
        months=heads,
        groups=groups,
        reported_by=facts.provider
        if any(r.origin == "reported" for level in facts.levels for r in level.results)
        else "",
        misses=tuple(_miss_row(facts, level) for level in by_money),
        misses_total=amount(
            sum((messages.credit_of(facts, level.key) for level in by_money), start=facts.months[0].credits * 0),
            facts.minor_units,
        ),
        beside=_beside(facts, stood),
        currency=facts.currency,
        source=source(
            facts, "results as sealed or latest; percent of tickets in time, never rounded up across a bound"
        ),
    )


def _beside(facts: PackFacts, stood: messages.Standing) -> str:
    """The credits of levels that never went under minimum, so that the table and the credits' total agree."""
    missed = {level.key for level in stood.missed}
    others = [
        credit
        for credit in facts.credits
        if credit.service_level not in missed and credit.amount and stands(credit.state)
    ]
    if not others:
        return ""
    total = sum((credit.amount for credit in others), start=facts.months[0].credits * 0)
    names = listed(sorted({messages.name_of(facts, credit) for credit in others}))
    return f"{messages.cash(facts, total)} more for {names}, under expected and not under minimum; see the page on credits."


def _measured(facts: PackFacts, month: MonthFacts) -> bool:
    return any(r.month == month.month and r.origin == "tickets" for level in facts.levels for r in level.results)


def _heat_row(level: LevelFacts) -> HeatRow:
    return HeatRow(level.name, level.promise, tuple(_heat_cell(level, result) for result in level.results))


def _heat_cell(level: LevelFacts, result: ResultFacts) -> HeatCell:
    if result.attainment is None:
        return HeatCell("none", "–", "", "", reported=False, corrected=result.corrected)
    bounds = [value for value in (level.expected, level.minimum) if value is not None]
    reported = result.origin == "reported"
    mark = {"risk": "risk-plain", "missed": "cross" if reported else "cross-white"}.get(result.state, "")
    told = STATES[result.state] if result.state in {"risk", "missed"} else ""
    return HeatCell(
        result.state, in_cell(result.attainment, bounds, level.places), mark, told, reported, result.corrected
    )


def _miss_row(facts: PackFacts, level: LevelFacts) -> tuple[str, str, str, str]:
    missed = [r for r in messages.in_months(level, messages.quarter(facts)) if r.state == "missed"]
    causes = Counter(ticket.cause for ticket in level.late if ticket.cause)
    main = max(causes.items(), key=lambda item: (item[1], item[0]), default=None)
    said = f"{main[0]}, {figure(main[1])} of {figure(len(level.late))}" if main else "by the values recorded"
    return (
        level.name,
        ", ".join(month_short(r.month) for r in missed),
        said,
        amount(messages.credit_of(facts, level.key), facts.minor_units),
    )


def level_page(facts: PackFacts, level: LevelFacts, index: int) -> Level:
    """One service level."""
    results = messages.in_months(level, messages.quarter(facts))
    reported = all(r.total is None or r.origin == "reported" for r in results)
    told = _since_first(level) if reported else results
    return Level(
        anchor=f"level-{index}",
        name=level.name,
        eyebrow=f"Service level: {level.promise}" + (f", {level.clause}" if level.clause else ""),
        heading=messages.level_heading(facts, level),
        chart=mark_safe(trend_chart(_trend(facts, level), paper_colours())),  # noqa: S308  # charts escape their text
        months_heading="Month by month" if reported else "The quarter in figures",
        with_counts=not reported,
        months=tuple(_month_row(facts, level, result) for result in told),
        held=_held(facts, level),
        late=tuple(_late_row(ticket) for ticket in level.late[:LATE_ROWS]),
        late_note=_late_note(level),
        source=source(facts, _counted(facts, results)),
    )


def _since_first(level: LevelFacts) -> tuple[ResultFacts, ...]:
    """The level's months from the first with a value on, at least the quarter's three."""
    first = next((at for at, r in enumerate(level.results) if r.attainment is not None), len(level.results))
    return level.results[min(first, len(level.results) - 3) :]


def _counted(facts: PackFacts, results: Sequence[ResultFacts]) -> str:
    when = span(messages.quarter(facts))
    totals = sum(r.total or 0 for r in results)
    excluded = counted(gone) if (gone := sum(r.excluded for r in results)) else "none"
    if totals:
        return f"{counted_of(totals, 'tickets')} counted {when}, {excluded} excluded by decision"
    if any(r.attainment is not None for r in results):
        return f"values {'reported' if any(r.origin == 'reported' for r in results) else 'recorded'} {when}"
    return f"no ticket counted {when}"


def _late_row(ticket: LateFacts) -> LateRow:
    late_by = hours_column(ticket.late_seconds) + ("" if ticket.finished else " so far")
    return LateRow(ticket.number, month_short(ticket.month), late_by, ticket.held_longest, ticket.reason)


def _late_note(level: LevelFacts) -> str:
    if len(level.late) <= LATE_ROWS:
        return f"all {figure(len(level.late))}, longest first" if len(level.late) > 1 else ""
    return f"the five longest of {figure(len(level.late))}; all in the attached workbook"


def _trend(facts: PackFacts, level: LevelFacts) -> Trend:
    shown_from = next(
        (index for index, r in enumerate(level.results) if r.attainment is not None), len(level.results) - 6
    )
    results = level.results[min(shown_from, len(level.results) - 6) :]
    points = tuple(_trend_point(level, result, first=index == 0) for index, result in enumerate(results))
    return Trend(
        title=f"{level.name} by month, percent: "
        + ", ".join(f"{month_name(r.month)} {messages.plain(level, r)}" for r in results),
        points=points,
        expected=float(level.expected),
        expected_label=f"expected {bound(level.expected)}",
        minimum=None if level.minimum is None else float(level.minimum),
        minimum_label="" if level.minimum is None else f"minimum {bound(level.minimum)}",
        volume_label="tickets",
        reported_label=f"reported by {facts.provider}, no tickets behind it",
    )


def _trend_point(level: LevelFacts, result: ResultFacts, *, first: bool) -> TrendPoint:
    name = month_short(result.month) + (f" {result.month[:4]}" if first or result.month.endswith("-01") else "")
    if result.attainment is None:
        return TrendPoint(name, None, "none", "none", "", "–")
    few = result.origin == "tickets" and (result.forgiven or (result.total or 0) <= FEW)
    label = messages.plain(level, result) + (
        f", {counted_of(result.total, 'tickets')}" if few and result.total is not None else ""
    )
    return TrendPoint(
        name,
        float(result.attainment),
        result.state,
        "few" if few else result.origin,
        label,
        "–" if result.total is None else figure(result.total),
    )


def _month_row(facts: PackFacts, level: LevelFacts, result: ResultFacts) -> MonthRow:
    notes = []
    if result.forgiven:
        notes.append("low-volume rule")
    if result.origin == "reported":
        notes.append(f"reported{': ' + result.source if result.source else ''}")
    if result.corrected:
        notes.append("corrected after sealing")
    if next(one.sealed_at for one in facts.months if one.month == result.month) is None:
        notes.append("not sealed")
    counted = result.total is not None and result.origin != "reported"
    return MonthRow(
        month=month_name(result.month) + (f"{NBSP}{result.month[:4]}" if result.month[:4] != facts.quarter[:4] else ""),
        total=figure(result.total or 0) if counted else "–",
        in_time=figure(result.met or 0) if counted else "–",
        excluded=figure(result.excluded) if counted else "–",
        attainment="–" if result.attainment is None else rounded(result.attainment, 4),
        state=result.state,
        state_word=STATES[result.state],
        note=", ".join(notes),
    )


def _held(facts: PackFacts, level: LevelFacts) -> tuple[HeldRow, ...]:
    sides = (("provider", facts.provider), ("subcontractor", "Its vendor"), ("client", "Stopped"))
    widest = max(
        (one.provider_seconds + one.subcontractor_seconds + one.client_seconds for one in level.held), default=0
    )
    rows = []
    for index, one in enumerate(level.held):
        lengths = (one.provider_seconds, one.subcontractor_seconds, one.client_seconds)
        parts = []
        for (side, name), seconds in zip(sides, lengths, strict=True):
            if seconds and widest:
                permille = round(seconds * 1000 / widest)
                hours_held = f"{seconds / 3600:.1f}{NBSP}h"
                named = f"{name} {hours_held}"
                fits = len(named) * 6.6 + 14 < permille * 0.592
                parts.append(
                    (
                        side,
                        f"{permille / 10:.1f}",
                        named if index == 0 and fits else hours_held if permille > 70 else "",
                    )
                )
        rows.append(HeldRow(month_name(one.month), tuple(parts)))
    return tuple(rows)
