"""The answer to a request for a root cause: what is typed, as one value; read from JSON and from a form, written again."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, tzinfo
from typing import Any, Final

from .causes import LABELS

WHYS: Final = 5
MOST_ENTRIES: Final = 200
MOST_ACTIONS: Final = 50
LONGEST: Final = 8000
LONGEST_LINE: Final = 300
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
SPOKEN: Final = re.compile(r"(?:[A-Za-z]{3,9},? )?(\d{1,2})\.? ([A-Za-z]{3,9})\.?,? (\d{4})")
CLOCK: Final = re.compile(r"(?:,|T| |, | at )\s*(\d{1,2}):(\d{2})(?::\d{2})?Z?$")


@dataclass(frozen=True)
class Entry:
    """A line of the timeline as it was typed: when, who, what happened."""

    when: str = ""
    who: str = ""
    what: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.when.strip() or self.what.strip())


@dataclass(frozen=True)
class Planned:
    """A corrective action as it was typed: what, whose (the person's public id), by when, how it shows, what proves it."""

    what: str = ""
    owner: str = ""
    due: str = ""
    measure: str = ""
    evidence: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(value.strip() for value in (self.what, self.due, self.measure, self.evidence))


@dataclass(frozen=True)
class Content:
    """All that is typed. `people` and `cost` say the impact in figures where there are any."""

    summary: str = ""
    impact: str = ""
    people: str = ""
    cost: str = ""
    timeline: tuple[Entry, ...] = ()
    causes: tuple[str, ...] = ()
    whys: tuple[str, ...] = ("",) * WHYS
    factors: str = ""
    next_step: str = ""
    actions: tuple[Planned, ...] = ()


EMPTY: Final = Content(timeline=(Entry(),), actions=(Planned(),))


LISTS: Final = ("timeline", "causes", "whys", "actions")
TEXTS: Final = ("summary", "impact", "people", "cost", "factors", "next_step")


def misread(given: Mapping[str, Any]) -> dict[str, str]:
    """Every field of this JSON that read_content would leave out or cut, by its path, with the reason."""
    if not given:
        return {"content": "give the fields of the answer"}
    found = {str(name): "there is no such field" for name in given if name not in (*TEXTS, *LISTS)}
    found |= {name: why for name in TEXTS if name in given and (why := _not_text(given[name], LONGEST))}
    most = {"timeline": MOST_ENTRIES, "causes": len(LABELS), "whys": WHYS, "actions": MOST_ACTIONS}
    for name in LISTS:
        if name not in given:
            continue
        if not isinstance(given[name], list | tuple):
            found[name] = "must be a list"
        elif len(given[name]) > most[name]:
            found[name] = f"has more than {most[name]} items"
        else:
            found |= _misread_rows(name, given[name])
    return found


def _misread_rows(name: str, rows: Sequence[Any]) -> dict[str, str]:
    kind = {"timeline": Entry, "actions": Planned}.get(name)
    found = {}
    for at, row in enumerate(rows):
        if name == "causes" and row not in list(LABELS):
            found[f"causes[{at}]"] = "there is no such category"
        elif name == "whys" and (why := _not_text(row, LONGEST_LINE * 4)):
            found[f"whys[{at}]"] = why
        elif kind is not None and not isinstance(row, Mapping):
            found[f"{name}[{at}]"] = "must be an object"
        elif kind is not None:
            known = {f.name: LONGEST if f.name == "what" else LONGEST_LINE for f in fields(kind)}
            found |= {f"{name}[{at}].{key}": "there is no such field" for key in row if key not in known}
            told = {key: _not_text(row[key], longest) for key, longest in known.items() if key in row}
            found |= {f"{name}[{at}].{key}": why for key, why in told.items() if why}
    return found


def _not_text(given: Any, longest: int) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int):
        return "must be a text"
    return f"is longer than {longest} characters" if isinstance(given, str) and len(given) > longest else ""


