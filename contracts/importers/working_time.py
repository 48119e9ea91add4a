"""The questions of the working-time calculator and their answers (interfaces, section 1): text in, text out."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NoReturn

import numpy as np

from mspgov.kernel.calendar import CalendarTerms, NeverReached, WorkingCalendar, holidays_version, read_calendar
from mspgov.kernel.calendar_terms import below
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import (
    END_OF_TIME,
    FIRST_INSTANT,
    SECOND_US,
    Micros,
    read_instant,
    shown,
    write_instant,
)

LONGEST_SECONDS: Final = (END_OF_TIME - FIRST_INSTANT) // SECOND_US
MICROSECOND: Final = Decimal("0.000001")
USUAL_DAYS: Final = (date(2026, 1, 1), date(2026, 12, 31))
UNREACHABLE: Final = "the calendar never reaches it before the end of the year 9999"


@dataclass(frozen=True, slots=True)
class Reply:
    """What to print for one input: the lines of standard output and of standard error."""

    answers: tuple[str, ...]
    faults: tuple[str, ...]
    is_faulty: bool


def reply(text: bytes) -> Reply:
    """The reply to standard input: one JSON document, or many, one a line; Fault when there is none at all."""
    lines = [line for line in text.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    if not lines:
        raise Fault("", "standard input holds no question")
    try:
        document = read_json(b"\n".join(lines))
    except Fault as fault:
        if not _are_documents(lines):
            return Reply((), (str(fault),), is_faulty=True)
        return _reply_by_line(lines)
    try:
        answer, faults = answer_document(document)
    except Fault as fault:
        return Reply((), (str(fault),), is_faulty=True)
    return Reply((write_json(answer),), tuple(str(fault) for fault in faults), is_faulty=bool(faults))


def _reply_by_line(lines: list[bytes]) -> Reply:
    answers, is_faulty = [], False
    for line in lines:
        try:
            answer, faults = answer_document(read_json(line))
        except Fault as fault:
            answer, faults = {"error": str(fault)}, [fault]
        answers.append(write_json(answer))
        is_faulty = is_faulty or bool(faults)
    return Reply(tuple(answers), (), is_faulty)


def _are_documents(lines: list[bytes]) -> bool:
    """Whether broken input was meant as one document a line, not as one document over many lines."""
    if len(lines) == 1:
        return False
    if any(_is_question(line) for line in lines):
        return True
    first = lines[0].strip()
    return first.count(b"{") + first.count(b"[") <= first.count(b"}") + first.count(b"]")


def _is_question(line: bytes) -> bool:
    try:
        document = read_json(line)
    except Fault:
        return False
    return isinstance(document, dict) and not document.keys().isdisjoint(("calendar", "ask"))


def answer_document(document: object) -> tuple[dict[str, Any], list[Fault]]:
    """The answer to one document, faults of single questions in their place and listed; Fault for the document's own."""
    question = _mapping(document, "")
    for key in question:
        if key not in ("calendar", "ask", "explain"):
            raise Fault(below("", key), "unknown key")
    for key in ("calendar", "ask"):
        if key not in question:
            raise Fault("", f"needs {key}")
    calendar = _calendar(read_calendar(question["calendar"], "calendar"))
    explain = question.get("explain", False)
    if not isinstance(explain, bool):
        raise Fault("explain", "must be true or false")
    if not isinstance(question["ask"], list):
        raise Fault("ask", "must be a list of questions")
    answers: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, asked in enumerate(question["ask"]):
        identity = _identity(asked)
        try:
            answers.append({"id": identity, **_answer(calendar, asked, f"ask[{number}]")})
        except Fault as fault:
            answers.append({"id": identity, "error": str(fault)})
            faults.append(fault)
    answer: dict[str, Any] = {"answers": answers}
    if explain:
        answer["holidays_version"] = holidays_version()
    return answer, faults


@lru_cache(maxsize=64)
def _calendar(terms: CalendarTerms) -> WorkingCalendar:
    return WorkingCalendar(terms, *USUAL_DAYS)


def _identity(asked: object) -> object:
    identity = asked.get("id") if isinstance(asked, Mapping) else None
    return identity if isinstance(identity, str | int | Decimal) and not isinstance(identity, bool) else None


def _answer(calendar: WorkingCalendar, asked: object, path: str) -> dict[str, Any]:
    question = _mapping(asked, path)
    for key in question:
        if key not in ("id", "elapsed", "due"):
            raise Fault(below(path, key), "unknown key")
    if ("elapsed" in question) == ("due" in question):
        raise Fault(path, "needs either elapsed or due")
    if question.get("id") != _identity(question):
        raise Fault(f"{path}.id", "must be a string or a number")
    if "elapsed" in question:
        return {"seconds": _elapsed(calendar, question["elapsed"], f"{path}.elapsed")}
    return {"due": _due(calendar, question["due"], f"{path}.due")}


