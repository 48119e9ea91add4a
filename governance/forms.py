"""What a person may ask of governance: a pack, a root cause, a decision."""

from collections.abc import Sequence
from typing import Any

from django import forms

from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Quarter, read_quarter
from mspgov.tenancy.models import Engagement
from mspgov.web.talk import FilesField

from .documents.pack import PAPERS
from .queries.pack_pages import QuarterChoice

PAPER_NAMES = {"A4": "A4", "Letter": "US Letter"}


class PackForm(forms.Form):
    """A quarter that is over, and the paper."""

    engagement = forms.ChoiceField(label="Engagement")
    quarter = forms.CharField(label="Quarter", widget=forms.Select, error_messages={"required": "Choose a quarter."})
    paper = forms.ChoiceField(label="Paper", choices=[(p, PAPER_NAMES[p]) for p in PAPERS], widget=forms.RadioSelect)
    use_required_attribute = False
    segmented = ("paper",)

    def __init__(
        self, *args: Any, engagements: Sequence[Engagement], quarters: Sequence[QuarterChoice], **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.engagements = {each.slug: each for each in engagements}
        field: Any = self.fields["engagement"]
        field.choices = [(each.slug, f"{each.name}, {each.provider.name}") for each in engagements]
        offered = [(each.quarter.text, quarter_words(each)) for each in quarters]
        asked = str(self["quarter"].value() or "")
        if asked and asked not in dict(offered):
            offered.insert(0, (asked, asked))
        widget: Any = self.fields["quarter"].widget
        widget.choices = offered or [("", "No quarter is over and measured yet")]

    def clean_engagement(self) -> Engagement:
        return self.engagements[self.cleaned_data["engagement"]]

    def clean_quarter(self) -> Quarter:
        try:
            return read_quarter(self.cleaned_data["quarter"], "quarter")
        except Fault as fault:
            raise forms.ValidationError(f"It {fault.why}.") from None

    def refuse(self, fault: Fault) -> None:
        """The fault at the field where it belongs."""
        name, why = fault.path.lstrip("-"), fault.why
        engagement = self.cleaned_data.get("engagement")
        if engagement is not None and why.startswith(engagement.slug):
            why = engagement.name + why.removeprefix(engagement.slug)
        self.add_error(name if name in self.fields else None, f"{why[:1].upper()}{why[1:]}.")


def quarter_words(choice: QuarterChoice) -> str:
    """The quarter, and what its pack would rest on."""
    months = "all months sealed" if choice.sealed == 3 else f"{choice.sealed} of 3 months sealed, a draft"
    return f"{choice.quarter}, {months}"


LINES = {"rows": 4}


class DemandForm(forms.Form):
    """Asking for a root cause: of which tickets, and why."""

    engagement = forms.ChoiceField(label="Engagement")
    tickets = forms.CharField(
        label="Tickets", max_length=2000, help_text="Their numbers, with commas or spaces between.",
        error_messages={"required": "Name at least one ticket."},
    )  # fmt: skip
    title = forms.CharField(
        label="What happened, in a few words", max_length=200, help_text="Such as brokers’ mail bounced on 3 June."
    )
    reason = forms.CharField(label="Why it is asked for", widget=forms.Textarea(LINES), max_length=2000)
    use_required_attribute = False

    def __init__(self, *args: Any, engagements: Sequence[Engagement], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.engagements = {each.slug: each for each in engagements}
        field: Any = self.fields["engagement"]
        field.choices = [(each.slug, f"{each.name}, {each.provider.name}") for each in engagements]

    def clean_engagement(self) -> Engagement:
        return self.engagements[self.cleaned_data["engagement"]]

    def clean_tickets(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["tickets"].replace(",", " ").split()))[:200]


class DecideForm(forms.Form):
    """The client's decision about a version."""

    decision = forms.ChoiceField(
        label="Decision", choices=[("accept", "Accept it"), ("return", "Return it")], widget=forms.RadioSelect,
        error_messages={"required": "Accept it or return it."},
    )  # fmt: skip
    reason = forms.CharField(
        label="What you say with it", widget=forms.Textarea(LINES), max_length=4000, required=False,
        help_text="When you return it, say what is missing; when you accept it, you may leave this empty. Comments at its sections stay beside them.",
        error_messages={"required": "Say what is missing."},
    )  # fmt: skip
    segmented = ("decision",)
    use_required_attribute = False

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["reason"].required = self.data.get("decision") == "return" or not self.is_bound


class JudgeForm(forms.Form):
    """Whether the actions worked, by a person's judgment."""

    worked = forms.TypedChoiceField(
        label="Verdict", choices=[("yes", "They worked"), ("no", "It came back")], widget=forms.RadioSelect,
        coerce=lambda said: said == "yes", error_messages={"required": "Say whether they worked."},
    )  # fmt: skip
    reason = forms.CharField(label="What shows it", widget=forms.Textarea(LINES), max_length=4000)
    segmented = ("worked",)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Reason", widget=forms.Textarea(LINES), max_length=4000)


class ActionForm(forms.Form):
    """Handing in a corrective action: what was done, and the files that show it."""

    note = forms.CharField(label="What was done", widget=forms.Textarea(LINES), max_length=4000)
    evidence = FilesField(label="Evidence", required=False, help_text="Files that show it, up to 50 MB each.")
    use_required_attribute = False

    def __init__(self, *args: Any, has_evidence: bool, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["evidence"].required = not has_evidence

    def clean_evidence(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["evidence"]
        if not files and self.fields["evidence"].required:
            raise forms.ValidationError("Evidence is needed: add a file.")
        return files
