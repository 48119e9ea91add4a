"""Door to "When is this due?": a question to a calendar, answered and explained step by step, at an address to share."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts import forms, policy, queries
from contracts.calc.explained import Explanation, Stretch, explain
from contracts.calc.open_hours import local
from contracts.importers.working_time import answer_document, write_json
from contracts.models import Calendar
from mspgov.kernel.calendar_terms import read_calendar, write_calendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import from_micros, read_instant
from mspgov.kernel.zones import zone_named
from mspgov.web import words
from mspgov.web.components import Cell, Column, DataTable, Empty, Figure, Figures, PageHead, Row, SectionHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from .addresses import contracts_crumb, siblings

EXAMPLE_HOURS = 8


@require_safe
@may(policy.READ_CALENDARS)
def due(request: Request) -> HttpResponse:
    lines = queries.calendar_lines()
    stand(request, contracts_crumb(request), "When is this due?")
    choices, zones = calendar_choices(request, lines)
    asked = request.GET if "start" in request.GET else None
    form = forms.WorkingTimeForm(asked, calendars=choices, zones=zones, initial=first_question(request, lines))
    context: dict[str, Any] = {
        "head": PageHead(
            "When is this due?",
            lead="Working time, counted step by step.",
            sentence="Any clock of a contract can be recomputed here, and by hand with the question below the answer.",
        ),
        "form": form,
        "tabs": siblings(request, "When is this due?"),
        "empty": Empty("There is no calendar to ask yet: it comes with the terms of a contract.")
        if not lines
        else None,
    }
    if asked is not None and form.is_valid():
        try:
            context |= answered(form, queries.calendar_of(UUID(form.cleaned_data["calendar"])))
        except Fault as fault:
            form.add_error(None, f"{fault.why[:1].upper()}{fault.why[1:]}.")
    return render(request, "contracts/due.html", context)


def calendar_choices(
    request: Request, lines: list[queries.CalendarLine]
) -> tuple[list[tuple[str, Any]], dict[str, str]]:
    """The calendars by owner, and the zone of each."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        owner = f"{line.contract.reference}, {line.contract.engagement.name}" if line.contract else request.tenant.name
        zone = words.zone_name(zone_named(line.terms.time_zone))
        groups.setdefault(owner, []).append((str(line.calendar.public_id), f"{line.calendar.name} ({zone})"))
    zones = {str(line.calendar.public_id): line.terms.time_zone for line in lines}
    asked = request.GET.get("calendar", "")
    if asked and asked not in zones and (found := older_calendar(asked)) is not None:
        zones[asked] = found.document["time_zone"]
        groups.setdefault("Earlier terms", []).append((asked, found.name))
    return list(groups.items()), zones


def older_calendar(asked: str) -> Calendar | None:
    """A calendar of terms that are no longer the latest, when an address names it."""
    try:
        return queries.calendar_named(UUID(asked))
    except ValueError:
        return None


def first_question(request: Request, lines: list[queries.CalendarLine]) -> dict[str, Any]:
    asked = request.GET
    calendar = asked.get("calendar") or (str(lines[0].calendar.public_id) if lines else "")
    line = next((line for line in lines if str(line.calendar.public_id) == calendar), None)
    zone = zone_named(line.terms.time_zone if line else request.tenant.time_zone)
    now = timezone.localtime(timezone=zone).replace(second=0, microsecond=0)
    return {
        "calendar": calendar,
        "ask": "due",
        "start": f"{now:%Y-%m-%dT%H:%M}",
        "hours": asked.get("hours", EXAMPLE_HOURS),
        "minutes": asked.get("minutes", 0),
    }


