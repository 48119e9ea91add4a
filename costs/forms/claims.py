"""What a person may type about claims and credit notes."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms

from costs.models import Claim, CreditNote

from .months import AmountField

DAY = {"type": "date"}
Faults = Callable[..., Sequence[tuple[str, str]]]


class ClaimForm(forms.Form):
    """Which agreed credits are claimed in one document."""

    def __init__(self, *args: Any, credits: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credits"] = forms.MultipleChoiceField(
            label="Agreed credits", choices=list(credits), widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "Choose at least one credit"},
        )  # fmt: skip


class NoteForm(forms.Form):
    """A credit note for a claim. `faults` says what is wrong with the fields that could be read, all at once."""

    widths = {"number": "half", "issued_on": "half", "amount": "half", "type_code": "half"}

    number = forms.CharField(label="Number of the note", max_length=100)
    issued_on = forms.DateField(label="Date", widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    type_code = forms.ChoiceField(label="Type", choices=CreditNote.TypeCode.choices)
    file = forms.FileField(help_text="The note itself, up to 50 MB")
    field_order = ("number", "issued_on", "amount", "type_code", "file")

    def __init__(self, *args: Any, currency: str, faults: Faults, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.faults = faults
        self.fields["amount"] = AmountField(label=f"Amount, {currency}", currency=currency)
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for field, why in self.faults(**found):
            self.add_error(field or None, f"{why[:1].upper()}{why[1:]}")
        return found


class SettleForm(forms.Form):
    """How a documented claim ends."""

    widths = {"settled_as": "half", "reference": "half", "on": "half"}

    settled_as = forms.ChoiceField(label="It is", choices=Claim.Settled.choices)
    reference = forms.CharField(label="Invoice or payment", max_length=100, help_text="Such as CMS-0616")
    on = forms.DateField(label="Date", widget=forms.DateInput(DAY, format="%Y-%m-%d"))


class PaidBackForm(forms.Form):
    """By what the client paid back what it owes of a claim. `expected` is the amount that the page showed."""

    widths = {"reference": "half", "on": "half"}

    expected = forms.CharField(widget=forms.HiddenInput)
    reference = forms.CharField(label="Payment or invoice", max_length=100, help_text="Such as SEPA-2026-0711")
    on = forms.DateField(label="Date", widget=forms.DateInput(DAY, format="%Y-%m-%d"))
