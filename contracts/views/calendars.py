"""Doors to calendars: list, page with week and month, form, history."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts import forms, policy, queries, services
from contracts.calc.open_hours import DayHours, local
from contracts.calc.words import DAY_NAMES, counted, day_words, holidays_words, week_sentence, week_words
from contracts.models import Calendar
from mspgov.kernel.calendar import read_calendar
from mspgov.kernel.calendar_terms import CalendarTerms
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.kernel.public_holidays import named_holidays
from mspgov.records import services as records
from mspgov.records.errors import Conflict
from mspgov.web import words
from mspgov.web.components import (
    Action,
    Cell,
    Change,
    ChangeDay,
    Changes,
    Column,
    DataTable,
    Empty,
    Link,
    PageHead,
    Phrase,
    Row,
    SectionHead,
)
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.list_page import list_page
from mspgov.web.timeline import changed_since, version_of

from . import contract_parts as parts
from .addresses import begun, calendars_crumb, contract_crumb, contracts_crumb, elsewhere, here, siblings, today
from .hour_bars import HourBar, clipped_week, hour_bar


@require_safe
@may(policy.READ_CALENDARS)
def calendars(request: Request) -> HttpResponse:
    lines = queries.calendar_lines()
    own = [line for line in lines if not line.calendar.is_promised]
    stand(request, contracts_crumb(request), "Calendars")
    actions: tuple[Action, ...] = ()
    if request.member.holds(policy.WRITE_CALENDARS):
        actions = (Action("New calendar", here(request, "contracts:calendar-new"), "filled", icon="plus"),)
    head = PageHead(
        "Calendars",
        lead=f"{counted(len(lines), 'calendar')}." if lines else "No calendar yet.",
        sentence=f"{counted(len(lines) - len(own), 'calendar')} of contracts, changed by amendment only; "
        f"{len(own)} of {request.tenant.name}.",
        actions=actions,
    )
    empty = Empty("Calendars come with the terms of a contract, or are made here.", *actions)
    context = {
        "page_head": head,
        "views": siblings(request, "Calendars"),
        "table": calendars_table(request, lines),
        "empty": empty,
    }
    return list_page(
        request, "records/list.html", context, name="calendars", reads=(), rows=lambda: calendars_file(lines)
    )


def calendars_file(lines: list[queries.CalendarLine]) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    heads = ("Calendar", "Contract", "Engagement", "Open", "Zone", "Public holidays", "Exceptions")
    return heads, (
        (
            line.calendar.name, line.contract.reference if line.contract else "",
            line.contract.engagement.name if line.contract else "", week_sentence(line.terms), line.terms.time_zone,
            holidays_words(line.terms), line.exceptions + len(line.terms.extra) + len(line.terms.holidays),
        )
        for line in lines
    )  # fmt: skip


def calendars_table(request: Request, lines: list[queries.CalendarLine]) -> DataTable:
    columns = (
        Column("Calendar"),
        Column("Open"),
        Column("Zone"),
        Column("Public holidays"),
        Column("Exceptions", numeric=True),
    )
    rows, latest = [], ""
    for line in lines:
        group = (
            f"Of {line.contract.reference}, {line.contract.engagement.name}" if line.contract else request.tenant.name
        )
        href = here(request, "contracts:calendar", line.calendar.public_id)
        rows.append(
            Row(
                (
                    Cell(line.calendar.name, sub=line.calendar.clause, href=href, head=True),
                    Cell(begun(week_sentence(line.terms))),
                    Cell(parts.zone_words(line.terms.time_zone)),
                    Cell(begun(holidays_words(line.terms)), quiet=True),
                    Cell(str(line.exceptions + len(line.terms.extra) + len(line.terms.holidays) or "none")),
                ),
                href=href,
                group=group if group != latest else "",
            )
        )
        latest = group
    return DataTable("Calendars", columns, tuple(rows), keys=True)


@require_safe
@may(policy.READ_CALENDARS)
def calendar(request: Request, calendar_id: UUID) -> HttpResponse:
    asked = forms.month_asked(request.GET.get("month"), Month.of(today(request.tenant.time_zone)))
    page = queries.calendar_page(calendar_id, asked)
    stand(request, *way_to(request, page.calendar), page.calendar.name)
    own = f"{here(request, 'contracts:calendar', page.calendar.public_id)}?month="
    context = {
        "head": calendar_head(request, page),
        "week_head": SectionHead(
            "Week", note=f"{hours_a_week(page.terms)} in {page.terms.time_zone.replace('_', ' ')}"
        ),
        "week": [
            hour_bar(name, clipped_week(page.terms, place), hours)
            for place, (name, hours) in enumerate(week_words(page.terms).items())
        ],
        "exceptions_head": SectionHead("Exceptions", note=exceptions_note(page), ruled=False),
        "exceptions": exceptions_table(request, page),
        "add_exception": f"{elsewhere(request, 'contracts:calendar-exceptions-new')}?calendar={page.calendar.public_id}"
        if not page.calendar.is_promised and not page.terms.always
        else "",
        "holidays_head": SectionHead(f"Public holidays of {asked.year}", note=holidays_note(page), ruled=False),
        "holidays": holidays_table(page),
        "no_exceptions": Empty("No date differs from the week and the public holidays."),
        "month_head": SectionHead(asked.name, note=month_note(page)),
        "days": day_bars(page),
        "fault": page.fault,
        "before": Action(f"{asked.previous.name}", f"{own}{asked.previous}#month", "text", small=True),
        "after": Action(f"{asked.next.name}", f"{own}{asked.next}#month", "text", small=True),
        "month": str(asked),
    }
    return render(request, "contracts/calendar.html", context)


def way_to(request: Request, calendar: Calendar) -> tuple[tuple[str, str], ...]:
    version = calendar.terms_version
    if version is not None:
        return contracts_crumb(request), contract_crumb(request, version.contract)
    return contracts_crumb(request), calendars_crumb(request)


def calendar_head(request: Request, page: queries.CalendarPage) -> PageHead:
    version, calendar = page.version, page.calendar
    lead = f"{begun(week_sentence(page.terms))}."
    sentence: Phrase = f"{begun(holidays_words(page.terms))} close it." if page.terms.holiday_country else ""
    due = Action("When is this due?", f"{here(request, 'contracts:due')}?calendar={calendar.public_id}")
    if version is not None:
        address = here(request, "contracts:contract", version.contract.public_id)
        standing = (
            Link(version.contract.reference, f"{address}?version={version.version}"),
            f", {parts.version_name(version.version)} from {parts.since(version.effective_on)}"
            f"{f', {calendar.clause}' if calendar.clause else ''}: only an amendment changes it.",
        )
        sentence = (f"{sentence} It stands in " if sentence else "It stands in ", *standing)
        return PageHead(calendar.name, lead, sentence, eyebrow="Calendar of a contract", actions=(due,))
    actions = [Action("History", here(request, "contracts:calendar-history", calendar.public_id)), due]
    if request.member.holds(policy.WRITE_CALENDARS):
        edit = here(request, "contracts:calendar-edit", calendar.public_id)
        actions.insert(0, Action("Change calendar", edit, "filled"))
    return PageHead(calendar.name, lead, sentence, eyebrow="Calendar", actions=tuple(actions))


def hours_a_week(terms: CalendarTerms) -> str:
    return f"{words.duration(terms.week_minutes * 60_000_000)} a week" if terms.week_minutes else "never open"


def exceptions_note(page: queries.CalendarPage) -> str:
    return "dates that differ from the week and from public holidays"


def exceptions_table(request: Request, page: queries.CalendarPage) -> DataTable | None:
    """What stands in the calendar's own terms and the rows that people added, by date."""
    found: list[tuple[date, str, str, str]] = [(d, "", "closed", "") for d in page.terms.holidays]
    found += [(d, "", extra_words(page, d), "") for d, _ in page.terms.extra]
    for row in page.exceptions:
        href = elsewhere(request, "contracts:calendar-exceptions-detail", row.public_id)
        found.append((row.on, row.name, row.hours or "closed", href))
    if not found:
        return None
    rows = tuple(
        Row(
            (
                Cell(day_words(on), href=href, head=True),
                Cell(DAY_NAMES[on.weekday()]),
                Cell(hours),
                Cell(name, quiet=True),
            )
        )
        for on, name, hours, href in sorted(found, key=lambda each: each[0])
    )
    return DataTable("Exceptions", (Column("Date"), Column("Day"), Column("Open"), Column("Why")), rows)


