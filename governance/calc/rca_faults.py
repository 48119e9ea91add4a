"""What keeps an answer from being submitted, field by field, and what each section has so far."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Final

from mspgov.kernel.figures import duration
from mspgov.kernel.instants import to_micros
from mspgov.kernel.planned import too_far

from .causes import UNKNOWN
from .rca_content import Content, Entry, Planned, read_date, read_when, submitted

SECTIONS: Final = (
    ("what", "What happened"), ("timeline", "Timeline"), ("cause", "Cause"), ("actions", "Corrective actions"),
    ("evidence", "Evidence"),
)  # fmt: skip
FEWEST_WHYS: Final = 3
FEWEST_ENTRIES: Final = 2
LONGEST_INCIDENT_DAYS: Final = 30


@dataclass(frozen=True)
class Fault:
    """Something that is missing or wrong: where it stands on the form, what is said there, and what the summary says."""

    section: str
    field: str
    why: str
    summary: str
    short: str


@dataclass(frozen=True)
class Asked:
    """What the faults are judged by: now, when it was demanded, the zone of the form, and who may own an action."""

    now: datetime
    demanded_at: datetime
    zone: tzinfo
    owners: Collection[str]

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def faults(content: Content, asked: Asked) -> tuple[Fault, ...]:
    """Everything that keeps the answer from being submitted, in the order of the form."""
    return (*_of_words(content), *_of_timeline(content, asked), *_of_cause(content), *_of_actions(content, asked))


def _of_words(content: Content) -> list[Fault]:
    found = []
    if not content.summary.strip():
        found.append(Fault("what", "summary", "Say in two or three sentences what happened.", "Summary: say what happened", "summary"))  # fmt: skip
    if not any(sign.isdigit() for sign in content.impact):
        found.append(Fault("what", "impact", "Give a number: people, messages, or money.", "Impact: say how many people or messages were hit", "impact"))  # fmt: skip
    if content.people.strip() and read_people(content.people) is None:
        found.append(Fault("what", "people", "Write a whole number, such as 420.", "People affected: write a whole number", "people"))  # fmt: skip
    if content.cost.strip() and read_cost(content.cost) is None:
        found.append(Fault("what", "cost", "Write an amount, such as 1,250.00.", "Cost: write an amount", "cost"))
    return found


def read_people(text: str) -> int | None:
    digits = text.strip().replace(",", "").replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 10 else None


def read_cost(text: str) -> Decimal | None:
    plain = text.strip().replace(",", "").replace(" ", "")
    if not re.fullmatch(r"[A-Z]{0,3}[0-9]{1,13}(\.[0-9]{1,3})?", plain):
        return None
    try:
        return Decimal(plain.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    except InvalidOperation:
        return None


def _of_timeline(content: Content, asked: Asked) -> list[Fault]:
    found = [fault for at, entry in enumerate(content.timeline) for fault in _of_entry(at, entry, asked)]
    if sum(not entry.is_empty for entry in content.timeline) < FEWEST_ENTRIES:
        found.append(Fault("timeline", "when-0", "Give at least two entries: how it began and how it ended.", "Timeline: give at least two entries", "entries"))  # fmt: skip
    return found


def _of_entry(at: int, entry: Entry, asked: Asked) -> list[Fault]:
    if entry.is_empty:
        return []
    found, name = [], f"Entry {at + 1}"
    when = read_when(entry.when, asked.zone)
    if when is None:
        found.append(Fault("timeline", f"when-{at}", "Write date and time, such as 2 Jun 2016, 21:47.", f"{name}: the time cannot be read", f"time of {at + 1}"))  # fmt: skip
    elif when > asked.now:
        found.append(Fault("timeline", f"when-{at}", "It lies in the future.", f"{name}: the time lies in the future", f"time of {at + 1}"))  # fmt: skip
    if not entry.what.strip():
        found.append(Fault("timeline", f"what-{at}", "Say what happened then.", f"{name}: say what happened", f"words of {at + 1}"))  # fmt: skip
    return found


def _of_cause(content: Content) -> list[Fault]:
    found = []
    if not content.causes:
        found.append(Fault("cause", "cause-0", "Choose at least one category.", "Cause: choose at least one category", "category"))  # fmt: skip
    if UNKNOWN in content.causes and not content.next_step.strip():
        found.append(Fault("cause", "next_step", "Say what will be done to find out, and by when.", "Next step: say how you will find out", "next step"))  # fmt: skip
    missing = FEWEST_WHYS - sum(bool(why.strip()) for why in content.whys)
    if missing > 0:
        empty = next((at for at, why in enumerate(content.whys) if not why.strip()), 0)
        found.append(Fault("cause", f"why-{empty}", "Answer at least three times why.", f"Why: {missing} more {'answer is' if missing == 1 else 'answers are'} needed", "whys"))  # fmt: skip
    return found


def _of_actions(content: Content, asked: Asked) -> list[Fault]:
    found = [fault for at, action in enumerate(content.actions) for fault in _of_action(at, action, asked)]
    if all(action.is_empty for action in content.actions):
        found.append(Fault("actions", "do-0", "Say what will be done so that it does not happen again.", "Actions: give at least one", "actions"))  # fmt: skip
    return found


def _of_action(at: int, action: Planned, asked: Asked) -> list[Fault]:
    if action.is_empty:
        return []
    name, number, found = f"Action {at + 1}", at + 1, []
    if not action.what.strip():
        found.append(Fault("actions", f"do-{at}", "Say what will be done.", f"{name}: say what will be done", f"words of {number}"))  # fmt: skip
    if action.owner not in asked.owners:
        found.append(Fault("actions", f"owner-{at}", "Choose who does it.", f"{name}: choose its owner", f"owner of {number}"))  # fmt: skip
    due, first = read_date(action.due), asked.today + timedelta(days=1)
    if due is None:
        found.append(Fault("actions", f"due-{at}", f"Write a day, such as {first.day} {first:%b %Y}.", f"{name}: the due date cannot be read", f"date of {number}"))  # fmt: skip
    elif too_far(due, asked.today):
        found.append(Fault("actions", f"due-{at}", "Give a day within the next three years.", f"{name}: the due date is too far ahead", f"date of {number}"))  # fmt: skip
    elif due <= asked.today:
        found.append(Fault("actions", f"due-{at}", _past(due, first, asked), f"{name}: the due date is {'today' if due == asked.today else 'in the past'}", f"date of {number}"))  # fmt: skip
    if not action.measure.strip():
        found.append(Fault("actions", f"measure-{at}", "Say how its success shows.", f"{name}: say how its success shows", f"measure of {number}"))  # fmt: skip
    if not action.evidence.strip():
        found.append(Fault("actions", f"bring-{at}", "Say what you will bring as evidence.", f"{name}: say what evidence you will bring", f"evidence of {number}"))  # fmt: skip
    return found


def _past(due: date, first: date, asked: Asked) -> str:
    """How far it lies behind, and from when on a day can be given."""
    days = (asked.today - due).days
    said = "is today" if not days else f"is {days} {'day' if days == 1 else 'days'} in the past"
    if due < (asked.demanded_at.astimezone(asked.zone)).date() and days < 3:
        said += ", before this was demanded"
    return f"The due date {said}. Give a day from {first.day} {first:%B} on."


@dataclass(frozen=True)
class SectionState:
    """How far a section is: met, missed (something is wrong) or none (nothing there yet), and a few words."""

    key: str
    title: str
    state: str
    note: str


def sections(content: Content, found: Collection[Fault], evidence: int) -> tuple[SectionState, ...]:
    """The outline of the form: a mark and a note for each section."""
    kept = submitted(content)
    entries, whys, actions = len(kept.timeline), sum(bool(why.strip()) for why in kept.whys), len(kept.actions)
    begun = {
        "what": bool(kept.summary.strip() or kept.impact.strip()),
        "timeline": bool(entries),
        "cause": bool(kept.causes or whys),
        "actions": bool(actions),
        "evidence": bool(evidence),
    }
    notes = {
        "what": "complete",
        "timeline": f"{entries} {'entry' if entries == 1 else 'entries'}",
        "cause": f"{whys} {'why' if whys == 1 else 'whys'}",
        "actions": f"{actions} {'action' if actions == 1 else 'actions'}",
        "evidence": f"{evidence} {'file' if evidence == 1 else 'files'}" if evidence else "none yet",
    }
    made = []
    for key, title in SECTIONS:
        wrong = [fault.short for fault in found if fault.section == key]
        state = "none" if not begun[key] else "missed" if wrong else "met"
        note = notes[key] if not wrong else "to do" if not begun[key] else ", ".join(dict.fromkeys(wrong[:2]))
        made.append(SectionState(key, title, state, note))
    return tuple(made)


def span_in_doubt(content: Content, zone: tzinfo) -> str:
    """What is said of a timeline whose first and last time lie further apart than an incident lasts; else nothing."""
    times = _times(content, zone)
    days = (times[-1] - times[0]).days if times else 0
    return (
        f"It spans {days:,} days. Check the times of its first and its last entry."
        if days > LONGEST_INCIDENT_DAYS
        else ""
    )


def _times(content: Content, zone: tzinfo) -> list[datetime]:
    return sorted(at for entry in content.timeline if (at := read_when(entry.when, zone)))


def span_in_words(content: Content, zone: tzinfo) -> str:
    """ "13 h 57 min from cause to end", where at least two times can be read."""
    times = _times(content, zone)
    if len(times) < 2 or times[0] == times[-1]:
        return ""
    return f"{duration(to_micros(times[-1]) - to_micros(times[0]))} from cause to end"