def answered(form: forms.WorkingTimeForm, calendar: Calendar) -> dict[str, Any]:
    """The calculator's own answer, the way to it, and the question as the command takes it. Raises Fault."""
    document = queries.calendar_document(calendar)
    asked = form.question()
    question = {"calendar": document, "ask": [asked]}
    answer, faults = answer_document(question)
    if faults:
        raise faults[0]
    given = answer["answers"][0]
    values = asked.get("due") or asked["elapsed"]
    start = read_instant(values["start"], "start")
    end = read_instant(given["due"] if "due" in given else values["end"], "end")
    pauses = [(read_instant(a, "pauses"), read_instant(b, "pauses")) for a, b in values["pauses"]]
    explanation = explain(queries.almanac(calendar), start, end, pauses)
    zone = document["time_zone"]
    return {
        "figures": answer_figures(form, given, start, end, zone, explanation),
        "steps_head": SectionHead("Step by step", note=f"{calendar.name}, times of {zone}", ruled=False),
        "steps": steps_table(explanation, zone) if explanation else None,
        "too_long": Empty("The time is longer than three years: too long to list.") if explanation is None else None,
        "left_out": explanation.left_out if explanation else 0,
        "hand_head": SectionHead("Recompute it by hand", note="manage.py working_time < question.json"),
        "question": written(question),
        "answer": write_json(answer),
    }


def written(question: dict[str, Any]) -> str:
    """The question as one writes it by hand: a line for each part of the calendar."""
    calendar = write_calendar(read_calendar(question["calendar"], "calendar"))
    parts = [f"{json.dumps(key)}: {write_json(value)}" for key, value in calendar.items()]
    inner = ",\n   ".join(parts)
    return f'{{"calendar":\n  {{{inner}}},\n "ask":\n  [{write_json(question["ask"][0])}]}}'


def answer_figures(
    form: forms.WorkingTimeForm, given: dict[str, Any], start: int, end: int, zone: str, explanation: Explanation | None
) -> Figures:
    if "due" in given:
        asked = f"{form.asked_words()} from {moment(start, zone)}; {utc(end)}"
        lead = Figure("Due", moment(end, zone), sub=asked, size=28, wide=True)
    else:
        between = f"{moment(start, zone)} to {moment(end, zone)}; {given['seconds']} s"
        lead = Figure("Ran for", words.duration(int(given["seconds"] * 1_000_000)), sub=between, size=28, wide=True)
    if explanation is None:
        return Figures((lead,))
    left = words.duration(end - start - explanation.counted_us, days=True)
    return Figures((lead, Figure("Not counted", left, sub="closed or paused")))


def moment(instant_us: int, zone: str) -> str:
    """Fri 27 Mar 2026, 15:00; with seconds where there are any."""
    at = local(instant_us, zone)
    clock = f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"
    return f"{at:%a} {at.day} {at:%b %Y}, {clock}".replace(" ", words.NBSP)


def utc(instant_us: int) -> str:
    return f"{from_micros(instant_us):%Y-%m-%d %H:%M:%S} UTC"


def steps_table(explanation: Explanation, zone: str) -> DataTable:
    columns = (
        Column("From"),
        Column("To"),
        Column("What"),
        Column("Counts", numeric=True),
        Column("In all", numeric=True),
    )
    rows = [step_row(stretch, zone) for stretch in explanation.stretches]
    if explanation.left_out:
        rows.append(Row((Cell(f"{explanation.left_out} more stretches", head=True), *(Cell("") for _ in range(4)))))
    rows += [step_row(stretch, zone) for stretch in explanation.later]
    total = Row(
        (Cell("Together", head=True), Cell(""), Cell(""), Cell(""), Cell(words.duration_fixed(explanation.counted_us)))
    )
    return DataTable("Step by step", columns, tuple(rows), total=total, density="close")


def step_row(stretch: Stretch, zone: str) -> Row:
    start, end = local(stretch.start_us, zone), local(stretch.end_us, zone)
    counts = stretch.kind == "counted"
    what = "open, counts" if counts else "open, paused" if stretch.kind == "paused" else f"closed: {stretch.reason}"
    shift = end.utcoffset() != start.utcoffset()
    to = f"{end:%H:%M}" if end.date() == start.date() else short(end)
    return Row(
        (
            Cell(short(start), head=counts, quiet=not counts),
            Cell(to, quiet=not counts),
            Cell(what, quiet=not counts, sub="clocks change in between" if shift else ""),
            Cell(words.duration_fixed(stretch.counted_us) if counts else "", quiet=not counts),
            Cell(words.duration_fixed(stretch.total_us) if counts else "", quiet=not counts),
        )
    )


def short(at: datetime) -> str:
    """Fri 27 Mar, 15:00, in one piece."""
    clock = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
    return f"{at:%a} {at.day} {at:%b}, {clock}".replace(" ", words.NBSP)
