"""What a person may type about contracts, calendars and working time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

import numpy as np
from django import forms
from django.forms.utils import ErrorDict
from django.http import Http404

from mspgov.kernel.calendar_terms import WEEKDAYS, CalendarTerms, read_calendar, write_calendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import day_number, write_instant
from mspgov.kernel.period import Month, read_month
from mspgov.kernel.public_holidays import countries, subdivisions
from mspgov.kernel.zones import LocalClock
from mspgov.tenancy.models import Engagement
from mspgov.web.addresses import month_of

from .calc.words import DAY_NAMES, span_words
from .importers.hours import read_hours, write_hours
from .importers.terms_lines import line_of
from .importers.terms_text import MOST_YAML_BYTES, read_text

MOST_PAUSES: Final = 200


@dataclass(frozen=True)
class FaultyLine:
    """A line of a terms file beside the fault: its number, its text, and what is wrong when it is that line."""

    number: int
    text: str
    fault: str


class WantedField(forms.CharField):
    """Text that is asked for, so that no label says "optional"; whether it may be empty is for the form to say."""

    def validate(self, value: str) -> None:
        return None


class TermsForm(forms.Form):
    """A terms file, pasted or chosen, and the month from which it holds."""

    file = forms.FileField(
        label="File", required=False, help_text="YAML or JSON in UTF-8. What is chosen here replaces the text below."
    )
    text = WantedField(
        label="Terms",
        strip=False,
        widget=forms.Textarea({"rows": 24, "class": "listing", "spellcheck": "false", "wrap": "off"}),
    )
    effective = WantedField(
        label="In force from",
        widget=forms.TextInput({"type": "month", "placeholder": "2026-07"}),
        help_text="The first month of the amendment.",
    )
    use_required_attribute = False
    widths = {"file": "half", "effective": "half", "engagement": "half"}
    faulty: tuple[FaultyLine, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["engagement", "effective", "file", "text"])

    def clean_effective(self) -> date | None:
        typed = self.cleaned_data["effective"].strip()
        if not typed:
            return None
        try:
            return read_month(typed[:7], "effective").first_day
        except Fault as fault:
            raise forms.ValidationError(f"{fault.why}.") from None

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if file := cleaned.get("file"):
            self.take_file(file)
        if not cleaned.get("text", "").strip() and not self.errors:
            self.add_error("text", "Paste the terms or choose a file.")
        return cleaned

    def take_file(self, file: Any) -> None:
        """The text of the file takes the place of what was typed, so that it can be corrected on the page."""
        if file.size > MOST_YAML_BYTES:
            self.add_error(
                "file", f"{file.name} is larger than {MOST_YAML_BYTES // 1000} kB; a terms file is text of a few pages."
            )
            return
        try:
            text = read_text(file.read())
        except Fault as fault:
            self.add_error("file", f"{file.name} {fault.why}.")
            return
        self.data = {**{key: self.data[key] for key in self.data}, "text": text}
        self.cleaned_data["text"] = text

    def refuse(self, fault: Fault) -> None:
        """The fault at the field where it belongs; of one in the terms the lines around it, too."""
        if fault.path == "effective":
            self.add_error("effective", f"{fault.why[:1].upper()}{fault.why[1:]}.")
            return
        text = self.cleaned_data.get("text", "")
        number = line_of(text, fault.path, fault.why)
        where = f"Line {number}: " if number and "line " not in str(fault) else ""
        self.add_error("text", f"{where}{fault}")
        if number:
            lines = text.splitlines()
            first = max(number - 4, 1)
            self.faulty = tuple(
                FaultyLine(place, line, str(fault) if place == number else "")
                for place, line in enumerate(lines[first - 1 : number + 3], first)
            )


class AmendmentForm(TermsForm):
    """Changed terms and their first month."""

    def clean_effective(self) -> date | None:
        first = super().clean_effective()
        if first is None:
            raise forms.ValidationError("Give the first month of the amendment, such as 2026-07.")
        return first


class FirstTermsForm(TermsForm):
    """The terms of an engagement that has no contract yet."""

    engagement = forms.ModelChoiceField(label="Engagement", queryset=Engagement.objects.none(), empty_label=None)

    def __init__(self, *args: Any, engagements: list[Engagement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["engagement"]
        field.queryset = Engagement.objects.filter(pk__in=[engagement.pk for engagement in engagements])
        field.widget.choices = [(e.pk, f"{e.name}, {e.provider.name}") for e in engagements]
        self.fields.pop("effective")

    def clean_effective(self) -> date | None:
        return None


@lru_cache(maxsize=1)
def zone_choices() -> tuple[tuple[str, str], ...]:
    """The time zones of places, by name, and UTC first."""
    named = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "US/")))
    return (("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named))


class CalendarForm(forms.Form):
    """A calendar of the client's own: hours of each weekday as text, public holidays by country."""

    name = forms.CharField(label="Name", max_length=100)
    time_zone = forms.ChoiceField(label="Time zone", choices=zone_choices)
    always = forms.BooleanField(label="Open round the clock, every day", required=False)
    holiday_country = forms.ChoiceField(
        label="Public holidays of",
        required=False,
        choices=lambda: (("", "no country"), *((code, f"{name} ({code})") for code, name in countries())),
        help_text="They close the whole day.",
    )
    holiday_subdivision = forms.ChoiceField(
        label="State or region", required=False, help_text="Adds its own holidays to those of the country."
    )
    use_required_attribute = False
    widths = {
        "name": "half",
        "time_zone": "half",
        "holiday_country": "half",
        "holiday_subdivision": "half",
    }

    def __init__(self, *args: Any, kept: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """`kept` is the document that is changed: what the form does not show stays."""
        super().__init__(*args, **kwargs)
        self.kept = dict(kept or {})
        for key, label in zip(WEEKDAYS, DAY_NAMES, strict=True):
            self.fields[key] = WantedField(label=label, max_length=200)
            self.widths = {**self.widths, key: "half"}
        country = self["holiday_country"].value() or ""
        known = subdivisions().get(country, ())
        first = "whole country" if known or not country else "none known"
        field: Any = self.fields["holiday_subdivision"]
        field.choices = [
            ("", first),
            *((code, name if name == code else f"{name} ({code})") for code, name in known),
        ]

    def leave_unchecked(self) -> None:
        """Show what was typed without a word about it."""
        self._errors = ErrorDict()

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[key] for key in WEEKDAYS]

    def clean(self) -> dict[str, Any]:
        document: dict[str, Any] = {"time_zone": self.cleaned_data.get("time_zone", "UTC")}
        if self.cleaned_data.get("always"):
            document["always"] = True
        else:
            document |= {key: self.kept[key] for key in ("holidays", "extra") if key in self.kept}
            document["week"] = self.week()
            if country := self.cleaned_data.get("holiday_country"):
                document["holiday_calendar"] = {"country": country}
                if subdivision := self.cleaned_data.get("holiday_subdivision"):
                    document["holiday_calendar"]["subdivision"] = subdivision
        if not self.errors:
            try:
                read_calendar(document, "")
            except Fault as fault:
                self.refuse(fault)
        return {**self.cleaned_data, "document": document}

    def week(self) -> dict[str, list[list[str]]]:
        """The hours of each day; each day's fault is told, not only the first."""
        week = {}
        for key in WEEKDAYS:
            try:
                intervals = read_hours(self.cleaned_data.get(key, ""), key)
            except Fault as fault:
                self.add_error(key, f"{fault.why[:1].upper()}{fault.why[1:]}.")
                continue
            if intervals and self.is_day(key, intervals):
                week[key] = intervals
        return week

    def is_day(self, key: str, intervals: list[list[str]]) -> bool:
        try:
            read_calendar({"time_zone": "UTC", "week": {key: intervals}}, "")
        except Fault as fault:
            self.refuse(fault)
            return False
        return True

    def refuse(self, fault: Fault) -> None:
        """The fault of a calendar document at the field it came from."""
        parts = fault.path.replace("[", ".").replace("]", "").split(".")
        field = next((part for part in (parts[1] if len(parts) > 1 else "", parts[0]) if part in self.fields), None)
        if parts[0] == "holiday_calendar":
            field = "holiday_subdivision" if "subdivision" in fault.path else "holiday_country"
        self.add_error(field, self.in_words(fault, parts))

    def in_words(self, fault: Fault, parts: list[str]) -> str:
        if parts[0] == "week" and len(parts) > 2 and parts[2].isdigit() and fault.why.startswith("overlaps"):
            typed = read_hours(self.cleaned_data[parts[1]], parts[1])
            other = fault.why.rpartition("[")[2].rstrip("]")
            pair = [write_hours([typed[int(place)]]) for place in (parts[2], other)]
            return f"{pair[0]} overlaps {pair[1]}: join them or leave a gap."
        return f"{fault.why[:1].upper()}{fault.why[1:]}."


