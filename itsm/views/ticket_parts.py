"""Parts of a ticket's page: sentence of state, figures, derivation, events, the question that recomputes a clock."""

import json
import re
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from contracts.calc.words import week_sentence
from itsm.calc.course import WaitSum
from itsm.calc.parties import KINDS
from itsm.calc.story import Told
from itsm.queries.level_month import EXCLUDED_FOR
from itsm.queries.ticket_page import ClockFacts, LoweredFacts, TicketPage
from mspgov.kernel.calendar_terms import public_holidays, write_calendar
from mspgov.kernel.instants import SECOND_US, from_micros, to_micros, write_instant
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Derivation,
    Figure,
    Figures,
    HeldBar,
    HeldShare,
    Link,
    PageHead,
    Phrase,
    Row,
    SectionHead,
    State,
    Status,
    Step,
    TimeGauge,
)
from mspgov.web.doors import Request

from . import ticket_clock
from .sayings import month_name, place, said_at, spelled

NAMES = {"respond": "Response", "resolve": "Resolution"}
DONE = {"respond": "answered", "resolve": "resolved"}
STATES: dict[str, State] = {"met": "met", "missed": "missed", "running": "none", "excluded": "none"}
RULES = {"last": "in the last event", "worst": "the worst it ever had", "first": "the first it had"}


def chosen_clock(page: TicketPage, level: str) -> ClockFacts | None:
    """The clock that the address names, else the one that the page explains."""
    return next((clock for clock in page.clocks if clock.level == level), page.main)


def clock_name(page: TicketPage, clock: ClockFacts) -> str:
    """Response or Resolution; the service level's own name where several measure the same."""
    alike = [other for other in page.clocks if other.promised.measure == clock.promised.measure]
    return NAMES[clock.promised.measure] if len(alike) == 1 else clock.name


def crumbs(request: Request, page: TicketPage, clock: ClockFacts | None) -> list[tuple[str, str] | str]:
    slug = page.engagement.slug
    way: list[tuple[str, str] | str] = [
        (page.engagement.name, elsewhere(request, "itsm:performance", engagement=slug) or here(request, "itsm:tickets"))
    ]
    if clock is not None and clock.month is not None:
        month = here(request, "itsm:level_month", slug, clock.level, clock.month)
        return [*way, (f"{clock.name}, {clock.month.name}", month)]
    return [*way, ("Tickets", here(request, "itsm:tickets", engagement=slug))]


def context(request: Request, page: TicketPage, clock: ClockFacts | None) -> dict[str, object]:
    """Everything that the template draws."""
    asked = request.GET
    own = here(request, "itsm:ticket", page.ticket.public_id)
    as_table = asked.get("view") == "table"
    parts: dict[str, object] = {
        "head": head(page, clock, own),
        "figures": figures(request, page, clock),
        "events_head": events_head(page, own, asked.get("events") == "all"),
        "events": events_table(request, page, asked.get("events") == "all"),
        "remarks": remarks(request, page),
        "cost_url": cost_url(request, page),
        "facts_head": SectionHead("The ticket"),
        "facts": facts(page),
    }
    if clock is not None:
        parts |= {
            "clock_head": SectionHead(
                "The clock", "closed hours are drawn narrow; everything else to scale",
                "As a drawing" if as_table else "As a table", own if as_table else f"{own}?view=table", ruled=as_table,
            ),
            "clock": None if as_table else ticket_clock.drawing(request, page, clock_name),
            "clock_table": ticket_clock.table(request, page, clock) if as_table else None,
            "derivation_head": SectionHead(
                f"How {words.duration(clock.elapsed_us)} comes about", "" if len(page.clocks) < 2 else clock_name(page, clock),
                "Recompute by hand", f"{own}?recompute=1&clock={clock.level}#recompute",
            ),
            "derivation": derivation(page, clock),
            "other_clocks": other_clocks(page, clock, own),
        }  # fmt: skip
        if asked.get("recompute"):
            parts["recompute"] = recompute(request, page, clock, own)
    return parts


