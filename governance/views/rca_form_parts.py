"""The form of an answer as it is drawn: boxes with their errors, rows, the outline beside it, what it asks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from engagements.models import Vendor
from governance.calc.causes import CAUSES
from governance.calc.rca_content import Content, Entry, Planned, read_content, submitted
from governance.calc.rca_faults import Fault, SectionState, faults, sections, span_in_doubt, span_in_words
from governance.models import Draft, Rca
from governance.queries.rca_rules import Rules
from governance.queries.rcas import RcaPage, names_of
from mspgov.kernel.instants import to_micros
from mspgov.obligations.models import Alarm
from mspgov.web import words
from mspgov.web.components import DataTable, ErrorSummary, FormError, Link, PageHead, Phrase, Thread
from mspgov.web.doors import Request

from . import rca_parts
from .addresses import here

LEGAL_FORM = re.compile(r",? (?:Ltda|Ltd|Inc|GmbH|AG|S\.?A|B\.?V|LLC|plc)\.?$")
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True)
class Box:
    """A field of the form: a text that grows, a line or a choice."""

    name: str
    id: str
    label: str
    value: str = ""
    error: str = ""
    help: str = ""
    kind: str = "area"
    optional: bool = False
    bare: bool = False
    placeholder: str = ""
    width: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> tuple[tuple[str, str, bool], ...]:
        known = self.options
        if self.value and self.value not in dict(known):
            known = (*known, (self.value, self.value))
        return tuple((value, label, value == self.value) for value, label in known)


@dataclass(frozen=True)
class Tick:
    """A category of causes: what may be meant by it more exactly is offered below once it is chosen."""

    key: str
    label: str
    id: str
    checked: bool
    finer: tuple["Tick", ...] = ()


@dataclass(frozen=True)
class Rail:
    """The outline beside the form: time left, what is missing, the ruler from demand to due, a mark for each section."""

    label: str
    left: str
    late: bool
    missing: str
    now_at: float
    asked: str
    due: str
    ticks: tuple[float, ...]
    sections: tuple[SectionState, ...]
    note: str


@dataclass(frozen=True)
class Kept:
    """A file that was added."""

    name: str
    size: str
    href: str


@dataclass(frozen=True)
class FormPage:
    head: PageHead
    errors: ErrorSummary | None
    asked: tuple[tuple[str, Phrase], ...]
    words: tuple[Box, ...]
    figures: tuple[Box, ...]
    zone: str
    timeline_note: str
    entries: tuple[tuple[Box, Box, Box], ...]
    blank_entry: tuple[Box, Box, Box]
    timeline_doubt: str
    take: str
    ticks: tuple[Tick, ...]
    cause_error: str
    whys: tuple[Box, ...]
    next_step: Box
    factors: Box
    actions_note: str
    actions: tuple[tuple[Box, ...], ...]
    blank_action: tuple[Box, ...]
    evidence: tuple[Kept, ...]
    rail: Rail
    client: str
    saved: str
    number: int
    overtaken: str
    differences: DataTable | None
    unchanged: str
    next_version: int
    evidence_error: str
    said: Mapping[str, Thread | None]
    others: tuple[tuple[str, str], ...]


def form_page(
    request: Request, page: RcaPage, rules: Rules, content: Content, draft: Draft | None, *, now: datetime,
    checked: bool, overtaken: Draft | None = None, others: Iterable[Draft] = (), unchanged: bool = False,
    evidence_error: str = "",
) -> FormPage:  # fmt: skip
    """The form of this content; with `checked` its faults stand at their fields and in a summary."""
    found = faults(content, rules.asked(page.row, now))
    why = {fault.field: fault.why for fault in reversed(found)} if checked else {}
    who = who_options(page, content)
    owners = tuple((public_id, person.name) for public_id, person in rules.owners.items())
    filled = submitted(content)
    wrong = len({fault.field.partition("-")[2] for fault in found if fault.section == "actions"})
    counted = words.counted(len(filled.actions), "action") if filled.actions else "at least one"
    return FormPage(
        head=form_head(request, page, rules, now),
        errors=summary_of(found) if checked else None,
        asked=asked_of(request, page, rules),
        words=(
            Box("summary", "summary", "Summary", content.summary, why.get("summary", ""), "Two or three sentences a board member understands."),
            Box("impact", "impact", "Impact", content.impact, why.get("impact", "")),
        ),
        figures=(
            Box("people", "people", "People affected", content.people, why.get("people", ""), kind="line", optional=True, width="half"),
            Box("cost", "cost", f"Cost, {request.tenant.currency}", content.cost, why.get("cost", ""), kind="line", optional=True, width="half"),
        ),
        zone=words.zone_name(rules.zone),
        timeline_note=", ".join(filter(None, (words.counted(len(filled.timeline), "entry", "entries"), span_in_words(filled, rules.zone)))),
        entries=tuple(entry_boxes(str(at), each, who, why) for at, each in enumerate(content.timeline or (Entry(),))),
        blank_entry=entry_boxes("new", Entry(), who, {}),
        timeline_doubt=span_in_doubt(filled, rules.zone),
        take=take_words(page),
        ticks=ticks_of(content),
        cause_error=why.get("cause-0", ""),
        whys=tuple(
            Box("why", f"why-{at}", f"Why {at + 1}", text, why.get(f"why-{at}", ""), bare=True, placeholder="Why was that so?" if at else "What happened?")
            for at, text in enumerate(content.whys)
        ),
        next_step=Box("next_step", "next_step", "Next step to find out", content.next_step, why.get("next_step", "")),
        factors=Box("factors", "factors", "Contributing factors", content.factors, optional=True),
        actions_note=f"{counted}, {wrong} not valid" if checked and wrong else counted,
        actions=tuple(action_boxes(str(at), each, owners, why) for at, each in enumerate(content.actions or (Planned(),))),
        blank_action=action_boxes("new", Planned(), owners, {}),
        evidence=tuple(kept_files(request, page)),
        rail=rail_of(page, rules, content, found, now),
        client=request.tenant.name,
        saved=saved_words(request, draft, rules),
        number=draft.number if draft else 0,
        overtaken=f"{'You' if overtaken.by_id == request.user.pk else overtaken.by.name} saved draft {overtaken.number}{' in another window' if overtaken.by_id == request.user.pk else ''} at {local(overtaken.at):%H:%M:%S} while you typed. What you typed stands below; save again to put it in its place." if overtaken else "",
        differences=differences_of(overtaken, content) if overtaken else None,
        unchanged=f"Nothing changed since version {page.row.version}: submit all the same?" if unchanged else "",
        next_version=page.row.version + 1,
        evidence_error=evidence_error,
        said={key: rca_parts.said_of(request, page, key) for key in rca_parts.TITLES},
        others=tuple((f"{each.by.name}, draft {each.number}, {local(each.at):%H:%M:%S}", here(request, "governance:rca-draft-seen", each.public_id)) for each in others),
    )  # fmt: skip


def local(at: datetime) -> datetime:
    return at.astimezone(timezone.get_current_timezone())


def differences_of(theirs: Draft, mine: Content) -> DataTable:
    """What another draft says otherwise than what was typed here, field by field."""
    other = read_content(theirs.content)
    return rca_parts.differences(
        other, mine, names_of(other) | names_of(mine), (f"Draft {theirs.number}, {theirs.by.name}", "What you typed")
    )


def due_words(due: datetime, zone: ZoneInfo, today: date) -> SafeString:
    """When it is due by the clock of the engagement; by the reader's own on hover."""
    words_here = f"{words.day_sentence(due, today, zone)}, {due.astimezone(zone):%H:%M} {words.zone_name(zone)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', due.isoformat(), words.exactly(due, timezone.get_current_timezone()), words.unbroken(words_here))  # fmt: skip


