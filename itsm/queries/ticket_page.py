"""One ticket with its clocks: who held it when, what counted, what did not, when it was due, what it did to its months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max
from django.http import Http404

from contracts.calc.terms import CalendarPromise, ServiceLevelTerms
from contracts.models import TermsVersion
from engagements import queries as engagements
from itsm.calc.course import Piece, WaitSum, course, joined, wait_sums
from itsm.calc.holding import held
from itsm.calc.lowering import Changes, lowered_near_due
from itsm.calc.measurement import MET, MISSED, NEVER, LevelRules, Tickets, judge
from itsm.calc.story import LogEvent, Told, story
from itsm.models import Outcome, PriorityChange, Result, Ticket, TicketEvent
from mspgov.kernel.calendar import NeverReached, WorkingCalendar
from mspgov.kernel.instants import Micros, to_micros
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement

from .arrays import read_tickets
from .current import ResultLine, holding_ids, result_lines, seals_between
from .rules import Contract, Version, span_of
from .ticket_list import find_ticket
from .waits import TicketWait, open_between, waiting_of, waits_of


@dataclass(frozen=True, eq=False)
class ClockFacts:
    """The clock of a ticket in one service level; instants and durations are microseconds.

    `verdict` is 'met', 'missed', 'running' or 'excluded'. `due_us` is None where the calendar never comes to it.
    `line` is the result that it counts in, None as long as it counts in none.
    """

    level: str
    name: str
    promised: ServiceLevelTerms
    calendar_promise: CalendarPromise
    calendar: WorkingCalendar
    version: TermsVersion
    start_us: int
    end_us: int | None
    until_us: int
    elapsed_us: int
    paused_us: int
    target_us: int
    due_us: int | None
    verdict: str
    excluded_for: str
    line: ResultLine | None
    sealed_at: datetime | None
    pauses: tuple[tuple[int, int], ...]
    pieces: tuple[Piece, ...]
    waits: tuple[WaitSum, ...]

    @property
    def late_us(self) -> int:
        """Over its target; negative is left."""
        return self.elapsed_us - self.target_us

    @property
    def wall_us(self) -> int:
        return self.until_us - self.start_us

    @property
    def open_us(self) -> int:
        """Working time on the wall, before anything is taken off."""
        return open_between(self.calendar, self.start_us, self.until_us)

    @property
    def month(self) -> Month | None:
        return self.line.month if self.line else None


@dataclass(frozen=True)
class HeldPiece:
    """A party held the ticket: what it is called, working time, whether the main clock stood still."""

    party: str
    kind: str
    label: str
    start_us: int
    end_us: int
    open_us: int
    stopped: bool


@dataclass(frozen=True)
class LoweredFacts:
    """A priority lowered after the worse target's due instant or in the hour before it."""

    at: datetime
    before: int
    after: int
    level: str
    due_us: int
    would_miss: bool


@dataclass(frozen=True, eq=False)
class TicketPage:
    """Everything that a ticket's page shows. `now_us` is when it was measured last; unfinished clocks run up to it."""

    ticket: Ticket
    engagement: Engagement
    zone: str
    reference: str
    now_us: int
    clocks: tuple[ClockFacts, ...]
    main: ClockFacts | None
    held: tuple[HeldPiece, ...]
    events: tuple[Told, ...]
    imports: int
    lowered: tuple[LoweredFacts, ...]
    undecided: tuple[str, ...]


def ticket_page(which: str, now: datetime) -> TicketPage:
    """The ticket with this id or number. Raises Http404. `now` is for a ticket of which nothing was measured yet."""
    ticket = find_ticket(which).first()
    if ticket is None:
        raise Http404
    engagement = ticket.engagement
    contract = Contract(engagement)
    parties = engagements.vendor_parties(engagement)
    known = Result.objects.filter(engagement=engagement).aggregate(at=Max("as_of"))["at"]
    now_us = max(to_micros(known or now), to_micros(ticket.updated_at))
    arrays = read_tickets(engagement.pk, contract.selections(), parties, "t.id = %s", [ticket.pk])
    waits = waits_of(engagement, [ticket.pk], parties).get(ticket.pk, [])
    clocks = clocks_of(contract, arrays.tickets, ticket, waits, now_us)
    main = main_clock(clocks)
    log, imports = log_of(ticket)
    return TicketPage(
        ticket, engagement, contract.zone, contract.versions[-1].terms.contract.reference if contract.versions else "",
        now_us, clocks, main, held_of(ticket, main, waits, log), story(log), imports,
        lowered_of(contract, arrays.tickets, ticket, now_us),
        tuple(dict.fromkeys(w.vendor or "not named" for w in waits if w.kind == "unknown_vendor")),
    )  # fmt: skip