def head(page: TicketPage, clock: ClockFacts | None, own: str) -> PageHead:
    ticket = page.ticket
    title = ", ".join(part for part in (ticket.category, ticket.subcategory) if part) or f"Ticket, {ticket.state}"
    if clock is None:
        lead = "No service level takes this ticket" if page.reference else "No contract judges this ticket yet"
        return PageHead(title, f"{lead}.", f"Priority P{ticket.priority}, {ticket.state.lower()}.", ident=ticket.number)
    action = Action("Recompute", f"{own}?recompute=1&clock={clock.level}#recompute")
    return PageHead(title, lead_of(page), month_sentence(page, clock), ident=ticket.number, actions=(action,))


def lead_of(page: TicketPage) -> str:
    """Resolution missed by 23 min; response met with 6 min to spare."""
    order = {"missed": 0, "running": 1, "met": 2, "excluded": 3}
    said = [verdict(page, clock) for clock in sorted(page.clocks, key=lambda c: order[c.verdict])[:3]]
    return "; ".join([said[0], *(text[:1].lower() + text[1:] for text in said[1:])]) + "."


def verdict(page: TicketPage, clock: ClockFacts) -> str:
    name = clock_name(page, clock)
    if clock.verdict == "missed":
        return f"{name} missed by {words.duration(clock.late_us)}{'' if clock.end_us else ' so far'}"
    if clock.verdict == "met":
        return f"{name} met with {words.duration(-clock.late_us)} to spare"
    if clock.verdict == "excluded":
        return f"{name} left out of the count: {EXCLUDED_FOR.get(clock.excluded_for, 'excluded').lower()}"
    return f"{name} running, {words.duration(-clock.late_us)} left"


def month_sentence(page: TicketPage, clock: ClockFacts) -> str:
    """What this ticket does to its month."""
    line = clock.line
    if line is None:
        return f"Nothing is decided yet, as of {said_at(from_micros(page.now_us), page.zone)}."
    if clock.verdict != "missed" or not line.total:
        late = f"{words.number(line.late)} of {words.number(line.total)} are late" if line.late else "none is late"
        return f"It counts in {month_name(line.month)}, where {late}."
    spared = (line.met + 1) / line.total
    now, then = line.met * 100 / line.total, spared * 100
    crossed = [bound for bound in (line.minimum, line.expected) if bound is not None and now < bound <= then]
    would = f"in time, {month_name(line.month)} would stand at {words.percent(spared)}"
    if crossed:
        what = "its minimum" if crossed[-1] == line.minimum else "what is expected"
        return f"It alone decides the month: {would} and meet {what}."
    return f"One of {words.number(line.late)} late tickets of {words.number(line.total)}; {would}." if line.late > 1 else f"The only late ticket of {words.number(line.total)}; {would}."  # fmt: skip


def figures(request: Request, page: TicketPage, clock: ClockFacts | None) -> Figures | None:
    if clock is None:
        return None
    shown = [clock_figure(page, each) for each in page.clocks[:3]]
    held = held_figure(request, page, clock)
    return Figures((*shown, month_figure(request, page, clock), *([held] if held else [])))


def clock_figure(page: TicketPage, clock: ClockFacts) -> Figure:
    priority = f"P{page.ticket.priority}"
    said = {
        "met": f"Met, {words.duration(-clock.late_us)} to spare" if clock.late_us else "Met to the minute",
        "missed": f"Missed by {words.duration(clock.late_us)}",
        "running": f"Running, {words.duration(-clock.late_us)} left",
        "excluded": EXCLUDED_FOR.get(clock.excluded_for, "Excluded"),
    }[clock.verdict]
    return Figure(
        f"{clock_name(page, clock)}, {priority}", words.duration(clock.elapsed_us),
        of=f"of {words.duration(clock.target_us)}", status=Status(STATES[clock.verdict], said),
        time_gauge=TimeGauge(clock.elapsed_us, clock.target_us, STATES[clock.verdict], f"{clock.name}: {said}"),
    )  # fmt: skip


def month_figure(request: Request, page: TicketPage, clock: ClockFacts) -> Figure:
    if clock.line is None:
        return Figure("Counts in", "no month yet", sub="it counts when the outcome is decided")
    month = clock.line.month
    href = here(request, "itsm:level_month", page.engagement.slug, clock.level, month)
    decided = clock.due_us if clock.verdict == "missed" else clock.end_us
    zone = ZoneInfo(page.zone)
    on = f"decided on {words.day(from_micros(decided).astimezone(zone).date(), month.first_day)}; " if decided else ""
    seal = f"the month is sealed, version {clock.line.version}" if clock.sealed_at else "the month is not sealed yet"
    return Figure("Counts in", month.name, href, sub=on + seal)