def _elapsed(calendar: WorkingCalendar, document: object, path: str) -> int | Decimal:
    question = _fields(document, path, needed=("start", "end"))
    start, end = (read_instant(question[key], f"{path}.{key}") for key in ("start", "end"))
    if end < start:
        raise Fault(f"{path}.end", "is before the start")
    pauses = _pauses(question, path)
    worked = int(calendar.elapsed(_one(start), _one(end), *pauses)[0])
    return worked // SECOND_US if worked % SECOND_US == 0 else Decimal(worked).scaleb(-6).normalize()


def _due(calendar: WorkingCalendar, document: object, path: str) -> str:
    question = _fields(document, path, needed=("start", "seconds"))
    start = read_instant(question["start"], f"{path}.start")
    wanted = _seconds(question["seconds"], f"{path}.seconds")
    pauses = _pauses(question, path)
    try:
        due = int(calendar.due(_one(start), _one(wanted), *pauses)[0])
    except NeverReached:
        raise Fault(path, UNREACHABLE) from None
    if due >= END_OF_TIME:
        raise Fault(path, UNREACHABLE)
    return write_instant(due)


def _fields(document: object, path: str, needed: tuple[str, ...]) -> Mapping[str, Any]:
    question = _mapping(document, path)
    for key in question:
        if key not in needed and key != "pauses":
            raise Fault(below(path, key), "unknown key")
    for key in needed:
        if key not in question:
            raise Fault(path, f"needs {key}")
    return question


def _seconds(number: object, path: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise Fault(path, "must be a number")
    if number < 0:
        raise Fault(path, "must not be negative")
    if number > LONGEST_SECONDS:
        raise Fault(path, UNREACHABLE)
    exact = Decimal(number).quantize(MICROSECOND)
    if exact != number:
        raise Fault(path, f"{shown(str(number))} is finer than a microsecond")
    return int(exact.scaleb(6))


def _pauses(question: Mapping[str, Any], path: str) -> tuple[Micros, Micros, Micros]:
    pauses = question.get("pauses", [])
    path = f"{path}.pauses"
    if not isinstance(pauses, list):
        raise Fault(path, "must be a list of pauses, each a start and an end")
    read = [_pause(pause, f"{path}[{number}]") for number, pause in enumerate(pauses)]
    starts, ends = (np.array([pause[side] for pause in read], dtype=np.int64) for side in (0, 1))
    return np.array([0, len(read)], dtype=np.int64), starts, ends


def _pause(pause: object, path: str) -> tuple[int, int]:
    if not isinstance(pause, list) or len(pause) != 2:
        raise Fault(path, "must be a start and an end")
    start, end = (read_instant(instant, f"{path}[{side}]") for side, instant in enumerate(pause))
    if end < start:
        raise Fault(path, "ends before it starts")
    return start, end


def _mapping(document: object, path: str) -> Mapping[str, Any]:
    if not isinstance(document, Mapping):
        raise Fault(path, "must be a JSON object")
    return document


def _one(number: int) -> Micros:
    return np.array([number], dtype=np.int64)


def read_json(text: bytes) -> object:
    """The document with every number exact (int or Decimal); Fault when it is not JSON, also for a key given twice."""
    try:
        return json.loads(
            text.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_unique_keys
        )
    except json.JSONDecodeError as problem:
        raise Fault(f"line {problem.lineno}, column {problem.colno}", f"not JSON: {problem.msg}") from None
    except UnicodeDecodeError:
        raise Fault("", "not JSON: the text is not UTF-8") from None
    except RecursionError:
        raise Fault("", "not JSON: nested too deeply") from None
    except (ValueError, ArithmeticError) as problem:
        raise Fault("", f"not JSON: {shown(str(problem))}") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {counts.most_common(1)[0][0]} stands twice")
    return document


def write_json(value: object) -> str:
    """The value as one line of JSON, each Decimal as the number it is."""
    return "".join(_pieces(value))


def _pieces(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for place, (key, each) in enumerate(value.items()):
            yield f"{', ' if place else '{'}{json.dumps(key)}: "
            yield from _pieces(each)
        yield "}" if value else "{}"
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield ", " if place else "["
            yield from _pieces(each)
        yield "]" if value else "[]"
    else:
        yield str(value) if isinstance(value, Decimal) else json.dumps(value)