def read_content(given: Any) -> Content:
    """What JSON says, however little of it; what is no text of a known field is left out, and what is too long is cut."""
    if not isinstance(given, Mapping):
        return EMPTY
    texts = {f.name: clean(given.get(f.name)) for f in fields(Content) if f.type in (str, "str")}
    whys = [clean(each, LONGEST_LINE * 4) for each in listed(given.get("whys"))][:WHYS]
    return Content(
        **texts,
        timeline=tuple(part(Entry, each) for each in listed(given.get("timeline"))[:MOST_ENTRIES]),
        causes=tuple(key for key in LABELS if key in {str(each) for each in listed(given.get("causes"))}),
        whys=(*whys, *("",) * (WHYS - len(whys))),
        actions=tuple(part(Planned, each) for each in listed(given.get("actions"))[:MOST_ACTIONS]),
    )


def listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else []


def clean(given: Any, longest: int = LONGEST) -> str:
    """A text without characters that no text has; numbers become text."""
    text = given if isinstance(given, str) else str(given) if isinstance(given, int) else ""
    return text.replace("\x00", "").replace("\r\n", "\n")[:longest]


def part(kind: Callable[..., Any], given: Any) -> Any:
    found = given if isinstance(given, Mapping) else {}
    longest = {"what": LONGEST}
    return kind(**{f.name: clean(found.get(f.name), longest.get(f.name, LONGEST_LINE)) for f in fields(kind)})  # type: ignore[arg-type]


def from_form(values: Callable[[str], list[str]]) -> Content:
    """What a sent form says; `values` gives all values of a field, in the order of the page."""

    def one(name: str) -> str:
        return (values(name) or [""])[0]

    def rows(names: Mapping[str, str]) -> list[dict[str, str]]:
        columns = {name: values(field) for name, field in names.items()}
        count = max((len(column) for column in columns.values()), default=0)
        return [
            {name: column[at] if at < len(column) else "" for name, column in columns.items()} for at in range(count)
        ]

    return read_content(
        {
            **{name: one(name) for name in ("summary", "impact", "people", "cost", "factors", "next_step")},
            "timeline": rows({"when": "when", "who": "who", "what": "what"}),
            "causes": values("cause"),
            "whys": values("why"),
            "actions": rows({"what": "do", "owner": "owner", "due": "due", "measure": "measure", "evidence": "bring"}),
        }
    )  # fmt: skip


def document(content: Content) -> dict[str, Any]:
    """As JSON keeps it; read_content gives it back."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(content)))
    return found


def submitted(content: Content) -> Content:
    """Without the rows that nobody filled in."""
    return Content(
        **{
            **{f.name: getattr(content, f.name) for f in fields(Content)},
            "timeline": tuple(entry for entry in content.timeline if not entry.is_empty),
            "actions": tuple(action for action in content.actions if not action.is_empty),
        }
    )


def fingerprint(content: Content) -> str:
    """SHA-256 of its canonical JSON."""
    text = json.dumps(document(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_date(text: str) -> date | None:
    """24 Jun 2016, Friday 24 June 2016 or 2016-06-24; None for anything else."""
    return _date_in(text.strip())


def read_when(text: str, zone: tzinfo) -> datetime | None:
    """2 Jun 2016, 21:47 or 2016-06-02 21:47, on the clock of the zone; None for anything else."""
    found = CLOCK.search(text.strip())
    day = _date_in(text.strip()[: found.start()]) if found else None
    if found is None or day is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return datetime(day.year, day.month, day.day, int(found[1]), int(found[2]), tzinfo=zone)


def _date_in(text: str) -> date | None:
    try:
        if found := ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if (found := SPOKEN.fullmatch(text)) and found[2][:3].lower() in MONTHS:
            return date(int(found[3]), MONTHS.index(found[2][:3].lower()) + 1, int(found[1]))
    except ValueError:
        return None
    return None


def written_when(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y}, {local:%H:%M}"


def written_date(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