def calendar_initial(name: str, terms: CalendarTerms) -> dict[str, Any]:
    """What the form shows of a calendar."""
    week = write_calendar(terms).get("week", {})
    return {
        "name": name,
        "time_zone": terms.time_zone,
        "always": terms.always,
        "holiday_country": terms.holiday_country or "",
        "holiday_subdivision": terms.holiday_subdivision or "",
        **{key: write_hours(week.get(key, [])) for key in WEEKDAYS},
    }


WALL_FORMATS: Final = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


class WallTimeField(forms.CharField):
    """A time on the wall of the calendar's zone, such as 2026-03-27 15:00."""

    widget = forms.TextInput({"type": "datetime-local", "step": "60"})

    def clean(self, value: Any) -> datetime | None:
        typed = super().clean(value)
        return wall_time(typed) if typed else None


def wall_time(typed: str) -> datetime:
    for pattern in WALL_FORMATS:
        try:
            return datetime.strptime(typed.strip(), pattern)  # noqa: DTZ007
        except ValueError:
            continue
    raise forms.ValidationError(f"“{typed.strip()[:40]}” is not a date and time such as 2026-03-27 15:00.")


class WorkingTimeForm(forms.Form):
    """A question to a calendar: when is this due, or how much working time lies between two instants?"""

    calendar = forms.ChoiceField(label="Calendar")
    ask = forms.ChoiceField(
        label="Question",
        choices=(("due", "When is it due?"), ("elapsed", "How long did it run?")),
        widget=forms.RadioSelect,
        initial="due",
    )
    start = WallTimeField(label="Starts")
    hours = forms.DecimalField(label="Hours", required=False, min_value=0, max_value=1_000_000, decimal_places=4)
    minutes = forms.DecimalField(label="Minutes", required=False, min_value=0, max_value=60_000_000, decimal_places=4)
    end = WallTimeField(label="Ends", required=False, help_text="For “How long did it run?”")
    pauses = forms.CharField(
        label="Pauses",
        required=False,
        widget=forms.Textarea({"rows": 2, "placeholder": "2026-03-27 16:00 to 2026-03-27 16:30"}),
        help_text="One a line: start “to” end.",
    )
    widths = {"start": "half", "end": "half", "hours": "quarter", "minutes": "quarter"}
    segmented = ("ask",)

    def __init__(self, *args: Any, calendars: list[tuple[str, Any]], zones: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["calendar"]
        field.choices = calendars
        self.zones = zones

    def clean_pauses(self) -> list[tuple[datetime, datetime]]:
        lines = [line for line in self.cleaned_data["pauses"].splitlines() if line.strip()]
        if len(lines) > MOST_PAUSES:
            raise forms.ValidationError(f"{len(lines)} pauses are more than the {MOST_PAUSES} that fit a page.")
        pauses = []
        for line in lines:
            start, word, end = line.partition(" to ")
            if not word:
                raise forms.ValidationError(f"{line.strip()[:60]} needs a start, “to” and an end.")
            pauses.append((wall_time(start), wall_time(end)))
            if pauses[-1][1] < pauses[-1][0]:
                raise forms.ValidationError(f"{line.strip()[:60]} ends before it starts.")
        return pauses

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("ask") == "elapsed":
            if not cleaned.get("end") and "end" not in self.errors:
                self.add_error("end", "Give the end, too.")
            elif cleaned.get("start") and cleaned.get("end") and cleaned["end"] < cleaned["start"]:
                self.add_error("end", "The end is before the start.")
        return cleaned

    def question(self) -> dict[str, Any]:
        """One question of the working-time calculator; wall times become instants as the calculator reads them."""
        cleaned = self.cleaned_data
        zone = self.zones[cleaned["calendar"]]
        pauses = [[first_instant(start, zone), last_instant(end, zone)] for start, end in cleaned["pauses"]]
        if cleaned["ask"] == "elapsed":
            asked = {
                "start": first_instant(cleaned["start"], zone),
                "end": last_instant(cleaned["end"], zone),
                "pauses": pauses,
            }
            return {"id": "elapsed", "elapsed": asked}
        seconds = (cleaned.get("hours") or 0) * 3600 + (cleaned.get("minutes") or 0) * 60
        whole = int(seconds) if seconds == int(seconds) else seconds
        return {
            "id": "due",
            "due": {"start": first_instant(cleaned["start"], zone), "seconds": whole, "pauses": pauses},
        }

    def asked_words(self) -> str:
        """ "8 h" or "1 h 30 min" of working time."""
        cleaned = self.cleaned_data
        return span_words(int((cleaned.get("hours") or 0) * 3600 + (cleaned.get("minutes") or 0) * 60))


def first_instant(wall: datetime, zone: str) -> str:
    """A start: the first instant at which the wall shows it, and where it does not exist that of the jump."""
    clock, us = _on_wall(wall, zone)
    return write_instant(int(clock.first(np.array([us], dtype=np.int64))[0]))


def last_instant(wall: datetime, zone: str) -> str:
    """An end: the last instant at which the wall shows it."""
    clock, us = _on_wall(wall, zone)
    return write_instant(int(clock.last(np.array([us], dtype=np.int64))[0]))


def _on_wall(wall: datetime, zone: str) -> tuple[LocalClock, int]:
    day = day_number(wall.date())
    seconds = (wall.hour * 60 + wall.minute) * 60 + wall.second
    return LocalClock(zone, day, day), (day * 86_400 + seconds) * 1_000_000


def month_asked(value: str | None, otherwise: Month) -> Month:
    """The month of an address; another one when it is none."""
    try:
        return month_of(value or "")
    except Http404:
        return otherwise
