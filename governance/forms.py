"""What a person may ask of governance: a pack."""

from collections.abc import Sequence
from typing import Any

from django import forms

from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Quarter, read_quarter
from mspgov.tenancy.models import Engagement

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