def holidays_note(page: queries.CalendarPage) -> str:
    return holidays_words(page.terms).removeprefix("public holidays of ")


def holidays_table(page: queries.CalendarPage) -> DataTable | None:
    """The public holidays of the year of the month shown; one on a date with hours of its own is lifted."""
    country = page.terms.holiday_country
    if country is None:
        return None
    named = named_holidays(country, page.terms.holiday_subdivision, page.month.year)
    lifted = {on for on, _ in page.terms.extra} | {row.on for row in page.exceptions if row.hours}
    rows = tuple(
        Row(
            (
                Cell(f"{on.day} {on:%B}", head=True),
                Cell(DAY_NAMES[on.weekday()]),
                Cell(name, quiet=True, sub="has hours of its own" if on in lifted else ""),
            )
        )
        for on, name in sorted(named.items())
    )
    return DataTable("Public holidays", (Column("Date"), Column("Day"), Column("Holiday")), rows, density="close")


def extra_words(page: queries.CalendarPage, on: date) -> str:
    hours: Mapping[str, list[list[str]]] = page.calendar.document.get("extra", {})
    return ", ".join(f"{start}–{end}" for start, end in hours.get(on.isoformat(), [])) or "closed"


def month_note(page: queries.CalendarPage) -> str:
    if page.fault:
        return ""
    total = sum(day.open_us for day in page.days)
    open_days = sum(1 for day in page.days if day.open_us)
    return f"{counted(open_days, 'open day')}, {words.duration(total)}"


