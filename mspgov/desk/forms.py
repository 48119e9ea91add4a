"""What a person may type at the desk."""

from typing import Any

from django import forms

from mspgov.tenancy.models import Tenant, Token
from mspgov.tenancy.policy import AREAS


class NewToken(forms.Form):
    widths = {"name": "half", "scope": "quarter", "days": "quarter"}

    name = forms.CharField(max_length=100, help_text="What it is for, such as Reporting")
    scope = forms.ChoiceField(label="May", choices=Token.Scope.choices, initial=Token.Scope.READ)
    days = forms.IntegerField(label="Days it works", min_value=1, max_value=3660, initial=90)
    areas = forms.MultipleChoiceField(
        label="Only in these areas", choices=list(AREAS.items()), required=False, widget=forms.CheckboxSelectMultiple,
        help_text="With none ticked it works wherever you may read or write.",
    )  # fmt: skip

    def terms(self) -> dict[str, Any]:
        """What the service takes, by name: the scope in words."""
        found = self.cleaned_data
        words = [f"{area}:{found['scope']}" for area in found["areas"]] or [found["scope"]]
        return {"name": found["name"], "scope": " ".join(words), "days": found["days"]}


class TenantForm(forms.ModelForm):  # type: ignore[type-arg]
    """What holds for the whole organisation."""

    class Meta:
        model = Tenant
        fields = ("financial_entity", "two_factor_required")
