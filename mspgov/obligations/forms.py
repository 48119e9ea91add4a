"""What a person may say about an obligation: a note, a reason, a later date."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from mspgov.kernel.planned import too_far
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.policy import CLIENT, Role
from mspgov.web.words import sentence, zone_name

from .calc.deadlines import end_of_day
from .models import Obligation, Recurring

LINES = {"rows": 4}
SHORTEST = 28  # days that every month has
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class NoteForm(forms.Form):
    """Handing in: what was done, and where it can be seen."""

    note = forms.CharField(label="What was done", widget=forms.Textarea(LINES), max_length=4000)
    evidence = forms.FileField(label="Evidence", required=False, help_text="A file that shows it, up to 50 MB.")

    def __init__(self, *args: Any, obligation: Obligation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].required = obligation.needs_evidence


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", widget=forms.Textarea(LINES), max_length=4000)


class ExtensionForm(forms.Form):
    """More time: to the end of a day in the zone where it is owed, as every wait."""

    widths = {"until": "half"}

    until = forms.DateField(
        label="New due date", widget=forms.DateInput({"type": "date"}), help_text="To the end of this day."
    )
    reason = forms.CharField(label="Why more time is needed", widget=forms.Textarea(LINES), max_length=4000)

    def __init__(self, *args: Any, time_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone = time_zone
        self.fields["until"].help_text = f"To the end of this day, {zone_name(ZoneInfo(time_zone))} time."

    def clean_until(self) -> datetime:
        day, today = self.cleaned_data["until"], timezone.localdate()
        if why := too_far(day, today) or too_far(today, day):
            raise forms.ValidationError(f"{sentence(why)}.")
        return end_of_day((day - date(1970, 1, 1)).days, self.time_zone)


class AnswerForm(forms.Form):
    """The answer to a request for more time."""

    decision = forms.ChoiceField(
        label="Decision", choices=[("grant", "Grant it"), ("refuse", "Refuse it")], widget=forms.RadioSelect
    )
    answer = forms.CharField(label="Answer", widget=forms.Textarea(LINES), max_length=4000, required=False)


REPEATS = [
    ("weekly", "Every week"),
    ("monthly", "Every month, on the day of the first"),
    ("month-end", "Every month, on its last day"),
    ("quarterly", "Every three months"),
    ("yearly", "Every year"),
    ("rule", "By a rule of its own"),
]
DEBTORS = [
    ("provider/account_manager", "The MSP: account manager"),
    ("provider/engineer", "The MSP: engineers"),
    *((f"client/{role}", f"The client: {role.label.lower()}") for role in sorted(CLIENT)),
]


class RecurringForm(forms.Form):
    """A schedule in a person's words; `terms()` gives what the service keeps."""

    widths = {"owed": "half", "accepted_by": "half", "first_on": "half", "due_time": "half", "lead_days": "half", "reminder_days": "half", "escalate_to": "half", "escalate_days": "half"}  # fmt: skip

    engagement = forms.ChoiceField()
    title = forms.CharField(label="What is owed", max_length=200, help_text="Such as Monthly service report.")
    text = forms.CharField(label="What it must hold", required=False, widget=forms.Textarea(LINES), max_length=4000)
    owed = forms.ChoiceField(label="Owed by", choices=DEBTORS)
    accepted_by = forms.ChoiceField(
        label="Accepted by", required=False, choices=[("", "Nobody: handing in ends it"), *((r.value, r.label) for r in sorted(CLIENT))]
    )  # fmt: skip
    needs_evidence = forms.BooleanField(label="A file must be handed in", required=False)
    repeats = forms.ChoiceField(choices=REPEATS, help_text="A month that lacks the day has it on its last.")
    rule = forms.CharField(
        label="Rule",
        required=False,
        max_length=200,
        help_text="RFC 5545, such as FREQ=MONTHLY;BYDAY=2TU; only for a rule of its own.",
    )
    first_on = forms.DateField(label="First due", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    due_time = forms.TimeField(
        label="At", widget=forms.TimeInput({"type": "time"}), help_text="On the clock of the engagement's zone."
    )
    lead_days = forms.IntegerField(label="Raised, days before", min_value=0, max_value=180)
    reminder_days = forms.CharField(
        label="Reminders, days before", required=False, max_length=40, help_text="Such as 7, 2."
    )
    escalate_to = forms.ChoiceField(
        label="If late, also tell", required=False, choices=[("", "Nobody else"), *((r.value, r.label) for r in sorted(CLIENT))]
    )  # fmt: skip
    escalate_days = forms.IntegerField(label="Days after it was due", required=False, min_value=0, max_value=90)

    def __init__(self, *args: Any, engagements: list[Engagement], fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.engagements = {each.slug: each for each in engagements}
        choices = [(each.slug, each.name) for each in engagements]
        self.fields["engagement"] = forms.ChoiceField(label="Engagement", choices=choices, disabled=fixed)

    def clean_reminder_days(self) -> list[int]:
        parts = self.cleaned_data["reminder_days"].replace(",", " ").split()
        if not all(part.isascii() and part.isdecimal() and 0 < int(part) <= 180 for part in parts):
            raise forms.ValidationError("Write days between 1 and 180, such as 7, 2")
        return sorted({int(part) for part in parts}, reverse=True)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("repeats") == "rule" and not found.get("rule"):
            self.add_error("rule", "Write the rule")
        if (
            bool(found.get("escalate_to")) != (found.get("escalate_days") is not None)
            and "escalate_days" not in self.errors
        ):
            self.add_error("escalate_days", "Say whom to tell and after how many days, or neither")
        return found

    def terms(self) -> dict[str, Any]:
        """The fields of the schedule, by name."""
        found, (side, _, role) = self.cleaned_data, self.cleaned_data["owed"].partition("/")
        told, days = found["escalate_to"], found["escalate_days"]
        return {
            "title": found["title"],
            "text": found["text"],
            "owed_by": side,
            "role": role,
            "accepted_by": found["accepted_by"],
            "needs_evidence": found["needs_evidence"],
            "rule": found["rule"] if found["repeats"] == "rule" else rule_of(found["repeats"], found["first_on"]),
            "first": datetime.combine(found["first_on"], found["due_time"], UTC),
            "lead_days": found["lead_days"],
            "reminder_days": found["reminder_days"],
            "escalation": [{"name": Role(told).label, "role": told, "days": days}] if told else [],
        }


def rule_of(repeats: str, first: date) -> str:
    """The rule behind a choice; its day is that of the first occurrence, in a month that lacks it the last one."""
    day = _day_or_last(first.day)
    return {
        "weekly": f"FREQ=WEEKLY;BYDAY={WEEKDAYS[first.weekday()]}",
        "monthly": f"FREQ=MONTHLY;{day}",
        "month-end": "FREQ=MONTHLY;BYMONTHDAY=-1",
        "quarterly": f"FREQ=MONTHLY;INTERVAL=3;{day}",
        "yearly": f"FREQ=YEARLY;BYMONTH={first.month};{day if first.month == 2 else f'BYMONTHDAY={first.day}'}",
    }[repeats]


def _day_or_last(day: int) -> str:
    if day <= SHORTEST:
        return f"BYMONTHDAY={day}"
    return f"BYMONTHDAY={','.join(map(str, range(SHORTEST, day + 1)))};BYSETPOS=-1"


def choice_of(row: Recurring) -> str:
    """The choice behind a schedule's rule; `rule` where it is one of its own."""
    first = row.first.date()
    return next((name for name, _ in REPEATS if name != "rule" and rule_of(name, first) == row.rule), "rule")


def words_of(row: Recurring) -> str:
    """When it is due, in words; a rule of its own as it is written."""
    first = row.first.date()
    lacks = ", or the last where a month lacks it" if first.day > SHORTEST else ""
    said = {
        "weekly": f"Every week, on {first:%A}",
        "monthly": f"Every month, on day {first.day}{lacks}",
        "month-end": "Every month, on its last day",
        "quarterly": f"Every three months, on day {first.day}{lacks}",
        "yearly": f"Every year, on {first.day} {first:%B}{', or the day before' if (first.month, first.day) == (2, 29) else ''}",
    }
    return said.get(choice_of(row), row.rule)


def initial_of(row: Recurring) -> dict[str, Any]:
    """What the form shows of a schedule that is there."""
    first, named = row.first.date(), choice_of(row)
    step = row.escalation[0] if row.escalation else {}
    return {
        "engagement": row.engagement.slug if row.engagement else "",
        "title": row.title,
        "text": row.text,
        "owed": f"{row.owed_by}/{row.role}",
        "accepted_by": row.accepted_by,
        "needs_evidence": row.needs_evidence,
        "repeats": named,
        "rule": row.rule if named == "rule" else "",
        "first_on": first,
        "due_time": row.first.time(),
        "lead_days": row.lead_days,
        "reminder_days": ", ".join(map(str, row.reminder_days)),
        "escalate_to": step.get("role", ""),
        "escalate_days": step.get("days"),
    }
