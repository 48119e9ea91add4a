"""Cover and executive summary."""

from datetime import date
from math import ceil
from zoneinfo import ZoneInfo

from django.utils.safestring import mark_safe

from governance.calc import messages
from governance.calc.facts import LevelFacts, PackFacts, RootCauseFacts
from governance.calc.wording import NBSP, bound, capital, counted_of, day, figure, month_name, span
from mspgov.documents.charts import Needle, gauge
from mspgov.documents.palette import paper_colours

from .shapes import Cover, Entry, Strip, Summary
from .sources import source


def cover(facts: PackFacts, sha256: str) -> Cover:
    """The first page."""
    months = messages.quarter(facts)
    level = messages.worst_level(facts)
    entries = [
        Entry("summary", "Summary and what the board must decide"),
        Entry("heat", f"{capital(counted_of(len(facts.levels), 'service levels'))} by month"),
    ]
    inner = [Entry(f"level-{index}", one.name, inner=True) for index, one in enumerate(facts.levels, 1)]
    tall = max(1, ceil(len(inner) / 3))
    rest = [
        Entry("credits", "Credits and how they come about"),
        *([Entry("root-causes", "Root causes and corrective actions")] if facts.rcas != RootCauseFacts() else []),
        Entry("quality", "Data quality"),
        Entry("definitions", "Definitions"),
    ]
    return Cover(
        client=facts.client,
        provider=facts.provider,
        number=facts.number,
        engagement=facts.engagement,
        months=span(months),
        notes=tuple(
            note
            for note in (
                partly(facts),
                f"Contract {facts.contract.reference}, terms version {facts.contract.terms_version} in force from {day(facts.contract.effective_on, year=True)}",
            )
            if note
        ),
        gauge=mark_safe(_gauge(facts, level)) if level else mark_safe(""),  # noqa: S308  # charts escape their text
        gauge_words=_gauge_words(facts, level) if level else "Nothing was measured in the quarter",
        contents=(*entries, *rest),
        inner_contents=tuple(tuple(inner[at : at + tall]) for at in range(0, len(inner), tall)),
        sealed=sealed_words(facts),
        sha256=NBSP.join(sha256[at : at + 4] for at in range(0, 64, 4)).replace(NBSP, " "),
    )


def partly(facts: PackFacts) -> str:
    """Says where the log covers the quarter only partly."""
    first = date.fromisoformat(f"{facts.quarter_months[0].month}-01")
    if facts.log.begins_on is None:
        return "No log was imported for this quarter"
    return f"The log begins on {day(facts.log.begins_on)}" if facts.log.begins_on > first else ""


def sealed_words(facts: PackFacts) -> str:
    """March sealed 7 April 2016, … ; June not sealed."""
    zone = ZoneInfo(facts.time_zone)
    words = [
        f"{month_name(one.month)} "
        + (f"sealed {day(one.sealed_at.astimezone(zone).date(), year=True)}" if one.sealed_at else "not sealed")
        for one in facts.quarter_months
    ]
    begin = "Drawn from sealed months only: " if not facts.is_draft else "Draft, not all months are sealed: "
    return f"{begin}{', '.join(words)}. The figures are attached to this file as YAML, JSON and XLSX."


def _bounds(level: LevelFacts) -> list[float]:
    return [float(value) for value in (level.expected, level.minimum) if value is not None]


def _gauge(facts: PackFacts, level: LevelFacts) -> str:
    results = [r for r in messages.in_months(level, messages.quarter(facts)) if r.attainment is not None]
    needles = [
        Needle(float(r.attainment or 0), r.state, f"{month_name(r.month)} {messages.plain(level, r)}") for r in results
    ]
    lowest = min([*_bounds(level), *(needle.value for needle in needles)])
    low = next(scale for scale in (99.0, 97.0, 94.0, 70.0, 40.0, 0.0) if lowest >= scale)
    return gauge(
        f"{level.name}, percent: " + ", ".join(needle.label for needle in needles),
        needles,
        (float(level.expected), f"expected {bound(level.expected)}"),
        None if level.minimum is None else (float(level.minimum), f"minimum {bound(level.minimum)}"),
        paper_colours(),
        low=low,
    )


def _gauge_words(facts: PackFacts, level: LevelFacts) -> str:
    results = [r for r in messages.in_months(level, messages.quarter(facts)) if r.state != "none"]
    missed = sum(r.state == "missed" for r in results)
    unit = "percent in time" if level.group != "Other" else "percent"
    if not missed:
        return f"{level.name}, {unit}: the service level nearest to its bounds"
    most = [
        one
        for one in facts.levels
        if sum(r.state == "missed" for r in messages.in_months(one, messages.quarter(facts))) == missed
    ]
    only = "the one service level" if len(most) == 1 else f"one of {counted_of(len(most), 'service levels')}"
    return f"{level.name}, {unit}: {only} under {'its' if len(most) == 1 else 'their'} minimum {messages.how_often(missed, len(results))}"


def summary(facts: PackFacts) -> Summary:
    """The executive summary."""
    now, before = messages.quarter(facts), messages.quarter_before(facts)
    stood, stood_before = messages.standing(facts.levels, now), messages.standing(facts.levels, before)
    count = len(facts.levels)
    known = stood_before.measured
    earlier = f"{len(stood_before.met)} of {count} in the quarter before" if known else "not measured before"
    strip = (
        Strip("Service levels met throughout", f"{len(stood.met)} of {count}", earlier),
        Strip(
            "Missed at least once",
            f"{len(stood.missed)} of {count}",
            f"{len(stood_before.missed)} of {count} before" if known else "not measured before",
        ),
        Strip("Credits", messages.cash(facts, messages.credits_of(facts, now)), messages.share_of_charges(facts)),
        Strip(
            "Months sealed",
            f"{sum(one.sealed_at is not None for one in facts.quarter_months)} of 3",
            "draft" if facts.is_draft else "final",
        ),
    )
    return Summary(
        heading=messages.summary_heading(facts),
        strip=strip,
        paragraphs=messages.summary_sentences(facts),
        decisions=messages.decisions(facts),
        since_heading=f"Against {span(before)}",
        since=_since(facts, stood, stood_before),
        source=source(
            facts, f"results {span(now)}, {figure(facts.log.decided)} incidents of {figure(facts.log.tickets)} imported"
        ),
    )


def _since(facts: PackFacts, now: messages.Standing, before: messages.Standing) -> tuple[tuple[str, str, str], ...]:
    count = len(facts.levels)
    months, earlier = messages.quarter(facts), messages.quarter_before(facts)
    measured = bool(before.measured)

    def told(value: str) -> str:
        return value if measured else "not measured"

    rows = [
        ("Service levels under minimum", f"{len(now.missed)} of {count}", told(f"{len(before.missed)} of {count}")),
        ("Service levels under expected", f"{len(now.risk)} of {count}", told(f"{len(before.risk)} of {count}")),
    ]
    if now.silent or (measured and before.silent):
        rows.append(
            ("Service levels not measured", f"{len(now.silent)} of {count}", told(f"{len(before.silent)} of {count}"))
        )
    rows.append(
        (
            "Credits",
            messages.cash(facts, messages.credits_of(facts, months)),
            told(messages.cash(facts, messages.credits_of(facts, earlier))),
        )
    )
    return tuple(rows)
