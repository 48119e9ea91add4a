"""What a person may type about money: months to measure, charges, reported values, the reason of a correction."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money, read_money
from mspgov.kernel.period import Month

from .review import ReasonField

PLAIN = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"})


class MeasureForm(forms.Form):
    """Months from one to another, of those that the contract has and that have begun."""

    first = forms.ChoiceField(label="From")
    last = forms.ChoiceField(label="To")

    def __init__(self, *args: Any, months: Iterable[Month], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(month.text, month.name) for month in months]
        self.fields["first"] = forms.ChoiceField(label="From", choices=choices)
        self.fields["last"] = forms.ChoiceField(label="To", choices=choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"first", "last"} <= cleaned.keys() and cleaned["last"] < cleaned["first"]:
            self.add_error("last", "Choose the same month or a later one")
        return cleaned


class AmountField(forms.CharField):
    """An amount of the contract's currency; `84200.00`, also with thousands set off."""

    def __init__(self, *, currency: str = "EUR", **kwargs: Any) -> None:
        super().__init__(max_length=30, widget=PLAIN, **kwargs)
        self.currency = currency

    def clean(self, value: Any) -> Money | None:
        text = super().clean(value).replace(",", "").replace(" ", "").replace("\u00a0", "")
        if not text:
            return None
        try:
            amount = read_money(text.removeprefix(self.currency), self.currency, "amount")
        except Fault as fault:
            why = fault.why.removesuffix(" such as 84200.00")
            raise forms.ValidationError(f"Write an amount such as 84200.00: {why}") from None
        if amount.units < 0:
            raise forms.ValidationError("Charges are not negative")
        return amount


class ChargesForm(forms.Form):
    widths = {"amount": "half"}

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = AmountField(
            label=f"Charges of the month, {currency}", currency=currency, help_text="As invoiced, such as 84200.00"
        )


class ReportForm(forms.Form):
    """A value that the provider or a tool reported."""

    widths = {"level": "half", "value": "half"}

    level = forms.ChoiceField(label="Service level")
    value = forms.CharField(label="Value, %", max_length=20, widget=PLAIN, help_text="From 0 to 100, such as 99.95")
    source = forms.CharField(max_length=200, help_text="Who or what reported it, such as Monthly report of Cobalt")
    evidence = forms.CharField(
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where it can be read again: file, page, address",
    )

    def __init__(self, *args: Any, levels: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"] = forms.ChoiceField(label="Service level", choices=list(levels))

    def clean_value(self) -> Decimal:
        text = self.cleaned_data["value"].strip().removesuffix("%").strip()
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise forms.ValidationError("Write a number such as 99.95") from None
        if not value.is_finite() or not 0 <= value <= 100:
            raise forms.ValidationError("Write a percentage from 0 to 100")
        if -int(value.as_tuple().exponent) > 10:
            raise forms.ValidationError("At most ten decimals are kept")
        return value


class CorrectionForm(forms.Form):
    """Why a sealed month is measured again, and with what charges."""

    reason = ReasonField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Both sides read it beside every figure that changes",
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["charges"] = AmountField(
            label=f"Other charges, {currency}",
            currency=currency,
            required=False,
            help_text="Empty: the charges stay as they are",
        )


class SealForm(forms.Form):
    """Nothing is typed: the refusals of the rule appear here."""
