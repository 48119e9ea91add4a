"""What a person may say about an obligation: a note, a reason, a later date."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from .models import Obligation

LINES = {"rows": 4}


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
    """More time: to the end of a day on the reader's clock."""

    widths = {"until": "half"}

    until = forms.DateField(
        label="New due date", widget=forms.DateInput({"type": "date"}), help_text="To the end of this day."
    )
    reason = forms.CharField(label="Why more time is needed", widget=forms.Textarea(LINES), max_length=4000)

    def clean_until(self) -> datetime:
        day = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)), timezone.get_current_timezone())


class AnswerForm(forms.Form):
    """The answer to a request for more time."""

    decision = forms.ChoiceField(
        label="Decision", choices=[("grant", "Grant it"), ("refuse", "Refuse it")], widget=forms.RadioSelect
    )
    answer = forms.CharField(label="Answer", widget=forms.Textarea(LINES), max_length=4000, required=False)