def form_head(request: Request, page: RcaPage, rules: Rules, now: datetime) -> PageHead:
    today = now.astimezone(rules.zone).date()
    version = ("first", "second", "third", "fourth", "fifth")[page.row.version] if page.row.version < 5 else f"{page.row.version + 1}th"  # fmt: skip
    rest = (
        "Due ",
        due_words(page.due_at, rules.zone, today),
        ". You can stop at any time; everything you type is kept.",
    )
    lead = f"{request.tenant.name} asks why, and what you will change."
    if page.row.state == Rca.State.RETURNED:
        lead = f"{request.tenant.name} returned version {page.row.version}: {page.row.decision.rstrip('.')}."
    return PageHead(page.row.record.title, lead, rest, eyebrow=f"{page.row.record.number}, {version} version")


def asked_of(request: Request, page: RcaPage, rules: Rules) -> tuple[tuple[str, Phrase], ...]:
    """What is asked for, by whom, and what comes then."""
    row, zone = page.row, rules.zone
    today = timezone.localdate(timezone=zone)
    first: tuple[str | Link, ...] = ()
    if page.tickets:
        worst = min(page.tickets, key=lambda ticket: (ticket.priority_worst, ticket.opened_at))
        first = (Link(worst.number, here(request, "itsm:ticket", worst.public_id)), f", P{worst.priority_worst}; ")
        if row.reason.startswith(worst.number):
            first = (Link(worst.number, here(request, "itsm:ticket", worst.public_id)),)
    reason = row.reason.removeprefix(page.tickets[0].number) if len(first) == 1 else row.reason
    if len(first) == 2:
        reason = f"{reason[:1].lower()}{reason[1:]}"
    by = f"{row.demanded_by or 'By rule'}, {words.day(row.demanded_at, today, zone)}"
    days = rules.settings.review_days
    client = request.tenant.name.split()[0]
    return (
        ("Asked for", (*first, reason)),
        ("Asked by", f"{by}, under {row.clause}" if row.clause else by),
        (
            "Then",
            f"{client} accepts or returns it within {days} working days; accepted actions are tracked until verified",
        ),
    )