def main_clock(clocks: Sequence[ClockFacts]) -> ClockFacts | None:
    """The clock that the page explains: a missed one before the others, resolution before response."""
    return min(clocks, key=lambda c: (c.verdict != "missed", c.promised.measure != "resolve"), default=None)


def clocks_of(
    contract: Contract, tickets: Tickets, ticket: Ticket, waits: Sequence[TicketWait], now_us: int
) -> tuple[ClockFacts, ...]:
    """The clocks of every service level that takes the ticket, response before resolution."""
    if not len(tickets.opened):
        return ()
    span = span_of(int(tickets.opened[0]), now_us)
    holding = holding_ids(contract.engagement)
    stored = {holding[o.result_id].key: o for o in Outcome.objects.filter(ticket=ticket) if o.result_id in holding}
    lines = {line.level: line for line in result_lines(Result.objects.filter(pk__in=[o.result_id for o in stored.values()]))} if stored else {}  # fmt: skip
    months = [line.month for line in lines.values()]
    seals = seals_between(contract.engagement, min(months), max(months)) if months else {}
    found = []
    for key in contract.levels:
        for rules in contract.rules(key, span):
            if len(rules.applied(tickets)):
                version = next(v for v in contract.versions if v.opened_from == rules.opened_from)
                line = lines.get(key)
                sealed = seals.get(line.month) if line else None
                found.append(clock_of(rules, version, tickets, waits, now_us, stored.get(key), line, sealed))
    return tuple(sorted(found, key=lambda clock: clock.promised.measure != "respond"))


def clock_of(
    rules: LevelRules, version: Version, tickets: Tickets, waits: Sequence[TicketWait], now_us: int,
    stored: Outcome | None, line: ResultLine | None, sealed_at: datetime | None,
) -> ClockFacts:  # fmt: skip
    """As it was stored with its month, where it counts; as it stands now otherwise."""
    judged = judge(tickets, rules, now_us)
    start, end = int(judged.starts[0]), int(judged.ends[0])
    until = max(now_us, start) if end == NEVER else end
    verdict = {MET: "met", MISSED: "missed"}.get(int(judged.verdicts[0]), "running")
    elapsed, paused, target = (int(column[0]) for column in (judged.elapsed, judged.paused, judged.targets))
    due = int(judged.due[0]) if int(judged.due[0]) != NEVER else due_of(rules, tickets, until)
    why = ""
    if stored is not None:
        elapsed, paused, target, why = stored.elapsed_us, stored.paused_us, stored.target_us, stored.excluded_for
        verdict = "excluded" if why else "met" if stored.met else "missed"
        due = to_micros(stored.due_at) if stored.due_at else due
    promised = version.terms.service_level(rules.key)
    stops = frozenset(promised.stops) - {"provider_vendor", "unknown_vendor"}
    spans = [(w.kind, to_micros(w.started_at), until if w.ended_at is None else to_micros(w.ended_at)) for w in waits]
    pauses = joined([(a, b) for kind, a, b in spans if kind in stops], start, until)

    def opened(a: int, b: int) -> int:
        return open_between(rules.calendar, a, b)

    return ClockFacts(
        rules.key, line.level_name if line else promised.name, promised, version.terms.calendars[promised.calendar or ""],
        rules.calendar, version.row, start, None if end == NEVER else end, until, elapsed, paused, target, due, verdict,
        why, line, sealed_at, tuple(pauses), course(start, until, due, pauses, opened),
        wait_sums(start, until, spans, stops, opened),
    )  # fmt: skip