def held_figure(request: Request, page: TicketPage, clock: ClockFacts) -> Figure | None:
    """Who held it in working time, one share a party."""
    sums: dict[tuple[str, bool], int] = {}
    for piece in page.held:
        key = (piece.party, piece.stopped)
        sums[key] = sums.get(key, 0) + piece.open_us
    total = sum(sums.values())
    if not total:
        return None
    shares = tuple(
        HeldShare(party, party_words(request, page, party, stopped), words.duration_columns(time), time)  # type: ignore[arg-type]
        for (party, stopped), time in sums.items()
        if time
    )
    hours = "round the clock" if clock.calendar_promise.terms.always else "in working time"
    return Figure(f"Who held it, {hours}", "", held=HeldBar(shares, words.duration(total)), wide=True)


def party_words(request: Request, page: TicketPage, party: str, stopped: bool) -> str:
    name = ticket_clock.party_name(request, page, party)
    return f"{name}, stopped" if stopped else name


def moment(page: TicketPage, at_us: int, *, with_date: bool = True) -> str:
    at = from_micros(at_us).astimezone(ZoneInfo(page.zone))
    return f"{at:%a} {at.day} {at:%b} {at:%H:%M}" if with_date else f"{at:%a} {at:%H:%M}"


def derivation(page: TicketPage, clock: ClockFacts) -> Derivation:
    """The working time step by step: target, calendar, wall, closed, waits, and what is left."""
    until = "now" if clock.end_us is None else ""
    wall = f"On the wall, {moment(page, clock.start_us)} to {until or moment(page, clock.until_us)}"
    steps = [
        Step(
            f"Priority P{page.ticket.priority}, {RULES[clock.promised.priority_rule]}: {words.duration(clock.target_us)} to {clock.promised.measure}",
            words.duration_fixed(clock.target_us), clause=clock.promised.clause,
        ),
        Step(f"{calendar_words(clock)}, {place(clock.calendar_promise.terms.time_zone)}", detail=holiday_words(page, clock), clause=clock.calendar_promise.clause),
        Step(wall, words.duration_fixed(clock.wall_us), detail="from the opening on; closed hours come off below"),
    ]  # fmt: skip
    if closed := clock.wall_us - clock.open_us:
        steps.append(Step("Closed in between", words.duration_fixed(-closed), detail="outside the hours of step 2"))
    steps += [wait_step(page, each) for each in clock.waits]
    taken = clock.open_us - sum(each.taken_off_us for each in clock.waits)
    over = f"over {words.duration_fixed(clock.target_us)} by {words.duration(clock.late_us)}: missed"
    left = f"{words.duration(-clock.late_us)} under {words.duration_fixed(clock.target_us)}"
    result = over if clock.late_us > 0 else f"{left}: {'met' if clock.end_us else 'still running'}"
    if taken != clock.elapsed_us:
        result += f"; as sealed. By what is known now it would be {words.duration_fixed(taken)}"
    due = f"Counted; due {moment(page, clock.due_us)}" if clock.due_us is not None else "Counted"
    steps.append(Step("", words.duration_fixed(clock.elapsed_us), lead=due, detail=result))
    return Derivation(tuple(steps), source(page, clock), f"How {words.duration(clock.elapsed_us)} comes about")


def calendar_words(clock: ClockFacts) -> str:
    said = week_sentence(clock.calendar_promise.terms)
    return said[:1].upper() + said[1:]


def holiday_words(page: TicketPage, clock: ClockFacts) -> str:
    """Which holidays lie in between, by name of the day."""
    terms = clock.calendar_promise.terms
    if terms.always:
        return ""
    zone = ZoneInfo(terms.time_zone)
    first, last = (from_micros(at).astimezone(zone).date() for at in (clock.start_us, clock.until_us))
    closed = set(terms.holidays)
    if terms.holiday_country is not None:
        closed |= public_holidays(terms.holiday_country, terms.holiday_subdivision, first.year, last.year)
    inside = sorted(day for day in closed if first <= day <= last)
    if not inside:
        return "no holiday in between"
    named = [f"{day:%a} {day.day} {day:%b}" for day in inside[:3]]
    rest = f" and {spelled(len(inside) - 3)} more" if len(inside) > 3 else ""
    return f"{', '.join(named)}{rest} closed"