def who_options(page: RcaPage, content: Content) -> tuple[tuple[str, str], ...]:
    """Who may stand in the timeline: both sides, the vendors of the engagement, monitoring."""
    engagement = page.row.engagement
    vendors = Vendor.objects.filter(engagement=engagement).order_by("name").values_list("name", flat=True)[:60]
    names = (engagement.provider.name, engagement.tenant.name, "Monitoring", *vendors, "Somebody else")
    return tuple((name, brief(name, names[0])) for name in dict.fromkeys(names))


def brief(name: str, provider: str) -> str:
    """A name as the narrow column shows it: of the provider its first word, of others without the form of the company."""
    if name == provider:
        return name.split()[0]
    return LEGAL_FORM.sub("", name) or name


def entry_boxes(
    at: str, entry: Entry, who: tuple[tuple[str, str], ...], why: Mapping[str, str]
) -> tuple[Box, Box, Box]:
    return (
        Box("when", f"when-{at}", "When", entry.when, why.get(f"when-{at}", ""), kind="line", bare=True, placeholder="2 Jun 2016, 21:47"),
        Box("who", f"who-{at}", "Who", entry.who, kind="choice", bare=True, options=who),
        Box("what", f"what-{at}", "What happened", entry.what, why.get(f"what-{at}", ""), bare=True),
    )  # fmt: skip


def action_boxes(
    at: str, action: Planned, owners: tuple[tuple[str, str], ...], why: Mapping[str, str]
) -> tuple[Box, ...]:
    chosen = (("", "Choose"), *owners)
    return (
        Box("do", f"do-{at}", "What will be done", action.what, why.get(f"do-{at}", "")),
        Box("owner", f"owner-{at}", "Owner", action.owner, why.get(f"owner-{at}", ""), kind="choice", options=chosen),
        Box("due", f"due-{at}", "Due", action.due, why.get(f"due-{at}", ""), kind="line", placeholder="24 Jun 2016"),
        Box("measure", f"measure-{at}", "Success measure", action.measure, why.get(f"measure-{at}", ""), kind="line"),
        Box("bring", f"bring-{at}", "Evidence you will bring", action.evidence, why.get(f"bring-{at}", ""), kind="line"),
    )  # fmt: skip


def ticks_of(content: Content) -> tuple[Tick, ...]:
    named = set(content.causes) | {key.partition(".")[0] for key in content.causes}
    return tuple(
        Tick(
            cause.key, cause.label, f"cause-{at}", cause.key in named,
            tuple(Tick(key, label, f"cause-{at}-{n}", key in named) for n, (key, label) in enumerate(cause.finer)),
        )
        for at, cause in enumerate(CAUSES)
    )  # fmt: skip