def day_bars(page: queries.CalendarPage) -> list[HourBar]:
    return [day_bar(day, page.terms.time_zone) for day in page.days]


def day_bar(day: DayHours, zone: str) -> HourBar:
    spans = []
    for start, end in day.open:
        begins, ends = local(start, zone), local(end, zone)
        first = begins.hour * 60 + begins.minute
        last = ends.hour * 60 + ends.minute if ends.date() == begins.date() else 1440
        spans.append((first, last, f"{begins:%H:%M}–{'24:00' if last == 1440 else f'{ends:%H:%M}'}"))
    hours = ", ".join(text for _, _, text in spans)
    shown = ": ".join(filter(None, (hours or "closed", day.reason)))
    name = f"{day.day:%a} {day.day.day} {day.day:%b}"
    return hour_bar(
        name,
        tuple((first, last) for first, last, _ in spans),
        shown,
        day.clock_change,
        differs=day.is_exception or bool(day.clock_change),
    )


@may(policy.WRITE_CALENDARS)
def new_calendar(request: Request) -> HttpResponse:
    stand(request, contracts_crumb(request), calendars_crumb(request), "New")
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")
    form = forms.CalendarForm(request.POST or None, initial={"time_zone": request.tenant.time_zone, **week})
    if asks_to_save(request, form):
        with taken_names(form), refusals(form):
            made = services.create_calendar(
                name=form.cleaned_data["name"], document=form.cleaned_data["document"], by=request.user,
                at=timezone.now(),
            )  # fmt: skip
            messages.success(request, f"{made.name} is written.")
            return redirect(here(request, "contracts:calendar", made.public_id))
    head = PageHead(
        "New calendar",
        lead="When the clock runs.",
        sentence="A calendar of your own answers what is due; a contract’s calendars come with its terms.",
    )
    return calendar_form(request, form, head, here(request, "contracts:calendars"), [])