def wait_step(page: TicketPage, waits: WaitSum) -> Step:
    label = KINDS[waits.kind].sentence
    if len(waits.stretches) <= 2:
        detail = " and ".join(f"{moment(page, a)} to {moment(page, b)}" for a, b in waits.stretches)
    else:
        first, last = waits.stretches[0][0], waits.stretches[-1][1]
        detail = f"{spelled(len(waits.stretches))} waits, from {moment(page, first)} to {moment(page, last)}"
    says = "stops the clock" if waits.stops else "does not stop the clock"
    return Step(f"{label} {says}", words.duration_fixed(-waits.taken_off_us) if waits.stops else words.duration_fixed(0), detail=detail)  # fmt: skip


def source(page: TicketPage, clock: ClockFacts) -> str:
    line = clock.line
    rules = f"Rules {line.rules_version}, " if line else ""
    computed = said_at(line.as_of, page.zone) if line else said_at(from_micros(page.now_us), page.zone)
    imports = f" of {words.counted(page.imports, 'import')}" if page.imports else ""
    return (
        f"{rules}terms {page.reference} version {clock.version.version}. Computed {computed}, from "
        f"{words.counted(len(page.events), 'event')}{imports}."
    )


def other_clocks(page: TicketPage, clock: ClockFacts, own: str) -> Phrase:
    """Links to how the other clocks come about."""
    others = [each for each in page.clocks if each.level != clock.level]
    said: list[str | Link] = []
    for each in others:
        said += [", " if said else "How the others come about: "]
        text = f"{clock_name(page, each).lower()} {words.duration(each.elapsed_us)}"
        said.append(Link(text, f"{own}?clock={each.level}", "text"))
    return tuple(said)


def events_head(page: TicketPage, own: str, everything: bool) -> SectionHead:
    moving = sum(event.moves_clock for event in page.events)
    count = len(page.events)
    if moving == count:
        return SectionHead("Events", words.counted(count, "event"))
    link, href = ("Only these", own) if everything else (f"All {count}", f"{own}?events=all")
    return SectionHead("Events", f"{moving} of {count} move the clock", link, href)


def events_table(request: Request, page: TicketPage, everything: bool) -> DataTable:
    shown = [event for event in page.events if everything or event.moves_clock]
    if page.events and len(page.events) == 1:
        shown = facts_as_events(page)
    zone = ZoneInfo(page.zone)
    long = bool(shown) and shown[-1].at_us - shown[0].at_us > 6 * 86_400 * SECOND_US
    rows, day = [], None
    for event in shown:
        at = from_micros(event.at_us).astimezone(zone)
        date = (f"{at.day} {at:%b} " if long else f"{at:%a} ") if at.date() != day else ""
        day = at.date()
        holder = {"client": "client", "vendor": "subcontractor"}.get(event.holder, "provider")
        name = "Vendor" if event.holder == "vendor" else ticket_clock.party_name(request, page, holder)
        rows.append(
            Row((Cell(f"{date}{at:%H:%M}", quiet=True), Cell(event.state), Cell(event.words), Cell(name, quiet=True)))
        )
    columns = (Column("At"), Column("State"), Column("What happened"), Column("Held by", on_phone=False))
    return DataTable("Events", columns, tuple(rows), density="close")


def facts_as_events(page: TicketPage) -> list[Told]:
    """What a source without a log says: opened, answered, waits, resolved."""
    ticket = page.ticket
    found = [page.events[0]]
    if ticket.answered_at:
        found.append(Told(to_micros(ticket.answered_at), "", "Answered", True, "provider"))
    for piece in page.held:
        if piece.kind in KINDS:
            holder = "client" if piece.party == "client" else "vendor" if piece.party == "subcontractor" else "provider"
            found.append(Told(piece.start_us, "", KINDS[piece.kind].sentence, True, holder))
            found.append(Told(piece.end_us, "", "Goes on", True, "provider"))
    if ticket.resolved_at:
        found = [event for event in found if event.words != "Goes on" or event.at_us != to_micros(ticket.resolved_at)]
        found.append(Told(to_micros(ticket.resolved_at), ticket.state, "Resolved", True, "provider"))
    return sorted(found, key=lambda event: event.at_us)