def take_words(page: RcaPage) -> str:
    """The ticket whose events the timeline can begin with."""
    if not page.tickets:
        return ""
    worst = min(page.tickets, key=lambda ticket: (ticket.priority_worst, ticket.opened_at))
    return f"Take {worst.events} events from {worst.number}"


def kept_files(request: Request, page: RcaPage) -> Iterable[Kept]:
    for each in page.added:
        yield Kept(each.file.name, words.size(each.file.size), here(request, "governance:rca-file", each.public_id))


def summary_of(found: tuple[Fault, ...]) -> ErrorSummary | None:
    if not found:
        return None
    count = len(found)
    counted = NUMBERS[count] if count < len(NUMBERS) else str(count)
    title = f"{counted} {'thing keeps' if count == 1 else 'things keep'} this from being submitted"
    return ErrorSummary(title, tuple(FormError(fault.summary, f"#{fault.field}") for fault in found))


def rail_of(page: RcaPage, rules: Rules, content: Content, found: tuple[Fault, ...], now: datetime) -> Rail:
    """Time left and what is missing."""
    zone, due = rules.zone, page.due_at
    today = now.astimezone(zone).date()
    asked, late = page.row.demanded_at, now >= due
    span = max((due - asked).total_seconds(), 1.0)

    def at(instant: datetime) -> float:
        return round(min(max((instant - asked).total_seconds() / span, 0.0), 1.0) * 100, 1)

    missing = len(found)
    short = words.day(asked, today, zone).split("\u00a0")
    end = words.day(due, today, zone).split("\u00a0")
    return Rail(
        label="Late by" if late else "Left to submit",
        left=words.duration(abs(to_micros(due) - to_micros(now)), days=True),
        late=late,
        missing=f"{missing} {'thing' if missing == 1 else 'things'} missing" if missing else "",
        now_at=at(now),
        asked=f"asked {' '.join(short[:2])}",
        due=" ".join(end[:2]),
        ticks=tuple(at(alarm.at) for alarm in page.alarms if alarm.kind == Alarm.Kind.REMINDER),
        sections=tuple(outline(page, rules, content, found)),
        note=alarms_in_words(page, zone, now),
    )


def outline(page: RcaPage, rules: Rules, content: Content, found: tuple[Fault, ...]) -> Iterator[SectionState]:
    """A mark and a note for each section; where the client has commented, or the times are in doubt, that is said too."""
    doubt = span_in_doubt(submitted(content), rules.zone)
    for each in sections(content, found, len(page.added)):
        shown = each
        if each.key == "timeline" and doubt and each.state == "met":
            shown = replace(shown, state="risk", note="check the times")
        said = sum(line.section == each.key and line.side == page.row.engagement.tenant.name for line in page.comments)
        yield replace(shown, note=f"{shown.note}, {words.counted(said, 'comment')}") if said else shown


def alarms_in_words(page: RcaPage, zone: ZoneInfo, now: datetime) -> str:
    """Who is told next, and after that."""
    today = now.astimezone(zone).date()
    coming = [alarm for alarm in page.alarms if alarm.fired_at is None and alarm.at > now]
    said: list[tuple[str, str]] = []
    for alarm in coming[:4]:
        moment = words.moment(alarm.at, today, zone)
        who = {"reminder": "reminder", "breach": "both sides"}.get(alarm.kind, alarm.step.lower())
        if said and said[-1][0] == who:
            said[-1] = (f"{who}s", f"{said[-1][1]} and {moment}")
        else:
            said.append((who, moment))
    told = [f"{who} {when}" if who.startswith("reminder") else f"{who} on {when}" for who, when in said]
    return words.sentence(f"{', then '.join(told)}.") if told else ""


def saved_words(request: Request, draft: Draft | None, rules: Rules) -> str:
    """When it was saved, as which draft, and who can read it."""
    if draft is None:
        return "Nothing saved yet."
    others = [person.name.split()[0] for person in rules.owners.values() if person.pk != request.user.pk]
    reads = (
        f" {others[0]} can read it." if len(others) == 1 else f" {others[0]} and others can read it." if others else ""
    )
    return f"Saved {local(draft.at):%H:%M:%S}, draft {draft.number}.{reads}"