@may(policy.WRITE_CALENDARS)
def edit_calendar(request: Request, calendar_id: UUID) -> HttpResponse:
    if request.method == "POST":
        records.locked(Calendar.objects, public_id=calendar_id)
    found = queries.calendar_of(calendar_id)
    version = version_of(found)
    known = request.POST.get("version", version)
    own = here(request, "contracts:calendar", found.public_id)
    stand(request, contracts_crumb(request), calendars_crumb(request), (found.name, own), "Change")
    first = forms.calendar_initial(found.name, read_calendar(found.document, "calendar"))
    form = forms.CalendarForm(request.POST or None, initial=first, kept=found.document)
    overtaken = False
    if asks_to_save(request, form):
        if overtaken := known != version:
            form.add_error(None, changed_since(found, ("name", "document"), known))
            known = version
        else:
            with taken_names(form), refusals(form):
                services.change_calendar(
                    calendar_id, name=form.cleaned_data["name"], document=form.cleaned_data["document"], by=request.user,
                    at=timezone.now(),
                )  # fmt: skip
                messages.success(request, f"{form.cleaned_data['name']} is changed.")
                return redirect(own)
    history = queries.calendar_history(found)
    head = PageHead(
        found.name,
        lead=f"{counted(len(history), 'version')}.",
        sentence="What is due is asked of it anew; months that contracts measured have calendars of their own.",
        eyebrow="Calendar",
    )
    return calendar_form(request, form, head, own, history[:5], version=known, status=409 if overtaken else 200)


def asks_to_save(request: Request, form: forms.CalendarForm) -> bool:
    """Not when the states of another country are asked for: then nothing is checked and all that is typed stays."""
    if "refresh" in request.POST:
        form.leave_unchecked()
        return False
    return form.is_valid()


class taken_names:
    """A name that another calendar has, at the field."""

    def __init__(self, form: forms.CalendarForm) -> None:
        self.form = form

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if isinstance(error, Conflict):
            self.form.add_error("name", f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return True
        if isinstance(error, Fault):
            self.form.refuse(error)
            return True
        return False


def calendar_form(
    request: Request, form: forms.CalendarForm, head: PageHead, back: str, history: list[queries.CalendarChange], *,
    version: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The form; `version` is sent back, so that a calendar that somebody else changed meanwhile is not overwritten."""
    context = {
        "version": version,
        "page_head": head,
        "form": form,
        "cancel_href": back,
        "submit": "Save calendar",
        "help": "Hours of a day are intervals such as 08:00-12:00, 13:00-17:30. An empty day is closed; 22:00-06:00 "
        "runs past midnight into the next day; 24:00 may end an interval.",
        "history": history_changes(history, request) if history else None,
    }
    return render(request, "contracts/calendar_form.html", context, status=status)


@require_safe
@may(policy.READ_CALENDARS)
def calendar_history(request: Request, calendar_id: UUID) -> HttpResponse:
    found = queries.calendar_of(calendar_id)
    own = here(request, "contracts:calendar", found.public_id)
    stand(request, *way_to(request, found), (found.name, own), "History")
    history = queries.calendar_history(found)
    head = PageHead(
        found.name,
        lead=f"{counted(len(history), 'change')}.",
        sentence="The latest first.",
        eyebrow="History of a calendar",
    )
    context = {
        "page_head": head,
        "history": history_changes(history, request),
        "empty": Empty("Nothing has changed."),
    }
    return render(request, "records/history.html", context)


def history_changes(history: list[queries.CalendarChange], request: Request) -> Changes:
    """Changes by day, in the reader's zone."""
    days: dict[date, list[Change]] = {}
    for each in history:
        at = timezone.localtime(each.at)
        texts = (f"{label}: {f'{before} → ' if before else ''}{after or 'none'}" for label, before, after in each.facts)
        days.setdefault(at.date(), []).append(
            Change(f"{at:%H:%M}", "; ".join(texts), each.by, words.exactly(each.at, timezone.get_current_timezone()))
        )
    now = timezone.localdate()
    return Changes(tuple(ChangeDay(words.day(on, now), tuple(changes)) for on, changes in days.items()))