def due_of(rules: LevelRules, tickets: Tickets, until_us: int) -> int | None:
    """When the target is or was reached, by the waits known so far."""
    rows = np.zeros(1, dtype=np.int64)
    pauses = tickets.waits_of(rows, rules.stops, np.array([until_us], dtype=np.int64))
    target: Micros = rules.targets[tickets.priorities(rules.priority_rule)[:1]]
    try:
        return int(rules.calendar.due(tickets.opened[:1], target, *pauses)[0])
    except NeverReached:
        return None


def held_of(
    ticket: Ticket, main: ClockFacts | None, waits: Sequence[TicketWait], log: Sequence[LogEvent]
) -> tuple[HeldPiece, ...]:
    """Who held the ticket, from its opening to the end of the main clock; the provider's part by group."""
    if main is None:
        return ()
    calendar, stops = main.calendar, frozenset(main.promised.stops)
    waiting = waiting_of(waits, stops, main.until_us)
    pieces: list[HeldPiece] = []
    for party, kind, start, end, time, stopped in held(
        main.start_us, main.until_us, waiting, lambda a, b: open_between(calendar, a, b)
    ):
        if kind:
            vendor = next(
                (w.vendor for w in waits if w.kind == kind and to_micros(w.started_at) <= start and w.vendor), ""
            )
            pieces.append(HeldPiece(party, kind, vendor, start, end, time, stopped))
        else:
            pieces += by_group(ticket, log, start, end, calendar)
    return tuple(pieces)


def by_group(
    ticket: Ticket, log: Sequence[LogEvent], start: int, end: int, calendar: WorkingCalendar
) -> list[HeldPiece]:
    """A stretch that the provider held, cut where it was answered and where the group changed."""
    answered = to_micros(ticket.answered_at) if ticket.answered_at else None
    cuts = {event.at_us: event.assignment_group for event in log}
    group, pieces, at = "", [], start
    group = next(
        (e.assignment_group for e in reversed(log) if e.at_us <= start), log[0].assignment_group if log else ""
    )
    for cut in sorted({*cuts, *([answered] if answered else []), end}):
        if not start < cut <= end:
            continue
        after = cuts.get(cut, group)
        if cut < end and after == group and cut != answered:
            continue
        kind = "queue" if answered is None or at < answered else "work"
        if cut > at:
            pieces.append(HeldPiece("provider", kind, group, at, cut, open_between(calendar, at, cut), False))
        at, group = cut, after
    return pieces


def log_of(ticket: Ticket) -> tuple[list[LogEvent], int]:
    """The events that count now, in order, and from how many imports they come."""
    rows = (
        TicketEvent.objects.filter(ticket=ticket, source__withdrawn_at=None)
        .order_by("format", "mod_count", "place", "-version")
        .distinct("format", "mod_count", "place")
        .values_list("at", "opened_at", "state", "priority", "assignment_group", "vendor", "source_id")
    )
    found = list(rows)
    log = [
        LogEvent(to_micros(opened if at is None or place == 0 else at), state, priority, group, vendor)
        for place, (at, opened, state, priority, group, vendor, _) in enumerate(found)
    ]
    return log, len({row[-1] for row in found})


def lowered_of(contract: Contract, tickets: Tickets, ticket: Ticket, now_us: int) -> tuple[LoweredFacts, ...]:
    """Lowerings of its priority near a due instant, once each, by the level where they could decide most."""
    if ticket.priority_first == ticket.priority_worst == ticket.priority or not len(tickets.opened):
        return ()
    rows = list(PriorityChange.objects.filter(ticket=ticket).order_by("at").values_list("at", "before", "after"))
    changes = Changes(
        np.zeros(len(rows), dtype=np.int64), np.array([to_micros(at) for at, *_ in rows], dtype=np.int64),
        np.array([before for _, before, _ in rows], dtype=np.int8), np.array([after for *_, after in rows], dtype=np.int8),
    )  # fmt: skip
    span = span_of(int(tickets.opened[0]), now_us)
    found: dict[int, LoweredFacts] = {}
    for key, level in contract.levels.items():
        for rules in contract.rules(key, span):
            low = lowered_near_due(tickets, rules, changes, now_us)
            for place, due, miss in zip(low.change.tolist(), low.due.tolist(), low.would_miss.tolist(), strict=True):
                if place not in found or miss:
                    at, before, after = rows[place]
                    found[place] = LoweredFacts(at, before, after, level.name, due, miss)
    return tuple(found[place] for place in sorted(found))