def remarks(request: Request, page: TicketPage) -> list[Phrase]:
    """What to know before the figures are trusted."""
    said: list[Phrase] = [lowered_words(page, each) for each in page.lowered]
    if page.undecided:
        vendors = ", ".join(page.undecided)
        way = elsewhere(request, "engagements:vendors")
        link: tuple[str | Link, ...] = (Link("Decide whose it is", way, "text"), ".") if way else ()
        said.append(
            (
                f"It waited for a vendor ({vendors}) of whom nobody has decided whose it is, so the clock went on. ",
                *link,
            )
        )
    return said


def lowered_words(page: TicketPage, low: LoweredFacts) -> str:
    at_us = to_micros(low.at)
    apart = words.duration(abs(low.due_us - at_us))
    when = f"{apart} before" if at_us < low.due_us else f"{apart} after"
    would = (
        "with the old priority it would have been missed"
        if low.would_miss
        else "with the old priority it would have been met too"
    )
    return (
        f"Priority lowered from P{low.before} to P{low.after} on {moment(page, at_us)}, {when} {low.level} was due: {would}."
    )  # fmt: skip


def cost_url(request: Request, page: TicketPage) -> str:
    """What the ticket cost stands above this floor; asked only where something was missed."""
    if not any(clock.verdict == "missed" for clock in page.clocks):
        return ""
    return elsewhere(request, "costs:ticket_cost", ticket=page.ticket.public_id)


def facts(page: TicketPage) -> list[tuple[str, str]]:
    """What the source says of the ticket, in pairs; what it does not say is left out."""
    ticket = page.ticket
    zone = ZoneInfo(page.zone)
    today = timezone.localdate(timezone=zone)
    found = [
        ("Priority", f"P{ticket.priority}" + (f", at worst P{ticket.priority_worst}" if ticket.priority_worst != ticket.priority else "")),
        ("State", ticket.state), ("Opened", words.moment(ticket.opened_at, today, zone)),
        ("Answered", words.moment(ticket.answered_at, today, zone) if ticket.answered_at else "not yet"),
        ("Resolved", words.moment(ticket.resolved_at, today, zone) if ticket.resolved_at else "not yet"),
        ("Category", ", ".join(part for part in (ticket.category, ticket.subcategory, ticket.symptom) if part)),
        ("Group", ticket.assignment_group), ("Service", ticket.service), ("Location", ticket.location), ("CI", ticket.ci),
        ("Vendor", ticket.vendor),
    ]  # fmt: skip
    return [(label, value) for label, value in found if value]


def question_of(clock: ClockFacts) -> dict[str, Any]:
    """The question to `manage.py working_time` whose answer is this clock."""
    start, end = write_instant(clock.start_us), write_instant(clock.until_us)
    pauses = [[write_instant(a), write_instant(b)] for a, b in clock.pauses]
    target = clock.target_us // SECOND_US
    return {
        "calendar": write_calendar(clock.calendar_promise.terms),
        "ask": [
            {"id": f"{clock.level} elapsed", "elapsed": {"start": start, "end": end, "pauses": pauses}},
            {"id": f"{clock.level} due", "due": {"start": start, "seconds": target, "pauses": pauses}},
        ],
        "explain": True,
    }


PAIR = re.compile(r'\[\s+("[^"]*"),\s+("[^"]*")\s+\]')


def question_text(clock: ClockFacts) -> str:
    """The question as a person reads it: pairs of instants stay in one line."""
    return PAIR.sub(r"[\1, \2]", json.dumps(question_of(clock), indent=2, ensure_ascii=False))


def recompute(request: Request, page: TicketPage, clock: ClockFacts, own: str) -> dict[str, object]:
    """The question, the command, and the answer to expect."""
    answer = [f"{clock.elapsed_us // SECOND_US} seconds, {words.duration(clock.elapsed_us)}"]
    if clock.due_us is not None:
        answer.append(f"due {write_instant(clock.due_us)}")
    return {
        "head": SectionHead("Recompute by hand", clock.name, "Close", own, id="recompute"),
        "question": question_text(clock),
        "answer": "; ".join(answer),
        "download": here(request, "itsm:question", page.ticket.public_id, clock=clock.level),
        "name": f"{page.ticket.number}-{clock.level}.json",
    }
