"""Calendars: the contract's and the client's own, day by day, and how they changed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404

from contracts.calc.open_hours import Almanac, DayHours, month_hours
from contracts.calc.terms import CalendarPromise
from contracts.calc.words import calendar_facts
from contracts.importers.hours import read_hours
from contracts.models import Calendar, CalendarException, Contract, TermsVersion
from mspgov.kernel.calendar_terms import CalendarTerms, read_calendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement, Person

from .terms import in_force_on, terms_history


def calendars_in_force(engagement: Engagement, day: date) -> list[Calendar]:
    """The calendars of the terms in force on a day, by name; none without a contract."""
    history = terms_history(engagement)
    if not history:
        return []
    return list(Calendar.objects.filter(terms_version=in_force_on(history, day).version).order_by("name"))


def own_calendars() -> list[Calendar]:
    """The client's own calendars, by name."""
    return list(Calendar.objects.filter(terms_version=None).order_by("name"))


def calendar_rows() -> QuerySet[Calendar]:
    """The client's own calendars and those of the latest terms of each contract, for lists; joins engagement, version."""
    latest = TermsVersion.objects.order_by("contract", "-effective_on", "-version").distinct("contract").values("pk")
    rows: QuerySet[Calendar] = Calendar.objects.select_related("engagement", "terms_version")
    return (rows.filter(terms_version=None) | rows.filter(terms_version__in=latest)).order_by("name", "pk")


def calendar_document(calendar: Calendar) -> dict[str, Any]:
    """The calendar as the working-time calculator takes it, its exceptions included."""
    document = dict(calendar.document)
    exceptions = [] if calendar.is_promised else CalendarException.objects.filter(calendar=calendar).order_by("on")
    for exception in exceptions:
        day = exception.on.isoformat()
        if intervals := read_hours(exception.hours, "hours"):
            document["extra"] = {**document.get("extra", {}), day: intervals}
        else:
            document["holidays"] = [*document.get("holidays", []), day]
    return document


def calendar_terms(calendar: Calendar) -> CalendarTerms:
    """The calendar, its exceptions included, ready to reckon with. Raises Fault when an exception does not fit it (one
    beside `always`)."""
    return read_calendar(calendar_document(calendar), "calendar")


@dataclass(frozen=True)
class CalendarLine:
    """A calendar in a list: its terms without the exceptions, how many of those, and the contract that it stands in."""

    calendar: Calendar
    terms: CalendarTerms
    exceptions: int
    contract: Contract | None


def calendar_lines() -> list[CalendarLine]:
    """The client's own calendars, then those of the latest terms of each contract, by name."""
    rows = calendar_rows().select_related("terms_version__contract__engagement").annotate(count=Count("exceptions"))
    lines = [
        CalendarLine(
            row,
            read_calendar(row.document, "calendar"),
            row.count,
            row.terms_version.contract if row.terms_version is not None else None,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (line.calendar.is_promised, line.calendar.name, line.calendar.pk))


@dataclass(frozen=True)
class CalendarPage:
    """A calendar, its exceptions and one month of it, day by day; `fault` says why there are no days."""

    calendar: Calendar
    terms: CalendarTerms
    exceptions: tuple[CalendarException, ...]
    month: Month
    days: tuple[DayHours, ...]
    fault: str

    @property
    def version(self) -> TermsVersion | None:
        return self.calendar.terms_version


def calendar_of(calendar_id: object) -> Calendar:
    """One calendar, with the contract that it stands in. Raises Http404."""
    rows = Calendar.objects.select_related("terms_version__contract__engagement")
    found: Calendar = get_object_or_404(rows, public_id=calendar_id)
    return found


def calendar_page(calendar_id: object, month: Month) -> CalendarPage:
    """The page of one calendar with the preview of a month. Raises Http404 when the reader sees none such."""
    calendar = calendar_of(calendar_id)
    exceptions = tuple(CalendarException.objects.filter(calendar=calendar).order_by("on"))
    days: tuple[DayHours, ...] = ()
    fault = ""
    terms = read_calendar(calendar.document, "calendar")
    try:
        days = month_hours(almanac(calendar), month)
    except Fault as wrong:
        fault = str(wrong)
    return CalendarPage(calendar, terms, exceptions, month, days, fault)


def almanac(calendar: Calendar) -> Almanac:
    """The calendar with the names of its exceptions. Raises Fault when an exception does not fit it."""
    named = CalendarException.objects.filter(calendar=calendar).values_list("on", "name")
    return Almanac(calendar_terms(calendar), dict(named))


@dataclass(frozen=True)
class CalendarChange:
    """What somebody changed about a calendar, in words: (label, before, after)."""

    at: datetime
    by: str
    facts: tuple[tuple[str, str, str], ...]


def calendar_history(calendar: Calendar) -> list[CalendarChange]:
    """Every change of a calendar and of its exceptions, the latest first."""
    made: list[CalendarChange] = []
    before: dict[str, str] = {}
    for row in calendar.history.select_related("history_user").order_by("history_date", "history_id"):
        promise = CalendarPromise(terms=read_calendar(row.document, "calendar"), clause=row.clause)
        after = {"Name": row.name, **{label: text for label, text in calendar_facts(promise).items() if text}}
        labels = [label for label in {**before, **after} if before.get(label, "") != after.get(label, "")]
        facts = tuple((label, before.get(label, ""), after.get(label, "")) for label in labels)
        if facts:
            made.append(CalendarChange(row.history_date, person_name(row.history_user), facts))
        before = after
    return sorted([*made, *exception_history(calendar)], key=lambda change: change.at, reverse=True)


def exception_history(calendar: Calendar) -> list[CalendarChange]:
    changes: list[CalendarChange] = []
    before: dict[int, str] = {}
    rows = CalendarException.history.filter(calendar_id=calendar.pk).select_related("history_user")
    for row in rows.order_by("history_date", "history_id"):
        after = "" if row.history_type == "-" else f"{row.name or 'closed'} {row.hours}".strip()
        label = f"Exception of {row.on.day} {row.on:%B %Y}"
        changes.append(
            CalendarChange(row.history_date, person_name(row.history_user), ((label, before.get(row.id, ""), after),))
        )
        before[row.id] = after
    return changes


def person_name(person: Person | None) -> str:
    return "" if person is None else person.name


def calendar_named(calendar_id: object) -> Calendar | None:
    """One calendar, of earlier terms too; None when the reader sees none such."""
    found: Calendar | None = Calendar.objects.filter(public_id=calendar_id).first()
    return found
